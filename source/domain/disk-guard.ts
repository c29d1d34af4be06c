import type {VolumeId} from './job.ts';
import type {Duration, Instant} from './time.ts';

/**
 * Marks of a volume, in bytes. `used` counts what lies under the configured trees (the `*_gb` keys of the anime
 * downloader's config); `free` is what the filesystem has left. Required: hard > pause > resume > 0 for `used`,
 * stop < pause < resume for `free`. The configuration refuses anything else.
 */
export type Marks = {
	readonly used: {readonly hard: number; readonly pause: number; readonly resume: number} | undefined;
	readonly free: {readonly stop: number; readonly pause: number; readonly resume: number};
};

/** What a volume looks like at one instant, in bytes. */
export type Level = {
	readonly at: Instant;
	/** Bytes under the configured trees, or undefined until the first walk is done. */
	readonly used: number | undefined;
	readonly free: number;
	readonly total: number;
};

/**
 * Whether jobs may start on a volume.
 *
 * - `open`: yes.
 * - `paused`: above a pause mark; what runs finishes.
 * - `stopped`: at the hard limit, or free space is about to end; what runs is stopped with its bytes kept.
 * - `missing`: the volume is not mounted.
 */
export type Gate =
	| {readonly state: 'open'}
	| {
			readonly state: 'paused' | 'stopped';
			readonly since: Instant;
			readonly detail: string;
			/** Since when the level has been on the right side of the resume marks without a break. */
			readonly clearSince: Instant | undefined;
	  }
	| {readonly state: 'missing'; readonly since: Instant};

/**
 * Marks of the filesystem that the data folder is on. The queue has a ballast of its own there; what more it needs while
 * jobs run is little, so that nothing has to be stopped: only starting waits.
 */
export const dataMarks: Marks = {used: undefined, free: {stop: 0, pause: 6_000_000, resume: 12_000_000}};

/** With so little left, whatever a tool says: it could not write. */
const nothingLeft = 1_000_000;

/** Whether a write may have failed for lack of space, though nobody said so; `levels` are those seen around that time. */
export const isUsedUp = (levels: ReadonlyArray<Pick<Level, 'free'> | undefined>): boolean =>
	levels.some(level => level !== undefined && level.free < nothingLeft);

export const openGate: Gate = {state: 'open'};

/** The volume with its gate, as the plan sees it. */
export type Volume = {
	readonly id: VolumeId;
	/** A directory on the volume, for people. */
	readonly path: string;
	readonly marks: Marks;
	readonly level: Level | undefined;
	readonly gate: Gate;
};

/** Whether the marks mean something yet: until the trees have been walked for the first time, used bytes are not known. */
export const isMeasured = ({marks, level}: Pick<Volume, 'marks' | 'level'>): boolean =>
	marks.used === undefined || level?.used !== undefined;

const isStopped = (level: Level, marks: Marks): string | undefined => {
	if (marks.used !== undefined && level.used !== undefined && level.used >= marks.used.hard)
		return 'hard limit reached';
	if (level.free <= marks.free.stop) return 'free space is about to end';
	return undefined;
};

const isOverPause = (level: Level, marks: Marks): string | undefined => {
	if (marks.used !== undefined && level.used !== undefined && level.used > marks.used.pause)
		return 'above the pause mark';
	if (level.free < marks.free.pause) return 'too little free space';
	return undefined;
};

const isClear = (level: Level, marks: Marks): boolean =>
	(marks.used === undefined || level.used === undefined || level.used < marks.used.resume) &&
	level.free > marks.free.resume;

/**
 * The gate after a new sample. Hysteresis: it closes above the pause mark and opens only when the level has been below
 * the resume mark for `dwell` without a break; inside the band it stays as it is.
 *
 * @param level undefined while the volume is not mounted
 */
export const nextGate = (gate: Gate, level: Level | undefined, marks: Marks, now: Instant, dwell: Duration): Gate => {
	if (level === undefined) return gate.state === 'missing' ? gate : {state: 'missing', since: now};
	const since = gate.state === 'paused' || gate.state === 'stopped' ? gate.since : now;
	const stopped = isStopped(level, marks);
	if (stopped !== undefined) return {state: 'stopped', since, detail: stopped, clearSince: undefined};
	const paused = isOverPause(level, marks);
	if (paused !== undefined) return {state: 'paused', since, detail: paused, clearSince: undefined};
	if (gate.state === 'open' || gate.state === 'missing') return openGate;
	if (!isClear(level, marks))
		return {...gate, state: 'paused', detail: 'waiting for the resume mark', clearSince: undefined};
	// Not later than now: a wall clock that was set back must not keep the gate closed until it has caught up.
	const clearSince = Math.min(gate.clearSince ?? now, now);
	return now - clearSince >= dwell
		? openGate
		: {...gate, state: 'paused', detail: 'space is back; making sure it stays', clearSince};
};

/** The gate after a write was refused for lack of space, whatever the last sample said. */
export const gateAfterDiskFull = (gate: Gate, now: Instant): Gate => ({
	state: 'stopped',
	since: gate.state === 'paused' || gate.state === 'stopped' ? gate.since : now,
	detail: 'the filesystem is full',
	clearSince: undefined,
});

/** When a closed gate may open if nothing changes until then. */
export const gateOpensAt = (gate: Gate, dwell: Duration): Instant | undefined =>
	(gate.state === 'paused' || gate.state === 'stopped') && gate.clearSince !== undefined
		? gate.clearSince + dwell
		: undefined;

/**
 * Bytes that may still be promised to new jobs: what lies between the level and the hard limit (or the stop mark of
 * the free space, whichever is nearer), less what running jobs still have to write. Negative when too much is promised.
 */
export const roomFor = (level: Level, marks: Marks, reserved: number): number => {
	const byFree = level.free - marks.free.stop;
	const byUsed = marks.used === undefined || level.used === undefined ? Infinity : marks.used.hard - level.used;
	return Math.min(byFree, byUsed) - reserved;
};

/** The most bytes one job may ever need: a larger one does not fit even on the emptied volume. */
export const largestFit = (level: Level, marks: Marks): number =>
	Math.min(level.total - marks.free.stop, marks.used?.hard ?? Infinity);

/** Time until the next pause mark at this rate of filling (bytes per second), or undefined when it is not filling. */
export const timeToFull = (level: Level, marks: Marks, rate: number): Duration | undefined => {
	if (rate <= 0) return undefined;
	const byFree = level.free - marks.free.pause;
	const byUsed = marks.used === undefined || level.used === undefined ? Infinity : marks.used.pause - level.used;
	return (Math.max(0, Math.min(byFree, byUsed)) / rate) * 1000;
};
