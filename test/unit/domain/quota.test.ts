import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {addTraffic, noTraffic, quotaUsedUp} from '../../../source/domain/quota.ts';
import type {LocalTime} from '../../../source/domain/timetable.ts';

const at = (day: string, minute = 0): LocalTime => ({day, minute, weekday: 1});
const hour = 3_600_000;

describe('what was fetched', () => {
	test('is counted by day and by month, each of which begins anew', () => {
		let traffic = addTraffic(noTraffic, 10, at('2026-01-30'));
		traffic = addTraffic(traffic, 5, at('2026-01-30'));
		expect(traffic).toEqual({day: '2026-01-30', today: 15, month: 15});
		traffic = addTraffic(traffic, 1, at('2026-01-31'));
		expect(traffic).toEqual({day: '2026-01-31', today: 1, month: 16});
		traffic = addTraffic(traffic, 2, at('2026-02-01'));
		expect(traffic).toEqual({day: '2026-02-01', today: 2, month: 2});
	});

	test('a clock that is set back gives nobody a second day', () => {
		const traffic = addTraffic(addTraffic(noTraffic, 10, at('2026-03-02')), 5, at('2026-02-27'));
		expect(traffic).toEqual({day: '2026-03-02', today: 15, month: 15});
	});

	test('agrees with a list of all that came', () => {
		const day = fc
			.integer({min: 0, max: 70})
			.map(days => new Date(Date.UTC(2026, 0, 1 + days)).toISOString().slice(0, 10));
		fc.assert(
			fc.property(fc.array(fc.tuple(day, fc.nat(1000))), pieces => {
				const inOrder = pieces.toSorted(([a], [b]) => a.localeCompare(b));
				const last = inOrder.at(-1)?.[0] ?? '';
				const sum = (prefix: string): number =>
					inOrder.reduce((all, [one, bytes]) => (one.startsWith(prefix) ? all + bytes : all), 0);
				const traffic = inOrder.reduce((all, [one, bytes]) => addTraffic(all, bytes, at(one)), noTraffic);
				if (inOrder.length > 0) expect(traffic).toEqual({day: last, today: sum(last), month: sum(last.slice(0, 7))});
			}),
		);
	});
});

describe('a quota', () => {
	test('of the day is used up until midnight', () => {
		const traffic = addTraffic(noTraffic, 100, at('2026-05-04', 60));
		const quota = {daily: 100, monthly: undefined};
		expect(quotaUsedUp(quota, traffic, at('2026-05-04', 20 * 60), 0)).toEqual({what: 'day', until: 4 * hour});
		expect(quotaUsedUp(quota, traffic, at('2026-05-05', 0), 0)).toBeUndefined();
		expect(quotaUsedUp({...quota, daily: 101}, traffic, at('2026-05-04'), 0)).toBeUndefined();
	});

	test.each([
		['2026-05-04', 28],
		['2026-02-28', 1],
		['2028-02-28', 2],
		['2026-12-31', 1],
	])('of the month is used up until the first: from %s that is %i days', (day, days) => {
		const traffic = addTraffic(noTraffic, 100, at(day));
		expect(quotaUsedUp({daily: 50, monthly: 100}, traffic, at(day), 0)).toEqual({
			what: 'month',
			until: days * 24 * hour,
		});
	});
});
