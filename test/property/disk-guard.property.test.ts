import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {nextGate, openGate, type Gate, type Level, type Marks, type Volume} from '../../source/domain/disk-guard.ts';
import type {Job, JobId} from '../../source/domain/job.ts';
import type {Lane} from '../../source/domain/lane.ts';
import {plan, type Running, type World} from '../../source/domain/plan.ts';

/*
 * The oracle of the gate is the marks themselves, compared here by hand; the oracle of the filling is a tank that only
 * counts bytes. Mutations that kill these, each tried: `isClear` comparing with the pause mark (flaps inside the band); a
 * dwell time of 0; `reservedOn` returning 0, or a job started with `needs > room` (runs over with known sizes); `mustStop`
 * returning nothing (promises exceed the room); no `yield` at the hard limit (runs over with unknown sizes).
 */

const gigabyte = 1e9;
const total = 1000 * gigabyte;

/** hard > pause > resume > 0, and stop < pause < resume. */
const marksOf = fc
	.tuple(
		fc.uniqueArray(fc.integer({min: 1, max: 400}), {minLength: 3, maxLength: 3}),
		fc.uniqueArray(fc.integer({min: 0, max: 100}), {minLength: 3, maxLength: 3}),
	)
	.map(([used, free]): Marks & {readonly used: NonNullable<Marks['used']>} => {
		const [resume = 1, pause = 2, hard = 3] = used.toSorted((a, b) => a - b);
		const [stop = 0, low = 1, high = 2] = free.toSorted((a, b) => a - b);
		return {
			used: {hard: hard * gigabyte, pause: pause * gigabyte, resume: resume * gigabyte},
			free: {stop: stop * gigabyte, pause: low * gigabyte, resume: high * gigabyte},
		};
	});

const levelAt = (at: number, used: number): Level => ({at, used, free: total - used, total});

const inBand = (marks: Marks & {readonly used: object}, share: number): number =>
	marks.used.resume + Math.floor(share * (marks.used.pause - marks.used.resume));

const shares = fc.array(fc.double({min: 0, max: 1, noNaN: true}), {minLength: 1, maxLength: 30});
const gaps = fc.integer({min: 1, max: 100_000});
const dwell = 30_000;
const isOpen = (gate: Gate): boolean => gate.state === 'open';

test('inside the band the gate stays as it is, whatever the level does there and however long', () => {
	fc.assert(
		fc.property(marksOf, shares, gaps, fc.boolean(), (marks, levels, gap, startsOpen) => {
			let now = 0;
			let gate: Gate = startsOpen
				? openGate
				: nextGate(openGate, levelAt(now, marks.used.pause + 1), marks, now, dwell);
			for (const share of levels) {
				now += gap;
				gate = nextGate(gate, levelAt(now, inBand(marks, share)), marks, now, dwell);
				expect(isOpen(gate)).toBe(startsOpen);
			}
		}),
	);
});

test('above the pause mark it closes at once; below the resume mark for the dwell time it opens', () => {
	fc.assert(
		fc.property(marksOf, gaps, fc.integer({min: 1, max: 10}), (marks, gap, steps) => {
			const closed = nextGate(openGate, levelAt(0, marks.used.pause + 1), marks, 0, dwell);
			expect(isOpen(closed)).toBe(false);
			let gate = closed;
			for (let step = 0; step <= steps; step++) {
				const since = step * gap;
				gate = nextGate(gate, levelAt(since, marks.used.resume - 1), marks, since, dwell);
				expect(isOpen(gate)).toBe(since >= dwell);
				if (isOpen(gate)) return;
			}
		}),
	);
});

test('a level that swings through both marks closes and opens the gate once a swing; smaller swings not at all', () => {
	fc.assert(
		fc.property(marksOf, fc.array(fc.boolean(), {minLength: 1, maxLength: 30}), (marks, swings) => {
			let now = 0;
			let gate: Gate = openGate;
			let changes = 0;
			const see = (used: number): void => {
				now += dwell + 1;
				const seen = nextGate(gate, levelAt(now, used), marks, now, dwell);
				if (isOpen(seen) !== isOpen(gate)) changes++;
				gate = seen;
			};

			for (const isWide of swings) {
				// Up and down through the band; the wide ones cross both marks.
				for (const share of [0.1, 0.9]) see(inBand(marks, share));
				if (isWide) see(marks.used.pause + 1);
				for (const share of [0.9, 0.1]) see(inBand(marks, share));
				if (isWide) for (let look = 0; look < 2; look++) see(marks.used.resume - 1);
			}

			expect(changes).toBe(2 * swings.filter(Boolean).length);
		}),
	);
});

// ---------------------------------------------------------------- filling a tank

const volumeId = '1';
const lane: Lane = {
	id: 'http',
	provider: 'http',
	limits: {maxActive: 32, startInterval: 0},
	breaker: {state: 'closed', failures: 0},
} as unknown as Lane;

/** What really happens to a job, beside what the queue knows of it. */
type Flow = {readonly id: number; readonly size: number; readonly isKnown: boolean; bytes: number; isDone: boolean};

type Tank = {
	readonly flows: readonly Flow[];
	readonly running: Set<Flow>;
	gate: Gate;
	used: number;
};

const jobOf = (flow: Flow): Job =>
	({
		id: flow.id as JobId,
		status: 'queued',
		lane: 'http',
		provider: 'http',
		order: flow.id,
		bytes: flow.bytes,
		total: flow.isKnown ? flow.size : undefined,
		attempts: 0,
	}) as unknown as Job;

const runningOf = (flow: Flow): Running => ({
	id: flow.id as JobId,
	lane: 'http',
	volume: volumeId,
	bytes: flow.bytes,
	total: flow.isKnown ? flow.size : undefined,
	startedAt: flow.id,
	isSettling: false,
});

/** What running jobs of known size still have to write: never more than there is room for. */
const promised = (tank: Tank): number =>
	[...tank.running].filter(flow => flow.isKnown).reduce((sum, flow) => sum + flow.size - flow.bytes, 0);

/** One sample, one plan carried out, then one second in which everything that runs writes. Returns the bytes written. */
const second = (tank: Tank, marks: Marks, now: number, rates: readonly number[]): number => {
	const level = levelAt(now, tank.used);
	tank.gate = nextGate(tank.gate, level, marks, now, dwell);
	const volume: Volume = {id: volumeId, path: '/srv', marks, level, gate: tank.gate};
	const world: World = {
		now,
		workers: 4,
		isQueuePaused: false,
		isStopping: false,
		running: [...tank.running].map(runningOf),
		lanes: new Map([['http', lane]]),
		volumes: new Map([[volumeId, volume]]),
		dwell,
		volumeOf: () => volumeId,
	};
	const startable = tank.flows.filter(flow => !flow.isDone && !tank.running.has(flow)).map(jobOf);
	for (const decision of plan(world, startable).decisions) {
		const id: number = decision.type === 'start' ? decision.job.id : decision.id;
		const flow = tank.flows.find(other => other.id === id);
		if (flow === undefined) continue;
		if (decision.type === 'start') tank.running.add(flow);
		else tank.running.delete(flow);
	}

	expect(promised(tank)).toBeLessThanOrEqual(
		Math.max(0, Math.min(marks.used?.hard ?? 0, total - marks.free.stop) - tank.used),
	);
	let written = 0;
	for (const flow of tank.running) {
		const bytes = Math.min(flow.size - flow.bytes, rates[flow.id % rates.length] ?? 0);
		flow.bytes += bytes;
		written += bytes;
		flow.isDone = flow.bytes === flow.size;
		if (flow.isDone) tank.running.delete(flow);
	}

	tank.used += written;
	return written;
};

const sizes = fc.array(fc.integer({min: 1, max: 150 * gigabyte}), {minLength: 1, maxLength: 25});
const ratesOf = fc.array(fc.integer({min: 1, max: 20 * gigabyte}), {minLength: 1, maxLength: 4});
/** Now and then somebody else takes files away: so many parts of what is there. */
const takings = fc.array(fc.constantFrom(0, 0, 0, 0.3, 0.9), {minLength: 60, maxLength: 60});

const fillTank = (
	marks: Marks & {readonly used: {readonly hard: number}},
	flows: readonly Flow[],
	rates: readonly number[],
	taken: readonly number[],
	check: (used: number, before: number, written: number) => void,
): void => {
	const tank: Tank = {flows, running: new Set(), gate: openGate, used: 0};
	for (const [step, share] of taken.entries()) {
		const before = tank.used;
		const written = second(tank, marks, step * 20_000, rates);
		check(tank.used, before, written);
		// Only finished files are taken, as a consumer would.
		const finished = flows.filter(flow => flow.isDone).reduce((sum, flow) => sum + flow.size, 0);
		const partial = flows.filter(flow => !flow.isDone).reduce((sum, flow) => sum + flow.bytes, 0);
		tank.used -= Math.floor(share * Math.max(0, Math.min(finished, tank.used - partial)));
	}
};

test('when every size is known, the used bytes never exceed the hard limit', () => {
	let stepsThatWrote = 0;
	fc.assert(
		fc.property(marksOf, sizes, ratesOf, takings, (marks, all, rates, taken) => {
			const flows = all.map((size, index): Flow => ({id: index + 1, size, isKnown: true, bytes: 0, isDone: false}));
			fillTank(marks, flows, rates, taken, (used, _before, written) => {
				if (written > 0) stepsThatWrote++;
				expect(used).toBeLessThanOrEqual(marks.used.hard);
			});
		}),
		{numRuns: 300},
	);
	expect(stepsThatWrote).toBeGreaterThan(300);
});

test('when sizes are unknown, the hard limit is exceeded by no more than what was in flight since the last look', () => {
	let timesAbove = 0;
	fc.assert(
		fc.property(
			marksOf,
			fc.array(fc.tuple(fc.integer({min: 1, max: 150 * gigabyte}), fc.boolean()), {minLength: 1, maxLength: 25}),
			ratesOf,
			takings,
			(marks, all, rates, taken) => {
				const flows = all.map(([size, isKnown], index): Flow => ({
					id: index + 1,
					size,
					isKnown,
					bytes: 0,
					isDone: false,
				}));
				fillTank(marks, flows, rates, taken, (used, before, written) => {
					if (used > marks.used.hard) timesAbove++;
					// Above the limit nothing more is written; one look's worth is what it can be exceeded by.
					if (before >= marks.used.hard) expect(written).toBe(0);
					expect(used).toBeLessThanOrEqual(Math.max(before, marks.used.hard + written));
				});
			},
		),
		{numRuns: 300},
	);
	expect(timesAbove).toBeGreaterThan(0);
});
