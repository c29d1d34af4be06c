import xterm from '@xterm/headless';
import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {createFrameDiff} from '../../../source/tui/frame-diff.ts';
import {feed, pictureOf, pictureOfFrame} from '../../support/terminal-picture.ts';

type Size = {readonly columns: number; readonly rows: number};

const newTerminal = ({columns, rows}: Size): xterm.Terminal =>
	new xterm.Terminal({cols: columns, rows, allowProposedApi: true, scrollback: 0});

/** Widths as xterm has them; the texts below hold nothing that terminals disagree on. */
const widthOf = (text: string): number =>
	[...text.normalize('NFC')].reduce(
		(sum, character) => sum + (/[\u3000-\uD7A3\uFF00-\uFF60]/.test(character) ? 2 : 1),
		0,
	);

const looks = [
	'1',
	'2',
	'3',
	'4',
	'7',
	'9',
	'31',
	'32',
	'96',
	'41',
	'38;5;208',
	'38;2;1;2;3',
	'48;2;9;8;7',
	'1;36',
	'2;4;35',
];
const ends = ['22', '23', '24', '27', '29', '39', '49', '0', ''];
const piece = fc.record({
	codes: fc.array(fc.constantFrom(...looks, ...ends), {maxLength: 3}),
	text: fc.constantFrom(
		'abc',
		'漢字',
		' ',
		'      ',
		'━━━╸──',
		'12.4 MB/s',
		'é',
		'か',
		'12.5 MB/s',
		'한글',
		'…',
		'█▒░',
		'0',
		'Ａ',
	),
});

/** A row of pieces that is never wider than the screen. */
const lineOf = (columns: number): fc.Arbitrary<string> =>
	fc.array(piece, {maxLength: 14}).map(pieces => {
		let line = '';
		let width = 0;
		for (const {codes, text} of pieces) {
			width += widthOf(text);
			if (width > columns) break;
			line += codes.map(code => `\u001B[${code}m`).join('') + text;
		}

		return line;
	});

type Step = {readonly lines: readonly string[]; readonly before: 'nothing' | 'forget' | 'noise'};

const story = fc.record({columns: fc.integer({min: 2, max: 50}), rows: fc.integer({min: 1, max: 8})}).chain(size =>
	fc.record({
		size: fc.constant(size),
		steps: fc.array(
			fc.record({
				lines: fc.array(lineOf(size.columns), {minLength: 0, maxLength: size.rows}),
				before: fc.constantFrom('nothing', 'nothing', 'nothing', 'forget', 'noise'),
			}),
			{minLength: 2, maxLength: 6},
		),
	}),
);

const play = async (terminal: xterm.Terminal, steps: readonly Step[], size: Size): Promise<void> => {
	const diff = createFrameDiff();
	await feed(terminal, '\u001B[1;41mwhat the shell left\r\nthere\u001B[m\u001B[H\u001B[J');
	diff.erased();
	for (const {lines, before} of steps) {
		if (before === 'noise')
			await feed(terminal, '\u001B[3;5H\u001B[7;45mwall message\r\nanother row\u001B[5;1H漢字\u001B[1K');
		if (before !== 'nothing') diff.forget();
		await feed(terminal, diff.update(lines, size));
	}
};

test('after any series of frames the terminal shows the last one, as if it had been drawn on an empty screen', async () => {
	await fc.assert(
		fc.asyncProperty(story, async ({size, steps}) => {
			const followed = newTerminal(size);
			const fresh = newTerminal(size);
			await play(followed, steps as readonly Step[], size);
			// The oracle compares nothing: it writes each row whole, from a plain pen.
			expect(pictureOf(followed)).toEqual(await pictureOfFrame(fresh, steps.at(-1)?.lines ?? []));
			followed.dispose();
			fresh.dispose();
		}),
		{numRuns: Number(process.env['FRAME_RUNS'] ?? 150)},
	);
	// A terminal parses each frame in turns of the event loop, which on a busy machine are far apart.
}, 60_000);

test('no frame moves the screen: the last cell of the last row can be written', async () => {
	const size = {columns: 4, rows: 2};
	const terminal = newTerminal(size);
	const diff = createFrameDiff();
	diff.erased();
	for (const lines of [
		['abcd', 'efgh'],
		['abcx', 'efgy'],
		['漢字', '字漢'],
		['ab', 'cdef'],
	])
		await feed(terminal, diff.update(lines, size));
	expect(pictureOf(terminal).map(row => row.map(cell => cell[0]).join(''))).toEqual(['ab  ', 'cdef']);
});

const afterFrame = (lines: readonly string[], size: Size) => {
	const diff = createFrameDiff();
	diff.erased();
	diff.update(lines, size);
	return diff;
};

const wide = {columns: 80, rows: 3};

test('a changed number costs its own bytes and not those of its row', () => {
	const diff = afterFrame(['', '', `${'x'.repeat(60)} 61%`], wide);
	expect(diff.update(['', '', `${'x'.repeat(60)} 62%`], wide)).toBe('\u001B[3;63H2');
});

const row = (value: number): string => `${'x'.repeat(60)} 6${value}%`;

test('the same number in the next row costs two bytes more than itself', () => {
	const diff = afterFrame([row(1), row(1), row(1)], wide);
	expect(diff.update([row(2), row(2), row(2)], wide)).toBe('\u001B[1;63H2\u001BD\b2\u001BD\b2');
});

test('an unchanged frame costs nothing, however it was put together', () => {
	const diff = afterFrame(['\u001B[1mab\u001B[22m  \u001B[2mc\u001B[22m'], wide);
	expect(diff.update(['\u001B[1mab\u001B[22m  \u001B[2mc\u001B[22m'], wide)).toBe('');
	expect(diff.update(['\u001B[1mab\u001B[22;2m  c\u001B[m', ''], wide)).toBe('');
});

test('colours change by what differs, and spaces between words of one colour cost one byte', () => {
	const diff = afterFrame([], wide);
	expect(diff.update(['\u001B[1;36mone\u001B[m \u001B[1;36mtwo\u001B[22mthree\u001B[m'], wide)).toBe(
		'\u001B[H\u001B[1;36mone two\u001B[22mthree\u001B[m',
	);
});

test('the end of a row is erased and not written as spaces', () => {
	const diff = afterFrame(['a'.repeat(70)], wide);
	expect(diff.update(['a'.repeat(10)], wide)).toBe('\u001B[1;11H\u001B[K');
});

test('an emoji is followed by a position, because terminals disagree on its width', () => {
	expect(afterFrame([], wide).update(['🎓ab'], wide)).toBe('\u001B[H  \u001B[H🎓\u001B[1;3Hab');
});

test('controls that have come this far do not reach the terminal', () => {
	expect(afterFrame([], wide).update(['a\u001B]0;title\u0007b\u001B[2Jc\td'], wide)).not.toMatch(
		// oxlint-disable-next-line no-control-regex
		/\u001B\]|\u001B\[2J|\u0007|\t/,
	);
});
