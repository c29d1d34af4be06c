import type {Track} from '../../domain/track.ts';
import type {CatalogEntry, LeftOut} from '../../engine/ports.ts';
import {entryOf} from '../entries.ts';
import {countOf, dateOf, durationOf, isrcOf, known, webAddressOf} from '../json.ts';

/*
 * Rows of lists: what one line, one record or one object stands for. All of this is pure.
 */

/** What a row says, by the names below. Empty texts say nothing. */
export type Row = Readonly<Partial<Record<RowField, string>>>;

export const rowFields = [
	'title',
	'artist',
	'album',
	'albumArtist',
	'source',
	'link',
	'isrc',
	'number',
	'disc',
	'date',
	'genre',
	'milliseconds',
	'duration',
] as const;
export type RowField = (typeof rowFields)[number];

/** Names that programs give to the columns of their lists, in the form of `plainName`. */
const names: Readonly<Record<RowField, readonly string[]>> = {
	title: ['title', 'track name', 'track title', 'song', 'song name', 'song title', 'name'],
	artist: ['artist', 'artists', 'artist name', 'artist names', 'artist name s', 'track artist', 'creator', 'performer'],
	album: ['album', 'album name', 'album title', 'release'],
	albumArtist: ['album artist', 'albumartist', 'album artist name', 'album artist name s'],
	source: ['source', 'url', 'address', 'location', 'file url', 'download'],
	link: ['link', 'web page', 'track url', 'spotify url', 'deezer url'],
	isrc: ['isrc', 'isrc code'],
	number: ['track number', 'track no', 'number', 'position on disc', 'track position'],
	disc: ['disc', 'disc number', 'disk', 'disk number'],
	date: ['date', 'release date', 'album release date', 'year'],
	genre: ['genre', 'genres'],
	milliseconds: ['duration ms', 'track duration ms', 'length ms'],
	duration: ['duration', 'length', 'time', 'duration s', 'duration seconds'],
};

const plainName = (name: string): string =>
	name
		.toLowerCase()
		.replaceAll(/[^\p{L}\p{N}]+/gu, ' ')
		.trim();

/** What a column holds by its name; `track` is its title or its number, as the other columns say. */
export const fieldsOfHeader = (header: readonly string[]): readonly (RowField | undefined)[] => {
	const plain = header.map(plainName);
	const found = plain.map(name => rowFields.find(field => names[field].includes(name)));
	const hasTitle = found.includes('title');
	return found.map((field, place) => {
		const isFirst = field !== undefined && found.indexOf(field) === place;
		if (plain[place] === 'track') return hasTitle ? 'number' : 'title';
		return isFirst ? field : undefined;
	});
};

export type ReadRow = {readonly entry: CatalogEntry} | LeftOut;

/** A row as an entry; `place` says where it stands, such as `line 7`. */
export const readRow = (row: Row, place: string): ReadRow => {
	const source = sourceIn(row.source);
	const track = trackOf(row);
	if (source !== undefined) {
		const title = row.title?.trim() ?? '';
		return {
			entry: {
				...(track === undefined && title !== '' ? {title} : {}),
				source,
				...(track === undefined ? {} : {title: entryOf(track).title, track}),
			},
		};
	}

	if (track !== undefined) return {entry: entryOf(track)};
	return {what: place, why: 'it has neither an address nor both artist and title'};
};

const trackOf = (row: Row): Track | undefined => {
	const [titled, artist] = [row.title?.trim() ?? '', row.artist?.trim() ?? ''];
	const split = artist === '' ? splitName(titled) : undefined;
	const title = split?.title ?? titled;
	const artists = split === undefined ? artistsIn(artist) : split.artists;
	if (title === '' || artists.length === 0) return undefined;
	return known<Track>({
		title,
		artists,
		album: said(row.album),
		albumArtist: said(row.albumArtist),
		number: countOf(row.number?.trim().replace(/\/.*/, '')),
		disc: countOf(row.disc?.trim().replace(/\/.*/, '')),
		date: dateOf(row.date?.trim()),
		genre: said(row.genre),
		isrc: isrcOf(row.isrc?.trim()),
		duration: durationOf(row.milliseconds?.trim(), 1) ?? durationIn(row.duration?.trim() ?? ''),
		link: webAddressOf(row.link?.trim()),
	});
};

const said = (text: string | undefined): string | undefined => (text?.trim() ? text.trim() : undefined);

/** Several artists stand between semicolons; a comma may be a part of a name. */
const artistsIn = (text: string): readonly string[] =>
	text
		.split(';')
		.map(name => name.trim())
		.filter(name => name !== '');

/** `3:45`, `1:02:03`, seconds, or milliseconds where they would be hours as seconds. */
const durationIn = (text: string): number | undefined => {
	const clock = /^(?:(\d{1,2}):)?(\d{1,3}):(\d{2})(?:\.\d+)?$/.exec(text);
	if (clock === null) return durationOf(text, Number(text) >= 36_000 ? 1 : 1000);
	const [hours, minutes, seconds] = clock.slice(1).map(part => Number(part ?? 0));
	return durationOf((hours ?? 0) * 3600 + (minutes ?? 0) * 60 + (seconds ?? 0), 1000);
};

/** An address that a provider may take: a scheme of at least two letters, because `C:` is a drive. */
export const sourceIn = (text: string | undefined): string | undefined => {
	const plain = text?.trim() ?? '';
	return /^[a-z][a-z\d+.-]+:\S/i.test(plain) && !/^file:/i.test(plain) ? plain : undefined;
};

/** `Artist - Title`, with any dash between spaces or a tab, and perhaps a number before it. */
export const splitName = (text: string): {readonly artists: readonly string[]; readonly title: string} | undefined => {
	const [, artist = '', title = ''] =
		/^(?:\d{1,3}[.)]\s+|\d{1,3}\s+-\s+(?=\S.*\s[-–—]\s))?(\S.*?)(?:\s+[-–—]+\s+|\s*\t\s*)(\S.*)$/su.exec(text.trim()) ??
		[];
	return artist === '' || title === '' ? undefined : {artists: artistsIn(artist), title: title.trim()};
};
