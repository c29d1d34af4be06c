import {setImmediate as nextTurn} from 'node:timers/promises';
import type {BatchId, Job, JobStatus} from '../../domain/job.ts';
import type {GroupedQuery, GroupedRow, Page} from '../../engine/ports.ts';
import {fromGroupedCursor, toGroupedCursor, type GroupedPosition} from '../cursor.ts';
import type {Connection} from './connection.ts';
import {countTracks, nthOf, walkTrack} from './numbers.ts';
import {limitOf, rowById} from './pages.ts';
import {batchBy} from './statistics.ts';
import {groupTrack, readKeys, type Key} from './tracks.ts';

/*
 * The grouped list: for each batch its own row and, where it is open, its jobs; then the jobs without a batch. Read forwards
 * and backwards by the same steps; backwards, a batch's row comes after its jobs.
 */

/** Where reading goes on, always exclusive, in the direction of reading. */
type Spot =
	| {readonly in: 'batches'; readonly after: number | undefined}
	| {readonly in: 'batch'; readonly batch: BatchId; readonly after: number | undefined}
	/** Backwards only: the batch's own row comes next. */
	| {readonly in: 'row'; readonly batch: BatchId}
	| {readonly in: 'loose'; readonly after: number | undefined};

type Reading = {
	readonly connection: Connection;
	readonly query: GroupedQuery;
	readonly open: ReadonlySet<number>;
	readonly isBackward: boolean;
};

/** A page of the grouped list, by index alone. */
export const groupedPage = async (connection: Connection, query: GroupedQuery): Promise<Page<GroupedRow>> => {
	const limit = limitOf(query);
	const {after, before, from} = query;
	if (query.open.length > 1000) throw new RangeError(`at most 1000 batches are open, not ${query.open.length}`);
	const isAtNumber = typeof from === 'number' && from > 0;
	const spot = isAtNumber ? await spotAt(connection, query, from) : undefined;
	const isBackward = before !== undefined || from === 'end' || (isAtNumber && spot === undefined);
	const reading: Reading = {connection, query, open: new Set(query.open), isBackward};
	const {kept, rows, isMore} = connection.snapshot(() => {
		const found = read(reading, spot ?? startOf(reading), limit + 1);
		const inOrder = isBackward ? found.slice(0, limit).toReversed() : found.slice(0, limit);
		return {kept: inOrder, rows: inOrder.flatMap(row => rowOf(reading, row)), isMore: found.length > limit};
	});
	const cursor = (row: GroupedPosition | undefined, side: 'before' | 'after'): string | undefined =>
		row === undefined ? (after ?? before) : toGroupedCursor(query, {row, side});
	const isInside = after !== undefined || before !== undefined || spot !== undefined;
	const previous = (isBackward ? isMore : isInside) ? cursor(kept[0], 'before') : undefined;
	const next = (isBackward ? isInside : isMore) ? cursor(kept.at(-1), 'after') : undefined;
	if (query.isNumbered !== true) return {rows, next, previous};
	const total = await countRows(connection, query);
	const [first] = kept;
	const number =
		previous === undefined || first === undefined
			? 0
			: spot !== undefined && typeof from === 'number'
				? from
				: next === undefined
					? total - rows.length
					: await numberOf(connection, query, first);
	return {rows, next, previous, numbers: {first: number, total}};
};

const rowOf = ({connection, query, open}: Reading, {batch, key, id}: Row): readonly GroupedRow[] => {
	if (key !== undefined) {
		const job = rowById(connection, id);
		return job === undefined ? [] : [{kind: 'job', job}];
	}

	const found = batchBy(connection, batch as BatchId);
	return found === undefined
		? []
		: [{kind: 'batch', batch: found, isOpen: open.has(batch), next: nextOf(connection, query, batch as BatchId)}];
};

/** The job that the batch waits with: the first that may start, or else the first that is paused. */
const nextOf = (connection: Connection, {statuses}: GroupedQuery, batch: BatchId): Job | undefined => {
	for (const waiting of [['waiting', 'queued'], ['paused']] as const) {
		const tracks = waiting.filter(status => statuses.includes(status)).map(status => groupTrack(batch, status));
		const [key] = readKeys(connection, {tracks, residual: none}, {isDescending: false}, 1, false);
		if (key !== undefined) return rowById(connection, key[1]);
	}

	return undefined;
};

const none = {where: '', values: []};

// ---------------------------------------------------------------- reading

type Row = GroupedPosition & {readonly id: number};

const startOf = ({query, isBackward}: Reading): Spot => {
	const cursor = query.after ?? query.before;
	if (cursor === undefined) return {in: isBackward ? 'loose' : 'batches', after: undefined};
	const {row, side} = fromGroupedCursor(query, cursor);
	const batch = row.batch as BatchId;
	const isPassed = side === (isBackward ? 'before' : 'after');
	if (row.batch === 0 || row.key !== undefined) {
		const isDown = row.batch === 0 ? isDescending(query) !== isBackward : isBackward;
		const key = isPassed ? row.key : (row.key ?? 0) + (isDown ? 1 : -1);
		return row.batch === 0 ? {in: 'loose', after: key} : {in: 'batch', batch, after: key};
	}

	if (isBackward) return isPassed ? {in: 'batches', after: batch} : {in: 'row', batch};
	return isPassed
		? {in: 'batch', batch, after: undefined}
		: {in: 'batches', after: batch + (isDescending(query) ? 1 : -1)};
};

const isDescending = (query: GroupedQuery): boolean => query.isDescending ?? false;

/** Rows from a spot on, in the direction of reading. */
const read = (reading: Reading, start: Spot, limit: number): readonly Row[] => {
	const {isBackward} = reading;
	const found: Row[] = [];
	let spot: Spot | undefined = start;
	while (spot !== undefined && found.length < limit) {
		const room = limit - found.length;
		switch (spot.in) {
			case 'batch': {
				if (reading.open.has(spot.batch)) found.push(...jobsOf(reading, spot.batch, spot.after, room));
				spot = isBackward ? {in: 'row', batch: spot.batch} : {in: 'batches', after: spot.batch};
				break;
			}

			case 'row':
				if (isListed(reading, spot.batch)) found.push(batchRow(spot.batch));
				spot = {in: 'batches', after: spot.batch};
				break;
			case 'batches':
				spot = readBatches(reading, spot.after, room, found);
				break;
			case 'loose':
				found.push(...jobsOf(reading, undefined, spot.after, room));
				spot = isBackward && found.length < limit ? {in: 'batches', after: undefined} : undefined;
				break;
		}
	}

	return found.slice(0, limit);
};

/** Closed batches up to the next open one; tells where to go on. */
const readBatches = (reading: Reading, after: number | undefined, room: number, found: Row[]): Spot | undefined => {
	const {isBackward} = reading;
	const batches = listedBatches(reading.connection, reading.query, after, isBackward, room);
	for (const batch of batches) {
		if (reading.open.has(batch)) {
			if (isBackward) return {in: 'batch', batch: batch as BatchId, after: undefined};
			found.push(batchRow(batch));
			return {in: 'batch', batch: batch as BatchId, after: undefined};
		}

		found.push(batchRow(batch));
	}

	if (batches.length === room) return {in: 'batches', after: batches.at(-1)};
	return isBackward ? undefined : {in: 'loose', after: undefined};
};

const batchRow = (batch: number): Row => ({batch, key: undefined, id: 0});

/** Jobs of a batch go from the first to the last whichever way the batches go. */
const jobsOf = (
	{connection, query, isBackward}: Reading,
	batch: BatchId | undefined,
	after: number | undefined,
	limit: number,
): readonly Row[] => {
	const isDown = batch === undefined ? isDescending(query) !== isBackward : isBackward;
	const tracks = query.statuses.map(status => groupTrack(batch, status));
	const range = {after: after === undefined ? undefined : ([after, 0] as const), isDescending: isDown};
	return readKeys(connection, {tracks, residual: none}, range, limit, false).map(([key, id]) => ({
		batch: batch ?? 0,
		key,
		id,
	}));
};

const isListed = ({connection, query}: Reading, batch: number): boolean =>
	query.statuses.some(
		status =>
			connection
				.prepare('SELECT 1 FROM batch_totals WHERE batch = ? AND status = ? AND jobs > 0')
				.get(batch, status) !== undefined,
	);

const listedFrom = 'FROM batch_totals INDEXED BY batch_totals_listed WHERE status = ? AND jobs > 0';

/** Batches that have jobs of these statuses, beyond one of them. */
const listedBatches = (
	connection: Connection,
	query: GroupedQuery,
	after: number | undefined,
	isBackward: boolean,
	limit: number,
): readonly number[] => {
	const isDown = isDescending(query) !== isBackward;
	const sql = `SELECT batch ${listedFrom} AND batch ${isDown ? '<' : '>'} ? ORDER BY batch ${isDown ? 'DESC' : 'ASC'} LIMIT ?`;
	const start = after ?? (isDown ? Number.MAX_SAFE_INTEGER : 0);
	const found = query.statuses.flatMap(
		status => connection.prepare(sql).pluck().all(status, start, limit) as readonly number[],
	);
	return [...new Set(found)].toSorted((a, b) => (isDown ? b - a : a - b)).slice(0, limit);
};

// ---------------------------------------------------------------- numbers

/** Rows of the whole list. */
const countRows = async (connection: Connection, query: GroupedQuery): Promise<number> =>
	countBatches(connection, query, undefined) +
	openBatches(connection, query).reduce((sum, {jobs}) => sum + jobs, 0) +
	(await countLoose(connection, query));

/** Listed batches, or those that stand before one of them. */
const countBatches = (connection: Connection, query: GroupedQuery, before: number | undefined): number => {
	const range = before === undefined ? '' : ` AND one.batch ${isDescending(query) ? '>' : '<'} ?`;
	const bounds = before === undefined ? [] : [before];
	return query.statuses.reduce((sum, status, index) => {
		// A batch with jobs of several statuses is counted with the first of them.
		const earlier = query.statuses.slice(0, index);
		const others = earlier.map(() => '?').join(', ');
		const once =
			index === 0
				? ''
				: ` AND NOT EXISTS (SELECT 1 FROM batch_totals WHERE batch = one.batch AND status IN (${others}) AND jobs > 0)`;
		const from = 'batch_totals AS one INDEXED BY batch_totals_listed';
		const sql = `SELECT count(*) FROM ${from} WHERE one.status = ? AND one.jobs > 0${range}${once}`;
		return (
			sum +
			(connection
				.prepare(sql)
				.pluck()
				.get(status, ...bounds, ...earlier) as number)
		);
	}, 0);
};

/** Open batches in the order of the list, with the rows that stand below each. */
const openBatches = (connection: Connection, query: GroupedQuery): ReadonlyArray<{batch: BatchId; jobs: number}> =>
	[...new Set(query.open)]
		.toSorted((a, b) => (isDescending(query) ? b - a : a - b))
		.map(batch => ({batch, jobs: countTracks(connection, tracksOf(batch, query.statuses))}))
		.filter(({jobs}) => jobs > 0);

const tracksOf = (batch: BatchId | undefined, statuses: readonly JobStatus[]) =>
	statuses.map(status => groupTrack(batch, status));

const countLoose = async (
	connection: Connection,
	{statuses}: GroupedQuery,
	upTo?: Key,
	isDown = false,
): Promise<number> => {
	let count = 0;
	for (const track of tracksOf(undefined, statuses)) {
		count += (await walkTrack(connection, track, {upTo, isDescending: isDown}, Infinity)).passed;
	}

	return count;
};

/** How many rows stand before this one. */
const numberOf = async (
	connection: Connection,
	query: GroupedQuery,
	{batch, key}: GroupedPosition,
): Promise<number> => {
	const open = openBatches(connection, query);
	const jobsIn = (batches: typeof open): number => batches.reduce((sum, {jobs}) => sum + jobs, 0);
	if (batch === 0) {
		const passed = await countLoose(connection, query, [key ?? 0, 0], isDescending(query));
		return countBatches(connection, query, undefined) + jobsIn(open) + Math.max(0, passed - 1);
	}

	const isBefore = (other: number): boolean => (isDescending(query) ? other > batch : other < batch);
	const above = countBatches(connection, query, batch) + jobsIn(open.filter(one => isBefore(one.batch)));
	if (key === undefined) return above;
	let inside = 0;
	for (const track of tracksOf(batch as BatchId, query.statuses)) {
		inside += (await walkTrack(connection, track, {upTo: [key, 0], isDescending: false}, Infinity)).passed;
	}

	return above + Math.max(1, inside);
};

/** Where to begin for the row of this number (from 1), or undefined where the list is shorter. */
const spotAt = async (connection: Connection, query: GroupedQuery, number: number): Promise<Spot | undefined> => {
	let jobsAbove = 0;
	for (const {batch, jobs} of openBatches(connection, query)) {
		const row = countBatches(connection, query, batch) + jobsAbove;
		if (number <= row) break;
		if (number === row + 1) return {in: 'batch', batch, after: undefined};
		if (number <= row + 1 + jobs) {
			const key = await nthOf(connection, tracksOf(batch, query.statuses), false, number - row - 1);
			return {in: 'batch', batch, after: key?.[0]};
		}

		jobsAbove += jobs;
	}

	const nth = number - jobsAbove;
	const batches = countBatches(connection, query, undefined);
	if (nth <= batches) return {in: 'batches', after: await nthBatch(connection, query, nth)};
	const key = await nthLoose(connection, query, nth - batches);
	return key === undefined ? undefined : {in: 'loose', after: key[0]};
};

/** Batches that are read in one go while one is looked for by its number. */
const stride = 2000;

/** The nth listed batch, from 1. */
const nthBatch = async (connection: Connection, query: GroupedQuery, nth: number): Promise<number | undefined> => {
	let after: number | undefined;
	for (let left = nth; left > 0;) {
		const batches = listedBatches(connection, query, after, false, Math.min(stride, left));
		if (batches.length === 0) break;
		left -= batches.length;
		after = batches.at(-1);
		if (left > 0) await nextTurn();
	}

	return after;
};

/** The nth job without a batch, from 1; undefined where none follows it. */
const nthLoose = async (connection: Connection, query: GroupedQuery, nth: number): Promise<Key | undefined> => {
	const isDown = isDescending(query);
	const tracks = tracksOf(undefined, query.statuses);
	const key = await nthOf(connection, tracks, isDown, nth);
	if (key === undefined) return undefined;
	return readKeys(connection, {tracks, residual: none}, {after: key, isDescending: isDown}, 1, false).length === 0
		? undefined
		: key;
};
