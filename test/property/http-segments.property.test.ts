import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {
	bytesIn,
	cutSpans,
	joinSpans,
	missingSpans,
	readRecord,
	writeRecord,
	type Span,
} from '../../source/providers/http/segments.ts';

const most = 300;
const span: fc.Arbitrary<Span> = fc
	.tuple(fc.nat(most), fc.nat(most))
	.map(([a, b]) => ({start: Math.min(a, b), end: Math.max(a, b)}));

/** The oracle: one flag for each byte. */
const flags = (spans: readonly Span[]): readonly number[] => {
	const counts = Array.from({length: most + 1}, () => 0);
	for (const {start, end} of spans) for (let at = start; at < end; at++) counts[at] = (counts[at] ?? 0) + 1;
	return counts;
};

// Killed by: `Math.max(last.end, span.end)` → `span.end` in joinSpans.
test('what is there and what is missing are the whole file, and no byte is both', () => {
	fc.assert(
		fc.property(fc.array(span), fc.nat(most), (spans, total) => {
			const there = flags(spans).map(count => Math.min(1, count));
			expect(flags(joinSpans(spans))).toEqual(there);
			const missing = flags(missingSpans(spans, total));
			expect(missing).toEqual(there.map((isThere, at) => (at < total && isThere === 0 ? 1 : 0)));
		}),
	);
});

// Killed by: `Math.ceil` → `Math.floor` for the size of a piece.
test('cutting loses no byte, doubles none, and makes about as many pieces as asked for', () => {
	fc.assert(
		fc.property(fc.array(span), fc.integer({min: 1, max: 16}), fc.integer({min: 1, max: 50}), (spans, count, least) => {
			const whole = joinSpans(spans);
			const pieces = cutSpans(whole, count, least);
			expect(flags(pieces)).toEqual(flags(whole));
			expect(pieces.length).toBeLessThanOrEqual(count + whole.length);
			expect(bytesIn(pieces)).toBe(bytesIn(whole));
			// The first piece begins where the file goes on.
			expect(pieces[0]?.start).toBe(whole[0]?.start);
		}),
	);
});

test('every true record reads back as it was written', () => {
	fc.assert(
		fc.property(fc.array(span), fc.string({minLength: 1, maxLength: 50}), (spans, name) => {
			const record = {version: 1 as const, key: 'k', name, validator: {}, total: most, done: joinSpans(spans)};
			expect(readRecord(writeRecord(record))).toEqual(record);
		}),
	);
});
