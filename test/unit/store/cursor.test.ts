import {expect, test} from 'vitest';
import {fromCursor, toCursor} from '../../../source/store/cursor.ts';

const encoded = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString('base64url');

test('a cursor leads back to the row that it was made at', () => {
	const position = {segment: 1, key: 2 ** 46 + 1, id: 77};
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
	encoded(['order', 'up', 2, 1, 1]),
	encoded(['order', 'up', 0, '1', 1]),
	encoded(['order', 'up', 0, 1.5, 1]),
	encoded(['order', 'up', 0, 1, -1]),
])('the cursor %j is refused in words that help', cursor => {
	expect(() => fromCursor({}, cursor)).toThrow('leave it out to begin at the start');
});

test('a cursor of a list in another order is refused', () => {
	const cursor = toCursor({sort: 'size'}, {segment: 0, key: 1, id: 1});
	expect(() => fromCursor({sort: 'added'}, cursor)).toThrow('another order (size up)');
	expect(() => fromCursor({sort: 'size', isDescending: true}, cursor)).toThrow('another order (size up)');
});
