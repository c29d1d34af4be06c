import {randomUUID} from 'node:crypto';
import type {Instant} from '../domain/time.ts';
import type {LocalTime} from '../domain/timetable.ts';
import type {Clock} from '../engine/ports.ts';

/** The machine's own sense of time, behind a seam so that a test can move the wall clock. */
export type TimeSource = {
	readonly now: () => number;
	/** Calls once after `delay` milliseconds; returns what takes the call back. */
	readonly startTimer: (call: () => void, delay: number) => () => void;
};

/**
 * The longest that one timer is armed for. A timer counts running time and knows nothing of a wall clock that was set or
 * of a machine that slept, so that the wall clock is looked at again at least this often. It also keeps every delay far
 * below 2^31 ms, beyond which Node fires at once.
 */
const longestStep = 60_000;

const two = (number: number): string => String(number).padStart(2, '0');

/** In the time zone of the machine. */
const localTime = (at: Instant): LocalTime => {
	const date = new Date(at);
	return {
		day: `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`,
		weekday: date.getDay() === 0 ? 7 : date.getDay(),
		minute: date.getHours() * 60 + date.getMinutes(),
	};
};

/** A clock over a source of time; see `systemClock` for the real one. */
export const createClock = (source: TimeSource): Clock => ({
	now: source.now,
	localTime,
	chance: () => Math.random(),
	uniqueName: () => randomUUID(),
	at(instant, call) {
		if (Number.isNaN(instant)) throw new RangeError('a timer needs an instant, not NaN');
		let stop: () => void;
		const arm = (): void => {
			const left = Math.max(0, Math.ceil(instant - source.now()));
			stop = source.startTimer(
				// Timers may fire a moment early, and the wall clock may have gone back meanwhile.
				() => (source.now() >= instant ? call() : arm()),
				Math.min(left, longestStep),
			);
		};

		arm();
		return () => stop();
	},
});

/** The machine's clock and chance; the only place that asks for either. Timers do not keep the process alive. */
export const systemClock: Clock = createClock({
	now: () => Date.now(),
	startTimer(call, delay) {
		const timer = setTimeout(call, delay).unref();
		return () => clearTimeout(timer);
	},
});
