import {activeStatuses, type Job} from '../domain/job.ts';
import type {JobStore} from '../engine/ports.ts';
import {addJobs, holders} from './sqlite/adding.ts';
import {createBallast, takeOver, type Ballast} from './sqlite/ballast.ts';
import {createFile, mayBeFull, openConnection, protectFile, storeError, type Connection} from './sqlite/connection.ts';
import {groupedPage} from './sqlite/groups.ts';
import * as line from './sqlite/line.ts';
import {candidatesOf, keepCandidates} from './sqlite/candidates.ts';
import {checkVersion, migrate} from './sqlite/migrate.ts';
import {claim, halfPlaced, jobById, move, moveMany, saveProgress} from './sqlite/moves.ts';
import {orders, prioritise, reorder} from './sqlite/order.ts';
import {ids, page} from './sqlite/pages.ts';
import {toAttempt, toJob, type AttemptRow, type JobRow} from './sqlite/rows.ts';
import {migrations} from './sqlite/schema.ts';
import {batchBy, counts, statistics} from './sqlite/statistics.ts';
import {stepJournal} from './sqlite/step-journal.ts';
import {createWriter, type Writer} from './sqlite/writer.ts';

export type SqliteStoreOptions = {
	/** The database file; it and its directory are made where they are missing, readable by this user only. */
	readonly path: string;
	/** Refuses every change; the file must exist. */
	readonly isReadOnly?: boolean;
	/** Keeps some space beside the database for the time when the disk is full: for who has it open for long. Default: no. */
	readonly hasBallast?: boolean;
	/** Is told each SQL statement that runs, with its values filled in; for looking closely. */
	readonly trace?: (sql: string) => void;
};

export type SqliteStore = JobStore & {
	/** Tells this queue from every other one: 12 hexadecimal digits, made with the database. */
	readonly queue: string;
};

/**
 * The queue in a SQLite file, which several processes may have open at once.
 *
 * Two connections: one that changes, one transaction at a time, and one that reads. A reader never sees half of what is
 * being added, and a large add leaves the event loop its turns.
 *
 * @throws Error when the file cannot be opened, is no database, belongs to another program or to a newer tidegate
 */
export const openSqliteStore = (options: SqliteStoreOptions): SqliteStore => {
	const {path, isReadOnly = false, hasBallast = false} = options;
	const ballast = createBallast(path, hasBallast && !isReadOnly);
	try {
		try {
			return openFiles(options, ballast, false);
		} catch (error) {
			// Without a few pages for the index of its log, the database cannot even be read.
			if (!mayBeFull(error) || !ballast.giveUp()) throw error;
			return openFiles(options, ballast, true);
		}
	} catch (error) {
		throw storeError(`opening the queue's database ${path}`, error, path);
	}
};

const openFiles = (options: SqliteStoreOptions, ballast: Ballast, isFull: boolean): SqliteStore => {
	const {path, isReadOnly = false, trace} = options;
	const writer = isReadOnly ? refusingWriter : openWriter(path, ballast, isFull, trace);
	try {
		const reader = openReader(path, trace);
		const store = {...storeOf(reader, writer), queue: queueOf(reader)};
		void ballast.restore();
		return store;
	} catch (error) {
		void writer.close();
		throw error;
	}
};

type Trace = SqliteStoreOptions['trace'];

const openWriter = (path: string, ballast: Ballast, isFull: boolean, trace: Trace): Writer => {
	createFile(path);
	const connection = openConnection(path, {isReadOnly: false, trace});
	try {
		// A file that is not ours to use stays exactly as it is.
		checkVersion(connection.database, migrations.length);
		protectFile(path);
		connection.database.pragma('journal_mode = WAL');
		migrate(connection.database, migrations);
		nameQueue(connection);
		if (isFull) takeOver(connection);
		return createWriter(connection, ballast);
	} catch (error) {
		connection.close();
		throw error;
	}
};

const queueOf = (connection: Connection): string =>
	(connection.prepare("SELECT value FROM settings WHERE key = 'queue'").pluck().get() as string | undefined) ?? '';

/** Made once; of two processes that make it at the same time, the first one's stays. */
const nameQueue = (connection: Connection): void => {
	if (queueOf(connection) !== '') return;
	connection.prepare("INSERT INTO settings VALUES ('queue', lower(hex(randomblob(6)))) ON CONFLICT DO NOTHING").run();
};

const openReader = (path: string, trace: Trace): Connection => {
	const connection = openConnection(path, {isReadOnly: true, trace});
	try {
		const version = checkVersion(connection.database, migrations.length);
		if (version < migrations.length) {
			throw new Error(`${path} has version ${version} of the queue's database: open it once for writing`);
		}

		return connection;
	} catch (error) {
		connection.close();
		throw error;
	}
};

const refusingWriter: Writer = {
	transact: async doing => {
		throw new Error(`${doing}: the queue was opened for reading only`);
	},
	close: async () => {},
};

const storeOf = (reader: Connection, {transact, close}: Writer): JobStore => ({
	// A list of a million may come: what has been added already needs the ballast more.
	add: async (batch, now) => transact('adding jobs', async writer => addJobs(writer, batch, now), 'durable', false),
	candidates: async (lane, limit, now, after = -1, among) =>
		read(async () => {
			try {
				while (line.hasRipe(reader, now)) {
					await transact('putting jobs back in line', writer => line.ripen(writer, now), 'lasting');
				}
			} catch (error) {
				// On a full disk they wait a little longer; who is in line already does not wait with them.
				if (!isFull(error)) throw error;
			}

			return line.candidates(reader, lane, limit, after, among);
		}),
	lanes: async () => read(() => line.lanes(reader)),
	nextRetryAt: async now => read(() => line.nextRetryAt(reader, now)),
	claim: async (id, attempt, owner, now) =>
		transact(`starting job ${id}`, writer => claim(writer, id, attempt, owner, now)),
	move: async (id, attempt, change) =>
		transact(`changing job ${id} (${change.event})`, writer => move(writer, id, attempt, change)),
	moveMany: async (jobs, change, step) =>
		transact(`changing ${jobs.length} jobs (${change.event})`, writer => moveMany(writer, jobs, change, step)),
	saveProgress: async rows => {
		await transact('saving progress', writer => saveProgress(writer, rows), 'lasting');
	},
	active: async () => read(() => activeJobs(reader)),
	get: async id => read(() => jobById(reader, id)),
	attempts: async id =>
		read(() =>
			(reader.prepare('SELECT * FROM attempts WHERE job = ? ORDER BY number').all(id) as AttemptRow[]).map(toAttempt),
		),
	candidatesOf: async id => read(() => candidatesOf(reader, id)),
	keepCandidates: async (id, attempt, candidates, source) =>
		transact(`keeping what was found for job ${id}`, writer => keepCandidates(writer, id, attempt, candidates, source)),
	page: async query => read(async () => page(reader, query)),
	groupedPage: async query => read(async () => groupedPage(reader, query)),
	ids: async (filter, limit, after) => read(async () => ids(reader, filter, limit, after)),
	counts: async () => read(() => counts(reader)),
	statistics: async () => read(() => reader.snapshot(() => statistics(reader))),
	batch: async ref => read(() => reader.snapshot(() => batchBy(reader, ref))),
	holders: async jobs => read(() => holders(reader, jobs)),
	orders: async jobs => read(() => orders(reader, jobs)),
	prioritise: async (jobs, priority, step) =>
		transact('changing priorities', writer => prioritise(writer, jobs, priority, step)),
	reorder: async (jobs, place, step) => transact('moving jobs', writer => reorder(writer, jobs, place, step)),
	steps: stepJournal(reader, transact, read),
	halfPlaced: async jobs => read(() => halfPlaced(reader, jobs)),
	readSetting: async key =>
		read(() => reader.prepare('SELECT value FROM settings WHERE key = ?').pluck().get(key) as string | undefined),
	writeSetting: async (key, value) => {
		await transact('writing a setting', writer =>
			writer
				.prepare('INSERT INTO settings VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value')
				.run(key, value),
		);
	},
	close: async () => {
		reader.close();
		await close();
	},
});

const isFull = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'SQLITE_FULL';

/** Reading waits for nobody; rejections say that it was reading. */
const read = async <Result>(work: () => Result | Promise<Result>): Promise<Result> => {
	try {
		return await work();
	} catch (error) {
		throw storeError('reading the queue', error);
	}
};

const activeJobs = (reader: Connection): readonly Job[] =>
	reader
		.snapshot(() =>
			activeStatuses.flatMap(
				status =>
					reader
						.prepare('SELECT * FROM jobs INDEXED BY jobs_status WHERE status = ? ORDER BY id')
						.all(status) as JobRow[],
			),
		)
		.map(toJob)
		.toSorted((a, b) => a.id - b.id);
