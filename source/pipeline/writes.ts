import type {Instant} from '../domain/time.ts';
import type {Connection} from './connection.ts';
import type {HeldRow} from './rows.ts';
import {beforeEnd, sqlTime, type OwnStage, type RowKey, type Tell} from './stages.ts';

/*
 * What is written to the pipeline: each statement names the row and the stage that it must have, so that what somebody else
 * has changed meanwhile is left alone.
 */

type Values = Readonly<Record<string, unknown>>;

/** Changes a row that is in one of these stages; whether there was one. */
const change = (
	connection: Connection,
	key: RowKey,
	from: readonly OwnStage[],
	values: Values,
	more: {readonly where?: string; readonly values?: readonly unknown[]; readonly retries?: number} = {},
): boolean => {
	const columns = connection.columns('jobs');
	const known = Object.entries(values).filter(([name]) => columns.has(name));
	const sets = known.map(([name]) => `${name} = ?`);
	const hasRetries = more.retries !== undefined && columns.has('retry_count');
	// Never fewer than were counted before: a repetition counts nothing twice.
	if (hasRetries) sets.push('retry_count = max(coalesce(retry_count, 0), ?)');
	const stages = from.map(stage => `'${stage}'`).join(', ');
	const {changes} = connection
		.prepare(
			`UPDATE jobs SET ${sets.join(', ')}
			WHERE anime_id = ? AND episode = ? AND stage IN (${stages}) ${more.where ?? ''}`,
		)
		.run(
			...known.map(([, value]) => value),
			...(hasRetries ? [more.retries] : []),
			key.anime,
			key.episode,
			...(more.values ?? []),
		);
	return changes > 0;
};

/** The stage of a row, undefined where there is no such row. */
export const stageOfRow = (connection: Connection, {anime, episode}: RowKey): string | undefined =>
	connection.prepare('SELECT stage FROM jobs WHERE anime_id = ? AND episode = ?').pluck().get(anime, episode) as
		string | undefined;

/**
 * Takes a queued row for an attempt that begins now, in one statement: of two downloaders one gets it. A row that has failed
 * in the words of `told` has failed with us, and its job was retried while nobody was there to say so.
 */
export const claimRow = (
	connection: Connection,
	key: RowKey,
	now: Instant,
	told: readonly string[],
): {readonly isOurs: true} | {readonly isOurs: false; readonly stage: string | undefined} => {
	const time = sqlTime(now);
	const values = {stage: 'downloading', started_at: time, updated_at: time, completed_at: null};
	return connection.transact(() => {
		if (change(connection, key, ['queued'], values)) return {isOurs: true};
		const isOurs =
			told.length > 0 &&
			connection.columns('jobs').has('error_message') &&
			change(connection, key, ['failed'], values, {
				where: `AND error_message IN (${told.map(() => '?').join(', ')})`,
				values: told,
			});
		return isOurs ? {isOurs} : {isOurs, stage: stageOfRow(connection, key)};
	});
};

/** Tells rows what became of them; inside a transaction of the caller's. */
export const tellRow = (connection: Connection, tell: Tell, now: Instant): boolean => {
	const {key, retries} = tell;
	const updated_at = sqlTime(now);
	switch (tell.stage) {
		case 'queued': {
			const error = tell.error ?? (tell.from.includes('failed') ? null : undefined);
			const values = {stage: 'queued', updated_at, ...(error === undefined ? {} : {error_message: error})};
			return change(connection, key, tell.from, values, {retries});
		}

		case 'downloaded':
			return change(
				connection,
				key,
				beforeEnd,
				{
					stage: 'downloaded',
					progress: 1,
					completed_at: sqlTime(tell.at),
					error_message: null,
					video_path: tell.path,
					video_size_bytes: tell.size,
					video_deleted: 0,
					...(tell.duration === undefined ? {} : {duration_seconds: Math.round(tell.duration)}),
					updated_at,
				},
				{retries},
			);
		case 'failed':
			return change(connection, key, beforeEnd, {stage: 'failed', error_message: tell.error, updated_at}, {retries});
	}
};

/** Notes how far a download is, 0 to 1; undefined: only that it is alive. */
export const noteProgress = (
	connection: Connection,
	key: RowKey,
	progress: number | undefined,
	now: Instant,
): boolean =>
	change(connection, key, ['downloading'], {
		updated_at: sqlTime(now),
		...(progress === undefined ? {} : {progress}),
		// Where there is no `updated_at`, something has to be set.
		stage: 'downloading',
	});

/** Gives back a row whose downloader is dead, unless somebody has touched it since it was looked at. */
export const giveBack = (connection: Connection, row: HeldRow, now: Instant): boolean =>
	change(
		connection,
		row,
		['downloading'],
		{stage: 'queued', updated_at: sqlTime(now)},
		connection.columns('jobs').has('updated_at') ? {where: 'AND updated_at IS ?', values: [row.updated]} : {},
	);

/** Notes that a video was deleted, unless the row is about another file by now. */
export const noteDeleted = (connection: Connection, {id, path}: HeldRow): void => {
	connection.prepare('UPDATE jobs SET video_deleted = 1 WHERE id = ? AND video_path = ?').run(id, path);
};
