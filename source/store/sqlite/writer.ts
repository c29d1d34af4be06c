import {setTimeout as sleep} from 'node:timers/promises';
import {takeOver, type Ballast} from './ballast.ts';
import {mayBeFull, storeError, type Connection} from './connection.ts';

/** `durable` survives a power cut once it is answered; `lasting` survives a crash of the process. */
export type Durability = 'durable' | 'lasting';

/** The only way to change the database: one transaction at a time. */
export type Writer = {
	/**
	 * Runs the work in a transaction after those that came before it. Resolves when it is committed; rejects, with
	 * nothing changed, when the work threw or the database failed.
	 */
	readonly transact: <Result>(
		doing: string,
		work: (connection: Connection) => Result | Promise<Result>,
		durability?: Durability,
		/** Whether it is worth the ballast, where the disk is full. Default: what is durable is. */
		isWorthBallast?: boolean,
	) => Promise<Result>;
	/** Ends when all transactions have ended. */
	readonly close: () => Promise<void>;
};

/*
 * Waits for another process that writes, without blocking this one: about 30 seconds in all. better-sqlite3 waits inside
 * the call, and a long wait there would stop the downloads as well.
 */
const busyDelays: readonly number[] = [1, 2, 5, 10, 20, ...Array.from({length: 600}, () => 50)];

export const createWriter = (connection: Connection, ballast: Ballast): Writer => {
	const {database, prepare} = connection;
	database.pragma('busy_timeout = 5');
	// A large add makes a large log once; it need not stay so large.
	database.pragma(`journal_size_limit = ${64 * 1024 * 1024}`);
	let synchronous: Durability | undefined;
	let last: Promise<unknown> = Promise.resolve();

	const prepareFor = (durability: Durability): void => {
		if (synchronous === durability) return;
		database.pragma(`synchronous = ${durability === 'durable' ? 'FULL' : 'NORMAL'}`);
		synchronous = durability;
	};

	const begin = async (): Promise<void> => {
		for (const delay of busyDelays) {
			try {
				prepare('BEGIN IMMEDIATE').run();
				return;
			} catch (error) {
				if (!isBusy(error)) throw error;
				await sleep(delay);
			}
		}

		prepare('BEGIN IMMEDIATE').run();
	};

	const runAlone = async <Result>(work: (connection: Connection) => Result | Promise<Result>): Promise<Result> => {
		await begin();
		try {
			const result = await work(connection);
			prepare('COMMIT').run();
			return result;
		} catch (error) {
			// SQLite has rolled back by itself after some failures, such as a full disk.
			if (database.inTransaction) prepare('ROLLBACK').run();
			throw error;
		}
	};

	const inTurn = async <Result>(work: () => Promise<Result>): Promise<Result> => {
		const turn = last.then(work);
		last = turn.catch(() => undefined);
		return turn;
	};

	return {
		transact: async (doing, work, durability = 'durable', isWorthBallast = durability === 'durable') =>
			inTurn(async () => {
				try {
					prepareFor(durability);
					try {
						return await runAlone(work);
					} catch (error) {
						if (!mayBeFull(error)) throw error;
						if (isWorthBallast && ballast.giveUp()) takeOver(connection);
						// A log that cannot grow begins anew when all that it holds is in the database.
						else database.pragma('wal_checkpoint(PASSIVE)');
						return await runAlone(work);
					} finally {
						// Not waited for: it is nobody's business whose change comes next.
						void ballast.restore();
					}
				} catch (error) {
					throw storeError(doing, error, database.name);
				}
			}),
		close: async () =>
			inTurn(async () => {
				connection.close();
				await ballast.keepForNextStart();
			}),
	};
};

const isBusy = (error: unknown): boolean =>
	error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY');
