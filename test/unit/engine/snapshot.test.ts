import {describe, expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import type {JobStore} from '../../../source/engine/ports.ts';
import {createMemoryStore} from '../../support/memory-store.ts';
import {fetched, report, script, sleep, wait, type ScriptStep} from '../../support/scripted-provider.ts';
import {createTestEngine, minutes, seconds} from '../../support/test-engine.ts';

/** So many reports, 10 ms apart. */
const chatter = (count: number): ScriptStep[] =>
	Array.from({length: count}, (_, index) => [report(index + 1, 1000), sleep(10)]).flat();

/** A store that takes a while to tell the counts: they may be old when they come. */
const countingSlowly = (): JobStore => {
	const store = createMemoryStore();
	return {
		...store,
		async counts() {
			const counts = await store.counts();
			for (let breath = 0; breath < 10; breath++) await Promise.resolve();
			return counts;
		},
	};
};

describe('the snapshot', () => {
	test('is the same object until something changed', async () => {
		const {add, act, engine, clock} = await createTestEngine();
		// The first walk of the storage goes on behind the start.
		await clock.advance(seconds(3));
		const empty = engine.getSnapshot();
		await clock.advance(minutes(5));
		expect(engine.getSnapshot()).toBe(empty);
		const [id] = (await add('file')) as [JobId];
		const added = engine.getSnapshot();
		expect(added).not.toBe(empty);
		expect(added.queueRevision).toBeGreaterThan(empty.queueRevision);
		expect(engine.getSnapshot()).toBe(added);
		await act('pause', id);
		expect(engine.getSnapshot()).not.toBe(added);
	});

	test('is told at most ten times a second while jobs report all the time', async () => {
		const {add, provider, engine, clock} = await createTestEngine();
		for (const name of ['1', '2', '3']) provider.script(`scripted:${name}`, script(...chatter(900), wait, fetched()));
		await add('1', '2', '3');
		await clock.advance(seconds(1));
		let told = 0;
		engine.subscribe(() => {
			told++;
		});
		const {queueRevision} = engine.getSnapshot();
		await clock.advance(seconds(5));
		expect(told).toBeGreaterThan(40);
		expect(told).toBeLessThanOrEqual(50);
		expect(engine.getSnapshot().queueRevision).toBe(queueRevision);
		expect(engine.getSnapshot().active.map(({bytes}) => bytes)).toEqual([601, 601, 601]);
	});

	test('shows a change of status at once', async () => {
		const {add, provider, engine, clock} = await createTestEngine({settings: {workers: 1}});
		await add('1', '2');
		const seen: string[] = [];
		engine.subscribe(() => {
			const {counts, active} = engine.getSnapshot();
			seen.push(`${counts.completed} completed, ${active.map(({title}) => title).join(' ')} active`);
		});
		provider.release('scripted:1');
		await clock.settle();
		expect(seen.at(-1)).toBe('1 completed, 2 active');
	});

	test('after a command shows what the command did', async () => {
		const {engine} = await createTestEngine({isStarted: false});
		await engine.send({type: 'add', requests: [{source: 'scripted:a'}, {source: 'scripted:b', isPaused: true}]});
		expect(engine.getSnapshot().counts).toMatchObject({queued: 1, paused: 1});
		await engine.send({type: 'pause-queue'});
		expect(engine.getSnapshot().isQueuePaused).toBe(true);
	});

	test('misses no change, whenever it comes', async () => {
		for (let breaths = 0; breaths < 40; breaths++) {
			const {engine, clock} = await createTestEngine({store: countingSlowly()});
			const add = (source: string) => engine.send({type: 'add', requests: [{source, isPaused: true}]});
			void add('scripted:first');
			for (let breath = 0; breath < breaths; breath++) await Promise.resolve();
			void add('scripted:second');
			await clock.settle();
			expect(engine.getSnapshot().counts.paused, `after ${breaths} breaths`).toBe(2);
		}
	});

	test('keeps up with changes that come in the middle of making it', async () => {
		const world = await createTestEngine();
		await Promise.all(
			Array.from({length: 40}, (_, index) =>
				world.engine.send({type: 'add', requests: [{source: `scripted:${index}`, isPaused: true}]}),
			),
		);
		expect(world.engine.getSnapshot().counts.paused).toBe(40);
	});

	test('shows speed, time left and reserved bytes of what runs', async () => {
		const {add, provider, engine, clock} = await createTestEngine();
		const steps = Array.from({length: 20}, (_, second) => [report((second + 1) * 100, 2000), sleep(1000)]).flat();
		provider.script('scripted:file', script(...steps, wait));
		await add('file');
		await clock.advance(seconds(9) + 500);
		const {active, rate, rateHistory, volumes} = engine.getSnapshot();
		expect(active).toMatchObject([{slot: 1, status: 'downloading', bytes: 1000, total: 2000}]);
		expect(active[0]?.progress.speed).toBeGreaterThan(80);
		expect(active[0]?.progress.speed).toBeLessThan(120);
		expect(rate).toBe(Math.round(active[0]?.progress.speed ?? 0));
		expect(rateHistory).toHaveLength(9);
		expect(volumes[0]?.reserved).toBe(1000);
	});

	test('lets nobody hear of it any more who has left', async () => {
		const {engine, add} = await createTestEngine();
		let told = 0;
		const leave = engine.subscribe(() => {
			told++;
		});
		leave();
		await add('file');
		expect(told).toBe(0);
	});
});

test('bytes so far are kept once a second, so that a crash knows them', async () => {
	const {add, provider, clock, job} = await createTestEngine();
	provider.script('scripted:file', script(...chatter(500), wait));
	const [id] = (await add('file')) as [JobId];
	await clock.advance(seconds(3));
	const {bytes, total} = await job(id);
	expect(bytes).toBeGreaterThan(200);
	expect(total).toBe(1000);
});
