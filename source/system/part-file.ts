import fs from 'node:fs';
import {promisify} from 'node:util';
import {errorCode} from './files.ts';

/** A file that is being written at several places at once. Rejections carry Node's error with its `code`. */
export type PartFile = {
	/** Writes what is pushed in order from `start` (bytes) on. */
	writer(start: number, options: WriterOptions): SpanWriter;
	/** Resolves when everything that was written is on the disk. */
	sync(): Promise<void>;
	/** Makes the file exactly so long. */
	resize(size: number): Promise<void>;
	close(): Promise<void>;
};

export type WriterOptions = {
	/** So many bytes may wait before the writer asks for patience. */
	readonly highWater: number;
	/** Called when there is room again, and after an error. */
	readonly onDrain: () => void;
	/** Whether nobody else uses the memory of what is pushed, so that it may be given back as soon as it is written. */
	readonly isOwner: boolean;
};

export type SpanWriter = {
	/** False when enough waits. */
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
		writer: (start, options) => new QueuedWriter(fd, start, options),
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
	readonly #options: WriterOptions;
	#queue: Uint8Array[] = [];
	/** Bytes that were pushed and not yet written. */
	#waiting = 0;
	#isBusy = false;
	#isFull = false;
	#onIdle: Array<() => void> = [];

	constructor(fd: number, start: number, options: WriterOptions) {
		this.#fd = fd;
		this.written = start;
		this.#options = options;
	}

	push(chunk: Uint8Array): boolean {
		if (this.error !== undefined || chunk.length === 0) return true;
		this.#queue.push(chunk);
		this.#waiting += chunk.length;
		if (!this.#isBusy) this.#write();
		this.#isFull = this.#waiting >= this.#options.highWater;
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
			const rest = dropBytes(chunks, count);
			// A short count comes just before the disk is full; the next call then says so.
			if (rest.length > 0) this.#queue = [...rest, ...this.#queue];
			else if (this.#options.isOwner) for (const chunk of chunks) giveBack(chunk);
		}
		this.#isBusy = false;
		if (this.#queue.length > 0) this.#write();
		else for (const resolve of this.#onIdle.splice(0)) resolve();
		if (this.#isFull && this.#waiting < this.#options.highWater / 2) {
			this.#isFull = false;
			this.#options.onDrain();
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

/**
 * Frees the memory of a chunk at once. Left to the collector, dead buffers of 64 KiB pile up to 100 MB before it looks, and
 * each new one is a page fault: giving them back makes a download of 1 GiB take 20 MB instead of 90, and a third less CPU
 * (Node 24.21). Only buffers that one chunk fills to its end are freed: what follows in a buffer is not ours, and what is
 * less than half of one may lie in Node's common pool.
 */
const giveBack = ({buffer, byteOffset, byteLength}: Uint8Array): void => {
	const isAlone = byteOffset + byteLength === buffer.byteLength && byteLength > buffer.byteLength / 2;
	if (isAlone && buffer instanceof ArrayBuffer) buffer.transfer(0);
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

/** The names in a directory. */
export const listNames = (path: string): Promise<readonly string[]> => fs.promises.readdir(path);

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
export const removeFile = async (path: string): Promise<void> => {
	try {
		await fs.promises.unlink(path);
	} catch (error) {
		if (errorCode(error) !== 'ENOENT') throw error;
	}
};
