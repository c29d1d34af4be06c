import type {Io} from './verb.ts';

/** How far a long command is, on a terminal: one line of stderr that is written over, and wiped at the end. */
export type ProgressBar = {
	advance(done: number): void;
	end(): void;
};

/** Shown from this time on, so that nothing flickers; in milliseconds. */
const shownAfter = 300;

/** What the terminal writes behind the line for Ctrl-C: `^C`. */
const echoed = 2;

/** Ten times a second is as much as anybody reads. */
const drawnEvery = 100;

/** A bar for so many steps; where stderr is no terminal, or a dumb one, nothing is written. */
export const createProgressBar = (
	io: Pick<Io, 'err' | 'errColumns' | 'env'>,
	label: string,
	total: number,
): ProgressBar => {
	const {errColumns} = io;
	const isDumb = (io.env['TERM'] ?? 'dumb') === 'dumb';
	if (errColumns === undefined || isDumb) return {advance: () => undefined, end: () => undefined};
	const began = performance.now();
	let drawnAt = 0;
	let width = 0;
	return {
		advance(done) {
			const now = performance.now();
			if (now - began < shownAfter || now - drawnAt < drawnEvery) return;
			drawnAt = now;
			const line = progressLine(label, done, total, errColumns - echoed - 1);
			io.err(`\r${line}${' '.repeat(Math.max(0, width - line.length))}`);
			width = line.length;
		},
		end() {
			if (width > 0) io.err(`\r${' '.repeat(width + echoed)}\r`);
			width = 0;
		},
	};
};

/** `taking over [#####.....]  50% 500 of 1000, Ctrl-C stops`, in at most so many columns; the bar goes first. */
export const progressLine = (label: string, done: number, total: number, columns: number): string => {
	const share = total === 0 ? 1 : Math.min(1, done / total);
	const numbers = `${String(Math.floor(share * 100)).padStart(3)}% ${done} of ${total}, Ctrl-C stops`;
	const room = Math.min(mostBar, columns - label.length - numbers.length - ' [] '.length);
	if (room < leastBar) return `${label} ${numbers}`.slice(0, Math.max(0, columns));
	const full = Math.floor(share * room);
	return `${label} [${'#'.repeat(full)}${'.'.repeat(room - full)}] ${numbers}`;
};

const leastBar = 5;
const mostBar = 30;
