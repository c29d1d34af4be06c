import type {RunContext, RunOutcome} from '../../engine/ports.ts';
import {unpackBody} from '../../system/unpack.ts';
import {addressOf, canonicalUrl, fileNameOf, isWebPageAddress} from './address.ts';
import {ask, type Asked} from './ask.ts';
import {askSetup, download, failed, finish, type Attempt, type FetchOptions} from './download.ts';
import {dropKept, keyOf, partName, readKept, recordName} from './kept.ts';
import {headerOf, isOther, type Meaning, type Wish} from './request.ts';
import {bytesIn, cutSpans, missingSpans, type ResumeRecord, type Span} from './segments.ts';

type Answer = Extract<Asked, {type: 'answer'}>;

/** Fetches a URL into the directory, going on where an earlier attempt stopped. Rejects only for the filesystem. */
export const fetchFile = async (options: FetchOptions, source: string, context: RunContext): Promise<RunOutcome> => {
	const first = addressOf(source);
	if (first === undefined) return failed({code: 'unsupported', message: 'this is no http or https address'});
	const key = keyOf(canonicalUrl(source));
	const {names, kept} = await readKept(context.directory, key);
	const attempt: Attempt = {options, key, first, context, names, hasRecord: names.has(recordName)};
	if (kept?.isRenamed === true) return finish(attempt, kept.record);
	return goOn(attempt, kept?.record);
};

/** Asks for what is missing; where the server does not play along, asks once more for all of it. */
const goOn = async (attempt: Attempt, record: ResumeRecord | undefined, isAnew = false): Promise<RunOutcome> => {
	const {options, context} = attempt;
	const pieces = record === undefined ? [] : piecesOf(options, record);
	const span = pieces[0];
	if (record !== undefined && span === undefined) return finish(attempt, record);
	const wish: Wish =
		record === undefined || span === undefined || isAnew
			? {type: 'whole'}
			: {type: 'span', span, validator: record.validator, total: record.total};
	const asked = await ask(askSetup(attempt), attempt.first, wish, context.signal);
	if (asked.type !== 'answer') return asked;
	const {meaning, body, address} = asked;
	if (meaning.type === 'whole') return startAnew(attempt, asked, meaning, record);
	if (meaning.type === 'failed') {
		await body.discard();
		return failed(meaning.failure);
	}
	if (record === undefined || isAnew) {
		body.stop();
		return failed({code: 'server-error', message: 'the answer makes no sense for this request'});
	}
	switch (meaning.type) {
		case 'complete':
			await body.discard();
			return finish(attempt, {...record, total: meaning.total});
		case 'refused':
			body.stop();
			context.log(`starting anew: ${meaning.why}`);
			// What is there stays until the whole file begins to come.
			return goOn(attempt, record, true);
		case 'span': {
			context.log(`going on after ${bytesIn(record.done)} bytes`);
			const known = {...record, total: meaning.total ?? record.total};
			const [, ...others] = pieces;
			return download(attempt, {record: known, address, body, pieces: [meaning.span, ...others], isServingSpans: true});
		}
	}
};

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
	await clearAway(attempt, record === undefined ? [name] : [name, partName(record.name)]);
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
	return download(attempt, {record: fresh, address, body: plain, pieces, isServingSpans: false});
};

/** Makes room for a fresh start. Most jobs find an empty directory, so only what was there is looked for. */
const clearAway = async (attempt: Attempt, names: readonly string[]): Promise<void> => {
	const there = names.filter(name => attempt.names.has(name));
	if (attempt.hasRecord || there.length > 0) await dropKept(attempt.context.directory, there);
	attempt.hasRecord = false;
};
