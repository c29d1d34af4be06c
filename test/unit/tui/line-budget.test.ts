import {expect, test} from 'vitest';
import {createLineBudget, longestRest, progressRate} from '../../../source/tui/line-budget.ts';

test('whoever keeps to the rests never writes more than the rate', () => {
	const budget = createLineBudget();
	let at = 0;
	let bytes = 0;
	for (let frame = 0; frame < 200; frame++) {
		const size = 40 + ((frame * 7919) % 900);
		budget.spend(size, at);
		bytes += size;
		at += Math.max(250, budget.rest(at));
	}

	expect((bytes * 1000) / at).toBeLessThanOrEqual(progressRate);
});

test('keys that are drawn while the line is busy add to the rest', () => {
	const budget = createLineBudget();
	budget.spend(progressRate / 2, 0);
	budget.spend(progressRate / 2, 0);
	expect(budget.rest(0)).toBe(1000);
});

test('no frame holds the next one up for long, however large it was', () => {
	const budget = createLineBudget();
	budget.spend(1_000_000, 5000);
	expect(budget.rest(5000)).toBe(longestRest);
	expect(budget.rest(5000 + longestRest)).toBe(0);
});

test('what was not used before is not saved up', () => {
	const budget = createLineBudget();
	budget.spend(progressRate, 100_000);
	expect(budget.rest(100_000)).toBe(1000);
});
