import {lstat, realpath, unlink} from 'node:fs/promises';
import {sep} from 'node:path';
import type {Job} from '../domain/job.ts';
import type {JobStore} from '../engine/ports.ts';
import type {Link} from './link.ts';
import {readRows, type HeldRow} from './rows.ts';
import {jobsOf} from './settler.ts';
import type {Shared} from './shared.ts';
import {noteDeleted} from './writes.ts';

export type CleanupParts = {
	readonly link: Link;
	readonly shared: Shared;
	readonly store: JobStore;
	readonly storage: string;
	readonly say: (text: string) => void;
};

/** Rows that are looked at at once, and at most in one go: the rest is for the next time. */
const pageSize = 100;
const mostPages = 20;

/**
 * Deletes videos that a later stage has read, one by one. Only what both databases know as the same file: the row names the
 * path and the size, a completed job of ours has put a file of that size there, and it is there still, inside the storage.
 */
export const createCleanup = (parts: CleanupParts): (() => Promise<void>) => {
	const {link, shared} = parts;
	let after = 0;
	return async () => {
		let hasDeleted = false;
		for (let page = 0; page < mostPages && !shared.isStopping; page++) {
			const rows = (await link.use(connection => readRows(connection, after, pageSize)))?.result ?? [];
			const jobs = await jobsOf(parts, rows);
			for (const [index, row] of rows.entries()) {
				const job = jobs[index];
				if (job !== undefined && (await deleteVideo(parts, row, job))) hasDeleted = true;
			}

			// From the beginning again: rows that are passed today may be read tomorrow.
			after = rows.length < pageSize ? 0 : (rows.at(-1)?.id ?? 0);
			if (after === 0) break;
		}

		if (hasDeleted) await shared.engine?.send({type: 'measure-disk'});
	};
};

/** Whether row and job prove the same file. */
export const isProven = (
	row: Pick<HeldRow, 'path' | 'size'>,
	job: Pick<Job, 'status' | 'outputPath' | 'size'>,
): boolean =>
	job.status === 'completed' &&
	job.outputPath !== undefined &&
	job.outputPath === row.path &&
	job.size !== undefined &&
	job.size === row.size;

const deleteVideo = async ({link, storage, say}: CleanupParts, row: HeldRow, job: Job): Promise<boolean> => {
	if (!isProven(row, job)) return false;
	const {path} = row;
	try {
		const found = await lstat(path).catch(() => undefined);
		if (found !== undefined) {
			const [home, real] = await Promise.all([realpath(storage), realpath(path)]);
			if (!found.isFile() || found.size !== row.size || !real.startsWith(home + sep)) return false;
			await unlink(path);
			say(`deleted ${path}: a later stage of the pipeline has read it`);
		}

		await link.use(connection => connection.transact(() => noteDeleted(connection, row)));
		return found !== undefined;
	} catch (error) {
		say(`${path} cannot be deleted: ${error instanceof Error ? error.message : String(error)}`);
		return false;
	}
};
