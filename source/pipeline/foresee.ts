import {cpSync, existsSync, mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import type {Job} from '../domain/job.ts';
import {leavesTraces, openPipeline} from './connection.ts';
import {choose} from './feed.ts';
import {rowOfJob, toRequest} from './request.ts';
import {nextRows} from './rows.ts';
import {keyText} from './stages.ts';

/** A row that would be taken, or would be told why it is not. */
export type ForeseenRow = {
	readonly anime: number;
	readonly mal: number | undefined;
	readonly episode: number;
	readonly title: string;
	/** Why it would be set aside. */
	readonly skip: string | undefined;
};

/**
 * The rows that would be taken first, in their order, without those that are jobs already. Writes nothing to the database,
 * nor anything beside it.
 *
 * @throws Error in a sentence for people where the database cannot be read
 */
export const foreseeRows = (
	path: string,
	{
		limit,
		mal,
		jobs,
		output,
	}: {
		readonly limit: number;
		readonly mal: number | undefined;
		readonly jobs: ReadonlyArray<Pick<Job, 'provider' | 'options'>>;
		readonly output: string;
	},
): readonly ForeseenRow[] =>
	withoutTraces(path, place => {
		const connection = openPipeline(place, {isReadOnly: true});
		try {
			const known = new Set(jobs.flatMap(job => rowOfJob(job) ?? []).map(keyText));
			return choose(nextRows(connection, limit + known.size, mal), key => known.has(key), limit).map(row => {
				const request = toRequest(row, output);
				const isSkipped = 'skip' in request;
				return {
					anime: row.anime,
					mal: row.mal,
					episode: row.episode,
					title: isSkipped ? row.title : (request.title ?? row.title),
					skip: isSkipped ? request.skip : undefined,
				};
			});
		} finally {
			connection.close();
		}
	});

/** Hands over the database, or a copy of it where even a reader would leave files. */
const withoutTraces = <Result>(path: string, use: (path: string) => Result): Result => {
	if (!existsSync(path) || !leavesTraces(path)) return use(path);
	const folder = mkdtempSync(join(tmpdir(), 'tidegate-look-'));
	try {
		const copy = join(folder, basename(path));
		for (const end of ['', '-wal']) if (existsSync(`${path}${end}`)) cpSync(`${path}${end}`, `${copy}${end}`);
		return use(copy);
	} finally {
		rmSync(folder, {recursive: true, force: true});
	}
};
