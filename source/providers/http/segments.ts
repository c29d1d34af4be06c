import {z} from 'zod';

/** Bytes from `start` up to, but not, `end`. */
export type Span = {readonly start: number; readonly end: number};

/** What tells whether two answers are about the same content: a strong ETag, else the date of the last change. */
export type Validator = {readonly etag?: string | undefined; readonly lastModified?: string | undefined};

/** What lies in the part file: written beside it, and never ahead of it. */
export type ResumeRecord = {
	readonly version: 1;
	/** Stands for the source without showing it: addresses may hold secrets. */
	readonly key: string;
	readonly name: string;
	readonly validator: Validator;
	/** Size of the whole file, where the server told it. */
	readonly total?: number | undefined;
	/** What is on the disk: in order, apart from each other. */
	readonly done: readonly Span[];
};

/** The spans in order, with those that touch or overlap made one and empty ones left out. */
export const joinSpans = (spans: readonly Span[]): readonly Span[] => {
	const joined: Span[] = [];
	for (const span of spans.filter(({start, end}) => end > start).toSorted((a, b) => a.start - b.start)) {
		const last = joined.at(-1);
		if (last !== undefined && span.start <= last.end)
			joined[joined.length - 1] = {start: last.start, end: Math.max(last.end, span.end)};
		else joined.push(span);
	}
	return joined;
};

/** How many bytes the spans hold; they must be apart. */
export const bytesIn = (spans: readonly Span[]): number => spans.reduce((sum, {start, end}) => sum + end - start, 0);

/** What is missing between 0 and `total` (Infinity while it is not known). */
export const missingSpans = (done: readonly Span[], total: number): readonly Span[] => {
	const missing: Span[] = [];
	let at = 0;
	for (const span of joinSpans(done)) {
		if (span.start > at) missing.push({start: at, end: Math.min(span.start, total)});
		at = Math.max(at, span.end);
	}
	if (at < total) missing.push({start: at, end: total});
	return missing.filter(({start, end}) => end > start);
};

/**
 * The same bytes in up to `count` pieces of nearly one size, none cut smaller than `least`: the largest is halved until
 * there are enough. The first piece stays the first.
 */
export const cutSpans = (spans: readonly Span[], count: number, least: number): readonly Span[] => {
	const share = Math.max(least, Math.ceil(bytesIn(spans) / Math.max(1, count)));
	if (!Number.isFinite(share)) return spans;
	return spans.flatMap(span => {
		const pieces = Math.max(1, Math.round((span.end - span.start) / share));
		const size = Math.ceil((span.end - span.start) / pieces);
		return Array.from({length: pieces}, (_, index) => ({
			start: span.start + index * size,
			end: Math.min(span.end, span.start + (index + 1) * size),
		})).filter(({start, end}) => end > start);
	});
};

const safeInteger = z.int().min(0);

const recordShape = z.object({
	version: z.literal(1),
	key: z.string().min(1).max(200),
	name: z.string().min(1).max(1000),
	validator: z.object({etag: z.string().max(1000).optional(), lastModified: z.string().max(200).optional()}),
	total: safeInteger.optional(),
	done: z.array(z.object({start: safeInteger, end: safeInteger})).max(10_000),
});

/** Reads a resume record; undefined for anything that is not one, or that contradicts itself. */
export const readRecord = (text: string): ResumeRecord | undefined => {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return undefined;
	}
	const parsed = recordShape.safeParse(value);
	if (!parsed.success) return undefined;
	const {done, total} = parsed.data;
	let at = -1;
	for (const {start, end} of done) {
		if (start <= at || end <= start || end > (total ?? Infinity)) return undefined;
		at = end;
	}
	return parsed.data;
};

/** The text of a resume record. */
export const writeRecord = (record: ResumeRecord): string => `${JSON.stringify(record)}\n`;
