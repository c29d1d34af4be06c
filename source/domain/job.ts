import type {Candidate} from './candidate.ts';
import type {FailureClass, FailureCode} from './failure.ts';
import type {Hold} from './hold.ts';
import type {Duration, Instant} from './time.ts';
import type {Track} from './track.ts';

declare const brand: unique symbol;
type Branded<Base, Name> = Base & {readonly [brand]: Name};

export type JobId = Branded<number, 'JobId'>;
export type BatchId = Branded<number, 'BatchId'>;

/** Names one attempt; only its holder may write the job's outcome. */
export type AttemptToken = Branded<string, 'AttemptToken'>;

/** Names the scheduler that runs an attempt. */
export type OwnerId = Branded<string, 'OwnerId'>;

export type ProviderId = string;

/** A provider's queue with limits of its own: `yt-dlp`, or `http:example.org` for one server. */
export type LaneId = string;

/** A filesystem, by its device number. */
export type VolumeId = string;

/** Every status of a job, in the order of its life. */
export const jobStatuses = [
	'waiting',
	'searching',
	'queued',
	'starting',
	'downloading',
	'finishing',
	'pausing',
	'cancelling',
	'paused',
	'completed',
	'failed',
	'cancelled',
] as const;

export type JobStatus = (typeof jobStatuses)[number];

/** An attempt is being made: a scheduler owns the job. */
export const activeStatuses = ['searching', 'starting', 'downloading', 'finishing', 'pausing', 'cancelling'] as const;

/** Nothing more happens unless a person asks for it. */
export const endedStatuses = ['completed', 'failed', 'cancelled'] as const;

/** May be started by the scheduler. */
export const startableStatuses = ['waiting', 'queued'] as const;

const includes = (statuses: readonly JobStatus[], status: JobStatus): boolean => statuses.includes(status);

export const isActive = (status: JobStatus): boolean => includes(activeStatuses, status);
export const isStartable = (status: JobStatus): boolean => includes(startableStatuses, status);
export const hasEnded = (status: JobStatus): boolean => includes(endedStatuses, status);
export const isJobStatus = (text: string): text is JobStatus => (jobStatuses as readonly string[]).includes(text);

/** What a person asked for beyond the source; each provider translates it to its own terms. */
export type JobOptions = {
	readonly language?: string;
	readonly hoster?: string;
	readonly quality?: string;
	readonly episode?: number;
	/** The piece of music that is wanted: what is searched for, and what its tags will say. */
	readonly track?: Track;
	/** Names for path templates, such as `mal_id` or `artist`. */
	readonly fields?: Readonly<Record<string, string>>;
};

/** Why the last attempt failed, as it is kept with the job. */
export type JobError = {
	readonly code: FailureCode;
	readonly message: string;
	readonly class: FailureClass;
};

/** Where a verified artefact is about to be placed: written before the rename, so that a crash in between is finished. */
export type Placing = {
	/** The artefact in the job's own directory, relative to that directory. */
	readonly artefact: string;
	/** Where it goes, relative to the storage root. */
	readonly target: string;
	readonly size: number;
	/** Device and inode of the artefact, `dev:ino`: what proves that a file found at the target is this one. */
	readonly identity: string;
};

/** One thing that becomes one file. */
export type Job = {
	readonly id: JobId;
	readonly batch: BatchId | undefined;
	readonly title: string;
	readonly provider: ProviderId;
	readonly lane: LaneId;
	readonly source: string;
	/** Provider, canonical source and variant in one text; two jobs never share it. */
	readonly identity: string;
	readonly options: JobOptions;
	readonly status: JobStatus;
	/** False while a search or a selection still has to find the source. */
	readonly isSourced: boolean;
	/** 0 (last) to 9 (first); 5 unless asked otherwise. */
	readonly priority: number;
	/** Priority, time of arrival and manual moves in one ascending sort key. */
	readonly order: number;
	/** Attempts spent; what the machine lacks spends none. People are told `attemptsMade`. */
	readonly attempts: number;
	readonly maxAttempts: number;
	/** The running attempt, while there is one. */
	readonly attempt: AttemptToken | undefined;
	readonly owner: OwnerId | undefined;
	readonly bytes: number;
	readonly total: number | undefined;
	/** What a person said the size is; the artefact must have it. */
	readonly expectedSize: number | undefined;
	/** `sha256:HEX` and the like; the artefact must match. */
	readonly checksum: string | undefined;
	/** Path template under the storage root, or undefined for the configured one. */
	readonly output: string | undefined;
	readonly placing: Placing | undefined;
	/** Where the finished file is, absolute. */
	readonly outputPath: string | undefined;
	readonly size: number | undefined;
	readonly error: JobError | undefined;
	readonly retryAt: Instant | undefined;
	readonly createdAt: Instant;
	readonly startedAt: Instant | undefined;
	/** When it was completed, failed for good or cancelled. */
	readonly endedAt: Instant | undefined;
	/** How long its attempts have run in all, without what it waited or was paused; lists tell it of jobs that have ended. */
	readonly ranFor?: Duration;
};

/** One run of one job, as it is kept. */
export type Attempt = {
	readonly number: number;
	readonly token: AttemptToken;
	readonly owner: OwnerId;
	readonly startedAt: Instant;
	readonly endedAt: Instant | undefined;
	/** The event that ended it, such as `complete`, `defer` or `lose`. */
	readonly outcome: string | undefined;
	readonly error: JobError | undefined;
	readonly bytes: number;
};

export type Progress = {
	readonly bytes: number;
	readonly total: number | undefined;
	/** Bytes per second over the last seconds. */
	readonly speed: number;
	readonly eta: Duration | undefined;
};

/** A job with what only the scheduler knows: why it does not run, and how fast it does. */
export type JobView = Job & {readonly hold: Hold | undefined; readonly progress: Progress};

export type JobDetail = JobView & {
	readonly history: readonly Attempt[];
	readonly batchTitle: string | undefined;
	/** What a search has found for it, best first, where there was one. */
	readonly candidates?: readonly Candidate[];
	/** The job's private directory while it has one. */
	readonly directory: string;
};

/** How long attempts have run in all. A clock that was set back meanwhile takes nothing away. */
export const timeRan = (history: ReadonlyArray<Pick<Attempt, 'startedAt' | 'endedAt'>>): Duration =>
	history.reduce((sum, {startedAt, endedAt}) => sum + Math.max(0, (endedAt ?? startedAt) - startedAt), 0);

/** Attempts as people count them: those that were spent, and the one that runs or has succeeded. */
export const attemptsMade = ({attempts, status}: Pick<Job, 'attempts' | 'status'>): number =>
	attempts + (isActive(status) || status === 'completed' ? 1 : 0);

/** The size that the job is known or said to get, in bytes. */
export const knownSize = (job: Pick<Job, 'total' | 'expectedSize'>): number | undefined =>
	job.total ?? job.expectedSize;

/** Why an attempt is ended whose job nobody has stopped: what goes on elsewhere may go on, and be found again. */
export const closing: Error = Object.assign(new Error('the scheduler is closing'), {name: 'AbortError'});

export const defaultPriority = 5;
