import {describe, expect, test} from 'vitest';
import type {HoldReason} from '../../../source/domain/hold.ts';
import type {JobId} from '../../../source/domain/job.ts';
import {gibibyte} from '../../support/fake-disk.ts';
import {failed, held, script, wait} from '../../support/scripted-provider.ts';
import {createTestEngine, seconds, type TestEngine} from '../../support/test-engine.ts';

type Scene = {
	readonly reason: HoldReason;
	readonly settings?: Parameters<typeof createTestEngine>[0];
	/** Brings the queue to where the job, the last one added, is held. */
	readonly set: (world: TestEngine) => Promise<JobId>;
	/** Takes the reason away. */
	readonly end: (world: TestEngine, id: JobId) => Promise<unknown>;
};

const last = async (world: TestEngine, ...names: string[]): Promise<JobId> => (await world.add(...names)).at(-1)!;
const limits = (change: object) => ({
	settings: {lanes: {scripted: {maxActive: 9, startInterval: 0, breaker: {threshold: 1, openFor: 9000}, ...change}}},
});

const scenes: readonly Scene[] = [
	{
		reason: 'workers-busy',
		set: world => last(world, '1', '2', '3', '4'),
		end: async world => world.provider.release('scripted:1'),
	},
	{
		reason: 'paused',
		async set(world) {
			const id = await last(world, '1');
			await world.act('pause', id);
			return id;
		},
		end: (world, id) => world.act('resume', id),
	},
	{
		reason: 'queue-paused',
		async set(world) {
			await world.send({type: 'pause-queue'});
			return last(world, '1');
		},
		end: world => world.send({type: 'resume-queue'}),
	},
	{
		reason: 'retry-later',
		set(world) {
			world.provider.script('scripted:1', script(failed('connection-lost')), held);
			return last(world, '1');
		},
		end: world => world.clock.advance(seconds(1)),
	},
	{
		reason: 'lane-busy',
		settings: limits({maxActive: 1}),
		set: world => last(world, '1', '2'),
		end: async world => world.provider.release('scripted:1'),
	},
	{
		reason: 'lane-paced',
		settings: limits({startInterval: 5000}),
		set: world => last(world, '1', '2'),
		end: world => world.clock.advance(seconds(5)),
	},
	{
		reason: 'lane-cooling',
		async set(world) {
			world.provider.script('scripted:1', script(failed('stalled', seconds(20))), held);
			await world.add('1');
			return last(world, '2');
		},
		end: world => world.clock.advance(seconds(20)),
	},
	{
		reason: 'breaker-open',
		settings: limits({}),
		async set(world) {
			world.provider.script('scripted:1', script(failed('timeout')), held);
			await world.add('1');
			return last(world, '2');
		},
		end: world => world.clock.advance(seconds(9)).then(() => world.provider.releaseAll()),
	},
	{
		reason: 'probing',
		settings: limits({}),
		async set(world) {
			world.provider.script('scripted:1', script(failed('timeout')), held);
			await world.add('1');
			await world.clock.advance(seconds(10));
			return last(world, '2');
		},
		end: async world => world.provider.release('scripted:1'),
	},
	{
		reason: 'tool-missing',
		async set(world) {
			world.provider.script('scripted:1', script(failed('tool-missing')), held);
			await world.add('1');
			return last(world, '2');
		},
		end: world => world.clock.advance(seconds(30)).then(() => world.provider.releaseAll()),
	},
	{
		reason: 'volume-missing',
		async set(world) {
			world.disk.setMissing(true);
			await world.send({type: 'measure-disk'});
			return last(world, '1');
		},
		end(world) {
			world.disk.setMissing(false);
			return world.clock.advance(seconds(6));
		},
	},
	{
		reason: 'disk-paused',
		async set(world) {
			world.disk.set({free: gibibyte});
			await world.send({type: 'measure-disk'});
			return last(world, '1');
		},
		end(world) {
			world.disk.set({free: 90 * gibibyte});
			return world.clock.advance(seconds(12));
		},
	},
	{
		reason: 'no-room',
		async set(world) {
			world.provider.script('scripted:1', script(wait));
			const ids = await world.add(
				{source: 'scripted:1', expectedSize: 60 * gibibyte},
				{source: 'scripted:2', expectedSize: 60 * gibibyte},
			);
			return ids[1]!;
		},
		end: async world => world.act('cancel', 1 as JobId),
	},
	{
		reason: 'larger-than-mark',
		async set(world) {
			return (await world.add({source: 'scripted:1', expectedSize: 85 * gibibyte}))[0]!;
		},
		end: (world, id) => world.act('cancel', id),
	},
];

describe('a job in line says why it does not start, and starts when that has ended', () => {
	test.each(scenes)('$reason', async ({reason, settings, set, end}) => {
		const world = await createTestEngine(settings);
		const id = await set(world);
		const runs = world.provider.runs.filter(({job}) => job.id === id).length;
		expect((await world.view(id)).hold).toMatchObject({reason});
		expect((await world.engine.show(id))?.hold).toMatchObject({reason});
		await end(world, id);
		await world.clock.settle();
		const started = world.provider.runs.filter(({job}) => job.id === id).length > runs;
		expect(started).toBe(reason !== 'larger-than-mark');
		if (started) expect((await world.view(id)).hold).toBeUndefined();
	});

	test('stopping', async () => {
		const world = await createTestEngine({settings: {workers: 1}});
		const id = await last(world, '1', '2');
		void world.engine.drain();
		expect((await world.view(id)).hold).toEqual({reason: 'stopping'});
	});
});

test('whoever has no hold runs, and whoever runs has no hold, after every step of a busy hour', async () => {
	const world = await createTestEngine({
		settings: {
			workers: 4,
			lanes: {scripted: {maxActive: 2, startInterval: 3000, breaker: {threshold: 2, openFor: 20_000}}},
		},
	});
	const ends = ['timeout', 'not-found', 'rate-limited', 'stalled', 'tool-missing'] as const;
	for (let index = 0; index < 40; index++) {
		const source = `scripted:lane-${index % 5}/${index}`;
		const code = ends[index % 7];
		const end =
			code === undefined ? ({do: 'fetch', size: 10} as const) : failed(code, index % 3 === 0 ? 15_000 : undefined);
		world.provider.script(source, script({do: 'sleep', duration: 500 + 700 * (index % 11)}, end));
		await world.send({type: 'add', requests: [{source}]});
	}

	for (let step = 0; step < 400; step++) {
		await world.clock.advance(900);
		const running = new Set(world.provider.running());
		const {rows} = await world.engine.list({limit: 1000, statuses: ['queued', 'starting', 'downloading']});
		for (const {source, hold} of rows) expect([source, hold === undefined]).toEqual([source, running.has(source)]);
	}
});
