import type {Instant} from '../domain/time.ts';
import type {Connection} from './connection.ts';
import {instantOf, sqlTime, type RowKey} from './stages.ts';

/*
 * The pipeline's table `workers`: one row for this downloader, with a heartbeat. Databases without the table, or with
 * another one of that name, do without.
 */

const needed = ['id', 'worker_type', 'status', 'current_job_id', 'last_heartbeat'] as const;

const hasWorkers = (connection: Connection): boolean => {
	const columns = connection.columns('workers');
	return needed.every(name => columns.has(name));
};

/** What this downloader does now. */
export type Beat = {
	/** The row that it has in the table, where it has one already. */
	readonly worker: number | undefined;
	/** The download that has run longest. */
	readonly current: RowKey | undefined;
	readonly at: Instant;
};

/** Writes the heartbeat, and returns the row that it is in; undefined where the pipeline has no such table. */
export const beat = (connection: Connection, {worker, current, at}: Beat): number | undefined => {
	if (!hasWorkers(connection)) return undefined;
	const job =
		current === undefined
			? null
			: connection
					.prepare('SELECT id FROM jobs WHERE anime_id = ? AND episode = ?')
					.pluck()
					.get(current.anime, current.episode);
	const values = [current === undefined ? 'idle' : 'busy', job ?? null, sqlTime(at)];
	if (worker !== undefined) {
		const {changes} = connection
			.prepare(
				`UPDATE workers SET status = ?, current_job_id = ?, last_heartbeat = ?
				WHERE id = ? AND worker_type = 'downloader'`,
			)
			.run(...values, worker);
		if (changes > 0) return worker;
	}

	const {lastInsertRowid} = connection
		.prepare("INSERT INTO workers (worker_type, status, current_job_id, last_heartbeat) VALUES ('downloader', ?, ?, ?)")
		.run(...values);
	return Number(lastInsertRowid);
};

/** Takes this downloader out of the table. */
export const leave = (connection: Connection, worker: number): void => {
	if (hasWorkers(connection))
		connection.prepare("DELETE FROM workers WHERE id = ? AND worker_type = 'downloader'").run(worker);
};

/** When those who say that they work on a row were heard last. */
export const heartbeatsFor = (connection: Connection, id: number): ReadonlyArray<Instant | undefined> =>
	hasWorkers(connection)
		? (
				connection.prepare('SELECT last_heartbeat FROM workers WHERE current_job_id = ?').pluck().all(id) as unknown[]
			).map(instantOf)
		: [];
