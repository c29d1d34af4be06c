import {printLines} from './answer.ts';
import {exportJson} from './json.ts';
import {batchTitles, pagesOf} from './pages.ts';
import {isSet} from './arguments.ts';
import {filterOf, filterOptions} from './selection.ts';
import {exitCodes, type Verb} from './verb.ts';

export const exportQueue: Verb = {
	name: 'export',
	summary: 'Print the queue as JSON lines that `import` reads back',
	options: [
		...filterOptions,
		['--with-secrets', 'addresses whole, with the logins and signatures in them; keep the output private'],
	],
	help: 'Without --with-secrets an address that holds what looks like a secret is masked, and `import` leaves that job out.',
	run: async (context, _args, options) =>
		context.withEngine(async engine => {
			const filter = await filterOf(engine, options);
			const titleOf = batchTitles(engine);
			const hasSecrets = isSet(options, 'withSecrets');
			let masked = 0;
			await printLines(context, pagesOf(engine, {...filter, withSecrets: true}), async row => {
				const document = exportJson(row, await titleOf(row.batch), hasSecrets);
				if (document['is_masked'] === true) masked++;
				return document;
			});

			if (masked > 0) {
				const jobs = masked === 1 ? '1 address holds' : `${masked} addresses hold`;
				context.io.err(`${jobs} what looks like a secret and is masked; --with-secrets prints it whole\n`);
			}

			return exitCodes.done;
		}),
};
