import {mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {Placing} from '../../source/domain/job.ts';
import {createFinisher} from '../../source/finish/finisher.ts';
import {realFiles, type FileOperations} from '../../source/system/files.ts';
import {jobWith} from '../support/arbitraries.ts';
import {createDyingFiles, Death} from '../support/dying-files.ts';
import {temporaryDirectory} from '../support/temp.ts';

/*
 * A placing dies before or after each of its file operations, then again at each operation of the second try, then is
 * let through. Whatever happened, there is exactly one file, whole, and nobody else's was touched.
 * Mutations that kill this, each tried: no look for what was placed already (a second name, or `no-artefact`); removing the
 * original before the copy has its name (nothing left); no note before the copy's name is taken (two copies); no removal
 * of the noted placeholder (an empty file stays); not looking when the artefact has a second name (two names).
 */

const refusing = (code: string): Error => Object.assign(new Error(code), {code});

/** As after a new mount of FAT: files have other inode numbers than before. */
const renumbered = (under: FileOperations): FileOperations => ({
	...under,
	lstat: (async (path: string) => {
		const found = await under.lstat(path, {bigint: true});
		return Object.assign(Object.create(Object.getPrototypeOf(found) as object) as object, found, {
			ino: found.ino + 1_000_000n,
		});
	}) as FileOperations['lstat'],
});

type World = {
	readonly name: string;
	/** The file operations of the n-th life, from 0. */
	readonly filesOf: (storage: string, life: number) => FileOperations;
	/** A file of somebody else has the name, and goes away after the first death. */
	readonly isTaken: boolean;
};

const withoutLinks: FileOperations = {...realFiles, link: () => Promise.reject(refusing('EPERM'))};

/** Everything beside the jobs' folders is on another filesystem. */
const acrossDevices = (storage: string): FileOperations => ({
	...realFiles,
	link: async (from, to) => {
		if (String(from).startsWith(join(storage, '.tidegate'))) throw refusing('EXDEV');
		await realFiles.link(from, to);
	},
});

const worlds: readonly World[] = [true, false].flatMap(isTaken => {
	const suffix = isTaken ? ', the name being taken at first' : '';
	return [
		{name: `in one filesystem${suffix}`, isTaken, filesOf: () => realFiles},
		{name: `without hard links${suffix}`, isTaken, filesOf: () => withoutLinks},
		{
			name: `without hard links or lasting inode numbers${suffix}`,
			isTaken,
			filesOf: (_storage: string, life: number) => (life === 0 ? withoutLinks : renumbered(withoutLinks)),
		},
		{name: `across filesystems${suffix}`, isTaken, filesOf: acrossDevices},
	];
});

const content = 'the whole film';
const job = jobWith({id: 7});

/** Files of the storage but not of the jobs' folders, as `path: content`. */
const filesOf = async (storage: string): Promise<string[]> => {
	const entries = await readdir(storage, {recursive: true, withFileTypes: true});
	const paths = entries
		.filter(entry => entry.isFile() && !entry.parentPath.startsWith(join(storage, '.tidegate')))
		.map(entry => join(entry.parentPath, entry.name));
	return Promise.all(paths.map(async path => `${path.slice(storage.length + 1)}: ${await readFile(path, 'utf8')}`));
};

const prepare = async (parent: string, world: World): Promise<{storage: string; placing: Placing}> => {
	const storage = await mkdtemp(join(parent, 's'));
	const directory = join(storage, '.tidegate', 'q', '7');
	await mkdir(directory, {recursive: true});
	const artefact = join(directory, 'fetched');
	await writeFile(artefact, content);
	if (world.isTaken) {
		await mkdir(join(storage, 'new'));
		await writeFile(join(storage, 'new', 'a.mkv'), 'theirs');
	}

	const {dev, ino} = await stat(artefact, {bigint: true});
	return {
		storage,
		placing: {artefact: 'fetched', target: 'new/a.mkv', size: content.length, identity: `${dev}:${ino}`},
	};
};

type Fate = {readonly step: number; readonly when: 'before' | 'after'};

/** One life of the process: places until it dies. Returns whether it lived through it. */
const live = async (storage: string, placing: Placing, under: FileOperations, fate: Fate): Promise<boolean> => {
	const {files, isDead} = createDyingFiles(fate.step, fate.when, under);
	const finisher = createFinisher({queue: 'q', storage, template: '{title}', files});
	try {
		const placed = await finisher.place(job, placing);
		expect(placed).toMatchObject({ok: true});
	} catch (error) {
		if (!(error instanceof Death)) throw error;
	}

	return !isDead();
};

const check = async (storage: string, placing: Placing, under: FileOperations, wasTaken: boolean): Promise<void> => {
	const finisher = createFinisher({queue: 'q', storage, template: '{title}', files: under});
	const placed = await finisher.place(job, placing);
	if (!placed.ok) throw new Error(placed.failure.message);
	expect(await filesOf(storage)).toEqual([`${placed.path.slice(storage.length + 1)}: ${content}`]);
	expect(wasTaken || placed.path === join(storage, 'new', 'a.mkv')).toBe(true);
	// What is left in the job's folder goes with it, and takes nothing along.
	await finisher.clear(job.id);
	expect(await filesOf(storage)).toHaveLength(1);
	expect(await readdir(join(storage, '.tidegate', 'q'))).toEqual([]);
};

const freeName = async (storage: string, world: World): Promise<void> => {
	if (!world.isTaken) return;
	expect(await readFile(join(storage, 'new', 'a.mkv'), 'utf8')).toBe('theirs');
	await rm(join(storage, 'new', 'a.mkv'));
};

const fates = (steps: number): Fate[] =>
	Array.from({length: steps}, (_, index) => index + 1).flatMap(step => [
		{step, when: 'before' as const},
		{step, when: 'after' as const},
	]);

/** More operations than a placing has: the enumeration ends when a life is lived through. */
const mostSteps = 60;

describe.each(worlds)('a crash while a file is placed $name', world => {
	test('at any point is finished by the next start: one file, whole, and no other touched', async () => {
		const parent = await temporaryDirectory();
		let deaths = 0;
		for (const first of fates(mostSteps)) {
			const {storage, placing} = await prepare(parent, world);
			const livedThrough = await live(storage, placing, world.filesOf(storage, 0), first);
			await freeName(storage, world);
			await check(storage, placing, world.filesOf(storage, 1), world.isTaken);
			await rm(storage, {recursive: true});
			if (livedThrough) break;
			deaths++;
		}

		expect(deaths).toBeGreaterThan(10);
		expect(deaths).toBeLessThan(2 * mostSteps);
	});

	// All pairs take minutes (they were run, and held); this is a sixth of those that die before an operation.
	test('and another at some point of the next start are finished by the one after', async () => {
		const parent = await temporaryDirectory();
		const steps = Array.from({length: mostSteps}, (_, index) => index + 1);
		let pairs = 0;
		for (const first of steps) {
			let livedThrough = false;
			for (const second of steps.filter(step => (first + step) % 6 === 0)) {
				const {storage, placing} = await prepare(parent, world);
				livedThrough = await live(storage, placing, world.filesOf(storage, 0), {step: first, when: 'before'});
				await freeName(storage, world);
				const livedAgain = await live(storage, placing, world.filesOf(storage, 1), {step: second, when: 'before'});
				await check(storage, placing, world.filesOf(storage, 2), world.isTaken);
				await rm(storage, {recursive: true});
				pairs++;
				if (livedThrough || livedAgain) break;
			}

			if (livedThrough) break;
		}

		expect(pairs).toBeGreaterThan(10);
	});
});
