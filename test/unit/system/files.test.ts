import {mkdir, mkdtemp, open, readFile, readdir, stat, symlink, truncate, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {
	copyDurably,
	directorySize,
	realFiles,
	renameNoReplace,
	writeAtomically,
	type FileOperations,
} from '../../../source/system/files.ts';
import {temporaryDirectory} from '../../support/temp.ts';

const refusing = (code: string): Error => Object.assign(new Error(code), {code});

/** A filesystem without hard links, such as exFAT. */
const withoutLinks: FileOperations = {...realFiles, link: () => Promise.reject(refusing('EPERM'))};

describe.each([
	['with hard links', realFiles],
	['without hard links', withoutLinks],
])('a rename that never replaces, %s', (_kind, files) => {
	test('gives the file its new name only', async () => {
		const folder = await temporaryDirectory();
		await writeFile(join(folder, 'a'), 'mine');
		expect(await renameNoReplace(join(folder, 'a'), join(folder, 'b'), files)).toBe(true);
		expect(await readdir(folder)).toEqual(['b']);
		expect(await readFile(join(folder, 'b'), 'utf8')).toBe('mine');
	});

	test.each(['file', 'directory', 'dangling link'])('leaves a %s of that name alone', async kind => {
		const folder = await temporaryDirectory();
		await writeFile(join(folder, 'a'), 'mine');
		const taken = join(folder, 'b');
		if (kind === 'file') await writeFile(taken, 'theirs');
		else if (kind === 'directory') await mkdir(taken);
		else await symlink('nowhere', taken);
		expect(await renameNoReplace(join(folder, 'a'), taken, files)).toBe(false);
		expect((await readdir(folder)).toSorted()).toEqual(['a', 'b']);
		expect(await readFile(join(folder, 'a'), 'utf8')).toBe('mine');
	});

	test('of a hundred at once, one gets the name', async () => {
		const folder = await temporaryDirectory();
		const names = Array.from({length: 100}, (_, index) => join(folder, `from-${index}`));
		await Promise.all(names.map(name => writeFile(name, name)));
		const results = await Promise.all(names.map(name => renameNoReplace(name, join(folder, 'to'), files)));
		expect(results.filter(Boolean)).toHaveLength(1);
		expect(await readFile(join(folder, 'to'), 'utf8')).toBe(names[results.indexOf(true)]);
		expect(await readdir(folder)).toHaveLength(100);
	});
});

describe('a copy to another filesystem', () => {
	test('replaces the unfinished one of an earlier try, and nothing else', async () => {
		const folder = await temporaryDirectory();
		await writeFile(join(folder, 'a'), 'whole');
		await writeFile(join(folder, '.part'), 'unfinished');
		expect(await copyDurably(join(folder, 'a'), join(folder, 'b'), join(folder, '.part'))).toBe(true);
		expect((await readdir(folder)).toSorted()).toEqual(['a', 'b']);
		expect(await readFile(join(folder, 'b'), 'utf8')).toBe('whole');
		expect(await copyDurably(join(folder, 'a'), join(folder, 'b'), join(folder, '.part'))).toBe(false);
		expect((await readdir(folder)).toSorted()).toEqual(['a', 'b']);
	});

	test('leaves nothing behind when it fails half-way', async () => {
		const folder = await temporaryDirectory();
		await writeFile(join(folder, 'a'), 'whole');
		const full: FileOperations = {
			...realFiles,
			async copyFile(_from, to) {
				await writeFile(to, 'who');
				throw refusing('ENOSPC');
			},
		};
		const copying = copyDurably(join(folder, 'a'), join(folder, 'b'), join(folder, '.part'), full);
		await expect(copying).rejects.toMatchObject({code: 'ENOSPC'});
		expect(await readdir(folder)).toEqual(['a']);
	});
});

describe('a small file that is written atomically', () => {
	test('replaces the old text, for this user only, and leaves nothing beside it', async () => {
		const folder = await temporaryDirectory();
		const path = join(folder, 'note.json');
		await writeAtomically(path, 'one');
		await writeAtomically(path, 'two');
		expect(await readFile(path, 'utf8')).toBe('two');
		expect((await stat(path)).mode & 0o777).toBe(0o600);
		expect(await readdir(folder)).toEqual(['note.json']);
	});

	test('does not write through a link that lies in its way', async () => {
		const folder = await temporaryDirectory();
		await writeFile(join(folder, 'precious'), 'theirs');
		await symlink('precious', join(folder, '.note.new'));
		await symlink('precious', join(folder, 'note'));
		await writeAtomically(join(folder, 'note'), 'ours');
		expect(await readFile(join(folder, 'precious'), 'utf8')).toBe('theirs');
		expect(await readFile(join(folder, 'note'), 'utf8')).toBe('ours');
	});
});

describe('the size of a directory', () => {
	test('is the sum of its files at any depth, without what links point to', async () => {
		const folder = await temporaryDirectory();
		const outside = await mkdtemp(join(await temporaryDirectory(), 'x'));
		await writeFile(join(outside, 'big'), Buffer.alloc(1_000_000, 1));
		await mkdir(join(folder, 'a', 'b'), {recursive: true});
		await writeFile(join(folder, 'a', 'b', 'c'), Buffer.alloc(12_345, 1));
		await writeFile(join(folder, 'd'), Buffer.alloc(55, 1));
		await symlink(outside, join(folder, 'link'));
		await symlink(join(outside, 'big'), join(folder, 'other'));
		expect(await directorySize(folder)).toBe(12_400);
	});

	test('does not count the holes of a file that is written in segments', async () => {
		const folder = await temporaryDirectory();
		const handle = await open(join(folder, 'sparse'), 'w');
		await handle.write(Buffer.alloc(4096, 1), 0, 4096, 0);
		await handle.sync();
		await handle.close();
		await truncate(join(folder, 'sparse'), 1_000_000_000);
		expect(await directorySize(folder)).toBeLessThan(1_000_000);
	});

	test('of one that is not there is nothing', async () => {
		expect(await directorySize(join(await temporaryDirectory(), 'none'))).toBe(0);
	});
});
