import {hasEnded, type Attempt, type Job} from '../domain/job.ts';
import type {Duration, Instant} from '../domain/time.ts';

/*
 * Which of two is right where a row and a job of ours do not agree: after a crash, or when somebody has changed the row.
 */

type Known = Pick<Job, 'status' | 'placing' | 'endedAt'>;

/** What to do about a row that is `downloading` while no attempt of ours has it. */
export type Settlement =
	/** The row is told what the job's status means. */
	| 'tell'
	/** The file that the job had is gone: it is fetched anew. */
	| 'renew'
	/** It is left as it is. */
	| 'leave';

/**
 * For a row that we had claimed before this life.
 *
 * @param hasFile whether the file of a completed job is where it was put
 */
export const settleDownloading = (job: Known, hasFile: boolean): Settlement => {
	// Its file is about to be put in its place; the row is told of that.
	if (job.placing !== undefined && !hasEnded(job.status)) return 'leave';
	if (job.status === 'completed' && !hasFile) return 'renew';
	return 'tell';
};

/**
 * Whether a row was taken for an attempt of ours that has ended: it says that its download began while the attempt ran.
 * What was given back, and taken by another downloader since, began later. SQLite's times are whole seconds.
 */
export const isOwnClaim = (
	startedAt: Instant | undefined,
	attempts: ReadonlyArray<Pick<Attempt, 'startedAt' | 'endedAt'>>,
): boolean =>
	startedAt !== undefined &&
	attempts.some(
		attempt =>
			attempt.endedAt !== undefined &&
			startedAt >= Math.floor(attempt.startedAt / 1000) * 1000 &&
			startedAt <= Math.min(attempt.endedAt, attempt.startedAt + claimedWithin),
	);

/**
 * An attempt takes its row at its beginning. One that a crash has ended counts as ended when that was found out, and what is
 * stuck is given back to others after a minute at the earliest: so nobody else's claim is taken for ours.
 */
const claimedWithin: Duration = 60_000;

/** What to do about a row that is `queued` while we have a job for it that is not known to be in line. */
export type Reunion = 'known' | 'tell' | 'renew' | 'retry';

/**
 * For a row that is to be taken. Where a job of ours has ended, either the row was not told yet (a crash, or an act while
 * no scheduler ran), or somebody has put it back since.
 */
export const reunite = (
	job: Known,
	row: {readonly updatedAt: Instant | undefined; readonly wasTold: boolean; readonly hasFile: boolean},
): Reunion => {
	if (!hasEnded(job.status)) return 'known';
	// What is there is never fetched twice; who wants another one removes it.
	if (job.status === 'completed') return row.hasFile ? 'tell' : 'renew';
	// SQLite's times are whole seconds: only a later one is proof.
	const isPutBack =
		row.wasTold ||
		(row.updatedAt !== undefined &&
			job.endedAt !== undefined &&
			Math.floor(row.updatedAt / 1000) > Math.floor(job.endedAt / 1000));
	return isPutBack ? 'retry' : 'tell';
};

/** What is known of a row that somebody else downloads. */
export type Signs = {
	/** When the row was touched last, and when its download began. */
	readonly row: {readonly updatedAt: Instant | undefined; readonly startedAt: Instant | undefined};
	/** Heartbeats of the workers that say that they work on it. */
	readonly heartbeats: ReadonlyArray<Instant | undefined>;
};

/** Whether its downloader is dead: no sign of life for so long. Without any sign at all nobody can tell, and it stays. */
export const isAbandoned = ({row, heartbeats}: Signs, now: Instant, staleAfter: Duration): boolean => {
	const signs = [row.updatedAt, row.startedAt, ...heartbeats].filter(at => at !== undefined);
	return signs.length > 0 && signs.every(at => now - at > staleAfter);
};
