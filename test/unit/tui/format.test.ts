import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {
	cellWidth,
	clockTime,
	count,
	duration,
	fit,
	fitMiddle,
	percent,
	size,
	speed,
	tail,
} from '../../../source/tui/format.ts';
import {fitColumns, fitLine, rowLine, type Column} from '../../../source/tui/view/spans.ts';
import {wrap} from '../../../source/tui/view/pages/words.ts';

/** Any Unicode: code points of every plane, lone surrogates, controls, marks, emoji, right-to-left. */
const anyText = fc.oneof(
	fc.string({unit: 'binary', maxLength: 40}),
	fc.string({unit: 'grapheme', maxLength: 40}),
	fc.string({
		unit: fc.constantFrom(
			'a',
			'漢',
			'e\u0301',
			'👨‍👩‍👧',
			'\t',
			'\u001B[31m',
			'\u202E',
			'🇩🇪',
			'\r\n',
			'ﷺ',
			'ำ',
			'\uD800',
			'️',
		),
		maxLength: 30,
	}),
);

// That terminals agree with this measure is judged by terminals, in test/property/cells.
test('a text never takes another number of cells than it was given, whatever Unicode it is', () => {
	fc.assert(
		fc.property(anyText, fc.integer({min: 0, max: 30}), fc.constantFrom('left', 'right'), (text, width, align) => {
			const fitted = fit(text, width, align as 'left' | 'right');
			expect(cellWidth(fitted)).toBe(width);
			expect(cellWidth(fitMiddle(text, width))).toBe(width);
			// oxlint-disable-next-line no-control-regex
			expect(fitted).not.toMatch(/[\u0000-\u001F\u007F-\u009F\u200B-\u200F\u202A-\u202E]/);
		}),
		{numRuns: 3000},
	);
});

// Mutation seen to fail: the end cut as well.
test('titles that begin alike are cut so that they can be told apart', () => {
	expect(fitMiddle('One Thousand Nights, episode 12', 20)).toBe('One Thousan…isode 12');
	expect(fitMiddle('One Thousand Nights', 24)).toBe('One Thousand Nights     ');
	expect(fitMiddle('深夜食堂 第二部 第七話', 15)).toBe('深夜食堂…第七話');
	expect(fitMiddle('One Thousand Nights', 8)).toBe('One Tho…');
});

test('a line of spans is exactly as wide as it was asked to be', () => {
	fc.assert(
		fc.property(fc.array(anyText, {maxLength: 6}), fc.integer({min: 1, max: 60}), (texts, width) => {
			const line = fitLine(
				texts.map(text => [fit(text, 7), 'plain'] as const),
				width,
				'…',
			);
			expect(cellWidth(line.map(([text]) => text).join(''))).toBe(width);
		}),
		{numRuns: 500},
	);
});

test('a row of columns is exactly as wide as its pane, whatever the title', () => {
	const columns: readonly Column<string>[] = [
		{width: 2, rank: 3, cell: () => ['12', 'plain']},
		{width: 10, grow: 2, rank: 0, cell: title => [title, 'plain']},
		{width: 8, grow: 1, rank: 1, cell: title => [title, 'dim']},
		{width: 6, rank: 2, cell: () => ['long words', 'dim']},
	];
	fc.assert(
		fc.property(anyText, fc.integer({min: 10, max: 120}), (title, width) => {
			const line = rowLine(title, fitColumns(columns, width), '…');
			expect(cellWidth(line.map(([text]) => text).join(''))).toBe(width);
		}),
		{numRuns: 500},
	);
});

test('a long text is broken into lines that fit', () => {
	fc.assert(
		fc.property(fc.string({unit: 'grapheme', maxLength: 80}), fc.integer({min: 4, max: 30}), (text, width) => {
			for (const line of wrap(text, width)) expect(cellWidth(line)).toBeLessThanOrEqual(width);
		}),
		{numRuns: 500},
	);
});

test.each([
	['title', 8, 'title   '],
	['a longer title', 8, 'a longe…'],
	['葬送のフリーレン', 8, '葬送の… '],
	['葬送のフリーレン', 9, '葬送のフ…'],
	['one\u001B[2Jtwo\nthree', 20, 'onetwo three        '],
])('%j in %i cells is %j', (text, width, expected) => {
	expect(fit(text, width)).toBe(expected);
});

test.each([
	[size(0), '0 B'],
	[size(999), '999 B'],
	[size(412_000_000_000), '412.0 GB'],
	[speed(4_100_000), '4.1 MB/s'],
	[speed(0), ''],
	[duration(42_000), '42s'],
	[duration(185_000), '3m 05s'],
	[duration(7_800_000), '2h 10m'],
	[duration(273_600_000), '3d 4h'],
	[count(1204), '1,204'],
	[count(1_240_000, true), '1.2M'],
	[percent(0.999), '99%'],
	[percent(1), '100%'],
])('%s', (shown, expected) => {
	expect(shown).toBe(expected);
});

test('an instant of today is told to the second, an older one with its day', () => {
	const now = new Date(2026, 2, 14, 20, 15, 0).getTime();
	expect(clockTime(new Date(2026, 2, 14, 21, 4, 5).getTime(), now)).toBe('21:04:05');
	expect(clockTime(new Date(2026, 2, 17, 6, 30).getTime(), now)).toBe('Tue 06:30');
	expect(clockTime(new Date(2026, 3, 17, 6, 30).getTime(), now)).toBe('17 Apr 06:30');
});

test('the end of a long input stays in view', () => {
	expect(tail('https://example.org/葬送', 8)).toBe('org/葬送');
	expect(tail('short', 8)).toBe('short');
});
