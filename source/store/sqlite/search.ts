import {setImmediate as nextTurn} from 'node:timers/promises';
import type {Connection} from './connection.ts';
import {isSearched, readKeys, type Key, type Segment} from './tracks.ts';

/** How many rows a search looks at before the event loop gets a turn: a few milliseconds' worth. */
const chunk = 4096;

/** A row that was found, and the segment of the walk that it stands in. */
export type Found = {readonly segment: number; readonly key: Key};

export type Walk = {
	readonly segments: readonly Segment[];
	readonly isDescending: boolean;
	/** Rows that follow this one; all of them where there is none. */
	readonly after: Found | undefined;
	/** Rows that match and are passed over. */
	readonly skip?: number;
	readonly limit: number;
};

/** Collects the first rows beyond a place. What an index answers is read at once and from one state of the database. */
export const search = async <Result>(
	connection: Connection,
	walk: Walk,
	toResult: (found: readonly Found[]) => Result,
): Promise<Result> => {
	const {segments, isDescending, after, limit} = walk;
	let found: Found[] = [];
	let left = walk.skip ?? 0;
	let place: Place | undefined = {segment: after?.segment ?? 0, after: after?.key};
	for (;;) {
		const result = connection.snapshot(() => {
			do {
				const step: Step = nextStep(connection, segments, place, isDescending, left + limit - found.length);
				found.push(...step.found);
				place = step.place;
				if (left > 0) {
					const passed = Math.min(left, found.length);
					left -= passed;
					found = found.slice(passed);
				}
			} while (place !== undefined && found.length < limit && !isSearched(segments[place.segment]));

			return place === undefined || found.length >= limit ? {value: toResult(found)} : undefined;
		});
		if (result !== undefined) return result.value;
		await nextTurn();
	}
};

type Place = {readonly segment: number; readonly after: Key | undefined};
type Step = {
	readonly found: readonly Found[];
	/** Where to go on, if there is more. */ readonly place: Place | undefined;
};

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
		found: keys.map(key => ({segment: place.segment, key})),
		place: upTo === undefined ? following(segments, place) : {segment: place.segment, after: upTo},
	};
};

const following = (segments: readonly Segment[], {segment}: Place): Place | undefined =>
	segment + 1 < segments.length ? {segment: segment + 1, after: undefined} : undefined;
