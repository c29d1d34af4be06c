import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {breakerPhase} from '../../source/domain/breaker.ts';
import {countsForBreaker, failureKinds, type FailureCode} from '../../source/domain/failure.ts';
import {laneFailed, laneSucceeded, type Lane} from '../../source/domain/lane.ts';
import {laneWith} from '../support/arbitraries.ts';

const runs = {numRuns: 1000};
const codes = Object.keys(failureKinds) as FailureCode[];

type Happening = {
	readonly after: number;
	readonly outcome: 'success' | FailureCode;
	readonly retryAfter: number | undefined;
};

const anyHappenings: fc.Arbitrary<readonly Happening[]> = fc.array(
	fc.record({
		after: fc.nat({max: 400}),
		outcome: fc.oneof(
			{weight: 2, arbitrary: fc.constant('success' as const)},
			{weight: 5, arbitrary: fc.constantFrom('timeout' as const, 'server-error' as const)},
			{weight: 2, arbitrary: fc.constantFrom(...codes)},
		),
		retryAfter: fc.option(fc.nat({max: 900}), {nil: undefined}),
	}),
	{maxLength: 40},
);

const next = (lane: Lane, {outcome, retryAfter}: Happening, at: number): Lane =>
	outcome === 'success'
		? laneSucceeded(lane, at)
		: laneFailed(lane, {code: outcome, message: outcome, ...(retryAfter === undefined ? {} : {retryAfter})}, at);

/** What the lane lacks, not what the other side does wrong. */
const isLack = (outcome: Happening['outcome']): boolean => outcome === 'tool-missing' || outcome === 'no-network';

// Mutations tried: `breaker.state === 'open' ||` left out of afterFailure; `>` in the place of `>=` for the threshold; a
// success that keeps the breaker as it is. This property failed each time.
test('three failures in a row open a breaker, a success closes it, a failed probe opens it again', () => {
	fc.assert(
		fc.property(anyHappenings, fc.integer({min: 1, max: 5}), (happenings, raised) => {
			let lane = laneWith({id: 'l1'});
			let at = 0;
			let inRow = 0;
			let opensAt: number | undefined;
			for (const happening of happenings) {
				at += happening.after;
				const isCounted =
					happening.outcome !== 'success' && !isLack(happening.outcome) && countsForBreaker(happening.outcome);
				lane = next(lane, happening, at);
				if (happening.outcome === 'success') {
					inRow = 0;
					opensAt = undefined;
				} else if (isCounted) {
					inRow++;
					if (inRow >= lane.limits.breaker.threshold || opensAt !== undefined) opensAt = at + 1000;
				}

				for (const instant of [at, at + 500, at + 999, at + 1000, at + 5000]) {
					const expected = opensAt === undefined ? 'closed' : instant < opensAt ? 'open' : 'half-open';
					expect(breakerPhase(lane.breaker, instant)).toBe(expected);
				}

				// Someone edits the configuration: what is open stays open until a success.
				if (opensAt !== undefined) {
					const breaker = {...lane.limits.breaker, threshold: 3 + raised};
					lane = {...lane, limits: {...lane.limits, breaker}};
				}
			}
		}),
		runs,
	);
});

// Mutation tried: `coolUntil: until` without the comparison in cooledBy; this property failed.
test('a pause that the other side asks for is only ever extended, and is explained by who asked for the longest', () => {
	fc.assert(
		fc.property(anyHappenings, happenings => {
			let lane = laneWith({id: 'l1'});
			let at = 0;
			let longest = {until: -Infinity, detail: ''};
			for (const happening of happenings) {
				at += happening.after;
				lane = next(lane, happening, at);
				const {outcome, retryAfter} = happening;
				if (outcome !== 'success' && retryAfter !== undefined && at + retryAfter > longest.until) {
					longest = {until: at + retryAfter, detail: outcome};
				}

				expect(lane.coolUntil ?? -Infinity).toBe(longest.until);
				expect(lane.coolDetail).toBe(longest.detail);
			}
		}),
		runs,
	);
});

// Mutation tried: `missing: cooled.missing` for every other failure in laneFailed; this property failed.
test('a missing tool is forgotten when the tool has answered in any way, and is looked for again while it has not', () => {
	fc.assert(
		fc.property(anyHappenings, happenings => {
			let lane = laneWith({id: 'l1'});
			let at = 0;
			let lack: 'tool' | 'network' | undefined;
			for (const happening of happenings) {
				at += happening.after;
				lane = next(lane, happening, at);
				const {outcome} = happening;
				if (isLack(outcome)) lack = outcome === 'tool-missing' ? 'tool' : 'network';
				else if (outcome !== 'disk-full' && outcome !== 'volume-missing') lack = undefined;
				expect(lane.missing?.what).toBe(lack);
				if (isLack(outcome)) expect(lane.missing?.until).toBe(at + 30_000);
			}
		}),
		runs,
	);
});
