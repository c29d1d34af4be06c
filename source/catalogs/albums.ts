import type {CatalogContext, CatalogOutcome, LeftOut} from '../engine/ports.ts';
import {joined} from './entries.ts';

export type ArtistAlbums<Album extends {readonly title: string}> = {
	readonly albums: readonly Album[];
	/** Records of the artist that are no albums, such as singles; they are told, not taken. */
	readonly others: ReadonlyArray<{readonly title: string; readonly type: string}>;
	readonly leftOut: readonly LeftOut[];
	readonly expand: (album: Album, context: CatalogContext) => Promise<CatalogOutcome>;
};

/** More albums than anybody has: a service that says so is not believed. */
const mostAlbums = 500;

/**
 * Every album of an artist as a group of its own; the services' pace decides how many are asked about at once. An album
 * that cannot be read is left out and told; the others go on.
 */
export const eachAlbum = async <Album extends {readonly title: string}>(
	{albums, others, leftOut, expand}: ArtistAlbums<Album>,
	context: CatalogContext,
): Promise<CatalogOutcome> => {
	let done = 0;
	const taken = albums.slice(0, mostAlbums);
	const outcomes = await Promise.all(
		taken.map(async album => {
			const outcome = await expand(album, {...context, onProgress: () => undefined});
			context.onProgress(++done, taken.length);
			return outcome.type === 'failed' ? {...outcome, title: album.title} : outcome;
		}),
	);
	if (context.signal.aborted || outcomes.some(({type}) => type === 'stopped')) return {type: 'stopped'};
	const failures = outcomes.filter(outcome => outcome.type === 'failed');
	const [first] = failures;
	if (first !== undefined && failures.length === outcomes.length) return {type: 'failed', failure: first.failure};
	const whole = joined(outcomes.filter(outcome => outcome.type === 'expanded'));
	return {
		...whole,
		leftOut: [
			...whole.leftOut,
			...failures.map(({title, failure}) => ({what: title, why: failure.message})),
			...leftOut,
			...(albums.length > taken.length
				? [{what: `${albums.length - taken.length} albums`, why: `only the first ${mostAlbums} are taken`}]
				: []),
		],
		notes: [...whole.notes, ...otherWords(others)],
	};
};

const otherWords = (others: ArtistAlbums<{readonly title: string}>['others']): readonly string[] => {
	if (others.length === 0) return [];
	const counts = new Map<string, number>();
	for (const {type} of others) counts.set(type, (counts.get(type) ?? 0) + 1);
	const words = [...counts].map(([type, count]) => `${count} of the type ${type}`).join(', ');
	return [`beside the albums there are records that were not taken: ${words}; add them one by one`];
};
