import type {Instant} from '../domain/time.ts';
import type {Connection} from './connection.ts';
import type {Series} from './metadata.ts';
import type {QueuedRow, Selection} from './request.ts';
import {instantOf, readStages, type RowKey} from './stages.ts';

/*
 * What is read of the pipeline. Columns are found by their names, because the shape differs from one database to the next
 * (`anime_selection_cache` lacks three columns in a fresh one), and values are taken for what they are: SQLite keeps any
 * type in any column.
 */

type Raw = Readonly<Record<string, unknown>>;

/** So many queued rows are sorted without a pause; more are read in the order of an index. */
const fewRows = 4000;

/**
 * The next rows in their order, `limit` at most, that wait and whose series has been selected. Reads no more of the table
 * than it has to: never all of it into memory.
 *
 * @param mal only rows of this series
 */
export const nextRows = (connection: Connection, limit: number, mal: number | undefined): readonly QueuedRow[] => {
	const jobs = connection.columns('jobs');
	const cache = connection.columns('anime_selection_cache');
	const isSelecting = cache.has('mal_id') && jobs.has('mal_id');
	const named = rowColumns.filter(name => jobs.has(name)).map(name => `j.${name}`);
	if (isSelecting)
		named.push(...selectionColumns.filter(name => cache.has(name)).map(name => `s.${name} AS s_${name}`));
	const order = [
		...(jobs.has('priority') ? ['j.priority DESC'] : []),
		...(jobs.has('created_at') ? ['j.created_at'] : []),
	];
	// With a plus, SQLite goes by the order and not by the stage: right where most rows are queued, slow where few are.
	const stage = isMany(connection) ? '+j.stage' : 'j.stage';
	const rows = connection
		.prepare(
			`SELECT ${named.join(', ')} FROM jobs j
			${isSelecting ? 'CROSS JOIN anime_selection_cache s ON s.mal_id = j.mal_id' : ''}
			WHERE ${stage} = 'queued' ${mal === undefined ? '' : 'AND j.mal_id = ?'}
			ORDER BY ${[...order, 'j.id'].join(', ')} LIMIT ?`,
		)
		.all(...(mal === undefined ? [] : [mal]), limit) as Raw[];
	return rows.flatMap(row => toQueuedRow(row, isSelecting) ?? []);
};

const isMany = (connection: Connection): boolean =>
	(connection
		.prepare("SELECT count(*) FROM (SELECT 1 FROM jobs WHERE stage = 'queued' LIMIT ?)")
		.pluck()
		.get(fewRows) as number) >= fewRows;

const rowColumns = [
	'anime_id',
	'episode',
	'mal_id',
	'anime_title',
	'season',
	'year',
	'priority',
	'updated_at',
	'max_retries',
] as const;
const selectionColumns = ['selected_index', 'search_query', 'selected_title', 'confidence', 'reason'] as const;

const toQueuedRow = (row: Raw, isSelected: boolean): QueuedRow | undefined => {
	const key = toKey(row);
	if (key === undefined) return undefined;
	return {
		...key,
		mal: wholeOf(row['mal_id']),
		title: textOf(row['anime_title']),
		season: wholeOf(row['season']),
		year: wholeOf(row['year']),
		priority: wholeOf(row['priority']) ?? 0,
		updatedAt: instantOf(row['updated_at']),
		maxRetries: wholeOf(row['max_retries']),
		selection: isSelected ? toSelection(row) : undefined,
	};
};

const toSelection = (row: Raw): Selection => ({
	index: wholeOf(row['s_selected_index']) ?? 1,
	query: textOf(row['s_search_query']),
	title: textOf(row['s_selected_title']),
	confidence: textOf(row['s_confidence']),
	reason: row['s_reason'] === null || row['s_reason'] === undefined ? undefined : textOf(row['s_reason']),
});

const toKey = (row: Raw): RowKey | undefined => {
	const anime = wholeOf(row['anime_id']);
	const episode = row['episode'];
	return anime === undefined || typeof episode !== 'number' || !Number.isFinite(episode) ? undefined : {anime, episode};
};

const wholeOf = (value: unknown): number | undefined => (Number.isSafeInteger(value) ? Number(value) : undefined);

const textOf = (value: unknown): string =>
	typeof value === 'string' ? value : typeof value === 'number' ? String(value) : '';

/** A row that is being downloaded, or was read by a later stage. */
export type HeldRow = RowKey & {
	readonly id: number;
	readonly mal: number | undefined;
	/** What was seen when it was read; another text means that somebody has touched it since. */
	readonly updated: unknown;
	readonly updatedAt: Instant | undefined;
	readonly startedAt: Instant | undefined;
	readonly path: string;
	readonly size: number | undefined;
};

const heldRows = (connection: Connection, where: string, after: number, limit: number): readonly HeldRow[] => {
	const jobs = connection.columns('jobs');
	const named = heldColumns.filter(name => jobs.has(name)).join(', ');
	const rows = connection
		.prepare(`SELECT ${named} FROM jobs WHERE ${where} AND id > ? ORDER BY id LIMIT ?`)
		.all(after, limit) as Raw[];
	return rows.flatMap(row => {
		const key = toKey(row);
		if (key === undefined) return [];
		return {
			...key,
			id: Number(row['id']),
			mal: wholeOf(row['mal_id']),
			updated: row['updated_at'] ?? null,
			updatedAt: instantOf(row['updated_at']),
			startedAt: instantOf(row['started_at']),
			path: textOf(row['video_path']),
			size: wholeOf(row['video_size_bytes']),
		};
	});
};

const heldColumns = [
	'id',
	'anime_id',
	'episode',
	'mal_id',
	'updated_at',
	'started_at',
	'video_path',
	'video_size_bytes',
] as const;

/** Rows that are being downloaded, by id, a page at a time. */
export const downloadingRows = (connection: Connection, after: number, limit: number): readonly HeldRow[] =>
	heldRows(connection, "stage = 'downloading'", after, limit);

/** Rows that a later stage has read and whose video was not deleted yet, by id, a page at a time. */
export const readRows = (connection: Connection, after: number, limit: number): readonly HeldRow[] => {
	const jobs = connection.columns('jobs');
	// Without these two nobody can prove anything, or note that it was done.
	if (!jobs.has('video_path') || !jobs.has('video_deleted')) return [];
	const stages = readStages.map(stage => `'${stage}'`).join(', ');
	return heldRows(
		connection,
		`stage IN (${stages}) AND video_path IS NOT NULL AND coalesce(video_deleted, 0) = 0`,
		after,
		limit,
	);
};

/** What the pipeline knows of the series of a row; undefined where the row is gone. */
export const seriesOf = (connection: Connection, {anime, episode}: RowKey): Series | undefined => {
	const row = rowWith(connection, 'jobs', seriesColumns, 'anime_id = ? AND episode = ?', [anime, episode]);
	if (row === undefined) return undefined;
	const about = connection.columns('anime').has('id')
		? rowWith(connection, 'anime', animeColumns, 'id = ?', [anime])
		: undefined;
	const either = (name: string, other: string): string | undefined =>
		textOf(about?.[name]) || textOf(row[other]) || undefined;
	return {
		anime,
		mal: wholeOf(row['mal_id']),
		title: either('title', 'anime_title') ?? '',
		english: either('title_english', 'anime_title_english'),
		japanese: either('title_japanese', ''),
		synonyms: listOf(about?.['title_synonyms']),
		episodes: wholeOf(about?.['episodes_total']),
	};
};

const seriesColumns = ['mal_id', 'anime_title', 'anime_title_english'] as const;
const animeColumns = ['title', 'title_english', 'title_japanese', 'title_synonyms', 'episodes_total'] as const;

const rowWith = (
	connection: Connection,
	table: string,
	wanted: readonly string[],
	where: string,
	values: readonly unknown[],
): Raw | undefined => {
	const columns = connection.columns(table);
	const named = wanted.filter(name => columns.has(name));
	return connection
		.prepare(`SELECT ${['1 AS is_there', ...named].join(', ')} FROM ${table} WHERE ${where}`)
		.get(...values) as Raw | undefined;
};

/** A JSON array of texts, as `title_synonyms` is one; empty for anything else. */
const listOf = (value: unknown): readonly string[] => {
	try {
		const list: unknown = typeof value === 'string' ? JSON.parse(value) : [];
		return Array.isArray(list) ? list.filter(item => typeof item === 'string') : [];
	} catch {
		return [];
	}
};
