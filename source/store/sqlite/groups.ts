import type {BatchId, Job} from '../../domain/job.ts';
import type {GroupedQuery, GroupedRow, Page} from '../../engine/ports.ts';
import {fromGroupedCursor, toGroupedCursor, type GroupedPosition} from '../cursor.ts';
import type {Connection} from './connection.ts';
import {isDescending, listedBatches, tracksOf, type Spot} from './group-lists.ts';
import {countRows, numberOf, spotAt} from './group-numbers.ts';
import {limitOf, rowById} from './pages.ts';
import {batchBy} from './statistics.ts';
import {readKeys} from './tracks.ts';

/*
 * The grouped list: for each batch its own row and, where it is open, its jobs; then the jobs without a batch. Read forwards
 * and backwards by the same steps; backwards, a batch's row comes after its jobs.
 */

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
	if (isAtNumber && rows.length === 0 && !isBackward) return groupedPage(connection, {...query, from: 'end'});
	const cursor = (row: GroupedPosition | undefined, side: 'before' | 'after'): string | undefined =>
		row === undefined ? (after ?? before) : toGroupedCursor(query, {row, side});
	const isInside = after !== undefined || before !== undefined || spot !== undefined;
	const here = cursor(kept[0], 'before');
	const previous = (isBackward ? isMore : isInside) ? here : undefined;
	const next = (isBackward ? isInside : isMore) ? cursor(kept.at(-1), 'after') : undefined;
	if (query.isNumbered !== true) return {rows, next, previous, here};
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
	return {rows, next, previous, here, numbers: {first: number, total}};
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
		const tracks = tracksOf(
			batch,
			waiting.filter(status => statuses.includes(status)),
		);
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
	const tracks = tracksOf(batch, query.statuses);
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
