import {cellWidth} from './format.ts';
import {lazily} from './lazily.ts';

/** One terminal cell: what is drawn in it and with which SGR state. The second cell of a wide character has no text. */
type Cell = {readonly text: string; readonly style: string; readonly width: number};

const sgr = /\u001B\[([\d;:]*)m/y;
const segmenter = lazily(() => new Intl.Segmenter(undefined, {granularity: 'grapheme'}));
/** Characters on whose width all terminals agree: ASCII, Latin, arrows to geometric shapes, kana, CJK, Hangul syllables. */
const agreed =
	/^[\u0020-\u007E\u00A0-\u00AC\u00AE-\u02FF\u2010-\u2027\u2030-\u205E\u2190-\u21FF\u2500-\u25FF\u2713\u2717\u2205\u3001-\u3029\u3030-\u303E\u3041-\u3096\u309B-\u30FF\u3400-\u4DBF\u4E00-\u9FFF\uAC00-\uD7A3\uFF01-\uFF5E]$/;
const blankCell: Cell = {text: ' ', style: '', width: 1};
const noCell: Cell = {text: '', style: '', width: 0};

/**
 * What to write so that a row which shows `before` shows `after`, by absolute position, only the cells that differ.
 *
 * @param row from 1
 * @param before undefined where nothing is known of the row: then all of it is painted
 */
export const rowUpdate = (row: number, columns: number, before: string | undefined, after: string): string => {
	const next = cellsOf(after, columns);
	const old = before === undefined ? undefined : cellsOf(before, columns);
	let out = '';
	let column = 0;
	while (column < columns) {
		if (old !== undefined && isSame(old[column], next[column])) {
			column++;
			continue;
		}

		const end = old === undefined ? columns : runEnd(old, next, column, columns);
		const inked = lastInked(next, columns);
		// Where nothing follows, the rest is erased in one go instead of written as spaces.
		const isErased = end - Math.max(column, inked) > leastErased;
		out += paint(row, column, isErased ? Math.max(column, inked) : end, next) + (isErased ? eraseRest : '');
		column = isErased ? columns : end;
	}

	return out;
};

const eraseRest = '\u001B[K';
/** Spaces up to which writing them is as short as erasing. */
const leastErased = 3;

/** Unchanged cells between two changes that are cheaper to paint again than to jump over (`CSI row;col H` is 6 to 8 bytes). */
const cheapGap = 6;

const runEnd = (old: readonly Cell[], next: readonly Cell[], from: number, columns: number): number => {
	let end = from + 1;
	for (let column = from + 1; column < columns && column - end <= cheapGap; column++) {
		if (!isSame(old[column], next[column])) end = column + 1;
	}

	return end;
};

const isSame = (first: Cell | undefined, second: Cell | undefined): boolean =>
	first === second ||
	(first !== undefined &&
		second !== undefined &&
		first.text === second.text &&
		first.style === second.style &&
		first.width === second.width);

const paint = (row: number, start: number, end: number, cells: readonly Cell[]): string => {
	let out = `\u001B[${row};${start + 1}H`;
	let style = '';
	for (let column = start; column < end; column++) {
		const cell = cells[column] ?? blankCell;
		if (cell.width === 0) continue;
		if (cell.style !== style) {
			// Styles are written from nothing, so that no attribute of the one before stays on.
			out += style === '' ? cell.style : `\u001B[0m${cell.style}`;
			style = cell.style;
		}

		out += agreed.test(cell.text) ? cell.text : unsure(cell, row, column);
	}

	return style === '' ? out : `${out}\u001B[0m`;
};

/** The column after the last one that is more than an unstyled space. */
const lastInked = (cells: readonly Cell[], columns: number): number => {
	let last = columns;
	while (last > 0 && cells[last - 1]?.text === ' ' && cells[last - 1]?.style === '') last--;
	return last;
};

// Terminals disagree on the width of emoji and of some marks: the cells are cleared first, and the position is set
// afterwards, so that what follows stands where it belongs in every terminal.
const unsure = (cell: Cell, row: number, column: number): string =>
	`${' '.repeat(cell.width)}\u001B[${row};${column + 1}H${cell.text}\u001B[${row};${column + 1 + cell.width}H`;

/** A line with SGR codes as exactly `columns` cells. */
const cellsOf = (line: string, columns: number): readonly Cell[] => {
	const cells: Cell[] = [];
	let active: readonly string[] = [];
	let style = '';
	let from = 0;
	while (from < line.length && cells.length < columns) {
		sgr.lastIndex = from;
		const code = sgr.exec(line);
		if (code !== null) {
			active = nextStyle(active, code[1] ?? '');
			style = active.map(one => `\u001B[${one}m`).join('');
			from = sgr.lastIndex;
			continue;
		}

		const escape = line.indexOf('\u001B', from + 1);
		const end = escape === -1 ? line.length : escape;
		pushText(cells, line.slice(from, end), style, columns);
		from = end;
	}

	while (cells.length < columns) cells.push(blankCell);
	return cells;
};

const pushText = (cells: Cell[], text: string, style: string, columns: number): void => {
	for (const segment of /^[\u0020-\u007E\u2500-\u259F]*$/.test(text) ? text : segments(text)) {
		const width = segment < '\u0300' || (segment >= '\u2500' && segment <= '\u259F') ? 1 : cellWidth(segment);
		if (width === 0) continue;
		if (cells.length + width > columns) {
			while (cells.length < columns) cells.push(blankCell);
			return;
		}

		cells.push({text: segment, style, width});
		for (let rest = 1; rest < width; rest++) cells.push(noCell);
	}
};

const segments = (text: string): readonly string[] => Array.from(segmenter().segment(text), part => part.segment);

/** SGR groups that exclude each other, by their code: what chalk writes, and the codes that end it. */
const groupOf = (code: string): string | undefined => {
	const first = Number(code.split(/[;:]/)[0]);
	if (first === 1 || first === 2) return `weight${first}`;
	if ((first >= 30 && first <= 38) || (first >= 90 && first <= 97)) return 'foreground';
	if ((first >= 40 && first <= 48) || (first >= 100 && first <= 107)) return 'background';
	return first >= 3 && first <= 9 ? `attribute${first}` : undefined;
};

const endedBy: Readonly<Record<string, readonly string[]>> = {
	'22': ['weight1', 'weight2'],
	'23': ['attribute3'],
	'24': ['attribute4'],
	'25': ['attribute5'],
	'27': ['attribute7'],
	'28': ['attribute8'],
	'29': ['attribute9'],
	'39': ['foreground'],
	'49': ['background'],
};

const nextStyle = (active: readonly string[], code: string): readonly string[] => {
	if (code === '' || code === '0') return [];
	const ended = endedBy[code];
	const group = groupOf(code);
	const gone = ended ?? (group === undefined ? [] : [group]);
	const kept = active.filter(one => !gone.includes(groupOf(one) ?? ''));
	// Sorted, so that the same look is the same text whatever the order in which it was put on.
	return ended === undefined && group !== undefined ? [...kept, code].toSorted() : kept;
};
