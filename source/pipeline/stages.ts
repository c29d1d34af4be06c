import {assertNever} from '../domain/assert-never.ts';
import {isActive, type Job, type JobStatus} from '../domain/job.ts';
import type {Instant} from '../domain/time.ts';

/*
 * What a row of the pipeline's `jobs` table and a job of ours have to do with each other. The stages are those of GDA2025
 * (`crates/shared/schema.sql`); what is none of these four belongs to somebody else and is never changed.
 *
 * A row is `downloading` while a tool runs for it, and at no other time: what waits in our queue, for its turn, for a
 * retry or for space, stays `queued`. So other programs see the truth, another downloader may take what we have not
 * begun, and after a crash only what really ran has to be judged.
 */

export type OwnStage = 'queued' | 'downloading' | 'downloaded' | 'failed';

/** Stages that come after the transcription: the video has been read. */
export const readStages = ['transcribed', 'tokenizing', 'tokenized', 'analyzing', 'complete'] as const;

/** Which episode of which series: what the pipeline keeps unique, and what stays when a row is made anew. */
export type RowKey = {readonly anime: number; readonly episode: number};

/** The key in one text. */
export const keyText = ({anime, episode}: RowKey): string => `${anime}/${episode}`;

/** The stage that a job's status means for its row. */
export const stageOf = (status: JobStatus): OwnStage => {
	switch (status) {
		case 'waiting':
		case 'queued':
		case 'paused':
			return 'queued';
		case 'searching':
		case 'starting':
		case 'downloading':
		case 'finishing':
		case 'pausing':
		case 'cancelling':
			return 'downloading';
		case 'completed':
			return 'downloaded';
		case 'failed':
		case 'cancelled':
			return 'failed';
		default:
			return assertNever(status);
	}
};

/** What a row is to be told. `from`: the stages that it may have for that; in any other it is left alone. */
export type Tell = {readonly key: RowKey; readonly retries: number} & (
	| {readonly stage: 'queued'; readonly from: readonly OwnStage[]; readonly error: string | undefined}
	| {
			readonly stage: 'downloaded';
			readonly path: string;
			readonly size: number;
			readonly at: Instant;
			/** Seconds that it plays, where that could be told. */
			readonly duration?: number | undefined;
	  }
	| {readonly stage: 'failed'; readonly error: string}
);

/** Stages that a row may have when it is told of its end: ours, and `queued` where somebody gave it back meanwhile. */
export const beforeEnd: readonly OwnStage[] = ['downloading', 'queued'];

/** What was told by a person's act, in the words of `error_message`. */
export const cancelledWords = 'cancelled in tidegate';
export const removedWords = 'removed from the queue of tidegate';

/** The words of `error_message` for a job that has failed. */
export const failedWords = ({error}: Pick<Job, 'error'>): string =>
	error === undefined ? 'failed' : `${error.code}: ${error.message}`;

/** Retries as the pipeline counts them: the first attempt is none. */
const retriesOf = ({status, attempts}: Pick<Job, 'status' | 'attempts'>): number =>
	Math.max(0, status === 'failed' ? attempts - 1 : attempts);

type Told = Pick<Job, 'status' | 'attempts' | 'error' | 'outputPath' | 'size' | 'endedAt'>;

/** What the row of a job is told about it, or undefined while an attempt runs: the claim has told that. */
export const tellOf = (key: RowKey, job: Told, now: Instant): Tell | undefined => {
	const known = {key, retries: retriesOf(job)};
	switch (stageOf(job.status)) {
		case 'queued':
			return {...known, stage: 'queued', from: ['downloading'], error: job.error && failedWords(job)};
		case 'downloading':
			return undefined;
		case 'downloaded':
			return job.outputPath === undefined || job.size === undefined
				? undefined
				: {...known, stage: 'downloaded', path: job.outputPath, size: job.size, at: job.endedAt ?? now};
		case 'failed':
			return {...known, stage: 'failed', error: job.status === 'cancelled' ? cancelledWords : failedWords(job)};
	}
};

/** What the row is told when a job has gone from one status to another; undefined where that is nothing to it. */
export const tellOfChange = (
	key: RowKey,
	job: Told,
	from: JobStatus,
	to: JobStatus | 'removed',
	now: Instant,
): Tell | undefined => {
	if (to === 'removed') {
		// What has ended was told when it ended.
		if (stageOf(from) !== 'queued') return undefined;
		return {key, retries: retriesOf(job), stage: 'failed', error: removedWords};
	}

	const tell = tellOf(key, job, now);
	// A person wants it again.
	if (tell?.stage === 'queued' && stageOf(from) === 'failed')
		return {...tell, from: ['failed', 'downloading'], error: undefined};
	// Also an attempt that was cancelled while it ran ends here, and nothing is told twice.
	return isActive(job.status) ? undefined : tell;
};

/** A number of the pipeline is from 0 to 1. Not quite 1 while the last byte may be missing. */
export const progressOf = (bytes: number, total: number | undefined): number | undefined =>
	total === undefined || total <= 0 ? undefined : Math.min(0.999, Math.max(0, bytes / total));

/** An instant as SQLite's CURRENT_TIMESTAMP writes it: UTC, whole seconds. */
export const sqlTime = (at: Instant): string => new Date(at).toISOString().slice(0, 19).replace('T', ' ');

/**
 * The instant in a column: what CURRENT_TIMESTAMP writes, ISO 8601 with or without a zone (UTC then), or seconds since
 * 1970; undefined for anything else.
 */
export const instantOf = (value: unknown): Instant | undefined => {
	if (typeof value === 'number') return Number.isFinite(value) ? value * 1000 : undefined;
	if (typeof value !== 'string' || !/^\d{4}-\d\d-\d\d/.test(value)) return undefined;
	const text = value.trim().replace(' ', 'T');
	const at = Date.parse(/(?:z|[+-]\d\d:?\d\d)$/i.test(text) || !text.includes('T') ? text : `${text}Z`);
	return Number.isNaN(at) ? undefined : at;
};
