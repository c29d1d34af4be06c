import {chmodSync, closeSync, mkdirSync, openSync, statfsSync, statSync} from 'node:fs';
import {dirname} from 'node:path';
import Database from 'better-sqlite3';

/** One connection with its statements, each prepared once. */
export type Connection = {
	readonly database: Database.Database;
	readonly prepare: (sql: string) => Database.Statement<unknown[]>;
	/** Reads everything inside from one and the same state of the database. */
	readonly snapshot: <Result>(read: () => Result) => Result;
	readonly close: () => void;
};

export type ConnectionOptions = {
	readonly isReadOnly: boolean;
	/** Is told each statement that runs, with its values filled in. */
	readonly trace?: ((sql: string) => void) | undefined;
};

/** How long SQLite itself waits, blocking, for another process; the writer waits longer without blocking. */
const busyTimeout = 2000;

/** Opens a connection. The file must exist; see `createFile`. */
export const openConnection = (path: string, {isReadOnly, trace}: ConnectionOptions): Connection => {
	const database = new Database(path, {
		readonly: isReadOnly,
		fileMustExist: true,
		timeout: busyTimeout,
		...(trace === undefined ? {} : {verbose: message => trace(String(message))}),
	});
	database.pragma('foreign_keys = ON');
	// Statements that fire triggers keep a journal of their own: in a file, it takes half the time of a large add.
	database.pragma('temp_store = MEMORY');
	// In KiB: what a large add dirties should stay in memory until it is committed; grows only when it is used.
	database.pragma('cache_size = -16384');
	const statements = new Map<string, Database.Statement<unknown[]>>();
	const prepare = (sql: string): Database.Statement<unknown[]> => {
		const known = statements.get(sql);
		if (known !== undefined) return known;
		const statement = database.prepare<unknown[]>(sql);
		statements.set(sql, statement);
		return statement;
	};

	return {
		database,
		prepare,
		snapshot: read => {
			prepare('BEGIN').run();
			try {
				return read();
			} finally {
				prepare('COMMIT').run();
			}
		},
		close: () => {
			database.close();
		},
	};
};

/** Makes the file and its directory where they are missing; nobody but this user may read them. */
export const createFile = (path: string): void => {
	mkdirSync(dirname(path), {recursive: true, mode: 0o700});
	closeSync(openSync(path, 'a', 0o600));
};

/** Takes a file that was made elsewhere away from others; -wal and -shm take over its mode. */
export const protectFile = (path: string): void => {
	if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600);
};

/**
 * The store's own failure, naming what was being done; keeps SQLite's code, such as `SQLITE_FULL`. Its cause says what is
 * wrong without the job that met it.
 */
export const storeError = (doing: string, error: unknown, path?: string): unknown => {
	if (!(error instanceof Database.SqliteError)) return error;
	const isFull = error.code === 'SQLITE_FULL' || (mayBeFull(error) && path !== undefined && hasNoSpace(path));
	const cause =
		isFull && path !== undefined
			? new Error(`no space is left in the data folder ${dirname(path)}`, {cause: error})
			: error;
	return Object.assign(new Error(`${doing}: ${cause.message}`, {cause}), {code: isFull ? 'SQLITE_FULL' : error.code});
};

// Beside the plain one: SQLite 3.51 says these where a quota ends, where its index of the log cannot grow, and where a file
// cannot be made.
const fullCodes = new Set(['SQLITE_FULL', 'SQLITE_IOERR_WRITE', 'SQLITE_IOERR_FSYNC', 'SQLITE_CANTOPEN']);

/** Whether giving up the ballast may help. */
export const mayBeFull = (error: unknown): boolean =>
	error instanceof Database.SqliteError && (fullCodes.has(error.code) || error.code.startsWith('SQLITE_IOERR_SHM'));

const hasNoSpace = (path: string): boolean => {
	try {
		const {bavail, bsize} = statfsSync(dirname(path));
		return bavail * bsize < 64 * 1024;
	} catch {
		return false;
	}
};
