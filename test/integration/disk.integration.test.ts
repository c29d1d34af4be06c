import {execFile} from 'node:child_process';
import {link, mkdir, open, readFile, rename, rm, statfs, symlink, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {fileURLToPath} from 'node:url';
import {build} from 'esbuild';
import {describe, expect, test, vi} from 'vitest';
import {systemClock} from '../../source/system/clock.ts';
import {createDiskProbe, spaceOf, type Walk} from '../../source/system/disk.ts';
import {createFakeClock} from '../support/fake-clock.ts';
import {bindMount, mountTmpfs} from '../support/mounts.ts';
import {temporaryDirectory} from '../support/temp.ts';

const run = promisify(execFile);
const clock = systemClock;

const write = async (path: string, size: number): Promise<void> => {
	await mkdir(join(path, '..'), {recursive: true});
	await writeFile(path, Buffer.alloc(size, 1));
};

/** Bytes of the probe's own mark in a storage folder. */
const markSize = async (storage: string): Promise<number> =>
	(await readFile(join(storage, '.tidegate', 'volume.json'))).length;

describe('a sample', () => {
	test('tells free and total space of the filesystem, and nothing of used bytes before the first walk', async () => {
		const path = await temporaryDirectory();
		const probe = await createDiskProbe({path, clock});
		const level = await probe.sample();
		const {blocks, bsize} = await statfs(path);
		expect(level?.total).toBe(blocks * bsize);
		expect(level?.free).toBeGreaterThan(0);
		expect(level?.used).toBeUndefined();
		expect(probe.breakdown()).toBeUndefined();
		await probe.close();
	});

	test('counts what was written since the last walk, and what was taken away', async () => {
		const path = await temporaryDirectory();
		const probe = await createDiskProbe({path, clock});
		await write(join(path, 'a'), 1000);
		await probe.walk();
		const base = 1000 + (await markSize(path));
		expect((await probe.sample())?.used).toBe(base);
		probe.wrote(500);
		expect((await probe.sample())?.used).toBe(base + 500);
		probe.wrote(-700);
		expect((await probe.sample())?.used).toBe(base - 200);
		await probe.walk();
		expect((await probe.sample())?.used).toBe(base);
		await probe.close();
	});
});

describe('a walk', () => {
	test('sorts bytes by the first folder under each tree', async () => {
		const path = await temporaryDirectory();
		const probe = await createDiskProbe({path, clock});
		await write(join(path, 'videos', '12', 'a.mkv'), 1);
		await write(join(path, 'Audio', 'b.wav'), 20);
		await write(join(path, 'transcripts', 'c.db'), 300);
		await write(join(path, 'jobs.db'), 4000);
		await write(join(path, 'data', 'jobs.db-wal'), 50_000);
		await write(join(path, '.tidegate', '7', 'a.part'), 600_000);
		await write(join(path, 'Show', 'videos', 'e.mkv'), 7_000_000);
		await probe.walk();
		expect(probe.breakdown()).toEqual({
			videos: 1,
			audio: 20,
			transcripts: 300,
			tokens: 0,
			analysis: 0,
			cache: 0,
			database: 54_000,
			partial: 600_000 + (await markSize(path)),
			other: 7_000_000,
		});
		await probe.close();
	});

	test('counts a file once, whatever links point to it, and nothing outside', async () => {
		const path = await temporaryDirectory();
		const outside = await temporaryDirectory();
		await write(join(outside, 'big'), 9_000_000);
		await write(join(path, 'videos', 'a'), 1000);
		await link(join(path, 'videos', 'a'), join(path, 'videos', 'b'));
		await link(join(path, 'videos', 'a'), join(path, 'c'));
		await symlink(outside, join(path, 'link'));
		await symlink(join(outside, 'big'), join(path, 'videos', 'link'));
		await symlink(path, join(path, 'videos', 'loop'));
		const probe = await createDiskProbe({path, clock});
		await probe.walk();
		expect((await probe.sample())?.used).toBe(1000 + (await markSize(path)));
		await probe.close();
	});

	test('counts each tree once where one lies in another, and passes over trees that are not there', async () => {
		const path = await temporaryDirectory();
		await write(join(path, 'storage', 'videos', 'a'), 1000);
		await write(join(path, 'storage-2', 'b'), 30);
		const storage = join(path, 'storage');
		const trees = [storage, path, join(path, 'storage'), `${path}/`, join(path, 'none')];
		const probe = await createDiskProbe({path: storage, trees, clock});
		await probe.walk();
		expect((await probe.sample())?.used).toBe(1030 + (await markSize(storage)));
		await probe.close();
	});

	test('counts what is allocated of a sparse file, not its holes', async () => {
		const path = await temporaryDirectory();
		const handle = await open(join(path, 'sparse'), 'w');
		await handle.write(Buffer.alloc(8192, 1), 0, 8192, 500_000_000);
		await handle.sync();
		await handle.close();
		await truncate(join(path, 'sparse'), 1_000_000_000);
		const probe = await createDiskProbe({path, clock});
		await probe.walk();
		const used = (await probe.sample())?.used ?? 0;
		expect(used).toBeGreaterThanOrEqual(8192);
		expect(used).toBeLessThan(1_000_000);
		await probe.close();
	});

	test('counts files whose names are no text', async () => {
		const path = await temporaryDirectory();
		const folder = Buffer.concat([Buffer.from(`${path}/`), Buffer.from([0xff, 0xfe])]);
		await mkdir(folder);
		await writeFile(Buffer.concat([folder, Buffer.from([0x2f, 0x80])]), Buffer.alloc(1234, 1));
		const probe = await createDiskProbe({path, clock});
		await probe.walk();
		expect(probe.breakdown()?.['other']).toBe(1234);
		await probe.close();
	});

	test('does not cross into another filesystem', async context => {
		const path = await temporaryDirectory();
		await mountTmpfs(context, join(path, 'other'), 'size=1m');
		await write(join(path, 'other', 'a'), 100_000);
		await write(join(path, 'b'), 10);
		const probe = await createDiskProbe({path, trees: [path, join(path, 'other')], clock});
		await probe.walk();
		expect((await probe.sample())?.used).toBe(10 + (await markSize(path)));
		await probe.close();
	});

	test('survives files that vanish while it goes on', async () => {
		const path = await temporaryDirectory();
		for (let index = 0; index < 400; index++) await write(join(path, `d${index % 20}`, `f${index}`), 10);
		const probe = await createDiskProbe({path, clock});
		const walking = probe.walk();
		for (let index = 0; index < 20; index++) await rm(join(path, `d${index}`), {recursive: true});
		await walking;
		await probe.walk();
		expect((await probe.sample())?.used).toBe(await markSize(path));
		await probe.close();
	});

	test('does not hold up the thread that draws', async () => {
		const path = await temporaryDirectory();
		for (let index = 0; index < 300; index++) await write(join(path, `f${index}`), 10);
		const probe = await createDiskProbe({path, clock});
		let isDone = false;
		const walking = probe.walk().finally(() => {
			isDone = true;
		});
		let turns = 0;
		while (!isDone) {
			turns++;
			await new Promise(resolve => setImmediate(resolve));
		}

		await walking;
		expect(turns).toBeGreaterThan(10);
		await probe.close();
	});

	test('is ended by closing the probe', async () => {
		const path = await temporaryDirectory();
		const probe = await createDiskProbe({path, clock});
		const walks = [probe.walk(), probe.walk()];
		await probe.close();
		await Promise.all(walks);
		await probe.walk();
	});
});

/** Walks that end when the test says so, with what it says. */
const createHeldWalk = () => {
	const walks: Array<PromiseWithResolvers<{breakdown: Record<string, number>}>> = [];
	const walk: Walk = () => {
		const held = Promise.withResolvers<{breakdown: Record<string, number>}>();
		walks.push(held);
		return {
			result: held.promise,
			stop: async () => held.reject(new Error('stopped')),
		};
	};
	return {walk, walks};
};

describe('while a walk goes on', () => {
	test('nothing that was written is missed, and what was taken away is not subtracted twice', async () => {
		const path = await temporaryDirectory();
		const {walk, walks} = createHeldWalk();
		const probe = await createDiskProbe({path, clock, walk});
		const used = async () => (await probe.sample())?.used;
		const first = probe.walk();
		await vi.waitFor(() => expect(walks).toHaveLength(1));
		probe.wrote(100);
		expect(await used()).toBeUndefined();
		walks[0]?.resolve({breakdown: {other: 1000}});
		await first;
		expect(await used()).toBe(1100);
		const second = probe.walk();
		await vi.waitFor(() => expect(walks).toHaveLength(2));
		probe.wrote(50);
		probe.wrote(-30);
		expect(await used()).toBe(1120);
		// It saw the 100 and the 50, and not the 30.
		walks[1]?.resolve({breakdown: {other: 1120}});
		await second;
		expect(await used()).toBe(1170);
		await probe.close();
	});

	test('others that are asked for become one, which begins when it has ended', async () => {
		const path = await temporaryDirectory();
		const {walk, walks} = createHeldWalk();
		const probe = await createDiskProbe({path, clock, walk});
		const calls = [probe.walk(), probe.walk(), probe.walk()];
		await vi.waitFor(() => expect(walks).toHaveLength(1));
		walks[0]?.resolve({breakdown: {other: 1}});
		await calls[0];
		await vi.waitFor(() => expect(walks).toHaveLength(2));
		walks[1]?.resolve({breakdown: {other: 2}});
		await Promise.all(calls);
		expect(walks).toHaveLength(2);
		expect(probe.breakdown()).toEqual({other: 2});
		await probe.close();
	});

	test('its failure keeps the old numbers, and the next one works', async () => {
		const path = await temporaryDirectory();
		const {walk, walks} = createHeldWalk();
		const probe = await createDiskProbe({path, clock, walk});
		const step = async (number: number, end: (held: (typeof walks)[number]) => void) => {
			const walking = probe.walk();
			await vi.waitFor(() => expect(walks).toHaveLength(number));
			const held = walks[number - 1];
			if (held !== undefined) end(held);
			return walking;
		};

		await step(1, held => held.resolve({breakdown: {other: 5}}));
		await expect(step(2, held => held.reject(new Error('no thread')))).rejects.toThrow('no thread');
		expect((await probe.sample())?.used).toBe(5);
		await step(3, held => held.resolve({breakdown: {other: 6}}));
		expect((await probe.sample())?.used).toBe(6);
		await probe.close();
	});
});

describe('a disk that is not there', () => {
	test('when a walk ends leaves the numbers of the walk before', async () => {
		const folder = await temporaryDirectory();
		const path = join(folder, 'storage');
		await mkdir(path);
		const {walk, walks} = createHeldWalk();
		const probe = await createDiskProbe({path, clock, walk});
		const walkWith = async (number: number, bytes: number, meanwhile: () => Promise<void>): Promise<void> => {
			const walking = probe.walk();
			await vi.waitFor(() => expect(walks).toHaveLength(number));
			await meanwhile();
			walks[number - 1]?.resolve({breakdown: {other: bytes}});
			await walking;
		};

		await walkWith(1, 1000, () => Promise.resolve());
		await walkWith(2, 0, () => rename(path, join(folder, 'away')));
		await rename(join(folder, 'away'), path);
		expect((await probe.sample())?.used).toBe(1000);
		await probe.close();
	});

	test('gives no level while it is unplugged, and its own again when it is back', async context => {
		const folder = await temporaryDirectory();
		const disk = join(folder, 'disk');
		const path = join(folder, 'mount-point');
		await mountTmpfs(context, disk, 'size=1m');
		await mkdir(path);
		const unplug = await bindMount(context, disk, path);
		const memory = join(folder, 'volume.json');
		const probe = await createDiskProbe({path, clock, memory});
		await write(join(path, 'a'), 1000);
		await probe.walk();
		const used = (await probe.sample())?.used;
		expect(used).toBeGreaterThan(1000);

		await unplug();
		expect(await probe.sample()).toBeUndefined();
		// A walk of the empty mount point says nothing about the disk.
		await probe.walk();
		const restarted = await createDiskProbe({path, clock, memory});
		expect(await restarted.sample()).toBeUndefined();
		expect(restarted.volume).toBe(probe.volume);

		await bindMount(context, disk, path);
		expect((await probe.sample())?.used).toBe(used);
		expect(await restarted.sample()).toBeDefined();
		await probe.close();
		await restarted.close();
	});

	test('is known by its mark when it comes back as another device', async context => {
		const folder = await temporaryDirectory();
		const path = join(folder, 'storage');
		const memory = join(folder, 'volume.json');
		const probe = await createDiskProbe({path, clock, memory});
		expect(await probe.sample()).toBeDefined();
		const id = await readFile(join(path, '.tidegate', 'volume.json'), 'utf8');
		await mountTmpfs(context, path, 'size=1m');
		expect(await probe.sample()).toBeUndefined();
		await mkdir(join(path, '.tidegate'));
		await writeFile(join(path, '.tidegate', 'volume.json'), '{"id": "another disk"}');
		expect(await probe.sample()).toBeUndefined();
		await writeFile(join(path, '.tidegate', 'volume.json'), id);
		expect(await probe.sample()).toBeDefined();
		await probe.close();
	});

	test('is a folder that was renamed away, or that never was', async () => {
		const folder = await temporaryDirectory();
		const path = join(folder, 'storage');
		const never = await createDiskProbe({path, clock});
		expect(await never.sample()).toBeUndefined();
		await never.walk();
		await mkdir(path);
		expect(await never.sample()).toBeDefined();
		await rename(path, join(folder, 'away'));
		expect(await never.sample()).toBeUndefined();
		await writeFile(path, 'a file');
		expect(await never.sample()).toBeUndefined();
		await never.close();
	});
});

describe('the storage folder', () => {
	test('is created where it was never seen before and the data directory can remember it', async () => {
		const folder = await temporaryDirectory();
		const path = join(folder, 'deep', 'storage');
		const memory = join(folder, 'volume.json');
		const first = await createDiskProbe({path, clock, memory});
		expect(await first.sample()).toBeDefined();
		// Once seen, an absent one is an unplugged one.
		await rm(join(folder, 'deep'), {recursive: true});
		const second = await createDiskProbe({path, clock, memory});
		expect(await second.sample()).toBeUndefined();
		// Another path was never seen.
		const third = await createDiskProbe({path: join(folder, 'new'), clock, memory});
		expect(await third.sample()).toBeDefined();
	});

	test('whose mark was deleted, on the device where it was, is used and marked again', async () => {
		const folder = await temporaryDirectory();
		const path = join(folder, 'storage');
		const memory = join(folder, 'volume.json');
		await createDiskProbe({path, clock, memory});
		const id = await readFile(join(path, '.tidegate', 'volume.json'), 'utf8');
		await rm(join(path, '.tidegate'), {recursive: true});
		const again = await createDiskProbe({path, clock, memory});
		expect(await again.sample()).toBeDefined();
		expect(await readFile(join(path, '.tidegate', 'volume.json'), 'utf8')).toBe(id);
	});

	test('that cannot be written to can still be looked at', async context => {
		const path = join(await temporaryDirectory(), 'storage');
		await mountTmpfs(context, path, 'size=64k,ro');
		const probe = await createDiskProbe({path, clock});
		expect(await probe.sample()).toBeDefined();
	});
});

test('a mount that hangs counts as missing, and is asked once', async () => {
	const fake = createFakeClock();
	const path = await temporaryDirectory();
	let calls = 0;
	const never = (): Promise<never> => {
		calls++;
		return new Promise(() => undefined);
	};
	const probe = await createDiskProbe({path, clock: fake, measure: never});
	const samples = [probe.sample(), probe.sample()];
	await vi.waitFor(() => expect(calls).toBe(1));
	await fake.advance(5000);
	expect(await Promise.all(samples)).toEqual([undefined, undefined]);
	const third = probe.sample();
	await fake.advance(5000);
	expect(await third).toBeUndefined();
	expect(calls).toBe(1);
});

test('space is known without statfs, also of a folder that is not there yet', async () => {
	const path = await temporaryDirectory();
	const {blocks, bsize} = await statfs(path);
	expect((await spaceOf(path))?.total).toBe(blocks * bsize);
	expect((await spaceOf(join(path, 'not', 'yet')))?.total).toBe(blocks * bsize);
});

test('the bundled program finds its walking thread from a chunk in a folder of its own', async () => {
	const folder = await temporaryDirectory();
	const root = fileURLToPath(new URL('../..', import.meta.url));
	await write(join(folder, 'tree', 'videos', 'a'), 1000);
	await writeFile(
		join(folder, 'entry.ts'),
		`const {createDiskProbe} = await import(${JSON.stringify(join(root, 'source/system/disk.ts'))});
		const {systemClock} = await import(${JSON.stringify(join(root, 'source/system/clock.ts'))});
		const probe = await createDiskProbe({path: ${JSON.stringify(join(folder, 'tree'))}, clock: systemClock});
		await probe.walk();
		console.log(probe.breakdown().videos);`,
	);
	await build({
		absWorkingDir: root,
		entryPoints: {cli: join(folder, 'entry.ts'), 'tree-walk': 'source/system/tree-walk.ts'},
		outdir: join(folder, 'dist'),
		outExtension: {'.js': '.js'},
		bundle: true,
		splitting: true,
		platform: 'node',
		format: 'esm',
		chunkNames: 'chunks/[name]-[hash]',
		logLevel: 'silent',
	});
	await writeFile(join(folder, 'dist', 'package.json'), '{"type": "module"}');
	const {stdout} = await run(process.execPath, [join(folder, 'dist', 'cli.js')]);
	expect(stdout.trim()).toBe('1000');
});
