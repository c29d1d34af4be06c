import {cleanText} from '../../domain/text.ts';
import type {Instant} from '../../domain/time.ts';
import type {LogState} from '../log-window.ts';
import type {Style, Tone} from '../theme.ts';
import {wrapAt, type Stretch} from './pages/words.ts';
import {fitLine, type Line, type Span} from './spans.ts';

/** What stands in the first row of the log's window: a line, and which of the rows that it is wrapped into. */
export type LogPlace = {readonly line: number; readonly row: number};

export type LogRoom = {readonly width: number; readonly height: number};

/** What is looked for, and the line where it was found last. */
export type LogSearch = {readonly pattern: string; readonly match: number | undefined};

/** The rows of a log that are seen from this place on; from its end where there is none. At most `height` of them. */
export const logLines = (
	log: LogState,
	place: LogPlace | undefined,
	room: LogRoom & {readonly search: LogSearch},
	style: Style,
): readonly Line[] => {
	const {height, search} = room;
	const top = topOf(log, place, room);
	const lines: Line[] = [];
	for (let index = top.line - log.base; index < log.lines.length && lines.length < height + top.row; index++) {
		const parts = rowsOf(log.lines[index] ?? '', room.width);
		const isMatch = log.base + index === search.match;
		lines.push(...parts.map((part, row) => drawRow(part, {row, isMatch, pattern: search.pattern, ...room}, style)));
	}

	return lines.slice(top.row, top.row + height);
};

/** The place with what is held and the window in mind: never beyond the end, never before the first line. */
export const topOf = (log: LogState, place: LogPlace | undefined, room: LogRoom): LogPlace => {
	const end = endPlace(log, room);
	if (place === undefined || isAfter(place, end)) return end;
	if (place.line < log.base) return {line: log.base, row: 0};
	const rows = rowCount(log, place.line, room.width);
	return place.row < rows ? place : {line: place.line, row: rows - 1};
};

/** The place so many rows further down (or up); undefined where that is the end, which is followed from then on. */
export const movedPlace = (
	log: LogState,
	place: LogPlace | undefined,
	step: number,
	room: LogRoom,
): LogPlace | undefined => {
	let {line, row} = topOf(log, place, room);
	row += step;
	while (row < 0 && line > log.base) {
		line--;
		row += rowCount(log, line, room.width);
	}

	const last = log.base + log.lines.length - 1;
	for (let rows = rowCount(log, line, room.width); row >= rows && line < last;) {
		row -= rows;
		line++;
		rows = rowCount(log, line, room.width);
	}

	const moved = {line, row: Math.max(0, row)};
	return isAfter(endPlace(log, room), moved) || !log.isAtEnd ? moved : undefined;
};

/** The place that shows this line with some rows above it. */
export const placeAround = (log: LogState, line: number, room: LogRoom): LogPlace | undefined =>
	movedPlace(log, {line, row: 0}, -Math.floor(room.height / 3), room);

const isAfter = (first: LogPlace, second: LogPlace): boolean =>
	first.line > second.line || (first.line === second.line && first.row > second.row);

/** The place from which the last row is just seen. */
const endPlace = (log: LogState, room: LogRoom): LogPlace => {
	let line = log.base + log.lines.length;
	let left = room.height;
	while (left > 0 && line > log.base) {
		line--;
		left -= rowCount(log, line, room.width);
	}

	return {line: Math.max(log.base, line), row: Math.max(0, -left)};
};

type Row = {readonly time: string; readonly whole: string; readonly stretch: Stretch};

const stamp = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z) ?/;

/** `21:34:05 ` before the words of a line, and as much room below it. */
const timeWidth = 9;

const textWidth = (width: number): number => Math.max(8, width - 1 - timeWidth);

const rowCount = (log: LogState, line: number, width: number): number => {
	const raw = log.lines[line - log.base];
	return raw === undefined ? 1 : wrapAt(wordsOf(raw), textWidth(width)).length;
};

const wordsOf = (raw: string): string => cleanText(raw.replace(stamp, ''));

/** A line in the rows that it takes. */
const rowsOf = (raw: string, width: number): readonly Row[] => {
	const time = stamp.exec(raw)?.[1] ?? '';
	const whole = wordsOf(raw);
	return wrapAt(whole, textWidth(width)).map(stretch => ({time, whole, stretch}));
};

/** The time once, the words behind it, what was looked for marked; the line that was found has the cursor's shape. */
const drawRow = (
	part: Row,
	at: {
		readonly row: number;
		readonly isMatch: boolean;
		readonly pattern: string;
		readonly width: number;
	},
	{glyphs}: Style,
): Line => {
	const tone = toneOf(part.whole);
	const time = at.row === 0 ? timeOf(part.time) : '';
	const spans: Span[] = [
		[at.isMatch ? glyphs.cursor : ' ', 'mark'],
		[time.padEnd(timeWidth), 'dim'],
		...markedSpans(part, at.pattern, tone),
	];
	return fitLine(spans, at.width, glyphs.ellipsis);
};

/** The time of the day, in the reader's zone. */
const timeOf = (time: string): string => {
	const date = new Date(time);
	return Number.isNaN(date.getTime())
		? ''
		: [date.getHours(), date.getMinutes(), date.getSeconds()].map(part => two(part)).join(':');
};

/** The instant of the line at the top, where the log says one. */
export const timeAt = (log: LogState, place: LogPlace | undefined, room: LogRoom): Instant | undefined => {
	const raw = log.lines[topOf(log, place, room).line - log.base];
	const at = raw === undefined ? Number.NaN : Date.parse(stamp.exec(raw)?.[1] ?? '');
	return Number.isNaN(at) ? undefined : at;
};

const two = (value: number): string => String(value).padStart(2, '0');

// What tools begin a line with when something is wrong (yt-dlp, aria2c, ffmpeg).
const toneOf = (words: string): Tone =>
	/^\W*(error|fatal|exception)\b/i.test(words) ? 'bad' : /^\W*warn(ing)?\b/i.test(words) ? 'warning' : 'plain';

const markedSpans = (part: Row, pattern: string, tone: Tone): readonly Span[] => {
	const marks = matchesIn(part.whole, pattern);
	const {from, to} = part.stretch;
	const spans: Span[] = [];
	let at = from;
	for (const mark of marks) {
		const [first, last] = [Math.max(at, mark.from), Math.min(to, mark.to)];
		if (first >= last) continue;
		if (first > at) spans.push([part.whole.slice(at, first), tone]);
		spans.push([part.whole.slice(first, last), 'mark']);
		at = last;
	}

	if (at < to) spans.push([part.whole.slice(at, to), tone]);
	return spans;
};

/** Where a text stands in another one, whatever the case of its letters. */
export const matchesIn = (words: string, pattern: string): readonly Stretch[] => {
	if (pattern === '') return [];
	const [searched, wanted] = folded(words, pattern);
	const found: Stretch[] = [];
	for (let at = searched.indexOf(wanted); at !== -1; at = searched.indexOf(wanted, at + wanted.length)) {
		found.push({from: at, to: at + wanted.length});
	}

	return found;
};

/** Whether a line of a log, as it was read, holds the text. */
export const lineMatcher = (pattern: string): ((raw: string) => boolean) => {
	const wanted = pattern.toLowerCase();
	return raw => raw.toLowerCase().includes(wanted) && matchesIn(wordsOf(raw), pattern).length > 0;
};

// Some letters change their length with their case; offsets would be wrong then.
const folded = (words: string, pattern: string): readonly [string, string] => {
	const [lowWords, lowPattern] = [words.toLowerCase(), pattern.toLowerCase()];
	return lowWords.length === words.length && lowPattern.length === pattern.length
		? [lowWords, lowPattern]
		: [words, pattern];
};
