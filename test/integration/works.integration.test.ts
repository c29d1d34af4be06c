import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, onTestFinished, test, vi} from 'vitest';
import type {WorkId} from '../../source/domain/snapshot.ts';
import {openSqliteStore} from '../../source/store/sqlite.ts';
import {systemClock} from '../../source/system/clock.ts';
import {createDiskProbe} from '../../source/system/disk.ts';
import {temporaryDirectory} from '../support/temp.ts';
import {createTestEngine, type TestEngine} from '../support/test-engine.ts';

/** An engine that runs nothing, over a real database. */
const createQueue = async (): Promise<TestEngine> => {
	const store = openSqliteStore({path: join(await temporaryDirectory(), 'queue.db')});
	const world = await createTestEngine({store, isStarted: false});
	onTestFinished(() => world.engine.close());
	return world;
};

const many = (count: number): ReadonlyArray<{readonly source: string}> =>
	Array.from({length: count}, (_, index) => ({source: `scripted:${index + 1}`}));

test('a long list is added in parts, which can be stopped between; what was added is told', async () => {
	const {engine} = await createQueue();
	const unsubscribe = engine.onEvent(event => {
		if (event.type === 'added') void engine.send({type: 'cancel-work', id: 1 as WorkId});
	});
	const result = await engine.send({type: 'add', requests: many(25_000)});
	unsubscribe();
	expect(result).toMatchObject({ok: true, isStopped: true});
	expect(result.ok ? result.changed.length : 0).toBe(10_000);
	expect(engine.getSnapshot().counts.queued).toBe(10_000);
	// Added again, the rest comes, and nothing twice.
	const again = await engine.send({type: 'add', requests: many(25_000)});
	expect(again).toMatchObject({ok: true});
	expect(again.ok ? [again.changed.length, again.duplicates?.length] : []).toEqual([15_000, 10_000]);
});

test('what is known of 10,000 sources comes at once, and nothing is written for it', async () => {
	const {engine, store} = await createQueue();
	await engine.send({type: 'add', requests: many(5000)});
	const rows = await engine.preview(many(10_000));
	expect(rows.filter(({type}) => type === 'duplicate')).toHaveLength(5000);
	expect(rows.filter(({type}) => type === 'new')).toHaveLength(5000);
	expect(rows[4999]).toMatchObject({type: 'duplicate', id: 5000, status: 'queued', because: 'source'});
	expect((await store.counts()).queued).toBe(5000);
});

test('a walk through the storage tells how many entries it has seen, and of about how many', async () => {
	const storage = join(await temporaryDirectory(), 'storage');
	const memory = join(await temporaryDirectory(), 'volume.json');
	for (let folder = 0; folder < 60; folder++) {
		await mkdir(join(storage, String(folder)), {recursive: true});
		await Promise.all(
			Array.from({length: 200}, (_, file) => writeFile(join(storage, String(folder), String(file)), 'x')),
		);
	}

	const told: Array<readonly [number, number | undefined]> = [];
	const watch = {
		onEntries: (entries: number, lastTime: number | undefined) => told.push([entries, lastTime]),
		signal: new AbortController().signal,
	};
	const probe = await createDiskProbe({path: storage, clock: systemClock, memory});
	await probe.walk(watch);
	expect(told).toEqual([
		[0, undefined],
		[5000, undefined],
		[10_000, undefined],
	]);
	await probe.close();
	// The program is started anew.
	told.length = 0;
	const later = await createDiskProbe({path: storage, clock: systemClock, memory});
	await later.walk(watch);
	expect(told[1]?.[0]).toBe(5000);
	// 60 folders, 12,000 files, and our own mark in its folder.
	expect(told[1]?.[1]).toBe(12_062);
	await later.close();
});

test('a walk that is stopped leaves the numbers as they were', async () => {
	const storage = await temporaryDirectory();
	await writeFile(join(storage, 'one'), 'x'.repeat(1000));
	const walks: Array<PromiseWithResolvers<{breakdown: Record<string, number>}>> = [];
	const probe = await createDiskProbe({
		path: storage,
		clock: systemClock,
		walk: () => {
			const held = Promise.withResolvers<{breakdown: Record<string, number>}>();
			walks.push(held);
			return {result: held.promise, stop: async () => held.reject(new Error('stopped'))};
		},
	});
	const first = probe.walk();
	await vi.waitFor(() => expect(walks).toHaveLength(1));
	walks[0]?.resolve({breakdown: {other: 1000}});
	await first;
	const stop = new AbortController();
	const second = probe.walk({onEntries: () => undefined, signal: stop.signal});
	await vi.waitFor(() => expect(walks).toHaveLength(2));
	stop.abort();
	await second;
	expect(probe.breakdown()).toEqual({other: 1000});
	expect((await probe.sample())?.used).toBe(1000);
	await probe.close();
});
