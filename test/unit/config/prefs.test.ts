import {chmod, mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterEach, beforeEach, expect, test} from 'vitest';
import {openPreferences} from '../../../source/config/prefs.ts';

let directory: string;
beforeEach(async () => {
	directory = join(await mkdtemp(join(tmpdir(), 'tidegate-prefs-')), 'screen');
});
afterEach(() => rm(join(directory, '..'), {recursive: true, force: true}));

const file = (): string => join(directory, 'preferences.json');

test('what was kept is there at the next start', async () => {
	const first = openPreferences(directory);
	expect(first.read()).toEqual({});
	first.keep({theme: 'dark', filters: {queued: 'tide'}});
	await first.flush();
	expect(openPreferences(directory).read()).toEqual({theme: 'dark', filters: {queued: 'tide'}});
	expect((await stat(file())).mode & 0o077).toBe(0);
});

test('many changes are one write, a moment later, without being asked', async () => {
	const preferences = openPreferences(directory);
	for (let index = 0; index < 100; index++) preferences.keep({theme: `t${index}`});
	await expect(stat(directory)).rejects.toThrow('ENOENT');
	await expect.poll(() => openPreferences(directory).read(), {timeout: 5000}).toEqual({theme: 't99'});
	expect(await readdir(directory)).toEqual(['preferences.json']);
});

test('two screens keep what each of them changed, and what a newer version kept stays', async () => {
	await mkdir(directory);
	await writeFile(file(), '{"fromTomorrow": [1, 2]}');
	const one = openPreferences(directory);
	const other = openPreferences(directory);
	one.keep({theme: 'dark'});
	other.keep({isGrouped: true});
	await Promise.all([one.flush(), other.flush()]);
	expect(one.read()).toEqual({fromTomorrow: [1, 2], theme: 'dark', isGrouped: true});
});

test.each([
	['cut off', '{"theme": "da'],
	['empty', ''],
	['a list', '[1, 2, 3]'],
	['null', 'null'],
	['bytes', '\u0000\u0001\uFFFD'],
	['far too large', `{"theme": "${'x'.repeat(100_000)}"}`],
])('a file that is damaged (%s) is no reason not to start, and is written anew', async (_title, text) => {
	await mkdir(directory);
	await writeFile(file(), text);
	const preferences = openPreferences(directory);
	expect(preferences.read()).toEqual({});
	preferences.keep({theme: 'light'});
	await preferences.flush();
	expect(JSON.parse(await readFile(file(), 'utf8'))).toMatchObject({theme: 'light'});
});

test('where nothing can be kept, nothing goes wrong', async () => {
	// A file in the place of the folder: also root cannot write there.
	await writeFile(directory, '');
	const preferences = openPreferences(directory);
	expect(preferences.read()).toEqual({});
	preferences.keep({theme: 'light'});
	await preferences.flush();
	expect(preferences.read()).toEqual({});
});

test('a folder in the place of the file is not read and not taken away', async () => {
	await mkdir(file(), {recursive: true});
	await chmod(file(), 0o700);
	const preferences = openPreferences(directory);
	preferences.keep({theme: 'light'});
	await preferences.flush();
	expect(preferences.read()).toEqual({});
	expect((await stat(file())).isDirectory()).toBe(true);
});
