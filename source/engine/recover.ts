import {failureClass} from '../domain/failure.ts';
import type {Job} from '../domain/job.ts';
import {failureOfLosses} from '../domain/losses.ts';
import {judge} from '../domain/retry.ts';
import {isLegal} from '../domain/transitions.ts';
import {abandon} from './abandon.ts';
import {clearDirectory, giveUpBytes, putAside} from './aside.ts';
import type {Core} from './core.ts';
import type {MoveResult} from './ports.ts';
import {untilStored} from './until-stored.ts';

/**
 * Takes over what a dead scheduler left behind: its processes are ended, its jobs go where the table sends the event
 * `lose`, their bytes and their half-done placings stay. Returns the jobs whose file was about to be placed: it may be in its
 * place already, so that they are concluded before anything else can happen to them.
 */
export const recover = async (core: Core): Promise<readonly Job[]> => {
	const halfPlaced: Job[] = [];
	const lost = await core.store.active();
	const tokens = lost.flatMap(job => (job.attempt === undefined ? [] : [job.attempt]));
	// Also where no attempt was left: the tool of one that was paused a moment before may still be there.
	await core.endSurvivors(tokens);
	for (const job of lost) {
		const bytes = await bytesOf(core, job);
		// A disk that is full at the start is waited out as well: what is not recovered could never run again.
		const moved = await untilStored(
			core,
			async () =>
				(await holdAgainst(core, job, bytes)) ??
				core.store.move(job.id, undefined, {event: 'lose', at: core.clock.now(), bytes}),
		);
		if (!moved.ok || moved.job === undefined) continue;
		if (job.batch !== undefined && core.settings.batchLimits?.maxActive !== undefined) core.live.begun.add(job.batch);
		core.log.write(job.id, `the scheduler ended while this job was ${job.status}; it goes on from ${bytes} bytes`);
		if (moved.job.status === 'cancelled') await giveUpBytes(core, job.id);
		if (moved.job.status === 'cancelled' || moved.job.status === 'paused') await abandon(core, moved.job);
		if (moved.job.status === 'queued' && moved.job.placing !== undefined) halfPlaced.push(moved.job);
	}

	return halfPlaced;
};

/**
 * Removes the directories of jobs that are completed, cancelled or removed, or moves them aside where that can be undone: a
 * crash came between their end and that. Never rejects: what stays is tried again at the next start.
 */
export const clearLeftovers = async (core: Core): Promise<void> => {
	try {
		for (const id of await core.finisher.directories()) {
			const status = (await core.store.get(id))?.status;
			if (status !== undefined && status !== 'completed' && status !== 'cancelled') continue;
			const step = status === 'completed' ? undefined : await core.store.steps.of(id);
			if (step === undefined) await clearDirectory(core, id);
			else await putAside(core, step, [id]);
		}
	} catch {
		// Neither a storage nor a queue that cannot be read keeps anybody from starting.
	}
};

/** Spends an attempt of a job that seems to end the scheduler each time; undefined where nothing speaks against it. */
const holdAgainst = async (core: Core, job: Job, bytes: number): Promise<MoveResult | undefined> => {
	// A verified file only has to be placed, and who is being paused or cancelled does not run again by itself.
	if (job.placing !== undefined || !isLegal(job.status, 'defer')) return undefined;
	const failure = failureOfLosses(await core.store.attempts(job.id), bytes);
	if (failure === undefined) return undefined;
	const at = core.clock.now();
	const verdict = judge(
		failure,
		{spent: job.attempts, maxAttempts: job.maxAttempts},
		core.settings.retry,
		at,
		core.clock.chance(),
	);
	core.log.write(job.id, failure.message);
	const error = {code: failure.code, message: failure.message, class: failureClass(failure.code)};
	return core.store.move(job.id, job.attempt, {at, bytes, error, ...verdict});
};

/** What lies in the job's directory; where nobody can look (an unmounted volume), what was known of it. */
const bytesOf = async (core: Core, job: Job): Promise<number> => {
	if (job.status === 'cancelling') return 0;
	// The artefact was whole, and may have left the directory for its place.
	if (job.placing !== undefined) return job.placing.size;
	try {
		return await core.finisher.sizeOf(job.id);
	} catch {
		return job.bytes;
	}
};
