import {windowOf, type TextLine} from '../text-line.ts';
import type {Glyphs} from '../theme.ts';
import type {Span} from './spans.ts';

/** A line that is being written, with its caret in it, in at most so many cells. */
export const textInput = (line: TextLine, width: number, {caret}: Pick<Glyphs, 'caret'>): Span => {
	const {before, after} = windowOf(line, width);
	return [before + caret + after, 'strong'];
};
