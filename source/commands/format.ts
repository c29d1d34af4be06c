import prettyBytes from 'pretty-bytes';
import stringWidth from 'string-width';
import {maskSecrets, cleanText} from '../domain/text.ts';
import type {Duration} from '../domain/time.ts';

/*
 * What people read: plain text, columns by display width, nothing that a terminal would obey.
 */

/** `1.5 GB`: powers of ten, like the marks in config.toml. */
export const size = (bytes: number): string => prettyBytes(Math.max(0, bytes));

export const rate = (bytesPerSecond: number): string => `${size(bytesPerSecond)}/s`;

const two = (count: number): string => String(count).padStart(2, '0');

/** `45s`, `3m 20s`, `2h 05m`, `4d 3h`: the two largest units. */
export const duration = (span: Duration | undefined): string => {
	if (span === undefined || !Number.isFinite(span)) return '';
	const seconds = Math.max(0, Math.round(span / 1000));
	const [minutes, hours, days] = [Math.floor(seconds / 60), Math.floor(seconds / 3600), Math.floor(seconds / 86_400)];
	if (days > 0) return `${days}d ${hours % 24}h`;
	if (hours > 0) return `${hours}h ${two(minutes % 60)}m`;
	return minutes > 0 ? `${minutes}m ${two(seconds % 60)}s` : `${seconds}s`;
};

export const percent = (bytes: number, total: number | undefined): string =>
	total === undefined || total <= 0 ? '' : `${Math.min(100, Math.floor((bytes / total) * 100))}%`;

/** A text of somebody else on one line, without what could be a secret. */
export const plain = (text: string): string => maskSecrets(cleanText(text));

const segmenter = (): Intl.Segmenter => new Intl.Segmenter();

/** The text cut to so many columns, with an ellipsis where something was cut. */
export const fit = (text: string, columns: number): string => {
	if (stringWidth(text) <= columns) return text;
	let cut = '';
	let width = 0;
	for (const {segment} of segmenter().segment(text)) {
		const next = width + stringWidth(segment);
		if (next > columns - 1) break;
		cut += segment;
		width = next;
	}

	return `${cut}…`;
};

const pad = (text: string, width: number, isRight: boolean): string => {
	const blanks = ' '.repeat(Math.max(0, width - stringWidth(text)));
	return isRight ? blanks + text : text + blanks;
};

export type Column = {readonly title: string; readonly isRight?: boolean};

/**
 * A table as lines. The last column takes what the others leave of the terminal's columns and is cut there; without a
 * terminal nothing is cut.
 */
export const table = (
	columns: readonly Column[],
	rows: ReadonlyArray<readonly string[]>,
	terminalColumns: number | undefined,
): string => {
	const all = [columns.map(({title}) => title), ...rows];
	const widths = columns.map((_column, index) => Math.max(...all.map(row => stringWidth(row[index] ?? ''))));
	const last = columns.length - 1;
	const before = widths.slice(0, last).reduce((sum, width) => sum + width + 2, 0);
	const room = terminalColumns === undefined ? Infinity : Math.max(10, terminalColumns - before);
	return all
		.map(row =>
			columns
				.map((column, index) => {
					const text = row[index] ?? '';
					if (index < last) return pad(text, widths[index] ?? 0, column.isRight ?? false);
					return room === Infinity ? text : fit(text, room);
				})
				.join('  ')
				.trimEnd(),
		)
		.join('\n');
};

/** `name  value` lines. */
export const facts = (rows: ReadonlyArray<readonly [name: string, value: string | undefined]>): string => {
	const shown = rows.filter(([, value]) => value !== undefined && value !== '');
	const width = Math.max(0, ...shown.map(([name]) => stringWidth(name)));
	return shown.map(([name, value]) => `${pad(name, width, false)}  ${value ?? ''}`).join('\n');
};
