import {mkdir, readFile, readdir, rm, stat, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {Job, Placing} from '../../source/domain/job.ts';
import type {Finisher} from '../../source/engine/ports.ts';
import {createFinisher} from '../../source/finish/finisher.ts';
import {realFiles, type FileOperations} from '../../source/system/files.ts';
import {jobWith} from '../support/arbitraries.ts';
import {mountTmpfs} from '../support/mounts.ts';
import {temporaryDirectory} from '../support/temp.ts';

type Ready = {readonly job: Job; readonly placing: Placing; readonly directory: string};

/** A job that has fetched `content` and is about to place it at `target`. */
const fetchFor = async (finisher: Finisher, id: number, target: string, content: string): Promise<Ready> => {
	const job = jobWith({id});
	const prepared = await finisher.prepare(job.id);
	if (!prepared.ok) throw new Error(prepared.failure.message);
	const artefact = join(prepared.directory, 'fetched.mkv');
	await writeFile(artefact, content);
	const {dev, ino, size} = await stat(artefact, {bigint: true});
	return {
		job,
		directory: prepared.directory,
		placing: {artefact, target, size: Number(size), identity: `${dev}:${ino}`},
	};
};

const newStorage = async () => {
	const storage = await temporaryDirectory();
	return {storage, finisher: createFinisher({queue: 'q', storage, template: '{title}.{ext}'})};
};

describe('placing a file', () => {
	test('makes the folders, moves the file, and says where it is', async () => {
		const {storage, finisher} = await newStorage();
		const {job, placing, directory} = await fetchFor(finisher, 1, 'Show/Season 1/a.mkv', 'film');
		const path = join(storage, 'Show/Season 1/a.mkv');
		expect(await finisher.place(job, placing)).toEqual({ok: true, path});
		expect(await readFile(path, 'utf8')).toBe('film');
		expect(await readdir(directory)).toEqual([]);
	});

	test('asked for again, it finds its file by what it is, not by its name', async () => {
		const {storage, finisher} = await newStorage();
		const {job, placing} = await fetchFor(finisher, 1, 'a/a.mkv', 'film');
		const first = await finisher.place(job, placing);
		expect(await finisher.place(job, placing)).toEqual(first);
		expect(await finisher.place(job, {...placing, identity: '0:0'})).toMatchObject({
			ok: false,
			failure: {code: 'no-artefact'},
		});
		expect(await readdir(join(storage, 'a'))).toEqual(['a.mkv']);
	});

	test('never replaces a file: a hundred at once under one name are a hundred files', async () => {
		const {storage, finisher} = await newStorage();
		const ids = Array.from({length: 100}, (_, index) => index + 1);
		const ready = await Promise.all(ids.map(id => fetchFor(finisher, id, 'all/same.mkv', `film ${id}`)));
		const placed = await Promise.all(ready.map(({job, placing}) => finisher.place(job, placing)));
		const paths = placed.map(answer => (answer.ok ? answer.path : answer.failure.message));
		expect(new Set(paths).size).toBe(100);
		expect(await readdir(join(storage, 'all'))).toHaveLength(100);
		for (const [index, path] of paths.entries()) expect(await readFile(path, 'utf8')).toBe(`film ${index + 1}`);
	});

	test('gives a number where somebody took the name since it was chosen', async () => {
		const {storage, finisher} = await newStorage();
		const {job, placing} = await fetchFor(finisher, 1, 'a.mkv', 'film');
		await writeFile(join(storage, 'a.mkv'), 'film');
		await mkdir(join(storage, 'a (2).mkv'));
		const placed = await finisher.place(job, placing);
		expect(placed).toEqual({ok: true, path: join(storage, 'a (3).mkv')});
		// Also when the file under the first name has gone meanwhile.
		await rm(join(storage, 'a.mkv'));
		expect(await finisher.place(job, placing)).toEqual(placed);
	});

	test('is refused where a file or a link out of the storage is in the way, and the fetched file stays', async () => {
		const {storage, finisher} = await newStorage();
		const outside = await temporaryDirectory();
		await writeFile(join(storage, 'file'), 'theirs');
		await symlink(outside, join(storage, 'out'));
		await symlink('nowhere', join(storage, 'dangling'));
		await symlink('file', join(storage, 'to-file'));
		for (const [index, target] of ['file/a', 'out/a', 'dangling/a', 'to-file/a', 'out/deep/a'].entries()) {
			const {job, placing, directory} = await fetchFor(finisher, index + 1, target, 'film');
			expect(await finisher.place(job, placing)).toMatchObject({ok: false, failure: {code: 'destination-exists'}});
			expect(await readdir(directory)).toEqual(['fetched.mkv']);
		}

		expect(await readdir(outside)).toEqual([]);
		expect(await readFile(join(storage, 'file'), 'utf8')).toBe('theirs');
	});

	test('follows a link that stays in the storage', async () => {
		const {storage, finisher} = await newStorage();
		await mkdir(join(storage, 'films', '2026'), {recursive: true});
		await symlink('films/2026', join(storage, 'new'));
		const {job, placing} = await fetchFor(finisher, 1, 'new/a.mkv', 'film');
		expect(await finisher.place(job, placing)).toMatchObject({ok: true});
		expect(await readdir(join(storage, 'films', '2026'))).toEqual(['a.mkv']);
	});

	test('works where the storage itself is a link', async () => {
		const folder = await temporaryDirectory();
		await mkdir(join(folder, 'real'));
		await symlink('real', join(folder, 'storage'));
		const finisher = createFinisher({queue: 'q', storage: join(folder, 'storage'), template: '{title}'});
		const {job, placing} = await fetchFor(finisher, 1, 'x/a.mkv', 'film');
		expect(await finisher.place(job, placing)).toMatchObject({ok: true});
		expect(await readdir(join(folder, 'real', 'x'))).toEqual(['a.mkv']);
	});

	test('is refused where the fetched file is no longer what was verified', async () => {
		const {finisher} = await newStorage();
		const {job, placing} = await fetchFor(finisher, 1, 'a.mkv', 'film');
		await writeFile(placing.artefact, 'torn');
		expect(await finisher.place(job, {...placing, size: 40})).toMatchObject({
			ok: false,
			failure: {code: 'no-artefact'},
		});
	});

	test('of a placing that leaves its folders is a defect, not an answer', async () => {
		const {storage, finisher} = await newStorage();
		const {job, placing} = await fetchFor(finisher, 1, 'a.mkv', 'film');
		await writeFile(join(storage, 'precious'), 'film');
		for (const wrong of [
			{artefact: '../../precious'},
			{target: '../a.mkv'},
			{target: '/etc/a'},
			{target: '.tidegate/8/a'},
			{target: ''},
		]) {
			await expect(finisher.place(job, {...placing, ...wrong})).rejects.toThrow(/no placing/);
		}

		expect(await readFile(join(storage, 'precious'), 'utf8')).toBe('film');
	});

	test('on a volume that went away costs the job nothing', async () => {
		const storage = await temporaryDirectory();
		let isMounted = true;
		const finisher = createFinisher({
			queue: 'q',
			storage,
			template: '{title}',
			isMounted: () => Promise.resolve(isMounted),
		});
		const {job, placing} = await fetchFor(finisher, 1, 'a.mkv', 'film');
		isMounted = false;
		await rm(join(storage, '.tidegate'), {recursive: true});
		expect(await finisher.place(job, placing)).toMatchObject({ok: false, failure: {code: 'volume-missing'}});
		const outcome = {type: 'fetched', path: placing.artefact, name: 'a.mkv'} as const;
		expect(await finisher.verify(job, outcome, new AbortController().signal)).toMatchObject({
			ok: false,
			failure: {code: 'volume-missing'},
		});
	});
});

describe('placing across filesystems', () => {
	test('copies the file whole, takes the original away, and finds it again', async context => {
		const {storage, finisher} = await newStorage();
		await mountTmpfs(context, join(storage, 'videos'), 'size=4m');
		const content = 'film '.repeat(100_000);
		const {job, placing, directory} = await fetchFor(finisher, 1, 'videos/Show/a.mkv', content);
		await mkdir(join(storage, 'videos', 'Show'));
		await writeFile(join(storage, 'videos', 'Show', 'a.mkv'), 'theirs');
		const path = join(storage, 'videos', 'Show', 'a (2).mkv');
		expect(await finisher.place(job, placing)).toEqual({ok: true, path});
		expect(await readFile(path, 'utf8')).toBe(content);
		expect((await readdir(join(storage, 'videos', 'Show'))).toSorted()).toEqual(['a (2).mkv', 'a.mkv']);
		expect(await readdir(directory)).not.toContain('fetched.mkv');
		expect(await finisher.place(job, placing)).toEqual({ok: true, path});
	});

	test('from a small filesystem to the large one works too', async context => {
		const folder = await temporaryDirectory();
		const storage = join(folder, 'storage');
		const finisher = createFinisher({queue: 'q', storage, template: '{title}'});
		await mountTmpfs(context, join(storage, '.tidegate'), 'size=1m,mode=700');
		const {job, placing} = await fetchFor(finisher, 1, 'a.mkv', 'film');
		expect(await finisher.place(job, placing)).toMatchObject({ok: true});
		expect((await readdir(storage)).toSorted()).toEqual(['.tidegate', 'a.mkv']);
	});

	test('onto a full filesystem waits for space: nothing unfinished stays, and nothing is lost', async context => {
		const {storage, finisher} = await newStorage();
		const videos = join(storage, 'videos');
		await mountTmpfs(context, videos, 'size=256k');
		await writeFile(join(videos, 'old'), Buffer.alloc(200_000));
		const content = 'x'.repeat(150_000);
		const {job, placing} = await fetchFor(finisher, 1, 'videos/a.mkv', content);
		// Only jobs that go there have to wait: the storage itself has space.
		expect(await finisher.place(job, placing)).toMatchObject({
			ok: false,
			failure: {code: 'disk-full', elsewhere: {folder: 'videos'}},
		});
		expect(await readdir(videos)).toEqual(['old']);
		expect(await readFile(placing.artefact, 'utf8')).toBe(content);
		await rm(join(videos, 'old'));
		expect(await finisher.place(job, placing)).toMatchObject({ok: true});
		expect(await readFile(join(videos, 'a.mkv'), 'utf8')).toBe(content);
	});

	test('onto one without room for the whole file is not even begun', async context => {
		const storage = await temporaryDirectory();
		let copies = 0;
		const files: FileOperations = {
			...realFiles,
			copyFile: (...asked) => {
				copies++;
				return realFiles.copyFile(...asked);
			},
		};
		const finisher = createFinisher({queue: 'q', storage, template: '{title}.{ext}', files});
		const videos = join(storage, 'videos');
		await mountTmpfs(context, videos, 'size=256k');
		const {job, placing} = await fetchFor(finisher, 1, 'videos/new folder/a.mkv', 'x'.repeat(400_000));
		const {dev} = await stat(videos);
		expect(await finisher.place(job, placing)).toMatchObject({
			ok: false,
			failure: {code: 'disk-full', elsewhere: {id: String(dev), folder: 'videos'}},
		});
		expect(copies).toBe(0);
	});

	test('an unfinished copy goes with the job that is given up', async context => {
		const {storage, finisher} = await newStorage();
		await mountTmpfs(context, join(storage, 'videos'), 'size=1m');
		const {job, directory} = await fetchFor(finisher, 1, 'videos/a.mkv', 'film');
		// What a crash in the middle of the copy leaves.
		await writeFile(join(storage, 'videos', '.tidegate-q-1.part'), 'fi');
		await writeFile(join(directory, '.placing.json'), JSON.stringify({temporary: 'videos/.tidegate-q-1.part'}));
		await writeFile(join(storage, 'videos', '.tidegate-q-2.part'), "another job's");
		await finisher.clear(job.id);
		expect(await readdir(join(storage, 'videos'))).toEqual(['.tidegate-q-2.part']);
	});
});

describe('where the storage cannot take a job', () => {
	test('a full filesystem is waited for', async context => {
		const storage = join(await temporaryDirectory(), 'storage');
		await mountTmpfs(context, storage, 'size=64k,nr_inodes=4');
		await writeFile(join(storage, 'a'), '');
		const finisher = createFinisher({queue: 'q', storage, template: '{title}'});
		expect(await finisher.prepare(jobWith({id: 1}).id)).toMatchObject({ok: false, failure: {code: 'disk-full'}});
		await rm(join(storage, 'a'));
		expect(await finisher.prepare(jobWith({id: 1}).id)).toMatchObject({ok: true});
	});

	test('a filesystem that is mounted read-only is named', async context => {
		const storage = join(await temporaryDirectory(), 'storage');
		await mountTmpfs(context, storage, 'size=64k,ro');
		const finisher = createFinisher({queue: 'q', storage, template: '{title}'});
		expect(await finisher.prepare(jobWith({id: 1}).id)).toMatchObject({
			ok: false,
			failure: {code: 'permission-denied', message: expect.stringMatching(/read-only/) as unknown},
		});
	});
});

test('a hostile note in the job folder removes nothing of others', async () => {
	const {storage, finisher} = await newStorage();
	await writeFile(join(storage, 'precious'), 'theirs');
	const notes = ['precious', '../precious', '/etc/passwd', 'x/../precious', '.tidegate-q-9.part', '', 7, null];
	for (const [index, temporary] of notes.entries()) {
		const {job, directory} = await fetchFor(finisher, index + 1, 'a.mkv', 'film');
		await writeFile(join(directory, '.placing.json'), JSON.stringify({temporary}));
		await finisher.clear(job.id);
	}

	expect((await readdir(storage)).toSorted()).toEqual(['.tidegate', 'precious']);
});

test('two queues that share a storage each have their own first job: nothing of the other is found, moved or removed', async () => {
	const {storage} = await newStorage();
	const [one, other] = ['one', 'other'].map(queue => createFinisher({storage, queue, template: '{title}'}));
	if (one === undefined || other === undefined) throw new Error('two finishers were made');
	const first = await fetchFor(one, 1, 'videos/a.mkv', 'of the first queue');
	const second = await fetchFor(other, 1, 'videos/a.mkv', 'of the other');
	expect(one.directoryOf(first.job.id)).not.toBe(other.directoryOf(second.job.id));
	expect(await one.place(first.job, first.placing)).toMatchObject({ok: true});
	await one.clear(first.job.id);
	expect(await readFile(second.placing.artefact, 'utf8')).toBe('of the other');
	expect(await other.place(second.job, second.placing)).toMatchObject({
		ok: true,
	});
	await other.clear(second.job.id);
	expect((await readdir(join(storage, 'videos'))).toSorted()).toEqual(['a (2).mkv', 'a.mkv']);
	expect(await readFile(join(storage, 'videos', 'a.mkv'), 'utf8')).toBe('of the first queue');
});
