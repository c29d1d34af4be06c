import {catalogOfReference, readMusicReference} from '../../domain/music-reference.ts';
import type {Catalog, CatalogContext, CatalogOutcome} from '../../engine/ports.ts';
import {eachAlbum} from '../albums.ts';
import {entryOf, groupTitle, unplayableNotes} from '../entries.ts';
import {collect} from '../http/pages.ts';
import type {Reply, Service} from '../http/service.ts';
import type {Lifetimes} from '../lifetimes.ts';
import {withCounts} from '../numbering.ts';
import {readSpotifyAlbum, readSpotifyList, readSpotifyPlaylist, readSpotifyRecord, readSpotifyTracks} from './parse.ts';

/** The most rows of one page. */
const pageSize = 50;

/** What Spotify says about music; the music itself comes from elsewhere, and its page is kept as the track's link. */
export const createSpotifyCatalog = (service: Service, lifetimes: Lifetimes, market: string | undefined): Catalog => ({
	id: 'spotify',
	hasSources: false,
	accepts: reference => catalogOfReference(reference) === 'spotify',
	async expand(text, context) {
		const read = readMusicReference(text, context.kind) ?? {problem: 'it is no reference to Spotify'};
		if ('problem' in read) return {type: 'failed', failure: {code: 'bad-request', message: read.problem}};
		const {kind, id} = read.reference;
		const rest: Rest = (path, lifetime, query = {}) =>
			service.get(`${path}${queryOf({...query, market})}`, {
				signal: context.signal,
				isDryRun: context.isDryRun,
				lifetime: lifetimes[lifetime],
			});
		switch (kind) {
			case 'track':
				return expandTrack(rest, id);
			case 'playlist':
				return expandPlaylist(rest, id, context);
			case 'artist':
				return expandArtist(rest, id, context);
			case 'album':
			case 'release-group':
				return expandAlbum(rest, id, context);
		}
	},
});

type Query = Readonly<Record<string, string | number | undefined>>;
type Rest = (path: string, lifetime: keyof Lifetimes, query?: Query) => Promise<Reply>;

const queryOf = (query: Query): string => {
	const given = new URLSearchParams();
	for (const [name, value] of Object.entries(query)) if (value !== undefined) given.set(name, String(value));
	return given.size === 0 ? '' : `?${given.toString()}`;
};

const expandTrack = async (rest: Rest, id: string): Promise<CatalogOutcome> => {
	const reply = await rest(`/tracks/${id}`, 'lasting');
	if (reply.type !== 'page') return reply;
	const read = readSpotifyTracks([reply.page]);
	return {
		type: 'expanded',
		groups: [{title: undefined, entries: read.tracks.map(entryOf)}],
		leftOut: read.leftOut,
		notes: unplayableNotes('Spotify', read),
	};
};

const expandAlbum = async (rest: Rest, id: string, context: CatalogContext): Promise<CatalogOutcome> => {
	const reply = await rest(`/albums/${id}`, 'lasting');
	if (reply.type !== 'page') return reply;
	const {title, artist, first, common} = readSpotifyAlbum(reply.page);
	const collected = await collect({
		ask: offset => rest(`/albums/${id}/tracks`, 'lasting', {limit: pageSize, offset}),
		read: readSpotifyList,
		first,
		context,
		unit: 'track',
	});
	if (collected.type !== 'whole') return collected;
	const read = readSpotifyTracks(collected.items, common);
	return {
		type: 'expanded',
		groups: [{title: groupTitle(artist, title), entries: withCounts(read.tracks).map(entryOf)}],
		leftOut: [...read.leftOut, ...collected.leftOut],
		notes: unplayableNotes('Spotify', read),
	};
};

const expandPlaylist = async (rest: Rest, id: string, context: CatalogContext): Promise<CatalogOutcome> => {
	const reply = await rest(`/playlists/${id}`, 'changing');
	if (reply.type !== 'page') return reply;
	const {title, first} = readSpotifyPlaylist(reply.page);
	const collected = await collect({
		ask: offset => rest(`/playlists/${id}/items`, 'changing', {limit: pageSize, offset}),
		read: readSpotifyList,
		...(first === undefined ? {} : {first}),
		context,
		unit: 'track',
	});
	if (collected.type !== 'whole') return collected;
	const read = readSpotifyTracks(collected.items);
	return {
		type: 'expanded',
		groups: [{title, entries: read.tracks.map(entryOf)}],
		leftOut: [...read.leftOut, ...collected.leftOut],
		notes: unplayableNotes('Spotify', read),
	};
};

const expandArtist = async (rest: Rest, id: string, context: CatalogContext): Promise<CatalogOutcome> => {
	const collected = await collect({
		ask: offset => rest(`/artists/${id}/albums`, 'changing', {include_groups: 'album', limit: pageSize, offset}),
		read: readSpotifyList,
		context: {onProgress: () => undefined},
		unit: 'album',
	});
	if (collected.type !== 'whole') return collected;
	const records = collected.items.flatMap(item => readSpotifyRecord(item) ?? []);
	return eachAlbum(
		{
			albums: records.filter(({type}) => type === 'album'),
			others: records.filter(({type}) => type !== 'album').map(({title, type}) => ({title, type})),
			leftOut: collected.leftOut,
			expand: (record, inner) => expandAlbum(rest, record.id, inner),
		},
		context,
	);
};
