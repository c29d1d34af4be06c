import type {Duration} from './time.ts';
import {cleanText, shorten} from './text.ts';

/** A piece of music as a catalog tells of it. What is absent is unknown. */
export type Track = {
	readonly title: string;
	/** The main one first; at least one. */
	readonly artists: readonly string[];
	readonly album?: string;
	readonly albumArtist?: string;
	/** Place on its disc, from 1, and how many there are. */
	readonly number?: number;
	readonly numberOf?: number;
	readonly disc?: number;
	readonly discOf?: number;
	/** `2001`, `2001-05` or `2001-05-14`. */
	readonly date?: string;
	readonly duration?: Duration;
	readonly isrc?: string;
	readonly genre?: string;
	/** Address of its cover. */
	readonly cover?: string;
	/** Ids of MusicBrainz. */
	readonly musicBrainz?: {
		readonly recording?: string;
		readonly track?: string;
		readonly release?: string;
		readonly releaseGroup?: string;
		readonly artist?: string;
	};
	/** Where the catalog shows it, for people. */
	readonly link?: string;
};

/** What may be written into the tags of its file; each stands for one thing or two that belong together. */
export const tagFields = [
	'title',
	'artist',
	'album',
	'album_artist',
	'track',
	'disc',
	'date',
	'isrc',
	'genre',
	'musicbrainz',
] as const;
export type TagField = (typeof tagFields)[number];

const longest = 500;
const mostArtists = 50;

const clean = (text: string): string => shorten(cleanText(text), longest);

const cleanTexts = <Row extends object>(row: Row): Row =>
	Object.fromEntries(
		Object.entries(row).flatMap(([name, value]) =>
			typeof value === 'string' ? (clean(value) === '' ? [] : [[name, clean(value)]]) : [[name, value]],
		),
	) as Row;

/** A track as it may go into arguments, paths, tags and lists: texts clean and of bounded length, what is empty left out. */
export const cleanTrack = (track: Track): Track => ({
	...cleanTexts(track),
	title: clean(track.title),
	artists: track.artists.slice(0, mostArtists).map(clean).filter(Boolean),
	...(track.musicBrainz === undefined ? {} : {musicBrainz: cleanTexts(track.musicBrainz)}),
});

/** `Artist - Title`, as people write it. */
export const trackName = ({artists, title}: Pick<Track, 'artists' | 'title'>): string =>
	artists.length === 0 ? title : `${artists.join(', ')} - ${title}`;

/** What path templates may say of a track. */
export const trackFields = (track: Track): Readonly<Record<string, string | number | undefined>> => ({
	artist: track.artists[0],
	artists: track.artists.length === 0 ? undefined : track.artists.join(', '),
	album: track.album,
	album_artist: track.albumArtist ?? track.artists[0],
	track: track.number,
	disc: track.disc,
	date: track.date,
	year: track.date?.slice(0, 4),
	isrc: track.isrc,
	genre: track.genre,
});
