/*
 * The queue as it is kept.
 */
import type {Among} from '../../domain/batch-limits.ts';
import type {Batch, BatchView, Counts} from '../../domain/batch.ts';
import type {Candidate} from '../../domain/candidate.ts';
import type {
	Attempt,
	AttemptToken,
	BatchId,
	Job,
	JobError,
	JobId,
	JobOptions,
	JobStatus,
	JobView,
	LaneId,
	OwnerId,
	Placing,
	ProviderId,
} from '../../domain/job.ts';
import type {Because} from '../../domain/preview.ts';
import type {Instant} from '../../domain/time.ts';
import type {JobEvent} from '../../domain/transitions.ts';
import type {StepId, StepKind, UndoStep} from '../../domain/undo.ts';

/** A job as it is added. The store gives it an id, its place in the order and its times. */
export type NewJob = {
	readonly title: string;
	readonly provider: ProviderId;
	readonly lane: LaneId;
	readonly source: string;
	readonly identity: string;
	readonly options: JobOptions;
	readonly isSourced: boolean;
	readonly isPaused: boolean;
	readonly priority: number;
	readonly maxAttempts: number;
	readonly expectedSize: number | undefined;
	readonly checksum: string | undefined;
	readonly output: string | undefined;
	/** Where its file goes whatever the file is called, relative to the storage root: no two open jobs may share that. */
	readonly destination?: string;
};

export type NewBatch = {
	/** The batch's title, or undefined for jobs that stand alone. Jobs of an existing title join that batch. */
	readonly title: string | undefined;
	readonly jobs: readonly NewJob[];
};

/** A source that was not added because another job has it, or is about to write the same file: then `destination` says which. */
export type Duplicate = {readonly source: string; readonly id: JobId; readonly destination?: string};

/** A job that has the identity of another one, or is about to write the file of it: then `because` is `destination`. */
export type Holder = {readonly id: JobId; readonly status: JobStatus; readonly because: Because};

export type AddResult = {
	readonly ids: readonly JobId[];
	readonly batch: BatchId | undefined;
	readonly duplicates: readonly Duplicate[];
};

/** Sort keys of a list. `order` is the order in which jobs will start. */
export const sortKeys = ['order', 'added', 'ended', 'size'] as const;
export type SortKey = (typeof sortKeys)[number];

export type JobFilter = {
	readonly statuses?: readonly JobStatus[];
	readonly provider?: ProviderId;
	readonly batch?: BatchId;
	/** Case-insensitive text in title or source. */
	readonly text?: string;
};

/** Which part of a list is read; at most one of `after`, `before` and `from`, and the first page without any. */
export type PageRange = {
	/** 1 to 1000, default 100. */
	readonly limit?: number;
	/** A cursor of another page: the rows that follow it. Opaque; belongs to this sort and direction. */
	readonly after?: string;
	/** A cursor of another page: the rows that end there, in the same order as always. */
	readonly before?: string;
	/** Number of the first row, from 0. Where the list is shorter, and with `end`: the last page. */
	readonly from?: number | 'end';
	/** Asks for `numbers`: walks an index where the page is far from both ends, some 30 ms for a million rows. */
	readonly isNumbered?: boolean;
};

export type JobQuery = JobFilter &
	PageRange & {
		/** Default: `order`. */
		readonly sort?: SortKey;
		/** Default: false (ascending). */
		readonly isDescending?: boolean;
		/** Addresses whole, for an export that is to be read back; without it logins and signatures in them are masked. */
		readonly withSecrets?: boolean;
	};

/** Cursors are places between rows: `after: here` reads the same page again, whatever became of the rows before it. */
export type Page<Row> = {
	readonly rows: readonly Row[];
	/** Cursor behind the last row, if rows may follow. */
	readonly next: string | undefined;
	/** Cursor before the first row, if rows may stand before it. */
	readonly previous?: string | undefined;
	/** The same, also where none stands before it now: others may come. */
	readonly here?: string | undefined;
	/** Number of the first row, from 0, and rows of the whole list: where they were asked for and no text has to be searched. */
	readonly numbers?: {readonly first: number; readonly total: number};
};
export type JobPage = Page<JobView>;

/**
 * A list with a row for each batch that has jobs of these statuses; then come the jobs without a batch. Batches stand in
 * the order in which they were added, jobs in the order in which they start.
 */
export type GroupedQuery = PageRange & {
	readonly statuses: readonly JobStatus[];
	/** Batches whose jobs stand below them, in the order in which they start; 1000 at most. */
	readonly open: readonly BatchId[];
	/** Newest batch first, and jobs without a batch from the last to the first. */
	readonly isDescending?: boolean;
};

/** `next` is the first job of the batch that waits to be started or is paused, where the list is about such. */
export type GroupedRow =
	| {readonly kind: 'job'; readonly job: Job}
	| {readonly kind: 'batch'; readonly batch: Batch; readonly isOpen: boolean; readonly next: Job | undefined};
export type GroupedRowView =
	| {readonly kind: 'job'; readonly job: JobView}
	| {readonly kind: 'batch'; readonly batch: BatchView; readonly isOpen: boolean};
export type GroupedPage = Page<GroupedRowView>;

/** What changes with an event, beside the status. */
export type Change = {
	readonly event: JobEvent;
	readonly at: Instant;
	/** With `defer`, `fail`, `yield`: why. Kept with the job and the attempt. */
	readonly error?: JobError;
	/** With `defer`, and with `yield` where others are to go first: when it may start again. */
	readonly retryAt?: Instant;
	/** Bytes on the disk, where they are known. */
	readonly bytes?: number;
	readonly total?: number;
	/** With `finish`: where the artefact is about to go. Kept until `complete`. */
	readonly placing?: Placing;
	/** With `complete`. */
	readonly outputPath?: string;
	readonly size?: number;
	/** With `find`: the source that a search has found. */
	readonly source?: string;
	/** With `find`: the lane in which it is fetched. */
	readonly lane?: LaneId;
	/** With `find`: all that the search has found, best first; takes the place of what an earlier one has. */
	readonly candidates?: readonly Candidate[];
};

export type MoveResult =
	| {readonly ok: true; readonly job: Job | undefined; readonly from: JobStatus}
	| {readonly ok: false; readonly reason: 'no-such-job'}
	/** The attempt is not the current one: its outcome belongs to the past and changes nothing. */
	| {readonly ok: false; readonly reason: 'stale'; readonly status: JobStatus}
	/** Not legal in this status; or, where `rival` is named, that open job is about to write the same file. */
	| {readonly ok: false; readonly reason: 'refused'; readonly status: JobStatus; readonly rival?: JobId};

/** A job after an event (as it was, where the event has removed it), and the status that it came from. */
export type MovedJob = {readonly job: Job; readonly from: JobStatus};

export type Refusal = {readonly id: JobId; readonly reason: string};

export type ProgressRow = {
	readonly id: JobId;
	readonly attempt: AttemptToken;
	readonly bytes: number;
	readonly total: number | undefined;
};

/** Where jobs are moved to in the order. Their priority becomes that of the place where they land. */
export type Place = {readonly at: 'top'} | {readonly at: 'bottom'} | {readonly before: JobId};

export type BatchStatistics = {
	readonly batch: BatchId;
	readonly title: string;
	readonly counts: Counts;
	readonly bytes: number;
};

export type Statistics = {
	readonly counts: Counts;
	/** completed / (completed + failed), 0 to 1, or undefined before the first end. */
	readonly successRate: number | undefined;
	/** Over completed jobs, in bytes. */
	readonly sizes:
		{readonly average: number; readonly least: number; readonly most: number; readonly sum: number} | undefined;
	/** The batches with most jobs first, 20 at most. */
	readonly batches: readonly BatchStatistics[];
	/** The commonest errors of failed jobs, 10 at most. */
	readonly topErrors: ReadonlyArray<{readonly code: string; readonly message: string; readonly count: number}>;
	/** Of the anime pipeline, where one is configured and can be read. */
	readonly pipeline?: PipelineStatistics | undefined;
};

/** What the pipeline's own documents ask of its database. */
export type PipelineStatistics = {
	/** Rows by their stage. */
	readonly stages: Readonly<Record<string, number>>;
	/** `rate`: downloaded / (downloaded + failed), 0 to 1; `beyond`: rows that are downloaded or further. */
	readonly success: {
		readonly downloaded: number;
		readonly failed: number;
		readonly rate: number | undefined;
		readonly beyond: number;
	};
	/** Of videos, in bytes. */
	readonly sizes: {readonly average: number; readonly least: number; readonly most: number} | undefined;
	/** The series with most downloaded episodes first, 20 at most. */
	readonly series: ReadonlyArray<{
		readonly title: string;
		readonly episodes: number;
		readonly downloaded: number;
		readonly failed: number;
	}>;
	/** The commonest errors of failed rows, 5 at most. */
	readonly topErrors: ReadonlyArray<{readonly message: string; readonly count: number}>;
	/** Failed rows, 10 at most. */
	readonly failures: ReadonlyArray<{readonly title: string; readonly episode: number; readonly message: string}>;
	/** Series that the selector has looked at, and those of them that it is sure of; undefined where there is no selector. */
	readonly selections: {readonly total: number; readonly high: number} | undefined;
};

/** Jobs of one lane that wait to be started. */
export type LaneLoad = {readonly lane: LaneId; readonly provider: ProviderId; readonly startable: number};

/**
 * Where jobs live. Async, because PostgreSQL is one of its adapters; SQLite answers at once.
 * Every change of status that was answered survives a power cut; progress need not.
 * Rejections mean that the store itself failed (disk full, file damaged), never that a change was refused.
 */
export type JobStore = {
	/** One transaction; duplicates are left out and name the job that holds the identity, or the destination while it is open. */
	add(batch: NewBatch, now: Instant): Promise<AddResult>;
	/**
	 * Next in line of a lane: startable jobs whose `retryAt` is not in the future, in order, by index; of some batches
	 * alone, or of all but a few, where that is asked for.
	 */
	candidates(lane: LaneId, limit: number, now: Instant, after?: number, among?: Among): Promise<readonly Job[]>;
	/** Lanes that have startable jobs (also those waiting for their retry). */
	lanes(): Promise<readonly LaneLoad[]>;
	/** The earliest `retryAt` after `now` among startable jobs. */
	nextRetryAt(now: Instant): Promise<Instant | undefined>;
	/** Compare-and-set: the job with this attempt as its current one, or undefined when somebody else was faster. */
	claim(id: JobId, attempt: AttemptToken, owner: OwnerId, now: Instant): Promise<Job | undefined>;
	/**
	 * Compare-and-set on status and token. With an attempt, only the holder of the current token may move the job;
	 * without one it is a person's event (`pause resume cancel retry remove`) or recovery (`lose`).
	 */
	move(id: JobId, attempt: AttemptToken | undefined, change: Change): Promise<MoveResult>;
	/** The same event for many jobs, one transaction, in which a step keeps what they were. At most 1000 ids a call. */
	moveMany(
		ids: readonly JobId[],
		change: Change,
		step?: StepId,
	): Promise<{readonly changed: readonly MovedJob[]; readonly refused: readonly Refusal[]}>;
	/** One batch; rows of attempts that are no longer current are left out. Not durable against a power cut. */
	saveProgress(rows: readonly ProgressRow[]): Promise<void>;
	/** Jobs in active statuses. At start, those are what a dead scheduler left behind. */
	active(): Promise<readonly Job[]>;
	get(id: JobId): Promise<Job | undefined>;
	attempts(id: JobId): Promise<readonly Attempt[]>;
	/** What a search has found for the job, best first; none where there was no search. */
	candidatesOf(id: JobId): Promise<readonly Candidate[]>;
	/**
	 * Keeps these in the place of the ones before, and the source of the one that is being fetched now, where it is told.
	 * False, and nothing is changed, where the attempt is not the current one.
	 */
	keepCandidates(id: JobId, attempt: AttemptToken, candidates: readonly Candidate[], source?: string): Promise<boolean>;
	page(query: JobQuery): Promise<Page<Job>>;
	groupedPage(query: GroupedQuery): Promise<Page<GroupedRow>>;
	/** Ids in ascending order of id, for acting on many; `after` is the last id of the page before. */
	ids(filter: JobFilter, limit: number, after?: JobId): Promise<readonly JobId[]>;
	/** Kept, not counted. */
	counts(): Promise<Counts>;
	statistics(): Promise<Statistics>;
	batch(ref: string | BatchId): Promise<Batch | undefined>;
	/** For each, the job that keeps it from being added, as `add` would find it. At most 1000 a call. */
	holders(jobs: ReadonlyArray<Pick<NewJob, 'identity' | 'destination'>>): Promise<ReadonlyArray<Holder | undefined>>;
	/** For each, its place in the order as `Job.order` has it; undefined where there is no such job. At most 1000 a call. */
	orders(ids: readonly JobId[]): Promise<ReadonlyArray<number | undefined>>;
	/** Jobs get this priority (0 to 9) and go behind the others that have it, keeping their order among themselves. */
	prioritise(
		ids: readonly JobId[],
		priority: number,
		step?: StepId,
	): Promise<{readonly changed: readonly JobId[]; readonly refused: readonly Refusal[]}>;
	/** Jobs go to a place, keeping their order among themselves. */
	reorder(
		ids: readonly JobId[],
		place: Place,
		step?: StepId,
	): Promise<{readonly changed: readonly JobId[]; readonly refused: readonly Refusal[]}>;
	/** The journal of what can be undone. */
	readonly steps: StepJournal;
	/** Jobs among these that do not run and have a placing: a crash came in its middle, and their file may be there already. */
	halfPlaced(ids: readonly JobId[]): Promise<readonly Job[]>;
	/** Small facts that outlive the process, such as whether the queue is paused. */
	readSetting(key: SettingKey): Promise<string | undefined>;
	writeSetting(key: SettingKey, value: string): Promise<void>;
	close(): Promise<void>;
};

/**
 * What can be undone, kept with the queue so that it outlives the process. A step has kept its jobs as they were before an
 * act changed them; what was changed is in the same transaction.
 */
export type StepJournal = {
	/** Begins a step that has changed nothing yet; the acts that it is handed to fill it. */
	begin(kind: StepKind, detail: string, at: Instant, until: Instant): Promise<StepId>;
	/** All steps, the oldest first. */
	list(): Promise<readonly UndoStep[]>;
	/**
	 * Brings the jobs back to what they were, all in one transaction. Those that have moved on are refused and leave the
	 * step. From `at` on it can be redone, until `until`.
	 */
	undo(step: StepId, at: Instant, until: Instant): Promise<StepChange>;
	/** Opens an undone step for its act, which is done again by who asked; a place in the order is taken again here. */
	redo(step: StepId, at: Instant, until: Instant): Promise<StepChange>;
	/** Jobs of a step in ascending order of id. */
	jobs(step: StepId, limit: number, after?: JobId): Promise<readonly JobId[]>;
	/** The newest step that has cancelled or removed this job and is not undone. */
	of(job: JobId): Promise<StepId | undefined>;
	/** What a job of the step has on the disk, where its last progress may be older. */
	noteBytes(step: StepId, job: JobId, bytes: number): Promise<void>;
	/** The bytes of these jobs are gone: an undo brings them back without. */
	forgetBytes(step: StepId, jobs: readonly JobId[]): Promise<void>;
	/** From now on it can neither be undone nor redone. */
	expire(step: StepId): Promise<void>;
	/** Forgets an expired step, little by little. */
	drop(step: StepId): Promise<void>;
};

export type StepChange = {readonly changed: readonly JobId[]; readonly refused: readonly Refusal[]};

export type SettingKey = 'queue-paused' | 'traffic';
