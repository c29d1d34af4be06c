import {readFileSync} from 'node:fs';
import {describe, expect, test} from 'vitest';

const read = (name: string): Readonly<Record<string, unknown>> =>
	JSON.parse(readFileSync(new URL(`../../${name}`, import.meta.url), 'utf8')) as Readonly<Record<string, unknown>>;

type LockEntry = {readonly gypfile?: boolean; readonly resolved?: string; readonly hasInstallScript?: boolean};

describe('an installation from the lockfile', () => {
	const entries = read('package-lock.json')['packages'] as Record<string, LockEntry>;

	test('needs no compiler: npm is told that better-sqlite3 brings what it needs', () => {
		// Its package.json says `gypfile: false`, but npm 10 and 11 do not write that into a lockfile, and then `npm ci` runs
		// node-gyp because there is a binding.gyp. `npm install` takes the line out again: put it back.
		expect(entries['node_modules/better-sqlite3']?.gypfile).toBe(false);
	});

	test('names no place to download from', () => {
		expect(Object.entries(entries).filter(([, entry]) => entry.resolved !== undefined)).toEqual([]);
	});

	test('runs install scripts only of packages that are named', () => {
		const allowed = read('package.json')['allowScripts'] as Record<string, boolean>;
		const scripted = Object.entries(entries)
			.filter(([path, entry]) => path !== '' && entry.hasInstallScript === true)
			.map(([path]) => path.replace(/^.*node_modules\//, ''));
		expect(scripted.filter(name => allowed[name] === undefined && name !== 'fsevents')).toEqual([]);
	});
});
