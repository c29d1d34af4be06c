import {cleanText} from '../../../domain/text.ts';
import {cellWidth, graphemes, isPlain} from '../../format.ts';
import type {Style, Tone} from '../../theme.ts';
import {fitLine, type Line, type Span} from '../spans.ts';

/** A line of spaces. */
export const blank = (width: number): Line => [[' '.repeat(width), 'plain']];

/** One line of words. */
export const text = (words: string, tone: Tone, width: number, style: Style): Line =>
	fitLine([[' ', 'plain'], [words, tone] satisfies Span], width, style.glyphs.ellipsis);

const nameWidth = 10;

/** A named value in as many lines as it needs. */
export const field = (name: string, value: string, tone: Tone, width: number, style: Style): readonly Line[] =>
	wrap(cleanText(value), width - nameWidth - 2).map((part, index) =>
		fitLine(
			[
				[`  ${(index === 0 ? name : '').padEnd(nameWidth)}`, 'dim'],
				[part, tone],
			],
			width,
			style.glyphs.ellipsis,
		),
	);

/** A stretch of a text: from one offset up to another. */
export type Stretch = {readonly from: number; readonly to: number};

/** A text in lines of at most so many cells, broken at spaces where there are some. At least one line. */
export const wrap = (words: string, width: number): readonly string[] =>
	wrapAt(words, width).map(({from, to}) => words.slice(from, to));

/** The same as stretches of the text, so that places in it can be found again. Spaces at a break belong to no line. */
export const wrapAt = (words: string, width: number): readonly Stretch[] => {
	if (isPlain(words)) return words.length <= width ? [{from: 0, to: words.length}] : wrapPlain(words, width);
	const lines: Stretch[] = [];
	let from = 0;
	let at = 0;
	let taken = 0;
	let lastSpace = -1;
	for (const character of graphemes(words)) {
		const next = cellWidth(character);
		if (taken + next > width && at > from) {
			const to = lastSpace - from > width / 2 ? lastSpace : at;
			lines.push({from, to});
			from = to;
			while (from < at && words[from] === ' ') from++;
			taken = cellWidth(words.slice(from, at));
			lastSpace = -1;
		}

		// A space that would begin a line is left out.
		if (character === ' ' && at === from && lines.length > 0) {
			at += character.length;
			from = at;
			continue;
		}

		if (character === ' ') lastSpace = at;
		at += character.length;
		taken += next;
	}

	return from >= words.length && lines.length > 0 ? lines : [...lines, {from, to: words.length}];
};

/** Where every character takes one cell, lines are found by counting. */
const wrapPlain = (words: string, width: number): readonly Stretch[] => {
	const lines: Stretch[] = [];
	const most = Math.max(1, width);
	let from = 0;
	while (words.length - from > most) {
		const space = words.lastIndexOf(' ', from + most);
		const to = space - from > most / 2 ? space : from + most;
		lines.push({from, to});
		from = to;
		while (words[from] === ' ') from++;
	}

	return from >= words.length && lines.length > 0 ? lines : [...lines, {from, to: words.length}];
};
