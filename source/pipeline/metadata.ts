import {cleanText} from '../domain/text.ts';

/*
 * `metadata.json` of a series: what stays when its videos have been read and deleted. Pure; who reads and writes it is in
 * publish.ts.
 */

/** A series as the pipeline knows it. */
export type Series = {
	readonly anime: number;
	readonly mal: number | undefined;
	readonly title: string;
	readonly english: string | undefined;
	readonly japanese: string | undefined;
	readonly synonyms: readonly string[];
	readonly episodes: number | undefined;
};

/** Languages as the file names them, such as `jpn`; streams that name none are left out. */
export type Languages = {readonly audio: readonly string[]; readonly subtitles: readonly string[]};

/** A file that is in its place. */
export type Episode = {
	readonly episode: number;
	/** Relative to the folder of metadata.json, `/` between its components. */
	readonly file: string;
	/** In bytes. */
	readonly size: number;
	/** In hexadecimal; null where the file was gone, or the program ended, before it was read. */
	readonly sha256: string | null;
	/** Null where nobody could tell: no ffprobe, or the file was gone. */
	readonly duration_seconds: number | null;
	readonly languages: Languages | null;
	/** ISO 8601. */
	readonly completed_at: string;
};

type Metadata = {
	readonly generator: 'tidegate';
	readonly ids: {readonly mal_id: number | null; readonly anime_id: number};
	readonly titles: {
		readonly title: string;
		readonly english: string | null;
		readonly japanese: string | null;
		readonly synonyms: readonly string[];
	};
	readonly episodes_total: number | null;
	/** Those of all episodes; null while none of them is known. */
	readonly languages: Languages | null;
	readonly episodes: readonly Episode[];
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const isEpisode = (value: unknown): value is Episode =>
	isObject(value) && typeof value['episode'] === 'number' && typeof value['file'] === 'string';

/** The episodes in a text that is there already, or undefined where it is about another series, or nothing of ours. */
export const episodesOf = (
	text: string,
	{anime, mal}: Pick<Series, 'anime' | 'mal'>,
): readonly Episode[] | undefined => {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return undefined;
	}

	if (!isObject(value) || value['generator'] !== 'tidegate' || !isObject(value['ids'])) return undefined;
	const {ids, episodes} = value;
	if (ids['anime_id'] !== anime || ids['mal_id'] !== (mal ?? null)) return undefined;
	return Array.isArray(episodes) ? episodes.filter(isEpisode) : [];
};

/** The text with one more episode, in the order of their numbers; an episode that was there already is replaced. */
export const metadataText = (series: Series, known: readonly Episode[], episode: Episode): string => {
	const {anime, mal, title, english, japanese, synonyms, episodes} = series;
	const all = [...known.filter(one => one.episode !== episode.episode), episode].toSorted(
		(a, b) => a.episode - b.episode,
	);
	const metadata: Metadata = {
		generator: 'tidegate',
		ids: {mal_id: mal ?? null, anime_id: anime},
		titles: {
			title: cleanText(title),
			english: english === undefined ? null : cleanText(english),
			japanese: japanese === undefined ? null : cleanText(japanese),
			synonyms: synonyms.map(cleanText),
		},
		episodes_total: episodes ?? null,
		languages: languagesOfAll(all),
		episodes: all,
	};
	return `${JSON.stringify(metadata, undefined, '\t')}\n`;
};

const languagesOfAll = (episodes: readonly Episode[]): Languages | null => {
	// Of files that an earlier version has written, or somebody else has changed.
	const known = episodes.map(({languages}) => languages).filter(isLanguages);
	if (known.length === 0) return null;
	return {
		audio: each(known.flatMap(({audio}) => audio)),
		subtitles: each(known.flatMap(({subtitles}) => subtitles)),
	};
};

/** Each text once, in their order. */
const each = (texts: readonly string[]): readonly string[] => [...new Set(texts)].toSorted();

const isTexts = (value: unknown): boolean => Array.isArray(value) && value.every(text => typeof text === 'string');

const isLanguages = (value: unknown): value is Languages =>
	isObject(value) && isTexts(value['audio']) && isTexts(value['subtitles']);
