import type {Hold} from './hold.ts';
import {endedStatuses, hasEnded, jobStatuses, type BatchId, type JobStatus, type Progress} from './job.ts';
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

/** How far a batch is as a whole, with what runs of it right now. */
export type BatchProgress = {
	readonly ended: number;
	readonly jobs: number;
	/** Of all its jobs, 0 to 1: completed ones whole, those that run by their bytes. */
	readonly share: number;
	/** Of completed files, and of those that are being fetched. */
	readonly bytes: number;
	/** What its files will have together, reckoned from the sizes that are known; undefined where none is. */
	readonly expected: number | undefined;
};

/**
 * The progress of a batch. Jobs that failed or were cancelled have ended, and add nothing to its bytes.
 *
 * @param active running jobs, also those of others
 */
export const progressOfBatch = (
	{id, counts, bytes}: Pick<Batch, 'id' | 'counts' | 'bytes'>,
	active: ReadonlyArray<{readonly batch: BatchId | undefined; readonly progress: Pick<Progress, 'bytes' | 'total'>}>,
): BatchProgress => {
	const running = active.filter(({batch}) => batch === id).map(({progress}) => progress);
	const jobs = totalOf(counts);
	const sized = running.flatMap(({bytes: there, total}) => (total === undefined || total <= 0 ? [] : [{there, total}]));
	const shares = sized.reduce((sum, {there, total}) => sum + Math.min(1, there / total), 0);
	const known = counts.completed + sized.length;
	const knownBytes = bytes + sized.reduce((sum, {total}) => sum + total, 0);
	const wanted = jobs - counts.failed - counts.cancelled;
	return {
		ended: sumOf(counts, endedStatuses),
		jobs,
		share: jobs === 0 ? 0 : Math.min(1, (counts.completed + shares) / jobs),
		bytes: bytes + running.reduce((sum, progress) => sum + progress.bytes, 0),
		expected: known === 0 ? undefined : Math.round((knownBytes / known) * Math.max(wanted, known)),
	};
};
