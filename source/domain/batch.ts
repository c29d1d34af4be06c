import type {Hold} from './hold.ts';
import {hasEnded, jobStatuses, type BatchId, type JobStatus} from './job.ts';
import type {Instant} from './time.ts';

export type Counts = Readonly<Record<JobStatus, number>>;

/** Jobs that were added together: a season, an album, a list. */
export type Batch = {
	readonly id: BatchId;
	readonly title: string;
	readonly createdAt: Instant;
	readonly counts: Counts;
	readonly bytes: number;
};

/** A batch with what only the scheduler knows. */
export type BatchView = Batch & {
	/** Why the next of its jobs that wait does not start now; undefined where none waits, or it is next. */
	readonly hold: Hold | undefined;
};

export const noCounts: Counts = Object.fromEntries(jobStatuses.map(status => [status, 0])) as Record<JobStatus, number>;

export const totalOf = (counts: Counts): number => jobStatuses.reduce((sum, status) => sum + counts[status], 0);

export const sumOf = (counts: Counts, statuses: readonly JobStatus[]): number =>
	statuses.reduce((sum, status) => sum + counts[status], 0);

/** Complete when every job in it has ended; an empty batch is not. */
export const isComplete = (counts: Counts): boolean => {
	const ended = sumOf(
		counts,
		jobStatuses.filter(status => hasEnded(status)),
	);
	return ended > 0 && ended === totalOf(counts);
};
