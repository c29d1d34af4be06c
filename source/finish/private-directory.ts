import {join} from 'node:path';
import type {Failure} from '../domain/failure.ts';
import type {JobId} from '../domain/job.ts';
import type {StepId} from '../domain/undo.ts';
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

	const asideRoot = join(parent, 'aside');
	const stepDirectory = (step: StepId): string => {
		if (!Number.isSafeInteger(step) || step < 1) throw new RangeError(`${String(step)} is no step`);
		return join(asideRoot, String(step));
	};

	const removeWithCopy = async (directory: string, id: JobId): Promise<void> => {
		const note = await readNote(directory, temporaryName(queue, id), files);
		if (note !== undefined) await files.rm(join(storage, note.temporary), {force: true});
		await files.rm(directory, {recursive: true, force: true, maxRetries: 3});
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
		directories: async (): Promise<readonly JobId[]> => (await numbered(parent, files)) as JobId[],
		/**
		 * Removes it with all that it holds, and the unfinished copy that its note names. What cannot be removed stays: it is
		 * no reason to fail a job that has ended. Symbolic links are removed, never followed.
		 */
		async clear(id: JobId): Promise<void> {
			const directory = directoryOf(id);
			try {
				for (const path of [common, parent, directory]) if (!(await isOwnDirectory(path, files))) return;
				await removeWithCopy(directory, id);
			} catch (error) {
				if (errorCode(error) === undefined) throw error;
			}
		},
		/** Moves it to `aside/<step>/<id>/` beside it: one rename in one filesystem. */
		async setAside(id: JobId, step: StepId): Promise<void> {
			const directory = directoryOf(id);
			for (const path of [common, parent, directory]) if (!(await isOwnDirectory(path, files))) return;
			for (const path of [asideRoot, stepDirectory(step)]) {
				const failure = await makePrivate(path, files);
				if (failure !== undefined) throw new Error(failure.message);
			}

			await files.rename(directory, join(stepDirectory(step), String(id)));
		},
		/** An empty directory in its place gives way; one that holds something does not. */
		async bringBack(id: JobId, step: StepId): Promise<void> {
			await files.rename(join(stepDirectory(step), String(id)), directoryOf(id));
		},
		aside: async (step: StepId): Promise<readonly JobId[]> => (await numbered(stepDirectory(step), files)) as JobId[],
		asides: async (): Promise<readonly StepId[]> => (await numbered(asideRoot, files)) as number[] as StepId[],
		sizeAside: (step: StepId): Promise<number> => directorySize(stepDirectory(step), files),
		async dropAside(step: StepId): Promise<void> {
			const directory = stepDirectory(step);
			for (const path of [common, parent, asideRoot, directory]) if (!(await isOwnDirectory(path, files))) return;
			for (const id of await numbered(directory, files)) await removeWithCopy(join(directory, String(id)), id as JobId);
			await files.rm(directory, {recursive: true, force: true, maxRetries: 3});
		},
	};
};

/** Names in a directory that are numbers of ours; none where it cannot be looked at. */
const numbered = async (path: string, files: FileOperations): Promise<number[]> => {
	try {
		const entries = await entriesIfThere(path, files);
		const names = entries.filter(entry => entry.isDirectory()).map(({name}) => name);
		return names.filter(name => /^[1-9]\d{0,15}$/.test(name)).map(Number);
	} catch (error) {
		if (errorCode(error) === undefined) throw error;
		return [];
	}
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
