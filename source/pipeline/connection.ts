import {closeSync, openSync, readSync, statSync} from 'node:fs';
import Database from 'better-sqlite3';
import {errorCode} from '../system/files.ts';

/** The pipeline's database as it is open now. It belongs to several programs: nothing of its shape is ever changed. */
export type Connection = {
	/** Each statement is prepared once. */
	readonly prepare: (sql: string) => Database.Statement<unknown[]>;
	/** Columns of a table; empty where there is no such table. */
	readonly columns: (table: string) => ReadonlySet<string>;
	/** One short transaction that writes. */
	readonly transact: <Result>(work: () => Result) => Result;
	/** Another number whenever another connection has changed something. */
	readonly version: () => number;
	/** Tells the file from one that takes its place. */
	readonly file: string;
	readonly close: () => void;
};

/**
 * How long SQLite itself waits, blocking, for another program. Short, because the downloads wait with it; who calls tries
 * again without blocking.
 */
const busyTimeout = 25;

/**
 * Opens the database. Its file must exist.
 *
 * @throws Error in a sentence for people where it cannot be opened, or is no database of the pipeline
 */
export const openPipeline = (path: string, {isReadOnly}: {readonly isReadOnly: boolean}): Connection => {
	try {
		return openFile(path, isReadOnly);
	} catch (error) {
		if (isBusy(error)) throw error;
		const why = errorCode(error) === 'SQLITE_CANTOPEN' || errorCode(error) === 'ENOENT' ? missing : messageOf(error);
		throw new Error(`the pipeline's database ${path} cannot be used: ${why}`, {cause: error});
	}
};

const missing = 'it is not there, or cannot be read; see [pipeline] database';

const openFile = (path: string, isReadOnly: boolean): Connection => {
	const file = fileOf(path);
	const database = new Database(path, {readonly: isReadOnly, fileMustExist: true, timeout: busyTimeout});
	try {
		// Whose rows refer to whom is for the others to keep.
		database.pragma('foreign_keys = OFF');
		const statements = new Map<string, Database.Statement<unknown[]>>();
		const prepare = (sql: string): Database.Statement<unknown[]> => {
			const known = statements.get(sql);
			if (known !== undefined) return known;
			const statement = database.prepare<unknown[]>(sql);
			statements.set(sql, statement);
			return statement;
		};

		const tables = new Map<string, ReadonlySet<string>>();
		const columns = (table: string): ReadonlySet<string> => {
			const known = tables.get(table);
			if (known !== undefined) return known;
			const names = prepare('SELECT name FROM pragma_table_info(?)').pluck().all(table) as string[];
			const found = new Set(names);
			tables.set(table, found);
			return found;
		};

		const absent = neededColumns.filter(name => !columns('jobs').has(name));
		if (absent.length > 0) throw new Error(`its table jobs has no column ${absent.join(', ')}`);
		return {
			prepare,
			columns,
			transact: work => database.transaction(work).immediate(),
			version: () => database.pragma('data_version', {simple: true}) as number,
			file,
			close: () => {
				database.close();
			},
		};
	} catch (error) {
		database.close();
		throw error;
	}
};

const neededColumns = ['id', 'anime_id', 'episode', 'stage'] as const;

/** Which file is at the path now; empty where there is none. */
export const fileOf = (path: string): string => {
	const found = statSync(path, {throwIfNoEntry: false});
	return found === undefined ? '' : `${found.dev}:${found.ino}`;
};

/**
 * Whether looking at the database would make files beside it: SQLite makes the index of a write-ahead log for readers too.
 * Bytes 18 and 19 of the header are 2 then (https://sqlite.org/fileformat.html, 1.3.3).
 */
export const leavesTraces = (path: string): boolean => {
	if (statSync(`${path}-shm`, {throwIfNoEntry: false}) !== undefined) return false;
	const header = Buffer.alloc(20);
	const file = openSync(path, 'r');
	try {
		readSync(file, header, 0, header.length, 0);
	} finally {
		closeSync(file);
	}

	return header.subarray(18, 20).includes(2);
};

/** Another program writes at this moment. */
export const isBusy = (error: unknown): boolean => /^SQLITE_(?:BUSY|LOCKED)/.test(errorCode(error) ?? '');

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
