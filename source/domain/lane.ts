import {afterFailure, afterSuccess, closedBreaker, type Breaker, type BreakerPolicy} from './breaker.ts';
import {countsForBreaker, failureClass, shutsOut, type Failure} from './failure.ts';
import type {LaneId, ProviderId} from './job.ts';
import type {Duration, Instant} from './time.ts';

export type LaneLimits = {
	/** Jobs of this lane at once, 1 or more. */
	readonly maxActive: number;
	/** The least time between two starts; 0 for none. */
	readonly startInterval: Duration;
	readonly breaker: BreakerPolicy;
};

/** A provider's own limits and health. */
export type Lane = {
	readonly id: LaneId;
	readonly provider: ProviderId;
	readonly limits: LaneLimits;
	readonly breaker: Breaker;
	/** Nothing starts before this instant: the other side asked for a pause. */
	readonly coolUntil: Instant | undefined;
	readonly coolDetail: string;
	/** What the machine lacks for this lane, and when that is looked at again. A network comes back without a person. */
	readonly missing: {readonly what: 'tool' | 'network'; readonly detail: string; readonly until: Instant} | undefined;
	readonly lastStartAt: Instant | undefined;
	readonly lastSuccessAt: Instant | undefined;
	readonly lastFailureAt: Instant | undefined;
};

/** How long a lane whose tool is missing waits before it looks again. */
export const recheckMissingAfter: Duration = 30_000;

export const newLane = (id: LaneId, provider: ProviderId, limits: LaneLimits): Lane => ({
	id,
	provider,
	limits,
	breaker: closedBreaker,
	coolUntil: undefined,
	coolDetail: '',
	missing: undefined,
	lastStartAt: undefined,
	lastSuccessAt: undefined,
	lastFailureAt: undefined,
});

export const laneStarted = (lane: Lane, now: Instant): Lane => ({...lane, lastStartAt: now});

/** The lane after one of its jobs, begun at `startedAt`, has succeeded. */
export const laneSucceeded = (lane: Lane, startedAt: Instant, now: Instant): Lane => ({
	...lane,
	breaker: afterSuccess(lane.breaker, startedAt),
	missing: undefined,
	lastSuccessAt: now,
});

/**
 * The lane after one of its jobs, begun at `startedAt`, failed: cools down when asked to, opens its breaker when it fails
 * in a row, and at once when the other side shuts everyone out.
 */
export const laneFailed = (lane: Lane, failure: Failure, startedAt: Instant, now: Instant): Lane => {
	const cooled: Lane = {...cooledBy(lane, failure, now), lastFailureAt: now};
	const what = lacks(failure);
	if (what !== undefined) {
		return {...cooled, missing: {what, detail: failure.message, until: now + recheckMissingAfter}};
	}

	return {
		...cooled,
		// Any other answer than what the machine lacks shows that the tool and the network are there.
		missing: failureClass(failure.code) === 'environment' ? cooled.missing : undefined,
		breaker: countsForBreaker(failure.code)
			? afterFailure(
					cooled.breaker,
					{detail: failure.message, startedAt, isShutOut: shutsOut(failure.code)},
					cooled.limits.breaker,
					now,
				)
			: cooled.breaker,
	};
};

const lacks = ({code}: Failure): 'tool' | 'network' | undefined => {
	if (code === 'tool-missing' || code === 'misconfigured') return 'tool';
	return code === 'no-network' ? 'network' : undefined;
};

/** Whether nothing would change if the lane were forgotten, but for the times of its last success and failure. */
export const isQuiet = (lane: Lane, now: Instant): boolean =>
	(lane.breaker.state === 'closed' || lane.breaker.until <= now) &&
	(lane.coolUntil === undefined || lane.coolUntil <= now) &&
	(lane.missing === undefined || lane.missing.until <= now) &&
	(lane.lastStartAt === undefined || lane.lastStartAt + lane.limits.startInterval <= now);

/** When something last happened in the lane; 0 where nothing has. */
export const lastActivity = (lane: Lane): Instant =>
	Math.max(lane.lastStartAt ?? 0, lane.lastSuccessAt ?? 0, lane.lastFailureAt ?? 0);

/** A cool-down is only ever extended, and the detail is that of the longest. */
const cooledBy = (lane: Lane, failure: Failure, now: Instant): Lane => {
	if (failure.retryAfter === undefined) return lane;
	const until = now + failure.retryAfter;
	if (lane.coolUntil !== undefined && lane.coolUntil >= until) return lane;
	return {...lane, coolUntil: until, coolDetail: failure.message};
};
