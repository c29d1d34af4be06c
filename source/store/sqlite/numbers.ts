import {setImmediate as nextTurn} from 'node:timers/promises';
import type {Connection} from './connection.ts';
import {isSearched, nthKey, type Key, type Range, type Segment, type Track} from './tracks.ts';

/*
 * Numbers of rows. Nothing keeps them: an index is walked, from the nearer end, a bounded stretch between two turns of the
 * event loop. While others change the queue meanwhile, a number may be off by what they changed.
 */

/** Entries of an index that are walked in one go: less than a millisecond. */
const stride = 10_000;

/** Rows of a list, from counts that are kept; undefined where a text has to be searched for. */
export const countIn = (connection: Connection, segments: readonly Segment[]): number | undefined =>
	segments.some(isSearched) ? undefined : segments.reduce((sum, {tracks}) => sum + countTracks(connection, tracks), 0);

/** Jobs of all these tracks. */
export const countTracks = (connection: Connection, tracks: readonly Track[]): number =>
	tracks.reduce((sum, track) => sum + countOf(connection, track), 0);

/** A row by its place in the walk. */
export type Reached = {readonly segment: number; readonly key: Key};

/** The row of a walk that has this number, from 0. */
export const rowAt = async (
	connection: Connection,
	segments: readonly Segment[],
	isDescending: boolean,
	number: number,
): Promise<Reached | undefined> => {
	let left = number + 1;
	for (const [index, {tracks}] of segments.entries()) {
		const count = countTracks(connection, tracks);
		if (left > count) left -= count;
		else {
			const key = await nthOf(connection, tracks, isDescending, left);
			return key === undefined ? undefined : {segment: index, key};
		}
	}

	return undefined;
};

/** How many rows of a walk stand before this one. */
export const rowsBefore = async (
	connection: Connection,
	segments: readonly Segment[],
	isDescending: boolean,
	{segment, key}: Reached,
): Promise<number> => {
	let count = -1;
	for (const [index, {tracks}] of segments.entries()) {
		if (index > segment) break;
		for (const track of tracks) {
			count +=
				index < segment
					? countOf(connection, track)
					: (await walkTrack(connection, track, {upTo: key, isDescending}, Infinity)).passed;
		}
	}

	return Math.max(0, count);
};

/** Goes so many entries along a track, or to the end of the range. */
export const walkTrack = async (
	connection: Connection,
	track: Track,
	range: Range,
	wanted: number,
): Promise<{readonly passed: number; readonly key: Key | undefined}> => {
	let passed = 0;
	let key = range.after;
	while (passed < wanted) {
		const step = Math.min(stride, wanted - passed);
		const found = nthKey(connection, track, {...range, after: key}, step);
		if (typeof found === 'number') return {passed: passed + found, key: undefined};
		passed += step;
		key = found;
		if (passed < wanted) await nextTurn();
	}

	return {passed, key};
};

type Lane = {readonly track: Track; after: Key | undefined; left: number};

/**
 * The nth key (from 1) of several tracks as if they were one. Each is looked at as far ahead as its share of what is left
 * says; what the nearest of these keys leaves behind lies certainly before the nth.
 */
export const nthOf = async (
	connection: Connection,
	tracks: readonly Track[],
	isDescending: boolean,
	nth: number,
): Promise<Key | undefined> => {
	const lanes: Lane[] = tracks.map(track => ({track, after: undefined, left: countOf(connection, track)}));
	let left = nth;
	let last: Key | undefined;
	while (left > 0) {
		const open = lanes.filter(lane => lane.left > 0);
		if (open.length === 0) return undefined;
		const sum = open.reduce((total, lane) => total + lane.left, 0);
		let nearest: {lane: Lane; key: Key; step: number} | undefined;
		for (const lane of open) {
			const step = Math.min(lane.left, Math.max(1, Math.floor((left * lane.left) / sum)));
			const {passed, key} = await walkTrack(connection, lane.track, {after: lane.after, isDescending}, step);
			// There are fewer than were counted: somebody else was at work.
			if (key === undefined) lane.left = passed;
			else if (nearest === undefined || isNearer(key, nearest.key, isDescending)) nearest = {lane, key, step};
		}

		if (nearest === undefined) continue;
		nearest.lane.after = nearest.key;
		nearest.lane.left -= nearest.step;
		left -= nearest.step;
		if (last === undefined || isNearer(last, nearest.key, isDescending)) last = nearest.key;
	}

	return last;
};

const isNearer = (key: Key, than: Key, isDescending: boolean): boolean =>
	(isDescending ? -1 : 1) * (key[0] - than[0] || key[1] - than[1]) < 0;

/** Entries of a track, as triggers keep their count. */
const countOf = (connection: Connection, {counted: {status, batch}}: Track): number => {
	if (batch !== undefined) {
		const sql = 'SELECT jobs FROM batch_totals WHERE batch = ? AND status = ?';
		return (connection.prepare(sql).pluck().get(batch, status) as number | undefined) ?? 0;
	}

	return status === undefined
		? (connection.prepare('SELECT sum(jobs) FROM totals').pluck().get() as number)
		: (connection.prepare('SELECT jobs FROM totals WHERE status = ?').pluck().get(status) as number);
};
