import type xterm from '@xterm/headless';

/** How a cell looks. A colour is `#rrggbb`, a number of the palette of 256, or undefined for the terminal's own. */
export type Look = {
	readonly ink: Colour;
	readonly ground: Colour;
	readonly isBold: boolean;
	readonly isDim: boolean;
	readonly isInverse: boolean;
};

export type Colour = `#${string}` | number | undefined;

/** One cell of the terminal; the second half of a wide character has width 0 and no text. */
export type GridCell = {readonly text: string; readonly width: number; readonly look: Look};

/** All that a person sees of a terminal, row by row. */
export type Grid = ReadonlyArray<readonly GridCell[]>;

const plain: Look = {ink: undefined, ground: undefined, isBold: false, isDim: false, isInverse: false};

/** The cells of the terminal as they stand there now. */
export const gridOf = (terminal: xterm.Terminal): Grid => {
	const {active} = terminal.buffer;
	return Array.from({length: terminal.rows}, (_, row) => {
		const line = active.getLine(active.viewportY + row);
		return Array.from({length: terminal.cols}, (_cell, column): GridCell => {
			const cell = line?.getCell(column);
			if (cell === undefined) return {text: ' ', width: 1, look: plain};
			const text = cell.getChars() || (cell.getWidth() === 0 ? '' : ' ');
			return {text, width: cell.getWidth(), look: lookOf(cell, text)};
		});
	});
};

const lookOf = (cell: xterm.IBufferCell, text: string): Look => {
	const isInverse = cell.isInverse() !== 0;
	// Of a space nobody sees the ink.
	const isSeen = isInverse || text !== ' ';
	return {
		ink: isSeen ? colourOf(cell.isFgRGB(), cell.isFgPalette(), cell.getFgColor()) : undefined,
		ground: colourOf(cell.isBgRGB(), cell.isBgPalette(), cell.getBgColor()),
		isBold: isSeen && cell.isBold() !== 0,
		isDim: isSeen && cell.isDim() !== 0,
		isInverse,
	};
};

const colourOf = (isExact: boolean, isPalette: boolean, value: number): Colour => {
	if (isExact) return `#${value.toString(16).padStart(6, '0')}`;
	return isPalette ? value : undefined;
};

/** The rows as text, without the spaces at their ends. */
export const textOf = (grid: Grid): readonly string[] =>
	grid.map(row =>
		row
			.map(({text}) => text)
			.join('')
			.trimEnd(),
	);

/** A look in a few words, the same for equal looks. */
export const wordsOf = ({ink, ground, isBold, isDim, isInverse}: Look): string =>
	[
		isInverse ? 'inverse' : '',
		isBold ? 'bold' : '',
		isDim ? 'dim' : '',
		ink === undefined ? '' : String(ink),
		ground === undefined ? '' : `on ${ground}`,
	]
		.filter(word => word !== '')
		.join(' ') || 'plain';
