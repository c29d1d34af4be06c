import {describe, expect, test} from 'vitest';
import {createClock, systemClock} from '../../../source/system/clock.ts';

/** A machine whose wall clock and whose running time go their own ways. */
const createMachine = () => {
	let wall = 1_000_000;
	let timers: Array<{call: () => void; left: number}> = [];
	const delays: number[] = [];
	const clock = createClock({
		now: () => wall,
		startTimer(call, delay) {
			const timer = {call, left: delay};
			delays.push(delay);
			timers.push(timer);
			return () => {
				timers = timers.filter(other => other !== timer);
			};
		},
	});
	return {
		clock,
		delays,
		armed: () => timers.length,
		setWall(instant: number): void {
			wall = instant;
		},
		/** Running time passes, and the wall clock with it. */
		pass(time: number): void {
			for (let left = time; left > 0;) {
				const step = Math.min(left, ...timers.map(timer => timer.left));
				left -= step;
				wall += step;
				for (const timer of timers) timer.left -= step;
				const due = timers.filter(timer => timer.left <= 0);
				timers = timers.filter(timer => timer.left > 0);
				for (const timer of due) timer.call();
				if (step === 0 && due.length === 0) break;
			}
		},
	};
};

describe('a call at an instant', () => {
	test('comes when the instant does, once', () => {
		const machine = createMachine();
		let calls = 0;
		machine.clock.at(1_005_000, () => calls++);
		machine.pass(4999);
		expect(calls).toBe(0);
		machine.pass(1);
		expect(calls).toBe(1);
		machine.pass(10_000);
		expect(calls).toBe(1);
	});

	test('in the past comes soon, but not before `at` has returned', () => {
		const machine = createMachine();
		let calls = 0;
		machine.clock.at(0, () => calls++);
		expect(calls).toBe(0);
		expect(machine.delays).toEqual([0]);
	});

	test('months away comes too, though a timer of Node may not last that long', () => {
		const machine = createMachine();
		const months = 90 * 24 * 3_600_000;
		let calls = 0;
		machine.clock.at(1_000_000 + months, () => calls++);
		machine.pass(months - 1);
		expect(calls).toBe(0);
		machine.pass(1);
		expect(calls).toBe(1);
		expect(machine.delays.every(delay => delay < 2 ** 31)).toBe(true);
	});

	test('comes at most a minute late when the machine slept or its clock was set ahead', () => {
		const machine = createMachine();
		let calls = 0;
		machine.clock.at(1_000_000 + 8 * 3_600_000, () => calls++);
		machine.setWall(1_000_000 + 9 * 3_600_000);
		machine.pass(60_000);
		expect(calls).toBe(1);
	});

	test('does not come before its instant when the clock is set back', () => {
		const machine = createMachine();
		let calls = 0;
		machine.clock.at(1_030_000, () => calls++);
		machine.setWall(0);
		machine.pass(60_000);
		expect(calls).toBe(0);
		machine.setWall(1_030_000);
		machine.pass(60_000);
		expect(calls).toBe(1);
	});

	test('is taken back for good, also after the timer was armed again', () => {
		const machine = createMachine();
		let calls = 0;
		const cancel = machine.clock.at(1_000_000 + 3_600_000, () => calls++);
		machine.pass(120_000);
		cancel();
		expect(machine.armed()).toBe(0);
		machine.pass(3_600_000);
		expect(calls).toBe(0);
	});

	test('that is no number is refused instead of spinning', () => {
		expect(() => systemClock.at(Number.NaN, () => undefined)).toThrow(RangeError);
	});
});

test('the machine gives names that nobody else has, and chances below 1', () => {
	const names = new Set(Array.from({length: 1000}, () => systemClock.uniqueName()));
	expect(names.size).toBe(1000);
	for (let index = 0; index < 1000; index++) {
		const chance = systemClock.chance();
		expect(chance >= 0 && chance < 1).toBe(true);
	}
});
