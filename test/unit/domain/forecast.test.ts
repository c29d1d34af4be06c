import {expect, test} from 'vitest';
import {approaches, toBeFreed} from '../../../source/domain/forecast.ts';

const marks = {used: {hard: 100, pause: 80, resume: 50}, free: {stop: 5, pause: 10, resume: 30}};

test('both kinds of marks tell how far they are, the nearest that closes first', () => {
	const level = {at: 0, used: 20, free: 60, total: 1000};
	expect(approaches(level, marks, 5)).toEqual([
		{kind: 'free', mark: 'pause', at: 10, left: 50, in: 10_000},
		{kind: 'used', mark: 'pause', at: 80, left: 60, in: 12_000},
		{kind: 'free', mark: 'stop', at: 5, left: 55, in: 11_000},
		{kind: 'used', mark: 'stop', at: 100, left: 80, in: 16_000},
	]);
});

test('a volume that is not being filled has no times, and what is not measured no distance', () => {
	const known = approaches({at: 0, used: undefined, free: 60, total: 1000}, marks, 0);
	expect(known.map(one => one.kind)).toEqual(['free', 'free']);
	expect(known.every(one => one.in === undefined)).toBe(true);
});

test('what has to be freed is the more of the two kinds, and nothing where both are met', () => {
	expect(toBeFreed({at: 0, used: 90, free: 60, total: 1000}, marks)).toBe(40);
	expect(toBeFreed({at: 0, used: 60, free: 4, total: 1000}, marks)).toBe(26);
	expect(toBeFreed({at: 0, used: 40, free: 60, total: 1000}, marks)).toBe(0);
	expect(toBeFreed({at: 0, used: undefined, free: 4, total: 1000}, marks)).toBe(26);
});
