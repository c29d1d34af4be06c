import fs from 'node:fs';
import {promisify} from 'node:util';

/** A file that is being written at several places at once. Rejections carry Node's error with its `code`. */
export type PartFile = {
	/** Writes what is pushed in order from `start` (bytes) on; `highWater` bytes may wait before it asks for patience. */
	writer(start: number, highWater: number, onDrain: () => void): SpanWriter;
	/** Resolves when everything that was written is on the disk. */
	sync(): Promise<void>;
	/** Makes the file exactly so long. */
	resize(size: number): Promise<void>;
	close(): Promise<void>;
};

export type SpanWriter = {
	/** False when enough waits; `onDrain` is called when there is room again. Takes ownership of the chunk. */
	push(chunk: Uint8Array): boolean;
	/** The end (exclusive) of what the operating system has taken. */
	readonly written: number;
	readonly error: NodeJS.ErrnoException | undefined;
	/** Resolves when nothing waits any more, also after an error. */
	idle(): Promise<void>;
};

/** Opens the file for writing, or makes it; `isKept` keeps what it holds. */
export const openPartFile = async (path: string, isKept: boolean): Promise<PartFile> => {
	const {O_CREAT, O_TRUNC, O_WRONLY, O_NOFOLLOW} = fs.constants;
	const fd = await promisify(fs.open)(path, O_CREAT | O_WRONLY | O_NOFOLLOW | (isKept ? 0 : O_TRUNC), 0o666);
	return {
		writer: (start, highWater, onDrain) => new QueuedWriter(fd, start, highWater, onDrain),
		sync: () => promisify(fs.fdatasync)(fd),
		resize: size => promisify(fs.ftruncate)(fd, size),
		close: () => promisify(fs.close)(fd),
	};
};

/**
 * A queue in front of `writev`: while one call is under way the next chunks gather, so that a fast line costs few calls.
 * A Writable would do the same with more allocations for each chunk; this is the path that every byte takes.
 */
class QueuedWriter implements SpanWriter {
	written: number;
	error: NodeJS.ErrnoException | undefined;
	readonly #fd: number;
	readonly #highWater: number;
	readonly #onDrain: () => void;
	#queue: Uint8Array[] = [];
	/** Bytes that were pushed and not yet written. */
	#waiting = 0;
	#isBusy = false;
	#isFull = false;
	#onIdle: Array<() => void> = [];

	constructor(fd: number, start: number, highWater: number, onDrain: () => void) {
		this.#fd = fd;
		this.written = start;
		this.#highWater = highWater;
		this.#onDrain = onDrain;
	}

	push(chunk: Uint8Array): boolean {
		if (this.error !== undefined || chunk.length === 0) return true;
		this.#queue.push(chunk);
		this.#waiting += chunk.length;
		if (!this.#isBusy) this.#write();
		this.#isFull = this.#waiting >= this.#highWater;
		return !this.#isFull;
	}

	idle(): Promise<void> {
		return this.#isBusy ? new Promise(resolve => this.#onIdle.push(resolve)) : Promise.resolve();
	}

	#write(): void {
		const chunks = this.#queue;
		this.#queue = [];
		this.#isBusy = true;
		fs.writev(this.#fd, chunks, this.written, (error, count) => this.#afterWrite(chunks, error, count));
	}

	#afterWrite(chunks: readonly Uint8Array[], error: NodeJS.ErrnoException | null, count: number): void {
		if (error !== null) {
			this.error = error;
			this.#queue = [];
			this.#waiting = 0;
		} else {
			this.written += count;
			this.#waiting -= count;
			// A short count comes just before the disk is full; the next call then says so.
			this.#queue = [...dropBytes(chunks, count), ...this.#queue];
		}
		this.#isBusy = false;
		if (this.#queue.length > 0) this.#write();
		else for (const resolve of this.#onIdle.splice(0)) resolve();
		if (this.#isFull && this.#waiting < this.#highWater / 2) {
			this.#isFull = false;
			this.#onDrain();
		}
	}
}

const dropBytes = (chunks: readonly Uint8Array[], count: number): readonly Uint8Array[] => {
	let left = count;
	for (const [index, chunk] of chunks.entries()) {
		if (left < chunk.length) return [chunk.subarray(left), ...chunks.slice(index + 1)];
		left -= chunk.length;
	}
	return [];
};

/** The text of a small file, or undefined where there is none, where it is too large or cannot be read. */
export const readSmallText = async (path: string, most: number): Promise<string | undefined> => {
	try {
		const info = await fs.promises.lstat(path);
		return info.isFile() && info.size <= most ? await fs.promises.readFile(path, 'utf8') : undefined;
	} catch {
		return undefined;
	}
};

/** Bytes of a regular file, or undefined where there is none. */
export const fileSize = async (path: string): Promise<number | undefined> => {
	try {
		const info = await fs.promises.lstat(path);
		return info.isFile() ? info.size : undefined;
	} catch {
		return undefined;
	}
};

/** Renames within one directory, over whatever has the name. */
export const renameFile = (from: string, to: string): Promise<void> => fs.promises.rename(from, to);

/** Removes a file if it is there. */
export const removeFile = (path: string): Promise<void> => fs.promises.rm(path, {force: true});
