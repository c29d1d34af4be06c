import {parseSize} from '../config/size.ts';
import {CommandError, exitCodes, usageError, type Verb} from './verb.ts';

export const limit: Verb = {
	name: 'limit',
	summary: 'Limit the speed; not possible yet while it runs: set [bandwidth] limit',
	arguments: [['<rate>', 'such as 2MB, or off']],
	run: async (_context, [text = '']) => {
		if (text !== 'off' && parseSize(text) === undefined) {
			throw usageError(`the limit must be \`off\` or a rate such as 500kB or 2MiB, not \`${text}\``);
		}

		throw new CommandError(
			exitCodes.refused,
			`a running scheduler cannot change its limit yet; set \`limit = "${text}"\` under [bandwidth] in config.toml and start it again`,
		);
	},
};
