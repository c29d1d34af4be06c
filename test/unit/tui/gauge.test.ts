import {expect, test} from 'vitest';
import type {VolumeView} from '../../../source/domain/snapshot.ts';
import {styleOf} from '../../../source/tui/theme.ts';
import {bySeverity, gaugeLines} from '../../../source/tui/view/gauge.ts';
import {lineText} from '../../../source/tui/view/spans.ts';

const GB = 1e9;
const now = Date.UTC(2026, 2, 14, 20, 15);
const ascii = styleOf('mono', true);

const volume: VolumeView = {
	id: '1',
	path: '/srv/media',
	marks: {
		used: {hard: 100 * GB, pause: 80 * GB, resume: 50 * GB},
		free: {stop: 1 * GB, pause: 2 * GB, resume: 3 * GB},
	},
	level: {at: now, used: 20 * GB, free: 500 * GB, total: 1000 * GB},
	gate: {state: 'open'},
	reserved: 10 * GB,
	timeToFull: 7_800_000,
	fillRate: (60 * GB) / 7800,
	breakdown: undefined,
};

const drawn = (change: Partial<VolumeView>, width = 71, rows: 1 | 2 = 2): readonly string[] =>
	gaugeLines({...volume, ...change}, {width, rows}, now, ascii).map(line => lineText(line));

/** The bar alone: what lies between the name and the figures. */
const barOf = (line: string | undefined): string => /[#+.RPHrps]{8,}/.exec(line ?? '')?.[0] ?? '';

test('used, reserved and free bytes and the three marks stand where they belong', () => {
	const [line] = drawn({});
	const bar = barOf(line);
	const at = (share: number): number => Math.round(share * bar.length);
	expect(line).toContain(' media ');
	expect(line).toContain(' 20.0 GB of 100.0 GB ');
	expect(bar.indexOf('R')).toBe(at(0.5));
	expect(bar.indexOf('P')).toBe(at(0.8));
	expect(bar.indexOf('H')).toBe(bar.length - 1);
	expect(bar.lastIndexOf('#')).toBe(at(0.2) - 1);
	expect(bar.lastIndexOf('+')).toBe(at(0.3) - 1);
});

test('an open gate tells when each kind of mark is met, the nearer one first', () => {
	expect(drawn({}, 120)[1]).toContain('open, closes at 80.0 GB used in 2h 10m - or at 2.0 GB free in 17h 59m');
	const level = {at: now, used: 20 * GB, free: 32 * GB, total: 1000 * GB};
	expect(drawn({level}, 120)[1]).toContain('open, closes at 2.0 GB free in 1h 05m - or at 80.0 GB used in 2h 10m');
});

test('an open gate that is not being filled tells where it closes, and no time', () => {
	expect(drawn({fillRate: 0}, 120)[1]).toContain('open - closes at 80.0 GB used - or at 2.0 GB free');
});

test('the last hour is told in whole minutes, so that the line is not drawn anew each second', () => {
	const words = (used: number): string | undefined =>
		drawn({level: {at: now, used, free: 500 * GB, total: 1000 * GB}})[1];
	expect(words(76 * GB)).toContain('in 8m');
	expect(words(75.99 * GB)).toBe(words(76 * GB));
	expect(words(79.9 * GB)).toContain('in under 1m');
});

test('a closed gate tells why, since when, and what opens it', () => {
	const gate = {state: 'paused', since: now - 60_000, detail: 'above the pause mark', clearSince: undefined} as const;
	const level = {at: now, used: 83 * GB, free: 500 * GB, total: 1000 * GB};
	const [, words] = drawn({gate, level}, 100);
	expect(words).toMatch(/PAUSED since \d\d:\d\d:\d\d: waits for 33\.0 GB to be freed/);
	expect(words).toContain('opens below 50.0 GB used');
	expect(drawn({gate: {...gate, state: 'stopped'}, level}, 100)[1]).toContain('FULL since');
});

test('a gate whose space is back tells the instant when it opens', () => {
	const gate = {state: 'paused', since: now - 60_000, detail: 'space is back', clearSince: now - 1000} as const;
	expect(drawn({gate, opensAt: now + 9000}, 100)[1]).toMatch(/space is back, opens at \d\d:\d\d:09/);
});

test('in 40 columns the state is a word, and what has to be freed a number', () => {
	const gate = {state: 'paused', since: now - 60_000, detail: 'above the pause mark', clearSince: undefined} as const;
	const level = {at: now, used: 83 * GB, free: 500 * GB, total: 1000 * GB};
	expect(drawn({gate, level}, 40, 1)[0]).toContain('PAUSED: free 33.0 GB');
	expect(drawn({}, 40, 1)[0]).toContain('closes in 2h 10m');
});

test('the bar has one length whatever the words beside it', () => {
	const closed = {state: 'paused', since: now, detail: 'above the pause mark', clearSince: undefined} as const;
	for (const width of [40, 60, 80, 120, 250]) {
		const bars = [drawn({}, width, 1), drawn({gate: closed}, width, 1), drawn({fillRate: 0}, width, 1)];
		expect(new Set(bars.map(([line]) => barOf(line).length)).size).toBe(1);
	}
});

const named = (path: string, change: Partial<VolumeView>): VolumeView => ({...volume, ...change, path});

test('the worst volume is first: not mounted, full, paused, then the fullest', () => {
	const gate = {since: now, detail: '', clearSince: undefined};
	const sorted = [
		named('/a', {}),
		named('/b', {level: {at: now, used: 70 * GB, free: 500 * GB, total: 1000 * GB}}),
		named('/c', {gate: {...gate, state: 'paused'}}),
		named('/d', {gate: {...gate, state: 'stopped'}}),
		named('/e', {gate: {state: 'missing', since: now}, level: undefined}),
	].toSorted(bySeverity);
	expect(sorted.map(({path}) => path)).toEqual(['/e', '/d', '/c', '/b', '/a']);
});

test('marks on free space are drawn on the whole filesystem where no trees are measured', () => {
	const {free} = {free: {stop: 100 * GB, pause: 200 * GB, resume: 300 * GB}};
	const [line] = drawn({marks: {used: undefined, free}, reserved: 0});
	const bar = barOf(line);
	expect(line).toContain('500.0 GB of 1.0 TB');
	expect(bar.indexOf('r')).toBe(Math.round(0.7 * bar.length));
	expect(bar.indexOf('p')).toBe(Math.round(0.8 * bar.length));
	expect(bar.indexOf('s')).toBe(Math.round(0.9 * bar.length));
});

test('the free space ends before the hard limit: its marks are on the same bar', () => {
	const [line] = drawn({level: {at: now, used: 20 * GB, free: 30 * GB, total: 1000 * GB}});
	// 30 GB more are free; the pause mark on free space is met at 48 GB.
	expect(barOf(line).indexOf('p')).toBe(Math.round(0.48 * barOf(line).length));
});

test('a volume that is gone says so', () => {
	expect(drawn({level: undefined, gate: {state: 'missing', since: now}})[1]).toContain('NOT MOUNTED since');
});

test('every line is as wide as asked, from 40 cells to 250', () => {
	for (let width = 40; width <= 250; width++)
		for (const rows of [1, 2] as const) for (const line of drawn({}, width, rows)) expect(line).toHaveLength(width);
});
