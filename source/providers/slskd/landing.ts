import {createHash} from 'node:crypto';
import {dirname, join, sep} from 'node:path';
import type {Failure} from '../../domain/failure.ts';
import {removeFile} from '../../system/attempt-files.ts';
import {copyDurably, errorCode, lstatIfThere, realFiles, renameNoReplace} from '../../system/files.ts';
import {writeFailure} from '../supervision/tool-failure.ts';
import {partsOfPath} from '../../domain/ranking-text.ts';

/*
 * Brings a finished download into the job's own directory.
 */

/** What a candidate's file is called in the job's directory, so that it is known after a crash. */
export const artefactName = (source: string, file: string): string => {
	const {extension} = partsOfPath(file);
	const end = /^[a-z\d]{1,5}$/.test(extension) ? `.${extension}` : '';
	return `slskd-${createHash('sha256').update(source).digest('hex').slice(0, 16)}${end}`;
};

export type Landing = {
	/** On this machine. */
	readonly from: string;
	/** Folders of this machine in which slskd puts its files; a file that lies elsewhere is not touched. */
	readonly roots: readonly string[];
	readonly size: number;
	readonly directory: string;
	readonly name: string;
	/** Whether the file stays where it is: then a copy is made. */
	readonly isKept: boolean;
	readonly log: (line: string) => void;
};

export type Landed =
	| {readonly type: 'landed'}
	| {readonly type: 'absent'}
	/** It is no file of slskd's, or not the one that was asked for. */
	| {readonly type: 'wrong'; readonly reason: string}
	| {readonly type: 'failed'; readonly failure: Failure};

/** Moves or copies the file; what is there under its name is one that a crash left whole. */
export const land = async (landing: Landing): Promise<Landed> => {
	const {from, size, directory, name, isKept, log} = landing;
	try {
		const found = await lstatIfThere(from).catch((error: unknown) => {
			if (errorCode(error) === 'ENOTDIR') return undefined;
			throw error;
		});
		if (found === undefined) return {type: 'absent'};
		if (!found.isFile()) return {type: 'wrong', reason: 'what slskd has put there is no regular file'};
		if (!(await isInside(from, landing.roots))) {
			return {type: 'wrong', reason: `slskd has put it at ${from}, outside of its own downloads folder`};
		}

		if (Number(found.size) !== size) {
			return {type: 'wrong', reason: `${found.size} bytes came, ${size} were promised`};
		}

		const to = join(directory, name);
		if (!isKept && (await isMoved(from, to))) return {type: 'landed'};
		const isCopied = await copyDurably(from, to, join(directory, `.${name}.copy`));
		if (!isCopied && (await sizeIfThere(to)) !== size) throw new Error(`${name} is in the way`);
		if (!isKept) await letGo(from, found.ino, log);
		return {type: 'landed'};
	} catch (error) {
		return {type: 'failed', failure: writeFailure('slskd', error)};
	}
};

/** The size of an artefact that lies in the directory already. */
export const landedSize = async (directory: string, name: string): Promise<number | undefined> =>
	sizeIfThere(join(directory, name));

const sizeIfThere = async (path: string): Promise<number | undefined> => {
	const found = await lstatIfThere(path);
	return found?.isFile() === true ? Number(found.size) : undefined;
};

const isInside = async (path: string, roots: readonly string[]): Promise<boolean> => {
	const real = await realFiles.realpath(dirname(path));
	for (const root of roots) {
		const known = await realFiles.realpath(root).catch(() => undefined);
		if (known !== undefined && (real === known || real.startsWith(known + sep))) return true;
	}

	return false;
};

/** Whether a rename has done it: not across filesystems, and not where only slskd may write. */
const isMoved = async (from: string, to: string): Promise<boolean> => {
	try {
		return await renameNoReplace(from, to);
	} catch (error) {
		const code = errorCode(error) ?? '';
		if (['EXDEV', 'EACCES', 'EPERM', 'EROFS', 'EBUSY'].includes(code)) {
			// The new name may have been made before the old one could not be taken away.
			await removeFile(to);
			return false;
		}

		throw error;
	}
};

/** The copy is there: the original goes, where it still is the one that was copied and may be taken away. */
const letGo = async (from: string, inode: bigint, log: (line: string) => void): Promise<void> => {
	try {
		const now = await lstatIfThere(from);
		if (now?.ino === inode) await realFiles.unlink(from);
	} catch (error) {
		log(`slskd's own file stays at ${from}: it cannot be removed (${errorCode(error) ?? 'unknown'})`);
	}
};
