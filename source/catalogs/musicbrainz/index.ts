import {catalogOfReference, readMusicReference} from '../../domain/music-reference.ts';
import type {Duration} from '../../domain/time.ts';
import type {Catalog, CatalogContext, CatalogOutcome} from '../../engine/ports.ts';
import {eachAlbum} from '../albums.ts';
import {entryOf, groupTitle} from '../entries.ts';
import {collect} from '../http/pages.ts';
import type {Reply, Service} from '../http/service.ts';
import type {Lifetimes} from '../lifetimes.ts';
import {chooseEdition, readEdition, readEditions, readRecording, readRelease, type Edition} from './parse.ts';

/** The most rows of one page (documentation of WS/2). */
const pageSize = 100;

/** Recordings, releases, release groups and the albums of an artist, from MusicBrainz. */
export const createMusicBrainzCatalog = (service: Service, lifetimes: Lifetimes): Catalog => ({
	id: 'musicbrainz',
	hasSources: false,
	accepts: reference => catalogOfReference(reference) === 'musicbrainz',
	async expand(text, context) {
		const read = readMusicReference(text, context.kind) ?? {problem: 'it is no reference to MusicBrainz'};
		if ('problem' in read) return {type: 'failed', failure: {code: 'bad-request', message: read.problem}};
		const {kind, id} = read.reference;
		const rest: Rest = (path, lifetime) =>
			service.get(path, {signal: context.signal, isDryRun: context.isDryRun, lifetime: lifetimes[lifetime]});
		switch (kind) {
			case 'track':
				return expandRecording(rest, id);
			case 'artist':
				return expandArtist(rest, id, context);
			case 'release-group':
				return expandGroup(rest, id, context);
			case 'album':
			case 'playlist': {
				const outcome = await expandRelease(rest, id, context);
				// An album is often named by the id of all its editions.
				const isElsewhere = outcome.type === 'failed' && outcome.failure.code === 'not-found';
				const other = isElsewhere ? await expandGroup(rest, id, context) : outcome;
				return other.type === 'failed' && isElsewhere ? outcome : other;
			}
		}
	},
});

type Rest = (path: string, lifetime: keyof Lifetimes) => Promise<Reply>;

const expandRecording = async (rest: Rest, id: string): Promise<CatalogOutcome> => {
	const reply = await rest(`/recording/${id}?inc=artist-credits+isrcs+releases+media&fmt=json`, 'lasting');
	if (reply.type !== 'page') return reply;
	const track = readRecording(reply.page);
	if (track === undefined) {
		return {type: 'failed', failure: {code: 'server-error', message: 'MusicBrainz does not say what it is called'}};
	}

	return {type: 'expanded', groups: [{title: undefined, entries: [entryOf(track)]}], leftOut: [], notes: []};
};

const expandRelease = async (rest: Rest, id: string, context: CatalogContext): Promise<CatalogOutcome> => {
	const inc = 'recordings+artist-credits+isrcs+media+release-groups';
	const reply = await rest(`/release/${id}?inc=${inc}&fmt=json`, 'lasting');
	if (reply.type !== 'page') return reply;
	const {title, artist, tracks, leftOut} = readRelease(reply.page);
	context.onProgress(tracks.length, tracks.length);
	return {
		type: 'expanded',
		groups: [{title: groupTitle(artist, title), entries: tracks.map(entryOf)}],
		leftOut,
		notes: [],
	};
};

const expandGroup = async (rest: Rest, id: string, context: CatalogContext): Promise<CatalogOutcome> => {
	const found = await editionsOf(rest, `release-group=${id}&inc=media`);
	if (found.type !== 'found') return found;
	const edition = chooseEdition(found.editions);
	if (edition === undefined) {
		return {type: 'failed', failure: {code: 'not-found', message: 'MusicBrainz knows no release of this album'}};
	}

	const outcome = await expandRelease(rest, edition.id, context);
	if (outcome.type !== 'expanded' || found.editions.length === 1) return outcome;
	const note = `of ${found.editions.length} editions, the one of ${editionWords(edition)} was taken; name another as musicbrainz:release/MBID`;
	return {...outcome, notes: [...outcome.notes, note]};
};

const editionWords = ({date, country, id}: Edition): string =>
	`${date ?? 'an unknown date'}${country === undefined ? '' : ` (${country})`}, ${id},`;

/** The albums alone: not the singles, and not what is also a compilation, live or a soundtrack. */
const expandArtist = async (rest: Rest, id: string, context: CatalogContext): Promise<CatalogOutcome> => {
	const found = await editionsOf(rest, `artist=${id}&type=album&status=official&inc=release-groups+media`);
	if (found.type !== 'found') return found;
	const groups = Map.groupBy(found.editions, ({group, id: own}) => group.id ?? own);
	const chosen = [...groups.values()]
		.flatMap(editions => chooseEdition(editions) ?? [])
		.toSorted((a, b) => ((a.group.date ?? a.date ?? '9999') < (b.group.date ?? b.date ?? '9999') ? -1 : 1));
	return eachAlbum(
		{
			albums: chosen.filter(({group}) => group.isPlainAlbum),
			others: chosen.filter(({group}) => !group.isPlainAlbum).map(({title, group}) => ({title, type: group.type})),
			leftOut: [],
			expand: (edition, inner) => expandRelease(rest, edition.id, inner),
		},
		context,
	);
};

const editionsOf = async (
	rest: Rest,
	query: string,
): Promise<{readonly type: 'found'; readonly editions: readonly Edition[]} | Exclude<Reply, {type: 'page'}>> => {
	let asked = 0;
	const collected = await collect({
		ask: from => {
			asked = from;
			const offset = from === 0 ? '' : `&offset=${from}`;
			return rest(`/release?${query}&limit=${pageSize}${offset}&fmt=json`, 'changing');
		},
		read: page => readEditions(page, asked),
		context: {onProgress: () => undefined},
		unit: 'release',
	});
	return collected.type === 'whole'
		? {type: 'found', editions: collected.items.flatMap(item => readEdition(item) ?? [])}
		: collected;
};

/** MusicBrainz allows one request a second from one address; a little more room, because the line is not always as quick. */
export const musicBrainzInterval: Duration = 1100;
