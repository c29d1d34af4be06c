import type {Job, JobId} from '../../domain/job.ts';
import type {JobFilter, JobQuery, Page, PageRange} from '../../engine/ports.ts';
import {fromCursor, toCursor} from '../cursor.ts';
import type {Connection} from './connection.ts';
import {countIn, rowAt, rowsBefore} from './numbers.ts';
import {toJob, type JobRow} from './rows.ts';
import {search, type Found, type Walk} from './search.ts';
import {isSearched, justBefore, segmentsOf} from './tracks.ts';

/** A page of the list, by index alone unless text or provider are asked for. */
export const page = async (connection: Connection, query: JobQuery): Promise<Page<Job>> => {
	const limit = limitOf(query);
	const start = await startOf(connection, query);
	const {isBackward, isInside, walk} = start;
	const {kept, rows, total, isMore} = await search(connection, {...walk, limit: limit + 1}, found => {
		const inOrder = isBackward ? found.slice(0, limit).toReversed() : found.slice(0, limit);
		return {
			kept: inOrder,
			rows: inOrder.flatMap(({key: [, id]}) => rowById(connection, id) ?? []),
			total: query.isNumbered === true ? countIn(connection, walk.segments) : undefined,
			isMore: found.length > limit,
		};
	});
	if (rows.length === 0 && (walk.skip ?? 0) > 0) return page(connection, {...query, from: 'end'});
	const cursor = (row: Found | undefined, side: 'before' | 'after'): string | undefined =>
		row === undefined ? (query.after ?? query.before) : toCursor(query, {row: positionOf(walk, isBackward, row), side});
	const [first] = kept;
	const here = cursor(first, 'before');
	const previous = (isBackward ? isMore : isInside) ? here : undefined;
	const next = (isBackward ? isInside : isMore) ? cursor(kept.at(-1), 'after') : undefined;
	if (total === undefined) return {rows, next, previous, here};
	const number =
		start.number ??
		(previous === undefined || first === undefined
			? 0
			: next === undefined
				? total - rows.length
				: await numberOf(connection, walk, isBackward, first, total));
	return {rows, next, previous, here, numbers: {first: number, total}};
};

/** Checks how many rows are asked for. */
export const limitOf = ({limit = 100, after, before, from}: PageRange): number => {
	if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
		throw new RangeError(`a page has 1 to 1000 rows, not ${limit}`);
	}

	if ([after, before, from].filter(place => place !== undefined).length > 1) {
		throw Object.assign(new Error('a page begins at one place: name only one of after, before and from'), {
			code: 'bad-request',
		});
	}

	if (typeof from === 'number' && (!Number.isSafeInteger(from) || from < 0)) {
		throw new RangeError(`rows are numbered from 0, not ${from}`);
	}

	return limit;
};

/** A job as lists tell it. */
export const rowById = (connection: Connection, id: number): Job | undefined => {
	const row = connection
		.prepare(
			`SELECT *, CASE WHEN ended_at IS NOT NULL THEN (
				SELECT coalesce(sum(max(0, attempts.ended_at - attempts.started_at)), 0) FROM attempts WHERE job = jobs.id
			) END AS ran_for FROM jobs WHERE id = ?`,
		)
		.get(id) as JobRow | undefined;
	return row === undefined ? undefined : toJob(row);
};

/** Ids that match, ascending. */
export const ids = async (
	connection: Connection,
	filter: JobFilter,
	limit: number,
	after: JobId | undefined,
): Promise<readonly JobId[]> => {
	if (!Number.isInteger(limit) || limit < 1) throw new RangeError(`a limit is a whole number from 1, not ${limit}`);
	const walk: Walk = {
		segments: segmentsOf(filter, 'added'),
		isDescending: false,
		after: after === undefined ? undefined : {segment: 0, key: [after, after]},
		limit,
	};
	return search(connection, walk, found => found.map(({key: [, id]}) => id as JobId));
};

type Start = {
	readonly walk: Omit<Walk, 'limit'>;
	/** Reads towards the start of the list; the walk is the list turned round. */
	readonly isBackward: boolean;
	/** Rows may stand on the side of the place that is not read. */
	readonly isInside: boolean;
	/** Number of the first row, where it is known. */
	readonly number?: number;
};

const startOf = async (connection: Connection, query: JobQuery): Promise<Start> => {
	const {after, before, from} = query;
	const isBackward = before !== undefined || from === 'end';
	const walk = walkOf(query, isBackward);
	const cursor = after ?? before;
	if (cursor !== undefined) {
		const place = fromCursor(query, cursor);
		const {key, id} = place.row;
		const segment = isBackward ? walk.segments.length - 1 - place.row.segment : place.row.segment;
		const isLeft = place.side === (isBackward ? 'before' : 'after');
		const row = walk.segments[segment];
		const passed = isLeft || row === undefined ? ([key, id] as const) : justBefore(row, [key, id], walk.isDescending);
		return {walk: {...walk, after: {segment, key: passed}}, isBackward, isInside: true};
	}

	return typeof from === 'number' && from > 0
		? startAt(connection, query, from)
		: {walk, isBackward, isInside: false, ...(isBackward ? {} : {number: 0})};
};

/** At a row of this number, reached from the nearer end. */
const startAt = async (connection: Connection, query: JobQuery, from: number): Promise<Start> => {
	const walk = walkOf(query, false);
	if (walk.segments.some(isSearched)) return {walk: {...walk, skip: from}, isBackward: false, isInside: true};
	const total = countIn(connection, walk.segments) ?? 0;
	const end = {walk: walkOf(query, true), isBackward: true, isInside: false};
	if (from >= total) return end;
	if (from <= total / 2) {
		const row = await rowAt(connection, walk.segments, walk.isDescending, from - 1);
		return row === undefined ? end : {walk: {...walk, after: row}, isBackward: false, isInside: true, number: from};
	}

	const turned = end.walk;
	const row = await rowAt(connection, turned.segments, turned.isDescending, total - from - 1);
	if (row === undefined) return end;
	const segment = turned.segments.length - 1 - row.segment;
	const there = walk.segments[segment];
	const key = there === undefined ? row.key : justBefore(there, row.key, walk.isDescending);
	return {walk: {...walk, after: {segment, key}}, isBackward: false, isInside: true, number: from};
};

const walkOf = (query: JobQuery, isBackward: boolean): Omit<Walk, 'limit'> => {
	const segments = segmentsOf(query, query.sort ?? 'order');
	return {
		segments: isBackward ? segments.toReversed() : segments,
		isDescending: (query.isDescending ?? false) !== isBackward,
		after: undefined,
	};
};

const positionOf = (walk: Pick<Walk, 'segments'>, isBackward: boolean, {segment, key}: Found) => ({
	segment: isBackward ? walk.segments.length - 1 - segment : segment,
	key: key[0],
	id: key[1],
});

const numberOf = async (
	connection: Connection,
	{segments, isDescending}: Omit<Walk, 'limit'>,
	isBackward: boolean,
	first: Found,
	total: number,
): Promise<number> => {
	const passed = await rowsBefore(connection, segments, isDescending, first);
	return isBackward ? Math.max(0, total - 1 - passed) : passed;
};
