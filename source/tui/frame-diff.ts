import {createCells, type Cell, type CellRow} from './frame-cells.ts';
import {moveTo, type Place} from './frame-moves.ts';
import {penChange, type Pen} from './frame-pen.ts';

/** What a terminal shows, as far as it is known, and what to write so that it shows something else. */
export type FrameDiff = {
	/**
	 * What to write so that a screen of this size shows these lines (text with SGR sequences); nothing where it does already.
	 * The cursor is left anywhere, the pen plain.
	 */
	update(lines: readonly string[], size: {readonly columns: number; readonly rows: number}): string;
	/** Nothing is known of the screen any more: every row is drawn anew. */
	forget(): void;
	/** The screen was erased with a plain pen. */
	erased(): void;
};

type Row = CellRow & {readonly line: string};

export const createFrameDiff = (): FrameDiff => {
	const cells = createCells();
	/** Undefined where nothing is known. */
	let shown: readonly (Row | undefined)[] = [];
	let isErased = false;
	let isPenKnown = false;
	let width = 0;
	return {
		update(lines, {columns, rows}) {
			// What a terminal does with its rows when its width changes is its own affair.
			if (columns !== width) shown = [];
			width = columns;
			const out = writer(cells.plain, columns, isPenKnown);
			shown = Array.from({length: rows}, (_, row) => {
				const line = lines[row] ?? '';
				const before = shown[row];
				if (before?.line === line) return before;
				const after = {line, ...cells.rowOf(line, columns)};
				if (before === undefined && !isErased) out.clearRow(row);
				drawRow(out, row, before?.cells ?? emptyCells, after, before?.inked ?? 0, cells.blank);
				return after;
			});
			isErased = false;
			isPenKnown = true;
			return out.end();
		},
		forget() {
			shown = [];
			isErased = false;
			isPenKnown = false;
		},
		erased() {
			shown = [];
			isErased = true;
			isPenKnown = true;
		},
	};
};

const emptyCells: readonly Cell[] = [];

/** Writes the cells of one row that differ; beyond the last one that matters the row is erased where that is shorter. */
const drawRow = (
	out: Writer,
	row: number,
	before: readonly Cell[],
	{cells: after, inked}: CellRow,
	inkedBefore: number,
	blank: Cell,
): void => {
	const end = inkedBefore - inked > leastErased ? inked : Math.max(inked, inkedBefore);
	for (let column = 0; column < end; column++) {
		const cell = after[column] ?? blank;
		if (cell !== (before[column] ?? blank) && cell.width > 0) out.put({row, column}, cell, after);
	}

	if (inkedBefore > end) out.clearRest({row, column: end});
};

/** Spaces up to which writing them is as short as erasing. */
const leastErased = 3;

type Writer = {
	/** Draws one cell; `row` has the cells to its left, which may be shorter to draw again than to jump over. */
	put(place: Place, cell: Cell, row: readonly Cell[]): void;
	clearRow(row: number): void;
	/** Erases from this place to the end of its row. */
	clearRest(place: Place): void;
	/** All that was written, with the pen made plain again. */
	end(): string;
};

const eraseRest = '\u001B[K';
const plainPen = '\u001B[m';

const writer = (plain: Pen, columns: number, isPenKnown: boolean): Writer => {
	let text = isPenKnown ? '' : plainPen;
	let pen = plain;
	let cursor: Place | undefined;
	const move = (place: Place): void => {
		if (cursor?.row === place.row && cursor.column === place.column) return;
		text += moveTo(cursor, place);
		cursor = place;
	};
	const draw = (place: Place, cell: Cell): void => {
		// A space takes any pen that does not show on it.
		if (cell.pen !== (cell.text === ' ' ? pen.onBlank : pen)) {
			text += penChange(pen, cell.pen);
			pen = cell.pen;
		}

		const column = place.column + cell.width;
		if (cell.isAgreed) {
			text += cell.text;
			// Beyond the last column terminals differ in where the cursor is.
			cursor = column < columns ? {row: place.row, column} : undefined;
			return;
		}

		// Terminals disagree on the width of emoji and of some marks: the cells are cleared first, and the position is set
		// afterwards, so that what follows stands where it belongs in every terminal.
		text += ' '.repeat(cell.width) + moveTo(undefined, place) + cell.text;
		cursor = undefined;
	};
	/** The cells between the cursor and a place to its right, where drawing them is shorter than the jump. */
	const bridge = (place: Place, row: readonly Cell[]): boolean => {
		if (cursor?.row !== place.row || cursor.column >= place.column) return false;
		const gap = row.slice(cursor.column, place.column);
		const jump = moveTo(cursor, place).length;
		if (gap.length > jump || !gap.every(cell => cell.isAgreed && isFree(cell, pen))) return false;
		if (gap.reduce((bytes, cell) => bytes + Buffer.byteLength(cell.text), 0) > jump) return false;
		for (let column = cursor.column; column < place.column; column++) {
			const cell = row[column];
			if (cell !== undefined && cell.width > 0) draw({row: place.row, column}, cell);
		}

		return true;
	};
	const clearRest = (place: Place): void => {
		move(place);
		// Erased cells take the background of the pen.
		text += penChange(pen, plain) + eraseRest;
		pen = plain;
	};
	return {
		put(place, cell, row) {
			if (!bridge(place, row)) move(place);
			draw(place, cell);
		},
		clearRow: row => clearRest({row, column: 0}),
		clearRest,
		end: () => text + penChange(pen, plain),
	};
};

/** Whether drawing the cell needs no other pen. */
const isFree = (cell: Cell, pen: Pen): boolean =>
	cell.width === 0 || cell.pen === (cell.text === ' ' ? pen.onBlank : pen);
