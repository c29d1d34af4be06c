import {aniCliFields, aniCliSource} from '../domain/ani-cli.ts';
import {defaultPriority, type Job} from '../domain/job.ts';
import {cleanText, shorten} from '../domain/text.ts';
import type {Instant} from '../domain/time.ts';
import type {AddRequest} from '../engine/ports.ts';
import type {RowKey} from './stages.ts';

/** What the selector has found for a series; both shapes of its cache are read into this. */
export type Selection = {
	/** Place in the answer of the AllAnime search, 1 and up; -1: there is none. */
	readonly index: number;
	readonly query: string;
	readonly title: string;
	readonly confidence: string;
	readonly reason: string | undefined;
};

/** A row that waits to be downloaded. */
export type QueuedRow = RowKey & {
	/** The number of the series in MyAnimeList. */
	readonly mal: number | undefined;
	readonly title: string;
	readonly season: number | undefined;
	readonly year: number | undefined;
	/** Higher goes first; 0 unless somebody asked otherwise. */
	readonly priority: number;
	readonly updatedAt: Instant | undefined;
	/** Attempts after the first one; undefined where the row does not say. */
	readonly maxRetries: number | undefined;
	/** Undefined only where the pipeline has no selector. */
	readonly selection: Selection | undefined;
};

/** The provider that fetches what the pipeline selects. */
export const pipelineProvider = 'ani-cli';

/**
 * AllAnime, whose search the selector asks, is the catalogue of ani-cli 4 (GDA2025 `crates/anime-selector`): its places
 * say nothing to ani-cli 5.
 */
const indexedVersion = '4';

/** A row as a job, or why there can be none: a reason in words. */
export const toRequest = (row: QueuedRow, output: string): AddRequest | {readonly skip: string} => {
	const {selection, episode} = row;
	if (selection !== undefined && (selection.index < 1 || selection.confidence === 'no_candidates')) {
		const reason = cleanText(selection.reason ?? '');
		return {skip: `no candidates${reason === '' ? '' : `: ${reason}`}`};
	}

	const wanted = shorten(titleOf(row), mostTitle);
	if (wanted === '') return {skip: 'the row has no title'};
	return {
		source: sourceOf(wanted, row),
		provider: pipelineProvider,
		title: `${shorten(cleanText(row.title) || wanted, mostTitle)} ${String(episode).padStart(2, '0')}`,
		priority: priorityOf(row.priority),
		...attemptsOf(row.maxRetries),
		output,
		options: {episode, fields: fieldsOf(row)},
	};
};

const mostTitle = 400;

/** The title in the catalogue, without the number of episodes that the selector writes behind it. */
const titleOf = ({selection, title}: QueuedRow): string =>
	cleanText((selection?.title ?? '').replace(/ \(\d+ eps?\)\s*$/i, '')) || cleanText(title);

/** The pipeline's 0 is our usual priority; what lies beyond 0 to 9 keeps its order by arrival. */
const priorityOf = (priority: number): number =>
	Math.min(9, Math.max(0, defaultPriority + Math.round(Number.isFinite(priority) ? priority : 0)));

/** The pipeline counts no retry for the first attempt (GDA2025: `retry_count < max_retries` is tried again). */
const attemptsOf = (maxRetries: number | undefined): Pick<AddRequest, 'maxAttempts'> =>
	maxRetries === undefined ? {} : {maxAttempts: Math.min(mostAttempts, Math.max(0, maxRetries) + 1)};

const mostAttempts = 100;

const names = {anime: 'pipeline_anime', mal: 'mal_id'} as const;

const fieldsOf = (row: QueuedRow): Readonly<Record<string, string>> => {
	const {selection} = row;
	const optional = {season: row.season, year: row.year};
	return {
		[names.anime]: String(row.anime),
		[names.mal]: row.mal === undefined ? `anime-${row.anime}` : String(row.mal),
		anime: cleanText(row.title),
		...Object.fromEntries(
			Object.entries(optional).flatMap(([name, value]) => (value === undefined ? [] : [[name, String(value)]])),
		),
		...(selection === undefined
			? {}
			: {
					[aniCliFields.index]: String(selection.index),
					[aniCliFields.version]: indexedVersion,
					[aniCliFields.query]: cleanText(selection.query),
				}),
	};
};

/** The row that a job was made for; undefined for jobs of anybody else. */
export const rowOfJob = ({provider, options}: Pick<Job, 'provider' | 'options'>): RowKey | undefined => {
	const anime = Number(options.fields?.[names.anime] ?? Number.NaN);
	const {episode} = options;
	return provider === pipelineProvider && Number.isSafeInteger(anime) && episode !== undefined
		? {anime, episode}
		: undefined;
};

/** The MyAnimeList number of a job's series, as a text; undefined where it has none. */
export const malOfJob = ({options}: Pick<Job, 'options'>): string | undefined => options.fields?.[names.mal];

/*
 * Two series may have the same title in the catalogue, and the selector may change its mind about a title: what makes two
 * jobs the same is the series and the episode, so the source ends in the series. The provider never sees that end.
 */
const mark = /#anime=(\d+)&mal=(\d*)$/;

/** The source of a row; `title` may be anything where the source is only to be looked up. */
export const sourceOf = (title: string, {anime, mal}: Pick<QueuedRow, 'anime' | 'mal'>): string =>
	`${aniCliSource(title)}#anime=${anime}&mal=${mal ?? ''}`;

/** The one form of all sources of a series; undefined where the source is none of the pipeline's. */
export const canonicalOf = (source: string): string | undefined => {
	const found = mark.exec(source);
	return found === null ? undefined : `pipeline anime ${found[1]} mal ${found[2]}`;
};

/** The source as the provider knows it. */
export const withoutMark = (source: string): string => source.replace(mark, '');
