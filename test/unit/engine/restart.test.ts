import {describe, expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import {fetched, held, report, script, wait} from '../../support/scripted-provider.ts';
import {createTestEngine, seconds} from '../../support/test-engine.ts';

const nothingRuns = {maxActive: 0, startInterval: 0, breaker: {threshold: 1, openFor: 1000}};

describe('a clean end', () => {
	test('puts running jobs back with their bytes, spends no attempt, and the next start goes on', async () => {
		const world = await createTestEngine({settings: {maxAttempts: 1}});
		const ids = await world.add('1', '2', '3', '4');
		await world.engine.close();
		expect(world.provider.running()).toEqual([]);
		expect(await world.statuses(ids)).toEqual(['queued', 'queued', 'queued', 'queued']);
		expect(await world.job(ids[0]!)).toMatchObject({attempts: 0, bytes: 100, total: 1000});
		await world.restart();
		expect(world.provider.running()).toHaveLength(3);
		world.provider.releaseAll();
		await world.clock.settle();
		expect(await world.statuses(ids)).toEqual(ids.map(() => 'completed'));
	});

	test('waits for a tool that ends slowly', async () => {
		const {add, provider, clock, engine, status} = await createTestEngine();
		provider.script('scripted:slow', {...held, abortDelay: seconds(7)});
		const [id] = (await add('slow')) as [JobId];
		let isClosed = false;
		const closing = (async () => {
			await engine.close();
			isClosed = true;
		})();
		await clock.advance(6999);
		expect(isClosed).toBe(false);
		await clock.advance(1);
		await closing;
		expect(await status(id)).toBe('queued');
	});

	test('draining lets what runs finish and starts nothing else', async () => {
		const {add, provider, clock, engine, statuses} = await createTestEngine({settings: {workers: 1}});
		const ids = await add('1', '2');
		const drained = engine.drain();
		provider.releaseAll();
		await clock.settle();
		await drained;
		expect(await statuses(ids)).toEqual(['completed', 'queued']);
		expect(engine.getSnapshot().isStopping).toBe(true);
	});

	test('closes the queue also where a provider or the log cannot be closed', async () => {
		let isStoreClosed = false;
		const {engine} = await createTestEngine({
			adapt: deps => ({
				...deps,
				providers: deps.providers.map(provider => ({
					...provider,
					close: () => Promise.reject(new Error('the daemon does not answer')),
				})),
				store: {
					...deps.store,
					async close() {
						isStoreClosed = true;
					},
				},
			}),
		});
		await expect(engine.close()).rejects.toThrow('the daemon does not answer');
		expect(isStoreClosed).toBe(true);
	});
});

describe('after a crash', () => {
	test('what ran goes on from its bytes, without a spent attempt, and its old processes are ended first', async () => {
		const world = await createTestEngine({settings: {maxAttempts: 1}});
		const ids = await world.add('1', '2', '3', '4');
		const before = new Set(world.provider.runs.map(({token}) => token));
		world.crash();
		expect(await world.statuses(ids)).toEqual(['downloading', 'downloading', 'downloading', 'queued']);
		await world.restart();
		expect(world.provider.running()).toHaveLength(3);
		expect(world.provider.seen).toMatchObject({most: 3, doubled: []});
		expect(world.provider.runs.slice(3).map(({token}) => before.has(token))).toEqual([false, false, false]);
		expect(await world.job(ids[0]!)).toMatchObject({attempts: 0, bytes: 100});
		world.provider.releaseAll();
		await world.clock.settle();
		expect(await world.statuses(ids)).toEqual(ids.map(() => 'completed'));
	});

	test('between the rename and the note of it, the placed file is adopted and nothing is fetched again', async () => {
		const world = await createTestEngine();
		const release = world.finisher.holdAfter('place');
		const [id] = (await world.add('file')) as [JobId];
		world.provider.releaseAll();
		await world.clock.settle();
		world.crash();
		release();
		expect(world.finisher.placed()).toEqual(['scripted-file.bin']);
		expect(await world.status(id)).toBe('finishing');
		await world.restart();
		expect(await world.job(id)).toMatchObject({status: 'completed', outputPath: '/storage/scripted-file.bin'});
		expect(world.finisher.placed()).toEqual(['scripted-file.bin']);
		expect(world.provider.runs).toHaveLength(1);
	});

	test('before the rename, the verified file is placed and nothing is fetched again', async () => {
		const world = await createTestEngine();
		const release = world.finisher.hold('place');
		const [id] = (await world.add('file')) as [JobId];
		world.provider.releaseAll();
		await world.clock.settle();
		world.crash();
		expect(world.finisher.placed()).toEqual([]);
		release();
		await world.restart();
		expect(await world.status(id)).toBe('completed');
		expect(world.finisher.placed()).toEqual(['scripted-file.bin']);
		expect(world.provider.runs).toHaveLength(1);
	});

	test.each(['the queue is paused', 'the disk is full', 'the lane runs nothing'])(
		'a file that was placed already is adopted also when %s: nobody can cancel it in between',
		async obstacle => {
			const world = await createTestEngine();
			const release = world.finisher.holdAfter('place');
			const [id] = (await world.add('file')) as [JobId];
			world.provider.releaseAll();
			await world.clock.settle();
			if (obstacle === 'the queue is paused') await world.send({type: 'pause-queue'});
			if (obstacle === 'the disk is full') world.disk.set({free: 0});
			world.crash();
			release();
			await world.restart(obstacle === 'the lane runs nothing' ? {defaultLane: nothingRuns} : {});
			expect(await world.status(id)).toBe('completed');
			expect(world.provider.runs).toHaveLength(1);
		},
	);

	test.each(['completed', 'cancelled', 'removed'])(
		'what a job left that was %s a moment before is removed, and nothing of the others',
		async end => {
			const world = await createTestEngine();
			const [job, other] = (await world.add('job', 'other')) as [JobId, JobId];
			// Its directory is not removed, as when a crash comes first.
			world.finisher.failOnce('clear', new Error('EBUSY: resource busy'));
			if (end === 'completed') world.provider.release('scripted:job');
			else await world.act('cancel', job);
			await world.clock.settle();
			if (end === 'removed') {
				await world.store.move(job, undefined, {event: 'remove', at: world.clock.now()});
			}

			const left = (id: JobId) =>
				[...world.finisher.tree.keys()].some(path => path.startsWith(`/storage/.tidegate/${id}/`));
			world.finisher.tree.set(`/storage/.tidegate/${job}/fragment`, {size: 7, identity: '1:99', content: 'x'});
			expect(left(job)).toBe(true);
			world.crash();
			await world.restart();
			expect([left(job), left(other)]).toEqual([false, true]);
		},
	);

	test('a job that ends the scheduler each time is set aside in the end, and the others go on', async () => {
		const world = await createTestEngine({settings: {maxAttempts: 2}});
		world.provider.script('scripted:culprit', script(wait));
		// The other one gets a little further each time.
		world.provider.script(
			'scripted:other',
			...Array.from({length: 12}, (_, run) => script(report(10 * run + 10), wait, fetched())),
		);
		const [culprit, other] = (await world.add('culprit', 'other')) as [JobId, JobId];
		const crashOnceMore = async (): Promise<void> => {
			world.crash();
			await world.restart();
			// The retry that is put off by chance.
			await world.clock.advance(seconds(60));
		};
		for (let crash = 0; crash < 3; crash++) await crashOnceMore();
		// Three may be chance.
		expect(await world.job(culprit)).toMatchObject({status: 'starting', attempts: 0});
		await crashOnceMore();
		expect(await world.job(culprit)).toMatchObject({status: 'starting', attempts: 1});
		for (let crash = 0; crash < 4; crash++) await crashOnceMore();
		expect(await world.job(culprit)).toMatchObject({status: 'failed', error: {code: 'internal'}});
		world.provider.releaseAll();
		await world.clock.settle();
		expect(await world.status(other)).toBe('completed');
	});

	test('whose verified file is gone from the disk, it is fetched again', async () => {
		const world = await createTestEngine();
		const release = world.finisher.hold('place');
		const [id] = (await world.add('file')) as [JobId];
		world.provider.releaseAll();
		await world.clock.settle();
		world.crash();
		release();
		world.finisher.tree.clear();
		await world.restart();
		await world.clock.advance(seconds(60));
		expect(await world.status(id)).toBe('completed');
		expect(world.provider.runs).toHaveLength(2);
	});

	test('a pause and a cancel that were under way are carried out', async () => {
		const world = await createTestEngine();
		world.provider.script('scripted:1', {...held, abortDelay: 'deaf'});
		world.provider.script('scripted:2', {...held, abortDelay: 'deaf'});
		const [paused, cancelled] = (await world.add('1', '2')) as [JobId, JobId];
		await world.act('pause', paused);
		await world.act('cancel', cancelled);
		world.crash();
		expect(await world.statuses([paused, cancelled])).toEqual(['pausing', 'cancelling']);
		await world.restart();
		expect(await world.job(paused)).toMatchObject({status: 'paused', bytes: 100});
		expect(await world.job(cancelled)).toMatchObject({status: 'cancelled', bytes: 0});
		expect([...world.finisher.tree.keys()].toSorted()).toEqual([
			`/storage/.tidegate/${paused}/part`,
			`/storage/.tidegate/aside/1/${cancelled}/part`,
		]);
	});

	test('the outcome of an attempt from before changes nothing', async () => {
		const world = await createTestEngine({
			// A reaper that finds nothing: the old run goes on beside the new scheduler.
			adapt: deps => ({...deps, endSurvivors: async () => {}}),
			settings: {workers: 1},
		});
		world.provider.script(
			'scripted:file',
			script(report(10), wait, {do: 'fail', failure: {code: 'not-found', message: 'from the past'}}),
			held,
		);
		const [id] = (await world.add('file')) as [JobId];
		const old = world.engine;
		// No crash: a second scheduler takes over while the first still believes in its attempt.
		await world.store.move(id, undefined, {event: 'lose', at: world.clock.now()});
		await old.send({type: 'wake'});
		expect(await world.job(id)).toMatchObject({status: 'queued', attempt: undefined});
		const token = 'somebody-else' as never;
		await world.store.claim(id, token, 'other' as never, world.clock.now());
		world.provider.release('scripted:file');
		await world.clock.settle();
		expect(await world.job(id)).toMatchObject({status: 'starting', attempt: token, attempts: 0, error: undefined});
	});

	test('of another scheduler that has taken the job over, its directory is left alone', async () => {
		const world = await createTestEngine();
		const release = world.finisher.holdAfter('place');
		const [id] = (await world.add('file')) as [JobId];
		world.provider.releaseAll();
		await world.clock.settle();
		await world.store.move(id, undefined, {event: 'lose', at: world.clock.now()});
		await world.store.claim(id, 'other' as never, 'other' as never, world.clock.now());
		release();
		await world.clock.settle();
		expect(await world.status(id)).toBe('starting');
		expect(world.finisher.calls.filter(({step}) => step === 'clear')).toEqual([]);
	});

	test('a storage that cannot be looked at keeps nobody from starting', async () => {
		const world = await createTestEngine();
		const [id] = (await world.add('file')) as [JobId];
		world.crash();
		world.finisher.failOnce('sizeOf', new Error('EIO: i/o error'));
		await world.restart();
		expect(await world.status(id)).toBe('downloading');
	});
});

test('an engine that does not schedule runs nothing and says so of every job in line', async () => {
	const {add, provider, clock, view, engine} = await createTestEngine({settings: {isScheduling: false}});
	const [id] = (await add('file')) as [JobId];
	const idle = engine.untilIdle();
	await clock.advance(seconds(60));
	expect(provider.runs).toEqual([]);
	expect((await view(id)).hold).toEqual({reason: 'no-scheduler'});
	expect(await idle).toMatchObject({remaining: 1});
});

test('nothing runs before the start', async () => {
	const {add, provider, clock, engine} = await createTestEngine({isStarted: false});
	await add('file');
	const idle = engine.untilIdle();
	await clock.advance(seconds(60));
	expect(provider.runs).toEqual([]);
	await engine.start();
	await clock.settle();
	expect(provider.running()).toHaveLength(1);
	provider.releaseAll();
	await clock.settle();
	expect(await idle).toMatchObject({completed: 1, remaining: 0});
});

test('an untold end of the artefact is still an end', async () => {
	const {add, provider, clock, status, finisher} = await createTestEngine();
	provider.script('scripted:file', script(report(5), fetched()));
	finisher.failOnce('clear', new Error('EBUSY: resource busy'));
	const [id] = (await add('file')) as [JobId];
	await clock.settle();
	expect(await status(id)).toBe('completed');
});
