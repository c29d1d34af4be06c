import {spawn} from 'node:child_process';
import {statSync} from 'node:fs';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {expect, onTestFinished, test, vi} from 'vitest';
import {isLocked, lockDataDirectory, readHolder} from '../../source/system/lock.ts';
import {temporaryDirectory} from '../support/temp.ts';

const lockModule = fileURLToPath(new URL('../../source/system/lock.ts', import.meta.url));
const self = {pid: process.pid, started: '2026-01-01T00:00:00.000Z', version: 'test'};

/** Another process that holds the lock until it is killed. */
const holdElsewhere = async (directory: string): Promise<{kill(): Promise<void>; readonly pid: number}> => {
	const script = `
		const {lockDataDirectory} = await import(${JSON.stringify(lockModule)});
		const result = lockDataDirectory(process.argv[1], {pid: process.pid, started: 'then', version: 'other'});
		if (result.ok) result.lock.announce('/some/socket');
		console.log(result.ok);
		setInterval(() => {}, 1000);
	`;
	const child = spawn(process.execPath, ['--input-type=module', '--eval', script, directory], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	onTestFinished(() => {
		child.kill('SIGKILL');
	});
	const first = await new Promise<string>(resolve => {
		child.stdout.setEncoding('utf8').once('data', resolve);
	});
	if (first.trim() !== 'true') throw new Error('the other process could not lock');
	return {
		pid: child.pid ?? 0,
		async kill() {
			child.kill('SIGKILL');
			await new Promise(resolve => {
				child.once('exit', resolve);
			});
		},
	};
};

test('one scheduler at most holds a data directory, and the second is told who it is', async () => {
	const directory = await temporaryDirectory();
	const other = await holdElsewhere(directory);
	expect(isLocked(directory)).toBe(true);
	expect(lockDataDirectory(directory, self)).toEqual({
		ok: false,
		reason: 'held',
		holder: {pid: other.pid, started: 'then', socket: '/some/socket', version: 'other'},
	});
});

test('the lock of a scheduler that was killed is free at once', async () => {
	const directory = await temporaryDirectory();
	const other = await holdElsewhere(directory);
	await other.kill();
	await vi.waitFor(() => expect(isLocked(directory)).toBe(false));
	const mine = lockDataDirectory(directory, self);
	expect(mine.ok).toBe(true);
	if (mine.ok) mine.lock.release();
});

test('a lock that was given back leaves nobody behind', async () => {
	const directory = join(await temporaryDirectory(), 'new', 'data');
	const mine = lockDataDirectory(directory, self);
	if (!mine.ok) throw new Error('not locked');
	expect(statSync(directory).mode & 0o777).toBe(0o700);
	expect(readHolder(directory)).toEqual({...self, socket: ''});
	mine.lock.release();
	expect(isLocked(directory)).toBe(false);
	expect(readHolder(directory)).toBeUndefined();
	mine.lock.release();
});

test('asking about a directory that does not exist creates nothing', async () => {
	const directory = join(await temporaryDirectory(), 'nothing');
	expect(isLocked(directory)).toBe(false);
	expect(() => statSync(directory)).toThrow('ENOENT');
});

test('a path that cannot be a directory is unusable', async () => {
	expect(lockDataDirectory('/dev/null/data', self)).toMatchObject({ok: false, reason: 'unusable'});
});
