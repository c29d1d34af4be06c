import {expect, test} from 'vitest';
import {renderToml} from '../../../source/config/describe.ts';
import {parseConfig} from '../../../source/config/load.ts';
import {remapped} from '../../../source/tui/remap.ts';

const load = (text: string) => parseConfig(text, 'config.toml');

const problems = (text: string): readonly string[] => {
	const loaded = load(text);
	return loaded.ok ? [] : loaded.problems;
};

const keysOf = (text: string, scope: string, action: string): readonly string[] | undefined => {
	const loaded = load(text);
	if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
	return remapped(loaded.config.keys).find(row => row.scope === scope && row.action === action)?.keys;
};

test('an action gets the key or the keys that are given, everywhere or in one place', () => {
	const text =
		'[keys]\nretry = "t"\nhelp = ["f1", "?"]\npanes.remove = ["delete", "Space", "ctrl-Y"]\npanes.mark = []\n';
	expect(keysOf(text, 'panes', 'retry')).toEqual(['t']);
	expect(keysOf(text, 'panes', 'help')).toEqual(['f1', '?']);
	expect(keysOf(text, 'details', 'help')).toEqual(['f1', '?']);
	expect(keysOf(text, 'panes', 'remove')).toEqual(['delete', ' ', 'ctrl-y']);
	expect(keysOf(text, 'panes', 'mark')).toEqual([]);
	expect(keysOf(text, 'panes', 'down')).toEqual(['j', 'down']);
});

test('a section of a place is the same as dotted names', () => {
	expect(keysOf('[keys.panes]\nretry = "t"\n', 'panes', 'retry')).toEqual(['t']);
});

test('what is said of one place goes before what is said of all', () => {
	const text = '[keys]\nhelp = "f1"\ndetails.help = "f2"\n';
	expect(keysOf(text, 'details', 'help')).toEqual(['f2']);
	expect(keysOf(text, 'panes', 'help')).toEqual(['f1']);
});

test('two actions may change their keys with each other', () => {
	expect(problems('[keys]\npanes.cancel = "r"\npanes.retry = "c"\n')).toEqual([]);
});

test.each([
	[
		'a key that means two things is refused by the names of both',
		'[keys]\n\npanes.retry = "x"\n',
		'config.toml:3: [keys.panes] retry `x` is both retry and remove in the panes; give one of them another key',
	],
	[
		'a key that works everywhere cannot be taken in one place',
		'[keys.details]\nscroll-down = "ctrl-l"\n',
		'config.toml:2: [keys.details] scroll-down `ctrl-l` is both scroll-down and redraw in the details of a job; give one of them another key',
	],
	[
		'an action that there is not is told with the nearest one',
		'[keys]\nretri = "t"\n',
		'config.toml:2: [keys] retri is no action; did you mean retry?',
	],
	[
		'nor is one of another place',
		'[keys]\nstatistics.retry = "t"\n',
		/^config\.toml:2: \[keys\.statistics\] retry is no action there; known are /,
	],
	[
		'a place that there is not',
		'[keys.pane]\nretry = "t"\n',
		/^config\.toml:1: \[keys\] pane is no place on the screen; did you mean panes\?$/,
	],
	[
		'a key that is none',
		'[keys]\nretry = "tt"\n',
		'config.toml:2: [keys] retry "tt" is no key; keys are x, X, space, enter, pagedown, f5, ctrl-x, alt-x',
	],
	[
		'a key that terminals send as another',
		'[keys]\nretry = "ctrl-i"\n',
		'config.toml:2: [keys] retry "ctrl-i" is sent as tab by terminals; write that',
	],
	['a letter with shift', '[keys]\nretry = "shift-t"\n', 'config.toml:2: [keys] retry "shift-t" is written "T"'],
	[
		'a value of another kind',
		'[keys]\nretry = 5\n',
		/^config\.toml:2: \[keys\] retry is 5; it must be a key such as "x"/,
	],
	[
		'a letter in a line of text could not be written any more',
		'[keys]\nadd.next-field = "z"\n',
		'config.toml:2: [keys.add] next-field `z` could not be written any more while adding; take a key with ctrl or alt',
	],
	[
		'a place without a way back would be a trap',
		'[keys]\ndetails.close = []\n',
		'config.toml:2: [keys.details] close is the way back in the details of a job; it needs a key',
	],
	[
		'nobody is locked in',
		'[keys]\nquit = []\ninterrupt = []\n',
		/has no key, nor has another one that leaves; one of them needs one$/,
	],
])('%s', (_title, text, expected) => {
	const told = problems(text);
	expect(told.length).toBeGreaterThan(0);
	if (typeof expected === 'string') expect(told).toEqual([expected]);
	else expect(told[0]).toMatch(expected);
});

test('what is printed of changed keys reads back as the same, and shows all others as they come', () => {
	const loaded = load('[keys]\nretry = "t"\npanes.remove = ["delete", "space"]\npanes.mark = "m"\n');
	if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
	const text = renderToml(loaded.config, 'printed');
	expect(text).toContain('\npanes.remove = ["delete", "space"]\n');
	expect(text).toContain('\n# panes.down = ["j", "down"]\n');
	const again = load(text);
	expect(again.ok && again.config.keys).toEqual(loaded.config.keys);
});

test('every line of keys that config.toml shows as a comment can be used as it stands', () => {
	const loaded = load('');
	if (!loaded.ok) throw new Error('the defaults are no configuration');
	const text = renderToml(loaded.config, 'printed');
	const lines = text.split('\n').filter(line => /^# [\w-]+\.[\w-]+ = \[/.test(line));
	expect(lines.length).toBeGreaterThan(80);
	expect(problems(`[keys]\n${lines.map(line => line.slice(2)).join('\n')}\n`)).toEqual([]);
});
