import {assert, integer, property, uniqueArray} from 'fast-check';
import {expect, test, vi} from 'vitest';
import {createPasteReader} from '../../../source/tui/paste-reader.ts';

type Told = {readonly text: string; readonly typed: number};

const listen = (): {readonly told: Told[]; readonly reader: ReturnType<typeof createPasteReader>} => {
	const told: Told[] = [];
	return {told, reader: createPasteReader((text, typed) => told.push({text, typed}))};
};

const list = (count: number): string =>
	Array.from({length: count}, (_, index) => `https://example.org/files/${index + 1}.mkv`).join('\r');

test('letters that are typed are keys, however fast', () => {
	const {reader, told} = listen();
	for (const key of ['j', 'j', 'jjjj', 'gg', 'x', 'q']) expect(reader.take(key)).toBe(false);
	expect(told).toEqual([]);
	reader.close();
});

test('a list that comes in pieces is told once, whole, when it has ended', async () => {
	const {reader, told} = listen();
	const text = list(50);
	for (let from = 0; from < text.length; from += 61) expect(reader.take(text.slice(from, from + 61))).toBe(true);
	expect(told).toEqual([]);
	await vi.waitFor(() => expect(told).toEqual([{text, typed: 0}]));
});

test('a key that is in no text ends a paste at once', () => {
	const {reader, told} = listen();
	reader.take('https://example.org/a');
	reader.end();
	expect(told).toEqual([{text: 'https://example.org/a', typed: 0}]);
});

test('the end of a line that comes after a pause is of the paste, one Enter alone is a key', () => {
	const {reader, told} = listen();
	reader.take('https://example.org/a.m');
	reader.end();
	expect(reader.take('\r')).toBe(false);
	expect(reader.take('kv\r')).toBe(true);
	reader.end();
	expect(told.map(({text}) => text)).toEqual(['https://example.org/a.m', 'kv\r']);
	reader.close();
});

test('wherever a list is cut, its letters are not keys but for two at its start, and nothing of it is lost', () => {
	const text = list(4);
	assert(
		property(uniqueArray(integer({min: 1, max: text.length - 1}), {maxLength: 12}), cuts => {
			const {reader, told} = listen();
			const places = [0, ...cuts.toSorted((a, b) => a - b), text.length];
			let keys = '';
			for (const [index, place] of places.slice(0, -1).entries()) {
				const piece = text.slice(place, places[index + 1]);
				if (!reader.take(piece)) keys += piece;
			}

			reader.end();
			const [paste] = told;
			expect(told).toHaveLength(1);
			expect(keys.length).toBeLessThan(3);
			expect(paste).toEqual({text, typed: keys.length});
		}),
		{numRuns: 2000},
	);
});
