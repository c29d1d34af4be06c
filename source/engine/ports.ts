/*
 * What the engine needs of the world, and what it offers to it. Adapters implement these types and are handed to
 * `createEngine`; nobody else knows which adapter is behind a port.
 */
import type {Batch, BatchView, Counts} from '../domain/batch.ts';
import type {Level} from '../domain/disk-guard.ts';
import type {Failure} from '../domain/failure.ts';
import type {Finding} from '../domain/finding.ts';
import type {
	Attempt,
	AttemptToken,
	BatchId,
	Job,
	JobDetail,
	JobError,
	JobId,
	JobOptions,
	JobStatus,
	JobView,
	LaneId,
	OwnerId,
	Placing,
	ProviderId,
	VolumeId,
} from '../domain/job.ts';
import type {Because, SourcePreview} from '../domain/preview.ts';
import type {EngineSnapshot, WorkId} from '../domain/snapshot.ts';
import type {Instant} from '../domain/time.ts';
import type {JobEvent} from '../domain/transitions.ts';
import type {StepId, StepKind, UndoStep} from '../domain/undo.ts';

// ---------------------------------------------------------------- the queue as it is kept

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
	/** Next in line of a lane: startable jobs whose `retryAt` is not in the future, in order, by index. */
	candidates(lane: LaneId, limit: number, now: Instant, after?: number): Promise<readonly Job[]>;
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

export type SettingKey = 'queue-paused';

// ---------------------------------------------------------------- what runs a job

export type ToolReport = {
	readonly name: string;
	readonly ok: boolean;
	readonly version: string | undefined;
	/** What is wrong, and what to do about it, where something is. */
	readonly problem: string | undefined;
	readonly fix: string | undefined;
};

/** What a provider tells while it runs. All fields are what is known now; `bytes` are those on the disk. */
export type ProviderReport = {
	readonly bytes?: number;
	readonly total?: number;
	readonly title?: string;
	/** A word for what is being done, such as `merging`. */
	readonly phase?: string;
};

export type RunContext = {
	/** The job's private directory: exists, is empty or holds what earlier attempts left. Absolute. */
	readonly directory: string;
	/** Aborted when the attempt must end; bytes on the disk stay. */
	readonly signal: AbortSignal;
	/** May be called as often as it likes; never after the run has settled. */
	readonly report: (report: ProviderReport) => void;
	/** Writes a line to the job's log; control characters and secrets are taken out on the way. */
	readonly log: (line: string) => void;
	/** Attempts spent before this one. */
	readonly attempt: number;
	/** In the environment of every process that is started, so that survivors of a crash are found. */
	readonly token: AttemptToken;
	/** Bytes per second, or undefined for none. */
	readonly rateLimit: number | undefined;
};

export type RunOutcome =
	/** The provider says that this file, inside the directory, is what was asked for. It is verified before it is believed. */
	| {
			readonly type: 'fetched';
			readonly path: string;
			readonly name: string;
			readonly size?: number;
			readonly checksum?: string;
			readonly isWebPageExpected?: boolean;
			/** Seconds that it plays, where the provider was told so before it fetched it. */
			readonly duration?: number;
	  }
	| {readonly type: 'failed'; readonly failure: Failure}
	/** It ended because the signal was aborted. */
	| {readonly type: 'stopped'};

export type SearchOutcome =
	| {readonly type: 'found'; readonly source: string}
	| {readonly type: 'failed'; readonly failure: Failure}
	| {readonly type: 'stopped'};

export type Provider = {
	readonly id: ProviderId;
	readonly abilities: {readonly resume: boolean; readonly liveRateLimit: boolean; readonly needsSearch: boolean};
	/** Pure: whether this provider takes the source. */
	accepts(source: string): boolean;
	/** Pure: the lane of a source; most providers have one lane, named like themselves. */
	laneOf(source: string): LaneId;
	/** Pure: the one form of all spellings of the same source. */
	canonical(source: string): string;
	/** Pure: what is wrong with what a person asks for beyond the source, in words; such a job is not added. */
	problemWith?(source: string, options: JobOptions): string | undefined;
	check(): Promise<ToolReport>;
	search?(job: Job, context: RunContext): Promise<SearchOutcome>;
	/** Never throws for what can happen; never reports after it has settled; leaves no process behind. */
	run(job: Job, context: RunContext): Promise<RunOutcome>;
	/** Ends what the provider itself keeps running, such as a daemon. */
	close?(): Promise<void>;
};

// ---------------------------------------------------------------- the machine

export type Clock = {
	now(): Instant;
	/** 0 up to, but not, 1. */
	chance(): number;
	/** A name that nobody else has. */
	uniqueName(): string;
	/** Calls once at or after the instant; returns what takes the call back. Does not keep the process alive. */
	at(instant: Instant, call: () => void): () => void;
};

/** Who looks at a walk through the trees. */
export type WalkWatch = {
	/** Is told from time to time how many entries were seen, and how many the last walk has seen, where there was one. */
	readonly onEntries: (entries: number, lastTime: number | undefined) => void;
	readonly signal: AbortSignal;
};

/** Looks at the filesystem that jobs write to. */
export type DiskProbe = {
	readonly volume: VolumeId;
	readonly path: string;
	/** Free and total space at once; used bytes from the last walk and what was written since. Undefined: not mounted. */
	sample(): Promise<Level | undefined>;
	/** The filesystem that is mounted at a folder below, relative to `path`; undefined where it is the same one. */
	below?(
		folder: string,
	): Promise<{readonly volume: VolumeId; readonly free: number; readonly total: number} | undefined>;
	/** Tells what tidegate itself wrote (or took away) since the last walk, in bytes. */
	wrote(bytes: number): void;
	/**
	 * Walks the configured trees again in the background; resolves when the numbers are new, or when the signal has ended it
	 * and they are the old ones.
	 */
	walk(watch?: WalkWatch): Promise<void>;
	breakdown(): Readonly<Record<string, number>> | undefined;
	/** When the last walk ended, undefined before the first. */
	walkedAt?(): Instant | undefined;
	close(): Promise<void>;
};

export type Verdict =
	| {readonly ok: true; readonly size: number; readonly identity: string}
	| {readonly ok: false; readonly failure: Failure};

/** Where a fetched file becomes a finished one, and the only place that touches the storage tree. */
export type Finisher = {
	/** Makes the job's private directory, or finds it; refuses when the storage is not there. */
	prepare(
		id: JobId,
	): Promise<{readonly ok: true; readonly directory: string} | {readonly ok: false; readonly failure: Failure}>;
	directoryOf(id: JobId): string;
	/** Bytes that lie in the job's directory. */
	sizeOf(id: JobId): Promise<number>;
	/** Whether the artefact is what was asked for: there, whole, of the right size and sum, and no error page. */
	verify(job: Job, outcome: Extract<RunOutcome, {type: 'fetched'}>, signal: AbortSignal): Promise<Verdict>;
	/** Where the artefact should go: the template filled in, with a number where the name is taken. Relative to the root. */
	target(job: Job, batchTitle: string | undefined, fileName: string): Promise<string>;
	/** Pure: the same as far as it can be told before the file is there; relative to the root. */
	expectedTarget?(job: Job, batchTitle: string | undefined): string;
	/** One rename that never overwrites, durable when it resolves. Also finishes what a crash interrupted. */
	place(
		job: Job,
		placing: Placing,
	): Promise<{readonly ok: true; readonly path: string} | {readonly ok: false; readonly failure: Failure}>;
	/** Removes the job's private directory. */
	clear(id: JobId): Promise<void>;
	/** Whether the file of this placing is in its place already. Rejects where nobody can look. */
	isPlaced(job: Job, placing: Placing): Promise<boolean>;
	/** Moves the job's private directory, where it has one, out of the way, in the name of a step that may be undone. */
	setAside(id: JobId, step: StepId): Promise<void>;
	/** Moves it back; rejects where the job has another one by now. */
	bringBack(id: JobId, step: StepId): Promise<void>;
	/** Jobs whose directories a step has set aside. */
	aside(step: StepId): Promise<readonly JobId[]>;
	/** Steps that have set something aside. */
	asides(): Promise<readonly StepId[]>;
	/** Bytes that a step has set aside. */
	sizeAside(step: StepId): Promise<number>;
	/** Removes what a step has set aside. */
	dropAside(step: StepId): Promise<void>;
	/** Jobs of this queue, of today or of the past, that have a private directory. */
	directories(): Promise<readonly JobId[]>;
};

/** A job's log: lines of its tool and of ours. */
export type JobLog = {
	write(id: JobId, line: string): void;
	read(id: JobId, range: LogRange): Promise<LogPage>;
	/** Why lines cannot be kept now, in a sentence, where that is so. */
	trouble?(): string | undefined;
	/** Resolves when everything written so far can be read. */
	flush(): Promise<void>;
	remove(id: JobId): Promise<void>;
	/** Jobs that have a log. */
	kept(): Promise<readonly JobId[]>;
	close(): Promise<void>;
};

/** `tail` lines from the end, lines from the byte `from` on, or the last ones that end at the byte `before` or earlier. */
export type LogRange =
	| {readonly tail: number}
	| {readonly from: number; readonly limit: number}
	| {readonly before: number; readonly limit: number};
export type LogPage = {
	readonly lines: readonly string[];
	/** Byte of the first line: what stands earlier is read with `before` it. */
	readonly from: number;
	/** Byte to go on from. */
	readonly next: number;
};

// ---------------------------------------------------------------- what the engine offers

/** A job as a person asks for it; the engine finds provider, lane and identity. */
export type AddRequest = {
	readonly source: string;
	readonly provider?: ProviderId;
	readonly title?: string;
	readonly options?: JobOptions;
	readonly priority?: number;
	readonly isPaused?: boolean;
	readonly output?: string;
	readonly expectedSize?: number;
	readonly checksum?: string;
};

/** Which jobs a command means. */
export type Selection =
	| {
			readonly ids: readonly JobId[];
			/** Jobs that are in none of these any more are left out, and told. */
			readonly statuses?: readonly JobStatus[];
	  }
	| {
			readonly filter: JobFilter;
			/** Jobs that are not meant although they match. */ readonly except?: readonly JobId[];
	  };

export type EngineCommand =
	| {
			readonly type: 'add';
			readonly requests: readonly AddRequest[];
			readonly batch?: string;
			readonly skipBad?: boolean;
	  }
	| {
			readonly type: 'pause' | 'resume' | 'retry' | 'cancel' | 'remove';
			readonly selection: Selection;
			/** It belongs to the command before: an undo takes both back. */
			readonly continues?: boolean;
	  }
	| {readonly type: 'pause-queue' | 'resume-queue'}
	| {readonly type: 'prioritise'; readonly ids: readonly JobId[]; readonly priority: number}
	| {readonly type: 'reorder'; readonly ids: readonly JobId[]; readonly place: Place}
	/** Takes back the last cancel, removal, retry or move that can be; `redo` does again what was taken back last. */
	| {readonly type: 'undo'}
	| {readonly type: 'redo'}
	| {readonly type: 'set-workers'; readonly count: number}
	/** Something else has changed the queue or the disk: look again. */
	| {readonly type: 'wake'}
	/** The same, and the storage tree is walked. */
	| {readonly type: 'measure-disk'}
	/** Stops a long work of the snapshot at its next step; what it has done so far stays. */
	| {readonly type: 'cancel-work'; readonly id: WorkId};

/** A source that cannot be added, with its place in the request (from 0) and what is wrong with it. */
export type BadSource = {readonly index: number; readonly source: string; readonly problem: string};

export type CommandResult =
	| {
			readonly ok: true;
			readonly changed: readonly JobId[];
			readonly refused: readonly Refusal[];
			readonly duplicates?: readonly Duplicate[];
			readonly bad?: readonly BadSource[];
			/** The work was stopped before it was done; what is told here is what was done. */
			readonly isStopped?: boolean;
			/** With `undo` and `redo`: the act that was taken back or done again, such as `cancel 3 jobs`. */
			readonly label?: string;
	  }
	| {readonly ok: false; readonly code: CommandProblem; readonly message: string; readonly bad?: readonly BadSource[]};

export type CommandProblem = 'bad-request' | 'no-such-job' | 'refused' | 'no-scheduler' | 'store-failed';

export type LaneHealth = {readonly report: ToolReport; readonly provider: ProviderId};

/**
 * What the screen, the shell commands and the API see: in this process, or in another one over a socket. They cannot tell.
 */
export type Engine = {
	/** Small and live. The same object until something changed. */
	getSnapshot(): EngineSnapshot;
	subscribe(onChange: () => void): () => void;
	list(query: JobQuery): Promise<JobPage>;
	/** The same with the jobs of a batch below it. */
	listGrouped(query: GroupedQuery): Promise<GroupedPage>;
	show(id: JobId): Promise<JobDetail | undefined>;
	findBatch(ref: string): Promise<Batch | undefined>;
	readLog(id: JobId, range: LogRange): Promise<LogPage>;
	statistics(): Promise<Statistics>;
	/** Asks every provider whether its tool is there. */
	health(): Promise<readonly LaneHealth[]>;
	/** Looks at the machine that the scheduler runs on: tools, folders, configuration, free space; problems first. */
	findings(): Promise<readonly Finding[]>;
	/** What each source is, in the order of the requests, if it were added now. Nothing is written. */
	preview(requests: readonly AddRequest[]): Promise<readonly SourcePreview[]>;
	/** A serialisable union; refusals say why. */
	send(command: EngineCommand): Promise<CommandResult>;
	close(): Promise<void>;
};
