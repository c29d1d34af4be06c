import {cellWidth, fit, fitMiddle, type Align} from '../format.ts';
import type {Tone} from '../theme.ts';

/** A piece of a line with one look. */
export type Span = readonly [text: string, tone: Tone];

/** A line of the screen, in exactly the width that it was made for. */
export type Line = readonly Span[];

/** A column of a list: its cell, and how much room it wants. */
export type Column<Row> = {
	/** Cells that it takes; columns with `grow` take at least this. */
	readonly width: number;
	/** Its part of what is left over, 0 for fixed columns. */
	readonly grow?: number;
	/** The least important columns (the highest rank) go first when room is scarce. 0 always stays. */
	readonly rank: number;
	readonly align?: Align;
	/** What does not fit is cut out of its middle, because what tells rows apart stands at their ends. */
	readonly keepsEnd?: boolean;
	readonly cell: (row: Row) => Span;
};

/** Columns with the width that each gets; their sum, and a space between them, is `width` unless that is too little for rank 0. */
export type Fitted<Row> = ReadonlyArray<{readonly column: Column<Row>; readonly width: number}>;

/** Decides which columns are shown in so many cells, and how wide. */
export const fitColumns = <Row>(columns: readonly Column<Row>[], width: number): Fitted<Row> => {
	let kept = [...columns];
	while (kept.length > 1 && leastWidth(kept) > width) {
		const worst = Math.max(...kept.map(column => column.rank));
		if (worst === 0) break;
		const index = kept.findLastIndex(column => column.rank === worst);
		kept = kept.toSpliced(index, 1);
	}

	const growth = kept.reduce((sum, column) => sum + (column.grow ?? 0), 0);
	const spare = Math.max(0, width - leastWidth(kept));
	let given = 0;
	let grown = 0;
	return kept.map(column => {
		grown += column.grow ?? 0;
		// Rounding on the sum and not on each part, so that every cell is given to somebody.
		const upTo = growth === 0 ? 0 : Math.round((spare * grown) / growth);
		const extra = upTo - given;
		given = upTo;
		return {column, width: column.width + extra};
	});
};

const leastWidth = <Row>(columns: readonly Column<Row>[]): number =>
	columns.reduce((sum, column) => sum + column.width, 0) + columns.length - 1;

/** One row of a list: its cells side by side with a space between them. */
export const rowLine = <Row>(row: Row, fitted: Fitted<Row>, ellipsis: string): Line =>
	fitted.flatMap(({column, width}, index) => {
		const [text, tone] = column.cell(row);
		const shown =
			column.keepsEnd === true ? fitMiddle(text, width, ellipsis) : fit(text, width, column.align, ellipsis);
		const cell: Span = [shown, tone];
		return index === 0 ? [cell] : [space, cell];
	});

const space: Span = [' ', 'plain'];

/** Spans cut and filled to exactly `width` cells. */
export const fitLine = (spans: readonly Span[], width: number, ellipsis: string): Line => {
	const line: Span[] = [];
	let left = width;
	for (const [text, tone] of spans) {
		if (left <= 0) break;
		const most = Math.min(left, cellWidth(text));
		// A text that is cut gets its ellipsis from `fit`; what follows has no room then.
		const cut = fit(text, most, 'left', ellipsis);
		line.push([cut, tone]);
		left -= most;
	}

	if (left > 0) line.push([' '.repeat(left), 'plain']);
	return line;
};

export const lineText = (line: Line): string => line.map(([text]) => text).join('');
