import stringWidth from 'string-width';
import {lazily} from './lazily.ts';

// Characters that take one cell each, need no cleaning and join with no neighbour: ASCII, Latin, our own shapes. Most of what
// is drawn; string-width and the segmenter are the costliest part of a frame otherwise.
const plain =
	/^[\u0020-\u007E\u00A0-\u00AC\u00AE-\u017F\u2013-\u2016\u2018-\u201D\u2026\u2190-\u2193\u2205\u2500-\u25A1\u25C6\u25CB\u2713\u2717]*$/;
/** Whether every character of the text takes one cell, needs no cleaning and joins with no neighbour. */
export const isPlain = (text: string): boolean => plain.test(text);

// Making one takes 7 ms of the start.
const segmenter = lazily(() => new Intl.Segmenter(undefined, {granularity: 'grapheme'}));

/** What a reader takes for one character each. */
export const graphemes = (text: string): readonly string[] =>
	Array.from(segmenter().segment(text), part => part.segment);

/** The same, found only as far as they are asked for. */
export function* eachGrapheme(text: string): Generator<string, void> {
	for (const {segment} of segmenter().segment(text)) yield segment;
}

/**
 * Terminal cells that a cleaned text takes at most. Terminals disagree: some measure what a reader takes for one character
 * (as string-width 8 does), others add up its code points (xterm.js, tmux: `กำ` is 2 there and 1 here), and their tables are
 * of 2006 or of last year. This is the sum, each code point by the table that gives it most, so that no text is ever wider
 * than its room; where a terminal needs less, a cell stays empty.
 */
export const cellWidth = (text: string): number => {
	if (isPlain(text)) return text.length;
	let width = 0;
	for (const character of text) width += widthOf(character);
	return width;
};

const widthOf = (character: string): number => {
	if (plain.test(character)) return 1;
	if (agreedWide.test(character)) return 2;
	if (mark.test(character)) return oldMark.test(character) ? 0 : 1;
	if (formerlyWide.test(character)) return 2;
	return joining.test(character) ? 1 : stringWidth(character);
};

// Kana, CJK and Hangul, which are most of what is not plain.
const agreedWide = /^[\u3041-\u3096\u309B-\u30FF\u3400-\u4DBF\u4E00-\u9FFF\uAC00-\uD7A3\uFF01-\uFF5E]$/;
const mark = /^[\p{Mn}\p{Me}]$/u;
/**
 * The marks that take no cell in any of the tables. xterm.js gives one cell to those that came after Unicode 5; the marks of
 * kana and Hangul make a narrow letter wide where characters are measured.
 */
const oldMark =
	/^[\u0300-\u0486\u0488-\u0615\u064B-\u065E\u0670-\u07F3\u0901-\u0902\u093C-\u0954\u0962-\u09E3\u0A01-\u0A4D\u0A70-\u0A71\u0A81-\u0AE3\u0B01-\u0B43\u0B4D\u0B56\u0B82-\u0BCD\u0C3E-\u0C56\u0CBC-\u0CE3\u0D41-\u0D43\u0D4D\u0DCA-\u0EB9\u0EBB-\u0ECD\u0F18-\u0F87\u0F90-\u1032\u1036-\u1039\u1058-\u1059\u135F-\u17DD\u18A9-\u1A18\u1B00-\u1B73\u1DC0-\u1DCA\u1DFE-\u20EF\uA806-\uA826\uFB1E-\uFE23\u{10A01}-\u{10A3F}\u{1D167}-\u{1D244}]$/u;
/** Blocks that are wide as a whole in the older tables, and two emoji that were. */
const formerlyWide = /^[\u2E80-\u303E\u3040-\uA4CF\uFE30-\uFE6F\uFF00\u{1F93B}\u{1F946}]$/u;
/** Signs that belong to what follows or what stands before them: none to string-width, one to many terminals. */
const joining = /^[\p{Cf}\u1160-\u11FF]$/u;

/** Marks on one letter that are drawn. Tibetan needs as many; more of them run over the rows above and below. */
const mostMarks = 5;
const heaped = new RegExp(String.raw`([\p{Mn}\p{Me}]{${mostMarks}})[\p{Mn}\p{Me}]+`, 'gu');

/** The text without heaps of marks. */
export const unheaped = (text: string): string => text.replaceAll(heaped, '$1');
