import {folded} from '../../domain/ranking-text.ts';
import {cleanText} from '../../domain/text.ts';
import type {Track} from '../../domain/track.ts';

/** A file of a peer, as a source names it. */
export type PeerFile = {
	readonly peer: string;
	/** As the peer calls it, with backslashes. */
	readonly file: string;
	/** In bytes; 0 where nobody has said it. */
	readonly size: number;
	/** Seconds that it plays. */
	readonly length: number | undefined;
	/** What was searched for when it was found, as a person would type it. */
	readonly wish: string | undefined;
};

const scheme = /^slskd:/i;
const named = /^slskd:\/\/([^/?#]+)\/([^?#]+)(?:\?([^#]*))?$/i;

export const isSlskdSource = (source: string): boolean => scheme.test(source);

/** Whether a source begins as one that names peer and file. */
export const namesPeer = (source: string): boolean => /^slskd:\/\//i.test(source);

/** `slskd://USER/FOLDER/FILE?size=N&length=S&for=ARTIST%20-%20TITLE`; undefined where the peer's names are no Unicode. */
export const peerFileSource = ({peer, file, size, length, wish}: PeerFile): string | undefined => {
	if (!peer.isWellFormed() || !file.isWellFormed() || peer === '' || file === '') return undefined;
	const path = file.split('\\').map(encodeURIComponent).join('/');
	const query = [
		`size=${size}`,
		...(length === undefined ? [] : [`length=${length}`]),
		...(wish === undefined ? [] : [`for=${encodeURIComponent(wish)}`]),
	];
	return `slskd://${encodeURIComponent(peer)}/${path}?${query.join('&')}`;
};

/** The peer's file that a source names, or undefined where it names none. */
export const parsePeerFile = (source: string): PeerFile | undefined => {
	const match = named.exec(source.trim());
	const [peer, file] = [decoded(match?.[1] ?? ''), decodedPath(match?.[2] ?? '')];
	if (match === null || peer === undefined || file === undefined || peer === '' || file === '') return undefined;
	const query = new Map((match[3] ?? '').split('&').map(pair => splitOnce(pair, '=')));
	const [size, length] = [wholeNumber(query.get('size')), wholeNumber(query.get('length'))];
	return {peer, file, size: size ?? 0, length, wish: decoded(query.get('for') ?? '') || undefined};
};

/** What is searched for: the track that a catalog told, or what stands in the source as `ARTIST - TITLE`. */
export const wishOf = (source: string, track: Track | undefined): Track | undefined => {
	if (track !== undefined) return track;
	const text = namesPeer(source) ? parsePeerFile(source)?.wish : source.replace(scheme, '');
	return text === undefined ? undefined : typedWish(text);
};

/** `ARTIST - TITLE`, or a title alone. */
export const typedWish = (text: string): Track | undefined => {
	const typed = cleanText(text);
	const [artist, title] = splitOnce(typed, ' - ');
	if (title.trim() === '') return folded(typed) === '' ? undefined : {title: typed, artists: []};
	return folded(title) === '' ? undefined : {title: title.trim(), artists: [artist.trim()].filter(Boolean)};
};

/** The wish as a person would type it. */
export const wishText = ({artists, title}: Pick<Track, 'artists' | 'title'>): string =>
	artists[0] === undefined ? title : `${artists[0]} - ${title}`;

/** The one form of all spellings of a source. */
export const canonicalSource = (source: string): string => {
	const file = parsePeerFile(source);
	if (file !== undefined) return peerFileSource({...file, size: 0, length: undefined, wish: undefined}) ?? source;
	const wish = wishOf(source, undefined);
	return wish === undefined ? source : `slskd:${wish.artists.map(folded).join(' ')} - ${folded(wish.title)}`;
};

/** What is wrong with a source, in words. */
export const problemOfSource = (source: string): string | undefined => {
	if (!namesPeer(source)) {
		return wishOf(source, undefined) === undefined
			? 'slskd: nothing to search for; write slskd:ARTIST - TITLE'
			: undefined;
	}

	return parsePeerFile(source) === undefined
		? 'slskd: a file of a peer is written as slskd://USER/FOLDER/FILE?size=BYTES, with every part encoded as in an address'
		: undefined;
};

const splitOnce = (text: string, at: string): [string, string] => {
	const index = text.indexOf(at);
	return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + at.length)];
};

const decoded = (text: string): string | undefined => {
	try {
		return decodeURIComponent(text);
	} catch {
		return undefined;
	}
};

const decodedPath = (path: string): string | undefined => {
	const parts = path.split('/').map(decoded);
	return parts.every(part => part !== undefined) ? parts.join('\\') : undefined;
};

const wholeNumber = (text: string | undefined): number | undefined => {
	const value = text === undefined || !/^\d{1,15}$/.test(text) ? Number.NaN : Number(text);
	return Number.isSafeInteger(value) ? value : undefined;
};
