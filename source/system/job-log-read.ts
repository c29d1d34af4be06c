import {constants} from 'node:fs';
import {open} from 'node:fs/promises';
import type {LogPage, LogRange} from '../engine/ports.ts';
import {baseOf, olderSuffix} from './job-log-format.ts';

/** Lines of one answer, at most. */
const mostLines = 10_000;

/** A stretch of the log: where it stands in the whole, and its bytes. */
type Part = {readonly offset: number; readonly text: Buffer};

/**
 * Lines of a job's log. `limit` and `tail` count lines, 10,000 at most; `next` is the byte behind the last line given.
 * What was dropped as too old is passed over; a log that is not there is empty.
 */
export const readLog = async (path: string, range: LogRange): Promise<LogPage> => {
	const current = await readPart(path);
	const older = await readPart(path + olderSuffix);
	const text = joined(older, current);
	if (text === undefined) return {lines: [], next: 'tail' in range ? 0 : range.from};
	return 'tail' in range ? lastLines(text, range.tail) : linesFrom(text, range.from, range.limit);
};

/** The older file counts only where the newer one continues it; an empty newer one is a rotation that a crash cut short. */
const joined = (older: Part | undefined, current: Part | undefined): Part | undefined => {
	if (older === undefined || current === undefined) return current ?? older;
	if (older.offset + older.text.length === current.offset) {
		return {offset: older.offset, text: Buffer.concat([older.text, current.text])};
	}

	return current.text.length === 0 ? older : current;
};

/** One of a log's two files, without its header and without a line that a crash has cut in half. */
export const readPart = async (path: string): Promise<Part | undefined> => {
	let handle;
	try {
		handle = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW);
	} catch {
		return undefined;
	}

	try {
		const base = await baseOf(handle);
		const bytes = await handle.readFile();
		const text = bytes.subarray(base.header);
		return {offset: base.offset, text: text.subarray(0, text.lastIndexOf('\n') + 1)};
	} finally {
		await handle.close();
	}
};

const split = (text: Buffer): string[] => (text.length === 0 ? [] : text.toString('utf8').slice(0, -1).split('\n'));

const clamp = (count: number): number => Math.min(Math.max(0, Math.floor(count)), mostLines);

const lastLines = ({offset, text}: Part, tail: number): LogPage => {
	let start = text.length;
	for (let left = clamp(tail); left > 0 && start > 0; left--) {
		// An offset below 0 would count from the end.
		start = start < 2 ? 0 : text.lastIndexOf('\n', start - 2) + 1;
	}

	return {lines: split(text.subarray(start)), next: offset + text.length};
};

const linesFrom = ({offset, text}: Part, from: number, limit: number): LogPage => {
	const end = offset + text.length;
	if (from >= end) return {lines: [], next: Math.max(end, 0)};
	let start = Math.max(0, from - offset);
	// A place inside a line is moved to the next one.
	if (start > 0 && text[start - 1] !== 0x0a) start = text.indexOf('\n', start) + 1;
	let stop = start;
	for (let left = clamp(limit); left > 0 && stop < text.length; left--) stop = text.indexOf('\n', stop) + 1;
	return {lines: split(text.subarray(start, stop)), next: offset + stop};
};
