import {isAbsolute, join, posix} from 'node:path';
import type {JobId} from '../domain/job.ts';
import {errorCode, lstatIfThere, writeAtomically, type FileOperations} from '../system/files.ts';

/**
 * What a placing that takes more than one link is about to do, kept in the job's directory so that a crash in the middle
 * can be told from somebody else's file: an unfinished copy on another filesystem, or an empty file that holds the name.
 * Paths are relative to the storage root.
 */
export type Note = {
	/** An unfinished copy of ours, beside the target. */
	readonly temporary: string;
	/** The name that is being taken, and what proves that the file found there is ours. Undefined until it is known. */
	readonly target?: {
		readonly path: string;
		readonly identity: string;
		/** Modification time in milliseconds: the proof where the filesystem numbers its files anew at each mount (FAT). */
		readonly modified: number;
		/** An empty file may hold the name. */
		readonly isPlaceholder: boolean;
	};
};

/** What a job's unfinished copies are called: recognised after a crash, and hidden from media servers meanwhile. */
export const temporaryName = (queue: string, id: JobId): string => `.tidegate-${queue}-${id}.part`;

const noteName = '.placing.json';

export const writeNote = (directory: string, note: Note, files: FileOperations): Promise<void> =>
	writeAtomically(join(directory, noteName), JSON.stringify(note), 0o600, files);

/** No note is longer, in bytes. */
const longestNote = 64 * 1024;

/**
 * The note of an earlier placing, or undefined where there is none or it is no note of ours.
 *
 * @param name what this job's unfinished copies are called; a note that names another file is none
 */
export const readNote = async (directory: string, name: string, files: FileOperations): Promise<Note | undefined> => {
	try {
		const path = join(directory, noteName);
		const found = await lstatIfThere(path, files);
		if (found?.isFile() !== true || found.size > longestNote) return undefined;
		return parseNote(JSON.parse(await files.readFile(path, 'utf8')), name);
	} catch (error) {
		if (error instanceof SyntaxError || errorCode(error) !== undefined) return undefined;
		throw error;
	}
};

// The tool that worked in the directory could have written the file: it may name nothing outside the storage.
const isInside = (path: unknown): path is string =>
	typeof path === 'string' &&
	path !== '' &&
	!isAbsolute(path) &&
	!path.includes('\0') &&
	!path.split(/[/\\]/).includes('..');

const parseNote = (value: unknown, name: string): Note | undefined => {
	if (typeof value !== 'object' || value === null || !('temporary' in value)) return undefined;
	if (!isInside(value.temporary) || posix.basename(value.temporary) !== name) return undefined;
	const {temporary} = value;
	if (!('target' in value)) return {temporary};
	const {target} = value;
	if (typeof target !== 'object' || target === null) return undefined;
	if (!('path' in target && 'identity' in target && 'modified' in target && 'isPlaceholder' in target))
		return undefined;
	const {path, identity, modified, isPlaceholder} = target;
	if (!isInside(path) || typeof identity !== 'string' || typeof modified !== 'number') return undefined;
	return {temporary, target: {path, identity, modified, isPlaceholder: isPlaceholder === true}};
};
