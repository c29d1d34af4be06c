import {stat} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test, vi, type TestContext} from 'vitest';
import type {AttemptToken, JobId, OwnerId} from '../../source/domain/job.ts';
import type {JobStore, NewJob} from '../../source/engine/ports.ts';
import {openSqliteStore} from '../../source/store/sqlite.ts';
import {ballastSize} from '../../source/store/sqlite/ballast.ts';
import {fillUp, freeUp} from '../support/full-disk.ts';
import {mountTmpfs} from '../support/mounts.ts';
import {temporaryDirectory} from '../support/temp.ts';

const jobOf = (index: number): NewJob => ({
	title: `job ${index}`,
	provider: 'http',
	lane: 'http',
	source: `http://127.0.0.1/${index}`,
	identity: `http ${index}`,
	options: {},
	isSourced: true,
	isPaused: false,
	priority: 5,
	maxAttempts: 3,
	expectedSize: undefined,
	checksum: undefined,
	output: undefined,
});

const open = (path: string): JobStore => {
	const store = openSqliteStore({path, hasBallast: true});
	onTestFinished(() => store.close().catch(() => undefined));
	return store;
};

const sizeOf = async (path: string): Promise<number> =>
	stat(path).then(
		({size}) => size,
		() => 0,
	);

/** A queue of jobs on a small filesystem of its own, with its ballast in place. */
const queueOn = async (context: TestContext, count: number) => {
	const directory = join(await temporaryDirectory(), 'data');
	await mountTmpfs(context, directory, 'size=24m');
	const path = join(directory, 'tidegate.db');
	const ballast = `${path}.ballast`;
	const store = open(path);
	await store.add({title: 'batch', jobs: Array.from({length: count}, (_, index) => jobOf(index))}, 1);
	await vi.waitFor(async () => expect(await sizeOf(ballast)).toBe(ballastSize));
	return {directory, path, ballast, store};
};

const token = (id: number): AttemptToken => `attempt ${id}` as AttemptToken;

/** Three changes of the job's state, as a download that the disk stops makes them. */
const live = async (store: JobStore, id: number): Promise<void> => {
	await store.claim(id as JobId, token(id), 'owner' as OwnerId, 2);
	await store.move(id as JobId, token(id), {event: 'begin', at: 3});
	await store.move(id as JobId, token(id), {event: 'yield', at: 4, bytes: id});
};

describe('a queue on a filesystem with no byte left', () => {
	test('takes 1,500 changes of state, and no space but its own', async context => {
		const {directory, store, ballast, path} = await queueOn(context, 500);
		await fillUp(directory);
		await live(store, 1);
		expect(await sizeOf(ballast)).toBe(0);
		// A writer that goes on filling finds nothing of what was given up for the queue, but what a checkpoint may need.
		expect(await fillUp(directory)).toBeLessThan(1024 * 1024);
		for (let id = 2; id <= 500; id++) await live(store, id);
		expect(await store.counts()).toMatchObject({queued: 500});
		expect(await store.get(500 as JobId)).toMatchObject({status: 'queued', attempts: 0, bytes: 500});
		expect(await sizeOf(`${path}-wal`)).toBeGreaterThan(ballastSize / 2);
	});

	test('refuses more jobs with a reason that names the folder, and keeps what it has', async context => {
		const {directory, store, ballast} = await queueOn(context, 10);
		await fillUp(directory);
		const many = Array.from({length: 5000}, (_, index) => jobOf(1000 + index));
		await expect(store.add({title: undefined, jobs: many}, 2)).rejects.toThrow(
			`adding jobs: no space is left in the data folder ${directory}`,
		);
		expect(await store.counts()).toMatchObject({queued: 10});
		expect(await sizeOf(ballast)).toBe(ballastSize);
		await live(store, 1);
	});

	test('has its ballast again soon after space is back', async context => {
		const {directory, store, ballast} = await queueOn(context, 10);
		await fillUp(directory);
		for (let id = 1; id <= 10; id++) await live(store, id);
		await store.writeSetting('queue-paused', 'yes');
		await freeUp(directory);
		await vi.waitFor(
			async () => {
				await store.writeSetting('queue-paused', 'no');
				expect(await sizeOf(ballast)).toBe(ballastSize);
			},
			{timeout: 10_000, interval: 100},
		);
	});

	test('can be closed, opened, read and changed again', async context => {
		const {directory, path, store} = await queueOn(context, 10);
		await fillUp(directory);
		await live(store, 1);
		await store.close();
		await fillUp(directory);
		const again = open(path);
		expect(await again.counts()).toMatchObject({queued: 10});
		// What was given up to open it is the queue's own already.
		expect(await fillUp(directory)).toBeLessThan(1024 * 1024);
		for (let id = 1; id <= 10; id++) await live(again, id);
		expect(await again.get(2 as JobId)).toMatchObject({bytes: 2});
	});

	test('can be opened after a crash, whatever the filesystem is full of', async context => {
		const {directory, path, store} = await queueOn(context, 10);
		await fillUp(directory);
		await live(store, 1);
		// The files as a dead process leaves them; the other store stands for the dead one and writes nothing more.
		const again = open(path);
		await live(again, 2);
		expect(await again.counts()).toMatchObject({queued: 10});
	});
});
