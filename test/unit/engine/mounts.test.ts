import {describe, expect, test} from 'vitest';
import type {JobId} from '../../../source/domain/job.ts';
import type {Failure} from '../../../source/domain/failure.ts';
import {script} from '../../support/scripted-provider.ts';
import {createTestEngine, minutes, seconds, type TestEngine} from '../../support/test-engine.ts';

const point = {id: '9', folder: 'videos'};
const full: Failure = {code: 'disk-full', message: 'placing videos/a: no space is left', elsewhere: point};

/** Two slots; five jobs whose files go to a small disk below the storage, which the first of them does not fit on any more. */
const withFullMount = async (
	size: number | undefined,
	total = 10_000,
): Promise<TestEngine & {readonly videos: readonly JobId[]}> => {
	const world = await createTestEngine({settings: {workers: 2}});
	world.disk.mounts.set('videos', {volume: '9', free: 10, total});
	// Two are under way before anybody knows.
	for (let underWay = 0; underWay < 2; underWay++) world.finisher.failOnce('place', full);
	const names = ['1', '2', '3', '4', '5'];
	for (const name of names) world.provider.script(`scripted:${name}`, script({do: 'fetch', size: size ?? 1000}));
	const result = await world.send({
		type: 'add',
		batch: 'videos',
		requests: names.map(name => ({
			source: `scripted:${name}`,
			...(size === undefined ? {} : {expectedSize: size}),
		})),
	});
	if (!result.ok) throw new Error(result.message);
	await world.clock.settle();
	return Object.assign(Object.create(world) as TestEngine, {videos: result.changed});
};

const runsOf = ({provider, videos}: TestEngine & {readonly videos: readonly JobId[]}): number =>
	provider.runs.filter(({job}) => videos.includes(job.id)).length;

describe('a full disk that is mounted below the storage', () => {
	test.each([1000, undefined])(
		'holds what goes there before it is fetched, and nothing else (files of %s bytes)',
		async size => {
			const world = await withFullMount(size);
			const others = await world.add('a', 'b', 'c');
			world.provider.releaseAll();
			await world.clock.advance(minutes(30));
			expect(await world.statuses(others)).toEqual(['completed', 'completed', 'completed']);
			// What was under way when the first one did not fit.
			expect(runsOf(world)).toBeLessThanOrEqual(2);
			for (const id of world.videos) {
				expect(await world.view(id)).toMatchObject({
					status: 'queued',
					attempts: 0,
					hold: {reason: 'no-room', volume: '9', where: 'videos', needs: 1000, room: 10},
				});
			}
		},
	);

	test('lets its jobs go on by themselves, as many as there is room for', async () => {
		const world = await withFullMount(1000);
		await world.clock.advance(minutes(5));
		const before = runsOf(world);
		world.disk.mounts.set('videos', {volume: '9', free: 2500, total: 10_000});
		await world.clock.advance(seconds(6));
		const completed = async (): Promise<number> =>
			(await world.statuses(world.videos)).filter(status => status === 'completed').length;
		// The files are in their place; what is free there is told by the disk, which this one does not know.
		expect(await completed()).toBeGreaterThanOrEqual(2);
		world.disk.mounts.set('videos', {volume: '9', free: 900, total: 10_000});
		const held = await completed();
		await world.clock.advance(minutes(5));
		expect(await completed()).toBe(held);
		world.disk.mounts.set('videos', {volume: '9', free: 9000, total: 10_000});
		await world.clock.advance(seconds(10));
		expect(await completed()).toBe(5);
		// What was fetched before was only placed.
		expect(runsOf(world)).toBe(5);
		expect(before).toBeLessThanOrEqual(2);
	});

	test('that goes away holds nothing any more', async () => {
		const world = await withFullMount(1000);
		await world.clock.advance(seconds(10));
		world.disk.mounts.clear();
		await world.clock.advance(seconds(10));
		expect(new Set(await world.statuses(world.videos))).toEqual(new Set(['completed']));
	});

	test('that is smaller than a file is told so, and not waited for', async () => {
		const world = await withFullMount(1000, 500);
		await world.clock.advance(minutes(2));
		expect((await world.view(world.videos[4] as JobId)).hold).toMatchObject({
			reason: 'larger-than-mark',
			needs: 1000,
			mark: 500,
			where: 'videos',
		});
		await expect(world.engine.untilIdle()).resolves.toMatchObject({remaining: 5});
	});

	test('is tried again where it says that there is room: it may lack something else', async () => {
		const world = await createTestEngine();
		world.disk.mounts.set('videos', {volume: '9', free: 5000, total: 10_000});
		world.finisher.failOnce('place', full);
		world.provider.script('scripted:file', script({do: 'fetch', size: 1000}));
		await world.send({type: 'add', batch: 'videos', requests: [{source: 'scripted:file'}]});
		await world.clock.settle();
		expect(await world.view(1 as JobId)).toMatchObject({status: 'queued', hold: {reason: 'retry-later'}});
		await world.clock.advance(minutes(1));
		expect(await world.status(1 as JobId)).toBe('completed');
	});
});
