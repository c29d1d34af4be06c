import {cellWidth, graphemes} from './format.ts';
import {createPens, type Pen} from './frame-pen.ts';

/**
 * One cell as it is drawn. The second cell of a wide character has no text. Equal cells of one `Cells` are the same object;
 * a space of any colour is the same space.
 */
export type Cell = {
	readonly text: string;
	readonly pen: Pen;
	readonly width: number;
	/** Whether all terminals agree on its width. */
	readonly isAgreed: boolean;
};

/** A row of the screen in exactly as many cells as it has columns. */
export type CellRow = {
	readonly cells: readonly Cell[];
	/** The column after the last one that is more than a plain space. */
	readonly inked: number;
};

export type Cells = {
	readonly plain: Pen;
	readonly blank: Cell;
	/** A line with SGR sequences as cells; what is too long is cut, and other controls are left out. */
	rowOf(line: string, columns: number): CellRow;
};

// Characters on whose width all terminals agree: ASCII, Latin, arrows to geometric shapes, kana, CJK, Hangul syllables.
const agreed =
	/^[\u0020-\u007E\u00A0-\u00AC\u00AE-\u02FF\u2010-\u2027\u2030-\u205E\u2190-\u21FF\u2500-\u25FF\u2713\u2717\u2205\u3001-\u3029\u3030-\u303E\u3041-\u3096\u309B-\u30FF\u3400-\u4DBF\u4E00-\u9FFF\uAC00-\uD7A3\uFF01-\uFF5E]$/;
// One cell each, and never joined to a neighbour.
const single = /^[\u0020-\u007E\u00B7\u2190-\u2193\u2500-\u25A1]*$/;
const sgr = /\u001B\[([\d;:]*)m/y;

/** Cells of one pen that are kept: more than a screen of one script has; titles of many may fill it. */
const mostCells = 2000;

/** A box of cells: asked for the same one it gives the same object, so that rows are compared at little cost. */
export const createCells = (): Cells => {
	const pens = createPens();
	const {plain} = pens;
	const blank: Cell = {text: ' ', pen: plain, width: 1, isAgreed: true};
	const second: Cell = {text: '', pen: plain, width: 0, isAgreed: true};
	const known = new WeakMap<Pen, Map<string, Cell>>();
	const cellOf = (text: string, pen: Pen): Cell => {
		const seen = text === ' ' ? pen.onBlank : pen;
		if (text === ' ' && seen === plain) return blank;
		let ofPen = known.get(seen);
		if (ofPen === undefined || ofPen.size > mostCells) known.set(seen, (ofPen = new Map<string, Cell>()));
		let cell = ofPen.get(text);
		if (cell === undefined) {
			const width = single.test(text) ? 1 : cellWidth(text);
			ofPen.set(text, (cell = {text, pen: seen, width, isAgreed: agreed.test(text)}));
		}

		return cell;
	};

	/** Adds the text's cells; false when there is no more room. */
	const push = (cells: Cell[], text: string, pen: Pen, columns: number): boolean => {
		for (const part of single.test(text) ? text : graphemes(text)) {
			const cell = cellOf(part, pen);
			if (cell.width === 0) continue;
			if (cells.length + cell.width > columns) return false;
			cells.push(cell);
			for (let rest = 1; rest < cell.width; rest++) cells.push(second);
		}

		return true;
	};

	return {
		plain,
		blank,
		rowOf(line, columns) {
			const cells: Cell[] = [];
			let pen = plain;
			let from = 0;
			while (from < line.length) {
				sgr.lastIndex = from;
				const code = sgr.exec(line);
				if (code !== null) {
					pen = pens.after(pen, code[1] ?? '');
					from = sgr.lastIndex;
					continue;
				}

				const escape = line.indexOf('\u001B', from + 1);
				const end = escape === -1 ? line.length : escape;
				if (!push(cells, line.slice(from, end), pen, columns)) break;
				from = end;
			}

			let inked = cells.length;
			while (inked > 0 && cells[inked - 1] === blank) inked--;
			while (cells.length < columns) cells.push(blank);
			return {cells, inked};
		},
	};
};
