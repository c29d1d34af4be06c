import {isLegal, refusal, type JobEvent} from '../domain/transitions.ts';
import type {JobId, JobView} from '../domain/job.ts';
import type {Engine, EngineCommand, Refusal, Selection} from '../engine/ports.ts';
import {expectDone, reportChange} from './answer.ts';
import {pagesOf} from './pages.ts';
import {selectionOf, selectionOptions} from './selection.ts';
import {
	CommandError,
	exitCodes,
	noSuchJob,
	usageError,
	type CommandContext,
	type ExitCode,
	type Options,
	type Verb,
} from './verb.ts';

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
				? actOnQueue(context, engine, queue, args)
				: act(context, engine, name, args, options),
		),
});

const actOnQueue = async (
	context: CommandContext,
	engine: Engine,
	queue: NonNullable<Parameters<typeof actVerb>[2]>,
	args: readonly string[],
): Promise<ExitCode> => {
	if (args.length > 0) throw usageError('--queue means the whole queue; leave the ids out');
	if (!context.globals.isDryRun) expectDone(await engine.send({type: queue.command}));
	if (context.globals.isJson) context.io.out(`${JSON.stringify({changed: [], refused: []})}\n`);
	else context.io.out(`${queue.done}\n`);
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
		const foreseen = await foresee(engine, name, selection);
		return reportChange(context, {ok: true, ...foreseen}, `would be ${pastParticiple[name]}`);
	}

	if ('ids' in selection && selection.ids.length === 1) await requireOne(engine, selection.ids[0]);
	const result = expectDone(await engine.send({type: name, selection}));
	return reportChange(context, result, pastParticiple[name]);
};

const requireOne = async (engine: Engine, id: JobId | undefined): Promise<void> => {
	if (id !== undefined && (await engine.show(id)) === undefined) throw noSuchJob(id);
};

/** What an act would change, by the table of transitions alone. */
const foresee = async (
	engine: Engine,
	name: Act,
	selection: Selection,
): Promise<{readonly changed: readonly JobId[]; readonly refused: readonly Refusal[]}> => {
	const changed: JobId[] = [];
	const refused: Refusal[] = [];
	const look = (job: JobView): void => {
		if (isLegal(job.status, name)) changed.push(job.id);
		else if ('ids' in selection) refused.push({id: job.id, reason: refusal(job.status, name)});
	};

	if ('filter' in selection) {
		for await (const rows of pagesOf(engine, selection.filter)) for (const row of rows) look(row);
	} else {
		for (const id of selection.ids) {
			const job = await engine.show(id);
			if (job === undefined) throw new CommandError(exitCodes.noSuchJob, `there is no job ${id}`);
			look(job);
		}
	}

	return {changed, refused};
};
