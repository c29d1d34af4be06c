import {join} from 'node:path';
import type {Clock, RunContext, RunOutcome} from '../../engine/ports.ts';
import type {Failure} from '../../domain/failure.ts';
import type {HttpBody} from '../../system/http.ts';
import {fileSize, openPartFile, removeFile, renameFile, type PartFile} from '../../system/part-file.ts';
import {unpackBody} from '../../system/unpack.ts';
import {addressOf, canonicalUrl, fileNameOf, isWebPageAddress, type Address} from './address.ts';
import {ask, type Asked, type AskSetup} from './ask.ts';
import {diskFailure} from './failures.ts';
import {dropKept, keyOf, partPath, readKept, saveKept} from './kept.ts';
import {conditionOf, headerOf, isOther, type Meaning, type Wish} from './request.ts';
import {bytesIn, cutSpans, joinSpans, missingSpans, type ResumeRecord, type Span} from './segments.ts';
import {Transfer} from './transfer.ts';

export type FetchOptions = Omit<AskSetup, 'log' | 'clock' | 'home'> & {
	readonly clock: Pick<Clock, 'now' | 'at'>;
	readonly segments: number;
	readonly segmentThreshold: number;
};

type Answer = Extract<Asked, {type: 'answer'}>;

type Attempt = {
	readonly options: FetchOptions;
	/** What the record calls the source. */
	readonly key: string;
	readonly first: Address;
	readonly context: RunContext;
};

/** Fetches a URL into the directory, going on where an earlier attempt stopped. Rejects only for the filesystem. */
export const fetchFile = async (options: FetchOptions, source: string, context: RunContext): Promise<RunOutcome> => {
	const first = addressOf(source);
	if (first === undefined) return failed({code: 'unsupported', message: 'this is no http or https address'});
	const key = keyOf(canonicalUrl(source));
	const attempt: Attempt = {options, key, first, context};
	const kept = await readKept(context.directory, key);
	if (kept?.isRenamed === true) return finish(attempt, kept.record);
	return goOn(attempt, kept?.record);
};

/** Asks for what is missing; where the server does not play along, asks once more for all of it. */
const goOn = async (attempt: Attempt, record: ResumeRecord | undefined): Promise<RunOutcome> => {
	const {options, context} = attempt;
	const pieces = record === undefined ? [] : piecesOf(options, record);
	const span = pieces[0];
	if (record !== undefined && span === undefined) return finish(attempt, record);
	const wish: Wish =
		record === undefined || span === undefined
			? {type: 'whole'}
			: {type: 'span', span, validator: record.validator, total: record.total};
	const asked = await ask(askSetup(attempt), attempt.first, wish, context.signal);
	if (asked.type !== 'answer') return asked;
	const {meaning, body} = asked;
	switch (meaning.type) {
		case 'failed':
			await body.discard();
			return meaning;
		case 'complete':
			await body.discard();
			if (record === undefined) return failed(noSense);
			return finish(attempt, {...record, total: meaning.total});
		case 'refused':
			body.stop();
			if (record === undefined) return failed(noSense);
			context.log(`starting anew: ${meaning.why}`);
			await dropKept(context.directory, record.name);
			return goOn(attempt, undefined);
		case 'whole':
			return startAnew(attempt, asked, meaning, record);
		case 'span':
			if (record === undefined) return failed(noSense);
			context.log(`going on after ${bytesIn(record.done)} bytes`);
			return transfer(
				attempt,
				asked.address,
				body,
				{...record, total: meaning.total ?? record.total},
				[meaning.span, ...pieces.slice(1)],
				true,
			);
	}
};

const askSetup = ({options, context, first}: Attempt): AskSetup => ({
	...options,
	home: new URL(first.url).origin,
	log: context.log,
});

const noSense: Failure = {code: 'server-error', message: 'the answer makes no sense for this request'};

const failed = (failure: Failure): RunOutcome => ({type: 'failed', failure});

const piecesOf = (options: FetchOptions, record: Pick<ResumeRecord, 'done' | 'total'>): readonly Span[] => {
	const missing = missingSpans(record.done, record.total ?? Infinity);
	const {segments, segmentThreshold} = options;
	return bytesIn(missing) >= segmentThreshold && record.total !== undefined
		? cutSpans(missing, segments, Math.max(1, Math.ceil(segmentThreshold / segments)))
		: missing;
};

const startAnew = async (
	attempt: Attempt,
	{headers, address, body}: Answer,
	meaning: Extract<Meaning, {type: 'whole'}>,
	record: ResumeRecord | undefined,
): Promise<RunOutcome> => {
	const {options, context, key, first} = attempt;
	const name = fileNameOf(headerOf(headers, 'content-disposition'), first.url, address.url);
	if (record !== undefined) {
		// A login page or the like must not cost what has been fetched already.
		if (/html/i.test(headerOf(headers, 'content-type') ?? '') && !isWebPageAddress(first.url, record.name)) {
			body.stop();
			return failed({code: 'not-media', message: 'a web page came where the rest of the file was asked for'});
		}
		const isChanged = isOther(record.validator, meaning.validator) || record.total !== meaning.total;
		context.log(`starting anew: the server ${isChanged ? 'has another file now' : 'does not send parts'}`);
	}
	await dropKept(context.directory, record?.name);
	await removeFile(join(context.directory, name));
	// Some servers call an archive that is packed anyway a packed body; who unpacks it gets a wrong file.
	const isPacked = meaning.coding !== 'identity' && !/\.(?:t?gz|svgz|gzip|br)$/i.test(name);
	const plain = isPacked ? unpackBody(body, meaning.coding) : body;
	if (plain === undefined) {
		body.stop();
		return failed({
			code: 'unsupported',
			message: `the server packs the file in a way that is not known (${meaning.coding})`,
		});
	}
	const fresh: ResumeRecord = {
		version: 1,
		key,
		name,
		validator: isPacked ? {} : meaning.validator,
		total: isPacked ? undefined : meaning.total,
		done: [],
	};
	const pieces =
		meaning.isDivisible && !isPacked ? piecesOf(options, fresh) : missingSpans([], fresh.total ?? Infinity);
	return transfer(attempt, address, plain, fresh, pieces, false);
};

const transfer = async (
	attempt: Attempt,
	address: Address,
	body: HttpBody,
	record: ResumeRecord,
	pieces: readonly Span[],
	isServingSpans: boolean,
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
		await saveKept(directory, {...record, done: spans});
	};
	context.report({title: record.name, bytes: bytesIn(done), ...(total === undefined ? {} : {total})});
	const end = await new Transfer({
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
		// A checkpoint that fails costs nothing but what a crash would have to fetch again.
		checkpoint: spans => (isResumable ? keep(spans).catch(() => undefined) : Promise.resolve()),
	}).run(body, isServingSpans ? (pieces[0]?.end ?? 0) : (total ?? Infinity));
	if (end.type === 'whole') {
		await part.close();
		return finish(attempt, {...record, total: end.total, done: end.done});
	}
	const isWorthless = end.type === 'failed' && end.failure.code === 'source-changed';
	if (!isResumable || isWorthless) {
		await part.close();
		await dropKept(directory, record.name);
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

/** Gives the whole file its name. The record goes last: until then a crash leaves enough to come back here. */
const finish = async (attempt: Attempt, record: ResumeRecord): Promise<RunOutcome> => {
	const {context, first} = attempt;
	const {name, total: size = 0} = record;
	const path = join(context.directory, name);
	const unfinished = partPath(context.directory, name);
	const found = await fileSize(unfinished);
	if (found !== undefined) {
		if (found < size) {
			await dropKept(context.directory, name);
			return failed({code: 'wrong-size', message: `the part file has ${found} bytes where ${size} were written`});
		}
		// An earlier attempt at a longer file may have left something behind the end.
		if (found > size) await cutFile(unfinished, size);
		await renameFile(unfinished, path);
	}
	await dropKept(context.directory, undefined);
	context.report({bytes: size, total: size});
	return {type: 'fetched', path: name, name, size, isWebPageExpected: isWebPageAddress(first.url, name)};
};

const cutFile = async (path: string, size: number): Promise<void> => {
	const part = await openPartFile(path, true);
	try {
		await part.resize(size);
	} finally {
		await part.close();
	}
};
