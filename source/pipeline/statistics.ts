import {setImmediate as nextTurn} from 'node:timers/promises';
import type {PipelineStatistics} from '../engine/ports.ts';
import {openPipeline, type Connection} from './connection.ts';
import {readStages} from './stages.ts';

/**
 * What the pipeline's documents ask of its database, as they ask it (004, "Monitoring and Statistics"); undefined where it
 * cannot be read now. Nothing is written.
 */
export const readStatistics = async (path: string): Promise<PipelineStatistics | undefined> => {
	let connection: Connection | undefined;
	try {
		connection = openPipeline(path, {isReadOnly: true});
		const stages = readCounts(connection);
		// Each of them reads the whole table: what runs gets its turn between them.
		await nextTurn();
		const sizes = readSizes(connection);
		await nextTurn();
		const series = readSeries(connection);
		await nextTurn();
		const topErrors = readErrors(connection);
		const failures = readFailures(connection);
		const selections = readSelections(connection);
		const {downloaded = 0, failed = 0} = stages;
		return {
			stages,
			success: {
				downloaded,
				failed,
				rate: downloaded + failed === 0 ? undefined : downloaded / (downloaded + failed),
				beyond: ['downloaded', 'transcribing', ...readStages].reduce((sum, stage) => sum + (stages[stage] ?? 0), 0),
			},
			sizes,
			series,
			topErrors,
			failures,
			selections,
		};
	} catch {
		return undefined;
	} finally {
		connection?.close();
	}
};

const readCounts = (connection: Connection): Readonly<Record<string, number>> =>
	Object.fromEntries(
		(
			connection.prepare('SELECT stage, count(*) AS count FROM jobs GROUP BY stage').all() as ReadonlyArray<{
				readonly stage: string;
				readonly count: number;
			}>
		).map(({stage, count}) => [stage, count]),
	);

const readSizes = (connection: Connection): PipelineStatistics['sizes'] => {
	if (!connection.columns('jobs').has('video_size_bytes')) return undefined;
	const row = connection
		.prepare(
			`SELECT avg(video_size_bytes) AS average, min(video_size_bytes) AS least, max(video_size_bytes) AS most
			FROM jobs WHERE video_size_bytes IS NOT NULL`,
		)
		.get() as {readonly average: number | null; readonly least: number; readonly most: number};
	return row.average === null ? undefined : {average: row.average, least: row.least, most: row.most};
};

const readSeries = (connection: Connection): PipelineStatistics['series'] => {
	const title = connection.columns('jobs').has('anime_title') ? 'anime_title' : "''";
	return connection
		.prepare(
			`SELECT ${title} AS title, count(*) AS episodes, sum(stage = 'downloaded') AS downloaded,
				sum(stage = 'failed') AS failed
			FROM jobs GROUP BY anime_id, ${title} ORDER BY downloaded DESC LIMIT 20`,
		)
		.all() as PipelineStatistics['series'];
};

const readErrors = (connection: Connection): PipelineStatistics['topErrors'] => {
	if (!connection.columns('jobs').has('error_message')) return [];
	const rows = connection
		.prepare(
			`SELECT error_message AS message, count(*) AS count FROM jobs WHERE stage = 'failed'
			GROUP BY error_message ORDER BY count DESC LIMIT 5`,
		)
		.all() as ReadonlyArray<{readonly message: string | null; readonly count: number}>;
	return rows.map(({message, count}) => ({message: message ?? '', count}));
};

const readFailures = (connection: Connection): PipelineStatistics['failures'] => {
	const columns = connection.columns('jobs');
	const title = columns.has('anime_title') ? 'anime_title' : "''";
	const message = columns.has('error_message') ? 'error_message' : 'NULL';
	const rows = connection
		.prepare(
			`SELECT ${title} AS title, episode, ${message} AS message FROM jobs WHERE stage = 'failed' ORDER BY id LIMIT 10`,
		)
		.all() as ReadonlyArray<{readonly title: unknown; readonly episode: unknown; readonly message: unknown}>;
	return rows.map(row => ({
		title: String(row.title ?? ''),
		episode: Number(row.episode),
		message: String(row.message ?? ''),
	}));
};

const readSelections = (connection: Connection): PipelineStatistics['selections'] => {
	if (!connection.columns('anime_selection_cache').has('confidence')) return undefined;
	return connection
		.prepare("SELECT count(*) AS total, coalesce(sum(confidence = 'high'), 0) AS high FROM anime_selection_cache")
		.get() as {readonly total: number; readonly high: number};
};
