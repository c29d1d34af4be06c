import type {JobId} from '../../domain/job.ts';
import type {StepId, StepKind, UndoStep} from '../../domain/undo.ts';
import type {Instant} from '../../domain/time.ts';
import type {Connection} from './connection.ts';

/*
 * The journal of steps: before an act changes rows, they are copied in the same transaction, set by set and never through
 * JavaScript. See `undo.ts` for the way back.
 */

/** The columns of a job, as a removal keeps them. */
export const jobColumns =
	'id, batch, title, provider, lane, source, identity, options, status, is_sourced, priority, sort_key, attempts, ' +
	'max_attempts, attempt, owner, bytes, total, expected_size, checksum, output, placing, output_path, size, ' +
	'error_code, error_message, error_class, retry_at, created_at, started_at, ended_at, folded, destination';

/** The columns of an attempt. */
export const attemptColumns =
	'job, number, token, owner, started_at, ended_at, outcome, error_code, error_message, error_class, bytes';

const stateColumns =
	'status, attempts, bytes, placing, error_code, error_message, error_class, retry_at, started_at, ended_at';

/** Begins a step that has changed nothing yet. */
export const beginStep = (
	connection: Connection,
	kind: StepKind,
	detail: string,
	at: Instant,
	until: Instant,
): StepId =>
	Number(
		connection.prepare('INSERT INTO steps (kind, detail, at, until) VALUES (?, ?, ?, ?)').run(kind, detail, at, until)
			.lastInsertRowid,
	) as StepId;

/** All steps, the oldest first. */
export const steps = (connection: Connection): readonly UndoStep[] =>
	(
		connection
			.prepare('SELECT id, kind, detail, jobs, title, at, until, is_undone FROM steps ORDER BY id')
			.all() as Array<{
			readonly id: StepId;
			readonly kind: StepKind;
			readonly detail: string;
			readonly jobs: number;
			readonly title: string | null;
			readonly at: Instant;
			readonly until: Instant;
			readonly is_undone: number;
		}>
	).map(({title, is_undone, ...step}) => ({...step, title: title ?? undefined, isUndone: is_undone === 1}));

export const kindOf = (connection: Connection, step: StepId): StepKind => {
	const kind = connection.prepare('SELECT kind FROM steps WHERE id = ?').pluck().get(step) as StepKind | undefined;
	if (kind === undefined) throw new Error(`there is no step ${step}`);
	return kind;
};

/** Copies jobs as they are, before they are changed. Afterwards `settleCopies` takes out those that were not. */
export const copyJobs = (connection: Connection, step: StepId, jobs: readonly JobId[]): void => {
	const ids = JSON.stringify(jobs);
	if (kindOf(connection, step) === 'remove') copyRows(connection, step, ids);
	else {
		connection
			.prepare(
				`INSERT OR REPLACE INTO step_states SELECT ?, id, ${stateColumns} FROM jobs
				WHERE id IN (SELECT value FROM json_each(?))`,
			)
			.run(step, ids);
	}
};

const copyRows = (connection: Connection, step: StepId, ids: string): void => {
	connection
		.prepare(
			`INSERT INTO step_batches SELECT ?, batches.id, batches.title, batches.created_at
			FROM json_each(?) CROSS JOIN jobs ON jobs.id = value CROSS JOIN batches ON batches.id = jobs.batch
			WHERE TRUE ON CONFLICT DO NOTHING`,
		)
		.run(step, ids);
	connection
		.prepare(
			`INSERT OR REPLACE INTO step_rows SELECT ?, ${jobColumns} FROM jobs
			WHERE id IN (SELECT value FROM json_each(?))`,
		)
		.run(step, ids);
	connection
		.prepare(
			`INSERT OR REPLACE INTO step_attempts SELECT ?, ${attemptColumns} FROM attempts
			WHERE job IN (SELECT value FROM json_each(?))`,
		)
		.run(step, ids);
};

/** Where the jobs stood that leave their place: who arrives meanwhile goes behind them. */
export type Places = ReadonlyMap<number, number>;

/**
 * Counts what was changed, and forgets the copies of what was not. What was undone before a new step can no longer be done
 * again; steps that are redone themselves are older than those that are still undone.
 */
export const settleCopies = (
	connection: Connection,
	step: StepId,
	{
		changed,
		title,
		refused,
		places,
	}: {
		readonly changed: number;
		readonly title: string | undefined;
		readonly refused: readonly JobId[];
		/** Key by priority. */
		readonly places?: Places;
	},
): void => {
	if (refused.length > 0) forgetJobs(connection, step, refused);
	connection
		.prepare('UPDATE steps SET jobs = jobs + ?, title = coalesce(title, ?) WHERE id = ?')
		.run(changed, title ?? null, step);
	if (changed > 0) connection.prepare('UPDATE steps SET until = 0 WHERE is_undone = 1 AND id < ?').run(step);
	for (const [priority, key] of places ?? []) keepPlace(connection, step, priority, key);
};

const keepPlace = (connection: Connection, step: StepId, priority: number, key: number): void => {
	connection
		.prepare(
			`INSERT INTO step_bands VALUES (?, ?, ?)
			ON CONFLICT DO UPDATE SET last_key = max(last_key, excluded.last_key)`,
		)
		.run(step, priority, key);
};

/** The last key of a priority that a job may come back to. */
export const lastKeptKey = (connection: Connection, priority: number): number =>
	(connection.prepare('SELECT max(last_key) FROM step_bands WHERE priority = ?').pluck().get(priority) as
		number | null) ?? -1;

/** Copies places in the order; `isMoved` is false for jobs that only make room. Jobs that are there already stay as they are. */
export const copyKeys = (connection: Connection, step: StepId, jobs: readonly JobId[], isMoved: boolean): void => {
	connection
		.prepare(
			`INSERT INTO step_keys SELECT ?, id, sort_key, priority, ? FROM jobs
			WHERE id IN (SELECT value FROM json_each(?)) ON CONFLICT DO UPDATE SET is_moved = max(is_moved, excluded.is_moved)`,
		)
		.run(step, isMoved ? 1 : 0, JSON.stringify(jobs));
	if (isMoved) keepPlaces(connection, step);
};

const priorities = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];

/** Nobody who arrives takes one of the places that a step has kept. */
export const keepPlaces = (connection: Connection, step: StepId): void => {
	const last = connection
		.prepare(
			`SELECT ${priorities.map(n => `max(CASE priority WHEN ${n} THEN sort_key END)`).join(', ')}
			FROM step_keys WHERE step = ?`,
		)
		.raw()
		.get(step) as ReadonlyArray<number | null>;
	for (const [priority, key] of last.entries()) if (key !== null) keepPlace(connection, step, priority, key);
};

const jobTables = [
	['step_states', 'job'],
	['step_rows', 'id'],
	['step_attempts', 'job'],
	['step_keys', 'job'],
] as const;

/** Takes jobs out of a step: it has not changed them, or cannot bring them back any more. */
export const forgetJobs = (connection: Connection, step: StepId, jobs: readonly JobId[]): void => {
	const ids = JSON.stringify(jobs);
	for (const [table, job] of jobTables) {
		connection
			.prepare(`DELETE FROM ${table} WHERE step = ? AND ${job} IN (SELECT value FROM json_each(?))`)
			.run(step, ids);
	}
};

/** Jobs of a step in ascending order of id. */
export const stepJobs = (connection: Connection, step: StepId, limit: number, after: number): readonly JobId[] => {
	const kind = connection.prepare('SELECT kind FROM steps WHERE id = ?').pluck().get(step) as StepKind | undefined;
	const [table, job] =
		kind === 'remove' ? jobTables[1] : kind === 'cancel' || kind === 'retry' ? jobTables[0] : jobTables[3];
	return connection
		.prepare(`SELECT ${job} FROM ${table} WHERE step = ? AND ${job} > ? ORDER BY ${job} LIMIT ?`)
		.pluck()
		.all(step, after, limit) as JobId[];
};

/** The newest step that has cancelled or removed this job and can be undone. */
export const stepOf = (connection: Connection, job: JobId): StepId | undefined =>
	connection
		.prepare(
			`SELECT id FROM steps WHERE is_undone = 0 AND until > 0 AND CASE kind
				WHEN 'cancel' THEN EXISTS (SELECT 1 FROM step_states WHERE step = steps.id AND job = ?)
				WHEN 'remove' THEN EXISTS (SELECT 1 FROM step_rows WHERE step = steps.id AND step_rows.id = ?)
				ELSE FALSE END
			ORDER BY id DESC LIMIT 1`,
		)
		.pluck()
		.get(job, job) as StepId | undefined;

/** What a job that was set aside has on the disk: its last report of progress may be older. */
export const noteBytes = (connection: Connection, step: StepId, job: JobId, bytes: number): void => {
	connection.prepare('UPDATE step_states SET bytes = ? WHERE step = ? AND job = ?').run(bytes, step, job);
	connection.prepare('UPDATE step_rows SET bytes = ? WHERE step = ? AND id = ? AND size IS NULL').run(bytes, step, job);
};

/** The bytes of these jobs are gone: they can come back, and begin anew. */
export const forgetBytes = (connection: Connection, step: StepId, jobs: readonly JobId[]): void => {
	const ids = JSON.stringify(jobs);
	connection
		.prepare('UPDATE step_states SET bytes = 0 WHERE step = ? AND job IN (SELECT value FROM json_each(?))')
		.run(step, ids);
	connection
		.prepare(
			'UPDATE step_rows SET bytes = 0 WHERE step = ? AND size IS NULL AND id IN (SELECT value FROM json_each(?))',
		)
		.run(step, ids);
};

/** From now on nobody can undo or redo it, whatever the clock says. */
export const expireStep = (connection: Connection, step: StepId): void => {
	connection.prepare('UPDATE steps SET until = 0 WHERE id = ?').run(step);
};

/** Forgets so many rows of an expired step, and the step itself when there are none left; whether it is gone. */
export const dropRows = (connection: Connection, step: StepId, limit: number): boolean => {
	for (const [table, job] of jobTables) {
		const {changes} = connection
			.prepare(
				`DELETE FROM ${table} WHERE step = ? AND ${job} IN
				(SELECT ${job} FROM ${table} WHERE step = ? ORDER BY ${job} LIMIT ?)`,
			)
			.run(step, step, limit);
		if (changes > 0) return false;
	}

	connection.prepare('DELETE FROM step_batches WHERE step = ?').run(step);
	connection.prepare('DELETE FROM step_bands WHERE step = ?').run(step);
	connection.prepare('DELETE FROM steps WHERE id = ?').run(step);
	return true;
};
