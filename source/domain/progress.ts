import type {Duration, Instant} from './time.ts';
import type {Progress} from './job.ts';

type Point = {readonly at: Instant; readonly bytes: number};

/** Measures a speed over the last seconds. Immutable; holds at most 83 points, however often it is told. */
export type Meter = {readonly points: readonly Point[]};

/** Speeds are averages over this span. */
export const speedWindow: Duration = 8000;

/** Points closer together than this are one. */
const resolution: Duration = 200;

export const newMeter = (now: Instant, bytes: number): Meter => ({points: [{at: now, bytes}]});

/** The meter after `bytes` in all have arrived; a smaller number than before starts it anew. */
export const measure = (meter: Meter, now: Instant, bytes: number): Meter => {
	const last = meter.points.at(-1);
	if (last === undefined || bytes < last.bytes || now < last.at) return newMeter(now, bytes);
	const beforeLast = meter.points.at(-2);
	const isClose = beforeLast !== undefined && now - beforeLast.at < resolution;
	const kept = isClose ? meter.points.slice(0, -1) : meter.points;
	// One point older than the window stays, so that the window is always covered.
	const firstInside = kept.findIndex(point => point.at >= now - speedWindow);
	const from = firstInside <= 0 ? (firstInside === 0 ? 0 : Math.max(0, kept.length - 1)) : firstInside - 1;
	return {points: [...kept.slice(from), {at: now, bytes}]};
};

/**
 * Bytes per second over the window that ends now, 0 when nothing has arrived in it. The window begins at the last point
 * that is at least its length old, or at the first point while the measurement is younger than that.
 */
export const speedOf = (meter: Meter, now: Instant): number => {
	const last = meter.points.at(-1);
	if (last === undefined) return 0;
	const end = Math.max(now, last.at);
	const first = meter.points.findLast(point => point.at <= end - speedWindow) ?? meter.points[0];
	const span = end - (first?.at ?? end);
	return first === undefined || span <= 0 ? 0 : ((last.bytes - first.bytes) * 1000) / span;
};

/** Time until the rest has arrived at this speed, or undefined when that cannot be said. */
export const etaOf = (bytes: number, total: number | undefined, speed: number): Duration | undefined =>
	total === undefined || speed <= 0 ? undefined : (Math.max(0, total - bytes) / speed) * 1000;

export const progressOf = (bytes: number, total: number | undefined, speed: number): Progress => ({
	bytes,
	total,
	speed,
	eta: etaOf(bytes, total, speed),
});
