import {setImmediate as nextTurn} from 'node:timers/promises';
import {jobStatuses, type JobId, type JobStatus} from '../../domain/job.ts';
import type {Instant} from '../../domain/time.ts';
import {restoredStatus} from '../../domain/transitions.ts';
import {undoableStatuses, whyNotUndone, type StepId, type StepKind} from '../../domain/undo.ts';
import type {Refusal} from '../../engine/ports.ts';
import type {Connection} from './connection.ts';
import type {Moved} from './order.ts';
import {attemptColumns, forgetJobs, jobColumns, kindOf, stepJobs} from './steps.ts';
import {partTwins, swapKeys} from './undo-order.ts';

/** Jobs that are brought back before the event loop gets a turn: a few milliseconds' worth. */
const chunk = 1000;

/**
 * Brings the jobs of a step back to what they were, in one transaction that stays open over several turns of the event
 * loop. Those that have moved on since are refused, and leave the step.
 */
export const undoStep = async (connection: Connection, step: StepId, at: Instant, until: Instant): Promise<Moved> => {
	const kind = kindOf(connection, step);
	const done = isOrder(kind) ? await swapKeys(connection, step) : await bringBack(connection, step, kind);
	mark(connection, step, {at, until, isUndone: true, jobs: done.changed.length});
	return done;
};

/** Does an undone step again where that is a matter of rows alone; the others are opened for the act itself. */
export const redoStep = async (connection: Connection, step: StepId, at: Instant, until: Instant): Promise<Moved> => {
	const done = isOrder(kindOf(connection, step)) ? await swapKeys(connection, step) : {changed: [], refused: []};
	mark(connection, step, {at, until, isUndone: false, jobs: done.changed.length});
	return done;
};

const isOrder = (kind: StepKind): kind is 'prioritise' | 'reorder' => kind === 'prioritise' || kind === 'reorder';

const mark = (
	connection: Connection,
	step: StepId,
	{
		at,
		until,
		isUndone,
		jobs,
	}: {
		readonly at: Instant;
		readonly until: Instant;
		readonly isUndone: boolean;
		readonly jobs: number;
	},
): void => {
	connection
		.prepare('UPDATE steps SET at = ?, until = ?, is_undone = ?, jobs = ? WHERE id = ?')
		.run(at, until, isUndone ? 1 : 0, jobs, step);
};

type StateKind = Exclude<StepKind, 'prioritise' | 'reorder'>;

const bringBack = async (connection: Connection, step: StepId, kind: StateKind): Promise<Moved> => {
	const changed: JobId[] = [];
	const refused: Refusal[] = [];
	for (let after = 0; ;) {
		const ids = stepJobs(connection, step, chunk, after);
		const last = ids.at(-1);
		if (last === undefined) break;
		const back = waysBack[kind](connection, {step, after, last});
		changed.push(...back);
		if (back.length < ids.length) refused.push(...whyNot(connection, step, kind, ids, new Set(back)));
		after = last;
		await nextTurn();
	}

	if (kind === 'remove') {
		connection
			.prepare(
				`DELETE FROM batches WHERE id IN (SELECT id FROM step_batches WHERE step = ?)
				AND NOT EXISTS (SELECT 1 FROM jobs WHERE jobs.batch = batches.id)`,
			)
			.run(step);
	}

	forgetJobs(
		connection,
		step,
		refused.map(({id}) => id),
	);
	return {changed, refused};
};

/** Jobs of a step: those above `after`, up to `last`. */
type Range = {readonly step: StepId; readonly after: number; readonly last: number};

/** How each kind of step brings back its jobs of a range; the ids of those that are back. */
const waysBack: Readonly<Record<StateKind, (connection: Connection, range: Range) => readonly JobId[]>> = {
	cancel: (connection, {step, after, last}) =>
		undoableStatuses.cancel.flatMap(
			now =>
				connection
					.prepare(
						`UPDATE jobs SET status = ${statusFrom(now)}, bytes = s.bytes, retry_at = s.retry_at, ended_at = s.ended_at
						FROM step_states AS s WHERE s.step = ? AND s.job > ? AND s.job <= ? AND jobs.id = s.job AND jobs.status = ?
						AND s.status IN (${knownBefore(now)}) AND (jobs.destination IS NULL OR jobs.ended_at IS NULL OR NOT EXISTS
							(SELECT 1 FROM jobs AS r WHERE r.destination = jobs.destination AND r.destination IS NOT NULL
							AND r.ended_at IS NULL)) RETURNING id`,
					)
					.pluck()
					.all(step, after, last, now) as JobId[],
		),
	retry: (connection, {step, after, last}) =>
		undoableStatuses.retry.flatMap(
			now =>
				connection
					.prepare(
						`UPDATE jobs SET status = ${statusFrom(now)}, attempts = s.attempts, error_code = s.error_code,
							error_message = s.error_message, error_class = s.error_class, retry_at = s.retry_at, placing = s.placing,
							started_at = s.started_at, ended_at = s.ended_at
						FROM step_states AS s WHERE s.step = ? AND s.job > ? AND s.job <= ? AND jobs.id = s.job AND jobs.status = ?
						AND jobs.started_at IS NULL AND s.status IN (${knownBefore(now)}) RETURNING id`,
					)
					.pluck()
					.all(step, after, last, now) as JobId[],
		),
	remove: (connection, range) => insertRows(connection, range),
};

/** The status that a job comes back to, as the table of transitions says. */
const statusFrom = (now: JobStatus | 'removed'): string =>
	`CASE s.status ${beforeFrom(now)
		.map(before => `WHEN '${before}' THEN '${restoredStatus(now, before)}'`)
		.join(' ')} END`;

const beforeFrom = (now: JobStatus | 'removed'): readonly JobStatus[] =>
	jobStatuses.filter(before => restoredStatus(now, before) !== undefined);

const knownBefore = (now: JobStatus | 'removed'): string =>
	beforeFrom(now)
		.map(before => `'${before}'`)
		.join(', ');

/** A batch that was made anew under the same title takes its jobs back. */
const columnsBack = jobColumns.replace(
	'batch',
	`CASE WHEN batch IS NOT NULL THEN (SELECT batches.id FROM step_batches AS b CROSS JOIN batches ON batches.title = b.title
		WHERE b.step = step_rows.step AND b.id = step_rows.batch) END`,
);

const insertRows = (connection: Connection, {step, after, last}: Range): readonly JobId[] => {
	connection
		.prepare(
			`INSERT INTO batches (id, title, created_at) SELECT id, title, created_at FROM step_batches WHERE step = ?
			ON CONFLICT DO NOTHING`,
		)
		.run(step);
	const back = connection
		.prepare(
			`INSERT INTO jobs (${jobColumns}) SELECT ${columnsBack} FROM step_rows WHERE step = ? AND id > ? AND id <= ?
			ON CONFLICT DO NOTHING RETURNING id`,
		)
		.pluck()
		.all(step, after, last) as JobId[];
	connection
		.prepare(
			`INSERT INTO attempts (${attemptColumns}) SELECT ${attemptColumns} FROM step_attempts
			WHERE step = ? AND job > ? AND job <= ? AND EXISTS (SELECT 1 FROM jobs WHERE jobs.id = step_attempts.job)`,
		)
		.run(step, after, last);
	partTwins(connection, back);
	return back;
};

/** Why the jobs that did not come back did not. Only they are looked at one by one. */
const whyNot = (
	connection: Connection,
	step: StepId,
	kind: StateKind,
	ids: readonly JobId[],
	back: ReadonlySet<JobId>,
): readonly Refusal[] =>
	ids.filter(id => !back.has(id)).map(id => ({id, reason: reasonOf(connection, step, kind, id)}));

type Kept = {readonly status: JobStatus; readonly identity: string | null; readonly destination: string | null};
type Now = {readonly status: JobStatus; readonly started_at: number | null; readonly destination: string | null};

const reasonOf = (connection: Connection, step: StepId, kind: StateKind, id: JobId): string => {
	const before = connection
		.prepare(
			kind === 'remove'
				? 'SELECT status, identity, destination FROM step_rows WHERE step = ? AND id = ?'
				: 'SELECT status, NULL AS identity, NULL AS destination FROM step_states WHERE step = ? AND job = ?',
		)
		.get(step, id) as Kept | undefined;
	const now = connection.prepare('SELECT status, started_at, destination FROM jobs WHERE id = ?').get(id) as
		Now | undefined;
	const holder = oneId(connection, 'SELECT id FROM jobs WHERE identity = ?', before?.identity);
	const rival = oneId(
		connection,
		'SELECT id FROM jobs WHERE destination = ? AND destination IS NOT NULL AND ended_at IS NULL',
		now?.destination ?? before?.destination,
	);
	const why = whyNotUndone(kind, now?.status ?? 'removed', before?.status, {
		holder,
		rival: rival === id ? undefined : rival,
		hasBegun: now !== undefined && now.started_at !== null,
	});
	return why ?? 'it has moved on since';
};

const oneId = (connection: Connection, sql: string, value: string | null | undefined): JobId | undefined =>
	value === null || value === undefined ? undefined : (connection.prepare(sql).pluck().get(value) as JobId | undefined);
