import {mkdir, readFile, readdir, stat, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {Job, JobId} from '../../../source/domain/job.ts';
import {createFinisher} from '../../../source/finish/finisher.ts';
import {jobWith} from '../../support/arbitraries.ts';
import {temporaryDirectory} from '../../support/temp.ts';

const id = 7 as JobId;

const newStorage = async (template = '{batch}/{episode:03} {title}.{ext}') => {
	const storage = await temporaryDirectory();
	return {storage, finisher: createFinisher({queue: 'q', storage, template})};
};

describe("a job's own folder", () => {
	test('is made for this user only, and found again with what earlier attempts left', async () => {
		const {storage, finisher} = await newStorage();
		const directory = join(storage, '.tidegate', 'q', '7');
		expect(await finisher.prepare(id)).toEqual({ok: true, directory});
		expect(finisher.directoryOf(id)).toBe(directory);
		expect((await stat(directory)).mode & 0o777).toBe(0o700);
		expect((await stat(join(storage, '.tidegate'))).mode & 0o777).toBe(0o700);
		await writeFile(join(directory, 'a.part'), 'abc');
		expect(await finisher.prepare(id)).toEqual({ok: true, directory});
		expect(await finisher.sizeOf(id)).toBe(3);
	});

	test('is not made where the storage is not there: it may be a disk that is not plugged in', async () => {
		const {storage} = await newStorage();
		const absent = createFinisher({queue: 'q', storage: join(storage, 'absent'), template: '{title}'});
		expect(await absent.prepare(id)).toMatchObject({ok: false, failure: {code: 'volume-missing'}});
		expect(await readdir(storage)).toEqual([]);
		const unmounted = createFinisher({
			queue: 'q',
			storage,
			template: '{title}',
			isMounted: () => Promise.resolve(false),
		});
		expect(await unmounted.prepare(id)).toMatchObject({ok: false, failure: {code: 'volume-missing'}});
		expect(await readdir(storage)).toEqual([]);
	});

	test.each(['file', 'link'])('is refused where a %s has its name', async kind => {
		const {storage, finisher} = await newStorage();
		await mkdir(join(storage, '.tidegate', 'q'), {recursive: true});
		await mkdir(join(storage, 'theirs'));
		const path = join(storage, '.tidegate', 'q', '7');
		if (kind === 'file') await writeFile(path, '');
		else await symlink(join(storage, 'theirs'), path);
		expect(await finisher.prepare(id)).toMatchObject({ok: false, failure: {code: 'destination-exists'}});
	});

	test('goes with all that is in it; nothing behind a link goes', async () => {
		const {storage, finisher} = await newStorage();
		await finisher.prepare(id);
		await finisher.prepare(8 as JobId);
		await writeFile(join(storage, 'film.mkv'), 'theirs');
		await mkdir(join(finisher.directoryOf(id), 'deep', 'er'), {recursive: true});
		await symlink(storage, join(finisher.directoryOf(id), 'deep', 'up'));
		await finisher.clear(id);
		await finisher.clear(id);
		expect(await readdir(join(storage, '.tidegate', 'q'))).toEqual(['8']);
		expect(await readFile(join(storage, 'film.mkv'), 'utf8')).toBe('theirs');
	});

	test('is left alone where it is a link to another folder', async () => {
		const {storage, finisher} = await newStorage();
		await mkdir(join(storage, '.tidegate', 'q'), {recursive: true});
		await mkdir(join(storage, 'theirs'));
		await writeFile(join(storage, 'theirs', 'film.mkv'), '');
		await symlink(join(storage, 'theirs'), join(storage, '.tidegate', 'q', '7'));
		await finisher.clear(id);
		expect(await readdir(join(storage, 'theirs'))).toEqual(['film.mkv']);
	});

	test('of something that is no job id does not exist', async () => {
		const {finisher} = await newStorage();
		expect(() => finisher.directoryOf('../..' as unknown as JobId)).toThrow(RangeError);
	});
});

const choose = async (changes: Partial<Omit<Job, 'id'>>, name = 'video.mkv', batch?: string, template?: string) => {
	const {finisher} = await newStorage(template);
	return finisher.target(jobWith({id: 7, title: 'Pilot', ...changes}), batch, name);
};

describe('where a file goes', () => {
	test('is said by the template, with the extension that the file really has', async () => {
		expect(await choose({options: {episode: 3}}, 'x.webm', 'Show')).toBe('Show/003 Pilot.webm');
	});

	test("is said by the job's own template where it has one", async () => {
		expect(await choose({output: '{artist}/{id} {name}.{ext}', options: {fields: {artist: 'Some/One'}}})).toBe(
			'Some_One/7 video.mkv',
		);
	});

	test('is said by the standard one where the own one is none', async () => {
		expect(await choose({output: '../{title}'})).toBe('Pilot.mkv');
	});

	test('does not say the extension twice where the title is a file name', async () => {
		expect(await choose({title: 'video.mkv'})).toBe('video.mkv');
		expect(await choose({title: 'Version 2.0'})).toBe('Version 2.0.mkv');
		expect(await choose({title: 'video.mkv'}, 'video.mkv', undefined, '{title}')).toBe('video.mkv');
	});

	test('is a numbered name where that one is taken, by a dangling link too', async () => {
		const {storage, finisher} = await newStorage();
		const job = jobWith({id: 7, title: 'Pilot'});
		await writeFile(join(storage, 'Pilot.mkv'), '');
		expect(await finisher.target(job, undefined, 'a.mkv')).toBe('Pilot (2).mkv');
		await symlink('nowhere', join(storage, 'Pilot (2).mkv'));
		expect(await finisher.target(job, undefined, 'a.mkv')).toBe('Pilot (3).mkv');
	});
});

test('a template that is none is refused at once', () => {
	expect(() => createFinisher({queue: 'q', storage: '/srv', template: '/etc/{title}'})).toThrow(/relative/);
});
