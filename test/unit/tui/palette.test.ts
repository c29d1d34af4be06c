import {expect, test} from 'vitest';
import {keymapTable} from '../../../source/tui/keymap.ts';
import {paletteEntries, paletteRows} from '../../../source/tui/palette.ts';

const offered = paletteRows(keymapTable(), 'panes');
const found = (text: string): readonly string[] => paletteEntries(offered, text).map(({row}) => row.action);
const first = (text: string) => paletteEntries(offered, text)[0];

test('without words all actions are there, the most useful first', () => {
	expect(found('')).toHaveLength(offered.length);
	expect(found('')[0]).toBe('details');
	expect(new Set(found('')).size).toBe(offered.length);
});

test.each([
	['its name', 'retry-all', 'retry-all'],
	['the start of its name', 'retr', 'retry'],
	['a part of its name', 'finish', 'quit-finish'],
	['words in any order', 'pause queue', 'toggle-queue'],
	['words of what it does', 'raise', 'priority-up'],
	['letters in their order', 'tglq', 'toggle-queue'],
	['its key', 'F', 'retry-all'],
	['its key where names begin so too', 'q', 'quit'],
	['any case', 'RETRY-A', 'retry-all'],
])('an action is found by %s', (_how, text, action) => {
	expect(found(text)[0]).toBe(action);
});

test('what nothing is called is not found', () => {
	expect(found('zzzz')).toEqual([]);
});

test.each([
	['120', 'go-to', '120'],
	['workers 8', 'workers', '8'],
	['w 8', 'workers', '8'],
	['filter  two words ', 'filter', 'two words'],
	['add https://example.org/a b', 'add', 'https://example.org/a b'],
])('%j is an action with what it takes', (text, action, argument) => {
	expect(paletteEntries(offered, text)).toHaveLength(1);
	expect(first(text)).toMatchObject({row: {action}, argument});
});

test('an action that takes nothing is not given anything', () => {
	expect(found('retry 8')).toEqual([]);
});

test('over a page its own actions are offered, and not those of the panes', () => {
	const onPage = paletteRows(keymapTable(), 'details').map(row => row.action);
	expect(onPage).toContain('follow');
	expect(onPage).toContain('redraw');
	expect(onPage).not.toContain('cancel');
});

test('an action that stands in several places is one, with all its keys', () => {
	expect(offered.filter(row => row.action === 'redraw')).toHaveLength(1);
	expect(offered.find(row => row.action === 'redraw')?.keys).toEqual(['R', 'ctrl-l']);
});
