import {join} from 'node:path';
import type {Clock, RunContext, RunOutcome} from '../../engine/ports.ts';
import type {Failure} from '../../domain/failure.ts';
import type {Duration} from '../../domain/time.ts';
import type {HttpBody} from '../../system/http.ts';
import {fileSize, openPartFile, renameFile, type PartFile} from '../../system/part-file.ts';
import {isWebPageAddress, type Address} from './address.ts';
import {ask, type AskSetup} from './ask.ts';
import {diskFailure} from './failures.ts';
import {dropKept, partName, partPath, saveKept} from './kept.ts';
import {conditionOf} from './request.ts';
import {bytesIn, joinSpans, type ResumeRecord, type Span} from './segments.ts';
import {Transfer} from './transfer.ts';

export type FetchOptions = Omit<AskSetup, 'log' | 'clock' | 'home'> & {
	readonly clock: Pick<Clock, 'now' | 'at'>;
	readonly segments: number;
	readonly segmentThreshold: number;
	readonly checkpointEvery: Duration;
};

/** One attempt at one file. */
export type Attempt = {
	readonly options: FetchOptions;
	/** What the record calls the source. */
	readonly key: string;
	readonly first: Address;
	readonly context: RunContext;
	/** What lay in the directory when the attempt began. */
	readonly names: ReadonlySet<string>;
	/** Whether there is a resume record now. */
	hasRecord: boolean;
};

/** An answer that brings bytes of the file. */
export type Download = {
	/** What is known of the file; `done` lies on the disk. */
	readonly record: ResumeRecord;
	/** Who answered. */
	readonly address: Address;
	readonly body: HttpBody;
	/** What is missing, cut; the body begins with the first. */
	readonly pieces: readonly Span[];
	/** Whether the body is one span, so that others may be asked for at once. */
	readonly isServingSpans: boolean;
};

/** How requests are made in this attempt. */
export const askSetup = ({options, context, first}: Attempt): AskSetup => ({
	...options,
	home: new URL(first.url).origin,
	log: context.log,
});

/** The attempt's end in a failure. */
export const failed = (failure: Failure): RunOutcome => ({type: 'failed', failure});

/** Fetches what the record lacks, beginning with the body at hand, and settles the attempt. */
export const download = async (
	attempt: Attempt,
	{record, address, body, pieces, isServingSpans}: Download,
): Promise<RunOutcome> => {
	const {options, context} = attempt;
	const {directory, signal, rateLimit} = context;
	const {total, done, validator} = record;
	const isResumable = conditionOf(validator) !== undefined;
	const part = await openPartFile(partPath(directory, record.name), done.length > 0).catch((error: unknown) => {
		body.stop();
		throw error;
	});
	const keep = async (spans: readonly Span[]): Promise<void> => {
		await part.sync();
		attempt.hasRecord = true;
		await saveKept(directory, {...record, done: spans});
	};
	context.report({title: record.name, bytes: bytesIn(done), ...(total === undefined ? {} : {total})});
	const transfer = new Transfer({
		part,
		done,
		pieces,
		total,
		validator,
		connections: Math.max(1, Math.min(options.segments, pieces.length)),
		isServingSpans,
		rateLimit,
		clock: options.clock,
		signal,
		ask: (wish, stop) => ask(askSetup(attempt), address, wish, stop),
		onProgress: bytes => context.report({bytes, ...(total === undefined ? {} : {total})}),
		checkpointEvery: options.checkpointEvery,
		// A checkpoint that fails costs nothing but what a crash would have to fetch again.
		checkpoint: spans => (isResumable ? keep(spans).catch(() => undefined) : Promise.resolve()),
	});
	context.onRateLimit?.(rate => transfer.limit(rate));
	const end = await transfer.run(body, isServingSpans ? (pieces[0]?.end ?? 0) : (total ?? Infinity));
	if (end.type === 'whole') {
		if (end.total >= worthRemembering) await part.sync().finally(() => part.close());
		else await part.close();
		return finish(attempt, {...record, total: end.total, done: end.done});
	}
	const isWorthless = end.type === 'failed' && end.failure.code === 'source-changed';
	if (!isResumable || isWorthless) {
		await part.close();
		await dropKept(directory, [partName(record.name)]);
	} else {
		const kept = keepAtLast(part, keep, end.done).finally(() => part.close());
		// Who stops an attempt waits for it, so a slow disk gets less time than it may want; then the last record stays.
		await (end.type === 'stopped' ? withinPatience(kept, options.clock) : kept);
	}
	return end.type === 'stopped' ? {type: 'stopped'} : failed(end.failure);
};

/** Writes the record at the end of an attempt; on a full disk, room for it is made by giving up the last bytes. */
const keepAtLast = async (
	part: PartFile,
	keep: (spans: readonly Span[]) => Promise<void>,
	done: readonly Span[],
): Promise<void> => {
	try {
		await keep(done);
	} catch (error) {
		const last = done.at(-1);
		if (diskFailure(error).code !== 'disk-full' || last === undefined) return;
		const end = Math.max(last.start, last.end - roomForRecord);
		try {
			await part.resize(end);
			await keep(joinSpans([...done.slice(0, -1), {start: last.start, end}]));
		} catch {
			// The record before this one is still true.
		}
	}
};

const roomForRecord = 256 * 1024;
const patience = 800;

const withinPatience = (work: Promise<void>, clock: Pick<Clock, 'now' | 'at'>): Promise<void> =>
	new Promise(resolve => {
		const takeBack = clock.at(clock.now() + patience, resolve);
		void work
			.catch(() => undefined)
			.then(() => {
				takeBack();
				return resolve();
			});
	});

/** Below this, fetching a file again costs less than making its record durable. */
const worthRemembering = 64 * 1024;

/**
 * Gives the whole file its name. Its record stays until the directory is cleared: after a crash between here and the placing,
 * the file is known by it and not fetched again.
 */
export const finish = async (attempt: Attempt, record: ResumeRecord): Promise<RunOutcome> => {
	const {context, first} = attempt;
	const {name, total: size = 0} = record;
	const path = join(context.directory, name);
	const unfinished = partPath(context.directory, name);
	const found = await fileSize(unfinished);
	if (found !== undefined) {
		if (found < size) {
			await dropKept(context.directory, [partName(name)]);
			return failed({code: 'wrong-size', message: `the part file has ${found} bytes where ${size} were written`});
		}
		// An earlier attempt at a longer file may have left something behind the end.
		if (found > size) await cutFile(unfinished, size);
		await rememberWhole(attempt, record);
		await renameFile(unfinished, path);
	}
	context.report({bytes: size, total: size});
	return {type: 'fetched', path: name, name, size, isWebPageExpected: isWebPageAddress(first.url, name)};
};

/** Without a record nothing is lost but time, so that a full disk is no reason to fail here. */
const rememberWhole = async (attempt: Attempt, record: ResumeRecord): Promise<void> => {
	const {directory} = attempt.context;
	const {total = 0} = record;
	if (total >= worthRemembering) {
		await saveKept(directory, {...record, total, done: [{start: 0, end: total}]}).catch(() => undefined);
	} else if (attempt.hasRecord) await dropKept(directory, []);
};

const cutFile = async (path: string, size: number): Promise<void> => {
	const part = await openPartFile(path, true);
	try {
		await part.resize(size);
	} finally {
		await part.close();
	}
};
