import {spawnSync} from 'node:child_process';
import {stripVTControlCharacters} from 'node:util';
import xterm from '@xterm/headless';
import {expect, test} from 'vitest';
import {colourDepth} from '../../../source/tui/colour-depth.ts';
import {paint} from '../../../source/tui/paint.ts';
import {styleOf, themeNames} from '../../../source/tui/theme.ts';
import type {Line} from '../../../source/tui/view/spans.ts';

const line: Line = [
	['one ', 'plain'],
	['two ', 'title'],
	['three ', 'title'],
	['', 'bad'],
	['four', 'dim'],
	[' five', 'plain'],
];

test('a painted line reads as it did, in every theme, under the cursor and not', () => {
	for (const theme of themeNames) {
		const {tones} = styleOf(theme, false);
		expect(stripVTControlCharacters(paint(line, tones))).toBe('one two three four five');
		expect(stripVTControlCharacters(paint(line, tones, true))).toBe('one two three four five');
	}
});

test('what follows a painted line is drawn as the terminal draws by itself', async () => {
	const terminal = new xterm.Terminal({cols: 80, rows: 2, allowProposedApi: true});
	for (const theme of themeNames) {
		for (const isInverse of [false, true]) {
			const {tones} = styleOf(theme, false);
			// The last tone is one that has to be switched off.
			const shown = line.slice(0, -1);
			await new Promise<void>(resolve =>
				terminal.write(`\u001B[0m\u001B[2J\u001B[H${paint(shown, tones, isInverse)}Z`, resolve),
			);
			const cell = terminal.buffer.active.getLine(0)?.getCell(18);
			expect(cell?.getChars()).toBe('Z');
			expect(cell?.isAttributeDefault(), theme).toBe(true);
		}
	}

	terminal.dispose();
});

const count = (text: string): number => text.split('\u001B').length - 1;

test('neighbours of one tone share its sequences, and the line under the cursor is inverted in one piece', () => {
	const {tones} = styleOf('dark', false);
	expect(count(paint(line, tones))).toBe(6);
	expect(count(paint(line, tones, true))).toBe(2);
});

const sensed = (env: Readonly<Record<string, string>>): string => {
	const script = `
		if ((process.env.NO_COLOR ?? '') !== '') process.env.FORCE_COLOR = '0';
		const {colourDepth} = await import(${JSON.stringify(new URL('../../../source/tui/colour-depth.ts', import.meta.url).href)});
		const {Chalk, supportsColor} = await import('chalk');
		console.log(colourDepth(process.env, 'auto', process.env.FORCE_COLOR === '0' ? false : supportsColor));`;
	// chalk asks the terminal itself first; with FORCE_COLOR without a number it asks only the environment.
	const {stdout, stderr} = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
		env: {FORCE_COLOR: 'true', ...env},
		encoding: 'utf8',
	});
	return stdout.trim() || stderr;
};

test.each([
	['a terminal of 24 bits', {TERM: 'xterm-256color', COLORTERM: 'truecolor'}, 'truecolour'],
	['one that says it the other way', {TERM: 'xterm-256color', COLORTERM: '24bit'}, 'truecolour'],
	['over SSH, where COLORTERM is lost', {TERM: 'xterm-256color'}, '256'],
	['tmux', {TERM: 'tmux-256color', TMUX: '/tmp/x', COLORTERM: 'truecolor'}, 'truecolour'],
	['tmux that calls itself screen', {TERM: 'screen-256color', TMUX: '/tmp/x', COLORTERM: 'truecolor'}, 'truecolour'],
	['GNU screen within a terminal of 24 bits', {TERM: 'screen.xterm-256color', COLORTERM: 'truecolor'}, '256'],
	['GNU screen with 16 colours', {TERM: 'screen', COLORTERM: 'truecolor'}, '16'],
	['a plain xterm', {TERM: 'xterm'}, '16'],
	['the console of Linux', {TERM: 'linux'}, '16'],
	['PuTTY', {TERM: 'putty-256color'}, '256'],
	['NO_COLOR', {TERM: 'xterm-256color', COLORTERM: 'truecolor', NO_COLOR: '1'}, 'none'],
	['NO_COLOR against FORCE_COLOR', {TERM: 'xterm-256color', NO_COLOR: '1', FORCE_COLOR: '3'}, 'none'],
	['an empty NO_COLOR, which says nothing', {TERM: 'xterm-256color', NO_COLOR: ''}, '256'],
	['FORCE_COLOR=0', {TERM: 'xterm-256color', FORCE_COLOR: '0'}, 'none'],
	['FORCE_COLOR=1', {TERM: 'xterm-256color', COLORTERM: 'truecolor', FORCE_COLOR: '1'}, '16'],
	['FORCE_COLOR=3', {TERM: 'xterm', FORCE_COLOR: '3'}, 'truecolour'],
])('%s', (_title, env, depth) => {
	expect(sensed(env)).toBe(depth);
});

test('what config.toml asks for is drawn, whatever the terminal says', () => {
	expect(colourDepth({NO_COLOR: '1'}, '16', false)).toBe('16');
	expect(colourDepth({TERM: 'xterm-256color', COLORTERM: 'truecolor'}, 'none')).toBe('none');
});
