import {describe, expect, test} from 'vitest';
import type {Job} from '../../../source/domain/job.ts';
import type {Provider, RunContext, RunOutcome} from '../../../source/engine/ports.ts';
import type {FakeClock} from '../../support/fake-clock.ts';
import {createTestEngine, seconds} from '../../support/test-engine.ts';

const size = 1e9;
const step = 250;

type Flowing = Provider & {
	/** What came in since this was asked last, in bytes. */
	taken(): number;
	readonly runs: Array<{readonly job: Job; readonly rateLimit: number | undefined}>;
};

/** Fetches without an end, as fast as its server gives and its ceiling allows; keeps its bytes when it is stopped. */
const createFlowing = (clock: FakeClock, id: string, isLive: boolean, most: number): Flowing => {
	const kept = new Map<number, number>();
	const runs: Flowing['runs'] = [];
	let taken = 0;
	const flow = (job: Job, context: RunContext): Promise<RunOutcome> =>
		new Promise(resolve => {
			let ceiling = context.rateLimit;
			let bytes = kept.get(job.id) ?? 0;
			if (isLive) context.onRateLimit?.(rate => (ceiling = rate));
			const pour = (): void => {
				if (context.signal.aborted) return;
				const came = (Math.min(most, ceiling ?? Infinity) * step) / 1000;
				taken += came;
				bytes += came;
				kept.set(job.id, bytes);
				context.report({bytes, total: size});
				clock.at(clock.now() + step, pour);
			};
			context.signal.addEventListener('abort', () => resolve({type: 'stopped'}));
			clock.at(clock.now() + step, pour);
		});
	return {
		id,
		abilities: {resume: true, liveRateLimit: isLive, needsSearch: false},
		accepts: source => source.startsWith(`${id}:`),
		laneOf: () => id,
		canonical: source => source,
		check: async () => ({name: id, ok: true, version: '1', problem: undefined, fix: undefined}),
		run(job, context) {
			runs.push({job, rateLimit: context.rateLimit});
			return flow(job, context);
		},
		taken() {
			const all = taken;
			taken = 0;
			return all;
		},
		runs,
	};
};

const world = async (settings: Parameters<typeof createTestEngine>[0] = {}) => {
	const flowing: Flowing[] = [];
	const engine = await createTestEngine({
		...settings,
		settings: {workers: 8, ...settings.settings},
		providers({clock}) {
			flowing.push(createFlowing(clock, 'live', true, 1e6), createFlowing(clock, 'fixed', false, 1e6));
			return flowing;
		},
	});
	const [live, fixed] = flowing;
	if (live === undefined || fixed === undefined) throw new Error('no providers');
	const addAll = (...sources: readonly string[]) => engine.add(...sources.map(source => ({source})));
	/** Bytes a second over all of them, from now on for so many seconds. */
	const speed = async (span: number): Promise<number> => {
		live.taken();
		fixed.taken();
		await engine.clock.advance(seconds(span));
		return (live.taken() + fixed.taken()) / span;
	};
	return {...engine, engine: engine.engine, live, fixed, addAll, speed};
};

const within = (value: number, wanted: number): void => {
	expect(value).toBeGreaterThan(wanted * 0.9);
	expect(value).toBeLessThan(wanted * 1.1);
};

describe('one limit for everything that runs', () => {
	test('is kept by eight tools of both kinds, and shared out to all of them', async () => {
		const {addAll, speed, engine, clock} = await world({settings: {rateLimit: 200_000}});
		await addAll('live:1', 'live:2', 'live:3', 'live:4', 'fixed:1', 'fixed:2', 'fixed:3', 'fixed:4');
		await clock.advance(seconds(5));
		within(await speed(30), 200_000);
		for (const {progress} of engine.getSnapshot().active) within(progress.speed, 25_000);
	});

	test('can be changed while they run: those that can be told hear of it at once', async () => {
		const {addAll, speed, send, engine, clock} = await world({settings: {rateLimit: 200_000}});
		await addAll('live:1', 'live:2');
		await clock.advance(seconds(2));
		await send({type: 'set-limit', rate: 50_000});
		expect(engine.getSnapshot().limit).toBe(50_000);
		within(await speed(10), 50_000);
		await send({type: 'set-limit', rate: null});
		expect(engine.getSnapshot().limit).toBeUndefined();
		within(await speed(10), 2e6);
		await send({type: 'set-limit'});
		within(await speed(10), 200_000);
	});

	test('those that cannot are started again, one after the other, and no attempt is spent', async () => {
		const {addAll, speed, send, fixed, job, clock} = await world({settings: {rateLimit: 1_000_000}});
		const ids = await addAll('fixed:1', 'fixed:2', 'fixed:3');
		await clock.advance(seconds(15));
		await send({type: 'set-limit', rate: 300_000});
		await clock.advance(seconds(60));
		within(await speed(30), 300_000);
		expect(fixed.runs.length).toBeGreaterThan(3);
		expect(fixed.runs.length).toBeLessThan(10);
		for (const id of ids) expect(await job(id)).toMatchObject({attempts: 0, status: 'downloading'});
		const lowest = Math.min(...(await Promise.all(ids.map(async id => (await job(id)).bytes))));
		expect(lowest).toBeGreaterThan(15 * 250_000);
	});

	test('follows the hour: a window opens and closes by the clock on the wall', async () => {
		// The clock of the tests begins at midnight, on a Thursday.
		const {addAll, speed, send, engine, clock} = await world({
			settings: {
				rateLimit: 400_000,
				windows: [{weekdays: [4], from: 1, to: 2, rate: 100_000}],
			},
		});
		await addAll('live:1', 'live:2');
		within(await speed(50), 400_000);
		await clock.advance(seconds(15));
		expect(engine.getSnapshot().limit).toBe(100_000);
		within(await speed(30), 100_000);
		await send({type: 'set-limit', rate: 200_000});
		within(await speed(10), 200_000);
		await send({type: 'set-limit'});
		await clock.advance(seconds(30));
		within(await speed(30), 400_000);
	});

	test('a limit that no tool could keep is refused', async () => {
		const {send, engine} = await world();
		for (const rate of [0, -5, 1023, Number.NaN, Number.POSITIVE_INFINITY]) {
			expect(await send({type: 'set-limit', rate})).toMatchObject({ok: false, code: 'bad-request'});
		}

		expect(engine.getSnapshot().limit).toBeUndefined();
	});
});

describe('a quota of the day', () => {
	test('stops everything with its bytes kept when it is used up, and lets it go on at midnight by itself', async () => {
		const {addAll, engine, clock, view, job, live, send} = await world({
			settings: {rateLimit: 1_000_000, quota: {daily: 30e6, monthly: undefined}},
		});
		const [first, second] = await addAll('live:1', 'live:2');
		if (first === undefined || second === undefined) throw new Error('nothing was added');
		await clock.advance(seconds(60));
		// What one tool brings between two reports is all that may pass it.
		expect(live.taken()).toBeLessThan(31e6);
		expect(live.taken()).toBe(0);
		expect(engine.getSnapshot().active).toEqual([]);
		const {hold} = await view(first);
		expect(hold).toEqual({reason: 'quota-used', what: 'day', until: Date.UTC(2026, 0, 2)});
		expect(await job(second)).toMatchObject({attempts: 0, status: 'queued'});
		expect((await job(first)).bytes).toBeGreaterThan(10e6);
		// A person cannot be kept from waiting any longer: the limit is another thing.
		await send({type: 'set-limit', rate: null});
		await clock.advance(seconds(60));
		expect(live.taken()).toBe(0);
		await clock.advance(seconds(24 * 3600 - 119));
		expect(engine.getSnapshot().active).toHaveLength(2);
		await clock.advance(seconds(5));
		expect(live.taken()).toBeGreaterThan(1e6);
	});

	test('is remembered by the next scheduler', async () => {
		const one = await world({settings: {quota: {daily: 5e6, monthly: undefined}}});
		await one.addAll('live:1');
		await one.clock.advance(seconds(20));
		expect(one.engine.getSnapshot().active).toEqual([]);
		await one.engine.close();
		const two = await createTestEngine({
			clock: one.clock,
			store: one.store,
			settings: {quota: {daily: 5e6, monthly: undefined}},
		});
		const [id] = await two.add('another');
		if (id === undefined) throw new Error('nothing was added');
		expect((await two.view(id)).hold).toMatchObject({reason: 'quota-used'});
	});
});
