import type {BatchId, JobStatus} from '../../domain/job.ts';
import type {GroupedQuery} from '../../engine/ports.ts';
import type {Connection} from './connection.ts';
import {groupTrack, type Track} from './tracks.ts';

/** Where reading goes on, always exclusive, in the direction of reading. */
export type Spot =
	| {readonly in: 'batches'; readonly after: number | undefined}
	| {readonly in: 'batch'; readonly batch: BatchId; readonly after: number | undefined}
	/** Backwards only: the batch's own row comes next. */
	| {readonly in: 'row'; readonly batch: BatchId}
	| {readonly in: 'loose'; readonly after: number | undefined};

export const isDescending = (query: GroupedQuery): boolean => query.isDescending ?? false;

/** Jobs of a batch, or those without one, by status in the order in which they start. */
export const tracksOf = (batch: BatchId | undefined, statuses: readonly JobStatus[]): readonly Track[] =>
	statuses.map(status => groupTrack(batch, status));

const listedFrom = 'FROM batch_totals INDEXED BY batch_totals_listed WHERE status = ? AND jobs > 0';

/** Batches that have jobs of these statuses, beyond one of them. */
export const listedBatches = (
	connection: Connection,
	query: GroupedQuery,
	after: number | undefined,
	isBackward: boolean,
	limit: number,
): readonly number[] => {
	const isDown = isDescending(query) !== isBackward;
	const sql = `SELECT batch ${listedFrom} AND batch ${isDown ? '<' : '>'} ? ORDER BY batch ${isDown ? 'DESC' : 'ASC'} LIMIT ?`;
	const start = after ?? (isDown ? Number.MAX_SAFE_INTEGER : 0);
	const found = query.statuses.flatMap(
		status => connection.prepare(sql).pluck().all(status, start, limit) as readonly number[],
	);
	return [...new Set(found)].toSorted((a, b) => (isDown ? b - a : a - b)).slice(0, limit);
};
