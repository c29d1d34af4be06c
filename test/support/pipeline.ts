import {copyFile, chmod, mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import Database from 'better-sqlite3';

/*
 * A database of the pipeline (GDA2025 `crates/shared/schema.sql` and the migration of `db.rs`), made of the columns that
 * those have. It knows nothing of the bridge.
 */

/** The shape that a new database has, and the one that a migrated one has. */
export type CacheShape = 'fresh' | 'migrated';

const jobs = `
CREATE TABLE anime (
	id INTEGER PRIMARY KEY AUTOINCREMENT, mal_id INTEGER UNIQUE NOT NULL, title TEXT NOT NULL, title_english TEXT,
	title_japanese TEXT, title_synonyms TEXT, type TEXT, episodes_total INTEGER, status TEXT, season TEXT, year INTEGER
);
CREATE TABLE jobs (
	id INTEGER PRIMARY KEY AUTOINCREMENT, anime_id INTEGER NOT NULL, anime_title TEXT NOT NULL, anime_title_english TEXT,
	mal_id INTEGER, episode INTEGER NOT NULL, season INTEGER, year INTEGER,
	stage TEXT NOT NULL DEFAULT 'queued' CHECK (stage IN ('queued', 'downloading', 'downloaded', 'transcribing',
		'transcribed', 'tokenizing', 'tokenized', 'analyzing', 'complete', 'failed')),
	progress REAL DEFAULT 0.0 CHECK (progress >= 0.0 AND progress <= 1.0),
	created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, updated_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP,
	started_at TIMESTAMP, completed_at TIMESTAMP, error_message TEXT, retry_count INTEGER DEFAULT 0,
	max_retries INTEGER DEFAULT 3, video_path TEXT, transcript_path TEXT, tokens_path TEXT, analysis_path TEXT,
	duration_seconds INTEGER, video_size_bytes INTEGER, audio_size_bytes INTEGER, transcript_size_bytes INTEGER,
	tokens_size_bytes INTEGER, word_count INTEGER, token_count INTEGER, video_deleted BOOLEAN DEFAULT 0,
	audio_deleted BOOLEAN DEFAULT 0, priority INTEGER DEFAULT 0, depends_on INTEGER,
	FOREIGN KEY (depends_on) REFERENCES jobs (id), FOREIGN KEY (anime_id) REFERENCES anime (id), UNIQUE (anime_id, episode)
);
CREATE INDEX idx_jobs_stage ON jobs (stage);
CREATE INDEX idx_jobs_anime_episode ON jobs (anime_id, episode);
CREATE INDEX idx_jobs_priority ON jobs (priority DESC, created_at);
CREATE INDEX idx_jobs_updated_at ON jobs (updated_at);
CREATE INDEX idx_jobs_mal_id ON jobs (mal_id);
CREATE TABLE workers (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	worker_type TEXT NOT NULL CHECK (worker_type IN ('downloader', 'transcriber', 'tokenizer', 'analyzer')),
	status TEXT CHECK (status IN ('idle', 'busy', 'error')), current_job_id INTEGER,
	last_heartbeat TIMESTAMP DEFAULT CURRENT_TIMESTAMP, FOREIGN KEY (current_job_id) REFERENCES jobs (id)
);
CREATE TRIGGER update_jobs_timestamp AFTER UPDATE ON jobs
BEGIN UPDATE jobs SET updated_at = CURRENT_TIMESTAMP WHERE id = NEW.id; END;
`;

const cache: Readonly<Record<CacheShape, string>> = {
	fresh: `CREATE TABLE anime_selection_cache (
		mal_id INTEGER PRIMARY KEY, anime_title TEXT NOT NULL, search_query TEXT NOT NULL, selected_index INTEGER NOT NULL,
		selected_title TEXT NOT NULL, confidence TEXT NOT NULL CHECK (confidence IN ('high', 'medium', 'low')), reason TEXT,
		created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, FOREIGN KEY (mal_id) REFERENCES anime (mal_id)
	)`,
	migrated: `CREATE TABLE anime_selection_cache (
		mal_id INTEGER PRIMARY KEY, anime_title TEXT NOT NULL, search_query TEXT NOT NULL, selected_index INTEGER NOT NULL,
		selected_title TEXT NOT NULL,
		confidence TEXT NOT NULL CHECK (confidence IN ('high', 'medium', 'low', 'no_candidates')), reason TEXT,
		mal_episodes INTEGER, selected_episodes INTEGER, episode_match TEXT,
		created_at TIMESTAMP DEFAULT CURRENT_TIMESTAMP, FOREIGN KEY (mal_id) REFERENCES anime (mal_id)
	)`,
};

export type Anime = {
	/** In MyAnimeList; the row's own number is another one. */
	readonly mal: number;
	readonly title: string;
	readonly episodes: number;
	readonly priority?: number;
	/** -1: there is none. `none`: the selector has not looked at it yet. Default: 1. */
	readonly selected?: number | 'none';
	readonly reason?: string;
};

export type PipelineRow = {
	readonly id: number;
	readonly anime_id: number;
	readonly mal_id: number;
	readonly episode: number;
	readonly anime_title: string;
	readonly stage: string;
	readonly progress: number;
	readonly started_at: string | null;
	readonly completed_at: string | null;
	readonly error_message: string | null;
	readonly retry_count: number;
	readonly video_path: string | null;
	readonly video_size_bytes: number | null;
	readonly video_deleted: number;
};

export type TestPipeline = {
	readonly path: string;
	readonly database: Database.Database;
	add(...series: readonly Anime[]): void;
	rows(where?: string): readonly PipelineRow[];
	row(mal: number, episode: number): PipelineRow;
	stages(): Readonly<Record<string, number>>;
};

/** Makes the database of a pipeline; who makes it closes it. */
export const makePipeline = (path: string, shape: CacheShape = 'migrated'): TestPipeline => {
	const database = new Database(path, {timeout: 5000});
	database.exec(jobs);
	database.exec(cache[shape]);
	return pipelineAt(path, database);
};

export const pipelineAt = (path: string, database: Database.Database): TestPipeline => {
	const addOne = ({mal, title, episodes, priority = 0, selected = 1, reason = 'the same'}: Anime): void => {
		const {lastInsertRowid: anime} = database
			.prepare(
				'INSERT INTO anime (mal_id, title, title_english, title_synonyms, episodes_total) VALUES (?, ?, ?, ?, ?)',
			)
			.run(mal, title, `${title} in English`, JSON.stringify([`${title}!`]), episodes);
		if (selected !== 'none') {
			database
				.prepare(
					`INSERT INTO anime_selection_cache
						(mal_id, anime_title, search_query, selected_index, selected_title, confidence, reason)
					VALUES (?, ?, ?, ?, ?, ?, ?)`,
				)
				.run(
					mal,
					title,
					title,
					selected,
					`${title} (${episodes} eps)`,
					selected < 0 ? 'no_candidates' : 'high',
					reason,
				);
		}

		const insert = database.prepare(
			'INSERT INTO jobs (anime_id, anime_title, mal_id, episode, priority) VALUES (?, ?, ?, ?, ?)',
		);
		for (let episode = 1; episode <= episodes; episode++) insert.run(anime, title, mal, episode, priority);
	};

	const rows = (where = '1'): readonly PipelineRow[] =>
		database.prepare(`SELECT * FROM jobs WHERE ${where} ORDER BY id`).all() as PipelineRow[];
	return {
		path,
		database,
		add: database.transaction((...series: readonly Anime[]) => {
			for (const anime of series) addOne(anime);
		}),
		rows,
		row(mal, episode) {
			const [found] = rows(`mal_id = ${mal} AND episode = ${episode}`);
			if (found === undefined) throw new Error(`there is no row for episode ${episode} of ${mal}`);
			return found;
		},
		stages: () =>
			Object.fromEntries(
				(
					database.prepare('SELECT stage, count(*) AS count FROM jobs GROUP BY stage').all() as ReadonlyArray<{
						readonly stage: string;
						readonly count: number;
					}>
				).map(({stage, count}) => [stage, count]),
			),
	};
};

const quick = fileURLToPath(new URL('../fixtures/tools/ani-cli-quick.sh', import.meta.url));

/** An ani-cli of its own in a folder, which notes what it has fetched there. */
export const quickAniCli = async (
	folder: string,
	bytes = 4096,
): Promise<{readonly command: string; fetched(): Promise<readonly string[]>}> => {
	await mkdir(folder, {recursive: true});
	const command = join(folder, 'ani-cli');
	await copyFile(quick, command);
	await chmod(command, 0o755);
	await writeFile(join(folder, 'bytes'), String(bytes));
	return {
		command,
		fetched: async () =>
			(await readFile(join(folder, 'fetched'), 'utf8').catch(() => '')).split('\n').filter(line => line !== ''),
	};
};

/** The configuration of a tidegate that serves a pipeline, without its `[data]`. */
export const pipelineToml = (database: string, command: string, more = ''): string => `
[pipeline]
database = ${JSON.stringify(database)}
poll_seconds = 0.2
[providers.ani-cli]
command = ${JSON.stringify(command)}
start_interval_seconds = 0
max_active = 8
[queue]
retry_base_seconds = 0.1
retry_cap_seconds = 0.2
${more}`;
