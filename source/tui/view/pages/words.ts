import {cleanText} from '../../../domain/text.ts';
import {cellWidth, graphemes} from '../../format.ts';
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

/** A text in lines of at most so many cells, broken at spaces where there are some. At least one line. */
export const wrap = (words: string, width: number): readonly string[] => {
	const lines: string[] = [];
	let line = '';
	let taken = 0;
	let lastSpace = -1;
	for (const character of graphemes(words)) {
		const next = cellWidth(character);
		if (taken + next > width && line !== '') {
			const keep = lastSpace > width / 2 ? lastSpace : line.length;
			lines.push(line.slice(0, keep));
			line = line.slice(keep).trimStart();
			taken = cellWidth(line);
			lastSpace = -1;
		}

		if (character === ' ') lastSpace = line.length;
		line += character;
		taken += next;
	}

	return line === '' && lines.length > 0 ? lines : [...lines, line];
};
