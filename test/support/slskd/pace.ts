/** The time of one life of a double: everything that waits ends with it. */
export type Pace = {
	/** Waits so many of the scenario's milliseconds; rejects when the signal is aborted, never resolves after `stop`. */
	readonly wait: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
	/** The same in real milliseconds: bytes are not hasty. */
	readonly waitReally: (milliseconds: number, signal?: AbortSignal) => Promise<void>;
	readonly stop: () => void;
};

export const createPace = (haste: number): Pace => {
	const timers = new Set<NodeJS.Timeout>();
	const waitReally = (milliseconds: number, signal?: AbortSignal): Promise<void> =>
		new Promise((resolve, reject) => {
			const giveUp = (): void => {
				clearTimeout(timer);
				timers.delete(timer);
				reject(new Aborted());
			};
			const timer = setTimeout(() => {
				timers.delete(timer);
				signal?.removeEventListener('abort', giveUp);
				resolve();
			}, milliseconds);
			timers.add(timer);
			if (signal?.aborted === true) giveUp();
			else signal?.addEventListener('abort', giveUp, {once: true});
		});
	return {
		wait: (milliseconds, signal) => waitReally(milliseconds / haste, signal),
		waitReally,
		stop() {
			for (const timer of timers) clearTimeout(timer);
			timers.clear();
		},
	};
};

/** What was waited for was given up by a person. */
export class Aborted extends Error {}
