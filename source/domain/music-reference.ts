/** What a reference to a catalog stands for; `album` of MusicBrainz is one release, `release-group` all editions of it. */
export type ReferenceKind = 'track' | 'album' | 'release-group' | 'playlist' | 'artist';

export type MusicCatalog = 'deezer' | 'musicbrainz' | 'spotify';

/** Something in a catalog of music, as people name it. */
export type MusicReference = {readonly catalog: MusicCatalog; readonly kind: ReferenceKind; readonly id: string};

/** What a bare id such as `deezer:123` is meant to be. */
export type UsualKind = 'album' | 'playlist';

export type ReadReference = {readonly reference: MusicReference} | {readonly problem: string};

/**
 * `deezer:123`, `deezer:playlist/123`, `musicbrainz:MBID`, `spotify:album:ID`, and the addresses that these services show.
 * Undefined for what belongs to none of them; a problem, in words that say what helps, where it does and is no reference.
 */
export const readMusicReference = (text: string, usual: UsualKind = 'album'): ReadReference | undefined => {
	const plain = text.trim();
	const [, scheme = '', rest = ''] = /^([a-z]+):(?!\/\/)(.*)$/is.exec(plain) ?? [];
	const named = catalogNames[scheme.toLowerCase()];
	if (named !== undefined) return readParts(named, rest.replace(/[?#].*$/s, '').split(/[:/]/), usual);
	const url = /^https?:\/\//i.test(plain) ? URL.parse(plain) : null;
	return url === null ? undefined : readAddress(url, usual);
};

/** The catalog whose reference this is, sound or not. */
export const catalogOfReference = (text: string): MusicCatalog | undefined => {
	const scheme = /^([a-z]+):(?!\/\/)/i.exec(text.trim())?.[1]?.toLowerCase() ?? '';
	const host = URL.parse(text.trim())?.hostname ?? '';
	return catalogNames[scheme] ?? hosts[host] ?? shortHosts[host];
};

const catalogNames: Readonly<Record<string, MusicCatalog | undefined>> = {
	deezer: 'deezer',
	musicbrainz: 'musicbrainz',
	spotify: 'spotify',
};

const hosts: Readonly<Record<string, MusicCatalog | undefined>> = {
	'deezer.com': 'deezer',
	'www.deezer.com': 'deezer',
	'musicbrainz.org': 'musicbrainz',
	'www.musicbrainz.org': 'musicbrainz',
	'beta.musicbrainz.org': 'musicbrainz',
	'open.spotify.com': 'spotify',
	'play.spotify.com': 'spotify',
};

/** They lead on to a page; where to is known to nobody who has not asked them. */
const shortHosts: Readonly<Record<string, MusicCatalog | undefined>> = {
	'link.deezer.com': 'deezer',
	'deezer.page.link': 'deezer',
	'spotify.link': 'spotify',
	'spotify.app.link': 'spotify',
};

const readAddress = (url: URL, usual: UsualKind): ReadReference | undefined => {
	const short = shortHosts[url.hostname];
	if (short !== undefined) {
		return {
			problem: `${url.hostname} only leads on: open the short link in a browser and take the address where it ends`,
		};
	}

	const catalog = hosts[url.hostname];
	if (catalog === undefined) return undefined;
	const parts = url.pathname.split('/').filter(part => part !== '');
	const kinds = grammars[catalog].kinds;
	// A language stands first, such as `en`, `pt-br` or `intl-de`; behind the id, MusicBrainz has the tabs of its pages.
	const start = parts.findIndex(part => kinds[part.toLowerCase()] !== undefined);
	const isKnown = start === 0 || (start === 1 && /^(?:intl-)?[a-z]{2}(?:-[a-z]{2})?$|^embed$/i.test(parts[0] ?? ''));
	return isKnown
		? readParts(catalog, parts.slice(start, start + 2), usual)
		: {problem: `this page of ${url.hostname} is none of: ${pages(catalog)}`};
};

const pages = (catalog: MusicCatalog): string => Object.keys(grammars[catalog].kinds).join(', ');

type Grammar = {
	readonly kinds: Readonly<Record<string, ReferenceKind | undefined>>;
	/** What a bare id is; undefined where it depends on what was asked for. */
	readonly bare: ReferenceKind | undefined;
	readonly id: RegExp;
	readonly idWords: string;
};

const grammars: Readonly<Record<MusicCatalog, Grammar>> = {
	deezer: {
		kinds: {track: 'track', album: 'album', playlist: 'playlist', artist: 'artist'},
		bare: undefined,
		id: /^[1-9]\d{0,18}$/,
		idWords: 'a number',
	},
	musicbrainz: {
		kinds: {recording: 'track', release: 'album', 'release-group': 'release-group', artist: 'artist'},
		bare: 'album',
		id: /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i,
		idWords: 'an MBID such as 1b022e01-4da6-387b-8658-8678046e4cef',
	},
	spotify: {
		kinds: {track: 'track', album: 'album', playlist: 'playlist', artist: 'artist'},
		bare: undefined,
		id: /^[\dA-Za-z]{22}$/,
		idWords: '22 letters and digits',
	},
};

const readParts = (catalog: MusicCatalog, parts: readonly string[], usual: UsualKind): ReadReference => {
	const grammar = grammars[catalog];
	const [first = '', second] = parts.map(part => part.trim()).filter(part => part !== '');
	const kind = second === undefined ? (grammar.bare ?? usual) : grammar.kinds[first.toLowerCase()];
	if (kind === undefined) return {problem: `${catalog} has no ${first}; write one of: ${pages(catalog)}`};
	const id = second ?? first;
	return grammar.id.test(id)
		? {reference: {catalog, kind, id: catalog === 'musicbrainz' ? id.toLowerCase() : id}}
		: {problem: `an id of ${catalog} is ${grammar.idWords}`};
};
