import {addFields, fieldsOf, frameRows, isBlank, type AddField, type Draft} from '../adding/draft.ts';
import type {Checked} from '../adding/check.ts';
import {verdictOf, type CheckedLine, type Verdict} from '../adding/verdict.ts';
import {cellWidth} from '../format.ts';
import {lineOf, windowOf} from '../text-line.ts';
import type {Glyphs, Style, Tone} from '../theme.ts';
import {addTitle, lineSubject, lineWords} from './add-words.ts';
import {wrap} from './pages/words.ts';
import {panelTitle} from './panel-lines.ts';
import {fitLine, type Line, type Span} from './spans.ts';

/** The panel for adding: its counts, the lines with what each is, the line that is typed, and what holds for all. */
export const addLines = (
	draft: Draft,
	checked: Checked,
	{width, rows}: {readonly width: number; readonly rows: number},
	style: Style,
): readonly Line[] => {
	const {ellipsis} = style.glyphs;
	const line = (...spans: readonly Span[]): Line => fitLine(spans, width, ellipsis);
	const shown = Math.max(0, rows - frameRows);
	const preview = isBlank(draft)
		? [line([' one address, many at once by pasting, or the path of a list', 'dim'])].slice(0, shown)
		: previewLines(draft, checked, {width, rows: shown}, style);
	return [
		panelTitle(addTitle(draft, checked), width, style),
		...preview,
		...Array.from({length: shown - preview.length}, () => line()),
		line(...inputSpans(draft, width, style.glyphs)),
		line(...optionSpans(draft, width, style.glyphs)),
	];
};

const signs: Readonly<Record<Verdict, (glyphs: Glyphs) => Span>> = {
	new: () => ['+', 'good'],
	known: () => ['=', 'warning'],
	bad: glyphs => [glyphs.failed, 'bad'],
	checking: glyphs => [glyphs.ellipsis, 'dim'],
};

const wordTones: Readonly<Record<Verdict, Tone>> = {new: 'plain', known: 'warning', bad: 'bad', checking: 'dim'};

const previewLines = (
	{cursor}: Draft,
	{lines, order}: Checked,
	{width, rows}: {readonly width: number; readonly rows: number},
	style: Style,
): readonly Line[] => {
	const position = cursor === undefined ? 0 : Math.max(0, order.indexOf(cursor));
	const top = Math.max(0, Math.min(position - Math.floor(rows / 2), order.length - rows));
	const digits = String(lines.length).length;
	const drawn = order.slice(top, top + rows).flatMap((place, index) => {
		const line = lines[place];
		if (line === undefined) return [];
		// What is wrong with the first line, or with the one that is looked at, is told in full.
		const isWhole = place === cursor || (cursor === undefined && index === 0 && verdictOf(line) === 'bad');
		const room = {width, rows: isWhole ? Math.min(wholeRows, rows) : 1};
		return lineRows(line, {number: String(place + 1).padStart(digits), isCursor: place === cursor}, room, style);
	});
	return drawn.slice(0, rows);
};

/** Cells. */
const leastSubject = 8;

/** Rows that one line may take. */
const wholeRows = 3;

const lineRows = (
	line: CheckedLine,
	{number, isCursor}: {readonly number: string; readonly isCursor: boolean},
	{width, rows}: {readonly width: number; readonly rows: number},
	{glyphs}: Style,
): readonly Line[] => {
	const verdict = verdictOf(line);
	const head: readonly Span[] = [
		[isCursor ? glyphs.cursor : ' ', 'accent'],
		[`${number} `, 'dim'],
		signs[verdict](glyphs),
		[' ', 'plain'],
	];
	const indent = widthOf(head);
	const words = lineWords(line);
	const parts = wrap(words, Math.max(8, width - indent)).slice(0, rows);
	if (rows === 1 || parts.length === 1) {
		// A few cells of an address tell nothing.
		const hasRoom = indent + cellWidth(words) + 3 + leastSubject <= width;
		const subject: readonly Span[] = hasRoom
			? [
					[` ${glyphs.separator} `, 'dim'],
					[lineSubject(line), 'dim'],
				]
			: [];
		return [fitLine([...head, [words, wordTones[verdict]], ...subject], width, glyphs.ellipsis)];
	}

	return parts.map((part, index) =>
		fitLine(
			[...(index === 0 ? head : [[' '.repeat(indent), 'plain'] as const]), [part, wordTones[verdict]]],
			width,
			glyphs.ellipsis,
		),
	);
};

const inputSpans = (draft: Draft, width: number, glyphs: Glyphs): readonly Span[] => {
	const prompt = draft.isBusy ? ' adding ' : ' source: ';
	if (draft.field !== 'source')
		return [
			[prompt, 'dim'],
			[fieldsOf(draft).source, 'plain'],
		];
	const {before, after} = windowOf(lineOf(draft.text, draft.caret), width - cellWidth(prompt) - 1);
	return [
		[prompt, 'dim'],
		[before + glyphs.caret + after, 'strong'],
	];
};

const emptyWords: Readonly<Record<Exclude<AddField, 'source'>, string>> = {
	batch: 'none',
	priority: '5',
	paused: 'no',
	provider: 'any',
	quality: 'any',
	episodes: 'none',
};

const optionSpans = (draft: Draft, width: number, glyphs: Glyphs): readonly Span[] => {
	const fields = fieldsOf(draft);
	const names = addFields.filter(name => name !== 'source');
	const parts = names.map((name): readonly Span[] => {
		const isFocused = name === draft.field;
		const {before, after} = windowOf(lineOf(draft.text, draft.caret), Math.max(12, Math.floor(width / 2)));
		return [
			[` ${name} `, isFocused ? 'key' : 'dim'],
			isFocused
				? [before + glyphs.caret + after, 'strong']
				: [fields[name] === '' ? emptyWords[name] : fields[name], fields[name] === '' ? 'dim' : 'plain'],
			[' ', 'plain'],
		];
	});
	// The field that is written must be seen: what stands before it goes where there is no room.
	const focused = names.findIndex(name => name === draft.field);
	let from = 0;
	while (from < focused && widthOf(parts.slice(from, focused + 1).flat()) > width) from++;
	return parts.slice(from).flat();
};

const widthOf = (spans: readonly Span[]): number => spans.reduce((sum, [text]) => sum + cellWidth(text), 0);
