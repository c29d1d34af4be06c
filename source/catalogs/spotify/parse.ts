import type {Track} from '../../domain/track.ts';
import type {LeftOut} from '../../engine/ports.ts';
import type {ReadTracks} from '../entries.ts';
import type {ListPage} from '../http/pages.ts';
import type {Judgement} from '../http/service.ts';
import {countOf, dateOf, durationOf, fieldsOf, isrcOf, isRecord, known, listOf, textOf, type Fields} from '../json.ts';

/*
 * What Spotify's Web API answers, in the shape before February 2026 (`tracks`, `track`) and in the one since (`items`,
 * `item`). Metadata alone. Whatever comes, nothing here throws.
 */

/** What Spotify refuses to clients of a kind, in words that say what helps; undefined where the status says enough. */
export const judgeSpotify = (status: number, page: unknown): Judgement | undefined => {
	if (status === 403) {
		const message =
			'Spotify does not show this to your client: clients in development mode read only playlists of the person who owns them, and these catalogs log nobody in; export the list as CSV and add that file';
		return {type: 'failed', failure: {code: 'forbidden', message}};
	}

	if (status === 404) {
		const message =
			'Spotify has nothing of that id, or does not show it: lists that Spotify makes itself are closed to new clients';
		return {type: 'failed', failure: {code: 'not-found', message}};
	}

	if (status === 401) {
		return {type: 'failed', failure: {code: 'login-required', message: 'Spotify refuses the token of your client'}};
	}

	const error = fieldsOf(page)['error'];
	return status < 400 && isRecord(error)
		? {type: 'failed', failure: {code: 'server-error', message: 'Spotify answered with an error'}}
		: undefined;
};

/** A paging object. */
export const readSpotifyList = (value: unknown): ListPage => {
	const fields = fieldsOf(value);
	return {
		items: listOf(fields['items']),
		total: countOf(fields['total']),
		hasMore: textOf(fields['next']) !== undefined,
	};
};

export type SpotifyAlbum = {
	readonly title: string;
	readonly artist: string | undefined;
	readonly first: ListPage;
	readonly common: Partial<Track>;
};

/** `/albums/ID`, which holds the first 50 tracks. */
export const readSpotifyAlbum = (page: unknown): SpotifyAlbum => {
	const fields = fieldsOf(page);
	const title = textOf(fields['name']) ?? 'Album';
	const artist = namesOf(fields['artists'])[0];
	return {
		title,
		artist,
		first: readSpotifyList(isRecord(fields['items']) ? fields['items'] : fields['tracks']),
		common: known<Partial<Track>>({
			album: title,
			albumArtist: artist,
			date: dateOf(fields['release_date']),
			cover: coverOf(fields),
		}),
	};
};

export type SpotifyPlaylist = {readonly title: string; readonly first: ListPage | undefined};

/** `/playlists/ID`, which holds the first tracks; undefined where the client is shown none of them. */
export const readSpotifyPlaylist = (page: unknown): SpotifyPlaylist => {
	const fields = fieldsOf(page);
	const list = [fields['items'], fields['tracks']].find(one => isRecord(one) && Array.isArray(one['items']));
	return {
		title: textOf(fields['name']) ?? 'Playlist',
		first: list === undefined ? undefined : readSpotifyList(list),
	};
};

/** A track wherever it stands. */
export const readSpotifyTrack = (item: unknown, common: Partial<Track> = {}): Track | undefined => {
	const fields = fieldsOf(item);
	const album = fieldsOf(fields['album']);
	const title = textOf(fields['name']);
	const artists = namesOf(fields['artists']);
	if (title === undefined || artists.length === 0) return undefined;
	const id = textOf(fields['id']);
	return known<Track>({
		...common,
		title,
		artists,
		album: textOf(album['name']) ?? common.album,
		albumArtist: namesOf(album['artists'])[0] ?? common.albumArtist,
		number: countOf(fields['track_number']),
		disc: countOf(fields['disc_number']),
		date: dateOf(album['release_date']) ?? common.date,
		duration: durationOf(fields['duration_ms'], 1),
		isrc: isrcOf(fieldsOf(fields['external_ids'])['isrc']),
		cover: coverOf(album) ?? common.cover,
		link: id === undefined || !/^[\dA-Za-z]{22}$/.test(id) ? undefined : `https://open.spotify.com/track/${id}`,
	});
};

/** The tracks of an album, or the rows of a playlist in either shape. */
export const readSpotifyTracks = (items: readonly unknown[], common: Partial<Track> = {}): ReadTracks => {
	const tracks: Track[] = [];
	const leftOut: LeftOut[] = [];
	let unplayable = 0;
	for (const [place, item] of items.entries()) {
		const row = rowOf(item);
		const why = whyNoTrack(item, row);
		const track = why === undefined ? readSpotifyTrack(row, common) : undefined;
		if (track !== undefined) {
			tracks.push(track);
			if (row['is_playable'] === false) unplayable++;
		} else {
			const what = textOf(row['name']) ?? `row ${place + 1}`;
			leftOut.push({what, why: why ?? 'Spotify does not say what it is'});
		}
	}

	return {tracks, leftOut, unplayable};
};

/** In a playlist the track stands below `item` or `track`; in an album the row is the track. */
const rowOf = (item: unknown): Fields => {
	const fields = fieldsOf(item);
	return (
		([fields['item'], fields['track'], fields].find(one => isRecord(one) && 'name' in one) as Fields | undefined) ?? {}
	);
};

const whyNoTrack = (item: unknown, row: Fields): string | undefined => {
	if (row['type'] === 'episode' || row['type'] === 'show') return 'it is an episode of a podcast';
	if (fieldsOf(item)['is_local'] === true || row['is_local'] === true) return "it is a file on its owner's machine";
	return Object.keys(row).length === 0 ? 'Spotify does not have it any more' : undefined;
};

export type SpotifyRecord = {readonly id: string; readonly title: string; readonly type: string};

/** A row of `/artists/ID/albums`. */
export const readSpotifyRecord = (item: unknown): SpotifyRecord | undefined => {
	const fields = fieldsOf(item);
	const id = textOf(fields['id']);
	if (id === undefined || !/^[\dA-Za-z]{22}$/.test(id)) return undefined;
	return {id, title: textOf(fields['name']) ?? id, type: textOf(fields['album_type']) ?? 'album'};
};

const namesOf = (artists: unknown): readonly string[] => [
	...new Set(listOf(artists).flatMap(artist => textOf(fieldsOf(artist)['name']) ?? [])),
];

const coverOf = (album: Fields): string | undefined => {
	const url = textOf(fieldsOf(listOf(album['images'])[0])['url']);
	return url !== undefined && /^https?:\/\//i.test(url) ? url : undefined;
};
