import {constants} from 'node:fs';
import {open, type FileHandle} from 'node:fs/promises';
import type {LogPage, LogRange} from '../engine/ports.ts';
import {baseOf, longestLine, newline, olderSuffix} from './job-log-format.ts';

/** Lines of one answer, at most. */
const mostLines = 10_000;

/** Read at once, in bytes: about a page of lines. */
const chunkSize = 256 * 1024;

/**
 * Lines of a job's log. `limit` and `tail` count lines, 10,000 at most; `from` and `next` are the bytes before the first and
 * behind the last line given. What was dropped as too old is passed over; a log that is not there is empty. Only the part
 * that was asked for is read, so that the size of the log does not matter.
 */
export const readLog = async (path: string, range: LogRange): Promise<LogPage> => {
	const parts = await openParts(path);
	try {
		const text = joined(parts);
		if ('tail' in range) return await linesBefore(text, text.end, range.tail);
		return 'before' in range
			? await linesBefore(text, range.before, range.limit)
			: await linesFrom(text, range.from, range.limit);
	} finally {
		for (const part of parts) await part.handle.close();
	}
};

/** Where the text of a log's file begins and ends in the whole log; undefined where there is no such file. */
export const extentOf = async (path: string): Promise<{readonly start: number; readonly end: number} | undefined> => {
	const part = await openPart(path);
	await part?.handle.close();
	return part;
};

/** One of a log's two files, without its header and without a line that a crash has cut in half. */
type Part = {readonly handle: FileHandle; readonly header: number; readonly start: number; readonly end: number};

/** What can be read of the whole log, from its byte `start` up to `end`. */
type Text = {
	readonly start: number;
	readonly end: number;
	readonly read: (from: number, to: number) => Promise<Buffer>;
};

const openParts = async (path: string): Promise<readonly Part[]> => {
	// In the order in which lines move: one that is carried over to the older file meanwhile is seen twice rather than never.
	const current = await openPart(path);
	const older = await openPart(path + olderSuffix);
	return [older, current].filter(part => part !== undefined);
};

const openPart = async (path: string): Promise<Part | undefined> => {
	let handle;
	try {
		handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
	} catch {
		return undefined;
	}

	try {
		const {offset, header} = await baseOf(handle);
		const {size} = await handle.stat();
		const tail = await readAt(handle, Math.max(header, size - 2 * longestLine), size);
		const length = Math.max(0, size - header - (tail.length - (tail.lastIndexOf(newline) + 1)));
		return {handle, header, start: offset, end: offset + length};
	} catch (error) {
		await handle.close();
		throw error;
	}
};

/** The older file counts only where the newer one continues it; an empty newer one is a rotation that a crash cut short. */
const joined = (parts: readonly Part[]): Text => {
	const [older, current] = parts;
	if (older === undefined) return {start: 0, end: 0, read: async () => Buffer.alloc(0)};
	if (current === undefined) return textOf([older]);
	if (older.end === current.start) return textOf([older, current]);
	return textOf([current.end === current.start ? older : current]);
};

const textOf = (parts: readonly Part[]): Text => ({
	start: parts[0]?.start ?? 0,
	end: parts.at(-1)?.end ?? 0,
	async read(from, to) {
		const pieces: Buffer[] = [];
		for (const {handle, header, start, end} of parts) {
			const [first, last] = [Math.max(from, start), Math.min(to, end)];
			if (first < last) pieces.push(await readAt(handle, header + first - start, header + last - start));
		}

		return Buffer.concat(pieces);
	},
});

const readAt = async (handle: FileHandle, from: number, to: number): Promise<Buffer> => {
	const buffer = Buffer.alloc(Math.max(0, to - from));
	let done = 0;
	while (done < buffer.length) {
		const {bytesRead} = await handle.read(buffer, done, buffer.length - done, from + done);
		if (bytesRead === 0) break;
		done += bytesRead;
	}

	return buffer.subarray(0, done);
};

const split = (text: Buffer): string[] => (text.length === 0 ? [] : text.toString('utf8').slice(0, -1).split('\n'));

const clamp = (count: number): number => Math.min(Math.max(0, Math.floor(count)), mostLines);

/** The last lines that end at the byte `before` or earlier. */
const linesBefore = async (text: Text, before: number, limit: number): Promise<LogPage> => {
	const end = await lineStart(text, Math.min(before, text.end));
	let held: Buffer = Buffer.alloc(0);
	let left = clamp(limit);
	let from = end;
	// Each round looks at new bytes only: `from` is the start of the earliest line that is known to be wanted.
	for (let seen = end; left > 0 && seen > text.start;) {
		const earlier = Math.max(text.start, seen - chunkSize);
		const chunk = await text.read(earlier, seen);
		held = Buffer.concat([chunk, held]);
		let at = seen === end ? chunk.length - 1 : chunk.length;
		while (left > 0) {
			at = at <= 0 ? -1 : chunk.lastIndexOf(newline, at - 1);
			if (at === -1) break;
			from = earlier + at + 1;
			left--;
		}

		if (left > 0 && earlier === text.start) {
			from = text.start;
			left = 0;
		}

		seen = earlier;
	}

	return {lines: split(held.subarray(held.length - (end - from))), from, next: end};
};

/** The start of the line that this byte is in; the byte itself where it is one. */
const lineStart = async (text: Text, at: number): Promise<number> => {
	if (at <= text.start) return text.start;
	const first = Math.max(text.start, at - 2 * longestLine);
	const before = await text.read(first, at);
	return first + before.lastIndexOf(newline) + 1;
};

const linesFrom = async (text: Text, from: number, limit: number): Promise<LogPage> => {
	if (from >= text.end) return {lines: [], from: text.end, next: text.end};
	const start = from <= text.start ? text.start : await nextStart(text, from);
	const pieces: Buffer[] = [];
	let left = clamp(limit);
	let stop = start;
	for (let seen = start; left > 0 && seen < text.end;) {
		const chunk = await text.read(seen, Math.min(text.end, seen + chunkSize));
		if (chunk.length === 0) break;
		pieces.push(chunk);
		let at = 0;
		while (left > 0) {
			const found = chunk.indexOf(newline, at);
			if (found === -1) break;
			at = found + 1;
			stop = seen + at;
			left--;
		}

		seen += chunk.length;
	}

	return {lines: split(Buffer.concat(pieces).subarray(0, stop - start)), from: start, next: stop};
};

/** The start of the next line, where the byte is inside of one. */
const nextStart = async (text: Text, at: number): Promise<number> => {
	const around = await text.read(at - 1, Math.min(text.end, at + 2 * longestLine));
	return at + around.indexOf(newline);
};
