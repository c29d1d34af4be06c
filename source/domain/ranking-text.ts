/*
 * How names of music are compared: without case, accents, punctuation, and what people write in many ways.
 */

const marks = /\p{M}+/gu;
const featuring = /[([{]?\s*\b(?:feat(?:uring)?|ft|with)\b\.?\s[^)\]}\-–—]*[)\]}]?/giu;
const notWords = /[^\p{L}\p{N}]+/gu;
/** `01 - `, `1-02. `, `A3_`: a place on a record before a name. */
const place = /^\s*(?:\d{1,2}[-.]\d{1,3}|[a-d]?\d{1,3})\s*(?:[-._)\]]+\s*|\s+(?=\D))/iu;

/** Letters and digits in lower case, without accents, one space between words. */
export const folded = (text: string): string =>
	text
		.normalize('NFKD')
		.replaceAll(marks, '')
		.toLowerCase()
		.replaceAll('&', ' and ')
		.replaceAll(/['’`´]/g, '')
		.replaceAll(notWords, ' ')
		.trim()
		.replaceAll('ß', 'ss')
		.replaceAll('ø', 'o')
		.replaceAll('æ', 'ae')
		.replaceAll('ł', 'l')
		.replaceAll('đ', 'd');

export const words = (text: string): readonly string[] => folded(text).split(' ').filter(Boolean);

/** The text without who else takes part. One that is nothing else stays. */
export const withoutGuests = (text: string): string => {
	const rest = text.slice(0, longest).replaceAll(featuring, ' ').replaceAll(/\s+/g, ' ').trim();
	return folded(rest) === '' ? text : rest;
};

const editionWords =
	'remaster(?:ed)?|remastering|re-?issue|editions?|version|explicit|clean|deluxe|expanded|bonus|anniversary|mono|stereo|digital';
const editionInBrackets = new RegExp(
	String.raw`[([{][^()[\]{}]{0,80}\b(?:${editionWords})\b[^()[\]{}]{0,80}[)\]}]`,
	'giu',
);
const editionAtEnd = new RegExp(String.raw`\s[-–—]\s[^-–—]{0,60}\b(?:${editionWords})\b[^-–—]{0,60}$`, 'iu');

/** The text without what names an edition, such as `(2011 Remaster)`: who offers it rarely says that. One that is nothing else stays. */
export const withoutEdition = (text: string): string => {
	const rest = text.slice(0, longest).replaceAll(editionInBrackets, ' ').replace(editionAtEnd, '').trim();
	return folded(rest) === '' ? text : rest;
};

/** Names of strangers are read no further. */
const longest = 400;

/** The folders and the name of a path as Soulseek knows them, the name without its extension and its place on a record. */
export const partsOfPath = (
	path: string,
): {
	readonly folders: readonly string[];
	readonly folder: string;
	readonly name: string;
	readonly plainName: string;
	readonly extension: string;
} => {
	const parts = path.split(/[\\/]/);
	const file = (parts.at(-1) ?? '').slice(-longest);
	const dot = file.lastIndexOf('.');
	const name = dot > 0 ? file.slice(0, dot) : file;
	const plainName = name.replace(place, '');
	return {
		folders: parts.slice(0, -1).slice(-3),
		folder: parts.slice(0, -1).join('\\'),
		name,
		plainName: folded(plainName) === '' ? name : plainName,
		extension: dot > 0 ? file.slice(dot + 1).toLowerCase() : '',
	};
};

/** Another recording of the same song says so by one of these. */
const otherRecordings: ReadonlySet<string> = new Set([
	'live',
	'remix',
	'rmx',
	'mix',
	'instrumental',
	'karaoke',
	'acoustic',
	'unplugged',
	'cover',
	'tribute',
	'demo',
	'edit',
	'reprise',
	'nightcore',
	'slowed',
	'sped',
	'acapella',
	'cappella',
	'orchestral',
	'rehearsal',
	'medley',
	'mashup',
	'bootleg',
]);

/** Words that make no difference to what is heard. */
const harmless: ReadonlySet<string> = new Set([
	'remaster',
	'remastered',
	'explicit',
	'clean',
	'album',
	'version',
	'original',
	'mono',
	'stereo',
	'bonus',
	'track',
	'official',
	'audio',
	'hq',
	'flac',
	'mp3',
	'kbps',
	'web',
	'cd',
	'vinyl',
	'deluxe',
	'and',
	'the',
	'a',
	'feat',
	'ft',
	'featuring',
	'with',
]);

/**
 * How well a name matches a title, 0 to 1: which of its words are there, less what is there beside them. `known` are words
 * that may stand there, such as those of the artist.
 */
export const titleMatch = (title: string, name: string, known: ReadonlySet<string>): number => {
	const wanted = words(withoutEdition(withoutGuests(title)));
	const found = words(withoutEdition(withoutGuests(name)));
	if (wanted.length === 0 || found.length === 0) return 0;
	const there = new Set(found);
	const missing = wanted.filter(word => !there.has(word)).length;
	// Writings without spaces between words are one word each, with others around it.
	const isWritten = missing > 0 && found.join('').includes(wanted.join(''));
	const hit = isWritten ? 1 : (wanted.length - missing) / wanted.length;
	const asked = new Set(wanted);
	const rest = isWritten ? [] : found.filter(word => !asked.has(word) && !known.has(word) && !harmless.has(word));
	const strange = rest.filter(word => !/^\d{1,4}$/.test(word));
	const isOther = found.some(word => otherRecordings.has(word) && !asked.has(word) && !known.has(word));
	return hit * (wanted.length / (wanted.length + strange.length / 2)) * (isOther ? 0.4 : 1);
};

/** How many of a name's words are there, 0 to 1. */
export const wordsFound = (name: string, there: ReadonlySet<string>): number => {
	const wanted = words(name);
	return wanted.length === 0 ? 0 : wanted.filter(word => there.has(word)).length / wanted.length;
};
