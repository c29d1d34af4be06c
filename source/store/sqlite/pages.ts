import {setImmediate as nextTurn} from 'node:timers/promises';
import type {Job, JobId} from '../../domain/job.ts';
import type {JobFilter, JobQuery, Page} from '../../engine/ports.ts';
import {fromCursor, toCursor, type Position} from '../cursor.ts';
import type {Connection} from './connection.ts';
import {toJob, type JobRow} from './rows.ts';
import {readKeys, segmentsOf, type Key, type Segment} from './tracks.ts';

/** How many rows a search looks at before the event loop gets a turn: a few milliseconds' worth. */
const chunk = 4096;

/** A page of the list, by index alone unless text or provider are asked for. */
export const page = async (connection: Connection, query: JobQuery): Promise<Page<Job>> => {
	const limit = query.limit ?? 100;
	if (!Number.isInteger(limit) || limit < 1 || limit > 1000) {
		throw new RangeError(`a page has 1 to 1000 rows, not ${limit}`);
	}

	const start = query.after === undefined ? undefined : fromCursor(query, query.after);
	const segments = segmentsOf(query, query.sort ?? 'order');
	const {found, rows} = await search(connection, segments, query.isDescending === true, start, limit + 1, positions =>
		positions.slice(0, limit).flatMap(({id}) => rowById(connection, id) ?? []),
	);
	const last = found.length > limit ? found[limit - 1] : undefined;
	return {rows, next: last === undefined ? undefined : toCursor(query, last)};
};

/** A job as lists tell it. */
const rowById = (connection: Connection, id: number): Job | undefined => {
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
	const start = after === undefined ? undefined : {segment: 0, key: after, id: after};
	const {rows} = await search(connection, segmentsOf(filter, 'added'), false, start, limit, positions =>
		positions.map(({id}) => id as JobId),
	);
	return rows;
};

/** Collects the first rows beyond a place. What an index answers is read at once and from one state of the database. */
const search = async <Row>(
	connection: Connection,
	segments: readonly Segment[],
	isDescending: boolean,
	start: Position | undefined,
	limit: number,
	toRows: (found: readonly Position[]) => readonly Row[],
): Promise<{readonly found: readonly Position[]; readonly rows: readonly Row[]}> => {
	const found: Position[] = [];
	let place: {segment: number; after: Key | undefined} | undefined = {
		segment: start?.segment ?? 0,
		after: start === undefined ? undefined : [start.key, start.id],
	};
	for (;;) {
		const rows = connection.snapshot(() => {
			do {
				const step: Step = nextStep(connection, segments, place, isDescending, limit - found.length);
				found.push(...step.found);
				place = step.place;
			} while (place !== undefined && found.length < limit && !isSearched(segments[place.segment]));

			return place === undefined || found.length >= limit ? toRows(found) : undefined;
		});
		if (rows !== undefined) return {found, rows};
		await nextTurn();
	}
};

type Place = {readonly segment: number; readonly after: Key | undefined};
type Step = {
	readonly found: readonly Position[];
	/** Where to go on, if there is more. */ readonly place: Place | undefined;
};

const isSearched = (segment: Segment | undefined): boolean => segment !== undefined && segment.residual.where !== '';

const nextStep = (
	connection: Connection,
	segments: readonly Segment[],
	place: Place | undefined,
	isDescending: boolean,
	limit: number,
): Step => {
	const segment = place === undefined ? undefined : segments[place.segment];
	if (place === undefined || segment === undefined) return {found: [], place: undefined};
	const range = {after: place.after, isDescending};
	// The rows that a search looks at now are bounded by the key of the last of them.
	const upTo = isSearched(segment) ? readKeys(connection, segment, range, chunk, false)[chunk - 1] : undefined;
	const keys = readKeys(connection, segment, {...range, upTo}, limit, true);
	return {
		found: keys.map(([key, id]) => ({segment: place.segment, key, id})),
		place: upTo === undefined ? following(segments, place) : {segment: place.segment, after: upTo},
	};
};

const following = (segments: readonly Segment[], {segment}: Place): Place | undefined =>
	segment + 1 < segments.length ? {segment: segment + 1, after: undefined} : undefined;
