import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {isRaised, regulate, shareOfNew, waterFill, type Flow} from '../../source/domain/bandwidth.ts';
import type {JobId} from '../../source/domain/job.ts';

type Line = {
	readonly id: JobId;
	/** What its server gives. */
	readonly most: number;
	readonly isLive: boolean;
	ceiling: number | undefined;
	toldAt: number;
	/** It is being started again until then. */
	awayUntil: number;
	restarts: number;
};

const line = fc.record({most: fc.integer({min: 20, max: 5000}), isLive: fc.boolean()});

/** A little world: each second every line takes what its server and its ceiling allow. */
const simulate = (limit: (second: number) => number | undefined, lines: readonly Line[], seconds: number) => {
	const totals: number[] = [];
	const speeds = new Map<JobId, number[]>(lines.map(({id}) => [id, []]));
	const flowsAt = (now: number): readonly Flow[] =>
		lines
			.filter(({awayUntil}) => awayUntil <= now)
			.map(({id, ceiling, toldAt, isLive, restarts}) => {
				const last = (speeds.get(id) ?? []).slice(-20);
				const speed = last.reduce((sum, one) => sum + one, 0) / Math.max(1, last.length);
				return {id, speed, ceiling, toldAt, isLive, restarts, canRestart: true};
			});
	let lastRestartAt: number | undefined;
	for (let second = 0; second < seconds; second++) {
		const now = second * 1000;
		let total = 0;
		for (const one of lines) {
			const taken = one.awayUntil > now ? 0 : Math.min(one.most, one.ceiling ?? Infinity);
			speeds.get(one.id)?.push(taken);
			total += taken;
		}

		totals.push(total);
		const {ceilings, restart} = regulate(limit(second), flowsAt(now), now, lastRestartAt);
		for (const one of lines) {
			if (ceilings.has(one.id) && one.ceiling !== ceilings.get(one.id)) {
				const before = one.ceiling;
				one.ceiling = ceilings.get(one.id);
				if (isRaised(before, one.ceiling)) one.toldAt = now;
			}

			if (one.id !== restart) continue;
			const others = flowsAt(now).filter(({id}) => id !== one.id);
			const allowed = limit(second);
			one.ceiling = allowed === undefined ? undefined : shareOfNew(allowed, others, 0, now);
			one.awayUntil = now + 2000;
			one.toldAt = now + 2000;
			one.restarts++;
			lastRestartAt = now;
			speeds.set(one.id, []);
		}
	}

	return totals;
};

const linesOf = (shapes: ReadonlyArray<{readonly most: number; readonly isLive: boolean}>, start: number): Line[] =>
	shapes.map((shape, index) => ({
		...shape,
		id: (index + 1) as JobId,
		ceiling: start / shapes.length,
		toldAt: 0,
		awayUntil: 0,
		restarts: 0,
	}));

const mean = (numbers: readonly number[]): number => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;

const runs = Number(process.env['BANDWIDTH_RUNS'] ?? 150);

describe('one limit for all downloads together', () => {
	test('over 30 seconds it is kept within a tenth, and used where the servers give enough', () => {
		fc.assert(
			fc.property(fc.array(line, {minLength: 1, maxLength: 8}), fc.integer({min: 200, max: 8000}), (shapes, limit) => {
				const lines = linesOf(shapes, limit);
				const totals = simulate(() => limit, lines, 600).slice(-30);
				const reachable = Math.min(
					limit,
					shapes.reduce((sum, {most}) => sum + most, 0),
				);
				expect(mean(totals)).toBeLessThanOrEqual(limit * 1.1);
				// Without one that can be told, small differences are not worth a new start.
				const takesTheRest = shapes.some(({isLive, most}) => isLive && most >= limit);
				expect(mean(totals)).toBeGreaterThanOrEqual(reachable * (takesTheRest ? 0.9 : 0.8));
			}),
			{numRuns: runs},
		);
	});

	test('a new limit is kept soon after, and nobody is started again and again', () => {
		fc.assert(
			fc.property(
				fc.array(line, {minLength: 1, maxLength: 8}),
				fc.integer({min: 200, max: 4000}),
				fc.integer({min: 200, max: 4000}),
				(shapes, before, after) => {
					const lines = linesOf(shapes, before);
					const totals = simulate(second => (second < 200 ? before : after), lines, 400);
					expect(mean(totals.slice(290, 320))).toBeLessThanOrEqual(after * 1.1);
					for (const {restarts} of lines) expect(restarts).toBeLessThanOrEqual(8);
				},
			),
			{numRuns: runs},
		);
	});

	test('tools that can be told never pass it together', () => {
		fc.assert(
			fc.property(fc.array(line, {minLength: 1, maxLength: 8}), fc.integer({min: 200, max: 8000}), (shapes, limit) => {
				const lines = linesOf(
					shapes.map(shape => ({...shape, isLive: true})),
					limit,
				);
				for (const total of simulate(() => limit, lines, 60)) expect(total).toBeLessThanOrEqual(limit * 1.0001);
			}),
			{numRuns: runs},
		);
	});

	test('nobody is starved, and those who want more have the same', () => {
		fc.assert(
			fc.property(
				fc.array(fc.integer({min: 0, max: 1000}), {minLength: 1, maxLength: 20}),
				fc.integer({min: 1, max: 10_000}),
				(wishes, amount) => {
					const shares = waterFill(amount, wishes);
					expect(shares.reduce((sum, one) => sum + one, 0)).toBeCloseTo(amount, 6);
					const short = shares.filter((share, index) => share < (wishes[index] ?? 0));
					for (const share of short) expect(share).toBeCloseTo(Math.max(...shares), 6);
				},
			),
			{numRuns: runs},
		);
	});

	test('without a limit those that were held back are let go, one after the other', () => {
		const lines = linesOf(
			Array.from({length: 4}, () => ({most: 1000, isLive: false})),
			400,
		);
		const totals = simulate(() => undefined, lines, 200);
		expect(totals.at(-1)).toBe(4000);
		for (const {restarts} of lines) expect(restarts).toBe(1);
	});
});
