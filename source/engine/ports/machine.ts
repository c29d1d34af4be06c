/*
 * The machine: its clock, its disk, its files and logs.
 */
import type {Level} from '../../domain/disk-guard.ts';
import type {Failure} from '../../domain/failure.ts';
import type {Job, JobId, Placing, VolumeId} from '../../domain/job.ts';
import type {Instant} from '../../domain/time.ts';
import type {LocalTime} from '../../domain/timetable.ts';
import type {StepId} from '../../domain/undo.ts';
import type {RunOutcome} from './provider.ts';

export type Clock = {
	now(): Instant;
	/** What the clock on the wall shows at an instant. */
	localTime(at: Instant): LocalTime;
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

type Fetched = Extract<RunOutcome, {type: 'fetched'}>;

/** What the steps between the check of a file and its place are given. */
export type RefineHelp = {
	/** Aborted when the attempt must end; the fetched file stays. */
	readonly signal: AbortSignal;
	/** A word for what is being done, such as `remuxing`. */
	readonly phase: (word: string) => void;
	/** Writes a line to the job's log. */
	readonly log: (line: string) => void;
	/**
	 * Promises so many bytes beside the fetched file, in all, to this attempt, and waits until they fit under the disk's
	 * marks. `never`: they would not even when all placed files are gone; `later`: the attempt has ended meanwhile, or, where
	 * it `isUrgent`, they do not fit now.
	 */
	readonly reserve: (bytes: number, isUrgent?: boolean) => Promise<'fits' | 'later' | 'never'>;
	/** So many bytes lie beside the fetched file now. */
	readonly wrote: (bytes: number) => void;
};

export type Refined =
	/** The file that is to be placed, verified; the fetched one where nothing had to be done. */
	| {
			readonly type: 'refined';
			readonly outcome: Pick<Fetched, 'path' | 'name'>;
			readonly size: number;
			readonly identity: string;
	  }
	| {readonly type: 'failed'; readonly failure: Failure}
	/** So many bytes beside the fetched file do not fit now. */
	| {readonly type: 'no-room'; readonly needs: number}
	/** The signal has ended it. */
	| {readonly type: 'stopped'};

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
	verify(job: Job, outcome: Fetched, signal: AbortSignal): Promise<Verdict>;
	/**
	 * Changes a verified file into what is to be placed: another container, tags. Writes beside it, in the job's directory, and
	 * never into it: what a crash, a stop or a failure interrupts is done again without fetching anything.
	 */
	refine?(
		job: Job,
		outcome: Fetched,
		verified: {readonly size: number; readonly identity: string},
		help: RefineHelp,
	): Promise<Refined>;
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
