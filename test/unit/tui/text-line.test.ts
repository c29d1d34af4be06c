import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {cellWidth} from '../../../source/tui/format.ts';
import {
	erase,
	eraseForward,
	eraseToEnd,
	eraseToStart,
	eraseWord,
	eraseWordForward,
	insert,
	left,
	lineOf,
	right,
	toEnd,
	toStart,
	windowOf,
	wordLeft,
	wordRight,
	type LineEdit,
	type TextLine,
} from '../../../source/tui/text-line.ts';

/** A line written with `|` for its caret. */
const line = (shown: string): TextLine => ({text: shown.replace('|', ''), caret: shown.indexOf('|')});
const shown = ({text, caret}: TextLine): string => `${text.slice(0, caret)}|${text.slice(caret)}`;

test.each([
	['writes at the caret', insert('x'), 'ab|c', 'abx|c'],
	['goes a character to the left', left, 'ab|c', 'a|bc'],
	['stays at the start', left, '|abc', '|abc'],
	['goes a character to the right', right, 'ab|c', 'abc|'],
	['stays at the end', right, 'abc|', 'abc|'],
	['goes to the start', toStart, 'ab|c', '|abc'],
	['goes to the end', toEnd, '|abc', 'abc|'],
	['goes a word to the left', wordLeft, 'one two  |x', 'one |two  x'],
	['goes a word to the right', wordRight, 'one| two x', 'one two| x'],
	['erases before the caret', erase, 'ab|c', 'a|c'],
	['erases nothing before the start', erase, '|abc', '|abc'],
	['erases behind the caret', eraseForward, 'a|bc', 'a|c'],
	['erases nothing behind the end', eraseForward, 'abc|', 'abc|'],
	['erases a word', eraseWord, 'one two |x', 'one |x'],
	['erases a word behind the caret', eraseWordForward, 'one| two x', 'one| x'],
	['erases to the start', eraseToStart, 'ab|c', '|c'],
	['erases to the end', eraseToEnd, 'a|bc', 'a|'],
	['takes a wide character as one', left, '漢字|x', '漢|字x'],
	['takes a character of several units as one', erase, 'a👨‍👩‍👧|b', 'a|b'],
	['takes a letter with its accents as one', erase, 'xe\u0301\u0323|y', 'x|y'],
	['never stops within one', right, '|🏳️‍🌈x', '🏳️‍🌈|x'],
])('%s', (_title, edit: LineEdit, before, after) => {
	expect(shown(edit(line(before)))).toBe(after);
});

test('an accent that is written joins the letter before it, and the caret stands behind both', () => {
	expect(insert('\u0301')(line('e|x'))).toEqual({text: 'e\u0301x', caret: 2});
});

test('what joins when something between it is erased is one character, and the caret stands behind it', () => {
	expect(erase(line('🇩x|🇪y'))).toEqual({text: '🇩🇪y', caret: 4});
});

const texts = fc
	.array(fc.constantFrom('a', ' ', 'é', 'e\u0301', '漢', '👨‍👩‍👧', '🏳️‍🌈', '\u0301', '\u200D', '🇩', '🇪', 'क्', 'ष', '한'), {
		maxLength: 12,
	})
	.map(parts => parts.join(''));

test('the caret always stands at the border of two characters as people see them', () => {
	const edits = [
		left,
		right,
		toStart,
		toEnd,
		wordLeft,
		wordRight,
		erase,
		eraseForward,
		eraseWord,
		eraseToEnd,
		insert('\u200D'),
		insert('x'),
		insert('👩'),
	];
	const segmenter = new Intl.Segmenter(undefined, {granularity: 'grapheme'});
	fc.assert(
		fc.property(texts, fc.nat(40), fc.array(fc.constantFrom(...edits), {maxLength: 20}), (text, caret, chosen) => {
			let current = lineOf(text, caret);
			for (const edit of chosen) {
				current = edit(current);
				const borders = [0, ...Array.from(segmenter.segment(current.text), part => part.index + part.segment.length)];
				expect(borders).toContain(current.caret);
			}
		}),
	);
});

test('what is shown of a line has room for the caret and never more cells than there are', () => {
	fc.assert(
		fc.property(texts, fc.nat(40), fc.integer({min: 1, max: 20}), (text, caret, width) => {
			const current = lineOf(text, caret);
			const {before, after} = windowOf(current, width);
			expect(cellWidth(before) + 1 + cellWidth(after)).toBeLessThanOrEqual(width);
			expect(current.text.slice(0, current.caret).endsWith(before)).toBe(true);
			expect(current.text.slice(current.caret).startsWith(after)).toBe(true);
		}),
	);
});

test('a line that fits is shown whole', () => {
	expect(windowOf(line('ab|cd'), 5)).toEqual({before: 'ab', after: 'cd'});
	expect(windowOf(line('abcdefgh|ij'), 7)).toEqual({before: 'efgh', after: 'ij'});
	expect(windowOf(line('漢字漢|字'), 6)).toEqual({before: '字漢', after: ''});
});
