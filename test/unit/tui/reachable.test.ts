import {expect, test} from 'vitest';
import {exitCodes} from '../../../source/commands/verb.ts';
import {parseArguments} from '../../../source/commands/program.ts';
import {actions} from '../../../source/tui/actions/index.ts';
import {keymapTable, scopes, type KeymapRow, type Scope} from '../../../source/tui/keymap.ts';
import {paletteEntries, paletteRows} from '../../../source/tui/palette.ts';
import {overlayKinds} from '../../../source/tui/panels.ts';

/** Where the palette can be opened. */
const paletteScopes: readonly Scope[] = [
	'panes',
	...scopes.filter(scope => (overlayKinds as Readonly<Record<string, string>>)[scope] === 'page'),
];

/** Places of a question or of a line of text: what one does there belongs to what is asked or written. */
const answering: readonly Scope[] = scopes.filter(scope => scope !== 'always' && !paletteScopes.includes(scope));

const rowsOf = (scope: Scope): readonly KeymapRow[] => keymapTable().filter(row => row.scope === scope);

test('every action of the table is reachable by a key', () => {
	for (const row of keymapTable()) expect(row.keys.length, `${row.scope} ${row.action}`).toBeGreaterThan(0);
});

test('every action of the panes and of each page is offered by the palette there, and found by its name', () => {
	for (const scope of paletteScopes) {
		const offered = paletteRows(keymapTable(), scope);
		for (const {action} of [...rowsOf(scope), ...rowsOf('always')]) {
			if (action === 'palette') continue;
			expect(paletteEntries(offered, action)[0]?.row.action, `${scope}: ${action}`).toBe(action);
		}
	}
});

test('every place where the palette can be opened has a key for it', () => {
	for (const scope of paletteScopes)
		expect(
			rowsOf(scope).map(row => row.action),
			scope,
		).toContain('palette');
});

test('what answers a question or edits a line belongs to a place that an action of the palette opens', () => {
	const opens: Readonly<Record<string, string>> = {
		filter: 'filter',
		add: 'add',
		workers: 'workers',
		quit: 'quit',
		confirm: 'retry-all',
		palette: 'go-to',
		'help-filter': 'filter-help',
		'log-search': 'search-log',
	};
	const offered = new Set(
		paletteScopes.flatMap(scope => paletteRows(keymapTable(), scope)).map(row => row.action as string),
	);
	for (const scope of answering) expect(offered, scope).toContain(opens[scope]);
});

test('the answers to the question when leaving are actions of the palette too', () => {
	const offered = paletteRows(keymapTable(), 'panes').map(row => row.action);
	expect(offered).toEqual(expect.arrayContaining(['quit-detach', 'quit-finish', 'quit-stop']));
});

/** Values for the capitals of a command. */
const example: Readonly<Record<string, string>> = {
	ID: '7',
	N: '5',
	TEXT: 'words',
	SOURCE: 'https://example.org/1.mkv',
	KEY: 'size',
	FILE: 'list.txt',
	TITLE: 'title',
	RATE: '2MB',
};

const commands = [...new Set(keymapTable().flatMap(row => (row.command === undefined ? [] : [row.command])))];

test.each(commands)('`tidegate %s` is a command that there is', async command => {
	const words = command.split(' ').map(word => {
		const value = /^[A-Z]+$/.test(word) ? example[word] : word;
		expect(value, word).toBeDefined();
		return value ?? '';
	});
	const said: string[] = [];
	const io = {out: (text: string) => said.push(text), err: (text: string) => said.push(text)};
	const call = await parseArguments(words, io, '0.0.0');
	if (words[0] === 'help') expect(call).toBe(exitCodes.done);
	else {
		expect(call, said.join('')).toBeTypeOf('object');
		if (typeof call === 'object') expect(call.verb.name).toBe(words[0]);
	}
});

/**
 * What changes the queue, written down once more: each of them has a shell command. Whatever is not here concerns the screen
 * alone.
 */
const changing = [
	'toggle-pause',
	'toggle-queue',
	'retry',
	'retry-all',
	'cancel',
	'remove',
	'move-up',
	'move-down',
	'priority-up',
	'priority-down',
	'workers',
	'set-workers',
	'more-workers',
	'fewer-workers',
	'limit',
	'add',
	'add-sources',
	'details',
	'statistics',
	'help',
];

test('everything that changes or tells the queue can be done from the shell', () => {
	for (const action of changing) {
		expect(Object.keys(actions)).toContain(action);
		for (const row of keymapTable().filter(one => one.action === action)) expect(row.command, action).toBeDefined();
	}
});
