import {timeRan, type Job, type JobId} from '../domain/job.ts';
import type {Duration} from '../domain/time.ts';
import {nextStatus} from '../domain/transitions.ts';
import {giveUpBytes, holdingBack} from './aside.ts';
import type {Core} from './core.ts';
import type {RunningJob} from './live.ts';
import type {Change, MoveResult} from './ports.ts';
import {untilStored} from './until-stored.ts';

/** Begins the attempt in the store; undefined when the job is not to be started any more. */
export const claim = (core: Core, {job, token}: RunningJob): Promise<Job | undefined> =>
	untilStored(core, async isRepeated => {
		const claimed = await core.store.claim(job.id, token, core.settings.owner, core.clock.now());
		if (claimed !== undefined || !isRepeated) return claimed;
		// The claim before may have gone through, and only its answer was lost: then it is ours.
		const found = await core.store.get(job.id);
		return found?.attempt === token ? found : undefined;
	});

/**
 * Moves the job on; where a person's pause or cancel has come first, that is carried out instead, unless it is taken back in
 * the same moment. Returns the status that the job has now.
 */
export const conclude = async (core: Core, attempt: RunningJob, change: Change): Promise<Job['status'] | undefined> => {
	for (;;) {
		const moved = await move(core, attempt, change);
		if (moved.ok) return moved.job?.status;
		if (moved.reason !== 'refused' || (moved.status !== 'pausing' && moved.status !== 'cancelling')) return undefined;
		const stopped = await stop(core, attempt, moved.status);
		if (stopped.ok) return stopped.job?.status;
		if (stopped.reason !== 'refused') return undefined;
	}
};

/** Carries out a pause or a cancel. Until its bytes are out of the way, the job is not started again. */
const stop = (core: Core, attempt: RunningJob, status: 'pausing' | 'cancelling'): Promise<MoveResult> =>
	holdingBack(core, [attempt.job.id], async () => {
		const kept = {...progressOfAttempt(attempt), ...(status === 'cancelling' ? {bytes: 0} : {})};
		const stopped = await move(core, attempt, {event: 'stop', at: core.clock.now(), ...kept});
		// By what it has become, not by what it was: a cancel may have come while the pause was carried out.
		if (stopped.ok && stopped.job?.status === 'cancelled') await giveUpBytes(core, attempt.job.id);
		return stopped;
	});

/** What is known of the bytes; the total above all, because it decides whether the job fits. */
export const progressOfAttempt = ({bytes, total}: RunningJob): Pick<Change, 'bytes' | 'total'> =>
	total === undefined ? {bytes} : {bytes, total};

/** Writes what happened to the attempt's job, and tells everyone. */
export const move = async (core: Core, attempt: RunningJob, change: Change): Promise<MoveResult> => {
	const moved = await untilStored(core, async isRepeated => {
		const answer = await core.store.move(attempt.job.id, attempt.token, change);
		return answer.ok || !isRepeated ? answer : ((await earlierMove(core, attempt, change)) ?? answer);
	});
	if (moved.ok && moved.job !== undefined) {
		attempt.job = moved.job;
		core.events.emit({
			type: 'job',
			at: change.at,
			job: moved.job,
			from: moved.from,
			to: moved.job.status,
			...(change.error === undefined ? {} : {error: change.error}),
			...(moved.job.status === 'completed' ? await ranFor(core, moved.job.id) : {}),
		});
	}

	core.touch('state');
	return moved;
};

/** For those who are told of the end; a store that cannot tell keeps nothing from them but this. */
const ranFor = async ({store}: Core, id: JobId): Promise<{readonly ranFor?: Duration}> => {
	try {
		return {ranFor: timeRan(await store.attempts(id))};
	} catch {
		return {};
	}
};

/** The answer to a move that went through before, though the store had failed to say so. */
const earlierMove = async (core: Core, attempt: RunningJob, change: Change): Promise<MoveResult | undefined> => {
	const {id, status: from} = attempt.job;
	const job = await core.store.get(id);
	if (job?.attempt === attempt.token) {
		const isThere = nextStatus(from, change.event, attempt.job) === job.status;
		return isThere ? {ok: true, job, from} : undefined;
	}

	const own = (await core.store.attempts(id)).find(({token}) => token === attempt.token);
	return own?.outcome === change.event ? {ok: true, job, from} : undefined;
};

/** Ends the running attempt of a job; what becomes of it is decided when the provider has stopped. */
export const stopAttempt = (core: Core, id: JobId, job?: Job): void => {
	const attempt = core.live.running.get(id);
	if (attempt === undefined) return;
	if (job !== undefined) attempt.job = job;
	attempt.abort.abort();
};
