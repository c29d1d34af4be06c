import type {Among} from '../../domain/batch-limits.ts';
import type {BatchId, Job, LaneId} from '../../domain/job.ts';
import type {Instant} from '../../domain/time.ts';
import type {LaneLoad} from '../../engine/ports.ts';
import type {Connection} from './connection.ts';
import {toJob, type JobRow} from './rows.ts';

const startable = "status IN ('waiting', 'queued')";

/** Whether jobs wait whose time to try again has come: they have to be put back in line before candidates are read. */
export const hasRipe = (connection: Connection, now: Instant): boolean =>
	connection
		.prepare(`SELECT 1 FROM jobs INDEXED BY jobs_retries WHERE ${startable} AND retry_at <= ? LIMIT 1`)
		.get(now) !== undefined;

/** Puts jobs whose time has come back in line, in their old order, a thousand at most; returns how many. */
export const ripen = (connection: Connection, now: Instant): number =>
	connection
		.prepare(
			`UPDATE jobs SET retry_at = NULL WHERE id IN
			(SELECT id FROM jobs INDEXED BY jobs_retries WHERE ${startable} AND retry_at <= ? LIMIT 1000)`,
		)
		.run(now).changes;

/** Next in line of a lane, behind a place in the order. */
export const candidates = (
	connection: Connection,
	lane: LaneId,
	limit: number,
	after: number,
	among: Among = {except: []},
): readonly Job[] => {
	const rows =
		'except' in among
			? allBut(connection, lane, limit, after, among.except)
			: among.only
					.flatMap(batch => ofBatch(connection, lane, limit, after, batch))
					.toSorted((a, b) => a.sort_key - b.sort_key)
					.slice(0, limit);
	return rows.map(toJob);
};

/** What is left out is passed in the index alone: some 35 ns a job. */
const allBut = (
	connection: Connection,
	lane: LaneId,
	limit: number,
	after: number,
	batches: readonly BatchId[],
): readonly JobRow[] =>
	connection
		.prepare(
			`SELECT * FROM jobs INDEXED BY jobs_candidates WHERE lane = ? AND ${startable} AND retry_at IS NULL AND sort_key > ?
			${batches.map(() => 'AND batch IS NOT ? ').join('')}ORDER BY sort_key LIMIT ?`,
		)
		.all(lane, after, ...batches, limit) as JobRow[];

const ofBatch = (
	connection: Connection,
	lane: LaneId,
	limit: number,
	after: number,
	batch: BatchId | undefined,
): readonly JobRow[] =>
	connection
		.prepare(
			`SELECT * FROM jobs INDEXED BY jobs_in_line WHERE lane = ? AND ${batch === undefined ? 'batch IS NULL' : 'batch = ?'}
			AND ${startable} AND retry_at IS NULL AND sort_key > ? ORDER BY sort_key LIMIT ?`,
		)
		.all(lane, ...(batch === undefined ? [] : [batch]), after, limit) as JobRow[];

export const lanes = (connection: Connection): readonly LaneLoad[] =>
	connection.prepare('SELECT lane, provider, startable FROM lane_loads').all() as LaneLoad[];

export const nextRetryAt = (connection: Connection, now: Instant): Instant | undefined =>
	(connection
		.prepare(`SELECT min(retry_at) FROM jobs INDEXED BY jobs_retries WHERE ${startable} AND retry_at > ?`)
		.pluck()
		.get(now) as Instant | null) ?? undefined;
