import {describe, expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import type {AddRequest, JobStore} from '../../../source/engine/ports.ts';
import {gibibyte} from '../../support/fake-disk.ts';
import {createMemoryStore} from '../../support/memory-store.ts';
import {fetched, report, script, wait} from '../../support/scripted-provider.ts';
import {createTestEngine, minutes, seconds, type TestEngine} from '../../support/test-engine.ts';

const gib = (count: number): number => count * gibibyte;
const many = 3000;

const ofSize = (name: string, size: number, more: Partial<AddRequest> = {}): AddRequest => ({
	source: `scripted:${name}`,
	expectedSize: size,
	...more,
});

/** So many turns follow each other without a timer. */
const settled = async ({clock}: TestEngine, turns = 20): Promise<void> => {
	for (let turn = 0; turn < turns; turn++) await clock.settle();
};

/** A disk with room for 25 GiB, and thousands of jobs in line that need 30; the looks at the line are counted. */
const behindLargeOnes = async (...behind: readonly AddRequest[]) => {
	const store = createMemoryStore();
	const read = {pages: 0, most: 0};
	let last = 0;
	const world = await createTestEngine({
		settings: {workers: 2},
		store: Object.assign(Object.create(store) as JobStore, {
			async candidates(...asked: Parameters<JobStore['candidates']>) {
				read.pages++;
				const {promise, resolve} = Promise.withResolvers<void>();
				setImmediate(resolve);
				await promise;
				return store.candidates(...asked);
			},
		}),
	});
	world.engine.subscribe(() => {
		read.most = Math.max(read.most, read.pages - last);
		last = read.pages;
	});
	world.disk.set({used: gib(55)});
	await world.send({type: 'measure-disk'});
	const large = Array.from({length: many}, (_, index) => ofSize(`large-${index}`, gib(30)));
	await world.add(...large, ...behind);
	await settled(world, 400);
	// It keeps all that it has asked for.
	world.provider.script('scripted:large-0', script(report(1), wait));
	return Object.assign(Object.create(world) as TestEngine, {read, turns: () => settled(world, 400)});
};

describe('behind thousands of jobs that do not fit', () => {
	test('a smaller one starts, and each of them is looked at once', async () => {
		const world = await behindLargeOnes(ofSize('small', gib(1)));
		expect(world.provider.running()).toEqual(['scripted:small']);
		expect(world.read.pages).toBeLessThan((2 * many) / 64);
	});

	test('nothing is read again and again while they wait for space', async () => {
		const world = await behindLargeOnes();
		const before = world.read.pages;
		await world.clock.advance(minutes(4));
		expect(world.disk.seen.samples).toBeGreaterThan(40);
		// One look for each sample at what may have come behind them.
		expect(world.read.pages - before).toBeLessThan(2 * world.disk.seen.samples);
	});

	test('the first of them starts when there is room for it', async () => {
		const world = await behindLargeOnes(ofSize('small', gib(1)));
		world.disk.set({used: gib(48)});
		await world.send({type: 'measure-disk'});
		await world.turns();
		expect(world.provider.running()).toEqual(['scripted:small', 'scripted:large-0']);
	});

	test('they wait for space also where the line ends with them', async () => {
		const world = await behindLargeOnes();
		world.disk.takeAway(gib(7));
		await world.clock.advance(minutes(2));
		await world.turns();
		expect(world.provider.running()).toEqual(['scripted:large-0']);
	});

	test('one that is put before all of them starts', async () => {
		const world = await behindLargeOnes();
		await world.add(ofSize('urgent', gib(1), {priority: 9}));
		await world.turns();
		expect(world.provider.running()).toEqual(['scripted:urgent']);
	});

	test('one that is moved up in the middle of them is seen where it is now', async () => {
		const world = await behindLargeOnes(ofSize('first', gib(1)), ofSize('second', gib(1)), ofSize('third', gib(1)));
		expect(world.provider.running()).toEqual(['scripted:first', 'scripted:second']);
		const third = (many + 3) as JobId;
		await world.send({type: 'prioritise', ids: [third], priority: 8});
		world.provider.release('scripted:first');
		await world.turns();
		expect(world.provider.running()).toEqual(['scripted:second', 'scripted:third']);
	});

	test('one that is put back into the line before them starts again', async () => {
		const world = await behindLargeOnes();
		world.provider.script(
			'scripted:urgent',
			{steps: [{do: 'fail', failure: {code: 'server-error', message: 'HTTP 500'}}]},
			{steps: [{do: 'report', report: {bytes: 5}}, {do: 'wait'}]},
		);
		await world.add(ofSize('urgent', gib(1), {priority: 9}));
		await world.turns();
		expect(world.provider.runs).toHaveLength(1);
		await world.clock.advance(seconds(30));
		await world.turns();
		expect(world.provider.running()).toEqual(['scripted:urgent']);
	});

	test('one that comes while they are being read is not passed over', async () => {
		const world = await behindLargeOnes();
		// Everything is read again, a piece at a time.
		void world.engine.send({type: 'prioritise', ids: [1 as JobId], priority: 6});
		for (let breath = 0; breath < 24; breath++) {
			// It comes when so many pages have been read.
			await settled(world, breath);
			const name = `urgent-${breath}`;
			void world.engine.send({type: 'add', requests: [ofSize(name, 1000, {priority: 9})]});
			await world.turns();
			expect(world.provider.running()).toEqual([`scripted:${name}`]);
			world.provider.release(`scripted:${name}`);
			await world.turns();
			void world.engine.send({type: 'prioritise', ids: [1 as JobId], priority: 6});
		}
	});
});

test('a job whose bytes are still on their way out is not passed over with the large one behind it', async () => {
	const world = await createTestEngine({settings: {workers: 1}});
	world.disk.set({used: gib(55)});
	await world.send({type: 'measure-disk'});
	const [small] = (await world.add('small', ofSize('large', gib(30)))) as [JobId, JobId];
	const letGo = world.finisher.hold('setAside');
	await world.act('cancel', small);
	void world.engine.send({type: 'retry', selection: {ids: [small]}});
	await world.clock.advance(seconds(3));
	expect(await world.status(small)).toBe('queued');
	letGo();
	await world.clock.advance(seconds(3));
	expect(world.provider.running()).toEqual(['scripted:small']);
});

test('who waits for the end is not told of it because of thousands that can never fit', async () => {
	const world = await createTestEngine({settings: {workers: 1}});
	world.disk.set({used: gib(55)});
	await world.send({type: 'measure-disk'});
	const hopeless = Array.from({length: 3000}, (_, index) => ofSize(`hopeless-${index}`, gib(200)));
	await world.add(...hopeless, ofSize('patient', gib(30)));
	world.provider.script('scripted:patient', script(report(1), wait, fetched(gib(30))));
	let isOver = false;
	const over = world.engine.untilIdle().finally(() => {
		isOver = true;
	});
	await settled(world, 100);
	expect(isOver).toBe(false);
	world.disk.takeAway(gib(10));
	await world.clock.advance(minutes(2));
	await settled(world, 100);
	expect(world.provider.running()).toEqual(['scripted:patient']);
	world.provider.releaseAll();
	await settled(world, 100);
	await over;
});

test('thousands that are larger than the mark keep nothing busy', async () => {
	const world = await createTestEngine();
	await world.add(...Array.from({length: 3000}, (_, index) => ofSize(`hopeless-${index}`, gib(200))));
	await world.clock.advance(seconds(5));
	await settled(world, 100);
	expect(world.clock.waiting()).toEqual([]);
});
