import {lstat} from 'node:fs/promises';
import type {Job} from '../domain/job.ts';

/** Whether the file of a completed job is where it was put, with the size that it had. */
export const fileIsThere = async ({outputPath, size}: Pick<Job, 'outputPath' | 'size'>): Promise<boolean> => {
	if (outputPath === undefined) return false;
	const found = await lstat(outputPath).catch(() => undefined);
	return found?.isFile() === true && found.size === size;
};
