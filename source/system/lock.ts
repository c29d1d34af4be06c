import {mkdirSync, readFileSync, renameSync, rmSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import Database from 'better-sqlite3';
import {errorCode} from './files.ts';

/** Who runs the scheduler of a data directory. */
export type Holder = {
	readonly pid: number;
	/** ISO 8601. */
	readonly started: string;
	/** Where it answers; empty until it does. */
	readonly socket: string;
	readonly version: string;
};

export type DataLock = {
	/** Writes where the scheduler answers. */
	announce(socket: string): void;
	release(): void;
};

export type LockResult =
	| {readonly ok: true; readonly lock: DataLock}
	| {readonly ok: false; readonly reason: 'held'; readonly holder: Holder | undefined}
	| {readonly ok: false; readonly reason: 'unusable'; readonly problem: string};

/** Somebody who only asks whether the lock is held has it for an instant; that is waited out. */
const patience = 1000;

const lockPath = (directory: string): string => join(directory, 'tidegate.lock');
const holderPath = (directory: string): string => join(directory, 'scheduler.json');

/**
 * Makes this process the one scheduler of a data directory, which is created where it is missing.
 *
 * The lock is an exclusive SQLite transaction on a file of its own, held for life: the kernel gives it back when the
 * process is gone, however it went, so there is no stale lock to be judged by anyone.
 */
export const lockDataDirectory = (
	directory: string,
	self: {readonly pid: number; readonly started: string; readonly version: string},
): LockResult => {
	let database: Database.Database | undefined;
	try {
		mkdirSync(directory, {recursive: true, mode: 0o700});
		database = new Database(lockPath(directory), {timeout: patience});
		// Nothing is ever written there, so that no journal has to lie beside it.
		database.pragma('journal_mode = MEMORY');
		database.exec('BEGIN EXCLUSIVE');
	} catch (error) {
		database?.close();
		return isBusy(error)
			? {ok: false, reason: 'held', holder: readHolder(directory)}
			: {ok: false, reason: 'unusable', problem: `${directory} cannot be used: ${(error as Error).message}`};
	}

	const held = database;
	const announce = (socket: string): void => {
		writeHolder(directory, {...self, socket});
	};

	try {
		announce('');
	} catch (error) {
		held.close();
		return {ok: false, reason: 'unusable', problem: `${directory} cannot be written: ${(error as Error).message}`};
	}

	return {
		ok: true,
		lock: {
			announce,
			release() {
				if (!held.open) return;
				rmSync(holderPath(directory), {force: true});
				held.close();
			},
		},
	};
};

export type FileLock =
	| {readonly ok: true; release(): void}
	| {readonly ok: false; readonly reason: 'held'}
	| {readonly ok: false; readonly reason: 'unusable'; readonly problem: string};

/** Holds a file of its own (made where it is missing) against everybody who asks in the same way; never waits. The kernel gives it back when the process is gone. */
export const tryFileLock = (path: string): FileLock => {
	let database: Database.Database | undefined;
	try {
		database = new Database(path, {timeout: 0});
		database.pragma('journal_mode = MEMORY');
		database.exec('BEGIN EXCLUSIVE');
	} catch (error) {
		database?.close();
		return isBusy(error)
			? {ok: false, reason: 'held'}
			: {ok: false, reason: 'unusable', problem: `${path} cannot be used: ${(error as Error).message}`};
	}

	const held = database;
	return {ok: true, release: () => void held.close()};
};

/** Whether a scheduler holds the data directory now. Leaves no trace, and creates nothing. */
export const isLocked = (directory: string): boolean => {
	let database: Database.Database | undefined;
	try {
		database = new Database(lockPath(directory), {readonly: true, fileMustExist: true, timeout: 0});
		database.prepare('SELECT count(*) FROM sqlite_schema').get();
		return false;
	} catch (error) {
		return isBusy(error);
	} finally {
		database?.close();
	}
};

/** What the last scheduler wrote about itself; it may be gone by now. */
export const readHolder = (directory: string): Holder | undefined => {
	try {
		const holder = JSON.parse(readFileSync(holderPath(directory), 'utf8')) as Partial<Holder>;
		const {pid, started, socket, version} = holder;
		return typeof pid === 'number' && typeof started === 'string' && typeof socket === 'string'
			? {pid, started, socket, version: typeof version === 'string' ? version : '?'}
			: undefined;
	} catch {
		return undefined;
	}
};

/**
 * Whole or not at all: a reader never sees half of it. On a full disk there is none: the lock holds all the same, and the
 * scheduler is looked for where it usually answers.
 */
const writeHolder = (directory: string, holder: Holder): void => {
	const temporary = `${holderPath(directory)}.${holder.pid}`;
	try {
		writeFileSync(temporary, `${JSON.stringify(holder)}\n`, {mode: 0o600});
		renameSync(temporary, holderPath(directory));
	} catch (error) {
		if (!/^(ENOSPC|EDQUOT)$/.test(errorCode(error) ?? '')) throw error;
		for (const path of [temporary, holderPath(directory)]) rmSync(path, {force: true});
	}
};

const isBusy = (error: unknown): boolean =>
	error instanceof Error && 'code' in error && /^SQLITE_(BUSY|LOCKED)/.test(String(error.code));
