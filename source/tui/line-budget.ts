import type {Duration} from '../domain/time.ts';

/** Keeps count of what a thin line may still have to carry. Times in milliseconds of any clock that only goes forwards. */
export type LineBudget = {
	spend(bytes: number, at: number): void;
	/** How long from now until the line would be free. */
	rest(at: number): Duration;
};

/**
 * Bytes a second that progress may take, whatever changes on the screen. A line of 9,600 baud carries 960, and a terminal does
 * not say how far behind it is: buffers on the way take many seconds' worth without a word. What is left over is for keys.
 */
export const progressRate = 800;

/**
 * The longest that progress waits after a frame. A whole new screen takes longer on such a line, but a screen that stands
 * still for seconds after each page that is opened, because it might be on one, would be worse.
 */
export const longestRest: Duration = 1000;

export const createLineBudget = (): LineBudget => {
	let freeAt = 0;
	return {
		spend(bytes, at) {
			freeAt = Math.min(at + longestRest, Math.max(at, freeAt) + (bytes * 1000) / progressRate);
		},
		rest: at => Math.max(0, freeAt - at),
	};
};
