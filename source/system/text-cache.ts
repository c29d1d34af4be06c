import {createHash} from 'node:crypto';
import {join} from 'node:path';
import type {Duration, Instant} from '../domain/time.ts';
import type {Clock} from '../engine/ports.ts';
import {entriesIfThere, errorCode, lstatIfThere, realFiles, writeAtomically, type FileOperations} from './files.ts';

/** Texts that are kept on the disk by a key, for a while. It is never in anybody's way: what fails counts as not kept. */
export type TextCache = {
	/** The text of the key where it is younger than this, else undefined. */
	read(key: string, lifetime: Duration): Promise<string | undefined>;
	/** Keeps a text; the oldest ones go where there are too many bytes. */
	write(key: string, text: string): Promise<void>;
};

export type TextCacheOrder = {
	/** Is made when it is first needed, for this user alone. */
	readonly directory: string;
	/** All files together, in bytes. */
	readonly mostBytes: number;
	readonly clock: Pick<Clock, 'now'>;
	readonly files?: FileOperations;
};

type Kept = {readonly key: string; readonly at: Instant; readonly text: string};

export const createTextCache = ({directory, mostBytes, clock, files = realFiles}: TextCacheOrder): TextCache => {
	const pathOf = (key: string): string => join(directory, `${createHash('sha256').update(key).digest('hex')}.json`);
	let bytes: number | undefined;
	let writing: Promise<void> = Promise.resolve();

	const keep = async (key: string, text: string): Promise<void> => {
		const kept = JSON.stringify({key, at: clock.now(), text} satisfies Kept);
		const size = Buffer.byteLength(kept);
		// One text may not push out all the others.
		if (size > mostBytes / 4) return;
		await files.mkdir(directory, {recursive: true, mode: 0o700});
		await writeAtomically(pathOf(key), kept, 0o600, files);
		bytes = (bytes ?? mostBytes) + size;
		if (bytes > mostBytes) bytes = await sweep(directory, mostBytes, files);
	};

	return {
		async read(key, lifetime) {
			try {
				const kept = keptIn(await files.readFile(pathOf(key), 'utf8'));
				if (kept === undefined || kept.key !== key) return undefined;
				const age = clock.now() - kept.at;
				// A clock that was set back makes nothing younger.
				return age >= 0 && age < lifetime ? kept.text : undefined;
			} catch (error) {
				if (errorCode(error) === undefined) throw error;
				return undefined;
			}
		},
		write(key, text) {
			writing = writing.then(() =>
				keep(key, text).catch((error: unknown) => {
					if (errorCode(error) === undefined) throw error;
				}),
			);
			return writing;
		},
	};
};

const keptIn = (text: string): Kept | undefined => {
	try {
		const {key, at, text: kept} = JSON.parse(text) as Partial<Record<keyof Kept, unknown>>;
		return typeof key === 'string' && typeof at === 'number' && typeof kept === 'string'
			? {key, at, text: kept}
			: undefined;
	} catch {
		return undefined;
	}
};

/** Removes the oldest files until a tenth of the room is free; the bytes that are left. */
const sweep = async (directory: string, mostBytes: number, files: FileOperations): Promise<number> => {
	const found: Array<{readonly path: string; readonly size: number; readonly changed: bigint}> = [];
	for (const {name} of await entriesIfThere(directory, files)) {
		const path = join(directory, name);
		const stat = await lstatIfThere(path, files);
		if (stat?.isFile() === true) found.push({path, size: Number(stat.size), changed: stat.mtimeNs});
	}

	let bytes = found.reduce((sum, {size}) => sum + size, 0);
	if (bytes <= mostBytes) return bytes;
	for (const {path, size} of found.toSorted((a, b) => (a.changed < b.changed ? -1 : a.changed > b.changed ? 1 : 0))) {
		if (bytes <= mostBytes * 0.9) break;
		await files.rm(path, {force: true});
		bytes -= size;
	}

	return bytes;
};
