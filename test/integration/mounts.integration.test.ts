import {readdir, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, onTestFinished, test, vi} from 'vitest';
import {startMediaServer} from '../../source/demo/media-server.ts';
import type {JobId} from '../../source/domain/job.ts';
import type {LocalEngine} from '../../source/engine/index.ts';
import {mountTmpfs} from '../support/mounts.ts';
import {makeEnginePlace} from '../support/temp-engine.ts';

const size = 600_000;
const patience = {timeout: 30_000, interval: 100};

/** A real engine with a small filesystem at `small` below its storage, on which 400 kB are left. */
const withSmallDisk = async (context: Parameters<typeof mountTmpfs>[0]) => {
	const place = await makeEnginePlace(`[disk_management]
max_concurrent_downloads = 2
pause_below_free_gb = 0.05
resume_above_free_gb = 0.06
stop_below_free_gb = 0.01
[providers.http]
max_active = 8
`);
	onTestFinished(() => place.remove());
	const small = join(place.paths.storage, 'small');
	await mountTmpfs(context, small, 'size=2M');
	const filler = join(small, 'of-somebody-else');
	await writeFile(filler, Buffer.alloc(1_650_000));
	const names = [1, 2, 3, 4, 5].flatMap(number => [`small-${number}.bin`, `other-${number}.bin`]);
	const server = await startMediaServer({
		routes: Object.fromEntries(names.map((name, seed) => [`/${name}`, {content: {seed, size}}])),
	});
	onTestFinished(() => server.close());
	const engine = await place.open();
	onTestFinished(() => engine.close());
	const add = async (batch: string, prefix: string): Promise<readonly JobId[]> => {
		const requests = [1, 2, 3, 4, 5].map(number => ({source: `${server.url}/${prefix}-${number}.bin`}));
		const result = await engine.send({type: 'add', batch, requests});
		if (!result.ok) throw new Error(result.message);
		return result.changed;
	};

	return {
		engine,
		place,
		server,
		small,
		filler,
		ids: {small: await add('small', 'small'), other: await add('other', 'other')},
	};
};

const statusesOf = async (engine: LocalEngine, ids: readonly JobId[]): Promise<readonly string[]> =>
	Promise.all(ids.map(async id => (await engine.show(id))?.status ?? 'gone'));

const countOf = async (engine: LocalEngine, ids: readonly JobId[], status: string): Promise<number> =>
	(await statusesOf(engine, ids)).filter(one => one === status).length;

test('a full disk below the storage holds only what goes there, lets it go on by itself, and is never filled by a try', async context => {
	const {engine, server, small, filler, ids} = await withSmallDisk(context);
	await engine.start();
	await vi.waitFor(async () => expect(await countOf(engine, ids.other, 'completed')).toBe(5), patience);
	await vi.waitFor(async () => {
		for (const id of ids.small) {
			expect((await engine.show(id))?.hold).toMatchObject({reason: 'no-room', where: 'small'});
		}
	}, patience);
	// Those that were under way were fetched, and wait in the storage; the others were not even begun.
	const fetched = [1, 2, 3, 4, 5].filter(number => server.served(`/small-${number}.bin`).bytes > 0);
	expect(fetched.length).toBeLessThanOrEqual(2);
	expect(await readdir(small)).toEqual(['of-somebody-else']);
	expect((await stat(filler)).size).toBe(1_650_000);

	await rm(filler);
	// Three fit into 2 MiB.
	await vi.waitFor(async () => expect(await countOf(engine, ids.small, 'completed')).toBe(3), patience);
	await vi.waitFor(async () => {
		const held = await Promise.all(ids.small.map(async id => (await engine.show(id))?.hold));
		expect(held.filter(hold => hold?.reason === 'no-room')).toHaveLength(2);
	}, patience);
	for (const name of await readdir(small)) await rm(join(small, name));
	await vi.waitFor(async () => expect(await countOf(engine, ids.small, 'completed')).toBe(5), patience);
	for (const id of ids.small) expect(await engine.show(id)).toMatchObject({attempts: 0});
	for (const number of [1, 2, 3, 4, 5]) expect(server.served(`/small-${number}.bin`).bytes).toBe(size);
});

test('after a restart the disk below is found to be full again, and what goes there goes on when it is not', async context => {
	const {engine, place, filler, ids} = await withSmallDisk(context);
	await engine.start();
	const holdsOf = (one: LocalEngine) => Promise.all(ids.small.map(async id => (await one.show(id))?.hold?.reason));
	const isHeld = async (one: LocalEngine): Promise<void> =>
		vi.waitFor(async () => expect(await holdsOf(one)).toEqual(Array.from({length: 5}, () => 'no-room')), patience);
	await isHeld(engine);
	await engine.close();
	const next = await place.open();
	onTestFinished(() => next.close());
	await next.start();
	await isHeld(next);
	await rm(filler);
	await vi.waitFor(async () => expect(await countOf(next, ids.small, 'completed')).toBe(3), patience);
});
