import type PQueue from 'p-queue';
import type {Duration, Instant} from '../../domain/time.ts';
import type {Clock} from '../../engine/ports.ts';

/** Lets requests to one service begin one after the other, never too fast. */
export type Pace = {
	/** Begins the exchange when its turn has come; undefined where the signal was aborted before that. */
	begin<Result>(exchange: () => Promise<Result>, signal: AbortSignal): Promise<Result | undefined>;
	/** Nothing begins before this instant: the service asked for it. */
	stayAway(until: Instant): void;
	/** How long nothing may begin yet. */
	closedFor(): Duration;
};

export type PaceOrder = {
	readonly clock: Clock;
	/** The least time between two beginnings. */
	readonly interval: Duration;
	/** One at a time: whose turn it is. */
	readonly turns: PQueue;
	/** Exchanges that go on at once, over all services. */
	readonly gate: PQueue;
};

export const createPace = ({clock, interval, turns, gate}: PaceOrder): Pace => {
	let openAt: Instant = -Infinity;

	const enter = async <Result>(
		exchange: () => Promise<Result>,
		signal: AbortSignal,
	): Promise<{readonly running: Promise<Result>} | undefined> => {
		while (!signal.aborted) {
			await pause(clock, openAt - clock.now(), signal);
			const {promise, resolve} = Promise.withResolvers<{readonly running: Promise<Result>} | undefined>();
			void gate.add(async () => {
				// While it waited at the gate, it may have been told to stay away; then it waits outside, in nobody's way.
				if (signal.aborted || clock.now() < openAt) return resolve(undefined);
				openAt = clock.now() + interval;
				const running = exchange();
				resolve({running});
				await running.catch(() => undefined);
			});
			const entered = await promise;
			if (entered !== undefined) return entered;
		}

		return undefined;
	};

	return {
		async begin(exchange, signal) {
			if (signal.aborted) return undefined;
			try {
				const entered = await turns.add(() => enter(exchange, signal), {signal});
				return entered === undefined ? undefined : await entered.running;
			} catch (error) {
				if (signal.aborted) return undefined;
				throw error;
			}
		},
		stayAway(until) {
			openAt = Math.max(openAt, until);
		},
		closedFor: () => Math.max(0, openAt - clock.now()),
	};
};

/** Waits, or until the signal is aborted. Keeps the process alive, which a timer of the clock does not. */
const pause = (clock: Clock, duration: Duration, signal: AbortSignal): Promise<void> =>
	new Promise(resolve => {
		if (!(duration > 0) || signal.aborted) {
			resolve();
			return;
		}

		const reasonToLive = setInterval(() => undefined, 2 ** 30);
		const end = (): void => {
			cancel();
			clearInterval(reasonToLive);
			signal.removeEventListener('abort', end);
			resolve();
		};
		const cancel = clock.at(clock.now() + duration, end);
		signal.addEventListener('abort', end, {once: true});
	});
