import type {Failure} from '../../domain/failure.ts';
import {cleanText, shorten} from '../../domain/text.ts';
import type {Track} from '../../domain/track.ts';
import type {LeftOut} from '../../engine/ports.ts';
import type {ReadTracks} from '../entries.ts';
import type {ListPage} from '../http/pages.ts';
import type {Judgement} from '../http/service.ts';
import {countOf, dateOf, durationOf, fieldsOf, isrcOf, isRecord, known, listOf, textOf, webAddressOf} from '../json.ts';

/*
 * What Deezer's public API answers (recordings of deezer-python of 2019 to 2022). Whatever comes, nothing here throws.
 */

const busyWait = 5000;

/** Deezer reports errors in the body, with status 200; undefined where it reports none. */
export const judgeDeezer = (_status: number, page: unknown): Judgement | undefined => {
	const error = fieldsOf(page)['error'];
	if (!isRecord(error)) return undefined;
	const words = shorten(cleanText(textOf(error['message']) ?? textOf(error['type']) ?? 'no reason given'), 200);
	switch (error['code']) {
		case 4:
			return {
				type: 'busy',
				failure: {code: 'rate-limited', message: `Deezer's quota is used up: ${words}`},
				wait: busyWait,
			};
		case 700:
			return {type: 'busy', failure: {code: 'service-unavailable', message: `Deezer is busy: ${words}`}};
		case 200:
		case 300:
			return failed('forbidden', `Deezer does not show this to everybody: ${words}`);
		case 800:
			return failed('not-found', `Deezer has nothing of that id: ${words}`);
		default:
			return failed('bad-request', `Deezer refused: ${words}`);
	}
};

const failed = (code: Failure['code'], message: string): Judgement => ({type: 'failed', failure: {code, message}});

/** A page of `/album/ID/tracks` and the like, or the list that stands inside an album or a playlist. */
export const readDeezerList = (page: unknown, count?: number): ListPage => {
	const fields = fieldsOf(page);
	return {
		items: listOf(fields['data']),
		total: countOf(fields['total']) ?? count,
		hasMore: textOf(fields['next']) !== undefined,
	};
};

export type DeezerAlbum = {
	readonly title: string;
	readonly artist: string | undefined;
	readonly count: number | undefined;
	/** What holds for each of its tracks. */
	readonly common: Partial<Track>;
};

export const readDeezerAlbum = (page: unknown): DeezerAlbum => {
	const fields = fieldsOf(page);
	const title = textOf(fields['title']) ?? 'Album';
	const artist = textOf(fieldsOf(fields['artist'])['name']);
	return {
		title,
		artist,
		count: countOf(fields['nb_tracks']),
		common: known<Partial<Track>>({
			album: title,
			albumArtist: artist,
			date: dateOf(fields['release_date']),
			genre: textOf(fieldsOf(listOf(fieldsOf(fields['genres'])['data'])[0])['name']),
			cover: coverOf(fields),
		}),
	};
};

export type DeezerPlaylist = {
	readonly title: string;
	/** The list that comes with it, where that is all of it and says what is needed. */
	readonly whole: ListPage | undefined;
	readonly count: number | undefined;
};

/** The list inside a playlist may be shorter than the playlist (93 of 102 seen); then it has to be asked for. */
export const readDeezerPlaylist = (page: unknown): DeezerPlaylist => {
	const fields = fieldsOf(page);
	const count = countOf(fields['nb_tracks']);
	const list = readDeezerList(fields['tracks'], count);
	const isWhole = list.items.length === (count ?? -1) && list.items.every(item => readDeezerTrack(item) !== undefined);
	return {title: textOf(fields['title']) ?? 'Playlist', whole: isWhole ? {...list, hasMore: false} : undefined, count};
};

export type DeezerRecord = {readonly id: string; readonly title: string; readonly type: string};

/** A row of `/artist/ID/albums`. */
export const readDeezerRecord = (item: unknown): DeezerRecord | undefined => {
	const fields = fieldsOf(item);
	const id = textOf(fields['id']);
	if (id === undefined || !/^\d{1,19}$/.test(id)) return undefined;
	return {id, title: textOf(fields['title']) ?? id, type: textOf(fields['record_type']) ?? 'album'};
};

/** A track wherever it stands; undefined where it does not say what it is. */
export const readDeezerTrack = (item: unknown, common: Partial<Track> = {}): Track | undefined => {
	const fields = fieldsOf(item);
	const title = textOf(fields['title']) ?? textOf(fields['title_short']);
	const album = fieldsOf(fields['album']);
	const main = textOf(fieldsOf(fields['artist'])['name']);
	const others = listOf(fields['contributors']).flatMap(one => textOf(fieldsOf(one)['name']) ?? []);
	const artists = [...new Set([...(main === undefined ? [] : [main]), ...others])];
	if (title === undefined || artists.length === 0) return undefined;
	const id = textOf(fields['id']);
	return known<Track>({
		...common,
		title,
		artists,
		album: textOf(album['title']) ?? common.album,
		number: countOf(fields['track_position']),
		disc: countOf(fields['disk_number']),
		date: dateOf(fields['release_date']) ?? dateOf(album['release_date']) ?? common.date,
		duration: durationOf(fields['duration'], 1000),
		isrc: isrcOf(fields['isrc']),
		cover: coverOf(album) ?? common.cover,
		link: webAddressOf(fields['link']) ?? (id === undefined ? undefined : `https://www.deezer.com/track/${id}`),
	});
};

/** All tracks of a list, in its order. */
export const readDeezerTracks = (items: readonly unknown[], common: Partial<Track> = {}): ReadTracks => {
	const tracks: Track[] = [];
	const leftOut: LeftOut[] = [];
	let unplayable = 0;
	for (const [place, item] of items.entries()) {
		const track = readDeezerTrack(item, common);
		if (track === undefined) leftOut.push({what: `track ${place + 1}`, why: 'Deezer does not say what it is'});
		else {
			tracks.push(track);
			if (fieldsOf(item)['readable'] === false) unplayable++;
		}
	}

	return {tracks, leftOut, unplayable};
};

const coverOf = (album: Readonly<Record<string, unknown>>): string | undefined =>
	['cover_xl', 'cover_big', 'cover_medium', 'cover']
		.map(name => webAddressOf(album[name]))
		.find(one => one !== undefined);
