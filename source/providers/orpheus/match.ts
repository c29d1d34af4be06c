import type {Track} from '../../domain/track.ts';

/** What the tool says of the track that it is about to fetch. */
export type Told = {
	readonly name: string | undefined;
	readonly artists: string | undefined;
	/** In seconds. */
	readonly duration: number | undefined;
};

/**
 * Whether what a search has hit is another piece of music than the one that is wanted, in words: the tool takes the first hit,
 * whatever it is. What it has not told (yet) contradicts nothing.
 */
export const otherTrack = (wanted: Track, told: Told): string | undefined => {
	if (told.name !== undefined && !isAlike(plain(wanted.title), plain(told.name))) {
		return `"${told.name}" was found, not "${wanted.title}"`;
	}

	const artists = told.artists === undefined ? undefined : plain(told.artists);
	if (artists !== undefined && wanted.artists.length > 0) {
		const isAmong = wanted.artists.some(artist => artists.includes(plain(artist)) || plain(artist).includes(artists));
		if (!isAmong)
			return `"${told.name ?? wanted.title}" by ${told.artists ?? ''} was found, not the one by ${wanted.artists[0] ?? ''}`;
	}

	if (told.duration === undefined || wanted.duration === undefined || told.duration === 0) return undefined;
	const seconds = wanted.duration / 1000;
	return Math.abs(told.duration - seconds) > Math.max(10, seconds * 0.1)
		? `what was found plays ${told.duration} seconds, ${Math.round(seconds)} are wanted`
		: undefined;
};

/** Titles without accents, signs and additions that make no other piece, such as `(feat. …)` and `- Remastered 2011`. */
const plain = (text: string): string =>
	text
		.normalize('NFKD')
		.replaceAll(/\p{M}/gu, '')
		.toLowerCase()
		.replaceAll(/[([](?:feat|ft|with|explicit|bonus|album|original|\d*\s*remaster)[^)\]]*[)\]]/g, ' ')
		.replace(/ - (?:\d+ )?(?:remaster|album version|original|mono|stereo).*$/, '')
		.replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
		.trim();

const otherPiece = /\b(?:live|remix|mix|acoustic|karaoke|instrumental|cover|demo|tribute|sped|slowed|reprise|intro)\b/;

/** One may say more than the other, but not that it is another recording. */
const isAlike = (one: string, other: string): boolean => {
	if (one === '' || other === '' || one === other) return true;
	const [short, long] = one.length < other.length ? [one, other] : [other, one];
	return long.startsWith(`${short} `) && !otherPiece.test(long.slice(short.length));
};
