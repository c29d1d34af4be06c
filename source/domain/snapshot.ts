import type {Counts} from './batch.ts';
import type {BreakerPhase} from './breaker.ts';
import type {Gate, Level, Marks} from './disk-guard.ts';
import type {Hold} from './hold.ts';
import type {JobView, LaneId, ProviderId, VolumeId} from './job.ts';
import type {Alert, TargetHealth} from './notices.ts';
import type {Duration, Instant} from './time.ts';

/** One volume as the screen and `disk` show it; sizes in bytes. */
export type VolumeView = {
	readonly id: VolumeId;
	readonly path: string;
	readonly marks: Marks;
	readonly level: Level | undefined;
	readonly gate: Gate;
	/** What running jobs still have to write. */
	readonly reserved: number;
	/** Until the pause mark at the measured rate of filling. */
	readonly timeToFull: Duration | undefined;
	/** That rate, in bytes per second. */
	readonly fillRate?: number;
	/** When a closed gate opens if the level stays as it is; undefined while something has to be freed first. */
	readonly opensAt?: Instant | undefined;
	/** When the trees were walked last: what `used` and `breakdown` are based on. */
	readonly walkedAt?: Instant | undefined;
	/** Bytes by category (`videos`, `audio`, …, `other`), undefined until the first walk is done. */
	readonly breakdown: Readonly<Record<string, number>> | undefined;
};

export type LaneView = {
	readonly id: LaneId;
	readonly provider: ProviderId;
	readonly running: number;
	readonly limit: number;
	readonly breaker: BreakerPhase;
	readonly failures: number;
	readonly lastSuccessAt: Instant | undefined;
	readonly lastFailureAt: Instant | undefined;
	/** Why nothing of this lane starts, where that is so. */
	readonly hold: Hold | undefined;
};

/** A job that runs, with what it does right now. */
export type ActiveJob = JobView & {
	/** The worker slot it holds, from 1. */
	readonly slot: number;
	/** The volume that it writes to. */
	readonly volume?: VolumeId;
	/** The tool's or our own word for the phase, such as `merging`; empty where there is nothing to say. */
	readonly phase: string;
};

declare const work: unique symbol;
/** Names a long work as long as its scheduler lives. */
export type WorkId = number & {readonly [work]: true};

/** A long work that goes on: a walk through the storage, an act on many jobs, an addition of many. */
export type WorkView = {
	readonly id: WorkId;
	/** What is being done, such as `cancelling jobs`. */
	readonly label: string;
	readonly done: number;
	/** In all, or undefined where nobody knows. */
	readonly total: number | undefined;
	/** The total is only what it was the last time. */
	readonly isEstimate: boolean;
	/** Whether `cancel-work` stops it, with what is done so far left as it is. */
	readonly canCancel: boolean;
};

/** What the process uses. */
export type Resources = {
	/** Resident memory in bytes. */
	readonly memory: number;
	/** Share of one core, 0 and up. */
	readonly cpu: number;
};

/** An act that can be taken back, or done again, before an instant. */
export type UndoView = {readonly label: string; readonly until: Instant};

/**
 * Everything live that a screen shows, small whatever the size of the queue. The same object until something changed.
 */
export type EngineSnapshot = {
	/** Grows with every change of any kind. */
	readonly revision: number;
	/** Grows when rows of the queue changed other than by progress: lists that are on the screen are read again. */
	readonly queueRevision: number;
	readonly at: Instant;
	/** Whether a scheduler runs behind this Engine. */
	readonly isScheduling: boolean;
	readonly isQueuePaused: boolean;
	readonly isStopping: boolean;
	readonly workers: number;
	/** For all downloads together, in bytes per second; undefined: none. */
	readonly limit: number | undefined;
	readonly counts: Counts;
	readonly active: readonly ActiveJob[];
	readonly volumes: readonly VolumeView[];
	readonly lanes: readonly LaneView[];
	/** Bytes per second over all jobs: now, and one value a second for the last minute, oldest first. */
	readonly rate: number;
	readonly rateHistory: readonly number[];
	readonly resources: Resources;
	/** What `undo` would take back and `redo` would do again, in words, and until when that is possible. */
	readonly undo: UndoView | undefined;
	readonly redo: UndoView | undefined;
	/** Things a person should know, such as a missing tool; one sentence each. */
	readonly notices: readonly string[];
	/** What open screens ring for: the newest, where something was to be told since the scheduler started. */
	readonly alert?: Alert;
	/** Who is told of what happens, where somebody is. */
	readonly targets?: readonly TargetHealth[];
	/** Long works that go on; one that is over at once never stands here. */
	readonly works: readonly WorkView[];
};
