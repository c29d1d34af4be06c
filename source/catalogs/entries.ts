import {trackName, type Track} from '../domain/track.ts';
import type {CatalogEntry, CatalogOutcome, LeftOut} from '../engine/ports.ts';

/** An entry that has to be looked for by what it is. */
export const entryOf = (track: Track): CatalogEntry => ({title: trackName(track), track});

/** What a page made of its items: tracks, and what is none. */
export type ReadTracks = {
	readonly tracks: readonly Track[];
	readonly leftOut: readonly LeftOut[];
	/** Tracks that the service itself would not play here; others may have them all the same. */
	readonly unplayable: number;
};

/** A sentence about tracks that are not offered here, or none. */
export const unplayableNotes = (service: string, {unplayable}: Pick<ReadTracks, 'unplayable'>): readonly string[] =>
	unplayable === 0
		? []
		: [
				`${service} does not offer ${unplayable === 1 ? '1 of these tracks' : `${unplayable} of these tracks`} in this region; ${unplayable === 1 ? 'it is' : 'they are'} taken all the same, because another one fetches them`,
			];

/** `Artist - Title`, or what there is of it. */
export const groupTitle = (artist: string | undefined, title: string): string =>
	artist === undefined || artist === '' ? title : `${artist} - ${title}`;

type Expanded = Extract<CatalogOutcome, {type: 'expanded'}>;

/** Several outcomes as one: groups one after the other. */
export const joined = (parts: readonly Expanded[]): Expanded => ({
	type: 'expanded',
	groups: parts.flatMap(({groups}) => groups),
	leftOut: parts.flatMap(({leftOut}) => leftOut),
	notes: parts.flatMap(({notes}) => notes),
});
