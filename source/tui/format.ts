import {cleanText} from '../domain/text.ts';
import type {Duration, Instant} from '../domain/time.ts';
import {cellWidth, eachGrapheme, graphemes, isPlain, unheaped} from './cell-width.ts';
import {lazily} from './lazily.ts';

export {cellWidth, graphemes, isPlain} from './cell-width.ts';

export type Align = 'left' | 'right';

/**
 * The text cleaned and in exactly `width` cells (0 and up): filled with spaces, or cut with an ellipsis that is one cell
 * wide. Safe for any input; never splits a grapheme. cli-truncate 6.2 is not used: it is one cell too wide for CJK.
 */
export const fit = (text: string, width: number, align: Align = 'left', ellipsis = '…'): string => {
	if (width <= 0) return '';
	const clean = isPlain(text) ? text : standAlone(cleanKeepingEnds(text));
	const taken = cellWidth(clean);
	if (taken <= width) {
		const fill = ' '.repeat(width - taken);
		return align === 'left' ? clean + fill : fill + clean;
	}

	const cut = takeCells(clean, width - 1);
	return cut.text + ellipsis + ' '.repeat(width - 1 - cut.width);
};

/**
 * The same, but cut in the middle: titles of one series begin alike and differ at their ends. With little room the end is
 * cut as ever, because two stumps say less than one.
 */
export const fitMiddle = (text: string, width: number, ellipsis = '…'): string => {
	const clean = isPlain(text) ? text : standAlone(cleanKeepingEnds(text));
	if (width < leastForMiddle || cellWidth(clean) <= width) return fit(clean, width, 'left', ellipsis);
	const end = tail(clean, Math.floor((width - 1) * 0.45)).trimStart();
	const start = takeCells(clean, width - 1 - cellWidth(end)).text.trimEnd();
	return start + ellipsis + end + ' '.repeat(width - 1 - cellWidth(end) - cellWidth(start));
};

/** Cells. */
const leastForMiddle = 12;

/** As much of the text as there is room for, without filling. */
export const clip = (text: string, width: number, ellipsis = '…'): string =>
	fit(text, width, 'left', ellipsis).trimEnd();

/** The end of a text that fits, for input lines where the caret is at the end. */
export const tail = (text: string, width: number): string => {
	const parts = graphemes(text);
	let taken = 0;
	let from = parts.length;
	while (from > 0) {
		const next = cellWidth(parts[from - 1] ?? '');
		if (taken + next > width) break;
		taken += next;
		from--;
	}

	return parts.slice(from).join('');
};

// `cleanText` trims; here the spaces at both ends belong to the layout.
const cleanKeepingEnds = (text: string): string => {
	const lead = /^ */.exec(text)?.[0] ?? '';
	const trail = lead.length === text.length ? '' : (/ *$/.exec(text)?.[0] ?? '');
	return lead + unheaped(cleanText(text)) + trail;
};

// A mark at the start would join the cell to its left, and some signs at the end the one to the right.
const standAlone = (text: string): string => {
	const joinsLeft = graphemes(` ${text.slice(0, 2)}`)[0] !== ' ';
	const joinsRight = graphemes(`${text.slice(-4)} `).at(-1) !== ' ';
	if (!joinsLeft && !joinsRight) return text;
	const parts = graphemes(text);
	return [
		...(joinsLeft ? ['?'] : []),
		...parts.slice(joinsLeft ? 1 : 0, joinsRight ? -1 : undefined),
		...(joinsRight && (parts.length > 1 || !joinsLeft) ? ['?'] : []),
	].join('');
};

const takeCells = (text: string, most: number): {readonly text: string; readonly width: number} => {
	if (isPlain(text)) return {text: text.slice(0, most), width: Math.min(text.length, most)};
	let taken = '';
	let width = 0;
	for (const part of eachGrapheme(text)) {
		const next = cellWidth(part);
		if (width + next > most) break;
		taken += part;
		width += next;
	}

	return {text: taken, width};
};

const units = ['kB', 'MB', 'GB', 'TB', 'PB', 'EB'] as const;

/**
 * `412.3 GB`: decimal units, one digit after the point, 9 cells at most. By hand, because pretty-bytes 7 goes through
 * `toLocaleString`, which was a tenth of the time of a frame.
 */
export const size = (bytes: number): string => {
	const whole = Math.max(0, Math.round(bytes));
	if (whole < 1000) return `${whole} B`;
	let value = whole / 1000;
	let unit = 0;
	// 999.95 would be written as 1000.0.
	while (value >= 999.95 && unit < units.length - 1) {
		value /= 1000;
		unit++;
	}

	return `${value.toFixed(1)} ${units[unit] ?? ''}`;
};

/** `4.1 MB/s`, or nothing where nothing arrives. */
export const speed = (bytesPerSecond: number): string => (bytesPerSecond < 1 ? '' : `${size(bytesPerSecond)}/s`);

const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const day = 24 * hour;

/** `42s`, `3m 05s`, `2h 10m`, `3d 4h`: two units, 7 cells at most below 100 days. */
export const duration = (span: Duration): string => {
	const rounded = Math.max(0, Math.round(span / second)) * second;
	if (rounded < minute) return `${rounded / second}s`;
	if (rounded < hour) return `${Math.floor(rounded / minute)}m ${two((rounded % minute) / second)}s`;
	if (rounded < day) return `${Math.floor(rounded / hour)}h ${two(Math.floor((rounded % hour) / minute))}m`;
	if (rounded < 1000 * day) return `${Math.floor(rounded / day)}d ${Math.floor((rounded % day) / hour)}h`;
	return 'years';
};

/**
 * An instant as a clock shows it, with the day where it is not today's: `21:34:05`, `Tue 21:34`, `14 Mar 21:34`.
 * Instants and no countdowns: they stay true without being written again every second.
 */
export const clockTime = (at: Instant, now: Instant): string => {
	const date = new Date(at);
	const time = `${two(date.getHours())}:${two(date.getMinutes())}`;
	if (date.toDateString() === new Date(now).toDateString()) return `${time}:${two(date.getSeconds())}`;
	if (Math.abs(at - now) < 6 * day) return `${weekdays[date.getDay()] ?? ''} ${time}`;
	return `${date.getDate()} ${months[date.getMonth()] ?? ''} ${time}`;
};

const two = (value: number): string => String(value).padStart(2, '0');
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] as const;
const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'] as const;

/** `1,204`, and `1.2M` from a hundred thousand on where there is little room. */
export const count = (value: number, isShort = false): string =>
	isShort && value >= 10_000 ? compact().format(value) : grouped().format(value);

const grouped = lazily(() => new Intl.NumberFormat('en-US'));
const compact = lazily(() => new Intl.NumberFormat('en-US', {notation: 'compact', maximumFractionDigits: 1}));

/** `1 job`, `3 jobs`. */
export const plural = (value: number, noun: string): string => `${count(value)} ${noun}${value === 1 ? '' : 's'}`;

/** `62%`; 100 % only when nothing is missing. */
export const percent = (share: number): string => `${Math.floor(Math.min(1, Math.max(0, share)) * 100)}%`;
