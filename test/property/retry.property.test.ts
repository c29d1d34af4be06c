import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {failureClass, failureKinds, type FailureCode} from '../../source/domain/failure.ts';
import {judge, retryCeiling, retryDelay, type RetryPolicy} from '../../source/domain/retry.ts';

const runs = {numRuns: 1000};
const codes = Object.keys(failureKinds) as FailureCode[];
const anyPolicy: fc.Arbitrary<RetryPolicy> = fc.record({base: fc.nat({max: 600_000}), cap: fc.nat({max: 86_400_000})});
const anyAttempts = fc.oneof(fc.integer({min: 1, max: 40}), fc.integer({min: 1, max: Number.MAX_SAFE_INTEGER}));
const anyChance = fc.double({min: 0, max: 1, noNaN: true});

// Mutation tried: `Math.ceil(…) + 1` in the place of `Math.floor(…)` in retryDelay; this property failed.
test('a delay is a whole number between nothing and its ceiling, and the ceiling never exceeds the cap', () => {
	fc.assert(
		fc.property(anyAttempts, anyPolicy, anyChance, (attempts, policy, jitter) => {
			const ceiling = retryCeiling(attempts, policy);
			const delay = retryDelay(attempts, policy, jitter);
			expect(Number.isInteger(delay)).toBe(true);
			expect(delay).toBeGreaterThanOrEqual(0);
			expect(delay).toBeLessThanOrEqual(ceiling);
			expect(ceiling).toBeLessThanOrEqual(policy.cap);
		}),
		runs,
	);
});

// Mutations tried: `(attempts - 1) % 8` as the exponent of retryCeiling; no end to the doublings; this property failed.
test('the ceiling doubles with each attempt until the cap, and never becomes smaller', () => {
	fc.assert(
		fc.property(fc.integer({min: 1, max: 2000}), anyPolicy, (attempts, policy) => {
			let expected = policy.base;
			for (let attempt = 1; attempt < attempts && expected < policy.cap; attempt++) expected += expected;
			expect(retryCeiling(attempts, policy)).toBe(Math.min(expected, policy.cap));
			expect(retryCeiling(attempts + 1, policy)).toBeGreaterThanOrEqual(retryCeiling(attempts, policy));
		}),
		runs,
	);
});

const anyCase = fc.record({
	code: fc.constantFrom(...codes),
	retryAfter: fc.option(fc.nat({max: 3_600_000}), {nil: undefined}),
	spent: fc.nat({max: 8}),
	maxAttempts: fc.integer({min: 1, max: 6}),
	policy: anyPolicy,
	at: fc.nat({max: 2_000_000_000_000}),
	jitter: anyChance,
});

const verdictOf = ({
	code,
	retryAfter,
	spent,
	maxAttempts,
	policy,
	at,
	jitter,
}: typeof anyCase extends fc.Arbitrary<infer Case> ? Case : never) =>
	judge(
		{code, message: 'it failed', ...(retryAfter === undefined ? {} : {retryAfter})},
		{spent, maxAttempts},
		policy,
		at,
		jitter,
	);

// Mutation tried: `kind === 'permanent'` in the place of `kind !== 'transient'` in judge; this property failed.
test('what cannot help is not tried, what the machine lacks is waited for, and attempts come to an end', () => {
	fc.assert(
		fc.property(anyCase, given => {
			const kind = failureClass(given.code);
			const isLast = given.spent + 1 >= given.maxAttempts;
			const expected =
				kind === 'environment' ? 'yield' : kind === 'permanent' || kind === 'person' || isLast ? 'fail' : 'defer';
			expect(verdictOf(given).event).toBe(expected);
		}),
		runs,
	);
});

// Mutation tried: `Math.min` in the place of `Math.max` for retryAfter in judge; this property failed.
test('a retry is never in the past, not before the other side asked for it, and not later than either asks', () => {
	fc.assert(
		fc.property(anyCase, given => {
			const verdict = verdictOf(given);
			if (verdict.event !== 'defer') return;
			const asked = given.retryAfter ?? 0;
			expect(verdict.retryAt).toBeGreaterThanOrEqual(given.at + asked);
			expect(verdict.retryAt).toBeLessThanOrEqual(
				given.at + Math.max(asked, retryCeiling(given.spent + 1, given.policy)),
			);
		}),
		runs,
	);
});
