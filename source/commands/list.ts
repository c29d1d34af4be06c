import {progressOfBatch, type Batch} from '../domain/batch.ts';
import {attemptsMade, type JobView} from '../domain/job.ts';
import {holdSentence} from '../domain/hold.ts';
import type {Instant} from '../domain/time.ts';
import type {Engine, JobQuery} from '../engine/ports.ts';
import {isSet, parseCount, parseSortKey, textOf} from './arguments.ts';
import {printJson, printLines} from './answer.ts';
import {duration, percent, plain, size, table} from './format.ts';
import {jobJson} from './json.ts';
import {batchJson} from './json-state.ts';
import {batchTitles, pagesOf} from './pages.ts';
import {filterOf, filterOptions} from './selection.ts';
import {exitCodes, usageError, type Verb} from './verb.ts';
import {systemClock} from '../system/clock.ts';

export const list: Verb = {
	name: 'list',
	summary: 'List jobs, in the order in which they start',
	options: [
		...filterOptions,
		['--sort <key>', 'order, added, ended or size; default: order'],
		['--reverse', 'the other way round'],
		['--limit <n>', 'at most so many, 1 to 1000; default: 100'],
		['--after <cursor>', 'the page after the one whose `next` this is'],
		['--jsonl', 'one job a line as JSON, all of them'],
	],
	run: async (context, _args, options) =>
		context.withEngine(async engine => {
			const sort = textOf(options, 'sort');
			const after = textOf(options, 'after');
			const query: JobQuery = {
				...(await filterOf(engine, options)),
				...(sort === undefined ? {} : {sort: parseSortKey(sort)}),
				...(isSet(options, 'reverse') ? {isDescending: true} : {}),
				...(after === undefined ? {} : {after}),
			};
			const titleOf = batchTitles(engine);
			if (isSet(options, 'jsonl')) {
				if (textOf(options, 'limit') !== undefined) {
					throw usageError('--jsonl prints all jobs; for one page of them use --json --limit');
				}

				await printLines(context, pagesOf(engine, query), async row => jobJson(row, await titleOf(row.batch)));
				return exitCodes.done;
			}

			const batch = query.batch === undefined ? undefined : await engine.findBatch(textOf(options, 'batch') ?? '');
			const limit = parseCount('--limit', textOf(options, 'limit') ?? '100', 1, 1000);
			const {rows, next} = await engine.list({...query, limit});
			if (context.globals.isJson) {
				const jobs = [];
				for (const row of rows) jobs.push(jobJson(row, await titleOf(row.batch)));
				printJson(context, {
					jobs,
					next: next ?? null,
					...(batch === undefined ? {} : {batch: batchJson(batch, engine.getSnapshot())}),
				});
				return exitCodes.done;
			}

			if (rows.length > 0) context.io.out(`${jobTable(rows, context.io.columns)}\n`);
			else context.io.err('no jobs\n');
			if (batch !== undefined) context.io.err(`${batchWords(engine, batch)}\n`);
			if (next !== undefined) context.io.err(`more: --after ${next}\n`);
			return exitCodes.done;
		}),
};

const batchWords = (engine: Engine, batch: Batch): string => {
	const {ended, jobs, bytes, expected} = progressOfBatch(batch, engine.getSnapshot().active);
	const bad = (['failed', 'cancelled'] as const)
		.filter(status => batch.counts[status] > 0)
		.map(status => `${batch.counts[status]} ${status}`);
	const whole = expected === undefined || ended === jobs ? '' : ` of about ${size(expected)}`;
	const inBrackets = bad.length === 0 ? '' : ` (${bad.join(', ')})`;
	return `${plain(batch.title)}: ${ended} of ${jobs} ended${inBrackets}, ${size(bytes)}${whole}`;
};

/** Jobs as people read them. */
export const jobTable = (
	rows: readonly JobView[],
	columns: number | undefined,
	now: Instant = systemClock.now(),
): string =>
	table(
		[
			{title: 'ID', isRight: true},
			{title: 'STATUS'},
			{title: 'DONE', isRight: true},
			{title: 'SIZE', isRight: true},
			{title: 'TRIES', isRight: true},
			{title: 'PROVIDER'},
			{title: 'TITLE'},
		],
		rows.map(row => [
			String(row.id),
			row.status,
			row.status === 'completed' ? '100%' : percent(row.progress.bytes, row.progress.total),
			sizeOf(row),
			`${attemptsMade(row)}/${row.maxAttempts}`,
			row.provider,
			plain(`${row.title}${whyOf(row, now)}`),
		]),
		columns,
	);

const sizeOf = (row: JobView): string => {
	const bytes = row.size ?? row.progress.total;
	return bytes === undefined ? '' : size(bytes);
};

const whyOf = (row: JobView, now: Instant): string => {
	if (row.status === 'failed' && row.error !== undefined) return ` · ${row.error.message}`;
	if (row.hold === undefined || row.hold.reason === 'paused') return '';
	const left = 'until' in row.hold && row.hold.until !== undefined ? row.hold.until - now : 0;
	return ` · ${left > 0 ? `in ${duration(left)}: ` : ''}${holdSentence(row.hold, size)}`;
};
