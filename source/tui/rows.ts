import type {BatchView} from '../domain/batch.ts';
import type {BatchId, JobId, JobView} from '../domain/job.ts';

/** Names a row whatever its place: cursor, marks and commands go by it. */
export type RowKey = `j${number}` | `b${number}`;

/** One row of a pane. */
export type JobRow = {
	readonly kind: 'job';
	readonly key: RowKey;
	readonly job: JobView;
	/** Stands below its batch, which is unfolded. */
	readonly isInBatch?: boolean;
};
export type BatchRow = {
	readonly kind: 'batch';
	readonly key: RowKey;
	readonly batch: BatchView;
	/** Its jobs stand below it. */
	readonly isOpen: boolean;
};
export type PaneRow = JobRow | BatchRow;

export const jobKey = (id: JobId): RowKey => `j${id}`;
export const batchKey = (id: BatchId): RowKey => `b${id}`;

/** The job or the batch that a key names. */
export const keyed = (
	key: RowKey,
): {readonly kind: 'job'; readonly id: JobId} | {readonly kind: 'batch'; readonly id: BatchId} =>
	key.startsWith('j')
		? {kind: 'job', id: Number(key.slice(1)) as JobId}
		: {kind: 'batch', id: Number(key.slice(1)) as BatchId};

export const rowOfJob = (job: JobView): JobRow => ({kind: 'job', key: jobKey(job.id), job});

/** What a row is called where it is spoken of. */
export const rowTitle = (row: PaneRow): string => (row.kind === 'job' ? row.job.title : row.batch.title);
