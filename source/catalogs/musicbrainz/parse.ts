import type {Track} from '../../domain/track.ts';
import type {LeftOut} from '../../engine/ports.ts';
import type {ListPage} from '../http/pages.ts';
import {countOf, dateOf, durationOf, fieldsOf, isrcOf, known, listOf, textOf, type Fields} from '../json.ts';

/*
 * What MusicBrainz answers (WS/2, its documentation). Whatever comes, nothing here throws.
 */

type Credit = {readonly names: readonly string[]; readonly phrase: string | undefined; readonly id: string | undefined};

const creditOf = (value: unknown): Credit => {
	const parts = listOf(value).map(part => {
		const fields = fieldsOf(part);
		const artist = fieldsOf(fields['artist']);
		const name = textOf(fields['name']) ?? textOf(artist['name']);
		const join = fields['joinphrase'];
		return {name, join: typeof join === 'string' ? join : '', id: mbidOf(artist['id'])};
	});
	const phrase = parts.map(({name = '', join}) => name + join).join('');
	return {
		names: [...new Set(parts.flatMap(({name}) => name ?? []))],
		phrase: textOf(phrase),
		id: parts[0]?.id,
	};
};

const mbidOf = (value: unknown): string | undefined => {
	const text = textOf(value) ?? '';
	return /^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(text) ? text.toLowerCase() : undefined;
};

export type MusicBrainzRelease = {
	readonly title: string;
	readonly artist: string | undefined;
	readonly tracks: readonly Track[];
	readonly leftOut: readonly LeftOut[];
};

/** `/release/MBID?inc=recordings+artist-credits+isrcs+media+release-groups`. */
export const readRelease = (page: unknown): MusicBrainzRelease => {
	const fields = fieldsOf(page);
	const credit = creditOf(fields['artist-credit']);
	const media = listOf(fields['media']).map(fieldsOf);
	const leftOut: LeftOut[] = [];
	const tracks: Track[] = [];
	for (const [place, medium] of media.entries()) {
		const disc = countOf(medium['position']) ?? place + 1;
		const told = countOf(medium['track-count']);
		const items = listOf(medium['tracks']);
		for (const item of items) {
			const read = readTrack(item, {release: fields, credit, medium, disc, discOf: media.length});
			if ('track' in read) tracks.push(read.track);
			else leftOut.push(read);
		}

		if (told !== undefined && told > items.length) {
			leftOut.push({
				what: `${told - items.length} tracks of disc ${disc}`,
				why: `it is said to hold ${told}, but the rest was not told`,
			});
		}
	}

	return {title: textOf(fields['title']) ?? 'Release', artist: credit.phrase, tracks, leftOut};
};

type Around = {
	readonly release: Fields;
	readonly credit: Credit;
	readonly medium: Fields;
	readonly disc: number;
	readonly discOf: number;
};

const readTrack = (
	item: unknown,
	{release, credit, medium, disc, discOf}: Around,
): {readonly track: Track} | LeftOut => {
	const fields = fieldsOf(item);
	const recording = fieldsOf(fields['recording']);
	const number = countOf(fields['position']);
	const title = textOf(fields['title']) ?? textOf(recording['title']);
	const what = `track ${number ?? '?'} of disc ${disc}`;
	if (title === undefined) return {what, why: 'MusicBrainz does not say what it is called'};
	if (recording['video'] === true) return {what: title, why: 'it is a video'};
	const own = creditOf(fields['artist-credit']);
	const recorded = creditOf(recording['artist-credit']);
	const by = [own, recorded, credit].find(({names}) => names.length > 0);
	if (by === undefined) return {what: title, why: 'MusicBrainz does not say by whom it is'};
	const releaseId = mbidOf(release['id']);
	const recordingId = mbidOf(recording['id']);
	return {
		track: known<Track>({
			title,
			artists: by.names,
			album: textOf(release['title']),
			albumArtist: credit.phrase,
			number,
			numberOf: countOf(medium['track-count']),
			disc,
			discOf,
			date: dateOf(release['date']),
			duration: durationOf(fields['length'], 1) ?? durationOf(recording['length'], 1),
			isrc: isrcIn(recording),
			cover: coverOf(release, releaseId),
			musicBrainz: known({
				recording: recordingId,
				track: mbidOf(fields['id']),
				release: releaseId,
				releaseGroup: mbidOf(fieldsOf(release['release-group'])['id']),
				artist: by.id,
			}),
			link: recordingId === undefined ? undefined : `https://musicbrainz.org/recording/${recordingId}`,
		}),
	};
};

const isrcIn = (recording: Fields): string | undefined =>
	listOf(recording['isrcs'])
		.map(isrcOf)
		.find(one => one !== undefined);

const coverOf = (release: Fields, id: string | undefined): string | undefined =>
	id !== undefined && fieldsOf(release['cover-art-archive'])['front'] === true
		? `https://coverartarchive.org/release/${id}/front`
		: undefined;

/** `/recording/MBID?inc=artist-credits+isrcs+releases+media`; undefined where it does not say what it is. */
export const readRecording = (page: unknown): Track | undefined => {
	const fields = fieldsOf(page);
	const title = textOf(fields['title']);
	const credit = creditOf(fields['artist-credit']);
	if (title === undefined || credit.names.length === 0) return undefined;
	const release = chooseEdition(listOf(fields['releases']).flatMap(one => readEdition(one) ?? []));
	const id = mbidOf(fields['id']);
	return known<Track>({
		title,
		artists: credit.names,
		album: release?.title,
		date: dateOf(fields['first-release-date']) ?? release?.date,
		duration: durationOf(fields['length'], 1),
		isrc: isrcIn(fields),
		musicBrainz: known({recording: id, release: release?.id, artist: credit.id}),
		link: id === undefined ? undefined : `https://musicbrainz.org/recording/${id}`,
	});
};

/** One release of several that hold the same album. */
export type Edition = {
	readonly id: string;
	readonly title: string;
	readonly isOfficial: boolean;
	/** On a CD or as files, which people mean by an album today. */
	readonly isUsual: boolean;
	readonly date: string | undefined;
	readonly country: string | undefined;
	readonly group: {
		readonly id: string | undefined;
		readonly title: string | undefined;
		/** Such as `Album`, or `Live` where it is more than that. */
		readonly type: string;
		readonly isPlainAlbum: boolean;
		readonly date: string | undefined;
	};
};

/** A row of a list of releases. */
export const readEdition = (item: unknown): Edition | undefined => {
	const fields = fieldsOf(item);
	const id = mbidOf(fields['id']);
	if (id === undefined) return undefined;
	const group = fieldsOf(fields['release-group']);
	const secondary = listOf(group['secondary-types']).flatMap(one => textOf(one) ?? []);
	const primary = textOf(group['primary-type']) ?? 'Album';
	const formats = listOf(fields['media']).map(medium => textOf(fieldsOf(medium)['format']));
	return {
		id,
		title: textOf(fields['title']) ?? id,
		isOfficial: fields['status'] === 'Official',
		isUsual: formats.length > 0 && formats.every(format => format === 'CD' || format === 'Digital Media'),
		date: dateOf(fields['date']),
		country: textOf(fields['country']),
		group: {
			id: mbidOf(group['id']),
			title: textOf(group['title']),
			type: secondary[0] ?? primary,
			isPlainAlbum: primary === 'Album' && secondary.length === 0,
			date: dateOf(group['first-release-date']),
		},
	};
};

/** The edition that is meant where nobody says which: an official one, on CD or as files, the earliest of these. */
export const chooseEdition = (editions: readonly Edition[]): Edition | undefined =>
	editions.toSorted(
		(a, b) =>
			Number(b.isOfficial) - Number(a.isOfficial) ||
			Number(b.isUsual) - Number(a.isUsual) ||
			compare(a.date ?? '9999', b.date ?? '9999') ||
			compare(a.id, b.id),
	)[0];

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** A page of `/release?artist=MBID` and the like. Pages have as many rows as MusicBrainz likes, up to the limit. */
export const readEditions = (page: unknown, from: number): ListPage => {
	const fields = fieldsOf(page);
	const items = listOf(fields['releases']);
	const total = countOf(fields['release-count']);
	return {items, total, hasMore: (total ?? 0) > from + items.length};
};
