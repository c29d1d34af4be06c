/** A place on the screen, counted from 0. */
export type Place = {readonly row: number; readonly column: number};

/**
 * The shortest sequence that brings the cursor to a place. What is used is understood by everything from a VT100 on, tmux,
 * screen, mosh and the console of Linux included; line feeds are not, because what they do depends on the line's mode.
 *
 * @param from undefined where the cursor is not known, as after the last column, where terminals differ
 */
export const moveTo = (from: Place | undefined, to: Place): string => {
	const absolute = addressOf(to);
	if (from === undefined || to.row < from.row) return absolute;
	const down = to.row - from.row;
	const ways =
		down === 0
			? [along(from.column, to.column), `\r${along(0, to.column)}`]
			: [
					`${nextLine.repeat(down)}${along(0, to.column)}`,
					`${index.repeat(down)}${along(from.column, to.column)}`,
					`${counted(down, 'B')}${along(from.column, to.column)}`,
				];
	return ways.reduce((best, way) => (way.length < best.length ? way : best), absolute);
};

/** One row down, to its first column; and one row down in the same column. */
const nextLine = '\u001BE';
const index = '\u001BD';

const addressOf = ({row, column}: Place): string =>
	column > 0 ? `\u001B[${row + 1};${column + 1}H` : row > 0 ? `\u001B[${row + 1}H` : '\u001B[H';

const along = (from: number, to: number): string => {
	if (to === from) return '';
	if (to > from) return counted(to - from, 'C');
	return from - to <= mostBackspaces ? '\b'.repeat(from - to) : counted(from - to, 'D');
};

const mostBackspaces = 3;

const counted = (times: number, letter: string): string => `\u001B[${times === 1 ? '' : times}${letter}`;
