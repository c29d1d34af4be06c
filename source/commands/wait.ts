import {isComplete} from '../domain/batch.ts';
import {hasEnded, jobStatuses, type JobDetail, type JobId, type JobView} from '../domain/job.ts';
import type {Engine} from '../engine/ports.ts';
import {printJson} from './answer.ts';
import {parseId, textOf} from './arguments.ts';
import {jobJson} from './json.ts';
import {jobTable} from './list.ts';
import {batchTitles, pagesOf} from './pages.ts';
import {requireBatch} from './selection.ts';
import {onChange} from './watch.ts';
import {CommandError, exitCodes, noSuchJob, usageError, type Verb} from './verb.ts';

export const wait: Verb = {
	name: 'wait',
	summary: 'Wait until jobs have ended; without ids or batch until all have',
	arguments: [['[id...]', 'job ids']],
	options: [['--batch <name>', 'the jobs of this batch, by title or id']],
	run: async (context, args, options) =>
		context.withEngine(async (engine, isAttached) => {
			const ref = textOf(options, 'batch');
			if (ref !== undefined && args.length > 0) throw usageError('give either ids or --batch, not both');
			const ids = args.map(text => parseId(text));
			const jobs = await (ref === undefined
				? ids.length > 0
					? waitForJobs(engine, ids, isAttached)
					: waitForAll(engine, isAttached)
				: waitForBatch(engine, ref, isAttached));
			const titleOf = batchTitles(engine);
			if (context.globals.isJson) {
				const rows = [];
				for (const job of jobs) rows.push(jobJson(job, await titleOf(job.batch)));
				printJson(context, {jobs: rows});
			} else if (jobs.length > 0) {
				context.io.out(`${jobTable(jobs, context.io.columns)}\n`);
			}

			return jobs.some(job => job.status === 'failed') ? exitCodes.someFailed : exitCodes.done;
		}),
};

/** Nothing ends by itself where nothing runs. */
const expectScheduler = (engine: Engine, isAttached: boolean): void => {
	if (!isAttached) {
		throw new CommandError(
			exitCodes.noScheduler,
			'no scheduler is running, so nothing would end; start one with `tidegate run`',
		);
	}

	if (!engine.getSnapshot().isScheduling) {
		throw new CommandError(exitCodes.noScheduler, 'the scheduler went away while it was waited for');
	}
};

const waitForJobs = async (
	engine: Engine,
	ids: readonly JobId[],
	isAttached: boolean,
): Promise<readonly JobDetail[]> => {
	const ended = new Map<JobId, JobDetail>();
	for (const id of ids) if ((await engine.show(id)) === undefined) throw noSuchJob(id);
	await onChange(engine, async () => {
		for (const id of ids) {
			if (ended.has(id)) continue;
			const job = await engine.show(id);
			if (job === undefined)
				throw new CommandError(exitCodes.noSuchJob, `job ${id} was removed while it was waited for`);
			if (hasEnded(job.status)) ended.set(id, job);
		}

		const isOver = ids.every(id => ended.has(id));
		if (!isOver) expectScheduler(engine, isAttached);
		return isOver;
	});
	return ids.flatMap(id => ended.get(id) ?? []);
};

const waitForBatch = async (engine: Engine, ref: string, isAttached: boolean): Promise<readonly JobView[]> => {
	const {id} = await requireBatch(engine, ref);
	await onChange(engine, async () => {
		const batch = await requireBatch(engine, String(ref));
		const isOver = isComplete(batch.counts);
		if (!isOver) expectScheduler(engine, isAttached);
		return isOver;
	});
	return collect(engine, {batch: id});
};

const unended = jobStatuses.filter(status => !hasEnded(status));

/** Waits until nothing is left; answers with the jobs that had not ended when it began. */
const waitForAll = async (engine: Engine, isAttached: boolean): Promise<readonly JobView[]> => {
	const pending = (await collect(engine, {statuses: unended})).map(({id}) => id);
	await onChange(engine, async () => {
		const {rows} = await engine.list({statuses: unended, limit: 1});
		const isOver = rows.length === 0;
		if (!isOver) expectScheduler(engine, isAttached);
		return isOver;
	});
	const jobs: JobView[] = [];
	for (const id of pending) {
		const job = await engine.show(id);
		if (job !== undefined) jobs.push(job);
	}

	return jobs;
};

const collect = async (engine: Engine, query: Parameters<Engine['list']>[0]): Promise<readonly JobView[]> => {
	const jobs: JobView[] = [];
	for await (const rows of pagesOf(engine, query)) jobs.push(...rows);
	return jobs;
};
