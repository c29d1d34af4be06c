import {describe, expect, test} from 'vitest';
import {
	gateAfterDiskFull,
	gateOpensAt,
	largestFit,
	nextGate,
	openGate,
	roomFor,
	timeToFull,
	type Gate,
	type Level,
	type Marks,
} from '../../../source/domain/disk-guard.ts';

const marks: Marks = {used: {hard: 100, pause: 80, resume: 50}, free: {stop: 10, pause: 20, resume: 30}};
const level = (used: number | undefined, free = 1000): Level => ({at: 0, used, free, total: 2000});
const dwell = 60;
const next = (gate: Gate, now: number, at: Level | undefined): Gate => nextGate(gate, at, marks, now, dwell);

describe('the gate closes above a mark and opens below another', () => {
	test.each([
		['at the pause mark it is open', level(80), 'open'],
		['above the pause mark it pauses', level(81), 'paused'],
		['at the hard limit it stops what runs', level(100), 'stopped'],
		['with too little free space it pauses', level(0, 19), 'paused'],
		['when free space is about to end it stops what runs', level(0, 10), 'stopped'],
		['an unmounted volume is missing', undefined, 'missing'],
		['before the first walk only free space counts', level(undefined), 'open'],
	])('%s', (_claim, at, state) => {
		expect(next(openGate, 1, at).state).toBe(state);
	});

	test('it opens only after the level has been clear for the whole dwell time', () => {
		let gate = next(openGate, 0, level(90));
		gate = next(gate, 10, level(49));
		expect(gateOpensAt(gate, dwell)).toBe(70);
		expect(next(gate, 69, level(49)).state).toBe('paused');
		expect(next(gate, 70, level(49))).toEqual(openGate);
	});

	test('a level that comes back into the band starts the dwell time anew', () => {
		let gate = next(openGate, 0, level(90));
		gate = next(gate, 10, level(40));
		gate = next(gate, 20, level(60));
		gate = next(gate, 30, level(40));
		expect(next(gate, 80, level(40)).state).toBe('paused');
		expect(next(gate, 90, level(40))).toEqual(openGate);
	});

	test('a wall clock that was set back does not keep it closed until it has caught up', () => {
		let gate = next(openGate, 1_000_000, level(90));
		gate = next(gate, 1_000_010, level(40));
		gate = next(gate, 500, level(40));
		expect(next(gate, 560, level(40))).toEqual(openGate);
	});

	test('it stays closed since the first closing, whatever the reason becomes', () => {
		let gate = next(openGate, 5, level(90));
		gate = next(gate, 6, level(120));
		gate = next(gate, 7, level(60));
		expect(gate).toMatchObject({state: 'paused', since: 5});
	});

	test('a write that was refused for lack of space closes it whatever the last sample said', () => {
		const gate = gateAfterDiskFull(openGate, 3);
		expect(gate).toMatchObject({state: 'stopped', since: 3});
		expect(next(gate, 4, level(10)).state).toBe('paused');
	});
});

describe('room is what the nearest limit leaves', () => {
	test.each([
		['the hard limit', level(70), 5, 25],
		['the free space', level(0, 40), 5, 25],
		['nothing, when too much is promised', level(99), 5, -4],
	])('%s', (_claim, at, reserved, room) => {
		expect(roomFor(at, marks, reserved)).toBe(room);
	});

	test('a job larger than the emptied volume never fits', () => {
		expect(largestFit(level(0), marks)).toBe(100);
		expect(largestFit({...level(0), total: 60}, marks)).toBe(50);
	});

	test('time to full counts to the nearer pause mark, in milliseconds', () => {
		expect(timeToFull(level(60), marks, 10)).toBe(2000);
		expect(timeToFull(level(0, 30), marks, 10)).toBe(1000);
		expect(timeToFull(level(90), marks, 10)).toBe(0);
		expect(timeToFull(level(60), marks, 0)).toBeUndefined();
	});
});
