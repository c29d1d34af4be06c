import {setImmediate as nextTurn} from 'node:timers/promises';
import {jobStatuses, type JobId} from '../../domain/job.ts';
import {whyNotUndone, type StepId} from '../../domain/undo.ts';
import type {Refusal} from '../../engine/ports.ts';
import type {Connection} from './connection.ts';
import {moveAside, type Moved} from './order.ts';
import {forgetJobs, keepPlaces, stepJobs} from './steps.ts';

/** Jobs that change places before the event loop gets a turn. */
const chunk = 1000;

/**
 * Exchanges the places in the order that a step has kept for those that its jobs have now: that is its undo, and done once
 * more its redo. Jobs that are gone are refused, and leave the step.
 */
export const swapKeys = async (connection: Connection, step: StepId): Promise<Moved> => {
	const changed: JobId[] = [];
	const refused: Refusal[] = [];
	for (let after = 0; ;) {
		const ids = stepJobs(connection, step, chunk, after);
		const last = ids.at(-1);
		if (last === undefined) break;
		const {back, gone} = swapRange(connection, {step, after, last});
		changed.push(...back);
		refused.push(...gone);
		after = last;
		await nextTurn();
	}

	// Only when all are where they belong it can be said who shares a place with whom.
	for (let from = 0; from < changed.length; from += chunk) {
		partTwins(connection, changed.slice(from, from + chunk));
		await nextTurn();
	}

	keepPlaces(connection, step);
	return {changed, refused};
};

const swapRange = (
	connection: Connection,
	{step, after, last}: {readonly step: StepId; readonly after: number; readonly last: number},
): {readonly back: readonly JobId[]; readonly gone: readonly Refusal[]} => {
	const rows = connection
		.prepare(
			`SELECT k.job, k.is_moved, jobs.sort_key, jobs.priority FROM step_keys AS k LEFT JOIN jobs ON jobs.id = k.job
			WHERE k.step = ? AND k.job > ? AND k.job <= ? ORDER BY k.job`,
		)
		.raw()
		.all(step, after, last) as Array<
		readonly [job: JobId, isMoved: number, key: number | null, priority: number | null]
	>;
	const gone = rows.filter(([, , key]) => key === null);
	if (gone.length > 0)
		forgetJobs(
			connection,
			step,
			gone.map(([job]) => job),
		);
	connection
		.prepare(
			`UPDATE jobs SET sort_key = k.sort_key, priority = k.priority FROM step_keys AS k
			WHERE k.step = ? AND k.job > ? AND k.job <= ? AND jobs.id = k.job`,
		)
		.run(step, after, last);
	connection
		.prepare(
			`INSERT OR REPLACE INTO step_keys (step, job, is_moved, sort_key, priority)
			SELECT ?, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?)`,
		)
		.run(step, JSON.stringify(rows.filter(([, , key]) => key !== null)));
	const reason = whyNotUndone('reorder', 'removed', undefined, {holder: undefined, rival: undefined, hasBegun: false});
	return {
		back: rows.filter(([, isMoved, key]) => key !== null && isMoved === 1).map(([job]) => job),
		gone: gone.filter(([, isMoved]) => isMoved === 1).map(([job]) => ({id: job, reason: reason ?? ''})),
	};
};

/** Gives those of these jobs that share their place with another one a place of their own, right before it. */
export const partTwins = (connection: Connection, jobs: readonly JobId[]): void => {
	const twins = connection
		.prepare(
			`SELECT jobs.id, jobs.sort_key FROM json_each(?) CROSS JOIN jobs ON jobs.id = value WHERE EXISTS
			(SELECT 1 FROM jobs AS other INDEXED BY jobs_status_key
				WHERE other.status IN (${jobStatuses.map(status => `'${status}'`).join(', ')})
				AND other.sort_key = jobs.sort_key AND other.id <> jobs.id)`,
		)
		.raw()
		.all(JSON.stringify(jobs)) as Array<readonly [id: JobId, key: number]>;
	for (const [id, key] of twins) moveAside(connection, id, key);
};
