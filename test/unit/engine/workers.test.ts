import {describe, expect, test} from 'vitest';
import {seconds, createTestEngine} from '../../support/test-engine.ts';
import type {FakeClock} from '../../support/fake-clock.ts';
import type {FakeFinisher} from '../../support/fake-finisher.ts';
import {createScriptedProvider, failed, fetched, report, script, sleep} from '../../support/scripted-provider.ts';

const names = (count: number): string[] => Array.from({length: count}, (_, index) => `file-${index + 1}`);

describe('12 sources added in one command, with 3 workers', () => {
	test('get 12 ids, and never more than 3 run', async () => {
		const {add, provider, clock, engine, statuses} = await createTestEngine();
		const ids = await add(...names(12));
		expect(new Set(ids).size).toBe(12);
		expect(provider.running()).toEqual(['scripted:file-1', 'scripted:file-2', 'scripted:file-3']);
		provider.releaseAll();
		const idle = engine.untilIdle();
		await clock.advance(seconds(1));
		expect((await idle).completed).toBe(12);
		expect(provider.seen.most).toBe(3);
		expect(await statuses(ids)).toEqual(ids.map(() => 'completed'));
	});

	test('start in their order, each as soon as a worker is free', async () => {
		const {add, provider, clock} = await createTestEngine();
		await add(...names(5));
		provider.release('scripted:file-2');
		await clock.settle();
		expect(provider.running()).toEqual(['scripted:file-1', 'scripted:file-3', 'scripted:file-4']);
		provider.release('scripted:file-4');
		await clock.settle();
		expect(provider.running()).toEqual(['scripted:file-1', 'scripted:file-3', 'scripted:file-5']);
	});

	test('each hold a slot of their own, and a free slot is taken again', async () => {
		const {add, provider, clock, engine} = await createTestEngine();
		await add(...names(4));
		expect(engine.getSnapshot().active.map(({slot}) => slot)).toEqual([1, 2, 3]);
		provider.release('scripted:file-2');
		await clock.settle();
		expect(engine.getSnapshot().active.map(({slot, source}) => [slot, source])).toEqual([
			[1, 'scripted:file-1'],
			[2, 'scripted:file-4'],
			[3, 'scripted:file-3'],
		]);
	});
});

describe('the queue', () => {
	test('goes on when one job fails: no other is touched by it', async () => {
		const {add, provider, clock, statuses} = await createTestEngine();
		provider.script('scripted:file-2', script(report(10), failed('not-found')));
		const ids = await add(...names(6));
		provider.releaseAll();
		await clock.advance(seconds(1));
		expect(await statuses(ids)).toEqual(['completed', 'failed', 'completed', 'completed', 'completed', 'completed']);
	});

	test('starts jobs of a higher priority first, and those moved to the top before all', async () => {
		const {add, send, provider, clock} = await createTestEngine({settings: {workers: 1}});
		await add('first');
		const [low, high, moved] = await add(
			{source: 'scripted:low', priority: 1},
			{source: 'scripted:high', priority: 9},
			{source: 'scripted:moved', priority: 0},
		);
		expect([low, high, moved]).not.toContain(undefined);
		await send({type: 'reorder', ids: [moved!], place: {at: 'top'}});
		provider.releaseAll();
		await clock.advance(seconds(1));
		expect(provider.runs.map(({job}) => job.source)).toEqual([
			'scripted:first',
			'scripted:moved',
			'scripted:high',
			'scripted:low',
		]);
	});

	test('refuses a priority that is none and changes nothing', async () => {
		const {add, send, job} = await createTestEngine();
		const [id] = await add('file');
		for (const priority of [-1, 10, 2.5, Number.NaN]) {
			expect(await send({type: 'prioritise', ids: [id!], priority})).toMatchObject({ok: false, code: 'bad-request'});
		}

		expect((await job(id!)).priority).toBe(5);
	});
});

describe('workers changed while running', () => {
	test('more of them start more jobs at once', async () => {
		const {add, send, provider} = await createTestEngine({settings: {workers: 1}});
		await add(...names(8));
		expect(provider.running()).toHaveLength(1);
		await send({type: 'set-workers', count: 5});
		expect(provider.running()).toHaveLength(5);
	});

	test('fewer of them stop nothing that runs, and start nothing until there is room', async () => {
		const {add, send, provider, clock, engine} = await createTestEngine({settings: {workers: 4}});
		await add(...names(8));
		await send({type: 'set-workers', count: 2});
		expect(provider.running()).toHaveLength(4);
		expect(engine.getSnapshot().workers).toBe(2);
		for (const [name, left] of [
			['file-1', 3],
			['file-2', 2],
			['file-3', 2],
			['file-4', 2],
		] as const) {
			provider.release(`scripted:${name}`);
			await clock.settle();
			expect(provider.running()).toHaveLength(left);
		}
	});

	test('to a number that cannot be are refused', async () => {
		const {send, engine} = await createTestEngine();
		for (const count of [0, 33, 1.5, Number.NaN]) {
			expect(await send({type: 'set-workers', count})).toMatchObject({ok: false, code: 'bad-request'});
		}

		expect(engine.getSnapshot().workers).toBe(3);
	});
});

describe('a lane with limits of its own', () => {
	test('never runs more than it may, and leaves the other workers to other lanes', async () => {
		const {add, provider} = await createTestEngine({
			settings: {
				workers: 4,
				lanes: {scripted: {maxActive: 1, startInterval: 0, breaker: {threshold: 9, openFor: 1000}}},
			},
		});
		await add('a/1', 'a/2', 'a/3', 'b/1', 'b/2');
		expect(provider.running()).toEqual(['scripted:a/1', 'scripted:b/1']);
	});

	test('spaces out its starts', async () => {
		const {add, provider, clock} = await createTestEngine({
			settings: {
				lanes: {scripted: {maxActive: 9, startInterval: seconds(2), breaker: {threshold: 9, openFor: 1000}}},
			},
		});
		await add('1', '2', '3');
		expect(provider.runs).toHaveLength(1);
		await clock.advance(1999);
		expect(provider.runs).toHaveLength(1);
		await clock.advance(1);
		expect(provider.runs).toHaveLength(2);
		await clock.advance(seconds(2));
		expect(provider.runs).toHaveLength(3);
	});

	test('spaces out its starts also when jobs end in between', async () => {
		const {add, provider, clock} = await createTestEngine({
			settings: {
				workers: 1,
				lanes: {scripted: {maxActive: 9, startInterval: seconds(2), breaker: {threshold: 9, openFor: 1000}}},
			},
		});
		for (const name of names(4)) provider.script(`scripted:${name}`, script(sleep(100), fetched()));
		await add(...names(4));
		await clock.advance(seconds(2));
		expect(provider.runs).toHaveLength(2);
		await clock.advance(seconds(4));
		expect(provider.runs).toHaveLength(4);
	});
});

test('a job that needs a search is searched for first and then fetched from what was found', async () => {
	const {add, clock, job, statuses} = await createTestEngine({
		providers: ({clock: time, finisher}) => [seeker(time, finisher)],
	});
	const [id] = await add({source: 'seeker:song'});
	await clock.settle();
	expect(await statuses([id!])).toEqual(['completed']);
	expect(await job(id!)).toMatchObject({source: 'seeker:found', isSourced: true, attempts: 0});
});

const seeker = (clock: FakeClock, finisher: FakeFinisher) => {
	const provider = createScriptedProvider({clock, tree: finisher.tree, id: 'seeker', needsSearch: true});
	provider.script('seeker:song', script({do: 'find', source: 'seeker:found'}));
	provider.script('seeker:found', script(report(5), fetched()));
	return provider;
};
