import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import type {JobId} from '../domain/job.ts';
import {cleanText, maskSecrets} from '../domain/text.ts';
import type {Clock, JobLog} from '../engine/ports.ts';
import {errorCode} from './files.ts';
import {appendLines} from './job-log-append.ts';
import {longestLine, newline, olderSuffix} from './job-log-format.ts';
import {readLog} from './job-log-read.ts';

export type JobLogOptions = {
	readonly directory: string;
	readonly clock: Clock;
	/** Bytes kept of each job, the newest; default 1 MiB. */
	readonly maxBytes?: number;
};

/** What is looked at of a line: masking and cleaning come before the cut, so that the cut cannot hide a secret from them. */
const longestRaw = 4 * longestLine;

/** Lines are written this often, in milliseconds, or as soon as a job has so many bytes of them. */
const flushInterval = 250;
const flushBytes = 64 * 1024;

/** A job whose lines come faster than the disk takes them loses those beyond this. */
const mostPending = 16 * flushBytes;

/** A line, or how many were lost at this place. */
type Entry = Buffer | number;

/** What a job's tools have said that is not on the disk yet. */
type Pending = {entries: Entry[]; bytes: number};

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
	let trouble: string | undefined;

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
			const {entries} = own;
			own.entries = [];
			own.bytes = 0;
			const lines = entries.map(entry => (typeof entry === 'number' ? lossLine(clock.now(), entry) : entry));
			const {written, error} = await appendLines(directory, pathOf(id), lines, fileLimit);
			trouble = error === undefined ? undefined : troubleOf(directory, error);
			// What came meanwhile stands behind what was lost now.
			addLoss(own, 'first', sumOf(entries.slice(written)));
			if (own.entries.length === 0) pending.delete(id);
		});

	const flushAll = async (): Promise<void> => {
		cancelTimer?.();
		cancelTimer = undefined;
		await Promise.all([...pending.keys()].map(id => flushJob(id)));
		await queue;
	};

	return {
		write(id, text) {
			const own = pending.get(id) ?? {entries: [], bytes: 0};
			pending.set(id, own);
			if (own.bytes >= mostPending) {
				addLoss(own, 'last', 1);
				return;
			}

			const line = lineOf(clock.now(), text);
			own.entries.push(line);
			const wasSmall = own.bytes < flushBytes;
			own.bytes += line.length;
			if (wasSmall && own.bytes >= flushBytes) void flushJob(id);
			cancelTimer ??= clock.at(clock.now() + flushInterval, () => void flushAll());
		},
		async read(id, range) {
			await flushJob(id);
			return inTurn(() => readLog(pathOf(id), range));
		},
		trouble: () => trouble,
		flush: flushAll,
		async remove(id) {
			pending.delete(id);
			await inTurn(async () => {
				for (const path of [pathOf(id), pathOf(id) + olderSuffix]) await rm(path, {force: true}).catch(() => undefined);
			});
		},
		async kept() {
			const names = await readdir(directory).catch(() => []);
			const ids = names.map(name => /^(\d{1,15})\.log(?:\.1)?$/.exec(name)?.[1]).filter(id => id !== undefined);
			return [...new Set(ids)].map(id => Number(id) as JobId);
		},
		close: flushAll,
	};
};

const troubleOf = (directory: string, error: unknown): string => {
	const code = errorCode(error) ?? 'unknown error';
	const why = code === 'ENOSPC' || code === 'EDQUOT' ? 'no space is left there' : code;
	return `the jobs' logs cannot be written in ${directory}: ${why}`;
};

const sumOf = (entries: readonly Entry[]): number =>
	entries.reduce<number>((sum, entry) => sum + (typeof entry === 'number' ? entry : 1), 0);

/** Notes lost lines at one end of what is pending; neighbouring losses are one. */
const addLoss = (own: Pending, end: 'first' | 'last', count: number): void => {
	if (count === 0) return;
	const index = end === 'first' ? 0 : own.entries.length - 1;
	const neighbour = own.entries[index];
	if (typeof neighbour === 'number') own.entries[index] = neighbour + count;
	else if (end === 'first') own.entries.unshift(count);
	else own.entries.push(count);
};

const lossLine = (now: number, count: number): Buffer =>
	lineOf(now, count === 1 ? 'one line was lost here' : `${count} lines were lost here`);

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
