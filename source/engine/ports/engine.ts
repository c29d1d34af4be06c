/*
 * What the engine offers to the screen, to commands and over a socket.
 */
import type {Batch} from '../../domain/batch.ts';
import type {Finding} from '../../domain/finding.ts';
import type {JobDetail, JobId, JobOptions, JobStatus, ProviderId} from '../../domain/job.ts';
import type {SourcePreview} from '../../domain/preview.ts';
import type {EngineSnapshot, WorkId} from '../../domain/snapshot.ts';
import type {Expanded, ExpandOptions} from './catalog.ts';
import type {LogPage, LogRange} from './machine.ts';
import type {ToolReport} from './provider.ts';
import type {
	Duplicate,
	GroupedPage,
	GroupedQuery,
	JobFilter,
	JobPage,
	JobQuery,
	Place,
	Refusal,
	Statistics,
} from './store.ts';

/** A job as a person asks for it; the engine finds provider, lane and identity. */
export type AddRequest = {
	readonly source: string;
	readonly provider?: ProviderId;
	readonly title?: string;
	readonly options?: JobOptions;
	readonly priority?: number;
	/** Attempts before it counts as failed, 1 to 100; default: the configured number. */
	readonly maxAttempts?: number;
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
	/** A second job for each of these that is completed, in another quality: its file goes beside the first. */
	| {
			readonly type: 'upgrade';
			readonly ids: readonly JobId[];
			readonly quality: string;
			readonly output?: string;
			readonly priority?: number;
			readonly isPaused?: boolean;
	  }
	| {readonly type: 'pause-queue' | 'resume-queue'}
	| {readonly type: 'prioritise'; readonly ids: readonly JobId[]; readonly priority: number}
	| {readonly type: 'reorder'; readonly ids: readonly JobId[]; readonly place: Place}
	/** Takes back the last cancel, removal, retry or move that can be; `redo` does again what was taken back last. */
	| {readonly type: 'undo'}
	| {readonly type: 'redo'}
	| {readonly type: 'set-workers'; readonly count: number}
	/** For all downloads together, in bytes per second; null: none; without one: what the configuration says. */
	| {readonly type: 'set-limit'; readonly rate?: number | null}
	/** Something else has changed the queue or the disk: look again. */
	| {readonly type: 'wake'}
	/** The same, and the storage tree is walked. */
	| {readonly type: 'measure-disk'}
	/** Reads the configuration again and puts in force what can be while jobs run; the rest is told. */
	| {readonly type: 'reload'}
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
			/** With `reload`: one sentence for each key that has changed. */
			readonly told?: readonly string[];
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
	/**
	 * What an album, a playlist, an artist's albums or a list (by its absolute path) stands for, as requests to be added. The
	 * scheduler's catalogs are asked. Nothing is added. It reads files as its user may: not for callers from elsewhere.
	 */
	expand(reference: string, options?: ExpandOptions): Promise<Expanded>;
	/** A serialisable union; refusals say why. */
	send(command: EngineCommand): Promise<CommandResult>;
	close(): Promise<void>;
};
