import {chmod, copyFile, lstat, mkdir, readdir, realpath, rm, writeFile} from 'node:fs/promises';
import {join, resolve, sep} from 'node:path';

export type FoundFile = {
	/** Relative to the directory that was looked into. */
	readonly path: string;
	readonly size: number;
	/** When it was written last, in milliseconds since 1970. */
	readonly modifiedAt: number;
};

/** Regular files in a directory and below, 10,000 at most; symbolic links are not followed. Empty where there is nothing. */
export const listFiles = async (directory: string): Promise<readonly FoundFile[]> => {
	const found: FoundFile[] = [];
	const entries = await readdir(directory, {recursive: true, withFileTypes: true}).catch(() => []);
	for (const entry of entries) {
		if (!entry.isFile() || found.length >= 10_000) continue;
		const absolute = join(entry.parentPath, entry.name);
		// It may have been renamed since.
		const stats = await lstat(absolute).catch(() => undefined);
		if (stats === undefined) continue;
		found.push({path: absolute.slice(directory.length + 1), size: stats.size, modifiedAt: stats.mtimeMs});
	}

	return found;
};

/**
 * A regular file that really lies inside the directory, with its path relative to it; undefined also where a link leads
 * outside. `path` may be absolute or relative to the directory.
 */
export const fileInside = async (
	directory: string,
	path: string,
): Promise<{readonly path: string; readonly size: number} | undefined> => {
	try {
		const absolute = resolve(directory, path);
		const [root, real, stats] = await Promise.all([realpath(directory), realpath(absolute), lstat(absolute)]);
		if (!stats.isFile() || !real.startsWith(root + sep)) return undefined;
		return {path: real.slice(root.length + 1), size: stats.size};
	} catch {
		return undefined;
	}
};

/** Writes a file that nobody but this user can read, from its first byte on. */
export const writePrivateFile = async (path: string, text: string): Promise<void> => {
	await rm(path, {force: true});
	await writeFile(path, text, {mode: 0o600, flag: 'wx'});
};

/** Copies a file so that nobody but this user can read the copy. */
export const copyPrivateFile = async (from: string, to: string): Promise<void> => {
	await writePrivateFile(to, '');
	await copyFile(from, to);
	await chmod(to, 0o600);
};

/** Makes a directory that nobody but this user can look into, with its parents. */
export const makePrivateDirectory = async (path: string): Promise<void> => {
	await mkdir(path, {recursive: true, mode: 0o700});
};

/** Removes what lies in a directory; the directory itself stays. Symbolic links are removed, not followed. */
export const emptyFolder = async (directory: string): Promise<void> => {
	for (const name of await readdir(directory)) {
		await rm(join(directory, name), {recursive: true, force: true, maxRetries: 3});
	}
};

/** Removes a file, if it is there. */
export const removeFile = async (path: string): Promise<void> => rm(path, {force: true});
