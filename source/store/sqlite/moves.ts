import {hasEnded, type AttemptToken, type Job, type JobError, type JobId, type OwnerId} from '../../domain/job.ts';
import type {Instant} from '../../domain/time.ts';
import {refusal, sameFile} from '../../domain/transitions.ts';
import type {Change, MovedJob, MoveResult, ProgressRow, Refusal} from '../../engine/ports.ts';
import {claimed, stepOf, wholeBytes} from '../changes.ts';
import type {StepId} from '../../domain/undo.ts';
import {folded, openJobTo} from './adding.ts';
import {writeCandidates} from './candidates.ts';
import type {Connection} from './connection.ts';
import {noSuchJob} from './order.ts';
import {toJob, type JobRow} from './rows.ts';
import {copyJobs, settleCopies} from './steps.ts';

/*
 * Changes of jobs, each inside a transaction of the writer. The status and the token that a change was decided on are
 * named again in its UPDATE: a compare-and-set, should anything ever come between.
 */

export const jobById = (connection: Connection, id: JobId): Job | undefined => {
	const row = connection.prepare('SELECT * FROM jobs WHERE id = ?').get(id) as JobRow | undefined;
	return row === undefined ? undefined : toJob(row);
};

/** Jobs among these that wait with a placing. */
export const halfPlaced = (connection: Connection, ids: readonly JobId[]): readonly Job[] =>
	(
		connection
			.prepare(
				`SELECT * FROM jobs WHERE id IN (SELECT value FROM json_each(?)) AND placing IS NOT NULL AND attempt IS NULL
				AND ended_at IS NULL`,
			)
			.all(JSON.stringify(ids)) as JobRow[]
	).map(toJob);

/** Begins an attempt; undefined where the job cannot be started (any more). */
export const claim = (
	connection: Connection,
	id: JobId,
	attempt: AttemptToken,
	owner: OwnerId,
	now: Instant,
): Job | undefined => {
	const job = jobById(connection, id);
	const next = job === undefined ? undefined : claimed(job, attempt, owner, now);
	if (job === undefined || next === undefined) return undefined;
	const {changes} = connection
		.prepare(
			`UPDATE jobs SET status = ?, attempt = ?, owner = ?, started_at = ?, retry_at = NULL
			WHERE id = ? AND status = ? AND attempt IS NULL`,
		)
		.run(next.status, attempt, owner, next.startedAt, id, job.status);
	if (changes === 0) return undefined;
	connection
		.prepare(
			`INSERT INTO attempts (job, number, token, owner, started_at)
			SELECT ?, coalesce(max(number), 0) + 1, ?, ?, ? FROM attempts WHERE job = ?`,
		)
		.run(id, attempt, owner, now, id);
	return next;
};

/** Moves one job; see the port for what is refused. */
export const move = (
	connection: Connection,
	id: JobId,
	attempt: AttemptToken | undefined,
	change: Change,
): MoveResult => {
	const job = jobById(connection, id);
	if (job === undefined) return {ok: false, reason: 'no-such-job'};
	const step = stepOf(job, attempt, change);
	if (!step.ok) return {ok: false, reason: step.reason, status: job.status};
	if (hasEnded(job.status) && !step.isRemoved && !hasEnded(step.job.status)) {
		const rival = rivalOf(connection, id);
		if (rival !== undefined) return {ok: false, reason: 'refused', status: job.status, rival};
	}

	if (step.isRemoved) {
		connection.prepare('DELETE FROM jobs WHERE id = ? AND status = ?').run(id, job.status);
		return {ok: true, job: undefined, from: job.status};
	}

	if (step.endsAttempt) endAttempt(connection, step.job, change);
	write(connection, job, step.job);
	if (change.event === 'find' && change.candidates !== undefined) writeCandidates(connection, id, change.candidates);
	return {ok: true, job: step.job, from: job.status};
};

/** Moves many jobs without a token; a step keeps what they were. What is removed is told as it was. */
export const moveMany = (
	connection: Connection,
	ids: readonly JobId[],
	change: Change,
	step: StepId | undefined,
): {readonly changed: readonly MovedJob[]; readonly refused: readonly Refusal[]} => {
	if (ids.length > 1000) throw new RangeError(`at most 1000 jobs are changed at once, not ${ids.length}`);
	const changed: MovedJob[] = [];
	const refused: Refusal[] = [];
	if (step !== undefined) copyJobs(connection, step, ids);
	for (const id of new Set(ids)) {
		const before = change.event === 'remove' ? jobById(connection, id) : undefined;
		const result = move(connection, id, undefined, change);
		if (result.ok) {
			const job = result.job ?? before;
			if (job !== undefined) changed.push({job, from: result.from});
		} else {
			refused.push({id, reason: reasonOf(result, change)});
		}
	}

	if (step !== undefined) {
		settleCopies(connection, step, {
			changed: changed.length,
			title: changed[0]?.job.title,
			refused: refused.map(({id}) => id),
			...(change.event === 'remove' ? {places: lastPlaces(changed)} : {}),
		});
	}

	return {changed, refused};
};

const reasonOf = (result: Extract<MoveResult, {ok: false}>, {event}: Change): string => {
	if (result.reason === 'no-such-job') return noSuchJob;
	return result.reason === 'refused' && result.rival !== undefined
		? sameFile(result.rival)
		: refusal(result.status, event);
};

/** The last key of each priority among these jobs. */
const lastPlaces = (jobs: readonly MovedJob[]): ReadonlyMap<number, number> => {
	const last = new Map<number, number>();
	for (const {job} of jobs) last.set(job.priority, Math.max(last.get(job.priority) ?? -1, job.order));
	return last;
};

/** Keeps how far attempts are; a total that is not known (any more) leaves the last one standing. */
export const saveProgress = (connection: Connection, rows: readonly ProgressRow[]): void => {
	const statement = connection.prepare(
		'UPDATE jobs SET bytes = coalesce(?, bytes), total = coalesce(?, total) WHERE id = ? AND attempt = ?',
	);
	for (const row of rows) {
		statement.run(wholeBytes(row.bytes) ?? null, wholeBytes(row.total) ?? null, row.id, row.attempt);
	}
};

/** The open job that is about to write the same file as this ended one. */
const rivalOf = (connection: Connection, id: JobId): JobId | undefined => {
	const destination = connection.prepare('SELECT destination FROM jobs WHERE id = ?').pluck().get(id) as string | null;
	return destination === null ? undefined : openJobTo(connection, destination);
};

const write = (connection: Connection, before: Job, job: Job): void => {
	// While it still searches, and so counts in no lane's load.
	if (job.lane !== before.lane) {
		connection.prepare('UPDATE jobs SET lane = ? WHERE id = ?').run(job.lane, job.id);
	}

	const {changes} = connection
		.prepare(
			`UPDATE jobs SET status = ?, is_sourced = ?, source = ?, folded = ?, attempts = ?, attempt = ?, owner = ?,
				bytes = ?, total = ?, placing = ?, output_path = ?, size = ?, error_code = ?, error_message = ?,
				error_class = ?, retry_at = ?, started_at = ?, ended_at = ?
			WHERE id = ? AND status = ? AND attempt IS ?`,
		)
		.run(
			job.status,
			job.isSourced ? 1 : 0,
			job.source,
			folded(job.title, job.source),
			job.attempts,
			job.attempt ?? null,
			job.owner ?? null,
			job.bytes,
			job.total ?? null,
			job.placing === undefined ? null : JSON.stringify(job.placing),
			job.outputPath ?? null,
			job.size ?? null,
			...errorColumns(job.error),
			job.retryAt ?? null,
			job.startedAt ?? null,
			job.endedAt ?? null,
			job.id,
			before.status,
			before.attempt ?? null,
		);
	if (changes !== 1) throw new Error(`job ${job.id} changed while it was being changed`);
};

const endAttempt = (connection: Connection, job: Job, change: Change): void => {
	connection
		.prepare(
			`UPDATE attempts SET ended_at = ?, outcome = ?, error_code = ?, error_message = ?, error_class = ?, bytes = ?
			WHERE job = ? AND ended_at IS NULL`,
		)
		.run(change.at, change.event, ...errorColumns(change.error), job.bytes, job.id);
};

const errorColumns = (error: JobError | undefined): readonly [string | null, string | null, string | null] => [
	error?.code ?? null,
	error?.message ?? null,
	error?.class ?? null,
];
