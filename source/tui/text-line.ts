import {cellWidth, graphemes} from './format.ts';

/** A line of text that is being written. The caret is an offset at the border of two graphemes, 0 to the length. */
export type TextLine = {readonly text: string; readonly caret: number};

/** A change of a line, by the name of the key's action. */
export type LineEdit = (line: TextLine) => TextLine;

/** The line with its caret where one can be; without one it stands at the end. */
export const lineOf = (text: string, caret: number = text.length): TextLine => ({
	text,
	caret: caret >= text.length ? text.length : borderBefore(text, Math.max(0, caret) + 1),
});

/** Writes at the caret, which ends up behind what was written: also where it joins with what stands there. */
export const insert =
	(written: string): LineEdit =>
	({text, caret}) => {
		const next = text.slice(0, caret) + written + text.slice(caret);
		return {text: next, caret: borderFrom(next, caret + written.length)};
	};

export const left: LineEdit = ({text, caret}) => ({text, caret: borderBefore(text, caret)});
export const right: LineEdit = ({text, caret}) => ({text, caret: borderAfter(text, caret)});
export const toStart: LineEdit = ({text}) => ({text, caret: 0});
export const toEnd: LineEdit = ({text}) => ({text, caret: text.length});
export const wordLeft: LineEdit = ({text, caret}) => ({text, caret: wordStart(text, caret)});
export const wordRight: LineEdit = ({text, caret}) => ({text, caret: wordEnd(text, caret)});

export const erase: LineEdit = line => cut(line, borderBefore(line.text, line.caret), line.caret);
export const eraseForward: LineEdit = line => cut(line, line.caret, borderAfter(line.text, line.caret));
export const eraseWord: LineEdit = line => cut(line, wordStart(line.text, line.caret), line.caret);
export const eraseWordForward: LineEdit = line => cut(line, line.caret, wordEnd(line.text, line.caret));
export const eraseToStart: LineEdit = line => cut(line, 0, line.caret);
export const eraseToEnd: LineEdit = line => cut(line, line.caret, line.text.length);

/**
 * The part of a line around its caret that fits into so many cells, one of which is left for the caret. The caret is
 * always in it, with something of what stands before it.
 */
export const windowOf = ({text, caret}: TextLine, width: number): {readonly before: string; readonly after: string} => {
	const room = Math.max(0, width - 1);
	const behind = graphemes(text.slice(caret));
	// What stands behind the caret gets at most a third, unless there is more room than that.
	const wanted = Math.max(Math.floor(room / 3), room - cellWidth(text.slice(0, caret)));
	const after = takeFrom(behind, wanted);
	const before = takeFrom(graphemes(text.slice(0, caret)).toReversed(), room - cellWidth(after.join('')));
	return {before: before.toReversed().join(''), after: after.join('')};
};

const takeFrom = (parts: readonly string[], room: number): readonly string[] => {
	let taken = 0;
	const end = parts.findIndex(part => {
		taken += cellWidth(part);
		return taken > room;
	});
	return end === -1 ? parts : parts.slice(0, end);
};

const cut = ({text}: TextLine, from: number, to: number): TextLine => {
	const next = text.slice(0, from) + text.slice(to);
	return {text: next, caret: borderFrom(next, from)};
};

/** Offsets at which a grapheme begins, and the end. */
const bordersOf = (text: string): readonly number[] => {
	let at = 0;
	return [0, ...graphemes(text).map(part => (at += part.length))];
};

const borderBefore = (text: string, caret: number): number => bordersOf(text).findLast(border => border < caret) ?? 0;

const borderAfter = (text: string, caret: number): number =>
	bordersOf(text).find(border => border > caret) ?? text.length;

/** The first border at or after an offset. */
const borderFrom = (text: string, offset: number): number =>
	bordersOf(text).find(border => border >= offset) ?? text.length;

// A space may be joined with what follows it, so that words do not always begin at a border.
const wordStart = (text: string, caret: number): number =>
	borderBefore(text, caret + 1 - (/\S*\s*$/u.exec(text.slice(0, caret))?.[0].length ?? 0));

const wordEnd = (text: string, caret: number): number =>
	borderFrom(text, caret + (/^\s*\S*/u.exec(text.slice(caret))?.[0].length ?? 0));
