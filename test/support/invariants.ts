import {existsSync} from 'node:fs';
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import Database from 'better-sqlite3';
import type {MediaRequest} from '../../source/demo/media-server.ts';
import {processTable} from './process-table.ts';
import {auditDatabase, filesBelow, privateDirectories, sha256Of} from './queue-audit.ts';

/** What is wrong after a crash, by kind; each entry is a sentence. */
export type Violations = {
	readonly lost: string[];
	readonly doubled: string[];
	readonly stuck: string[];
	readonly survivors: string[];
	readonly refetched: string[];
	/** Everything else that contradicts itself: counts, leftovers, spent attempts. */
	readonly other: string[];
};

export const noViolations = (): Violations => ({
	lost: [],
	doubled: [],
	stuck: [],
	survivors: [],
	refetched: [],
	other: [],
});

export const countOf = (violations: Violations): number =>
	Object.values(violations).reduce((sum, list) => sum + list.length, 0);

/** A file that has to be there in the end: its path below the storage, and its sum. */
export type Wanted = {readonly path: string; readonly sha256: string};

/**
 * Looks at the database, the file tree and the process table with nothing of what is judged: every job was completed
 * exactly once, is where its row says, and is what was asked for; nothing else is left anywhere.
 */
export const checkQueue = async (
	{database, storage}: {readonly database: string; readonly storage: string},
	wanted: readonly Wanted[],
	violations: Violations,
): Promise<void> => {
	const {jobs, contradictions} = auditDatabase(database);
	violations.other.push(...contradictions);
	const sums = new Map(wanted.map(({path, sha256}) => [join(storage, path), sha256]));
	const claimed = new Set<string>();
	for (const job of jobs) {
		const name = `job ${job.id} (${job.provider} ${job.title})`;
		if (job.attempts > 0) violations.other.push(`${name} has spent ${job.attempts} attempts`);
		if (job.status !== 'completed' || job.output_path === null) {
			violations.stuck.push(`${name} is ${job.status}: ${job.error_message ?? 'no error'}`);
			continue;
		}

		if (claimed.has(job.output_path)) violations.doubled.push(`${name} has the path of another: ${job.output_path}`);
		claimed.add(job.output_path);
		const sum = sums.get(job.output_path);
		if (!existsSync(job.output_path)) violations.lost.push(`${name}: ${job.output_path} is not there`);
		else if (sum === undefined) violations.doubled.push(`${name} is at ${job.output_path}, where nothing was expected`);
		else if ((await sha256Of(job.output_path)) !== sum) violations.lost.push(`${name}: ${job.output_path} is damaged`);
	}

	if (jobs.length !== wanted.length) violations.lost.push(`there are ${jobs.length} jobs instead of ${wanted.length}`);
	for (const path of await filesBelow(storage)) {
		if (!sums.has(join(storage, path))) violations.doubled.push(`there is a file too many: ${path}`);
	}

	for (const left of await privateDirectories(storage)) violations.other.push(`the folder of job ${left} is left`);
};

/** Processes that carry a token of this queue. */
export const processesOf = (queue: string): readonly string[] =>
	processTable()
		.filter(({token, state}) => token?.startsWith(`${queue}:`) === true && state !== 'Z')
		.map(({pid, name}) => `${name} (${pid})`);

/** The queue's own name, which its tokens begin with. */
export const queueNameOf = (database: string): string => {
	const connection = new Database(database, {readonly: true});
	try {
		return connection.prepare("SELECT value FROM settings WHERE key = 'queue'").pluck().get() as string;
	} finally {
		connection.close();
	}
};

/**
 * A whole file that was sent again after a good part of it had been sent already. What was sent in the first moments, before
 * anybody could note it, does not count; nor does an answer that was broken off at once (aria2 1.36.0 looks at the size of
 * a file in this way before it goes on with it).
 */
export const fetchedAnew = (requests: readonly MediaRequest[], worthKeeping: number): readonly string[] => {
	const found: string[] = [];
	const sent = new Map<string, number>();
	for (const {path, headers, bytes} of requests) {
		const before = sent.get(path) ?? 0;
		const isFromZero = headers['range'] === undefined || String(headers['range']).startsWith('bytes=0-');
		if (isFromZero && before >= worthKeeping && bytes >= worthKeeping / 2)
			found.push(`${path}: ${bytes} bytes from zero after ${before}`);
		sent.set(path, before + bytes);
	}

	return found;
};

/** What the built-in provider has noted of unfinished files, by their name: bytes that must not be fetched a second time. */
export const notedBytes = async (storage: string): Promise<ReadonlyMap<string, number>> => {
	const common = join(storage, '.tidegate');
	const noted = new Map<string, number>();
	for (const path of await readdir(common, {recursive: true}).catch(() => [])) {
		if (!path.endsWith('/.http-resume.json')) continue;
		const record = JSON.parse(await readFile(join(common, path), 'utf8')) as {
			readonly name: string;
			readonly done: ReadonlyArray<{readonly start: number; readonly end: number}>;
		};
		noted.set(
			record.name,
			record.done.reduce((sum, {start, end}) => sum + end - start, 0),
		);
	}

	return noted;
};

/** The tool's notes of how much it found at each start: never less than before. */
export const notesGoBack = async (file: string): Promise<string | undefined> => {
	const lines = (await readFile(file, 'utf8').catch(() => '')).trim().split('\n');
	const found = lines.map(line => (line === 'whole' ? Infinity : Number(line)));
	return found.some((bytes, index) => bytes < (found[index - 1] ?? 0)) ? lines.join(' ') : undefined;
};
