import type {Clock} from '../../source/engine/ports.ts';
import type {Duration, Instant} from '../../source/domain/time.ts';

/** Calls at one instant beyond which the code under test is said to spin. */
const mostCallsAtOnce = 2000;

export type FakeClock = Clock & {
	/** Lets time pass: runs what is due in order of time, and lets promises settle before and after each call. */
	advance(duration: Duration): Promise<void>;
	/** Lets promises settle and runs what is due already; no time passes. */
	settle(): Promise<void>;
	/** Instants of the calls that wait, earliest first. */
	waiting(): readonly Instant[];
	/** Calls made so far: what spins shows here. */
	fired(): number;
	/** Takes back all calls that wait, as the end of a process does. */
	dropTimers(): void;
};

type Timer = {readonly instant: Instant; readonly call: () => void};

/** A clock that stands still until it is told to go on; its chance is the same for the same seed. */
export const createFakeClock = (start: Instant = Date.UTC(2026, 0, 1), seed = 1): FakeClock => {
	const timers = new Set<Timer>();
	const random = mulberry32(seed);
	let now = start;
	let names = 0;
	let fired = 0;

	const nextDue = (until: Instant): Timer | undefined => {
		let found: Timer | undefined;
		for (const timer of timers)
			if (timer.instant <= until && (found === undefined || timer.instant < found.instant)) found = timer;
		return found;
	};

	const advance = async (duration: Duration): Promise<void> => {
		const until = now + duration;
		let calls = 0;
		await macroTask();
		for (let timer = nextDue(until); timer !== undefined; timer = nextDue(until)) {
			timers.delete(timer);
			calls = timer.instant > now ? 0 : calls + 1;
			if (calls > mostCallsAtOnce) throw new Error(`${mostCallsAtOnce} timers fired without time going on`);
			now = Math.max(now, timer.instant);
			fired++;
			timer.call();
			await macroTask();
		}

		now = until;
	};

	return {
		now: () => now,
		// A machine whose clock shows UTC.
		localTime(at) {
			const date = new Date(at);
			return {
				day: date.toISOString().slice(0, 10),
				weekday: date.getUTCDay() === 0 ? 7 : date.getUTCDay(),
				minute: date.getUTCHours() * 60 + date.getUTCMinutes(),
			};
		},
		chance: random,
		uniqueName: () => `name-${seed}-${++names}`,
		at(instant, call) {
			if (Number.isNaN(instant)) throw new RangeError('a timer needs an instant, not NaN');
			const timer = {instant, call};
			timers.add(timer);
			return () => timers.delete(timer);
		},
		advance,
		settle: () => advance(0),
		waiting: () => [...timers].map(({instant}) => instant).toSorted((a, b) => a - b),
		fired: () => fired,
		dropTimers: () => timers.clear(),
	};
};

/** Everything that waits on promises alone gets its turn. */
const macroTask = (): Promise<void> => new Promise(resolve => setImmediate(resolve));

/** A small generator of chance (Mulberry32 by Tommy Ettinger, public domain): 0 up to, but not, 1. */
export const mulberry32 = (seed: number): (() => number) => {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d_2b_79_f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
};
