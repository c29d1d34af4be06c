import type {Duration, Instant} from './time.ts';

/**
 * Circuit breaker of a lane: after `threshold` failures in a row, or at once where the other side shuts everyone out,
 * nothing starts for a while; then one job probes, and its outcome closes the breaker or opens it again, for twice as
 * long.
 */
export type Breaker =
	| {readonly state: 'closed'; readonly failures: number}
	| {
			readonly state: 'open';
			readonly failures: number;
			readonly until: Instant;
			readonly detail: string;
			/** How often it has opened without a success in between, 1 and up. */
			readonly openings: number;
	  };

export type BreakerPolicy = {
	readonly threshold: number;
	/** How long it is open the first time; each time after that twice as long, up to `longestPause`. */
	readonly openFor: Duration;
	/** No pause is longer. Default: `longestPause`, or `openFor` where that is more. */
	readonly openForAtMost?: Duration;
};

/** No pause is longer, unless the first one is configured to be. */
export const longestPause: Duration = 30 * 60_000;

export const closedBreaker: Breaker = {state: 'closed', failures: 0};

/** How long the breaker stays open when it opens for the nth time in a row. */
export const pauseOf = (openings: number, {openFor, openForAtMost = longestPause}: BreakerPolicy): Duration =>
	// Doublings beyond 40 change nothing, and without an end 0 times infinity would be no number.
	Math.min(Math.max(openForAtMost, openFor), openFor * 2 ** Math.min(40, openings - 1));

/**
 * Whether an attempt that began then is the probe. Those that were under way when the breaker opened say nothing about
 * what it waits for: neither do their successes close it, nor do their failures, often many at once, make it wait longer.
 */
export const isProbe = (breaker: Breaker, startedAt: Instant): boolean =>
	breaker.state === 'open' && startedAt >= breaker.until;

/** After a success of an attempt that began at `startedAt`. */
export const afterSuccess = (breaker: Breaker, startedAt: Instant): Breaker =>
	breaker.state === 'closed' || isProbe(breaker, startedAt) ? closedBreaker : breaker;

/** What is known of a failure that counts. */
export type BreakerFailure = {
	readonly detail: string;
	/** When the attempt began. */
	readonly startedAt: Instant;
	/** The other side shuts everyone out (429, a ban): one is enough. */
	readonly isShutOut: boolean;
};

export const afterFailure = (
	breaker: Breaker,
	{detail, startedAt, isShutOut}: BreakerFailure,
	policy: BreakerPolicy,
	now: Instant,
): Breaker => {
	const failures = breaker.failures + 1;
	const open = (openings: number): Breaker => ({
		state: 'open',
		failures,
		until: now + pauseOf(openings, policy),
		detail,
		openings,
	});
	// A probe that failed opens the breaker again, also where the threshold has been raised meanwhile.
	if (breaker.state === 'open')
		return isProbe(breaker, startedAt) ? open(breaker.openings + 1) : {...breaker, failures};
	return isShutOut || failures >= policy.threshold ? open(1) : {state: 'closed', failures};
};

export type BreakerPhase = 'closed' | 'open' | 'half-open';

/** Half-open is not stored: it is an open breaker whose time is over. */
export const breakerPhase = (breaker: Breaker, now: Instant): BreakerPhase =>
	breaker.state === 'closed' ? 'closed' : now < breaker.until ? 'open' : 'half-open';
