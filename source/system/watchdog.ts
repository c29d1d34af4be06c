import type {Duration} from '../domain/time.ts';

export type Watchdog = {
	/** Aborted when nothing was heard for the whole time. */
	readonly signal: AbortSignal;
	/** Something was heard: the time starts again. */
	readonly feed: () => void;
	/** Nothing is expected for now, such as while a file is merged; the next `feed` starts the time again. */
	readonly rest: () => void;
	/** It is over; the signal will not be aborted any more. */
	readonly stop: () => void;
};

const late: Duration = 1000;
const secondChance: Duration = 5000;

/** Tells when something stays silent for longer than `patience` (1 ms up to 24 days). */
export const createWatchdog = (patience: Duration): Watchdog => {
	const controller = new AbortController();
	let isOver = false;
	let timer: NodeJS.Timeout | undefined;
	let fedAt = 0;
	let hasSecondChance = false;
	// Far too late means that this process was itself stopped (Ctrl-Z) or starved, and what was said meanwhile may wait to be
	// read: it gets a moment to arrive.
	const onSilence = (): void => {
		const isLate = performance.now() - fedAt > patience + late;
		timer = undefined;
		if (!isLate) {
			controller.abort();
			return;
		}

		hasSecondChance = true;
		timer = setTimeout(() => controller.abort(), Math.min(patience, secondChance));
	};
	const rest = (): void => {
		clearTimeout(timer);
		timer = undefined;
	};
	const feed = (): void => {
		if (isOver) return;
		// Lines may come by the thousand: `refresh` makes no new timer.
		fedAt = performance.now();
		if (hasSecondChance) rest();
		hasSecondChance = false;
		if (timer === undefined) timer = setTimeout(onSilence, patience);
		else timer.refresh();
	};

	feed();
	return {
		signal: controller.signal,
		feed,
		rest,
		stop: () => {
			isOver = true;
			rest();
		},
	};
};
