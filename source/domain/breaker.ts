import type {Duration, Instant} from './time.ts';

/**
 * Circuit breaker of a lane: after `threshold` failures in a row nothing starts for `openFor`; then one job probes, and
 * its outcome closes the breaker or opens it again.
 */
export type Breaker =
	| {readonly state: 'closed'; readonly failures: number}
	| {readonly state: 'open'; readonly failures: number; readonly until: Instant; readonly detail: string};

export type BreakerPolicy = {readonly threshold: number; readonly openFor: Duration};

export const closedBreaker: Breaker = {state: 'closed', failures: 0};

export const afterSuccess = (_breaker: Breaker): Breaker => closedBreaker;

export const afterFailure = (breaker: Breaker, detail: string, policy: BreakerPolicy, now: Instant): Breaker => {
	const failures = breaker.failures + 1;
	// A probe that failed opens the breaker again, also where the threshold has been raised meanwhile.
	return breaker.state === 'open' || failures >= policy.threshold
		? {state: 'open', failures, until: now + policy.openFor, detail}
		: {state: 'closed', failures};
};

export type BreakerPhase = 'closed' | 'open' | 'half-open';

/** Half-open is not stored: it is an open breaker whose time is over. */
export const breakerPhase = (breaker: Breaker, now: Instant): BreakerPhase =>
	breaker.state === 'closed' ? 'closed' : now < breaker.until ? 'open' : 'half-open';
