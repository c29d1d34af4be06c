import {exportJson} from './json.ts';
import {batchTitles, pagesOf} from './pages.ts';
import {filterOf, filterOptions} from './selection.ts';
import {exitCodes, type Verb} from './verb.ts';

export const exportQueue: Verb = {
	name: 'export',
	summary: 'Print the queue as JSON lines that `import` reads back',
	options: filterOptions,
	run: async (context, _args, options) =>
		context.withEngine(async engine => {
			const filter = await filterOf(engine, options);
			const titleOf = batchTitles(engine);
			for await (const rows of pagesOf(engine, filter)) {
				for (const row of rows) context.io.out(`${JSON.stringify(exportJson(row, await titleOf(row.batch)))}\n`);
			}

			return exitCodes.done;
		}),
};
