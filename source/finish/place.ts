import {basename, dirname, join, posix, resolve, sep} from 'node:path';
import type {BigIntStats} from 'node:fs';
import type {Failure} from '../domain/failure.ts';
import type {JobId, Placing} from '../domain/job.ts';
import type {MountPoint} from '../domain/mount.ts';
import {cleanText} from '../domain/text.ts';
import {
	copyFresh,
	entriesIfThere,
	errorCode,
	fsyncDirectory,
	lstatIfThere,
	renameNoReplace,
	roomIn,
	type FileOperations,
} from '../system/files.ts';
import {failureOfFile} from './file-failure.ts';
import {makeFolders} from './folders.ts';
import {readNote, temporaryName, writeNote, type Note} from './note.ts';
import {numberedPaths} from './target.ts';

/** The file's absolute path, or why it is not in its place. */
export type Placed = {readonly ok: true; readonly path: string} | {readonly ok: false; readonly failure: Failure};

/** One placing, with all that its steps need. */
type Work = {
	/** The storage root's real path. */
	readonly root: string;
	/** The job's own directory. */
	readonly directory: string;
	readonly artefact: string;
	/** An unfinished copy on the target's filesystem, relative to the root. */
	readonly temporary: string;
	readonly placing: Placing;
	readonly files: FileOperations;
};

/**
 * Puts the artefact under its name without ever replacing a file; durable when it resolves. It may be called again after
 * a crash at any point: what was placed already is found by its identity (or by the job's note, where it was copied) and
 * adopted. A name that somebody took meanwhile is numbered.
 */
export const placeArtefact = async (
	{storage, queue}: {readonly storage: string; readonly queue: string},
	directory: string,
	id: JobId,
	placing: Placing,
	files: FileOperations,
): Promise<Placed> => {
	try {
		return await carryOut(await workOf({storage, queue}, directory, id, placing, files));
	} catch (error) {
		const failure = failureOfFile(error, `placing ${cleanText(placing.target)} in ${storage}`);
		const elsewhere = failure.code === 'disk-full' ? await mountBelow(storage, placing.target, files) : undefined;
		return {ok: false, failure: elsewhere === undefined ? failure : {...failure, elsewhere}};
	}
};

/** Whether an earlier call has put the file in its place already. Rejects where nobody can look. */
export const isInPlace = async (
	where: {readonly storage: string; readonly queue: string},
	directory: string,
	id: JobId,
	placing: Placing,
	files: FileOperations,
): Promise<boolean> => {
	const work = await workOf(where, directory, id, placing, files);
	const found = await lstatIfThere(work.artefact, files);
	const note = await readNote(directory, posix.basename(work.temporary), files);
	return (await findPlaced(work, note, found !== undefined)) !== undefined;
};

const workOf = async (
	{storage, queue}: {readonly storage: string; readonly queue: string},
	directory: string,
	id: JobId,
	placing: Placing,
	files: FileOperations,
): Promise<Work> => {
	const artefact = resolve(directory, placing.artefact);
	if (!artefact.startsWith(directory + sep) || !isTarget(placing.target)) {
		throw new RangeError(`${placing.artefact} → ${placing.target} is no placing of job ${id}`);
	}

	const root = await files.realpath(storage);
	const temporary = posix.join(posix.dirname(placing.target), temporaryName(queue, id));
	return {root, directory, artefact, temporary, placing, files};
};

/** What is mounted below the storage, where the target goes. Looks at the folders that are there. */
const mountBelow = async (storage: string, target: string, files: FileOperations): Promise<MountPoint | undefined> => {
	let mount: MountPoint | undefined;
	try {
		let {dev} = await files.stat(storage);
		const components = target.split('/');
		for (let depth = 1; depth < components.length; depth++) {
			const folder = components.slice(0, depth).join('/');
			const found = await files.stat(join(storage, folder));
			if (found.dev === dev) continue;
			({dev} = found);
			mount = {id: String(dev), folder};
		}
	} catch {
		// A folder that is not there yet lies on the same filesystem as the one that it would be made in.
	}

	return mount;
};

const isTarget = (target: string): boolean => {
	const components = target.split('/');
	return (
		!components.some(component => ['', '.', '..'].includes(component)) &&
		!target.includes('\0') &&
		components[0]?.toLowerCase() !== '.tidegate'
	);
};

const carryOut = async (work: Work): Promise<Placed> => {
	const {files, artefact, placing} = work;
	const found = await lstatIfThere(artefact, files);
	const isWhole = found?.isFile() === true && Number(found.size) === placing.size;
	const note = await readNote(work.directory, posix.basename(work.temporary), files);
	// Only a crash leaves a second name of the artefact, no artefact, or a note.
	if (!isWhole || found.nlink > 1n || note !== undefined) {
		const earlier = await findPlaced(work, note, found !== undefined);
		if (earlier !== undefined) return adopt(work, earlier, found);
	}

	if (!isWhole) {
		const what = found === undefined ? 'is gone' : 'is not what was verified';
		return {ok: false, failure: {code: 'no-artefact', message: `the fetched file ${basename(artefact)} ${what}`}};
	}

	const obstacle = await makeFolders(work.root, placing.target, files);
	if (obstacle !== undefined) return {ok: false, failure: obstacle};
	await removePlaceholder(work, note);
	return (await link(work, artefact, undefined)) ?? (await copyThenLink(work));
};

const identityOf = (found: BigIntStats): string => `${found.dev}:${found.ino}`;

/** The file that an earlier call of this placing has put in place, under the target's name or a numbered one. */
const findPlaced = async (
	work: Work,
	note: Note | undefined,
	isArtefactThere: boolean,
): Promise<string | undefined> => {
	const {root, placing, files} = work;
	const folder = posix.dirname(placing.target);
	for (const entry of await entriesIfThere(join(root, folder), files)) {
		if (!entry.isFile()) continue;
		const path = posix.join(folder, entry.name);
		if (path === work.temporary) continue;
		const found = await lstatIfThere(join(root, path), files);
		if (found === undefined || Number(found.size) !== placing.size) continue;
		if (identityOf(found) === placing.identity || isNoted(note, path, found, isArtefactThere)) return path;
	}

	return undefined;
};

const isNoted = (note: Note | undefined, path: string, found: BigIntStats, isArtefactThere: boolean): boolean => {
	const target = note?.target;
	if (target === undefined || target.path !== path) return false;
	if (target.identity === identityOf(found)) return true;
	// A time proves less than an inode: only where the artefact has gone somewhere, and no inode is to be had.
	return target.isPlaceholder && !isArtefactThere && target.modified === Number(found.mtimeMs);
};

/** Takes what an earlier call has placed for the result, and removes what that call could not remove any more. */
const adopt = async (work: Work, path: string, artefact: BigIntStats | undefined): Promise<Placed> => {
	const {root, files} = work;
	await fsyncDirectory(dirname(join(root, path)), files);
	if (artefact !== undefined) await files.rm(work.artefact, {force: true});
	await files.rm(join(root, work.temporary), {force: true});
	return {ok: true, path: join(root, path)};
};

/** Removes the empty file that held the name when a crash came; the note proves that it is ours. */
const removePlaceholder = async (work: Work, note: Note | undefined): Promise<void> => {
	const {root, files} = work;
	if (note?.target?.isPlaceholder !== true) return;
	const path = join(root, note.target.path);
	const found = await lstatIfThere(path, files);
	if (found?.isFile() === true && found.size === 0n) await files.unlink(path);
};

/**
 * Gives `from` the first free name. Undefined where it is on another filesystem than the target.
 *
 * @param copied what `from` is where it is a copy: noted before the name is taken, since its identity is not in the placing
 */
const link = async (work: Work, from: string, copied: BigIntStats | undefined): Promise<Placed | undefined> => {
	const {root, directory, temporary, placing, files} = work;
	const source = copied ?? (await files.lstat(from, {bigint: true}));
	for (const path of numberedPaths(placing.target)) {
		const noted = (isPlaceholder: boolean): Promise<void> =>
			writeNote(
				directory,
				{temporary, target: {path, identity: identityOf(source), modified: Number(source.mtimeMs), isPlaceholder}},
				files,
			);
		if ((await lstatIfThere(join(root, path), files)) !== undefined) continue;
		if (copied !== undefined) await noted(false);
		try {
			if (await renameNoReplace(from, join(root, path), files, () => noted(true))) {
				return {ok: true, path: join(root, path)};
			}
		} catch (error) {
			if (errorCode(error) !== 'EXDEV' || copied !== undefined) throw error;
			return undefined;
		}
	}

	return {
		ok: false,
		failure: {code: 'destination-exists', message: `every numbered name of ${placing.target} is taken`},
	};
};

const noSpace = (): Error => Object.assign(new Error('there is no room for a copy'), {code: 'ENOSPC'});

/** Across filesystems: a whole and durable copy beside the target first, then its name, then the original goes. */
const copyThenLink = async (work: Work): Promise<Placed> => {
	const {root, directory, artefact, temporary, files} = work;
	const copy = join(root, temporary);
	await writeNote(directory, {temporary}, files);
	await files.rm(copy, {force: true});
	// Others may need what is left there, and a copy that breaks off takes it from them for a while.
	if ((await roomIn(dirname(copy), files)) < work.placing.size) throw noSpace();
	await copyFresh(artefact, copy, files);
	const placed = await link(work, copy, await files.lstat(copy, {bigint: true}));
	if (placed === undefined) throw new Error(`${temporary} is not on the filesystem of its own folder`);
	if (placed.ok) await files.rm(artefact, {force: true});
	else await files.rm(copy, {force: true});
	return placed;
};
