import {describe, expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import type {JobStore} from '../../../source/engine/ports.ts';
import {createMemoryStore} from '../../support/memory-store.ts';
import {failed, fetched, report, script, wait} from '../../support/scripted-provider.ts';
import {createTestEngine, minutes, seconds} from '../../support/test-engine.ts';

type Trouble = 'none' | 'refuses' | 'forgets to answer';

const writes = ['claim', 'move', 'moveMany', 'add', 'saveProgress', 'writeSetting'] as const;
const reads = ['candidates', 'lanes', 'nextRetryAt', 'counts', 'page', 'ids'] as const;

/** A store whose writes fail before they are done, or after, and whose reads can fail as well. */
const createTroubledStore = () => {
	const inner = createMemoryStore();
	const trouble: {writes: Trouble; reads: Trouble; only: keyof JobStore | undefined} = {
		writes: 'none',
		reads: 'none',
		only: undefined,
	};
	const troubled = (name: keyof JobStore, kind: 'writes' | 'reads') => {
		const call = inner[name] as (...args: unknown[]) => Promise<unknown>;
		return async (...args: unknown[]): Promise<unknown> => {
			if (trouble.only !== undefined && trouble.only !== name) return call(...args);
			if (trouble[kind] === 'refuses') throw new Error('database or disk is full');
			const answer = await call(...args);
			if (trouble[kind] === 'forgets to answer') throw new Error('connection lost');
			return answer;
		};
	};

	const store = {
		...inner,
		...Object.fromEntries(writes.map(name => [name, troubled(name, 'writes')])),
		...Object.fromEntries(reads.map(name => [name, troubled(name, 'reads')])),
	};
	return {store, trouble};
};

describe('a store that cannot be written for a while', () => {
	test('loses no outcome: it is written when it can be, and the notice goes', async () => {
		const {store, trouble} = createTroubledStore();
		const {add, provider, clock, engine, statuses} = await createTestEngine({store});
		const ids = await add('1', '2', '3', '4');
		trouble.writes = 'refuses';
		provider.releaseAll();
		await clock.advance(minutes(10));
		expect(engine.getSnapshot().notices).toEqual(['the queue cannot be written: database or disk is full']);
		expect(await statuses(ids)).toEqual(['downloading', 'downloading', 'downloading', 'queued']);
		trouble.writes = 'none';
		await clock.advance(seconds(2));
		expect(await statuses(ids)).toEqual(ids.map(() => 'completed'));
		expect(provider.runs).toHaveLength(4);
		expect(engine.getSnapshot().notices).toEqual([]);
	});

	test('is told once for all jobs, by what is wrong with it', async () => {
		const inner = createMemoryStore();
		let isFull = false;
		const store: JobStore = {
			...inner,
			async move(id, attempt, change) {
				if (!isFull) return inner.move(id, attempt, change);
				const cause = new Error('no space is left in the data folder /data');
				throw new Error(`changing job ${id} (${change.event}): ${cause.message}`, {cause});
			},
		};
		const {add, provider, clock, engine, events} = await createTestEngine({store});
		await add('1', '2', '3');
		isFull = true;
		provider.releaseAll();
		await clock.advance(minutes(1));
		const text = 'the queue cannot be written: no space is left in the data folder /data';
		expect(engine.getSnapshot().notices).toEqual([text]);
		expect(events.filter(({type}) => type === 'notice')).toMatchObject([{text}]);
		isFull = false;
		await clock.advance(seconds(2));
		expect(engine.getSnapshot()).toMatchObject({notices: [], counts: {completed: 3}});
	});

	test('answers a command with what is wrong', async () => {
		const {store, trouble} = createTroubledStore();
		const {add, act, send} = await createTestEngine({store});
		const [id] = (await add('file')) as [JobId];
		trouble.writes = 'refuses';
		const problem = {ok: false, code: 'store-failed', message: expect.stringContaining('database or disk is full')};
		expect(await act('pause', id)).toMatchObject(problem);
		expect(await send({type: 'pause-queue'})).toMatchObject(problem);
		expect(await send({type: 'add', requests: [{source: 'scripted:more'}]})).toMatchObject(problem);
	});

	test('does not keep the engine from closing; the next start recovers what it could not write', async () => {
		const {store, trouble} = createTroubledStore();
		const world = await createTestEngine({store});
		const [id] = (await world.add('file')) as [JobId];
		trouble.writes = 'refuses';
		const closing = world.engine.close();
		await world.clock.advance(seconds(30));
		await closing;
		trouble.writes = 'none';
		expect(await world.status(id)).toBe('downloading');
		await world.restart();
		expect(world.provider.running()).toHaveLength(1);
		expect(await world.job(id)).toMatchObject({status: 'starting', attempts: 0, bytes: 100});
	});
});

test('a start on a store that cannot be written waits for it, and recovers what a crash left', async () => {
	const {store, trouble} = createTroubledStore();
	const world = await createTestEngine({store});
	const [id] = (await world.add('file')) as [JobId];
	world.crash();
	trouble.writes = 'refuses';
	const restarting = world.restart();
	await world.clock.advance(minutes(5));
	expect(world.engine.getSnapshot().notices).toEqual(['the queue cannot be written: database or disk is full']);
	trouble.writes = 'none';
	await world.clock.advance(seconds(2));
	await restarting;
	expect(world.provider.running()).toEqual(['scripted:file']);
	expect(await world.job(id)).toMatchObject({attempts: 0, bytes: 100});
});

describe('a store whose answer is lost though the write went through', () => {
	test.each(['claim', 'move'] as const)('keeps no job in the middle of its life: %s', async only => {
		const {store, trouble} = createTroubledStore();
		const {add, provider, clock, statuses, engine, finisher, act} = await createTestEngine({store});
		provider.script('scripted:bad', script(report(1), wait, failed('gone')));
		trouble.only = only;
		trouble.writes = 'forgets to answer';
		const ids = await add('good', 'bad', 'cancelled', 'paused');
		// Each write is tried, loses its answer, and is tried again when the store is well for a moment.
		for (let round = 0; round < 12; round++) {
			if (round === 3) await act('cancel', ids[2]!);
			if (round === 3) await act('pause', ids[3]!);
			if (round === 6) provider.releaseAll();
			await clock.advance(600);
			trouble.writes = round % 2 === 0 ? 'none' : 'forgets to answer';
			await clock.advance(600);
		}

		trouble.writes = 'none';
		await clock.advance(seconds(10));
		expect(await statuses(ids)).toEqual(['completed', 'failed', 'cancelled', 'paused']);
		expect(engine.getSnapshot()).toMatchObject({active: [], notices: []});
		expect(finisher.placed()).toEqual(['scripted-good.bin']);
		expect(finisher.tree.has(`/storage/.tidegate/${ids[2]}/part`)).toBe(false);
		expect(provider.seen.doubled).toEqual([]);
	});
});

describe('a store that cannot be read for a while', () => {
	test('stops nothing that runs, keeps whoever waits for the end waiting, and the queue goes on afterwards', async () => {
		const {store, trouble} = createTroubledStore();
		const {add, provider, clock, engine, statuses} = await createTestEngine({store, settings: {workers: 1}});
		const ids = await add('1', '2');
		let isIdle = false;
		const idle = engine.untilIdle().then(summary => {
			isIdle = true;
			return summary;
		});
		trouble.reads = 'refuses';
		provider.releaseAll();
		await clock.advance(minutes(1));
		expect(isIdle).toBe(false);
		trouble.reads = 'none';
		await clock.advance(seconds(2));
		expect(await statuses(ids)).toEqual(['completed', 'completed']);
		expect(await idle).toMatchObject({completed: 2, remaining: 0});
	});
});

test('progress that cannot be kept is no reason to stop', async () => {
	const {store, trouble} = createTroubledStore();
	const {add, provider, clock, status, engine} = await createTestEngine({store});
	provider.script(
		'scripted:file',
		script(report(1), wait, report(600, 1000), {do: 'sleep', duration: 5000}, fetched()),
	);
	const [id] = (await add('file')) as [JobId];
	trouble.writes = 'refuses';
	provider.releaseAll();
	await clock.advance(seconds(3));
	expect(engine.getSnapshot().active).toMatchObject([{bytes: 600}]);
	trouble.writes = 'none';
	await clock.advance(seconds(10));
	expect(await status(id)).toBe('completed');
});
