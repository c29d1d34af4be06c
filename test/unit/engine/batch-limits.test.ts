import {expect, test} from 'vitest';
import type {BatchLimits} from '../../../source/domain/batch-limits.ts';
import type {JobId} from '../../../source/domain/job.ts';
import type {EngineSettings} from '../../../source/engine/settings.ts';
import type {JobStore} from '../../../source/engine/ports.ts';
import {createMemoryStore} from '../../support/memory-store.ts';
import {fetched, script, wait} from '../../support/scripted-provider.ts';
import {createTestEngine, type TestEngine} from '../../support/test-engine.ts';

const limited = (
	batchLimits: Partial<BatchLimits>,
	settings: Partial<EngineSettings> = {},
): Partial<EngineSettings> => ({
	workers: 6,
	batchLimits: {maxActive: undefined, maxPerBatch: undefined, ...batchLimits},
	...settings,
});

/** Adds an album of so many tracks, `scripted:ALBUM/1` and on; its lane is `scripted:ALBUM` unless `lane` names another. */
const addAlbum = async (
	world: TestEngine,
	album: string,
	tracks: number,
	lane = 'music',
): Promise<readonly JobId[]> => {
	const requests = Array.from({length: tracks}, (_, index) => ({source: `scripted:${lane}/${album}-${index + 1}`}));
	// Nothing that they tell may be what wakes the scheduler.
	for (const {source} of requests.slice(0, 50)) world.provider.script(source, script(wait, fetched()));
	const added = await world.send({type: 'add', requests, batch: album});
	return added.ok ? added.changed : [];
};

const runningNames = (world: TestEngine): readonly string[] =>
	world.provider.running().map(source => source.replace(/^.*\//, ''));

const settled = async ({clock}: TestEngine): Promise<void> => {
	for (let turn = 0; turn < 50; turn++) await clock.settle();
};

// Mutation tried: `'stop'` for `'ask-anew'` in gather; the second album did not start.
test('an album of 5,000 tracks hides no other one behind those that its limit holds', async () => {
	const store = createMemoryStore();
	let pages = 0;
	const counting: JobStore = Object.assign(Object.create(store) as JobStore, {
		async candidates(...asked: Parameters<JobStore['candidates']>) {
			pages++;
			return store.candidates(...asked);
		},
	});
	const world = await createTestEngine({settings: limited({maxPerBatch: 2}), store: counting});
	await world.send({type: 'pause-queue'});
	await addAlbum(world, 'long', 5000);
	await addAlbum(world, 'next', 3);
	await addAlbum(world, 'last', 3);
	await world.add('music/alone');
	pages = 0;
	await world.send({type: 'resume-queue'});
	await settled(world);
	expect(runningNames(world)).toEqual(['long-1', 'long-2', 'next-1', 'next-2', 'last-1', 'last-2']);
	expect(pages).toBeLessThan(12);
});

test('the next track of an album starts when one of it ends, and no other album is begun for it', async () => {
	const world = await createTestEngine({settings: limited({maxActive: 2, maxPerBatch: 2})});
	for (const album of ['a', 'b', 'c']) await addAlbum(world, album, 3);
	expect(runningNames(world)).toEqual(['a-1', 'a-2', 'b-1', 'b-2']);
	world.provider.release('scripted:music/a-1');
	await settled(world);
	expect(runningNames(world)).toEqual(['a-2', 'b-1', 'b-2', 'a-3']);
	for (const track of ['a-2', 'a-3']) world.provider.release(`scripted:music/${track}`);
	await settled(world);
	expect(runningNames(world)).toEqual(['b-1', 'b-2', 'c-1', 'c-2']);
});

// Mutation tried: `begun` left empty; album c went first.
test('an album that was begun goes on though another one was moved before it and nothing of it runs for a moment', async () => {
	const one = {maxActive: 1, startInterval: 0, breaker: {threshold: 3, openFor: 1000}};
	const world = await createTestEngine({settings: limited({maxActive: 1}, {defaultLane: one})});
	await addAlbum(world, 'a', 2);
	await addAlbum(world, 'b', 2);
	const moved = await addAlbum(world, 'c', 2);
	await world.send({type: 'reorder', ids: moved, place: {at: 'top'}});
	expect(runningNames(world)).toEqual(['a-1']);
	world.provider.release('scripted:music/a-1');
	await settled(world);
	expect(runningNames(world)).toEqual(['a-2']);
	world.provider.release('scripted:music/a-2');
	await settled(world);
	expect(runningNames(world)).toEqual(['c-1']);
});

test('an album that ran when the scheduler was killed goes on before others are begun', async () => {
	const one = {maxActive: 1, startInterval: 0, breaker: {threshold: 3, openFor: 1000}};
	const world = await createTestEngine({settings: limited({maxActive: 1}, {defaultLane: one})});
	const [first] = await addAlbum(world, 'a', 2);
	const moved = await addAlbum(world, 'b', 2);
	await world.send({type: 'reorder', ids: moved, place: {at: 'top'}});
	world.crash();
	await world.restart();
	await settled(world);
	expect(runningNames(world)).toEqual(['a-1']);
	expect(await world.status(first as JobId)).toBe('starting');
});

test('an album that is paused gives its place to another one', async () => {
	const world = await createTestEngine({settings: limited({maxActive: 1})});
	const tracks = await addAlbum(world, 'a', 3);
	await addAlbum(world, 'b', 2);
	await world.act('pause', ...tracks);
	await settled(world);
	expect(runningNames(world)).toEqual(['b-1', 'b-2']);
});

// Mutation tried: no second turn after one that has started something; a-2 did not start.
test('tracks of an album that need different lanes run together, though another album is before them in one', async () => {
	const world = await createTestEngine({settings: limited({maxActive: 1})});
	await world.send({type: 'pause-queue'});
	await addAlbum(world, 'a', 1, 'one');
	// More than one page of the line.
	await addAlbum(world, 'b', 100, 'two');
	await addAlbum(world, 'a', 1, 'two');
	await world.send({type: 'resume-queue'});
	await settled(world);
	expect(runningNames(world)).toEqual(['a-1', 'a-1']);
});

test('a held track says which limit holds it; a job without an album knows none', async () => {
	const world = await createTestEngine({settings: limited({maxActive: 1, maxPerBatch: 1})});
	const [, second] = await addAlbum(world, 'a', 2);
	const [other] = await addAlbum(world, 'b', 1);
	const [alone] = await world.add('alone');
	await settled(world);
	expect((await world.view(second as JobId)).hold).toEqual({reason: 'batch-busy', running: 1, limit: 1});
	expect((await world.view(other as JobId)).hold).toEqual({reason: 'batches-busy', active: 1, limit: 1});
	expect((await world.view(alone as JobId)).status).toBe('downloading');
	expect(runningNames(world)).toEqual(['a-1', 'scripted:alone']);
});
