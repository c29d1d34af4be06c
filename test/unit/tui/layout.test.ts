import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {layoutOf, paneIds, shareRows, type LayoutInput, type Rect, type Screen} from '../../../source/tui/layout.ts';

const base: LayoutInput = {
	columns: 80,
	rows: 24,
	focus: 'active',
	workers: 4,
	failed: 3,
	volumes: 1,
	notices: 1,
	panelRows: 0,
};

const screenOf = (change: Partial<LayoutInput>): Screen => {
	const layout = layoutOf({...base, ...change});
	if (layout.kind !== 'screen') throw new Error('too small');
	return layout;
};

const rectsOf = (screen: Screen): ReadonlyArray<readonly [string, Rect]> => [
	['h', screen.header],
	['g', screen.gauges],
	['n', screen.notices],
	['t', screen.tabs],
	...screen.panes.map(box => [box.id[0] ?? '', box.rect] as const),
	['p', screen.panel],
	['s', screen.status],
	['f', screen.footer],
];

/** One letter per cell of the screen, every eighth column and every row; `#` where rectangles overlap. */
const drawing = (screen: Screen, step = 8): string => {
	const grid = Array.from({length: screen.rows}, () => Array.from({length: screen.columns}, () => ' '));
	for (const [letter, {x, y, width, height}] of rectsOf(screen)) {
		for (let row = y; row < y + height; row++) {
			for (let column = x; column < x + width; column++) {
				const line = grid[row];
				if (line === undefined || column >= screen.columns) throw new Error(`${letter} leaves the screen`);
				line[column] = line[column] === ' ' ? letter : '#';
			}
		}
	}

	return grid.map(line => line.filter((_, column) => column % step === 0).join('')).join('\n');
};

test('80x24 stacks three panes and the title of the fourth', () => {
	expect(drawing(screenOf({}), 16)).toBe(
		[
			'hhhhh',
			'ggggg',
			'ggggg',
			'nnnnn',
			...Array(5).fill('aaaaa'),
			...Array(7).fill('qqqqq'),
			...Array(5).fill('fffff'),
			'ddddd',
			'sssss',
			'fffff',
		].join('\n'),
	);
});

test('40x12 shows one pane below a line of tabs', () => {
	expect(drawing(screenOf({columns: 40, rows: 12, focus: 'queued'}), 10)).toBe(
		['hhhh', 'gggg', 'tttt', ...Array(7).fill('qqqq'), 'ssss', 'ffff'].join('\n'),
	);
});

test('in tabs a pane has a title when that has something to say', () => {
	const screen = screenOf({columns: 40, rows: 12, focus: 'queued', needsTitle: true});
	expect(screen.panes).toEqual([{id: 'queued', rect: {x: 0, y: 3, width: 40, height: 7}, hasTitle: true}]);
});

test('120x40 has the active jobs across the window and two columns below', () => {
	const lines = drawing(screenOf({columns: 120, rows: 40}), 20).split('\n');
	expect(lines[4]).toBe('aaaaaa');
	expect(lines[12]).toBe('qqqfff');
	expect(lines[36]).toBe('qqqddd');
});

test('a panel takes its rows from the panes and from nothing else', () => {
	const before = screenOf({});
	const after = screenOf({panelRows: 5});
	expect(after.panel.height).toBe(5);
	expect(after.body.height).toBe(before.body.height - 5);
	expect(after.header).toEqual(before.header);
});

test('below 40x10 the screen says so instead of drawing', () => {
	expect(layoutOf({...base, columns: 39}).kind).toBe('too-small');
	expect(layoutOf({...base, rows: 9}).kind).toBe('too-small');
	expect(layoutOf({...base, columns: 40, rows: 10}).kind).toBe('screen');
});

const inputs = fc.record({
	columns: fc.integer({min: 1, max: 300}),
	rows: fc.integer({min: 1, max: 100}),
	focus: fc.constantFrom(...paneIds),
	workers: fc.integer({min: 1, max: 32}),
	failed: fc.integer({min: 0, max: 100_000}),
	volumes: fc.integer({min: 0, max: 6}),
	notices: fc.integer({min: 0, max: 9}),
	panelRows: fc.constantFrom(0, 2, 5, 6, 12),
	isZoomed: fc.boolean(),
	needsTitle: fc.boolean(),
});

const expectWhole = (input: LayoutInput): void => {
	const screen = layoutOf(input);
	expect(screen.kind).toBe(input.columns < 40 || input.rows < 10 ? 'too-small' : 'screen');
	if (screen.kind === 'too-small') return;
	const rows = drawing(screen, 1).split('\n');
	expect(rows).toHaveLength(input.rows);
	for (const row of rows) expect(row).not.toContain('#');
	// Only the rule between two columns belongs to nobody.
	const free = rows.join('').replaceAll(/[^ ]/g, '').length;
	const ruled = screen.arrangement === 'columns' ? (screen.panes[1]?.rect.height ?? 0) : 0;
	expect(free).toBe(ruled);
	const focused = screen.panes.find(box => box.id === input.focus);
	expect(focused?.rect.height ?? 0).toBeGreaterThanOrEqual(focused?.hasTitle === true ? 2 : 1);
	expect(screen.panel.height).toBeLessThanOrEqual(input.panelRows);
};

// Mutations seen to fail: a zoomed pane beside others; a panel that takes a row more than there is.
test('at any size nothing overlaps, nothing leaves the window, and the focused pane can show a job', () => {
	fc.assert(fc.property(inputs, expectWhole), {numRuns: 300});
	// Every size by itself, with what asks for most room.
	const most = {...base, workers: 32, failed: 1000, volumes: 6, notices: 9};
	for (let columns = 1; columns <= 300; columns += columns < 130 ? 1 : 17) {
		for (let rows = 1; rows <= 100; rows += columns % 8 === 0 ? 1 : 13) {
			const isZoomed = (columns + rows) % 5 === 0;
			const focus = paneIds[(columns + rows) % paneIds.length] ?? 'active';
			expectWhole({...most, columns, rows, focus, panelRows: rows % 3 === 0 ? 12 : 0, isZoomed});
		}
	}
});

test('a zoomed pane stands alone, below the header and above the keys', () => {
	const screen = screenOf({isZoomed: true, focus: 'failed', volumes: 3, notices: 2});
	expect(drawing(screen, 16)).toBe(['hhhhh', 'ggggg', ...Array(20).fill('fffff'), 'sssss', 'fffff'].join('\n'));
	expect(screen.panes).toEqual([{id: 'failed', rect: {x: 0, y: 2, width: 80, height: 20}, hasTitle: true}]);
	const small = screenOf({isZoomed: true, focus: 'queued', columns: 40, rows: 12, volumes: 3});
	expect(small.panes[0]?.rect.height).toBe(9);
});

test('rows are shared out to the last one', () => {
	fc.assert(
		fc.property(
			fc.integer({min: 0, max: 80}),
			fc.array(
				fc.record({
					want: fc.integer({min: 1, max: 90}),
					weight: fc.integer({min: 1, max: 3}),
					least: fc.constantFrom(1, 3),
				}),
				{
					minLength: 1,
					maxLength: 4,
				},
			),
			(total, demands) => {
				expect(shareRows(total, demands).reduce((sum, rows) => sum + rows, 0)).toBe(total);
			},
		),
		{numRuns: 300},
	);
});
