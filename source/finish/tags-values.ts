import {cleanTrack, tagFields, type TagField, type Track} from '../domain/track.ts';

/** What the tags of a file are to say. Texts are clean, of bounded length and never empty. */
export type TagValues = {
	readonly title?: string;
	/** All of them in one text, as people write it. */
	readonly artist?: string;
	/** One by one, for programs that can tell them apart. */
	readonly artists?: readonly string[];
	readonly album?: string;
	readonly albumArtist?: string;
	readonly track?: Place;
	readonly disc?: Place;
	/** `2001`, `2001-05` or `2001-05-14`. */
	readonly date?: string;
	readonly isrc?: string;
	readonly genre?: string;
	readonly musicBrainz?: NonNullable<Track['musicBrainz']>;
};

/** From 1. */
export type Place = {readonly number: number; readonly of?: number};

/** What a track says of the fields that are wanted. What is no number, date or code of its kind is left out. */
export const tagValues = (track: Track, fields: readonly TagField[] = tagFields): TagValues => {
	const {title, artists, album, albumArtist, date, isrc, genre, musicBrainz, ...rest} = cleanTrack(track);
	const all: {readonly [Field in TagField]: TagValues} = {
		title: said('title', title),
		artist: {...said('artist', artists.join(', ')), ...(artists.length === 0 ? {} : {artists})},
		album: said('album', album),
		album_artist: said('albumArtist', albumArtist),
		track: placed('track', rest.number, rest.numberOf),
		disc: placed('disc', rest.disc, rest.discOf),
		date: said('date', /^\d{4}(?:-\d\d(?:-\d\d)?)?$/.test(date ?? '') ? date : undefined),
		isrc: said('isrc', isrcOf(isrc ?? '')),
		genre: said('genre', genre),
		musicbrainz: musicBrainz === undefined ? {} : {musicBrainz},
	};
	return Object.assign({}, ...fields.map(field => all[field])) as TagValues;
};

const said = <Name extends keyof TagValues>(name: Name, text: string | undefined): TagValues =>
	text === undefined || text === '' ? {} : {[name]: text};

/** The boxes and frames of MP4 and ID3 hold 16 bits. */
const mostNumber = 65_535;

const isPlace = (value: number | undefined): value is number =>
	value !== undefined && Number.isInteger(value) && value >= 1 && value <= mostNumber;

const placed = (name: 'track' | 'disc', number: number | undefined, of: number | undefined): TagValues =>
	isPlace(number) ? {[name]: {number, ...(isPlace(of) ? {of} : {})}} : {};

/** ISO 3901: two letters, three letters or digits, seven digits; people write dashes between them. */
const isrcOf = (text: string): string | undefined => {
	const plain = text.replaceAll(/[-\s]/g, '').toUpperCase();
	return /^[A-Z]{2}[A-Z\d]{3}\d{7}$/.test(plain) ? plain : undefined;
};
