import {join} from 'node:path';
import type {Failure} from '../../domain/failure.ts';
import type {Duration} from '../../domain/time.ts';
import {runsIn, type ForeignRun} from '../../system/foreign-runs.ts';
import {tryFileLock} from '../../system/lock.ts';
import {name, script} from './names.ts';

/** Held in an install directory while a run of ours is under way in it. */
export const lockName = '.tidegate.lock';

/**
 * Takes the install directory for one run, or says who has it. The tool deletes the `temp` folder of everybody at its end,
 * so that there is one run at a time: the lock holds against other tidegates, the look at the processes against what dead
 * ones have left, and against a person who runs the tool by hand.
 */
export const takeTurn = (
	directory: string,
	recheck: Duration,
): {readonly release: () => void} | {readonly failure: Failure} => {
	const lock = tryFileLock(join(directory, lockName));
	if (!lock.ok) {
		return lock.reason === 'held'
			? {failure: busy(`another tidegate downloads with ${directory}`, recheck)}
			: {
					failure: {
						code: 'permission-denied',
						message: `${name}: ${lock.problem}; it has to be writable, for the tool too`,
					},
				};
	}

	const failure = foreignRun(directory, recheck);
	if (failure === undefined) return {release: () => lock.release()};
	lock.release();
	return {failure};
};

/** Why nothing of ours can run there now, where somebody else runs the tool. */
export const foreignRun = (directory: string, recheck: Duration): Failure | undefined => {
	const [run] = runsIn(directory, script);
	return run === undefined ? undefined : busy(`${who(run)} in ${directory} (process ${run.pid})`, recheck);
};

const who = ({owner}: ForeignRun): string => {
	switch (owner) {
		case 'nobody':
			return `somebody runs ${script}`;
		case 'living':
			return `another tidegate runs ${script}`;
		case 'gone':
			return `a tidegate that is gone has left ${script} running`;
	}
};

const busy = (words: string, recheck: Duration): Failure => ({
	code: 'tool-busy',
	message: `${name}: ${words}, and one run at a time is all it can do`,
	retryAfter: recheck,
});
