import {hasEnded, isActive, type AttemptToken, type Job, type JobStatus, type OwnerId} from '../domain/job.ts';
import type {Instant} from '../domain/time.ts';
import {nextStatus, spendsAttempt, type JobEvent} from '../domain/transitions.ts';
import type {Change} from '../engine/ports.ts';

/** What an event does to a job, or why it does nothing. `job` is the job afterwards, as it was where it is removed. */
export type Step =
	| {readonly ok: true; readonly job: Job; readonly isRemoved: boolean; readonly endsAttempt: boolean}
	| {readonly ok: false; readonly reason: 'stale' | 'refused'};

/** Events that come from a person or from recovery: allowed without the token of the running attempt. */
const withoutToken: ReadonlySet<JobEvent> = new Set(['pause', 'cancel', 'lose']);

/** Decides what a change does to a job: token first, then the table of transitions. Pure; shared by the SQL stores. */
export const stepOf = (job: Job, attempt: AttemptToken | undefined, change: Change): Step => {
	if (attempt !== undefined && attempt !== job.attempt) return {ok: false, reason: 'stale'};
	// A claim gives a token and has a way of its own.
	const to = change.event === 'claim' ? undefined : nextStatus(job.status, change.event, job);
	if (to === undefined) return {ok: false, reason: 'refused'};
	if (job.attempt !== undefined && attempt === undefined && !withoutToken.has(change.event)) {
		return {ok: false, reason: 'stale'};
	}

	if (to === 'removed') return {ok: true, job, isRemoved: true, endsAttempt: false};
	return {
		ok: true,
		job: changed(job, change, to),
		isRemoved: false,
		endsAttempt: isActive(job.status) && !isActive(to),
	};
};

/** The job with an attempt begun, or undefined where it cannot be started. */
export const claimed = (job: Job, attempt: AttemptToken, owner: OwnerId, now: Instant): Job | undefined => {
	const to = nextStatus(job.status, 'claim', job);
	return to === undefined || to === 'removed'
		? undefined
		: {...job, status: to, attempt, owner, retryAt: undefined, startedAt: job.startedAt ?? now};
};

/** Bytes as they can be kept: tools estimate sizes, and estimates have fractions. */
export const wholeBytes = (bytes: number | undefined): number | undefined =>
	bytes === undefined || !Number.isFinite(bytes) || bytes < 0 ? undefined : Math.round(bytes);

const changed = (job: Job, change: Change, to: JobStatus): Job => {
	const moved: Job = {
		...job,
		status: to,
		bytes: wholeBytes(change.bytes) ?? job.bytes,
		total: wholeBytes(change.total) ?? job.total,
		attempts: job.attempts + (spendsAttempt(change.event) ? 1 : 0),
		...(isActive(to) ? {} : {attempt: undefined, owner: undefined}),
		...(hasEnded(to) ? {endedAt: change.at, retryAt: undefined} : {}),
	};
	switch (change.event) {
		case 'find':
			return {...moved, isSourced: true, source: change.source ?? job.source, lane: change.lane ?? job.lane};
		case 'finish':
			return {...moved, placing: change.placing ?? job.placing};
		case 'complete':
			return completed(moved, change);
		case 'defer':
			return {...moved, error: change.error ?? job.error, retryAt: change.retryAt, placing: undefined};
		case 'fail':
			return failed(moved, change);
		case 'yield':
			return {...moved, error: change.error ?? job.error, retryAt: change.retryAt ?? job.retryAt};
		case 'resume':
			return {...moved, retryAt: undefined};
		case 'retry':
			return {
				...moved,
				attempts: 0,
				error: undefined,
				retryAt: undefined,
				placing: undefined,
				startedAt: undefined,
				endedAt: undefined,
			};
		case 'claim':
		case 'begin':
		case 'stop':
		case 'lose':
		case 'pause':
		case 'cancel':
		case 'remove':
			return moved;
	}
};

const failed = (job: Job, change: Change): Job => {
	const error = change.error ?? job.error;
	if (error === undefined) throw new Error(`failing job ${job.id}: the reason must be told`);
	return {...job, error, placing: undefined};
};

const completed = (job: Job, change: Change): Job => {
	const {outputPath, size = job.placing?.size} = change;
	if (outputPath === undefined || size === undefined) {
		throw new Error(`completing job ${job.id}: its path and size must be told`);
	}

	return {...job, outputPath, size, bytes: size, total: size, placing: undefined, error: undefined};
};
