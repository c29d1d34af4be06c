import {describe, expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import {createFakeDisk, gibibyte, type FakeDisk} from '../../support/fake-disk.ts';
import {failed, fetched, held, report, script, wait} from '../../support/scripted-provider.ts';
import {createTestEngine, minutes, seconds} from '../../support/test-engine.ts';

const gib = (count: number): number => count * gibibyte;

/** An engine whose data folder is on a disk of its own. */
const withData = async () => {
	let data: FakeDisk | undefined;
	const world = await createTestEngine({
		settings: {workers: 2, maxAttempts: 1},
		adapt(deps) {
			data = createFakeDisk(deps.clock, 'data', '/data');
			return {...deps, dataDisk: data};
		},
	});
	return Object.assign(world, {data: data as FakeDisk});
};

describe('above the pause mark', () => {
	test('what runs finishes and nothing new starts, until the level has stayed below the resume mark', async () => {
		const {add, provider, clock, disk, status, view} = await createTestEngine({settings: {workers: 1}});
		const [first, second] = (await add('first', 'second')) as [JobId, JobId];
		disk.set({used: gib(61)});
		await clock.advance(minutes(2));
		provider.release('scripted:first');
		await clock.settle();
		expect(await status(first)).toBe('completed');
		expect(await status(second)).toBe('queued');
		expect((await view(second)).hold).toMatchObject({reason: 'disk-paused', detail: 'above the pause mark'});
		disk.takeAway(gib(5));
		await clock.advance(minutes(10));
		expect((await view(second)).hold).toMatchObject({reason: 'disk-paused', detail: 'waiting for the resume mark'});
		disk.takeAway(gib(10));
		await clock.advance(seconds(30));
		expect(provider.running()).toEqual(['scripted:second']);
	});

	test('files that come faster than the disk is looked at do not run past the mark one after the other', async () => {
		const {add, provider, disk, clock, statuses} = await createTestEngine({settings: {workers: 1}});
		disk.wrote(gib(40));
		await clock.advance(minutes(2));
		const names = ['1', '2', '3', '4', '5', '6'];
		for (const name of names) provider.script(`scripted:${name}`, script(fetched(gib(7))));
		// The clock stands still meanwhile.
		const ids = (await add(...names)) as readonly JobId[];
		await clock.settle();
		const ended = (await statuses(ids)).filter(status => status === 'completed');
		expect(ended.length).toBeLessThan(6);
		expect(disk.real().used).toBeLessThan(gib(70));
	});

	test('a large walk does not blind the guard: the hard limit still stops what runs', async () => {
		const {add, provider, clock, disk} = await createTestEngine();
		await add('file');
		disk.set({used: gib(61)});
		await clock.advance(minutes(2));
		const release = disk.holdWalks();
		await clock.advance(seconds(10));
		expect(provider.running()).toHaveLength(1);
		disk.wrote(gib(20));
		await clock.advance(seconds(2));
		expect(provider.running()).toEqual([]);
		release();
	});
});

describe('at the hard limit', () => {
	test('running jobs are stopped with their bytes kept, spend no attempt, and go on by themselves', async () => {
		const {add, provider, clock, disk, job, engine, statuses} = await createTestEngine({settings: {maxAttempts: 1}});
		const ids = (await add('1', '2')) as [JobId, JobId];
		disk.wrote(gib(81));
		await clock.advance(seconds(2));
		expect(provider.running()).toEqual([]);
		expect(await job(ids[0])).toMatchObject({status: 'queued', attempts: 0, bytes: 100, total: 1000});
		expect(engine.getSnapshot().volumes).toMatchObject([{gate: {state: 'stopped'}}]);
		disk.takeAway(gib(40));
		await clock.advance(seconds(30));
		expect(provider.running()).toHaveLength(2);
		provider.releaseAll();
		await clock.settle();
		expect(await statuses(ids)).toEqual(['completed', 'completed']);
	});

	test('a tool that does not end at once is asked once, not every second', async () => {
		const {add, provider, clock, disk, logged} = await createTestEngine();
		provider.script('scripted:file', {...held, abortDelay: minutes(1)});
		await add('file');
		disk.wrote(gib(81));
		await clock.advance(seconds(50));
		expect(logged.filter(({line}) => line.startsWith('stopped for now'))).toHaveLength(1);
	});

	test('a pause by a person in the meantime stays a pause', async () => {
		const {add, act, clock, disk, status} = await createTestEngine();
		const [id] = (await add('file')) as [JobId];
		disk.wrote(gib(81));
		await clock.advance(seconds(2));
		await act('pause', id);
		disk.takeAway(gib(70));
		await clock.advance(minutes(5));
		expect(await status(id)).toBe('paused');
	});
});

describe('a write that the full disk refuses', () => {
	test('closes the gate at once, spends no attempt, keeps the bytes, and the job goes on by itself', async () => {
		const {add, provider, clock, job, engine, disk, events} = await createTestEngine({settings: {maxAttempts: 1}});
		provider.script('scripted:file', script(report(500, 1000), failed('disk-full')), held);
		const [id, other] = (await add('file', 'other')) as [JobId, JobId];
		expect(await job(id)).toMatchObject({status: 'queued', attempts: 0, bytes: 500, error: {code: 'disk-full'}});
		expect(await job(other)).toMatchObject({status: 'queued', attempts: 0});
		expect(engine.getSnapshot().volumes).toMatchObject([{gate: {state: 'stopped', detail: 'the filesystem is full'}}]);
		expect(events.filter(({type}) => type === 'gate')).toHaveLength(1);
		disk.set({free: gib(50)});
		await clock.advance(seconds(20));
		expect(provider.running().toSorted()).toEqual(['scripted:file', 'scripted:other']);
	});
});

describe('a failure that does not say that the disk is full', () => {
	test.each(['tool-failed', 'no-artefact', 'wrong-size', 'not-media', 'internal'] as const)(
		'%s on a full disk spends no attempt, and the job goes on when there is space',
		async code => {
			const {add, provider, clock, job, disk} = await createTestEngine({settings: {maxAttempts: 1}});
			provider.script('scripted:file', script(report(500, 1000), wait, failed(code)), held);
			const [id] = (await add('file')) as [JobId];
			disk.set({free: 0});
			provider.releaseAll();
			await clock.settle();
			expect(await job(id)).toMatchObject({status: 'queued', attempts: 0, bytes: 500, error: {code: 'disk-full'}});
			expect((await job(id)).error?.message).toMatch(/^no space is left in \/storage \(/);
			disk.set({free: gib(50)});
			await clock.advance(seconds(20));
			expect(await job(id)).toMatchObject({status: 'completed', attempts: 0});
		},
	);

	test('is believed where there is space, and where it says something else', async () => {
		const {add, provider, clock, job, disk} = await createTestEngine({settings: {maxAttempts: 1}});
		provider.script('scripted:tool', script(failed('tool-failed')));
		provider.script('scripted:gone', script(report(1), wait, failed('gone')));
		const [tool, gone] = (await add('tool', 'gone')) as [JobId, JobId];
		disk.set({free: 0});
		provider.releaseAll();
		await clock.settle();
		expect(await job(tool)).toMatchObject({status: 'failed', error: {code: 'tool-failed'}});
		expect(await job(gone)).toMatchObject({status: 'failed', error: {code: 'gone'}});
	});

	test('on a disk that was pulled out is no failure of the job either', async () => {
		const {add, provider, clock, job, disk} = await createTestEngine({settings: {maxAttempts: 1}});
		provider.script('scripted:file', script(report(500, 1000), wait, failed('tool-failed')), held);
		const [id] = (await add('file')) as [JobId];
		disk.setMissing(true);
		provider.releaseAll();
		await clock.settle();
		expect(await job(id)).toMatchObject({status: 'queued', attempts: 0, error: {code: 'volume-missing'}});
		disk.setMissing(false);
		await clock.advance(seconds(20));
		expect(await job(id)).toMatchObject({status: 'completed', attempts: 0});
	});
});

test('a full disk that is mounted below the storage stops nothing but what goes there', async () => {
	const {add, provider, clock, job, finisher, engine} = await createTestEngine({settings: {maxAttempts: 1}});
	const elsewhere = {id: '9', folder: 'videos'};
	finisher.failOnce('place', {code: 'disk-full', message: 'placing a/b: no space is left', elsewhere});
	provider.script('scripted:there', script(report(1), fetched()));
	const [there] = (await add('there', 'here')) as [JobId];
	await clock.settle();
	expect(await job(there)).toMatchObject({status: 'queued', attempts: 0, error: {code: 'disk-full'}});
	expect(engine.getSnapshot().volumes).toMatchObject([{gate: {state: 'open'}}]);
	expect(provider.running()).toEqual(['scripted:here']);
	await clock.advance(seconds(60));
	expect(await job(there)).toMatchObject({status: 'completed', attempts: 0});
	expect(provider.runs.filter(({job: {source}}) => source === 'scripted:there')).toHaveLength(1);
});

describe('a data folder with hardly any space', () => {
	test('lets what runs finish, starts nothing new, says which folder it is, and goes on by itself', async () => {
		const {add, provider, clock, view, data, engine, status, events} = await withData();
		const [first, second, third] = (await add('first', 'second', 'third')) as [JobId, JobId, JobId];
		data.set({free: 1000});
		await clock.advance(seconds(30));
		expect(provider.running()).toEqual(['scripted:first', 'scripted:second']);
		provider.releaseAll();
		await clock.settle();
		expect([await status(first), await status(second)]).toEqual(['completed', 'completed']);
		expect((await view(third)).hold).toEqual({
			reason: 'disk-paused',
			volume: 'data',
			detail: 'too little free space in the data folder /data',
		});
		expect(engine.getSnapshot().notices).toEqual([
			'the data folder /data is almost full: nothing new starts until 12 MB are free there',
		]);
		expect(engine.getSnapshot().volumes).toMatchObject([
			{path: '/storage', gate: {state: 'open'}},
			{path: '/data', gate: {state: 'paused'}, level: {free: 1000}},
		]);
		expect(events.filter(({type}) => type === 'gate')).toMatchObject([{path: '/data', gate: {state: 'paused'}}]);
		await clock.advance(minutes(60));
		expect(provider.runs).toHaveLength(2);
		data.set({free: 13_000_000});
		await clock.advance(seconds(10));
		expect(await status(third)).toBe('completed');
		expect(engine.getSnapshot()).toMatchObject({notices: [], volumes: [{path: '/storage'}]});
	});

	test('that nobody can look at holds nothing', async () => {
		const {add, provider, data} = await withData();
		data.setMissing(true);
		await add('file');
		expect(provider.running()).toEqual(['scripted:file']);
	});
});

describe('a job that does not fit', () => {
	test('under the mark at all is held with both numbers, and the others go on', async () => {
		const {add, provider, clock, view} = await createTestEngine({settings: {workers: 1}});
		const [large] = (await add({source: 'scripted:large', expectedSize: gib(90)}, 'a', 'b')) as [JobId];
		provider.releaseAll();
		await clock.advance(seconds(5));
		expect(provider.runs.map(({job}) => job.source)).toEqual(['scripted:a', 'scripted:b']);
		expect((await view(large)).hold).toEqual({
			reason: 'larger-than-mark',
			volume: 'fake-volume',
			needs: gib(90),
			mark: gib(80),
		});
	});

	test('beside what runs waits for it, and the smaller one behind it goes first at once', async () => {
		const {add, provider, view, clock} = await createTestEngine({settings: {workers: 3}});
		provider.script('scripted:a', script(report(1, gib(50)), wait, {do: 'fetch', size: gib(50)}));
		const [, b] = (await add(
			{source: 'scripted:a', expectedSize: gib(50)},
			{source: 'scripted:b', expectedSize: gib(50)},
			{source: 'scripted:c', expectedSize: gib(50)},
			{source: 'scripted:small', expectedSize: 1000},
		)) as [JobId, JobId];
		expect(provider.running()).toEqual(['scripted:a', 'scripted:small']);
		expect((await view(b)).hold).toMatchObject({reason: 'no-room', needs: gib(50)});
		await clock.advance(minutes(1));
		expect(provider.runs).toHaveLength(2);
	});

	test('goes on by itself when somebody makes room, also when nothing else runs', async () => {
		const {add, provider, disk, clock, send, view} = await createTestEngine();
		disk.set({used: gib(40)});
		await send({type: 'measure-disk'});
		const [id] = (await add({source: 'scripted:file', expectedSize: gib(45)})) as [JobId];
		expect((await view(id)).hold).toMatchObject({reason: 'no-room', needs: gib(45), room: gib(40)});
		await clock.advance(minutes(30));
		expect(provider.runs).toEqual([]);
		disk.takeAway(gib(20));
		await clock.advance(seconds(10));
		expect(provider.running()).toEqual(['scripted:file']);
	});

	test('as it turns out while it runs is put back once, with its size kept, and the others go on', async () => {
		const {add, provider, job, view, clock} = await createTestEngine();
		provider.script('scripted:liar', script(report(10, gib(200)), wait, fetched()));
		const [liar] = (await add('liar', 'other')) as [JobId, JobId];
		await clock.advance(minutes(5));
		expect(await job(liar)).toMatchObject({status: 'queued', attempts: 0, total: gib(200), bytes: 10});
		expect((await view(liar)).hold).toMatchObject({reason: 'larger-than-mark', needs: gib(200)});
		expect(provider.runs).toHaveLength(2);
		expect(provider.running()).toEqual(['scripted:other']);
	});
});

test('nothing starts under marks of used space before the storage has been measured, and it says so', async () => {
	const {add, provider, engine, clock, view, disk} = await createTestEngine({isStarted: false});
	const release = disk.holdWalks();
	void engine.start();
	await clock.settle();
	const [id] = (await add('file')) as [JobId];
	await clock.advance(minutes(5));
	expect(provider.runs).toEqual([]);
	expect((await view(id)).hold).toMatchObject({reason: 'disk-paused', detail: 'the storage is being measured'});
	expect(disk.seen.walks).toBe(1);
	release();
	await clock.settle();
	expect(provider.running()).toEqual(['scripted:file']);
});

test('a disk that others have filled while nothing ran is looked at before the next job starts', async () => {
	const {add, provider, disk, clock} = await createTestEngine();
	await clock.advance(minutes(60));
	disk.set({free: gib(1)});
	await add('file');
	expect(provider.runs).toEqual([]);
});

test('a disk that cannot be measured is told as a notice that goes when it can be again', async () => {
	const {add, disk, clock, engine, provider} = await createTestEngine();
	await add('file');
	disk.failSamples(new Error('EIO: i/o error'));
	disk.failWalks(new Error('EACCES: permission denied'));
	await clock.advance(minutes(2));
	expect(engine.getSnapshot().notices).toEqual([
		'the disk cannot be measured: EIO: i/o error',
		'the storage tree cannot be measured: EACCES: permission denied',
	]);
	disk.failSamples(undefined);
	disk.failWalks(undefined);
	await clock.advance(minutes(2));
	expect(engine.getSnapshot().notices).toEqual([]);
	expect(provider.running()).toHaveLength(1);
});

test('a queue that waits for space for a day neither spins nor polls more than once a second', async () => {
	const {add, disk, clock, send} = await createTestEngine();
	disk.set({used: gib(61)});
	await send({type: 'measure-disk'});
	await add('file');
	const before = clock.fired();
	await clock.advance(minutes(60));
	expect(clock.fired() - before).toBeLessThan(3 * 3600);
});

test('an idle queue sets no timer at all', async () => {
	const {add, provider, clock} = await createTestEngine();
	await add('file');
	provider.releaseAll();
	await clock.advance(minutes(3));
	const before = clock.fired();
	await clock.advance(minutes(600));
	expect(clock.fired() - before).toBe(0);
	expect(clock.waiting()).toEqual([]);
});
