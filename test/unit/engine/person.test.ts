import {describe, expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import {fetched, held, report, script, wait} from '../../support/scripted-provider.ts';
import {createTestEngine, minutes, seconds} from '../../support/test-engine.ts';

describe('pausing', () => {
	test('a queued job keeps it from starting, until it is resumed', async () => {
		const {add, act, provider, clock, status, view} = await createTestEngine({settings: {workers: 1}});
		const [first, second] = (await add('first', 'second')) as [JobId, JobId];
		expect(await act('pause', second)).toEqual({ok: true, changed: [second], refused: []});
		provider.release('scripted:first');
		await clock.advance(seconds(10));
		expect([await status(first), await status(second)]).toEqual(['completed', 'paused']);
		expect((await view(second)).hold).toEqual({reason: 'paused'});
		await act('resume', second);
		expect(provider.running()).toEqual(['scripted:second']);
	});

	test('a job that is starting ends its attempt without spending it', async () => {
		const {add, act, provider, job} = await createTestEngine();
		provider.script('scripted:slow', script(wait, fetched()));
		const [id] = (await add('slow')) as [JobId];
		expect((await job(id)).status).toBe('starting');
		await act('pause', id);
		expect(await job(id)).toMatchObject({status: 'paused', attempts: 0, attempt: undefined});
		expect(provider.running()).toEqual([]);
	});

	test('a running job keeps its bytes, and it goes on from them', async () => {
		const {add, act, job, provider, finisher} = await createTestEngine();
		const [id] = (await add('file')) as [JobId];
		await act('pause', id);
		expect(await job(id)).toMatchObject({status: 'paused', bytes: 100, total: 1000, attempts: 0});
		expect(finisher.tree.has(`/storage/.tidegate/${id}/part`)).toBe(true);
		await act('resume', id);
		expect(provider.runs.at(-1)?.job).toMatchObject({bytes: 100, total: 1000});
	});

	test('frees the worker for the next job only when the tool has ended', async () => {
		const {add, act, provider, clock, status} = await createTestEngine({settings: {workers: 1}});
		provider.script('scripted:stubborn', {...held, abortDelay: seconds(5)});
		const [stubborn] = (await add('stubborn', 'next')) as [JobId, JobId];
		await act('pause', stubborn);
		await clock.advance(4999);
		expect(await status(stubborn)).toBe('pausing');
		expect(provider.running()).toEqual(['scripted:stubborn']);
		await clock.advance(1);
		expect(await status(stubborn)).toBe('paused');
		expect(provider.running()).toEqual(['scripted:next']);
	});

	test('a job whose file is whole by then finishes it', async () => {
		const {add, act, provider, job, clock} = await createTestEngine();
		provider.script('scripted:file', {...script(report(999, 1000), wait, fetched()), abortDelay: 'deaf'});
		const [id] = (await add('file')) as [JobId];
		await act('pause', id);
		expect((await job(id)).status).toBe('pausing');
		provider.release('scripted:file');
		await clock.settle();
		expect(await job(id)).toMatchObject({status: 'completed', size: 1000});
	});

	test('is refused, with the reason, while the file is put in its place', async () => {
		const {add, act, provider, finisher, clock, status} = await createTestEngine();
		const release = finisher.hold('place');
		const [id] = (await add('file')) as [JobId];
		provider.releaseAll();
		await clock.settle();
		expect(await status(id)).toBe('finishing');
		const answer = await act('pause', id);
		expect(answer).toMatchObject({changed: [], refused: [{id}]});
		release();
		await clock.settle();
		expect(await status(id)).toBe('completed');
	});

	test('and resuming at once, while the tool still ends, is refused and says why', async () => {
		const {add, act, provider} = await createTestEngine();
		provider.script('scripted:file', {...held, abortDelay: seconds(5)});
		const [id] = (await add('file')) as [JobId];
		await act('pause', id);
		expect(await act('resume', id)).toMatchObject({
			refused: [{id, reason: 'it is still being paused; try again in a moment'}],
		});
	});

	test('5,000 jobs at once by a filter changes all of them and stops those that run', async () => {
		const {send, engine, provider, clock} = await createTestEngine();
		const requests = Array.from({length: 5000}, (_, index) => ({source: `scripted:${index}`}));
		await send({type: 'add', requests});
		const answer = await send({type: 'pause', selection: {filter: {}}});
		expect(answer).toMatchObject({ok: true, refused: []});
		expect(answer.ok && answer.changed.length).toBe(5000);
		await clock.settle();
		expect(provider.running()).toEqual([]);
		expect(engine.getSnapshot().counts).toMatchObject({paused: 5000, queued: 0, downloading: 0});
	});
});

describe('cancelling', () => {
	test('a queued job ends it at once', async () => {
		const {add, act, status, provider, clock} = await createTestEngine({settings: {workers: 1}});
		const [, second] = (await add('first', 'second')) as [JobId, JobId];
		await act('cancel', second);
		expect(await status(second)).toBe('cancelled');
		provider.releaseAll();
		await clock.advance(seconds(5));
		expect(provider.runs.map(({job}) => job.source)).toEqual(['scripted:first']);
	});

	test('a running job ends its attempt, keeps its bytes for an undo, then removes them and tells the disk so', async () => {
		const {add, act, job, finisher, disk, clock} = await createTestEngine();
		const [id] = (await add('file')) as [JobId];
		expect(disk.real().used).toBe(100);
		await act('cancel', id);
		expect(await job(id)).toMatchObject({status: 'cancelled', bytes: 0});
		expect([...finisher.tree.keys()]).toEqual([`/storage/.tidegate/aside/1/${id}/part`]);
		expect(disk.real().used).toBe(100);
		await clock.advance(minutes(5));
		expect([...finisher.tree.keys()]).toEqual([]);
		expect(disk.real().used).toBe(0);
	});

	test('a job that is being paused still cancels it', async () => {
		const {add, act, status, provider, clock} = await createTestEngine();
		provider.script('scripted:file', {...held, abortDelay: seconds(5)});
		const [id] = (await add('file')) as [JobId];
		await act('pause', id);
		await act('cancel', id);
		expect(await status(id)).toBe('cancelling');
		await clock.advance(seconds(5));
		expect(await status(id)).toBe('cancelled');
	});

	test('a job whose file is whole by then still cancels it, and places nothing', async () => {
		const {add, act, provider, clock, status, finisher} = await createTestEngine();
		provider.script('scripted:file', {...held, abortDelay: 'deaf'});
		const [id] = (await add('file')) as [JobId];
		await act('cancel', id);
		provider.release('scripted:file');
		await clock.settle();
		expect(await status(id)).toBe('cancelled');
		expect(finisher.placed()).toEqual([]);
	});

	test('and retrying at once waits until the old bytes are out of the way, so that they do not take the new ones with them', async () => {
		const {add, act, provider, finisher, engine, clock, status} = await createTestEngine();
		const [id] = (await add('file')) as [JobId];
		await act('pause', id);
		const release = finisher.hold('setAside');
		const cancelling = engine.send({type: 'cancel', selection: {ids: [id]}});
		await clock.settle();
		await act('retry', id);
		expect([await status(id), provider.running()]).toEqual(['queued', []]);
		release();
		await cancelling;
		await clock.settle();
		expect(provider.running()).toEqual(['scripted:file']);
	});

	test('many jobs stops every attempt, also where a directory cannot be removed', async () => {
		const {add, act, statuses, provider, finisher, engine, clock} = await createTestEngine({settings: {workers: 2}});
		const ids = await add('1', '2', '3', '4');
		const order = [ids[3]!, ids[2]!, ids[0]!, ids[1]!];
		finisher.failOnce('setAside', new Error('EACCES: permission denied'));
		finisher.failOnce('sizeOf', new Error('EIO: i/o error'));
		expect(await act('cancel', ...order)).toEqual({ok: true, changed: order, refused: []});
		await clock.settle();
		expect(provider.running()).toEqual([]);
		expect(await statuses(ids)).toEqual(['cancelled', 'cancelled', 'cancelled', 'cancelled']);
		expect(engine.getSnapshot().active).toEqual([]);
	});
});

describe('retrying and removing', () => {
	test('a failed job can be retried, with all its attempts anew', async () => {
		const {add, act, provider, clock, job} = await createTestEngine({settings: {maxAttempts: 1}});
		provider.script(
			'scripted:file',
			script({do: 'fail', failure: {code: 'tool-failed', message: 'exit code 1'}}),
			held,
		);
		const [id] = (await add('file')) as [JobId];
		expect(await job(id)).toMatchObject({
			status: 'failed',
			attempts: 1,
			error: {code: 'tool-failed', message: 'exit code 1', class: 'transient'},
		});
		await act('retry', id);
		expect(await job(id)).toMatchObject({status: 'downloading', attempts: 0, error: undefined});
		provider.releaseAll();
		await clock.settle();
		expect((await job(id)).status).toBe('completed');
	});

	test('a cancelled job can be retried, and begins anew', async () => {
		const {add, act, job, provider} = await createTestEngine({settings: {workers: 1}});
		const [first, second] = (await add('first', 'second')) as [JobId, JobId];
		await act('pause', first);
		await act('pause', second);
		await act('cancel', first, second);
		for (const id of [first, second]) expect(await job(id)).toMatchObject({status: 'cancelled', bytes: 0});
		await act('retry', first);
		expect(provider.runs.at(-1)?.job.bytes).toBe(0);
		expect(await job(first)).toMatchObject({status: 'downloading', attempts: 0});
	});

	test('a running job cannot be removed; a cancelled one leaves nothing behind in the end', async () => {
		const {add, act, status, logged, finisher, events, clock} = await createTestEngine();
		const [id] = (await add('file')) as [JobId];
		expect(await act('remove', id)).toMatchObject({changed: [], refused: [{id}]});
		await act('cancel', id);
		await act('remove', id);
		expect(await status(id)).toBe('removed');
		expect(events.at(-1)).toMatchObject({type: 'job', from: 'cancelled', to: 'removed'});
		await clock.advance(minutes(5));
		expect(logged.filter(entry => entry.id === id)).toEqual([]);
		expect([...finisher.tree.keys()]).toEqual([]);
	});

	test('the finished file stays when its job is removed', async () => {
		const {add, act, provider, clock, finisher} = await createTestEngine();
		const [id] = (await add('file')) as [JobId];
		provider.releaseAll();
		await clock.settle();
		await act('remove', id);
		expect(finisher.placed()).toEqual(['scripted-file.bin']);
	});

	test('an id that no job has is refused by name', async () => {
		const {act} = await createTestEngine();
		const answer = await act('cancel', 99 as JobId);
		expect(answer).toMatchObject({ok: true, changed: [], refused: [{id: 99}]});
	});
});

describe('the whole queue', () => {
	test('when paused, starts nothing, and what runs goes on', async () => {
		const {add, send, provider, clock, statuses, view} = await createTestEngine({settings: {workers: 1}});
		const ids = (await add('first', 'second')) as [JobId, JobId];
		await send({type: 'pause-queue'});
		provider.release('scripted:first');
		await clock.advance(seconds(10));
		expect(await statuses(ids)).toEqual(['completed', 'queued']);
		expect((await view(ids[1])).hold).toEqual({reason: 'queue-paused'});
		await send({type: 'resume-queue'});
		expect(await statuses(ids)).toEqual(['completed', 'downloading']);
	});

	test('stays paused over a restart', async () => {
		const world = await createTestEngine();
		await world.send({type: 'pause-queue'});
		await world.engine.close();
		await world.restart();
		await world.add('file');
		expect(world.provider.runs).toEqual([]);
	});
});
