import type {Duration} from '../../domain/time.ts';
import type {Track} from '../../domain/track.ts';
import {withoutEdition, withoutGuests, words} from '../../domain/ranking-text.ts';

/*
 * What slskd 0.22 to 0.26 is asked. Facts: its controllers at 5770c7e (0.26).
 */

/** A question without its base address. */
export type Question = {
	readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
	/** Begins with a slash; below `/api/v0`, unless `isRoot`. */
	readonly path: string;
	readonly isRoot?: boolean;
	readonly body?: unknown;
};

/** Two numbers of a version, such as 0 and 26. */
export type Version = {readonly major: number; readonly minor: number; readonly text: string};

/** A user name is encoded once, whole: the server takes the raw path apart. */
const segment = (text: string): string => encodeURIComponent(text);

/** Bounds of one search, so that an answer of strangers stays one that can be read. */
const responseLimit = 250;
const fileLimit = 10_000;

export const startSearch = (id: string, text: string, timeout: Duration): Question => ({
	method: 'POST',
	path: '/searches',
	// In milliseconds, whatever its own documents say: the number goes to Soulseek.NET as it is.
	body: {id, searchText: text, searchTimeout: Math.round(timeout), responseLimit, fileLimit, filterResponses: true},
});
export const readSearch = (id: string): Question => ({method: 'GET', path: `/searches/${segment(id)}`});
export const readResponses = (id: string): Question => ({method: 'GET', path: `/searches/${segment(id)}/responses`});
export const stopSearch = (id: string): Question => ({method: 'PUT', path: `/searches/${segment(id)}`});
export const removeSearch = (id: string): Question => ({method: 'DELETE', path: `/searches/${segment(id)}`});

/** From 0.26 on in a batch; before that there is one way only, and from then on it is an old one. */
export const enqueue = (
	version: Version,
	{peer, file, size}: {readonly peer: string; readonly file: string; readonly size: number},
): Question => {
	const files = [{filename: file, size}];
	return hasBatches(version)
		? {method: 'POST', path: '/transfers/downloads/batches', body: {username: peer, files}}
		: {method: 'POST', path: `/transfers/downloads/${segment(peer)}`, body: files};
};

export const hasBatches = ({major, minor}: Version): boolean => major > 0 || minor >= 26;

export const listDownloads: Question = {method: 'GET', path: '/transfers/downloads'};
export const readPlace = (peer: string, id: string): Question => ({
	method: 'GET',
	path: `/transfers/downloads/${segment(peer)}/${segment(id)}/position`,
});
export const cancelDownload = (peer: string, id: string): Question => ({
	method: 'DELETE',
	path: `/transfers/downloads/${segment(peer)}/${segment(id)}`,
});
/** Hides the record of one that has ended, and of no other. */
export const removeDownload = (peer: string, id: string): Question => ({
	...cancelDownload(peer, id),
	path: `${cancelDownload(peer, id).path}?remove=true`,
});
export const readEvents = (offset: number, limit: number): Question => ({
	method: 'GET',
	path: `/events?offset=${offset}&limit=${limit}`,
});
export const readApplication: Question = {method: 'GET', path: '/application'};
export const readServer: Question = {method: 'GET', path: '/server'};
export const readOptions: Question = {method: 'GET', path: '/options'};
export const readHealth: Question = {method: 'GET', path: '/health', isRoot: true};

/** The words of a search: signs between them match nothing, and guests are written in too many ways. */
const searchWords = (text: string): string => {
	const parts = withoutEdition(withoutGuests(text))
		.split(/[^\p{L}\p{M}\p{N}'’`´]+/u)
		.filter(Boolean);
	// Nobody knows whether a peer takes `Don't` for one word, for two, or for `Dont`: the others have to do.
	const sure = parts.filter(part => !/[\p{L}\p{N}]['’`´][\p{L}\p{N}]/u.test(part));
	return (sure.length > 0 ? sure : parts)
		.join(' ')
		.replaceAll(/['’`´]+/g, ' ')
		.replaceAll(/\s+/g, ' ')
		.trim();
};

export const trackSearch = ({artists, title}: Pick<Track, 'artists' | 'title'>): string =>
	[artists[0] ?? '', title].map(searchWords).filter(Boolean).join(' ').slice(0, 200);

/** The search for all of a track's album, or undefined where it names none. */
export const albumSearch = ({artists, album, albumArtist}: Track): string | undefined => {
	const artist = albumArtist ?? artists[0] ?? '';
	if (album === undefined || words(album).length === 0) return undefined;
	// Records of many artists are called by their title alone.
	const isMany = /^(?:various(?: artists)?|va|diverse)$/i.test(artist.trim());
	return [isMany ? '' : artist, album].map(searchWords).filter(Boolean).join(' ').slice(0, 200);
};
