import type {JobId} from '../domain/job.ts';
import {hasEnded} from '../domain/job.ts';
import type {Engine} from '../engine/ports.ts';
import {isSet, parseCount, parseId, textOf} from './arguments.ts';
import {printJson} from './answer.ts';
import {plain} from './format.ts';
import {onChange} from './watch.ts';
import {exitCodes, noSuchJob, type CommandContext, type Verb} from './verb.ts';

const pageLines = 1000;
/** Lines may be written without anything else changing, so that a follower also looks this often. */
const lookInterval = 500;

export const log: Verb = {
	name: 'log',
	summary: "Print a job's log: what its tool and tidegate said",
	arguments: [['<id>', 'job id']],
	options: [
		['-f, --follow', 'go on until the job has ended'],
		['--lines <n>', 'only the last so many'],
	],
	run: async (context, [text = ''], options) =>
		context.withEngine(async engine => {
			const id = parseId(text);
			if ((await engine.show(id)) === undefined) throw noSuchJob(id);
			const lines = textOf(options, 'lines');
			const tail = lines === undefined ? undefined : parseCount('--lines', lines, 0, 100_000);
			const all: string[] = [];
			const print = context.globals.isJson
				? (line: string): unknown => all.push(line)
				: (line: string): void => context.io.out(`${plain(line)}\n`);
			const next = await printFrom(engine, id, tail, print);
			if (isSet(options, 'follow')) await follow(context, engine, id, next, print);
			if (context.globals.isJson) printJson(context, {id, lines: all});
			return exitCodes.done;
		}),
};

/** Prints what there is and answers with the byte to go on from. */
const printFrom = async (
	engine: Engine,
	id: JobId,
	tail: number | undefined,
	print: (line: string) => unknown,
	start = 0,
): Promise<number> => {
	if (tail !== undefined) {
		const page = await engine.readLog(id, {tail});
		for (const line of page.lines) print(line);
		return page.next;
	}

	let from = start;
	for (;;) {
		const page = await engine.readLog(id, {from, limit: pageLines});
		for (const line of page.lines) print(line);
		if (page.lines.length === 0 || page.next === from) return page.next;
		from = page.next;
	}
};

const follow = async (
	context: CommandContext,
	engine: Engine,
	id: JobId,
	start: number,
	print: (line: string) => unknown,
): Promise<void> => {
	let from = start;
	await onChange(
		engine,
		async () => {
			// The status is read first, so that the lines before the end are not missed.
			const job = await engine.show(id);
			from = await printFrom(engine, id, undefined, print, from);
			return job === undefined || hasEnded(job.status) || !(await context.io.isHeard());
		},
		lookInterval,
	);
};
