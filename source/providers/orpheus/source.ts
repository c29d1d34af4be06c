import {canonicalAddress} from '../../domain/address.ts';
import {cleanText, shorten} from '../../domain/text.ts';
import {trackName, type Track} from '../../domain/track.ts';
import {canonicalUrl, isUrl} from '../supervision/url.ts';

/** What a job asks of OrpheusDL: one track, by its address, by its id at a service, or by what is searched for there. */
export type Wish =
	| {readonly type: 'address'; readonly url: string}
	| {readonly type: 'track'; readonly module: string; readonly id: string}
	| {readonly type: 'search'; readonly module: string; readonly query: string};

const scheme = /^orpheus:/i;
const ownForm = /^orpheus:([a-z\d_]{1,40})\/([a-z]{1,20})\/\s*(\S.*)$/i;

/** Whether the source is written for OrpheusDL, or is an address that it may know. */
export const isOrpheusSource = (source: string): boolean =>
	scheme.test(source.trim()) || isUrl(source, ['http:', 'https:']);

/**
 * Reads a source: the address of a track, `orpheus:MODULE/track/ID` or `orpheus:MODULE/search/WORDS`; or says what is wrong
 * with it. Albums and the like are refused with what helps, because a job is one file.
 */
export const wishOf = (source: string): Wish | {readonly problem: string} => {
	const text = source.trim();
	if (isUrl(text, ['http:', 'https:'])) return ofAddress(canonicalUrl(text));
	if (!scheme.test(text)) return {problem: 'the source is no address that it takes'};
	const [, module = '', kind = '', rest = ''] = ownForm.exec(text) ?? [];
	const many = manyOf(kind.toLowerCase());
	if (many !== undefined) return {problem: remedyOf(many, text, module.toLowerCase())};
	if (kind.toLowerCase() === 'track' && /^\S{1,200}$/.test(rest)) {
		return {type: 'track', module: module.toLowerCase(), id: rest};
	}

	const query = queryOf(rest);
	if (kind.toLowerCase() === 'search' && query !== '') return {type: 'search', module: module.toLowerCase(), query};
	return {
		problem: `"${shorten(text, 100)}" names no track; it looks like orpheus:deezer/track/3135556 or orpheus:deezer/search/ARTIST TITLE`,
	};
};

/** The one spelling of a source. */
export const canonicalSource = (source: string): string => {
	const wish = wishOf(source);
	if ('problem' in wish) return source.trim();
	switch (wish.type) {
		case 'address':
			return canonicalAddress(wish.url);
		case 'track':
			return `orpheus:${wish.module}/track/${wish.id}`;
		case 'search':
			return `orpheus:${wish.module}/search/${wish.query.toLowerCase()}`;
	}
};

/**
 * How OrpheusDL is asked for a piece of music: by its address at a service whose module is installed, or by a search with the
 * module that was chosen for that; undefined where neither can be had.
 */
export const sourceOfTrack = (
	track: Track,
	modules: readonly string[],
	searchModule: string | undefined,
): string | undefined => {
	const {link} = track;
	if (link !== undefined && isUrl(link, ['https:', 'http:'])) {
		const module = moduleOf(link);
		const wish = wishOf(link);
		const isTrack = URL.parse(link)?.pathname.split('/').includes('track') === true;
		if (module !== undefined && modules.includes(module) && isTrack && 'type' in wish) return canonicalUrl(link);
	}

	const query = queryOf(trackName({artists: track.artists.slice(0, 1), title: track.title}).replace(' - ', ' '));
	return searchModule === undefined || query === '' ? undefined : `orpheus:${searchModule}/search/${query}`;
};

/** Modules are called like a part of the host of their service, but for these. */
const otherNames: Readonly<Record<string, string>> = {apple: 'applemusic'};

// Spotify's terms forbid that what its catalog names is handed on to be downloaded.
const neverHandedOn = 'spotify';

const moduleOf = (link: string): string | undefined => {
	const labels = URL.parse(link)?.hostname.split('.') ?? [];
	const label = labels.at(-2);
	return label === undefined || label === neverHandedOn ? undefined : (otherNames[label] ?? label);
};

const ofAddress = (url: string): Wish | {readonly problem: string} => {
	const parts = (URL.parse(url)?.pathname ?? '').split('/').map(part => part.toLowerCase());
	const many = parts.map(manyOf).findLast(found => found !== undefined);
	if (many !== undefined) return {problem: remedyOf(many, url, URL.parse(url)?.hostname ?? '')};
	// The tool takes what follows the last slash of the path for the id (OrpheusDL a45ff479).
	return {type: 'address', url: url.replace(/\/+(?=$|[?#])/, '')};
};

type Many = 'album' | 'playlist' | 'artist';

const words: Readonly<Record<string, Many>> = {
	album: 'album',
	albums: 'album',
	release: 'album',
	playlist: 'playlist',
	playlists: 'playlist',
	chart: 'playlist',
	sets: 'playlist',
	artist: 'artist',
	artists: 'artist',
	label: 'artist',
};

const manyOf = (part: string): Many | undefined => (Object.hasOwn(words, part) ? words[part] : undefined);

const listed = /(?:^|\.)(?:deezer|spotify|musicbrainz)(?:\.\w+)?$/i;

const remedyOf = (many: Many, text: string, where: string): string => {
	const shown = shorten(cleanText(text), 200);
	if (many === 'artist') return `an artist is many files, and a job is one: add the albums, or the tracks one by one`;
	const verb = `tidegate ${many}`;
	return listed.test(where)
		? `${many === 'album' ? 'an album' : 'a playlist'} is many files, and a job is one: \`${verb} ${shown}\` makes a job of each track`
		: `${many === 'album' ? 'an album' : 'a playlist'} is many files, and a job is one; only OrpheusDL itself could list this one: add its tracks one by one, or let a catalog list the same music, such as \`${verb} deezer:ID\``;
};

const longestQuery = 300;
const queryOf = (text: string): string => shorten(cleanText(text).replaceAll(/\s+/g, ' '), longestQuery);
