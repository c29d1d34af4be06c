import {constants} from 'node:fs';
import {mkdir, open, rename, rm, type FileHandle} from 'node:fs/promises';
import {join} from 'node:path';
import type {JobId} from '../domain/job.ts';
import {cleanText, maskSecrets} from '../domain/text.ts';
import type {Clock, JobLog} from '../engine/ports.ts';
import {readLog, readPart} from './job-log-read.ts';
import {headerOf, olderSuffix} from './job-log-format.ts';

export type JobLogOptions = {
	readonly directory: string;
	readonly clock: Clock;
	/** Bytes kept of each job, the newest; default 1 MiB. */
	readonly maxBytes?: number;
};

/** A line is never longer than this, in bytes. */
const longestLine = 4096;

/** What is looked at of a line: masking and cleaning come before the cut, so that the cut cannot hide a secret from them. */
const longestRaw = 4 * longestLine;

/** Lines are written this often, in milliseconds, or as soon as a job has so many bytes of them. */
const flushInterval = 250;
const flushBytes = 64 * 1024;

/** A job whose lines come faster than the disk takes them loses those beyond this. */
const mostPending = 16 * flushBytes;

/** Lines of a job that are not on the disk yet, and how many were lost since the last that got there. */
type Pending = {lines: Buffer[]; bytes: number; lost: number};

/**
 * Logs of jobs, one file each (`<id>.log`, and `<id>.log.1` with what was before), for this user's eyes only. Writing
 * never waits, throws or fails a job: lines that the disk does not take are dropped, and their number is told in the log
 * when it takes some again. One file is open at a time.
 */
export const createJobLog = (options: JobLogOptions): JobLog => {
	const {directory, clock} = options;
	const fileLimit = Math.max(2 * longestLine, Math.floor((options.maxBytes ?? 1024 * 1024) / 2));
	const pending = new Map<JobId, Pending>();
	const pathOf = (id: JobId): string => join(directory, `${id}.log`);
	let queue: Promise<unknown> = Promise.resolve();
	let cancelTimer: (() => void) | undefined;

	/** Reads and writes of all jobs, one after the other. */
	const inTurn = <Result>(action: () => Promise<Result>): Promise<Result> => {
		const result = queue.then(action);
		queue = result.catch(() => undefined);
		return result;
	};

	const flushJob = (id: JobId): Promise<void> =>
		inTurn(async () => {
			const own = pending.get(id);
			if (own === undefined) return;
			const lines = own.lines;
			own.lines = [];
			own.bytes = 0;
			const told =
				own.lost === 0 ? [] : [lineOf(clock.now(), `${own.lost} lines were lost here: they could not be written`)];
			const written = await appendLines(directory, pathOf(id), [...told, ...lines], fileLimit);
			if (written >= told.length) own.lost = 0;
			own.lost += lines.length - Math.max(0, written - told.length);
			if (own.lines.length === 0 && own.lost === 0) pending.delete(id);
		});

	const flushAll = async (): Promise<void> => {
		cancelTimer?.();
		cancelTimer = undefined;
		await Promise.all([...pending.keys()].map(id => flushJob(id)));
		await queue;
	};

	return {
		write(id, text) {
			const own = pending.get(id) ?? {lines: [], bytes: 0, lost: 0};
			pending.set(id, own);
			if (own.bytes >= mostPending) {
				own.lost++;
				return;
			}

			const line = lineOf(clock.now(), text);
			own.lines.push(line);
			const wasSmall = own.bytes < flushBytes;
			own.bytes += line.length;
			if (wasSmall && own.bytes >= flushBytes) void flushJob(id);
			cancelTimer ??= clock.at(clock.now() + flushInterval, () => void flushAll());
		},
		async read(id, range) {
			await flushJob(id);
			return inTurn(() => readLog(pathOf(id), range));
		},
		flush: flushAll,
		async remove(id) {
			pending.delete(id);
			await inTurn(async () => {
				for (const path of [pathOf(id), pathOf(id) + olderSuffix]) await rm(path, {force: true}).catch(() => undefined);
			});
		},
		close: flushAll,
	};
};

/** One line as it stands in the file: the time, then the text without controls and secrets, cut where it is too long. */
const lineOf = (now: number, text: string): Buffer => {
	const plain = maskSecrets(cleanText(text.slice(0, longestRaw)));
	const line = Buffer.from(`${new Date(now).toISOString()} ${plain}`);
	if (line.length < longestLine) return Buffer.concat([line, newline]);
	// Cut by bytes, then without the character that the cut may have split.
	const cut = line
		.subarray(0, longestLine - 4)
		.toString('utf8')
		.replace(/\uFFFD+$/, '');
	return Buffer.from(`${cut}…\n`);
};

const newline = Buffer.from('\n');

/** Appends lines, rotating where the file would grow beyond its limit. Returns how many are on the disk. Never rejects. */
const appendLines = async (
	directory: string,
	path: string,
	lines: readonly Buffer[],
	limit: number,
): Promise<number> => {
	let written = 0;
	try {
		await mkdir(directory, {recursive: true, mode: 0o700});
		while (written < lines.length) {
			const taken = await appendToFile(path, lines.slice(written), limit);
			written += taken;
		}
	} catch {
		// A full disk or a folder that is gone: the caller counts what is missing.
	}

	return written;
};

/** Appends as many lines as the file may still take, at least one; makes room first where it may take none. */
const appendToFile = async (path: string, lines: readonly Buffer[], limit: number): Promise<number> => {
	let handle = await openOwn(path);
	try {
		let size = await endOfLastLine(handle);
		if (size > 0 && size + (lines[0]?.length ?? 0) > limit) {
			await handle.close();
			await rename(path, path + olderSuffix);
			handle = await openOwn(path);
			size = 0;
		}

		if (size === 0) size = await beginFile(handle, path);
		const fitting: Buffer[] = [];
		let end = size;
		for (const line of lines) {
			if (fitting.length > 0 && end + line.length > limit) break;
			fitting.push(line);
			end += line.length;
		}

		await writeAt(handle, Buffer.concat(fitting), size);
		return fitting.length;
	} finally {
		await handle.close();
	}
};

/** Says where a new file stands, if there is an older one. Returns the bytes that this took. */
const beginFile = async (handle: FileHandle, path: string): Promise<number> => {
	const older = await readPart(path + olderSuffix);
	if (older === undefined) return 0;
	const header = headerOf(older.offset + older.text.length);
	await writeAt(handle, header, 0);
	return header.length;
};

// Not for appending: what a full disk has cut in half is written over. A link under that name is not followed.
const openOwn = (path: string): Promise<FileHandle> =>
	open(path, constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW, 0o600);

/** Where to go on: behind the last whole line. */
const endOfLastLine = async (handle: FileHandle): Promise<number> => {
	const {size} = await handle.stat();
	const start = Math.max(0, size - 2 * longestLine);
	const {buffer, bytesRead} = await handle.read(Buffer.alloc(size - start), 0, size - start, start);
	const end = start + buffer.subarray(0, bytesRead).lastIndexOf(newline) + 1;
	if (end < size) await handle.truncate(end);
	return end;
};

const writeAt = async (handle: FileHandle, data: Buffer, position: number): Promise<void> => {
	try {
		let done = 0;
		while (done < data.length) {
			const {bytesWritten} = await handle.write(data, done, data.length - done, position + done);
			done += bytesWritten;
		}
	} catch (error) {
		// Half a batch would be told as lost and stand there all the same.
		await handle.truncate(position).catch(() => undefined);
		throw error;
	}
};
