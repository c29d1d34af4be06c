import {hasEnded, jobStatuses, type JobId, type JobStatus} from '../../domain/job.ts';
import {refusal} from '../../domain/transitions.ts';
import type {StepId} from '../../domain/undo.ts';
import type {Place, Refusal} from '../../engine/ports.ts';
import type {Connection} from './connection.ts';
import {copyKeys, lastKeptKey, settleCopies} from './steps.ts';

/*
 * Priority, arrival and manual moves live in one ascending integer. Each priority owns a band of 2^43 keys, 9 the lowest
 * one; all ten stay below 2^47, which SQLite keeps in six bytes and JavaScript counts exactly. The first job of a band
 * lands in its middle, later ones 1024 further each, so that both ends can grow four thousand million times. A job that
 * is moved takes a key between its neighbours; where there is none left, the neighbours are spread out anew.
 */

const bandWidth = 2 ** 43;
const spacing = 1024;

/** Keys of one priority: `from` up to, but not, `to`. */
type Band = {readonly from: number; readonly to: number};

/** Free keys lie between the two, both excluded; new ones stay close to the side it leans to. */
type Gap = {readonly low: number; readonly high: number; readonly lean: 'low' | 'high' | 'middle'};

export type Moved = {readonly changed: readonly JobId[]; readonly refused: readonly Refusal[]};

/** Ascending keys for so many jobs behind all that have this priority. */
export const keysBehind = (
	connection: Connection,
	priority: number,
	count: number,
	step?: StepId,
): readonly number[] => {
	if (!Number.isInteger(priority) || priority < 0 || priority > 9) {
		throw new RangeError(`a priority is a whole number from 0 to 9, not ${priority}`);
	}

	const band = bandOf(priority);
	const low = Math.max(nearest(connection, band.to, 'down')?.key ?? -1, lastKeptKey(connection, priority));
	const start = low < band.from ? band.from + bandWidth / 2 - spacing : low;
	return keysFor(connection, {low: start, high: band.to, lean: 'low'}, band, count, step);
};

/** The key of each job, in one and the same state of the queue. */
export const orders = (connection: Connection, ids: readonly JobId[]): ReadonlyArray<number | undefined> => {
	if (ids.length > 1000) throw new RangeError(`at most 1000 places are told at once, not ${ids.length}`);
	const statement = connection.prepare('SELECT sort_key FROM jobs WHERE id = ?').pluck();
	return connection.snapshot(() => ids.map(id => statement.get(id) as number | undefined));
};

/** Gives jobs this priority, behind the others that have it. Runs inside a transaction. */
export const prioritise = (
	connection: Connection,
	ids: readonly JobId[],
	priority: number,
	step: StepId | undefined,
): Moved => {
	const {movable, refused} = sortOut(connection, ids);
	copy(connection, movable, step);
	place(connection, movable, keysBehind(connection, priority, movable.length, step));
	return {changed: movable, refused};
};

/** Moves jobs to a place, keeping their order among themselves. Runs inside a transaction. */
export const reorder = (
	connection: Connection,
	ids: readonly JobId[],
	target: Place,
	step: StepId | undefined,
): Moved => {
	const {movable, refused} = sortOut(connection, ids);
	if ('before' in target) return moveBefore(connection, movable, refused, target.before, step);
	const direction = target.at === 'top' ? 'up' : 'down';
	const from = target.at === 'top' ? -1 : Number.MAX_SAFE_INTEGER;
	const moving = new Set<number>(movable);
	const end = keysFrom(connection, unended, from, direction, movable.length + 1).find(({id}) => !moving.has(id));
	copy(connection, movable, step);
	// Without any other job they are at the top and at the bottom already.
	if (end !== undefined) {
		const band = bandAround(end.key);
		const gap = target.at === 'top' ? gapBefore(connection, end.key, band) : gapAfter(connection, end.key, band);
		place(connection, movable, keysFor(connection, gap, band, movable.length, step));
	}

	return {changed: movable, refused};
};

const moveBefore = (
	connection: Connection,
	movable: readonly JobId[],
	refused: readonly Refusal[],
	before: JobId,
	step: StepId | undefined,
): Moved => {
	const target = keyOf(connection, before);
	if (target === undefined) {
		const reason = `there is no job ${before} to go before`;
		return {changed: [], refused: [...refused, ...movable.map(id => ({id, reason}))]};
	}

	const others = movable.filter(id => id !== before);
	const band = bandAround(target.key);
	copy(connection, others, step);
	place(connection, others, keysFor(connection, gapBefore(connection, target.key, band), band, others.length, step));
	return {
		changed: others,
		refused:
			others.length === movable.length ? refused : [...refused, {id: before, reason: 'it cannot go before itself'}],
	};
};

/** Ids that can be moved, in their order; those that cannot, with the reason. */
const sortOut = (
	connection: Connection,
	ids: readonly JobId[],
): {readonly movable: readonly JobId[]; readonly refused: readonly Refusal[]} => {
	const refused: Refusal[] = [];
	const found: Array<{id: JobId; key: number}> = [];
	for (const id of new Set(ids)) {
		const job = keyOf(connection, id);
		if (job === undefined) refused.push({id, reason: noSuchJob});
		else if (job.status === 'completed') refused.push({id, reason: refusal('completed', 'retry')});
		else found.push({id, key: job.key});
	}

	return {movable: found.toSorted((a, b) => a.key - b.key).map(({id}) => id), refused};
};

export const noSuchJob = 'there is no such job';

const unended = jobStatuses.filter(status => !hasEnded(status));

const bandOf = (priority: number): Band => ({from: (9 - priority) * bandWidth, to: (10 - priority) * bandWidth});

const bandAround = (key: number): Band => bandOf(9 - Math.floor(key / bandWidth));

const gapBefore = (connection: Connection, high: number, band: Band): Gap => {
	const low = nearest(connection, high, 'down')?.key ?? -1;
	return low < band.from ? {low: band.from - 1, high, lean: 'high'} : {low, high, lean: 'middle'};
};

const gapAfter = (connection: Connection, low: number, band: Band): Gap => ({
	low,
	high: Math.min(nearest(connection, low, 'up')?.key ?? band.to, band.to),
	lean: 'low',
});

/** Gives a job that has come back to a place that was taken meanwhile the place right before it. */
export const moveAside = (connection: Connection, id: JobId, key: number): void => {
	const band = bandAround(key);
	place(connection, [id], keysFor(connection, gapBefore(connection, key, band), band, 1, undefined));
};

/** Before they are moved, so that it can be undone. */
const copy = (connection: Connection, jobs: readonly JobId[], step: StepId | undefined): void => {
	if (step === undefined) return;
	copyKeys(connection, step, jobs, true);
	const [first] = jobs;
	const title =
		first === undefined
			? undefined
			: (connection.prepare('SELECT title FROM jobs WHERE id = ?').pluck().get(first) as string | undefined);
	settleCopies(connection, step, {changed: jobs.length, title, refused: []});
};

const place = (connection: Connection, ids: readonly JobId[], keys: readonly number[]): void => {
	const statement = connection.prepare('UPDATE jobs SET sort_key = ?, priority = ? WHERE id = ?');
	for (const [index, id] of ids.entries()) {
		const key = keys[index] ?? Number.NaN;
		statement.run(key, 9 - Math.floor(key / bandWidth), id);
	}
};

const keysFor = (
	connection: Connection,
	gap: Gap,
	band: Band,
	count: number,
	step: StepId | undefined,
): readonly number[] => {
	const room = Math.floor((gap.high - gap.low) / (count + 1));
	if (room < 1) return spreadOut(connection, gap, band, count, step);
	const stride = gap.lean === 'middle' ? room : Math.min(spacing, room);
	const start = gap.lean === 'high' ? gap.high - stride * (count + 1) : gap.low;
	return Array.from({length: count}, (_, index) => start + stride * (index + 1));
};

/** Makes room where there is none: gives new keys to the jobs around the gap, no more of them than necessary. */
const spreadOut = (
	connection: Connection,
	gap: Gap,
	band: Band,
	count: number,
	keptBy: StepId | undefined,
): readonly number[] => {
	for (let reach = 32; ; reach *= 2) {
		const below = keysFrom(connection, jobStatuses, gap.low + 1, 'down', reach).filter(({key}) => key >= band.from);
		const above = keysFrom(connection, jobStatuses, gap.high - 1, 'up', reach).filter(({key}) => key < band.to);
		// The outermost job on each side keeps its key, unless the band itself ends there.
		const low = below.length < reach ? band.from - 1 : (below.pop()?.key ?? band.from - 1);
		const high = above.length < reach ? band.to : (above.pop()?.key ?? band.to);
		const step = Math.floor((high - low) / (below.length + count + above.length + 1));
		const isWholeBand = low < band.from && high === band.to;
		if (step < 16 && !isWholeBand) continue;
		if (step < 1) throw new Error('no two jobs of one priority can be told apart any more');
		const around = [...below.toReversed(), ...above];
		if (keptBy !== undefined) {
			copyKeys(
				connection,
				keptBy,
				around.map(({id}) => id as JobId),
				false,
			);
		}

		const update = connection.prepare('UPDATE jobs SET sort_key = ? WHERE id = ?');
		for (const [index, {id}] of around.entries()) {
			update.run(low + step * (index + 1 + (index < below.length ? 0 : count)), id);
		}

		return Array.from({length: count}, (_, index) => low + step * (below.length + index + 1));
	}
};

type Keyed = {readonly id: number; readonly key: number};

const nearest = (connection: Connection, key: number, direction: 'up' | 'down'): Keyed | undefined =>
	keysFrom(connection, jobStatuses, key, direction, 1)[0];

/** So many keys beyond one, nearest first. Reads a few entries of the index for each status. */
const keysFrom = (
	connection: Connection,
	statuses: readonly JobStatus[],
	from: number,
	direction: 'up' | 'down',
	limit: number,
): Keyed[] => {
	const statement = connection.prepare(
		direction === 'up'
			? 'SELECT id, sort_key AS key FROM jobs INDEXED BY jobs_status_key WHERE status = ? AND sort_key > ? ORDER BY sort_key LIMIT ?'
			: 'SELECT id, sort_key AS key FROM jobs INDEXED BY jobs_status_key WHERE status = ? AND sort_key < ? ORDER BY sort_key DESC LIMIT ?',
	);
	const sign = direction === 'up' ? 1 : -1;
	return statuses
		.flatMap(status => statement.all(status, from, limit) as Keyed[])
		.toSorted((a, b) => sign * (a.key - b.key))
		.slice(0, limit);
};

const keyOf = (connection: Connection, id: JobId): {readonly status: JobStatus; readonly key: number} | undefined =>
	connection.prepare('SELECT status, sort_key AS key FROM jobs WHERE id = ?').get(id) as
		{readonly status: JobStatus; readonly key: number} | undefined;
