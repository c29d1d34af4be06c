import {describe, expect, test} from 'vitest';
import type {Failure} from '../../../source/domain/failure.ts';
import type {Finisher, RefineHelp} from '../../../source/engine/ports.ts';
import {gibibyte} from '../../support/fake-disk.ts';
import {writeFake} from '../../support/fake-finisher.ts';
import {fetched, report, script, wait} from '../../support/scripted-provider.ts';
import {createTestEngine, minutes, seconds, testMarks, type TestEngine} from '../../support/test-engine.ts';

const hard = testMarks.used?.hard ?? 0;

type Step = (help: RefineHelp, size: number) => Promise<Failure | 'stopped' | 'written' | 'as it was'>;

/** An engine whose finisher makes another file of each that was fetched, as large as that and beside it. */
const createRefiningEngine = async (
	step: Step = async () => 'written',
): Promise<TestEngine & {readonly promises: string[]; readonly most: () => number}> => {
	const promises: string[] = [];
	let most = 0;
	const world: TestEngine = await createTestEngine({
		adapt(deps) {
			const refine: Finisher['refine'] = async (job, outcome, {size, identity}, help) => {
				help.phase('remuxing');
				const promise = await help.reserve(size);
				promises.push(promise);
				if (promise === 'later') return {type: 'no-room', needs: size};
				if (promise === 'never') return {type: 'refined', outcome, size, identity};
				help.wrote(size / 2);
				const done = await step(help, size);
				most = Math.max(most, (await deps.disk.sample())?.used ?? 0);
				if (done !== 'written') {
					help.wrote(0);
					if (done === 'stopped') return {type: 'stopped'};
					return done === 'as it was' ? {type: 'refined', outcome, size, identity} : {type: 'failed', failure: done};
				}

				help.wrote(size);
				most = Math.max(most, (await deps.disk.sample())?.used ?? 0);
				const path = 'made/film.mkv';
				writeFake(world.finisher.tree, `${world.finisher.directoryOf(job.id)}/${path}`, size);
				const made = world.finisher.tree.get(`${world.finisher.directoryOf(job.id)}/${path}`);
				return {type: 'refined', outcome: {path, name: 'film.mkv'}, size, identity: made?.identity ?? ''};
			};
			return {...deps, finisher: {...deps.finisher, refine}};
		},
	});
	return Object.assign(Object.create(world) as TestEngine, {promises, most: () => most});
};

const usedOf = async ({disk}: TestEngine): Promise<number | undefined> => (await disk.sample())?.used;

/** So much is there from before, as the next walk sees it. */
const fill = async (world: TestEngine, used: number): Promise<void> => {
	world.disk.set({used});
	await world.send({type: 'measure-disk'});
};

describe('a file that something else is made of', () => {
	test('gets its place under its new name, and the fetched one takes no room afterwards', async () => {
		const world = await createRefiningEngine();
		world.provider.script('scripted:a', script(fetched(10 * gibibyte)));
		const [id] = await world.add('a');
		await world.clock.advance(seconds(2));
		expect(await world.job(id!)).toMatchObject({
			status: 'completed',
			outputPath: '/storage/film.mkv',
			size: 10 * gibibyte,
		});
		expect(world.most()).toBe(20 * gibibyte);
		await world.clock.advance(seconds(2));
		expect(await usedOf(world)).toBe(10 * gibibyte);
	});

	test('shows what is being done to it, with its progress as it was', async () => {
		const held = Promise.withResolvers<void>();
		const world = await createRefiningEngine(async () => {
			await held.promise;
			return 'written';
		});
		world.provider.script('scripted:a', script(fetched(1000)));
		await world.add('a');
		await world.clock.advance(seconds(1));
		expect(world.engine.getSnapshot().active).toMatchObject([
			{phase: 'remuxing', progress: {bytes: 1000, total: 1000}},
		]);
		held.resolve();
		await world.clock.advance(seconds(1));
		expect(world.engine.getSnapshot().active).toEqual([]);
	});

	test('waits with its slot while its size does not fit a second time, and nothing new begins meanwhile', async () => {
		const world = await createRefiningEngine();
		await fill(world, 30 * gibibyte);
		world.provider.script('scripted:a', script(fetched(26 * gibibyte)));
		const [id] = await world.add('a');
		await world.clock.advance(seconds(3));
		expect(world.engine.getSnapshot().active).toMatchObject([{id, phase: 'waiting for room'}]);
		expect(world.promises).toEqual([]);
		// 24 of 80 are free, the gate is open, and 26 are waited for.
		world.provider.releaseAll();
		const [small] = await world.add('b');
		await world.clock.advance(minutes(10));
		expect(await world.view(small!)).toMatchObject({status: 'queued', hold: {reason: 'no-room'}});
		world.disk.takeAway(5 * gibibyte);
		await world.clock.advance(minutes(2));
		expect(await world.statuses([id!, small!])).toEqual(['completed', 'completed']);
		expect(await world.job(id!)).toMatchObject({attempts: 0, size: 26 * gibibyte});
		expect(world.most()).toBeLessThanOrEqual(hard);
	});

	test('goes on above the pause mark as soon as it fits: what runs finishes', async () => {
		const world = await createRefiningEngine();
		await fill(world, 55 * gibibyte);
		world.provider.script('scripted:a', script(fetched(16 * gibibyte)));
		const [id] = await world.add('a');
		await world.clock.advance(minutes(10));
		expect(await world.status(id!)).not.toBe('completed');
		// 64 of 80 afterwards: above the pause mark of 60, and room for 16.
		world.disk.takeAway(7 * gibibyte);
		await world.clock.advance(seconds(3));
		expect(await world.status(id!)).toBe('completed');
		expect(world.most()).toBeLessThanOrEqual(hard);
	});

	test('never lets fetched files fill the disk for good: where all of it is theirs, one stays what it is', async () => {
		const world = await createRefiningEngine();
		const names = Array.from({length: 12}, (_, index) => `f${index}`);
		for (const name of names) world.provider.script(`scripted:${name}`, script(fetched(17 * gibibyte)));
		const ids = await world.add(...names);
		// A reader takes every file in its place once a minute.
		for (let minute = 0; minute < 60; minute++) {
			await world.clock.advance(minutes(1));
			for (const path of world.finisher.placed()) {
				world.finisher.tree.delete(`/storage/${path}`);
				world.disk.takeAway(17 * gibibyte);
			}

			await world.send({type: 'measure-disk'});
		}

		expect(await world.statuses(ids)).toEqual(names.map(() => 'completed'));
		expect(world.disk.real().used).toBe(0);
	});

	test('is paused by a person while it waits', async () => {
		const world = await createRefiningEngine();
		await fill(world, 55 * gibibyte);
		world.provider.script('scripted:a', script(fetched(16 * gibibyte)));
		const [id] = await world.add('a');
		await world.clock.advance(seconds(3));
		await world.act('pause', id!);
		await world.clock.advance(seconds(3));
		expect(await world.job(id!)).toMatchObject({
			status: 'paused',
			bytes: 16 * gibibyte,
			total: 16 * gibibyte,
			attempts: 0,
		});
	});

	test('asks nothing of a disk that is gone, and goes on when it is back', async () => {
		const world = await createRefiningEngine();
		world.provider.script('scripted:a', script(report(1000, 1000), wait, fetched(1000)), script(fetched(1000)));
		const [id] = await world.add('a');
		world.disk.setMissing(true);
		world.provider.releaseAll();
		await world.clock.advance(minutes(1));
		expect(await world.job(id!)).toMatchObject({status: 'queued', attempts: 0});
		expect(world.promises.length).toBeLessThanOrEqual(1);
		world.disk.setMissing(false);
		await world.clock.advance(minutes(1));
		expect(await world.status(id!)).toBe('completed');
	});

	test('stays what it is where its size could never fit a second time', async () => {
		const world = await createRefiningEngine();
		world.provider.script('scripted:a', script(fetched(45 * gibibyte)));
		const [id] = await world.add('a');
		await world.clock.advance(seconds(3));
		expect(world.promises).toEqual(['never']);
		expect(await world.job(id!)).toMatchObject({status: 'completed', outputPath: '/storage/scripted-a.bin'});
	});

	test('keeps others from filling the room that was promised to it', async () => {
		const half = Promise.withResolvers<void>();
		const world = await createRefiningEngine(async () => {
			await half.promise;
			return 'written';
		});
		await fill(world, 10 * gibibyte);
		world.provider.script('scripted:a', script(fetched(30 * gibibyte)));
		const [first] = await world.add('a');
		await world.clock.advance(seconds(2));
		expect(world.promises).toEqual(['fits']);
		// 55 of 80 are taken, and 15 more are promised: the gate is open.
		world.provider.script('scripted:b', script(fetched(20 * gibibyte)));
		const [second] = await world.add({source: 'scripted:b', expectedSize: 20 * gibibyte});
		await world.clock.advance(seconds(2));
		expect(await world.view(second!)).toMatchObject({
			status: 'queued',
			hold: {reason: 'no-room', room: 10 * gibibyte},
		});
		half.resolve();
		await world.clock.advance(minutes(2));
		expect(await world.status(first!)).toBe('completed');
		expect(world.most()).toBeLessThanOrEqual(hard);
	});
});

describe('an attempt that ends while another file is made', () => {
	test.each(['disk-full', 'tool-missing'] as const)('spends nothing for %s, and keeps its bytes', async code => {
		let isFirst = true;
		const world = await createRefiningEngine(async () => {
			if (!isFirst) return 'written';
			isFirst = false;
			return {code, message: 'not now'};
		});
		world.provider.script('scripted:a', script(fetched(1000)));
		const [id] = await world.add('a');
		await world.clock.settle();
		expect(await world.job(id!)).toMatchObject({status: 'queued', attempts: 0, bytes: 1000});
		await world.clock.advance(minutes(2));
		expect(await world.job(id!)).toMatchObject({status: 'completed', attempts: 0});
	});

	test('is paused by a person with its file, and resumed', async () => {
		const world = await createRefiningEngine(
			help =>
				new Promise(resolve => {
					if (help.signal.aborted) resolve('stopped');
					help.signal.addEventListener('abort', () => resolve('stopped'), {once: true});
				}),
		);
		world.provider.script('scripted:a', script(fetched(1000)));
		const [id] = await world.add('a');
		await world.clock.advance(seconds(1));
		await world.act('pause', id!);
		await world.clock.advance(seconds(1));
		expect(await world.job(id!)).toMatchObject({status: 'paused', attempts: 0, bytes: 1000});
		expect(await usedOf(world)).toBe(1000);
	});

	test('is stopped at the hard limit, and goes on when there is room again', async () => {
		let hasBegun = 0;
		const world = await createRefiningEngine(
			help =>
				new Promise(resolve => {
					hasBegun++;
					if (hasBegun > 1) resolve('written');
					help.signal.addEventListener('abort', () => resolve('stopped'), {once: true});
				}),
		);
		await fill(world, 10 * gibibyte);
		world.provider.script('scripted:a', script(fetched(10 * gibibyte)));
		const [id] = await world.add('a');
		await world.clock.advance(seconds(1));
		expect(hasBegun).toBe(1);
		// Another program writes what nobody had foreseen.
		await fill(world, hard);
		await world.clock.advance(seconds(2));
		expect(await world.view(id!)).toMatchObject({status: 'queued', attempts: 0, hold: {reason: 'disk-paused'}});
		await fill(world, 20 * gibibyte);
		await world.clock.advance(minutes(1));
		expect(await world.job(id!)).toMatchObject({status: 'completed', attempts: 0});
	});

	test('is found again after a crash', async () => {
		const never = new Promise<never>(() => {});
		let isDead = false;
		const world = await createRefiningEngine(async () => (isDead ? 'written' : never));
		world.provider.script('scripted:a', script(fetched(1000)));
		const [id] = await world.add('a');
		await world.clock.advance(seconds(1));
		world.crash();
		isDead = true;
		await world.restart();
		await world.clock.advance(seconds(5));
		expect(await world.job(id!)).toMatchObject({status: 'completed', attempts: 0});
		expect(world.finisher.placed()).toEqual(['film.mkv']);
	});
});
