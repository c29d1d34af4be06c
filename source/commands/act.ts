import {isLegal, refusal, type JobEvent} from '../domain/transitions.ts';
import type {JobId} from '../domain/job.ts';
import type {Engine, EngineCommand, Selection} from '../engine/ports.ts';
import {expectDone, foresee, printJson, reportChange, type Done} from './answer.ts';
import {pagesOf} from './pages.ts';
import {selectionOf, selectionOptions} from './selection.ts';
import {exitCodes, usageError, type CommandContext, type ExitCode, type Options, type Verb} from './verb.ts';

type Act = Extract<JobEvent, 'pause' | 'resume' | 'retry' | 'cancel' | 'remove'>;

const pastParticiple: Readonly<Record<Act, string>> = {
	pause: 'paused',
	resume: 'resumed',
	retry: 'put back in line',
	cancel: 'cancelled',
	remove: 'removed from the queue',
};

/** A verb that does the same to each selected job. */
export const actVerb = (
	name: Act,
	summary: string,
	queue?: {
		readonly command: Extract<EngineCommand, {type: 'pause-queue' | 'resume-queue'}>['type'];
		readonly done: string;
		readonly foreseen: string;
	},
): Verb => ({
	name,
	summary,
	arguments: [['[id...]', 'job ids']],
	options: [
		...selectionOptions,
		...(queue === undefined ? [] : ([['--queue', 'the whole queue, also what is added later']] as const)),
	],
	run: async (context, args, options) =>
		context.withEngine(async engine =>
			queue !== undefined && options['queue'] === true
				? actOnQueue(context, engine, queue, args, options)
				: act(context, engine, name, args, options),
		),
});

const actOnQueue = async (
	context: CommandContext,
	engine: Engine,
	queue: NonNullable<Parameters<typeof actVerb>[2]>,
	args: readonly string[],
	options: Options,
): Promise<ExitCode> => {
	if (args.length > 0 || Object.keys(options).length > 1) {
		throw usageError('--queue means the whole queue; leave the ids and the other options out');
	}

	if (!context.globals.isDryRun) expectDone(await engine.send({type: queue.command}));
	if (context.globals.isJson) printJson(context, {changed: [], refused: []});
	else context.io.out(`the queue ${context.globals.isDryRun ? queue.foreseen : queue.done}\n`);
	return exitCodes.done;
};

const act = async (
	context: CommandContext,
	engine: Engine,
	name: Act,
	args: readonly string[],
	options: Options,
): Promise<ExitCode> => {
	const selection = await selectionOf(engine, args, options);
	if (context.globals.isDryRun) {
		const foreseen = await foreseeAct(engine, name, selection);
		return reportChange(context, engine, foreseen, `would be ${pastParticiple[name]}`);
	}

	const result = expectDone(await engine.send({type: name, selection}));
	if (result.isStopped === true) context.io.err('stopped on the way, by the screen; the others are as they were\n');
	return reportChange(context, engine, result, pastParticiple[name]);
};

/** What an act would change, by the table of transitions alone. */
const foreseeAct = async (
	engine: Engine,
	name: Act,
	selection: Selection,
): Promise<Pick<Done, 'changed' | 'refused'>> => {
	if ('ids' in selection) {
		return foresee(engine, selection.ids, ({status}) => (isLegal(status, name) ? undefined : refusal(status, name)));
	}

	const changed: JobId[] = [];
	for await (const rows of pagesOf(engine, selection.filter)) {
		for (const {id, status} of rows) if (isLegal(status, name)) changed.push(id);
	}

	return {changed, refused: []};
};
