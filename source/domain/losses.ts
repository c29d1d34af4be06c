import type {Failure} from './failure.ts';
import type {Attempt} from './job.ts';

/**
 * So many crashes in a row that a job was part of may be chance: it only happened to run. One more, and it is held to be
 * their cause.
 */
const mostByChance = 3;

/**
 * What to hold against a job that ran when the scheduler died, or undefined: a job that ends the scheduler each time must
 * not do so for ever. A crash after which more of it had come than before does not count, so that a long download
 * survives any number of power cuts.
 *
 * @param history its attempts so far, the oldest first; the one that was lost now has not ended there
 * @param bytes what lies on the disk now
 */
export const failureOfLosses = (history: readonly Attempt[], bytes: number): Failure | undefined => {
	let count = 1;
	let least = bytes;
	for (const attempt of history.filter(({endedAt}) => endedAt !== undefined).toReversed()) {
		if (attempt.outcome !== 'lose' || attempt.bytes < least) break;
		least = attempt.bytes;
		count++;
	}

	return count <= mostByChance
		? undefined
		: {code: 'internal', message: `tidegate ended ${count} times in a row while this job ran and got no further`};
};
