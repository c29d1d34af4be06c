import {catalogOfReference, readMusicReference} from '../../domain/music-reference.ts';
import type {Duration} from '../../domain/time.ts';
import type {Catalog, CatalogContext, CatalogOutcome} from '../../engine/ports.ts';
import {eachAlbum} from '../albums.ts';
import {entryOf, groupTitle, unplayableNotes} from '../entries.ts';
import {collect} from '../http/pages.ts';
import type {Reply, Service} from '../http/service.ts';
import type {Lifetimes} from '../lifetimes.ts';
import {withCounts} from '../numbering.ts';
import {readDeezerAlbum, readDeezerList, readDeezerPlaylist, readDeezerRecord, readDeezerTracks} from './parse.ts';

/** Rows of one page. Without it, Deezer gives 25. */
const pageSize = 1000;

/** Tracks, albums, playlists and the albums of an artist, from Deezer's public API. */
export const createDeezerCatalog = (service: Service, lifetimes: Lifetimes): Catalog => {
	const ask = (path: string, lifetime: Duration, {signal, isDryRun}: CatalogContext): Promise<Reply> =>
		service.get(path, {signal, lifetime, isDryRun});
	const rest: Rest = {
		lasting: (path, context) => ask(path, lifetimes.lasting, context),
		changing: (path, context) => ask(path, lifetimes.changing, context),
	};
	return {
		id: 'deezer',
		hasSources: false,
		accepts: reference => catalogOfReference(reference) === 'deezer',
		async expand(text, context) {
			const read = readMusicReference(text, context.kind) ?? {problem: 'it is no reference to Deezer'};
			if ('problem' in read) return {type: 'failed', failure: {code: 'bad-request', message: read.problem}};
			const {kind, id} = read.reference;
			switch (kind) {
				case 'track':
					return expandTrack(rest, id, context);
				case 'playlist':
					return expandPlaylist(rest, id, context);
				case 'artist':
					return expandArtist(rest, id, context);
				case 'album':
				case 'release-group':
					return expandAlbum(rest, id, context);
			}
		},
	};
};

type Ask = (path: string, context: CatalogContext) => Promise<Reply>;
type Rest = {readonly lasting: Ask; readonly changing: Ask};

const expandTrack = async (rest: Rest, id: string, context: CatalogContext): Promise<CatalogOutcome> => {
	const reply = await rest.lasting(`/track/${id}`, context);
	if (reply.type !== 'page') return reply;
	const {tracks, leftOut, unplayable} = readDeezerTracks([reply.page]);
	const entries = tracks.map(entryOf);
	return {
		type: 'expanded',
		groups: [{title: undefined, entries}],
		leftOut,
		notes: unplayableNotes('Deezer', {unplayable}),
	};
};

/** The tracks inside an album tell neither their place nor their ISRC, those of its list do. */
const expandAlbum = async (rest: Rest, id: string, context: CatalogContext): Promise<CatalogOutcome> => {
	const list = (from: number): Promise<Reply> =>
		rest.lasting(`/album/${id}/tracks?limit=${pageSize}${from === 0 ? '' : `&index=${from}`}`, context);
	const [reply, first] = await Promise.all([rest.lasting(`/album/${id}`, context), list(0)]);
	if (reply.type !== 'page') return reply;
	if (first.type !== 'page') return first;
	const {title, artist, count, common} = readDeezerAlbum(reply.page);
	const collected = await collect({
		ask: list,
		read: page => readDeezerList(page, count),
		first: readDeezerList(first.page, count),
		context,
		unit: 'track',
	});
	if (collected.type !== 'whole') return collected;
	const read = readDeezerTracks(collected.items, common);
	return {
		type: 'expanded',
		groups: [{title: groupTitle(artist, title), entries: withCounts(read.tracks).map(entryOf)}],
		leftOut: [...read.leftOut, ...collected.leftOut],
		notes: unplayableNotes('Deezer', read),
	};
};

const expandPlaylist = async (rest: Rest, id: string, context: CatalogContext): Promise<CatalogOutcome> => {
	const reply = await rest.changing(`/playlist/${id}`, context);
	if (reply.type !== 'page') return reply;
	const {title, whole, count} = readDeezerPlaylist(reply.page);
	const collected = await collect({
		ask: from =>
			rest.changing(`/playlist/${id}/tracks?limit=${pageSize}${from === 0 ? '' : `&index=${from}`}`, context),
		read: page => readDeezerList(page, count),
		...(whole === undefined ? {} : {first: whole}),
		context,
		unit: 'track',
	});
	if (collected.type !== 'whole') return collected;
	const read = readDeezerTracks(collected.items);
	return {
		type: 'expanded',
		groups: [{title, entries: read.tracks.map(entryOf)}],
		leftOut: [...read.leftOut, ...collected.leftOut],
		notes: unplayableNotes('Deezer', read),
	};
};

const expandArtist = async (rest: Rest, id: string, context: CatalogContext): Promise<CatalogOutcome> => {
	const collected = await collect({
		ask: from => rest.changing(`/artist/${id}/albums?limit=${pageSize}${from === 0 ? '' : `&index=${from}`}`, context),
		read: page => readDeezerList(page),
		context: {onProgress: () => undefined},
		unit: 'album',
	});
	if (collected.type !== 'whole') return collected;
	const records = collected.items.flatMap(item => readDeezerRecord(item) ?? []);
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
