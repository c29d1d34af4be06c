import {
	ByteVector,
	File,
	Id3v2FrameClassType,
	Id3v2FrameIdentifiers,
	type Id3v2FrameIdentifier as FrameIdentifier,
	Id3v2Settings,
	Id3v2Tag,
	Id3v2UserTextInformationFrame,
	Mpeg4AppleTag,
	Mpeg4BoxType,
	MpegAudioFileSettings,
	Picture,
	PictureType,
	ReadStyle,
	RiffListTag,
	TagTypes,
	WaveFileSettings,
	XiphComment,
	type Tag,
} from 'node-taglib-sharp';
import {soundDigest} from './tags-audio.ts';
import type {TagKind} from './tags-kind.ts';
import type {Place, TagValues} from './tags-values.ts';

export type Cover = {readonly data: Uint8Array; readonly type: 'image/jpeg' | 'image/png'};

export type TagOrder = {
	/** A file of our own: it is written in its place. Absolute. */
	readonly path: string;
	readonly kind: TagKind;
	readonly values: TagValues;
	readonly cover: Cover | undefined;
	/** Whether what the file says already gives way. */
	readonly isOverwriting: boolean;
};

/** Why the tags were not written, in words, or undefined where they were. Throws errors of the filesystem, and the library's. */
export const writeTags = (order: TagOrder): string | undefined => {
	const {kind} = order;
	const sound = soundDigest(order.path, kind);
	if (sound === undefined) return 'no sound is found in it';
	configure();
	const file = File.createFromPath(order.path, `taglib/${kind}`, ReadStyle.None);
	try {
		if (file.isPossiblyCorrupt) return `it is damaged: ${file.corruptionReasons.join(', ')}`;
		const main = file.getTag(mainTag[kind], true);
		// Beside that one, those are written that are there already, so that no two contradict each other.
		file.removeTags(
			file.tagTypes & ~(file.tagTypesOnDisk | mainTag[kind] | (kind === 'flac' ? TagTypes.FlacPictures : 0)),
		);
		writeCommon(kind === 'wav' ? main : file.tag, order);
		if (kind === 'wav') writeInfo(file.getTag(TagTypes.RiffInfo, true), order);
		writeSpecial(main, order);
		if (order.cover !== undefined) writeCover(file.tag, order.cover, order.isOverwriting);
		file.save();
	} finally {
		file.dispose();
	}

	if (soundDigest(order.path, kind) !== sound) return 'its sound would not be the same any more';
	return isReadBack(order) ? undefined : 'what was written cannot be read back';
};

/** The library (6.0) writes as it goes, and does not look whether all of it arrived: a full disk may leave holes. */
const isReadBack = ({path, kind, values, cover, isOverwriting}: TagOrder): boolean => {
	const file = File.createFromPath(path, `taglib/${kind}`, ReadStyle.None);
	try {
		if (file.isPossiblyCorrupt) return false;
		if (!isOverwriting) return true;
		const {title, album, joinedPerformers, pictures} = file.tag;
		const isText =
			isSame(values.title, title) && isSame(values.album, album) && isSame(values.artist, joinedPerformers);
		return (
			isText && (cover === undefined || Buffer.compare(pictures[0]?.data.toByteArray() ?? empty, cover.data) === 0)
		);
	} finally {
		file.dispose();
	}
};

const empty = new Uint8Array();

const isSame = (wanted: string | undefined, found: string): boolean => wanted === undefined || wanted === found;

const mainTag: Readonly<Record<TagKind, TagTypes>> = {
	flac: TagTypes.Xiph,
	ogg: TagTypes.Xiph,
	mp3: TagTypes.Id3v2,
	m4a: TagTypes.Apple,
	wav: TagTypes.Id3v2,
	aiff: TagTypes.Id3v2,
};

/** What the library (6.0) would otherwise do: four kinds of tags in a WAV file, ID3v2.2 in AIFF, old ID3 with its dates wrong. */
const configure = (): void => {
	Id3v2Settings.defaultVersion = 4;
	Id3v2Settings.forceDefaultVersion = true;
	Id3v2Settings.useNumericGenres = false;
	WaveFileSettings.defaultTagTypes = TagTypes.Id3v2 | TagTypes.RiffInfo;
	MpegAudioFileSettings.defaultTagTypes = TagTypes.Id3v2;
};

/** What every kind of tag has. */
const writeCommon = (tag: Tag, {values, isOverwriting}: TagOrder): void => {
	const {title, artist, album, albumArtist, track, disc, isrc, genre, musicBrainz = {}, date} = values;
	const write = (isEmpty: boolean, set: () => void): void => {
		if (isOverwriting || isEmpty) set();
	};
	const text = (value: string | undefined, was: string | undefined, set: (value: string) => void): void => {
		if (value !== undefined) write((was ?? '') === '', () => set(value));
	};
	text(title, tag.title, value => (tag.title = value));
	text(artist, tag.joinedPerformers, value => (tag.performers = [value]));
	text(album, tag.album, value => (tag.album = value));
	text(albumArtist, tag.joinedAlbumArtists, value => (tag.albumArtists = [value]));
	text(isrc, tag.isrc, value => (tag.isrc = value));
	text(genre, tag.joinedGenres, value => (tag.genres = [value]));
	text(date, tag.year === 0 ? '' : String(tag.year), value => (tag.year = Number(value.slice(0, 4))));
	text(musicBrainz.recording, tag.musicBrainzTrackId, value => (tag.musicBrainzTrackId = value));
	text(musicBrainz.release, tag.musicBrainzReleaseId, value => (tag.musicBrainzReleaseId = value));
	text(musicBrainz.releaseGroup, tag.musicBrainzReleaseGroupId, value => (tag.musicBrainzReleaseGroupId = value));
	text(musicBrainz.artist, tag.musicBrainzArtistId, value => (tag.musicBrainzArtistId = value));
	if (track !== undefined) {
		write(tag.track === 0, () => ([tag.track, tag.trackCount] = pair(track, tag.trackCount)));
	}

	if (disc !== undefined) write(tag.disc === 0, () => ([tag.disc, tag.discCount] = pair(disc, tag.discCount)));
};

/** How many there are stays as it was where nobody says otherwise. */
const pair = ({number, of}: Place, were: number): [number, number] => [number, of ?? (were >= number ? were : 0)];

/** What each kind of tag has in its own way: names as MusicBrainz Picard writes them. */
const writeSpecial = (tag: Tag, {values, isOverwriting}: TagOrder): void => {
	const {artists, date, musicBrainz = {}} = values;
	const fields: ReadonlyArray<readonly [name: string, xiph: string, texts: readonly string[] | undefined]> = [
		['ARTISTS', 'ARTISTS', artists],
		[
			'MusicBrainz Release Track Id',
			'MUSICBRAINZ_RELEASETRACKID',
			musicBrainz.track === undefined ? undefined : [musicBrainz.track],
		],
	];
	for (const [name, xiph, texts] of fields) {
		if (texts === undefined) continue;
		if (isOverwriting || readField(tag, name, xiph).length === 0) writeField(tag, name, xiph, texts);
	}

	// The common one knows years only.
	if (date !== undefined && date.length > 4 && (isOverwriting || readDate(tag) === date.slice(0, 4))) {
		writeDate(tag, date);
	}
};

/**
 * The INFO list of WAV, which some programs believe before anything else, FFmpeg among them: by hand, because the library
 * (6.0) puts the artist and the album under names that others read as something else.
 */
const writeInfo = (tag: Tag, {values, isOverwriting}: TagOrder): void => {
	if (!(tag instanceof RiffListTag)) return;
	const {title, artist, album, date, genre, track} = values;
	const rows = {INAM: title, IART: artist, IPRD: album, ICRD: date, IGNR: genre, IPRT: track?.number.toString()};
	for (const [name, value] of Object.entries(rows)) {
		const isEmpty = tag.getValuesAsStrings(name).length === 0;
		if (value !== undefined && (isOverwriting || isEmpty)) tag.setValuesFromStrings(name, [value]);
	}
};

const itunes = 'com.apple.iTunes';

const userTexts = (tag: Id3v2Tag): Id3v2UserTextInformationFrame[] =>
	tag.getFramesByClassType<Id3v2UserTextInformationFrame>(Id3v2FrameClassType.UserTextInformationFrame);

const readField = (tag: Tag, name: string, xiph: string): readonly string[] => {
	if (tag instanceof XiphComment) return tag.getField(xiph);
	if (tag instanceof Mpeg4AppleTag) return tag.getItunesStrings(itunes, name) ?? [];
	if (!(tag instanceof Id3v2Tag)) return [];
	return Id3v2UserTextInformationFrame.findUserTextInformationFrame(userTexts(tag), name)?.text ?? [];
};

const writeField = (tag: Tag, name: string, xiph: string, texts: readonly string[]): void => {
	if (tag instanceof XiphComment) tag.setFieldAsStrings(xiph, ...texts);
	if (tag instanceof Mpeg4AppleTag) tag.setItunesStrings(itunes, name, ...texts);
	if (!(tag instanceof Id3v2Tag)) return;
	const found = Id3v2UserTextInformationFrame.findUserTextInformationFrame(userTexts(tag), name);
	const frame = found ?? Id3v2UserTextInformationFrame.fromDescription(name);
	frame.text = [...texts];
	if (found === undefined) tag.addFrame(frame);
};

// The declarations call each identifier a possible gap; this one is there (6.0).
const recordingTime = Id3v2FrameIdentifiers.TDRC as FrameIdentifier;

const readDate = (tag: Tag): string => {
	if (tag instanceof XiphComment) return tag.getFieldFirstValue('DATE') ?? '';
	if (tag instanceof Mpeg4AppleTag) return tag.getFirstQuickTimeString(Mpeg4BoxType.DAY) ?? '';
	return tag instanceof Id3v2Tag ? (tag.getTextAsString(recordingTime) ?? '') : '';
};

const writeDate = (tag: Tag, date: string): void => {
	if (tag instanceof XiphComment) tag.setFieldAsStrings('DATE', date);
	if (tag instanceof Mpeg4AppleTag) tag.setQuickTimeString(Mpeg4BoxType.DAY, date);
	if (tag instanceof Id3v2Tag) tag.setTextFrame(recordingTime, date);
};

const writeCover = (tag: Tag, cover: Cover, isOverwriting: boolean): void => {
	const pictures = tag.pictures ?? [];
	if (!isOverwriting && pictures.length > 0) return;
	const data = ByteVector.fromByteArray(cover.data);
	tag.pictures = [
		Picture.fromFullData(data, PictureType.FrontCover, cover.type, ''),
		...pictures.filter(({type}) => type !== PictureType.FrontCover && type !== PictureType.NotAPicture),
	];
};
