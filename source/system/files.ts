import {constants, type StatsFs} from 'node:fs';
import * as fs from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';

/** The calls that change or look at files. Tests hand in others, to fail or to die between any two of them. */
export type FileOperations = Pick<
	typeof fs,
	| 'chmod'
	| 'copyFile'
	| 'link'
	| 'lstat'
	| 'mkdir'
	| 'open'
	| 'readdir'
	| 'readFile'
	| 'realpath'
	| 'rename'
	| 'rm'
	| 'stat'
	| 'statfs'
	| 'unlink'
>;

export const realFiles: FileOperations = fs;

/** The `code` of a Node error such as `ENOENT`, or undefined for anything else that was thrown. */
export const errorCode = (error: unknown): string | undefined =>
	error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;

/** What `lstat` says, or undefined where nothing has that name. Other errors are thrown. */
export const lstatIfThere = async (path: string, files: FileOperations = realFiles) => {
	try {
		return await files.lstat(path, {bigint: true});
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return undefined;
		throw error;
	}
};

/** Bytes that this user may still write below a directory; Infinity where the filesystem does not tell. */
export const roomIn = async (directory: string, files: FileOperations = realFiles): Promise<number> => {
	try {
		return freeOf(await files.statfs(directory)).free;
	} catch {
		return Infinity;
	}
};

/**
 * What `statfs` says, in bytes. `bavail`: what this user may still write; the rest is kept for root. Where blocks and
 * fragments differ in size (NFS, FUSE), counts are in fragments; Node before 24 does not tell them.
 */
export const freeOf = (found: StatsFs): {readonly free: number; readonly total: number} => {
	const unit = 'frsize' in found && typeof found.frsize === 'number' && found.frsize > 0 ? found.frsize : found.bsize;
	return {free: found.bavail * unit, total: found.blocks * unit};
};

// Filesystems that cannot do it say one of these (CIFS and some FUSE ones); their metadata is as durable as they make it.
const cannotSync = new Set(['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EISDIR', 'EPERM']);

/** Makes the names in a directory durable, where its filesystem can. */
export const fsyncDirectory = async (path: string, files: FileOperations = realFiles): Promise<void> => {
	try {
		await fsyncFile(path, files);
	} catch (error) {
		if (!cannotSync.has(errorCode(error) ?? '')) throw error;
	}
};

/** Makes the content of a file durable. */
export const fsyncFile = async (path: string, files: FileOperations = realFiles): Promise<void> => {
	const handle = await files.open(path, 'r');
	try {
		await handle.sync();
	} finally {
		await handle.close();
	}
};

// FAT and exFAT have no hard links (EPERM), others say so in other words; EMLINK: the file has all the links it may have.
const cannotLink = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * Gives a file another name in the same filesystem and never replaces what has that name already: false then. Durable
 * when it resolves. `link` and `unlink` do it: the first refuses atomically, and a crash between them leaves both names
 * of one file (Node has no `renameat2`). Where links are not to be had, an empty file made exclusively holds the name and
 * the rename replaces that; `beforePlaceholder` is called first, so that a caller can note what a crash would leave.
 * Rejects with EXDEV where the names are on different filesystems.
 */
export const renameNoReplace = async (
	from: string,
	to: string,
	files: FileOperations = realFiles,
	beforePlaceholder?: () => Promise<void>,
): Promise<boolean> => {
	try {
		await files.link(from, to);
	} catch (error) {
		const code = errorCode(error) ?? '';
		if (code === 'EEXIST') return false;
		if (!cannotLink.has(code)) throw error;
		return renameOverPlaceholder(from, to, files, beforePlaceholder);
	}

	// The new name is durable before the old one goes, so that a power cut leaves one of them.
	await fsyncDirectory(dirname(to), files);
	await files.unlink(from);
	return true;
};

const renameOverPlaceholder = async (
	from: string,
	to: string,
	files: FileOperations,
	beforePlaceholder: (() => Promise<void>) | undefined,
): Promise<boolean> => {
	// Asked before anything is noted, so that a note never names a file that was there before.
	if ((await lstatIfThere(to, files)) !== undefined) return false;
	await beforePlaceholder?.();
	try {
		const placeholder = await files.open(to, 'wx');
		await placeholder.close();
	} catch (error) {
		if (errorCode(error) === 'EEXIST') return false;
		throw error;
	}

	try {
		await files.rename(from, to);
	} catch (error) {
		await files.unlink(to);
		throw error;
	}

	await fsyncDirectory(dirname(to), files);
	return true;
};

/** Copies a file to a name that nothing has yet, its content durable when it resolves; leaves nothing behind when it fails. */
export const copyFresh = async (from: string, to: string, files: FileOperations = realFiles): Promise<void> => {
	try {
		await files.copyFile(from, to, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
		await fsyncFile(to, files);
	} catch (error) {
		if (errorCode(error) !== 'EEXIST') await files.rm(to, {force: true});
		throw error;
	}
};

/**
 * Copies a file across filesystems without ever showing an unfinished one: to `temporary` (beside `to`; replaced where
 * it exists), then under its name. False, and nothing left, where the name is taken. The original stays.
 */
export const copyDurably = async (
	from: string,
	to: string,
	temporary: string,
	files: FileOperations = realFiles,
): Promise<boolean> => {
	await files.rm(temporary, {force: true});
	await copyFresh(from, temporary, files);
	const isDone = await renameNoReplace(temporary, to, files);
	if (!isDone) await files.rm(temporary, {force: true});
	return isDone;
};

/** Replaces a small text file so that a reader or a power cut finds the old text or the new one, never a part. */
export const writeAtomically = async (
	path: string,
	text: string,
	mode = 0o600,
	files: FileOperations = realFiles,
): Promise<void> => {
	const temporary = join(dirname(path), `.${basename(path)}.new`);
	// One that a crash left may be a link to somewhere else: it goes, so that the exclusive open below makes it anew.
	await files.rm(temporary, {force: true});
	const handle = await files.open(temporary, 'wx', mode);
	try {
		await handle.writeFile(text);
		await handle.sync();
	} finally {
		await handle.close();
	}

	await files.rename(temporary, path);
	await fsyncDirectory(dirname(path), files);
};

/**
 * Bytes that lie under a directory: of each file its length, or what is allocated for it where that is less, so that the
 * holes of a sparse partial file do not count. Links are not followed; what vanishes meanwhile counts nothing.
 */
export const directorySize = async (path: string, files: FileOperations = realFiles): Promise<number> => {
	let sum = 0;
	const waiting = [path];
	for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
		for (const entry of await entriesIfThere(directory, files)) {
			const child = join(directory, entry.name);
			if (entry.isDirectory()) {
				waiting.push(child);
			} else if (entry.isFile()) {
				const found = await lstatIfThere(child, files);
				if (found !== undefined) sum += Math.min(Number(found.size), Number(found.blocks) * 512);
			}
		}
	}

	return sum;
};

/** The entries of a directory; none where it is not there. */
export const entriesIfThere = async (path: string, files: FileOperations = realFiles) => {
	try {
		return await files.readdir(path, {withFileTypes: true});
	} catch (error) {
		if (errorCode(error) === 'ENOENT') return [];
		throw error;
	}
};
