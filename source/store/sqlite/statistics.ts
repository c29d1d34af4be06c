import {noCounts, type Batch, type Counts} from '../../domain/batch.ts';
import type {BatchId, JobStatus} from '../../domain/job.ts';
import type {BatchStatistics, Statistics} from '../../engine/ports.ts';
import {batchIdOf} from './adding.ts';
import type {Connection} from './connection.ts';

type Total = {readonly status: JobStatus; readonly jobs: number; readonly bytes: number};

/** Twelve rows that triggers keep. */
export const counts = (connection: Connection): Counts => toCounts(totals(connection));

/** A batch by its title, or else by its id. */
export const batchBy = (connection: Connection, ref: string | BatchId): Batch | undefined => {
	const id = typeof ref === 'number' ? ref : (batchIdOf(connection, ref) ?? idIn(ref));
	const row = connection.prepare('SELECT title, created_at FROM batches WHERE id = ?').get(id) as
		{readonly title: string; readonly created_at: number} | undefined;
	if (id === undefined || row === undefined) return undefined;
	return {title: row.title, createdAt: row.created_at, ...batchTotals(connection, id as BatchId)};
};

/** Reads the totals, and one index over the failed jobs: not for every frame. */
export const statistics = (connection: Connection): Statistics => {
	const byStatus = toCounts(totals(connection));
	const ended = byStatus.completed + byStatus.failed;
	return {
		counts: byStatus,
		successRate: ended === 0 ? undefined : byStatus.completed / ended,
		sizes: sizes(connection, byStatus.completed),
		batches: largestBatches(connection),
		topErrors: topErrors(connection),
	};
};

const totals = (connection: Connection): readonly Total[] =>
	connection.prepare('SELECT status, jobs, bytes FROM totals').all() as Total[];

const toCounts = (rows: readonly Total[]): Counts => ({
	...noCounts,
	...Object.fromEntries(rows.map(({status, jobs}) => [status, jobs])),
});

const idIn = (ref: string): number | undefined => (/^\d{1,15}$/.test(ref) ? Number(ref) : undefined);

const batchTotals = (connection: Connection, id: BatchId): {id: BatchId; counts: Counts; bytes: number} => {
	const rows = connection.prepare('SELECT status, jobs, bytes FROM batch_totals WHERE batch = ?').all(id) as Total[];
	return {id, counts: toCounts(rows), bytes: rows.reduce((sum, {bytes}) => sum + bytes, 0)};
};

const sizes = (connection: Connection, completed: number): Statistics['sizes'] => {
	if (completed === 0) return undefined;
	const sum = connection.prepare("SELECT bytes FROM totals WHERE status = 'completed'").pluck().get() as number;
	const end = (which: 'min' | 'max'): number =>
		connection.prepare(`SELECT ${which}(size) FROM jobs WHERE size IS NOT NULL`).pluck().get() as number;
	return {average: sum / completed, least: end('min'), most: end('max'), sum};
};

const largestBatches = (connection: Connection): readonly BatchStatistics[] =>
	(
		connection
			.prepare(
				`SELECT id, title FROM batches JOIN (SELECT batch, sum(jobs) AS jobs FROM batch_totals GROUP BY batch) ON batch = id
				ORDER BY jobs DESC, id LIMIT 20`,
			)
			.all() as Array<{readonly id: BatchId; readonly title: string}>
	).map(({id, title}) => {
		const {counts: byStatus, bytes} = batchTotals(connection, id);
		return {batch: id, title, counts: byStatus, bytes};
	});

/** By code, because messages name the file; the message is that of the latest failure. */
const topErrors = (connection: Connection): Statistics['topErrors'] => {
	const message = connection
		.prepare(
			`SELECT error_message FROM jobs INDEXED BY jobs_errors WHERE status = 'failed' AND error_code = ?
			ORDER BY ended_at DESC, id DESC LIMIT 1`,
		)
		.pluck();
	return (
		connection
			.prepare(
				`SELECT error_code AS code, count(*) AS count FROM jobs INDEXED BY jobs_errors WHERE status = 'failed'
				GROUP BY error_code ORDER BY count DESC, code LIMIT 10`,
			)
			.all() as Array<{readonly code: string; readonly count: number}>
	).map(({code, count}) => ({code, message: message.get(code) as string, count}));
};
