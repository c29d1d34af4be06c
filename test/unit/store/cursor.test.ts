import {expect, test} from 'vitest';
import {fromCursor, fromGroupedCursor, toCursor, toGroupedCursor} from '../../../source/store/cursor.ts';

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a cursor leads back to the row that it was made at', () => {
	const position = {row: {segment: 1, key: 2 ** 46 + 1, id: 77}, side: 'before'} as const;
	const query = {sort: 'ended', isDescending: true} as const;
	const cursor = toCursor(query, position);
	expect(cursor).toMatch(/^[\w-]+$/);
	expect(fromCursor(query, cursor)).toEqual(position);
});

test.each([
	'',
	'%',
	encoded(null),
	encoded([]),
	encoded(['order', 'up', 0, 1]),
	encoded(['order', 'up', 0, 1, 1]),
	encoded(['order', 'up', 2, 1, 1, 'after']),
	encoded(['order', 'up', 0, '1', 1, 'after']),
	encoded(['order', 'up', 0, 1.5, 1, 'after']),
	encoded(['order', 'up', 0, 1, -1, 'after']),
	encoded(['order', 'up', 0, 1, 1, 'beside']),
])('the cursor %j is refused in words that help', cursor => {
	expect(() => fromCursor({}, cursor)).toThrow('leave it out to begin at the start');
});

test('a cursor of a list in another order is refused', () => {
	const cursor = toCursor({sort: 'size'}, {row: {segment: 0, key: 1, id: 1}, side: 'after'});
	expect(() => fromCursor({sort: 'added'}, cursor)).toThrow('another order (size up)');
	expect(() => fromCursor({sort: 'size', isDescending: true}, cursor)).toThrow('another order (size up)');
});

test('a cursor of a grouped list leads to a batch, to a job in it, or to one without a batch', () => {
	const query = {statuses: [], open: [], isDescending: true};
	for (const row of [
		{batch: 7, key: undefined},
		{batch: 7, key: 0},
		{batch: 0, key: 2 ** 46},
	]) {
		const place = {row, side: 'after'} as const;
		expect(fromGroupedCursor(query, toGroupedCursor(query, place))).toEqual(place);
	}

	expect(() => fromGroupedCursor(query, encoded(['batches', 'down', 0, null, 'after']))).toThrow('damaged');
	expect(() => fromGroupedCursor(query, encoded(['batches', 'up', 1, null, 'after']))).toThrow('another order');
	expect(() => fromGroupedCursor(query, toCursor({}, {row: {segment: 0, key: 1, id: 1}, side: 'after'}))).toThrow();
});
