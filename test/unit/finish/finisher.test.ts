import {mkdir, readFile, readdir, stat, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {Job, JobId} from '../../../source/domain/job.ts';
import type {StepId} from '../../../source/domain/undo.ts';
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

	test('is set aside whole for a step, and brought back; what was not there stays away', async () => {
		const {storage, finisher} = await newStorage();
		const step = 3 as StepId;
		await finisher.prepare(id);
		await mkdir(join(finisher.directoryOf(id), 'deep'));
		await writeFile(join(finisher.directoryOf(id), 'deep', 'a.part'), 'abc');
		await finisher.setAside(id, step);
		await finisher.setAside(8 as JobId, step);
		expect(await finisher.directories()).toEqual([]);
		expect([await finisher.asides(), await finisher.aside(step)]).toEqual([[step], [id]]);
		expect(await finisher.sizeAside(step)).toBe(3);
		expect((await stat(join(storage, '.tidegate', 'q', 'aside', '3'))).mode & 0o777).toBe(0o700);
		await finisher.bringBack(id, step);
		expect(await readFile(join(finisher.directoryOf(id), 'deep', 'a.part'), 'utf8')).toBe('abc');
		expect([await finisher.directories(), await finisher.aside(step)]).toEqual([[id], []]);
	});

	test('that is aside never takes the place of a newer one', async () => {
		const {finisher} = await newStorage();
		const step = 3 as StepId;
		await finisher.prepare(id);
		await writeFile(join(finisher.directoryOf(id), 'old'), 'old');
		await finisher.setAside(id, step);
		await finisher.prepare(id);
		await writeFile(join(finisher.directoryOf(id), 'new'), 'new');
		await expect(finisher.bringBack(id, step)).rejects.toThrow();
		await expect(finisher.setAside(id, step)).rejects.toThrow();
		expect(await readdir(finisher.directoryOf(id))).toEqual(['new']);
	});

	test('that is aside goes with its unfinished copy elsewhere, and with nothing behind a link', async () => {
		const {storage, finisher} = await newStorage();
		const step = 3 as StepId;
		await finisher.prepare(id);
		await writeFile(join(storage, 'film.mkv'), 'theirs');
		await writeFile(join(storage, '.tidegate-q-7.part'), 'half');
		await writeFile(join(finisher.directoryOf(id), '.placing.json'), '{"temporary": ".tidegate-q-7.part"}');
		await symlink(storage, join(finisher.directoryOf(id), 'up'));
		await finisher.setAside(id, step);
		await finisher.dropAside(step);
		await finisher.dropAside(4 as StepId);
		expect((await readdir(storage)).toSorted()).toEqual(['.tidegate', 'film.mkv']);
		expect(await finisher.asides()).toEqual([]);
	});

	test.each([0, -1, 1.5, Number.NaN])('is not set aside for a step that is none: %s', async step => {
		const {finisher} = await newStorage();
		await finisher.prepare(id);
		await expect(finisher.setAside(id, step as StepId)).rejects.toThrow('is no step');
	});

	test('that is a link is not set aside, and what is aside behind one is not touched', async () => {
		const {storage, finisher} = await newStorage();
		await mkdir(join(storage, 'theirs', '3'), {recursive: true});
		await finisher.prepare(8 as JobId);
		await symlink(join(storage, 'theirs'), join(storage, '.tidegate', 'q', 'aside'));
		await finisher.dropAside(3 as StepId);
		expect(await readdir(join(storage, 'theirs'))).toEqual(['3']);
		await expect(finisher.setAside(8 as JobId, 3 as StepId)).rejects.toThrow('is no folder');
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
