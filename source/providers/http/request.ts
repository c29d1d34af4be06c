import {failureFromHttpStatus, type Failure, type FailureCode} from '../../domain/failure.ts';
import {cleanText, shorten} from '../../domain/text.ts';
import type {Duration, Instant} from '../../domain/time.ts';
import type {HttpHeaders} from '../../system/http.ts';
import type {Address} from './address.ts';
import type {Span, Validator} from './segments.ts';

/** What is asked for: the whole file, or a span of it (`end` Infinity: up to the end) of content that is known. */
export type Wish =
	| {readonly type: 'whole'}
	| {readonly type: 'span'; readonly span: Span; readonly validator: Validator; readonly total: number | undefined};

/** What an answer means for the wish. */
export type Meaning =
	| {
			readonly type: 'whole';
			/** Bytes of the body as it travels, where they are told. */
			readonly total: number | undefined;
			readonly validator: Validator;
			/** `identity`, or how the body is packed. */
			readonly coding: string;
			/** Whether the server may be asked for spans of this content. */
			readonly isDivisible: boolean;
	  }
	| {readonly type: 'span'; readonly span: Span; readonly total: number | undefined; readonly validator: Validator}
	/** Nothing is missing: what was asked for begins where the file ends. */
	| {readonly type: 'complete'; readonly total: number}
	| {readonly type: 'redirect'; readonly location: string}
	/** The span cannot be had. `isChanged`: it is proved that the server has other content now. */
	| {readonly type: 'refused'; readonly isChanged: boolean; readonly why: string}
	| {readonly type: 'failed'; readonly failure: Failure};

export type Head = {readonly status: number; readonly reason: string; readonly headers: HttpHeaders};

/** The headers of a request. `If-Range` makes a server that has other content now send all of it instead of the span. */
export const headersFor = (
	address: Address,
	wish: Wish,
	userAgent: string,
	extra: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> => ({
	...extra,
	'user-agent': userAgent,
	accept: '*/*',
	// Sizes and spans are those of the file itself, so it must not be packed on the way.
	'accept-encoding': 'identity',
	...(address.authorization === undefined ? {} : {authorization: address.authorization}),
	...(wish.type === 'whole' ? {} : spanHeaders(wish.span, wish.validator)),
});

const spanHeaders = ({start, end}: Span, validator: Validator): Readonly<Record<string, string>> => {
	const condition = conditionOf(validator);
	return {
		range: `bytes=${start}-${Number.isFinite(end) ? end - 1 : ''}`,
		...(condition === undefined ? {} : {'if-range': condition}),
	};
};

/** What goes into `If-Range`, or undefined when nothing proves that the content is still the same. */
export const conditionOf = ({etag, lastModified}: Validator): string | undefined => etag ?? lastModified;

/** Reads an answer. Pure: `now` is only for a Retry-After that is a date. */
export const readAnswer = (head: Head, wish: Wish, now: Instant): Meaning => {
	const {status, headers} = head;
	if ([301, 302, 303, 307, 308].includes(status)) return readRedirect(headers);
	if (status === 416 && wish.type === 'span') return readUnsatisfiable(headers, wish.span);
	const code = failureFromHttpStatus(status);
	if (code !== undefined) return {type: 'failed', failure: statusFailure(code, head, now)};
	if (status === 200 || status === 203) return readWhole(headers);
	if (status === 206) return readSpan(head, wish);
	if (status === 202) return failed('not-yet-available', 'the server is still preparing the file (HTTP 202)');
	return failed('server-error', `the server sent no file, but HTTP ${status}`);
};

/** One value of a header; of several, the first. */
export const headerOf = (headers: HttpHeaders, name: string): string | undefined => {
	const value = headers[name];
	return typeof value === 'string' ? value : value?.[0];
};

/** A Retry-After in seconds or as a date, as a duration between 0 and 24 hours. */
export const retryAfterOf = (headers: HttpHeaders, now: Instant): Duration | undefined => {
	const text = headerOf(headers, 'retry-after')?.trim();
	if (text === undefined || text === '') return undefined;
	const wait = /^\d{1,12}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
	return Number.isNaN(wait) ? undefined : Math.min(Math.max(0, wait), 24 * 60 * 60 * 1000);
};

const failed = (code: FailureCode, message: string): Meaning => ({type: 'failed', failure: {code, message}});

const statusFailure = (code: FailureCode, {status, reason, headers}: Head, now: Instant): Failure => {
	const retryAfter = retryAfterOf(headers, now);
	return {
		code,
		message: shorten(cleanText(`the server answered HTTP ${status} ${reason}`), 200),
		...(retryAfter === undefined ? {} : {retryAfter}),
	};
};

const readRedirect = (headers: HttpHeaders): Meaning => {
	const location = headerOf(headers, 'location');
	return location === undefined
		? failed('server-error', 'the server redirects without saying where to')
		: {type: 'redirect', location};
};

const readWhole = (headers: HttpHeaders): Meaning => {
	const validator = validatorOf(headers);
	const coding = headerOf(headers, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
	const isPlain = coding === 'identity' || coding === '';
	return {
		type: 'whole',
		total: lengthOf(headers),
		validator,
		coding: isPlain ? 'identity' : coding,
		isDivisible: conditionOf(validator) !== undefined && headerOf(headers, 'accept-ranges')?.trim() !== 'none',
	};
};

const contentRange = /^\s*bytes\s+(\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)\s*$/i;

const readSpan = ({headers}: Head, wish: Wish): Meaning => {
	const match = contentRange.exec(headerOf(headers, 'content-range') ?? '');
	if (match === null) return {type: 'refused', isChanged: false, why: 'it does not say which bytes it sends'};
	const span = {start: Number(match[1]), end: Number(match[2]) + 1};
	const total = match[3] === '*' ? undefined : Number(match[3]);
	const validator = validatorOf(headers);
	const problem = spanProblem(span, total, headers);
	if (problem !== undefined) return {type: 'refused', isChanged: false, why: problem};
	if (wish.type === 'whole')
		// Nobody asked for a part, but some caches answer so; all of it is as good as a 200.
		return span.start === 0 && span.end === total
			? {type: 'whole', total, validator, coding: 'identity', isDivisible: conditionOf(validator) !== undefined}
			: failed('server-error', 'the server sent a part of the file where all of it was asked for');
	if (isOther(wish.validator, validator))
		return {type: 'refused', isChanged: true, why: 'the file changed on the server'};
	if (wish.total !== undefined && total !== undefined && wish.total !== total)
		return {type: 'refused', isChanged: false, why: 'it names another size than before'};
	if (span.start !== wish.span.start || !endsAsAsked(span, wish.span, total))
		return {type: 'refused', isChanged: false, why: 'it sends other bytes than it was asked for'};
	return {type: 'span', span, total, validator};
};

/** An open wish must end where the file ends; where the size is not told, nothing contradicts. */
const endsAsAsked = (span: Span, wished: Span, total: number | undefined): boolean =>
	total === undefined ? span.end === wished.end || wished.end === Infinity : span.end === Math.min(wished.end, total);

const spanProblem = (span: Span, total: number | undefined, headers: HttpHeaders): string | undefined => {
	const length = lengthOf(headers);
	if (span.end <= span.start || span.end > (total ?? Infinity)) return 'its Content-Range is impossible';
	if (length !== undefined && length !== span.end - span.start) return 'Content-Range and Content-Length disagree';
	const coding = headerOf(headers, 'content-encoding')?.trim().toLowerCase() ?? 'identity';
	return coding === 'identity' || coding === '' ? undefined : 'it packs the bytes of a part';
};

const readUnsatisfiable = (headers: HttpHeaders, span: Span): Meaning => {
	const total = /^\s*bytes\s+\*\/(\d{1,15})\s*$/i.exec(headerOf(headers, 'content-range') ?? '')?.[1];
	return total !== undefined && Number(total) === span.start
		? {type: 'complete', total: span.start}
		: {type: 'refused', isChanged: false, why: 'it has nothing where the rest of the file should be'};
};

const lengthOf = (headers: HttpHeaders): number | undefined => {
	const text = headerOf(headers, 'content-length')?.trim();
	return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
};

/** Only what proves equality byte by byte: a weak ETag (W/) does not, RFC 9110 8.8.1. */
const validatorOf = (headers: HttpHeaders): Validator => {
	const etag = headerOf(headers, 'etag')?.trim();
	const lastModified = headerOf(headers, 'last-modified')?.trim();
	return {
		...(etag !== undefined && /^"[\x21\x23-\x7E\x80-\xFF]*"$/.test(etag) ? {etag} : {}),
		...(lastModified !== undefined && !Number.isNaN(Date.parse(lastModified)) ? {lastModified} : {}),
	};
};

/** Whether an answer speaks of other content than is known; what it leaves out proves nothing. */
export const isOther = (known: Validator, seen: Validator): boolean =>
	known.etag !== undefined && seen.etag !== undefined
		? known.etag !== seen.etag
		: known.lastModified !== undefined && seen.lastModified !== undefined && known.lastModified !== seen.lastModified;
