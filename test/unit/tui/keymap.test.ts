import {expect, test} from 'vitest';
import {actions} from '../../../source/tui/actions/index.ts';
import {isCharacter, keyLabel, keysOf, looksPasted} from '../../../source/tui/keys.ts';
import {keymapTable, rowOf, scopes} from '../../../source/tui/keymap.ts';
import {needs} from '../../../source/tui/needs.ts';

test('no key means two things in one scope', () => {
	const seen = keymapTable().flatMap(row => row.keys.map(key => `${row.scope} ${key}`));
	expect(seen.filter((key, index) => seen.indexOf(key) !== index)).toEqual([]);
});

test('no key of a scope is hidden by one that works everywhere', () => {
	const everywhere = new Set<string>(
		keymapTable()
			.filter(row => row.scope === 'always')
			.flatMap(row => row.keys),
	);
	const others = keymapTable()
		.filter(row => row.scope !== 'always')
		.flatMap(row => row.keys);
	expect(others.filter(key => everywhere.has(key))).toEqual([]);
});

test('every action of the table is carried out by somebody, and nobody carries out what no key asks for', () => {
	expect(Object.keys(actions).toSorted()).toEqual([...new Set(keymapTable().map(row => row.action))].toSorted());
});

test('every condition of the table is known', () => {
	for (const row of keymapTable()) if (row.needs !== undefined) expect(needs).toHaveProperty(row.needs);
});

test('Esc leads back from everywhere and quits nowhere', () => {
	for (const scope of scopes.filter(one => one !== 'always')) {
		const row = rowOf('escape', [scope]);
		expect(row?.action, scope).toMatch(/^(close|clear|drop-filter|drop-help-filter)$/);
	}
});

test('every row says what it does, and hints are short', () => {
	for (const row of keymapTable()) {
		expect(row.label).toMatch(/^[A-Z].{1,90}$/);
		if (row.hint !== undefined) expect(row.hint.length).toBeLessThanOrEqual(14);
	}
});

test('overlays with a line of text bind no character that one may want to write', () => {
	const typed = keymapTable().filter(row => ['add', 'filter', 'workers'].includes(row.scope));
	expect(typed.flatMap(row => row.keys.filter(key => isCharacter(key)))).toEqual([]);
});

test.each([
	['jjj', ['j', 'j', 'j']],
	['j\r', ['j', 'enter']],
	['a\tb', ['a', 'tab', 'b']],
	['漢e\u0301', ['漢', 'e\u0301']],
	['\u0000', []],
])('%j typed is the keys %j', (input, expected) => {
	expect(keysOf(input)).toEqual(expected);
});

test('an address that came within one read is a paste, and held keys are not', () => {
	expect(looksPasted('https://example.org/a')).toBe(true);
	expect(looksPasted('one line\rand another')).toBe(true);
	expect(looksPasted('jjjjjjjjjjjjjjjjjjjj')).toBe(false);
	expect(looksPasted('jjjjjjjjjjjj\r')).toBe(false);
});

test('keys are written as people read them', () => {
	expect(['ctrl-d', 'pagedown', 'G', 'up', ' ', 'ctrl-left', 'alt-x'].map(key => keyLabel(key))).toEqual([
		'Ctrl-d',
		'PgDn',
		'G',
		'↑',
		'Space',
		'Ctrl-←',
		'Alt-x',
	]);
	expect(keyLabel('up', true)).toBe('Up');
});
