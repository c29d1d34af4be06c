import {mkdir, readFile, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {errorCode, writeAtomically} from './files.ts';

/**
 * Tells a storage folder from the empty directory that an unplugged disk leaves at its mount point: that one exists too,
 * and filling it would fill the system disk. The storage carries a mark, `.tidegate/volume.json`, and a note of it is
 * kept in the data directory, so that its absence is noticed after a restart as well.
 */
export type StorageMark = {
	/** The device number that the storage is on, or undefined while it is not there. */
	findDevice(): Promise<number | undefined>;
	/** The device that it was on when it was seen last, also before this start; undefined if it was never seen. */
	readonly lastDevice: number | undefined;
	/** Entries that the last walk through it has seen, also before this start. */
	readonly lastEntries: number | undefined;
	/** Keeps how many entries a walk has seen. */
	noteEntries(entries: number): Promise<void>;
};

type Seen = {readonly id: string | undefined; readonly device: number; readonly entries?: number};

export type StorageMarkOptions = {
	readonly path: string;
	/**
	 * A file outside the storage that remembers it over restarts, such as `<data>/volume.json`. Only where this is given, a
	 * storage folder that was never seen before is created; without it an absent one may be an unplugged one.
	 */
	readonly memory: string | undefined;
	readonly uniqueName: () => string;
};

/** Looks at a storage folder for the first time. Never rejects: a storage that cannot be reached is absent. */
export const openStorageMark = async (options: StorageMarkOptions): Promise<StorageMark> => {
	const {path, memory} = options;
	const marker = join(path, '.tidegate', 'volume.json');
	let seen = memory === undefined ? undefined : await readMemory(memory, path);
	if (seen === undefined && memory !== undefined) {
		await mkdir(path, {recursive: true}).catch(() => undefined);
	}

	let isConfirmed = false;
	const findDevice = async (): Promise<number | undefined> => {
		const device = await deviceOf(path);
		if (device === undefined || (isConfirmed && seen?.device === device)) return device;
		let id = await readMarker(marker);
		// On the device where it was, a mark that is gone was deleted: it is made again. On another one, nothing proves
		// that this is the storage. Devices are numbered anew when they are plugged in, hence the mark goes first.
		const isOurs = seen === undefined || id !== undefined ? isSame(id, seen, isConfirmed) : seen.device === device;
		if (!isOurs) return undefined;
		id ??= await writeMarker(marker, seen?.id ?? options.uniqueName());
		isConfirmed = true;
		seen = {...seen, id, device};
		if (memory !== undefined) await remember(memory, path, seen);
		return device;
	};

	await findDevice();
	return {
		findDevice,
		get lastDevice() {
			return seen?.device;
		},
		get lastEntries() {
			return seen?.entries;
		},
		async noteEntries(entries) {
			if (seen === undefined || seen.entries === entries) return;
			seen = {...seen, entries};
			if (memory !== undefined) await remember(memory, path, seen);
		},
	};
};

/** A marked folder is the storage; while the program runs it must carry the mark that it carried before. */
const isSame = (id: string | undefined, seen: Seen | undefined, isConfirmed: boolean): boolean =>
	!isConfirmed || id === seen?.id;

const deviceOf = async (path: string): Promise<number | undefined> => {
	try {
		const found = await stat(path);
		return found.isDirectory() ? found.dev : undefined;
	} catch {
		return undefined;
	}
};

const readJson = async (path: string): Promise<Record<string, unknown>> => {
	try {
		const value: unknown = JSON.parse(await readFile(path, 'utf8'));
		return typeof value === 'object' && value !== null ? {...value} : {};
	} catch {
		return {};
	}
};

const readMarker = async (path: string): Promise<string | undefined> => {
	const {id} = await readJson(path);
	return typeof id === 'string' && id !== '' ? id : undefined;
};

/** The id that the storage carries now, or undefined where it cannot be written to; it is used all the same. */
const writeMarker = async (path: string, id: string): Promise<string | undefined> => {
	try {
		await mkdir(dirname(path), {mode: 0o700}).catch((error: unknown) => {
			if (errorCode(error) !== 'EEXIST') throw error;
		});
		await writeAtomically(path, `${JSON.stringify({id})}\n`, 0o600);
		return id;
	} catch {
		return undefined;
	}
};

const readMemory = async (memory: string, path: string): Promise<Seen | undefined> => {
	const {storage, id, device, entries} = await readJson(memory);
	if (storage !== path || typeof device !== 'number') return undefined;
	return {id: typeof id === 'string' ? id : undefined, device, ...(typeof entries === 'number' ? {entries} : {})};
};

/** What cannot be kept now is kept at the next start. */
const remember = async (memory: string, path: string, seen: Seen): Promise<void> => {
	try {
		await writeAtomically(memory, `${JSON.stringify({storage: path, ...seen})}\n`, 0o600);
	} catch {
		// A full or read-only data directory must not keep the storage from being used.
	}
};
