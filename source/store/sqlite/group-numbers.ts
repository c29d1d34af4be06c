import {setImmediate as nextTurn} from 'node:timers/promises';
import type {BatchId} from '../../domain/job.ts';
import type {GroupedQuery} from '../../engine/ports.ts';
import type {GroupedPosition} from '../cursor.ts';
import type {Connection} from './connection.ts';
import {isDescending, listedBatches, tracksOf, type Spot} from './group-lists.ts';
import {countTracks, nthOf, walkTrack} from './numbers.ts';
import type {Key} from './tracks.ts';

/** Rows of the whole list. */
export const countRows = async (connection: Connection, query: GroupedQuery): Promise<number> =>
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
export const numberOf = async (
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
export const spotAt = async (
	connection: Connection,
	query: GroupedQuery,
	number: number,
): Promise<Spot | undefined> => {
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
	const key = await nthOf(connection, tracksOf(undefined, query.statuses), isDescending(query), nth - batches);
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
