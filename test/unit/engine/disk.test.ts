import {describe, expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import {gibibyte} from '../../support/fake-disk.ts';
import {failed, fetched, held, report, script, wait} from '../../support/scripted-provider.ts';
import {createTestEngine, minutes, seconds} from '../../support/test-engine.ts';

const gib = (count: number): number => count * gibibyte;

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
