import {describe, expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import {gibibyte} from '../../support/fake-disk.ts';
import {createScriptedProvider, fetched, held, report, script, wait} from '../../support/scripted-provider.ts';
import {createTestEngine, minutes, seconds, type TestEngine} from '../../support/test-engine.ts';

/** A queue in which a good job runs beside a bad one, and another good one waits behind them. */
const besideGoodOnes = async (): Promise<TestEngine & {readonly addThree: () => Promise<[JobId, JobId, JobId]>}> => {
	const world = await createTestEngine({settings: {workers: 2, maxAttempts: 2, retry: {base: 0, cap: 0}}});
	return Object.assign(Object.create(world) as TestEngine, {
		addThree: async () => (await world.add('good', 'bad', 'behind')) as [JobId, JobId, JobId],
	});
};

describe('a provider with a defect hurts only its own job', () => {
	test('when it throws', async () => {
		const world = await besideGoodOnes();
		world.provider.script('scripted:bad', script(report(1), {do: 'throw', message: 'undefined is not a function'}));
		const [good, bad, behind] = await world.addThree();
		world.provider.releaseAll();
		await world.clock.advance(seconds(5));
		expect(await world.statuses([good, bad, behind])).toEqual(['completed', 'failed', 'completed']);
		expect(await world.job(bad)).toMatchObject({
			attempts: 2,
			error: {code: 'internal', message: 'tidegate itself failed: undefined is not a function'},
		});
	});

	test.each([
		undefined,
		null,
		'done',
		{},
		{type: 'finished'},
		{type: 'failed'},
		{type: 'failed', failure: {code: 'no such code'}},
	])('when its outcome is %j', async outcome => {
		const world = await besideGoodOnes();
		world.provider.script('scripted:bad', script(report(1), {do: 'return', outcome}));
		const [good, bad, behind] = await world.addThree();
		world.provider.releaseAll();
		await world.clock.advance(seconds(5));
		expect(await world.statuses([good, bad, behind])).toEqual(['completed', 'failed', 'completed']);
		expect(world.provider.runs.filter(({job}) => job.id === bad)).toHaveLength(2);
	});

	test('when it says that it was stopped though nobody stopped it: it is not started over and over', async () => {
		const world = await besideGoodOnes();
		world.provider.script('scripted:bad', script({do: 'claim-stopped'}));
		const [, bad] = await world.addThree();
		await world.clock.advance(minutes(5));
		expect(await world.job(bad)).toMatchObject({status: 'failed', attempts: 2, error: {code: 'tool-failed'}});
		expect(world.provider.runs.filter(({job}) => job.id === bad)).toHaveLength(2);
	});

	test.each([Number.NaN, Infinity, -5])(
		'when it reports %d bytes of %d: no other job is held or stopped for it',
		async lie => {
			const world = await besideGoodOnes();
			world.provider.script(
				'scripted:bad',
				script({do: 'report', report: {bytes: lie, total: lie}}, wait, {do: 'fetch', size: 10}),
			);
			const [good, , behind] = await world.addThree();
			world.provider.script('scripted:behind', held);
			await world.clock.advance(seconds(5));
			expect(world.provider.running()).toEqual(['scripted:good', 'scripted:bad']);
			expect(world.engine.getSnapshot().volumes[0]).toMatchObject({reserved: 900});
			world.provider.releaseAll();
			await world.clock.settle();
			expect(await world.statuses([good, behind])).toEqual(['completed', 'completed']);
			expect(world.disk.real().used).toBe(2010);
		},
	);

	test('when it reports after its end: neither the disk nor the next attempt hears it', async () => {
		const world = await besideGoodOnes();
		world.provider.script(
			'scripted:bad',
			{...script(report(5), {do: 'throw', message: 'oh'}), afterwards: {bytes: 7 * gibibyte, total: 9 * gibibyte}},
			held,
		);
		const [, bad] = await world.addThree();
		await world.clock.advance(seconds(5));
		expect(await world.job(bad)).toMatchObject({bytes: 100, total: 1000});
		expect(world.disk.real().used).toBe(200);
	});

	test('when it never heeds its signal: the others go on beside it', async () => {
		const world = await besideGoodOnes();
		world.provider.script('scripted:bad', {...held, abortDelay: 'deaf'});
		const [good, bad, behind] = await world.addThree();
		await world.act('cancel', bad);
		world.provider.release('scripted:good');
		await world.clock.settle();
		world.provider.release('scripted:behind');
		await world.clock.advance(minutes(60));
		expect(await world.statuses([good, bad, behind])).toEqual(['completed', 'cancelled', 'completed']);
	});

	test('when its tool cannot even be asked how it is: the others are', async () => {
		const {engine} = await createTestEngine({
			providers: ({clock, finisher}) => [
				createScriptedProvider({
					clock,
					tree: finisher.tree,
					id: 'broken',
					check: () => Promise.reject(new Error('spawn EACCES')),
				}),
			],
		});
		expect(await engine.health()).toMatchObject([
			{provider: 'scripted', report: {ok: true}},
			{provider: 'broken', report: {ok: false, problem: 'its check failed: spawn EACCES'}},
		]);
	});
});

test('a file that is not as large as announced is not believed, and is fetched again', async () => {
	const {add, provider, clock, job} = await createTestEngine();
	provider.script('scripted:file', script({do: 'fetch', size: 10, says: 1000}), script(fetched()));
	const [id] = (await add('file')) as [JobId];
	expect(await job(id)).toMatchObject({status: 'queued', attempts: 1, bytes: 0, error: {code: 'wrong-size'}});
	await clock.advance(seconds(10));
	expect(await job(id)).toMatchObject({status: 'completed', size: 1000});
});

test('a search that is ended with the engine spends no attempt, whatever its tool says about it', async () => {
	const world = await createTestEngine({
		settings: {maxAttempts: 1},
		providers: ({clock, finisher}) => {
			const seeker = createScriptedProvider({clock, tree: finisher.tree, id: 'seeker', needsSearch: true});
			seeker.script('seeker:song', {
				...script(wait),
				onAbort: {type: 'failed', failure: {code: 'tool-failed', message: 'exit code 143'}},
			});
			return [seeker];
		},
	});
	const [id] = (await world.add({source: 'seeker:song'})) as [JobId];
	expect(await world.status(id)).toBe('searching');
	await world.engine.close();
	expect(await world.job(id)).toMatchObject({status: 'waiting', attempts: 0, error: undefined});
});

test('what a tool says reaches neither the log nor the queue with escapes, line ends or secrets in it', async () => {
	const {add, provider, job, engine, clock} = await createTestEngine();
	const message = 'GET https://user:pass@host/x?token=abc123 \u001B[31mfailed\u0007\nsecond';
	provider.script('scripted:file', script({do: 'fail', failure: {code: 'gone', message}}));
	provider.script('scripted:other', script({do: 'report', report: {bytes: 1, phase: '\u001B[2Jmerging\n'}}, wait));
	const [id] = (await add('file', 'other')) as [JobId];
	await clock.settle();
	const {error} = await job(id);
	expect(error?.message).not.toMatch(/abc123|pass@|\u001B|\n/);
	expect(engine.getSnapshot().active).toMatchObject([{phase: 'merging'}]);
});
