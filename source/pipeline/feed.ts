import {hasEnded, isActive, type Job} from '../domain/job.ts';
import type {Instant} from '../domain/time.ts';
import type {QueuedRow} from './request.ts';
import {keyText} from './stages.ts';

/** What has to be known of a job of ours that has not ended. */
export type OpenJob = Pick<Job, 'status' | 'retryAt'>;

/** Rows that are kept in line for so many workers: as many as they can use soon. */
export const windowFor = (workers: number): number => Math.max(16, 2 * workers);

/** Jobs that wait for their retry take no place in the line, but not without end. */
const mostRetries = 500;

const isInLine = ({status, retryAt}: OpenJob, now: Instant): boolean =>
	(status === 'queued' || status === 'waiting') && (retryAt === undefined || retryAt <= now);

/** How many rows to take now, 0 and up. */
export const roomFor = (open: Iterable<OpenJob>, workers: number, now: Instant): number => {
	let inLine = 0;
	let retrying = 0;
	for (const job of open) {
		if (isInLine(job, now)) inLine++;
		else if (!isActive(job.status) && !hasEnded(job.status) && job.status !== 'paused') retrying++;
	}

	return retrying >= mostRetries ? 0 : Math.max(0, windowFor(workers) - inLine);
};

/** Rows in their order, without those that are jobs of ours already; `limit` at most. */
export const choose = (
	rows: readonly QueuedRow[],
	isKnown: (key: string) => boolean,
	limit: number,
): readonly QueuedRow[] => rows.filter(row => !isKnown(keyText(row))).slice(0, limit);
