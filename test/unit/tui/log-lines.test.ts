import * as fc from 'fast-check';
import stringWidth from 'string-width';
import {describe, expect, test} from 'vitest';
import type {LogState} from '../../../source/tui/log-window.ts';
import {styleOf} from '../../../source/tui/theme.ts';
import {logLines, matchesIn, movedPlace, placeAround, topOf} from '../../../source/tui/view/log-lines.ts';
import {lineText} from '../../../source/tui/view/spans.ts';

const style = styleOf('mono', false);
const time = '2026-03-14T20:15:00.000Z';

const logOf = (lines: readonly string[], change: Partial<LogState> = {}): LogState => ({
	lines: lines.map(line => `${time} ${line}`),
	base: 100,
	isAtStart: true,
	isAtEnd: true,
	isLoading: false,
	problem: undefined,
	...change,
});

const noSearch = {pattern: '', match: undefined};

const seen = (log: LogState, place: Parameters<typeof logLines>[1], width = 30, height = 4, search = noSearch) =>
	logLines(log, place, {width, height, search}, style).map(line => lineText(line));

describe('the window on a log', () => {
	const log = logOf(['one', 'two', 'three', 'four', 'five', 'six']);

	test('shows its end, with the time of each line', () => {
		const lines = seen(log, undefined);
		expect(lines.map(line => line.slice(10).trim())).toEqual(['three', 'four', 'five', 'six']);
		expect(lines[0]).toMatch(/^ \d\d:\d\d:00 three/);
	});

	test('scrolls by rows, and follows again when the end is reached', () => {
		const room = {width: 30, height: 4};
		const up = movedPlace(log, undefined, -1, room);
		expect(seen(log, up)[0]).toContain('two');
		const top = movedPlace(log, up, -100, room);
		expect(top).toEqual({line: 100, row: 0});
		expect(movedPlace(log, top, 1, room)).toEqual({line: 101, row: 0});
		expect(movedPlace(log, top, 2, room)).toBeUndefined();
	});

	test('stays where it is while lines come behind it', () => {
		const place = {line: 101, row: 0};
		const before = seen(log, place);
		expect(seen(logOf(['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight']), place)).toEqual(before);
	});

	test('wraps long lines by cells below their beginning, and counts their rows', () => {
		const long = logOf(['short', `日本語 ${'word '.repeat(12)}end`, 'last']);
		const lines = seen(long, undefined, 30, 20);
		for (const line of lines) expect(stringWidth(line)).toBe(30);
		expect(lines.filter(line => /^ \d\d:/.test(line))).toHaveLength(3);
		expect(lines.slice(1, -1).every((line, index) => index === 0 || line.startsWith(' '.repeat(10)))).toBe(true);
		expect(seen(long, undefined, 30, 2)[0]).toContain('end');
		expect(movedPlace(long, undefined, -1, {width: 30, height: 2})?.line).toBe(101);
	});

	test('puts a line that was found a third down', () => {
		expect(placeAround(log, 102, {width: 30, height: 3})).toEqual({line: 101, row: 0});
	});

	test('keeps within what is held, whatever place is asked for', () => {
		const room = {width: 30, height: 4};
		expect(topOf(log, {line: -5, row: 7}, room)).toEqual({line: 100, row: 0});
		expect(topOf(log, {line: 9999, row: 0}, room)).toEqual({line: 102, row: 0});
		expect(topOf(logOf([]), undefined, room)).toEqual({line: 100, row: 0});
	});
});

describe('what is looked for', () => {
	test('is marked wherever it stands, also where a line is wrapped in the middle of it', () => {
		const log = logOf(['nothing', 'an ERROR and another error in a line that goes on']);
		const lines = logLines(log, undefined, {width: 24, height: 10, search: {pattern: 'error', match: 101}}, style);
		const marked = lines.flatMap(line => line.filter(([text, tone]) => tone === 'mark' && text.trim().length > 1));
		expect(marked.map(([text]) => text)).toEqual(['ERROR', 'error']);
	});

	test('has its line marked by a shape as well, in all of its rows', () => {
		const log = logOf(['a', 'b']);
		const lines = seen(log, undefined, 30, 4, {pattern: 'b', match: 101} as never);
		expect(lines[0]?.startsWith(' ')).toBe(true);
		expect(lines[1]?.startsWith('▌')).toBe(true);
	});

	test('letters that change their length with their case do not shift the marks', () => {
		expect(matchesIn('İİ needle', 'needle')).toEqual([{from: 3, to: 9}]);
		expect(matchesIn('aAa', 'AA')).toEqual([{from: 0, to: 2}]);
		expect(matchesIn('text', '')).toEqual([]);
	});
});

test('no line makes the log wider than its window, nor higher, whatever a tool writes', () => {
	fc.assert(
		fc.property(
			fc.array(fc.string({unit: 'binary', maxLength: 200}), {maxLength: 20}),
			fc.integer({min: 40, max: 120}),
			fc.integer({min: 1, max: 12}),
			fc.integer({min: -30, max: 30}),
			fc.string({maxLength: 3}),
			(lines, width, height, step, pattern) => {
				const log = logOf(lines);
				const place = movedPlace(log, undefined, step, {width, height});
				const drawn = logLines(log, place, {width, height, search: {pattern, match: undefined}}, style);
				expect(drawn.length).toBeLessThanOrEqual(height);
				for (const line of drawn) expect(stringWidth(lineText(line))).toBeLessThanOrEqual(width);
			},
		),
		{numRuns: 200},
	);
});
