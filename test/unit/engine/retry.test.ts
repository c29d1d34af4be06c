import {describe, expect, test} from 'vitest';
import type {FailureCode} from '../../../source/domain/failure.ts';
import type {JobId} from '../../../source/domain/job.ts';
import type {JobStore} from '../../../source/engine/ports.ts';
import {createFakeClock} from '../../support/fake-clock.ts';
import {createMemoryStore} from '../../support/memory-store.ts';
import {failed, fetched, held, report, script, type ScriptedProvider} from '../../support/scripted-provider.ts';
import {createTestEngine, minutes, seconds, type TestEngine, testSettings} from '../../support/test-engine.ts';

const breaker = {threshold: 3, openFor: seconds(30)};
const lanes = {scripted: {maxActive: 8, startInterval: 0, breaker}};

describe('a transient failure', () => {
	test('is tried again after a wait that grows, and is given up after its last attempt', async () => {
		const {add, provider, clock, job} = await createTestEngine({settings: {maxAttempts: 4}});
		provider.script('scripted:file', script(failed('tool-failed')));
		const [id] = (await add('file')) as [JobId];
		// Full jitter: anywhere up to 1, 2 and 4 seconds.
		for (const [attempts, ceiling] of [
			[1, 1000],
			[2, 2000],
			[3, 4000],
		] as const) {
			const {retryAt = 0, status} = await job(id);
			expect([status, provider.runs.length]).toEqual(['queued', attempts]);
			expect(retryAt - clock.now()).toBeLessThanOrEqual(ceiling);
			await clock.advance(retryAt - clock.now());
			expect(provider.runs).toHaveLength(attempts + 1);
		}

		expect(await job(id)).toMatchObject({status: 'failed', attempts: 4});
		await clock.advance(minutes(60));
		expect(provider.runs).toHaveLength(4);
	});

	test('waits at least as long as the other side asked for, and holds its lane as long', async () => {
		const {add, provider, clock, view, job} = await createTestEngine();
		provider.script('scripted:file', script(failed('rate-limited', seconds(90))), held);
		const [id] = (await add('file')) as [JobId];
		expect((await job(id)).retryAt).toBe(clock.now() + seconds(90));
		const [other] = (await add('other')) as [JobId];
		expect((await view(other)).hold).toMatchObject({reason: 'lane-cooling', until: clock.now() + seconds(90)});
		await clock.advance(seconds(90) - 1);
		expect(provider.runs).toHaveLength(1);
		await clock.advance(1);
		// One tries; when that goes well, the others follow.
		expect(provider.runs.map(run => run.job.source)).toEqual(['scripted:file', 'scripted:file']);
		provider.release('scripted:file');
		await clock.settle();
		expect(provider.runs.map(run => run.job.source)).toEqual(['scripted:file', 'scripted:file', 'scripted:other']);
	});

	test('is not forgotten when its time comes while the queue is read for the first time', async () => {
		const clock = createFakeClock();
		const store = createMemoryStore();
		const slowly = {
			...store,
			async candidates(...args: Parameters<JobStore['candidates']>) {
				const found = await store.candidates(...args);
				await new Promise<void>(resolve => {
					clock.at(clock.now() + 20, resolve);
				});
				return found;
			},
		};
		const retry = {base: minutes(2), cap: minutes(2)};
		const {add, provider, job, crash, restart} = await createTestEngine({clock, store: slowly, settings: {retry}});
		provider.script('scripted:file', script(failed('stalled')), held);
		const [id] = (await add('file')) as [JobId];
		await clock.advance(100);
		const {retryAt = 0} = await job(id);
		await clock.advance(retryAt - clock.now() - 10);
		crash();
		await restart();
		await clock.advance(seconds(1));
		expect(provider.running()).toEqual(['scripted:file']);
	});

	test('lets the next job have the worker meanwhile', async () => {
		const {add, provider} = await createTestEngine({settings: {workers: 1}});
		provider.script('scripted:bad', script(failed('connection-lost')));
		await add('bad', 'good');
		expect(provider.running()).toEqual(['scripted:good']);
	});
});

const openBreaker = async (): Promise<TestEngine> => {
	const world = await createTestEngine({settings: {lanes, workers: 1, maxAttempts: 9, retry: {base: 0, cap: 0}}});
	const bad = script(failed('server-error'));
	world.provider.script('scripted:1', bad, bad, bad, held);
	await world.add('1', '2', '3', '4', '5');
	return world;
};

const sources = (provider: ScriptedProvider): readonly string[] => provider.runs.map(({job}) => job.source);

describe('three failures in a row that speak against the site', () => {
	test('open the breaker of the lane: nothing more starts, and the hold says why and until when', async () => {
		const {provider, engine, clock} = await openBreaker();
		expect(provider.runs).toHaveLength(3);
		const {rows} = await engine.list({});
		for (const {hold, title} of rows.filter(({attempts}) => attempts === 0)) {
			expect([title, hold]).toMatchObject([
				title,
				{reason: 'breaker-open', lane: 'scripted', until: clock.now() + seconds(30)},
			]);
		}

		expect(engine.getSnapshot().lanes).toMatchObject([{breaker: 'open', failures: 3}]);
	});

	test('are followed by one probe, whose success lets all others start', async () => {
		const {provider, clock, send} = await openBreaker();
		await send({type: 'set-workers', count: 4});
		await clock.advance(seconds(30));
		expect(provider.running()).toHaveLength(1);
		provider.release(provider.running()[0]!);
		await clock.settle();
		await clock.advance(seconds(1));
		expect(provider.running()).toHaveLength(4);
	});

	test('are followed by one probe, whose failure keeps the lane closed', async () => {
		const world = await createTestEngine({settings: {lanes, workers: 3, maxAttempts: 9, retry: {base: 0, cap: 0}}});
		for (const name of ['1', '2', '3', '4']) world.provider.script(`scripted:${name}`, script(failed('server-error')));
		await world.add('1', '2', '3', '4');
		const before = sources(world.provider).length;
		await world.clock.advance(seconds(30));
		expect(sources(world.provider)).toHaveLength(before + 1);
		await world.clock.advance(seconds(29));
		expect(sources(world.provider)).toHaveLength(before + 1);
	});

	test('leave other lanes alone', async () => {
		const {provider, add} = await openBreaker();
		await add('elsewhere/file');
		expect(provider.running()).toEqual(['scripted:elsewhere/file']);
	});
});

describe('a server that shuts everyone out', () => {
	test('closes the lane at the first refusal; that it lasts spends no attempt and stops no other lane', async () => {
		const {add, act, provider, clock, job, view} = await createTestEngine({
			settings: {lanes, workers: 4, maxAttempts: 2},
		});
		const ban = script(failed('blocked'));
		provider.script('scripted:1', ...Array.from({length: 12}, () => ban), script(report(1), fetched()));
		const [first] = (await add('1')) as [JobId];
		const [second] = (await add('2')) as [JobId];
		expect((await view(second)).hold).toMatchObject({reason: 'breaker-open', until: clock.now() + seconds(30)});
		await add('elsewhere/file');
		expect(provider.running()).toEqual(['scripted:elsewhere/file']);
		await act('pause', second);
		await clock.advance(minutes(20));
		expect(await job(first)).toMatchObject({status: 'queued', attempts: 1, error: {code: 'blocked'}});
		await clock.advance(minutes(600));
		expect(await job(first)).toMatchObject({status: 'completed', attempts: 1});
	});

	test('is not asked with the same job again and again: one whose own address is refused for ever holds up no other', async () => {
		const {add, provider, clock, job} = await createTestEngine({settings: {lanes, workers: 4, maxAttempts: 3}});
		provider.script('scripted:bad', ...Array.from({length: 50}, () => script(failed('rate-limited'))));
		provider.script('scripted:good', script(report(1), fetched()));
		const [bad, good] = (await add('bad', 'good')) as [JobId, JobId];
		await clock.advance(minutes(10));
		expect(await job(good)).toMatchObject({status: 'completed'});
		expect(await job(bad)).toMatchObject({error: {code: 'rate-limited'}});
	});

	test('is not asked with the same job twice in a row where there are others, though timers come late', async () => {
		const {add, provider, clock} = await createTestEngine({
			settings: {lanes, workers: 4, maxAttempts: 3},
			adapt: deps => ({...deps, clock: {...deps.clock, at: (instant, call) => deps.clock.at(instant + 20, call)}}),
		});
		for (const name of ['1', '2', '3'])
			provider.script(`scripted:${name}`, ...Array.from({length: 50}, () => script(failed('rate-limited'))));
		await add('1', '2', '3');
		await clock.advance(minutes(60));
		// The first three began before the lane was closed.
		const probes = sources(provider).slice(3);
		expect(probes.length).toBeGreaterThan(4);
		expect(probes.filter((source, index) => source === probes[index + 1])).toEqual([]);
	});

	test('is asked less and less often', async () => {
		const {add, provider, clock} = await createTestEngine({settings: {lanes, maxAttempts: 2}});
		provider.script('scripted:1', ...Array.from({length: 99}, () => script(failed('rate-limited'))));
		await add('1');
		const asked: number[] = [];
		for (let hour = 0; hour < 4; hour++) {
			const before = provider.runs.length;
			await clock.advance(minutes(60));
			asked.push(provider.runs.length - before);
		}

		// 30 s, 1, 2, 4, 8, 16 and then every 30 minutes, where three failures a minute had been.
		expect(asked[0]).toBeLessThanOrEqual(7);
		for (const times of asked.slice(1)) expect(times).toBeLessThanOrEqual(2);
	});
});

test('servers that are not needed any more are forgotten, so that memory does not grow with every host ever seen', async () => {
	const {engine, provider, clock, add} = await createTestEngine();
	for (let host = 0; host < 100; host++) {
		const name = `host-${host}/file`;
		provider.script(`scripted:${name}`, script(report(1), fetched()));
		await add(name);
		await clock.advance(seconds(1));
	}

	const {lanes: views} = engine.getSnapshot();
	expect(views.length).toBeLessThanOrEqual(34);
	expect(views.map(({id}) => id)).toContain('scripted:host-99');
});

describe('what the machine lacks', () => {
	const codes: readonly FailureCode[] = ['tool-missing', 'no-network'];
	test.each(codes)('%s holds the lane, spends no attempt, and is looked at again by itself', async code => {
		const {add, provider, clock, job} = await createTestEngine({settings: {maxAttempts: 1}});
		provider.script('scripted:file', script(failed(code)), script(failed(code)), script(report(1), fetched()));
		const [id] = (await add('file')) as [JobId];
		expect(await job(id)).toMatchObject({status: 'queued', attempts: 0, error: {code}});
		expect(provider.runs).toHaveLength(1);
		await clock.advance(seconds(29));
		expect(provider.runs).toHaveLength(1);
		await clock.advance(seconds(70));
		expect(await job(id)).toMatchObject({status: 'completed', attempts: 0});
	});

	test('one dead host does not keep the others of its lane waiting for it', async () => {
		const {add, provider, clock, statuses} = await createTestEngine({
			settings: {maxAttempts: 1, defaultLane: {...testSettings.defaultLane, maxActive: 1}},
		});
		provider.script('scripted:dead', script(failed('no-network')));
		const ids = await add('dead', '1', '2');
		for (let minute = 0; minute < 3; minute++) {
			await clock.advance(minutes(1));
			provider.releaseAll();
		}

		await clock.advance(seconds(1));
		expect(await statuses(ids)).toEqual(['queued', 'completed', 'completed']);
	});

	test('a missing volume puts the job back, and it goes on when the volume is there again', async () => {
		const {add, provider, clock, job, finisher, disk, view} = await createTestEngine({settings: {maxAttempts: 1}});
		disk.setMissing(true);
		finisher.failOnce('prepare', {code: 'volume-missing', message: 'nothing is mounted'});
		const [id] = (await add('file')) as [JobId];
		await clock.advance(minutes(5));
		expect(await job(id)).toMatchObject({status: 'queued', attempts: 0});
		expect((await view(id)).hold).toMatchObject({reason: 'volume-missing'});
		disk.setMissing(false);
		await clock.advance(seconds(10));
		expect(provider.running()).toEqual(['scripted:file']);
	});
});

test('what only a person can mend is set aside at once, with the reason', async () => {
	const {add, provider, job} = await createTestEngine();
	provider.script('scripted:file', script(failed('login-required')));
	const [id] = (await add('file')) as [JobId];
	expect(await job(id)).toMatchObject({
		status: 'failed',
		attempts: 1,
		error: {code: 'login-required', class: 'person'},
	});
});
