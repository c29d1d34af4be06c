import {parseLimit, type Limit} from '../domain/bandwidth.ts';
import {expectDone, printJson} from './answer.ts';
import {rate as rateText} from './format.ts';
import {CommandError, exitCodes, usageError, type Verb} from './verb.ts';

export const limit: Verb = {
	name: 'limit',
	summary: 'Limit the speed of all downloads together, while the scheduler runs',
	arguments: [['<rate>', 'such as 2MB; off for none; auto for what config.toml says of this hour']],
	run: async (context, [text = '']) => {
		const wanted = parseLimit(text);
		if (typeof wanted === 'string') throw usageError(wanted);
		return context.withEngine(async (engine, isAttached) => {
			if (!isAttached) {
				throw new CommandError(
					exitCodes.noScheduler,
					`no scheduler is running; set \`limit = "${text}"\` under [bandwidth] in config.toml`,
				);
			}

			if (!context.globals.isDryRun) expectDone(await engine.send({type: 'set-limit', ...wanted}));
			if (context.globals.isJson) printJson(context, {limit: wanted.rate === undefined ? 'auto' : wanted.rate});
			else context.io.out(`${context.globals.isDryRun ? 'would be ' : ''}${sentenceOf(wanted)}\n`);
			return exitCodes.done;
		});
	},
};

const sentenceOf = ({rate}: Limit): string => {
	if (rate === undefined) return 'limited as config.toml says';
	return rate === null ? 'without a limit' : `limited to ${rateText(rate)}`;
};
