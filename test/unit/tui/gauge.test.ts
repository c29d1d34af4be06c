import {expect, test} from 'vitest';
import type {VolumeView} from '../../../source/domain/snapshot.ts';
import {styleOf} from '../../../source/tui/theme.ts';
import {gaugeLines} from '../../../source/tui/view/gauge.ts';
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

test('an open gate tells when the pause mark is met', () => {
	expect(drawn({})[1]).toContain('open - 20% - pause mark in 2h 10m - pauses at 80.0 GB');
});

test('a closed gate tells why, since when, and what opens it', () => {
	const gate = {state: 'paused', since: now - 60_000, detail: 'above the pause mark', clearSince: undefined} as const;
	const [, words] = drawn({gate}, 100);
	expect(words).toContain('PAUSED: above the pause mark');
	expect(words).toContain('goes on below 50.0 GB');
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
	expect(drawn({level: undefined, gate: {state: 'missing', since: now}})[1]).toContain('MISSING: not mounted');
});

test('every line is as wide as asked, from 40 cells to 250', () => {
	for (let width = 40; width <= 250; width++)
		for (const rows of [1, 2] as const) for (const line of drawn({}, width, rows)) expect(line).toHaveLength(width);
});
