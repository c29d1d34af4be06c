import {describe, expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import type {Provider, RunContext, RunOutcome} from '../../../source/engine/ports.ts';
import {gibibyte} from '../../support/fake-disk.ts';
import {writeFake} from '../../support/fake-finisher.ts';
import {fetched, report, script, wait, type Script} from '../../support/scripted-provider.ts';
import {
	createTestEngine,
	minutes,
	seconds,
	type TestEngine,
	type TestEngineOptions,
} from '../../support/test-engine.ts';

/** Never heeds its signal; ends only when it is released. */
const deaf: Script = {...script(report(100, 1000), wait, fetched()), abortDelay: 'deaf'};

/** One slot, and a job in it that does not hear. */
const withDeafOne = async (options: TestEngineOptions = {}): Promise<TestEngine & {readonly id: JobId}> => {
	const world = await createTestEngine({
		settings: {workers: 1},
		// Its processes cannot be found either.
		adapt: deps => ({...deps, endSurvivors: async () => undefined}),
		...options,
	});
	world.provider.script('scripted:deaf', deaf, script(fetched()));
	const [id] = (await world.add('deaf')) as [JobId];
	return Object.assign(Object.create(world) as TestEngine, {id});
};

describe('a provider that does not end when it is asked to', () => {
	test('has half a minute; then its slot is free and the next job starts', async () => {
		const world = await withDeafOne();
		const [next] = (await world.add('next')) as [JobId];
		await world.act('pause', world.id);
		await world.clock.advance(seconds(29));
		expect(await world.statuses([world.id, next])).toEqual(['pausing', 'queued']);
		await world.clock.advance(seconds(1));
		expect(await world.statuses([world.id, next])).toEqual(['paused', 'downloading']);
		expect(world.engine.getSnapshot().active).toMatchObject([{id: next, slot: 1}]);
		expect(world.logged.map(({line}) => line)).toContain(
			'scripted has not ended 30 s after it was asked to; it is not waited for any longer',
		);
	});

	test.each([
		['pause', 'paused'],
		['cancel', 'cancelled'],
	] as const)('does not keep a job from its %s', async (event, status) => {
		const world = await withDeafOne();
		await world.act(event, world.id);
		await world.clock.advance(seconds(30));
		expect(await world.job(world.id)).toMatchObject({status, attempt: undefined, attempts: 0});
	});

	test('does not hold the end of the engine: close takes half a minute, and the job goes on at the next start', async () => {
		const world = await withDeafOne();
		let isClosed = false;
		const closing = world.engine.close().finally(() => {
			isClosed = true;
		});
		await world.clock.advance(seconds(29));
		expect(isClosed).toBe(false);
		await world.clock.advance(seconds(1));
		await closing;
		expect(world.engine.isHeldUp()).toBe(true);
		expect(await world.job(world.id)).toMatchObject({status: 'queued', attempts: 0, bytes: 100});
		await world.restart();
		await world.clock.settle();
		expect(await world.status(world.id)).toBe('completed');
	});

	test('spends no attempt when the disk has stopped it', async () => {
		const world = await withDeafOne();
		world.disk.set({free: gibibyte / 2});
		await world.clock.advance(seconds(32));
		expect(await world.job(world.id)).toMatchObject({status: 'queued', attempts: 0});
		expect(world.engine.getSnapshot().active).toEqual([]);
	});

	test('is not waited for when it ends in time', async () => {
		const world = await withDeafOne();
		world.provider.script('scripted:slow', {...deaf, abortDelay: seconds(29)});
		const [slow] = (await world.add('slow')) as [JobId];
		world.provider.release('scripted:deaf');
		await world.clock.settle();
		await world.act('pause', slow);
		await world.clock.advance(minutes(5));
		expect(await world.status(slow)).toBe('paused');
		expect(world.logged.some(({line}) => line.includes('not waited for'))).toBe(false);
		expect(world.engine.isHeldUp()).toBe(false);
		expect(world.clock.waiting()).toEqual([]);
	});
});

const givenUp = async (event: 'pause' | 'cancel'): ReturnType<typeof withDeafOne> => {
	const world = await withDeafOne();
	await world.act(event, world.id);
	await world.clock.advance(seconds(30));
	return world;
};

describe('what a provider does that was given up', () => {
	test('keeps the directory: the next attempt waits until it has ended, and says so', async () => {
		const world = await givenUp('pause');
		await world.act('resume', world.id);
		await world.clock.advance(minutes(60));
		expect(world.provider.running()).toEqual(['scripted:deaf']);
		expect(world.provider.runs).toHaveLength(1);
		expect(await world.view(world.id)).toMatchObject({status: 'queued', hold: {reason: 'still-ending'}});
		// A wait that may last for ever must not keep `run --until-idle`.
		await expect(world.engine.untilIdle()).resolves.toMatchObject({remaining: 1});
		world.provider.release('scripted:deaf');
		await world.clock.settle();
		expect(world.provider.runs).toHaveLength(2);
		expect(world.provider.seen.doubled).toEqual([]);
		expect(await world.status(world.id)).toBe('completed');
	});

	test('changes nothing by its late success', async () => {
		const world = await givenUp('pause');
		world.provider.release('scripted:deaf');
		await world.clock.advance(seconds(5));
		expect(await world.job(world.id)).toMatchObject({status: 'paused', attempt: undefined, bytes: 100});
		expect(world.finisher.placed()).toEqual([]);
		expect(world.finisher.calls.filter(({step}) => step === 'verify')).toEqual([]);
	});

	test('leaves nothing of a job that was cancelled meanwhile', async () => {
		const world = await givenUp('cancel');
		expect([...world.finisher.tree.keys()]).toEqual([`/storage/.tidegate/aside/1/${world.id}/part`]);
		world.provider.release('scripted:deaf');
		await world.clock.advance(seconds(5));
		expect(await world.status(world.id)).toBe('cancelled');
		// Until it can no longer be undone.
		await world.clock.advance(minutes(5));
		expect([...world.finisher.tree.keys()]).toEqual([]);
	});

	test('is heard neither in the log nor as progress, not even as an error of the program', async () => {
		const contexts: RunContext[] = [];
		const end = Promise.withResolvers<RunOutcome>();
		const world = await createTestEngine({
			providers: ({finisher}) => [
				{
					id: 'rude',
					abilities: {resume: true, liveRateLimit: false, needsSearch: false},
					accepts: source => source.startsWith('rude:'),
					laneOf: () => 'rude',
					canonical: source => source,
					check: async () => ({name: 'rude', ok: true, version: '1', problem: undefined, fix: undefined}),
					run(_job, context) {
						contexts.push(context);
						writeFake(finisher.tree, `${context.directory}/part`, 10);
						return end.promise;
					},
				} satisfies Provider,
			],
		});
		const [id] = (await world.add({source: 'rude:x'})) as [JobId];
		await world.act('cancel', id);
		await world.clock.advance(seconds(30));
		await world.act('remove', id);
		const before = [world.logged.length, world.disk.real().used];
		contexts[0]?.log('I am still here');
		contexts[0]?.report({bytes: 7 * gibibyte, total: 9 * gibibyte});
		end.reject(new Error('at last'));
		await world.clock.advance(seconds(5));
		expect([world.logged.length, world.disk.real().used]).toEqual(before);
		expect(await world.status(id)).toBe('removed');
	});
});

test('processes of an attempt that is given up are ended by its token', async () => {
	const ended: string[] = [];
	const world = await withDeafOne({
		adapt: deps => ({
			...deps,
			async endSurvivors(tokens) {
				ended.push(...tokens);
			},
		}),
	});
	await world.act('pause', world.id);
	await world.clock.advance(seconds(30));
	expect(ended).toEqual(world.provider.runs.map(({token}) => token));
});

test('a search that does not hear is given up as well', async () => {
	const world = await createTestEngine({
		settings: {workers: 1},
		providers: () => [
			{
				id: 'seeker',
				abilities: {resume: true, liveRateLimit: false, needsSearch: true},
				accepts: source => source.startsWith('seeker:'),
				laneOf: () => 'seeker',
				canonical: source => source,
				check: async () => ({name: 'seeker', ok: true, version: '1', problem: undefined, fix: undefined}),
				search: () => new Promise(() => {}),
				run: () => new Promise(() => {}),
			} satisfies Provider,
		],
	});
	const [id] = (await world.add({source: 'seeker:song'})) as [JobId];
	await world.act('cancel', id);
	await world.clock.advance(seconds(30));
	expect(await world.status(id)).toBe('cancelled');
	expect(world.engine.getSnapshot().active).toEqual([]);
});

test('a provider whose own end never comes does not hold the end of the engine', async () => {
	const world = await createTestEngine({
		adapt: deps => ({
			...deps,
			providers: deps.providers.map(provider => ({...provider, close: () => new Promise<void>(() => {})})),
		}),
	});
	let isClosed = false;
	const closing = world.engine.close().finally(() => {
		isClosed = true;
	});
	await world.clock.advance(seconds(29));
	expect(isClosed).toBe(false);
	await world.clock.advance(seconds(1));
	await closing;
	expect(world.engine.isHeldUp()).toBe(true);
	expect(world.events).toContainEqual(
		expect.objectContaining({type: 'notice', text: 'scripted does not end; it is not waited for any longer'}),
	);
});
