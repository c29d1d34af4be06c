import {join} from 'node:path';
import type {Failure} from '../domain/failure.ts';
import type {JobId} from '../domain/job.ts';
import {directorySize, entriesIfThere, errorCode, lstatIfThere, type FileOperations} from '../system/files.ts';
import {failureOfFile} from './file-failure.ts';
import {readNote, temporaryName} from './note.ts';

type Prepared = {readonly ok: true; readonly directory: string} | {readonly ok: false; readonly failure: Failure};

/**
 * The directories that jobs work in, `<storage>/.tidegate/<queue>/<id>/`: on the destination's filesystem, one for each job
 * of each queue that uses the storage.
 */
export const createPrivateDirectories = (
	{storage, queue}: {readonly storage: string; readonly queue: string},
	isMounted: (() => Promise<boolean>) | undefined,
	files: FileOperations,
) => {
	const common = join(storage, '.tidegate');
	const parent = join(common, queue);
	const directoryOf = (id: JobId): string => {
		if (!Number.isSafeInteger(id) || id < 0) throw new RangeError(`${String(id)} is no job id`);
		return join(parent, String(id));
	};

	return {
		directoryOf,
		/** Makes it or finds it, for this user's eyes only. The storage itself is never made here: it may be an absent mount. */
		async prepare(id: JobId): Promise<Prepared> {
			const directory = directoryOf(id);
			if (isMounted !== undefined && !(await isMounted())) {
				return {ok: false, failure: {code: 'volume-missing', message: `the volume of ${storage} is not mounted`}};
			}

			for (const path of [common, parent, directory]) {
				const failure = await makePrivate(path, files);
				if (failure !== undefined) return {ok: false, failure};
			}

			return {ok: true, directory};
		},
		sizeOf: (id: JobId): Promise<number> => directorySize(directoryOf(id), files),
		/** The jobs that have one; none where the storage cannot be looked at. */
		async directories(): Promise<readonly JobId[]> {
			try {
				const entries = await entriesIfThere(parent, files);
				const names = entries.filter(entry => entry.isDirectory()).map(({name}) => name);
				return names.filter(name => /^[1-9]\d{0,15}$/.test(name)).map(name => Number(name) as JobId);
			} catch (error) {
				if (errorCode(error) === undefined) throw error;
				return [];
			}
		},
		/**
		 * Removes it with all that it holds, and the unfinished copy that its note names. What cannot be removed stays: it is
		 * no reason to fail a job that has ended. Symbolic links are removed, never followed.
		 */
		async clear(id: JobId): Promise<void> {
			const directory = directoryOf(id);
			try {
				for (const path of [common, parent, directory]) if (!(await isOwnDirectory(path, files))) return;
				const note = await readNote(directory, temporaryName(queue, id), files);
				if (note !== undefined) await files.rm(join(storage, note.temporary), {force: true});
				await files.rm(directory, {recursive: true, force: true, maxRetries: 3});
			} catch (error) {
				if (errorCode(error) === undefined) throw error;
			}
		},
	};
};

/** Removes everything from a job's directory, so that the next attempt starts afresh. */
export const emptyDirectory = async (directory: string, files: FileOperations): Promise<void> => {
	for (const entry of await entriesIfThere(directory, files)) {
		await files.rm(join(directory, entry.name), {recursive: true, force: true, maxRetries: 3});
	}
};

const isOwnDirectory = async (path: string, files: FileOperations): Promise<boolean> =>
	(await lstatIfThere(path, files))?.isDirectory() ?? false;

const makePrivate = async (path: string, files: FileOperations): Promise<Failure | undefined> => {
	try {
		await files.mkdir(path, {mode: 0o700});
		return undefined;
	} catch (error) {
		if (errorCode(error) !== 'EEXIST') return failureOfFile(error, `making the folder ${path}`);
	}

	try {
		if (await isOwnDirectory(path, files)) return undefined;
	} catch (error) {
		return failureOfFile(error, `looking at ${path}`);
	}

	return {code: 'destination-exists', message: `${path} is no folder; tidegate needs that name for itself`};
};
