import type {Level, Marks} from './disk-guard.ts';
import type {Duration} from './time.ts';

/** A mark that closes a gate or stops what runs, as far away as it is now. */
export type Approach = {
	/** Whether it counts the bytes under the trees or what the filesystem has left. */
	readonly kind: 'used' | 'free';
	readonly mark: 'pause' | 'stop';
	/** Where it stands, in bytes of its kind. */
	readonly at: number;
	/** Bytes that may still be written until it is met; 0 where it is met. */
	readonly left: number;
	/** The same as a time, at a rate of filling; undefined where the volume is not being filled. */
	readonly in: Duration | undefined;
};

/**
 * The marks of both kinds at this rate of filling (bytes per second), the nearest pause mark first, then the nearest limit.
 * Marks on used bytes are left out until these have been measured.
 */
export const approaches = (level: Level, marks: Marks, rate: number): readonly Approach[] => {
	const approach = (kind: Approach['kind'], mark: Approach['mark'], at: number, distance: number): Approach => {
		const left = Math.max(0, distance);
		return {kind, mark, at, left, in: rate > 0 ? (left / rate) * 1000 : undefined};
	};

	const {used, free} = marks;
	const byUsed =
		used === undefined || level.used === undefined
			? []
			: [
					approach('used', 'pause', used.pause, used.pause - level.used),
					approach('used', 'stop', used.hard, used.hard - level.used),
				];
	return [
		...byUsed,
		approach('free', 'pause', free.pause, level.free - free.pause),
		approach('free', 'stop', free.stop, level.free - free.stop),
	].toSorted((a, b) => (a.mark === b.mark ? a.left - b.left : a.mark === 'pause' ? -1 : 1));
};

/** Bytes that have to be freed until a closed gate may open: until the level is on the right side of both resume marks. */
export const toBeFreed = (level: Level, marks: Marks): number => {
	const byUsed = marks.used === undefined || level.used === undefined ? 0 : level.used - marks.used.resume;
	return Math.max(0, byUsed, marks.free.resume - level.free);
};
