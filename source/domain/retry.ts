import {failureClass, shutsOut, type Failure} from './failure.ts';
import {recheckMissingAfter} from './lane.ts';
import type {JobEvent} from './transitions.ts';
import type {Duration, Instant} from './time.ts';

export type RetryPolicy = {
	/** The ceiling of the first delay. */
	readonly base: Duration;
	/** No ceiling grows beyond this. */
	readonly cap: Duration;
};

/** Doublings beyond this change nothing, because the cap is reached; without an end, 0 times infinity would be no number. */
const mostDoublings = 64;

/** The longest possible wait after so many spent attempts (1 or more): doubles each time, up to the cap. */
export const retryCeiling = (attempts: number, policy: RetryPolicy): Duration =>
	Math.min(policy.cap, policy.base * 2 ** Math.min(mostDoublings, Math.max(0, attempts - 1)));

/**
 * Exponential backoff with full jitter: anywhere between nothing and the ceiling, so that many jobs that failed together
 * do not come back together. Three lines of our own, because jitter has to be passed in for the rule to be testable.
 */
export const retryDelay = (attempts: number, policy: RetryPolicy, jitter: number): Duration =>
	Math.floor(retryCeiling(attempts, policy) * jitter);

/**
 * One host that cannot be reached, or one folder whose filesystem is full: the others in line go first. Longer than the lane
 * waits before it tries the network again, so that another job is the one that tries.
 */
const isOwnMatter = (failure: Failure): boolean => failure.code === 'no-network' || failure.elsewhere !== undefined;
const ownMatterPause: Duration = 1.5 * recheckMissingAfter;

/** What a failure means for the job: go back in line, be set aside, or wait for the machine. */
export type Verdict =
	| {readonly event: Extract<JobEvent, 'defer'>; readonly retryAt: Instant}
	| {readonly event: Extract<JobEvent, 'fail'>}
	/** Spends no attempt; `retryAt` lets another job try first. */
	| {readonly event: Extract<JobEvent, 'yield'>; readonly retryAt?: Instant};

/**
 * Decides what follows a failure.
 *
 * @param spent attempts spent before this one
 * @param job `isShutOut`: the lane was closed already when this attempt failed
 * @param jitter chance, 0 to 1; a retry-after that the other side asked for is a floor under it, and so is what the job waits for
 */
export const judge = (
	failure: Failure,
	job: {readonly spent: number; readonly maxAttempts: number; readonly isShutOut?: boolean},
	policy: RetryPolicy,
	now: Instant,
	jitter: number,
): Verdict => {
	const kind = failureClass(failure.code);
	const {retryAfter = 0, waitAtLeast = 0, waitAtMost = Infinity} = failure;
	if (kind === 'environment') {
		const pause = isOwnMatter(failure) ? ownMatterPause : waitAtLeast;
		return {event: 'yield', ...(pause > 0 ? {retryAt: now + pause} : {})};
	}

	const backoff = Math.min(retryDelay(job.spent + 1, policy, jitter), waitAtMost);
	const delay = Math.max(backoff, retryAfter, waitAtLeast);
	// That a ban lasts is no failure of the job that tried whether it does.
	if (shutsOut(failure.code) && job.isShutOut === true) return {event: 'yield', retryAt: now + delay};
	if (kind !== 'transient' || job.spent + 1 >= job.maxAttempts) return {event: 'fail'};
	return {event: 'defer', retryAt: now + delay};
};
