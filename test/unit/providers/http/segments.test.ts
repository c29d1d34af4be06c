import {describe, expect, test} from 'vitest';
import {debtOf, fullBucket, takeBytes} from '../../../../source/providers/http/meter.ts';
import {
	cutSpans,
	joinSpans,
	missingSpans,
	readRecord,
	writeRecord,
} from '../../../../source/providers/http/segments.ts';

describe('spans', () => {
	test('that touch or overlap become one', () => {
		expect(
			joinSpans([
				{start: 5, end: 7},
				{start: 0, end: 3},
				{start: 3, end: 4},
				{start: 6, end: 6},
			]),
		).toEqual([
			{start: 0, end: 4},
			{start: 5, end: 7},
		]);
	});

	test('that are missing are what lies between', () => {
		expect(missingSpans([{start: 2, end: 4}], 10)).toEqual([
			{start: 0, end: 2},
			{start: 4, end: 10},
		]);
		expect(missingSpans([{start: 0, end: 10}], 10)).toEqual([]);
		expect(missingSpans([{start: 0, end: 3}], Infinity)).toEqual([{start: 3, end: Infinity}]);
	});

	test('are cut into pieces of one size, but not too small ones', () => {
		expect(cutSpans([{start: 0, end: 100}], 4, 1).map(({start}) => start)).toEqual([0, 25, 50, 75]);
		expect(cutSpans([{start: 0, end: 100}], 4, 60)).toHaveLength(2);
		expect(cutSpans([{start: 0, end: 100}], 1, 1)).toEqual([{start: 0, end: 100}]);
		expect(cutSpans([{start: 0, end: Infinity}], 4, 1)).toEqual([{start: 0, end: Infinity}]);
	});
});

describe('a resume record', () => {
	const record = {
		version: 1 as const,
		key: 'k',
		name: 'a.mp4',
		validator: {etag: '"a"'},
		total: 10,
		done: [
			{start: 0, end: 3},
			{start: 5, end: 10},
		],
	};

	test('reads back as it was written', () => {
		expect(readRecord(writeRecord(record))).toEqual(record);
	});

	test.for([
		['another version', {version: 2}],
		['spans out of order', {done: record.done.toReversed()}],
		[
			'spans that touch',
			{
				done: [
					{start: 0, end: 3},
					{start: 3, end: 5},
				],
			},
		],
		['an empty span', {done: [{start: 3, end: 3}]}],
		['a span behind the end', {done: [{start: 0, end: 11}]}],
		['a negative offset', {done: [{start: -1, end: 3}]}],
		['half a byte', {done: [{start: 0, end: 1.5}]}],
		['no name', {name: ''}],
	] as const)('with %s is none', ([, change]) => {
		expect(readRecord(JSON.stringify({...record, ...change}))).toBeUndefined();
	});
});

describe('a rate limit', () => {
	test('lets a tenth of a second pass at once and then asks for the time that the bytes are worth', () => {
		const full = fullBucket(1000, 0);
		expect(debtOf(takeBytes(full, 100, 0))).toBe(0);
		expect(debtOf(takeBytes(full, 600, 0))).toBe(500);
		expect(debtOf(takeBytes(takeBytes(full, 600, 0), 0, 500))).toBe(0);
	});

	test('does not save up more than a tenth of a second, nor run when the clock goes back', () => {
		expect(takeBytes(fullBucket(1000, 0), 0, 60_000).tokens).toBe(100);
		expect(takeBytes(fullBucket(1000, 5000), 50, 0).tokens).toBe(50);
	});
});
