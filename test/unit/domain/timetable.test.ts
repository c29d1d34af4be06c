import {execFileSync} from 'node:child_process';
import {describe, expect, test} from 'vitest';
import {parseWindow} from '../../../source/config/windows.ts';
import {windowAt, type Window} from '../../../source/domain/timetable.ts';

const windowOf = (text: string): Window => {
	const window = parseWindow(text);
	if ('problem' in window) throw new Error(window.problem);
	return window;
};

const rateAt = (texts: readonly string[], weekday: number, time: string): number | 'none' | 'closed' => {
	const [hours = 0, minutes = 0] = time.split(':').map(Number);
	const window = windowAt(
		texts.map(text => windowOf(text)),
		{day: '', weekday, minute: hours * 60 + minutes},
	);
	return window === undefined ? 'closed' : (window.rate ?? 'none');
};

describe('limits of certain hours', () => {
	test.each<[windows: readonly string[], weekday: number, time: string, expected: number | 'none' | 'closed']>([
		[['mon-fri 08:00-18:00 2MB'], 1, '07:59', 'closed'],
		[['mon-fri 08:00-18:00 2MB'], 1, '08:00', 2e6],
		[['mon-fri 08:00-18:00 2MB'], 5, '17:59', 2e6],
		[['mon-fri 08:00-18:00 2MB'], 5, '18:00', 'closed'],
		[['mon-fri 08:00-18:00 2MB'], 6, '12:00', 'closed'],
		// A night belongs to the day on which it begins.
		[['fri 22:00-06:00 off'], 5, '23:00', 'none'],
		[['fri 22:00-06:00 off'], 6, '05:59', 'none'],
		[['fri 22:00-06:00 off'], 6, '23:00', 'closed'],
		[['fri 22:00-06:00 off'], 5, '05:00', 'closed'],
		[['sun 22:00-06:00 off'], 1, '03:00', 'none'],
		[['fri-mon 00:00-24:00 1MiB'], 7, '12:00', 1_048_576],
		[['fri-mon 00:00-24:00 1MiB'], 3, '12:00', 'closed'],
		// The first that is open counts.
		[['daily 12:00-13:00 off', 'daily 00:00-24:00 500kB'], 3, '12:30', 'none'],
		[['daily 12:00-13:00 off', 'daily 00:00-24:00 500kB'], 3, '13:00', 5e5],
	])('%j on day %i at %s: %s', (windows, weekday, time, expected) => {
		expect(rateAt(windows, weekday, time)).toBe(expected);
	});

	test.each([
		['mon-fri 08:00-18:00', 'is no window; one looks like "mon-fri 08:00-18:00 2MB"'],
		['workdays 08:00-18:00 2MB', '`workdays` are no days'],
		['mon 8-18 2MB', '`8-18` are no hours'],
		['mon 08:00-25:00 2MB', '`08:00-25:00` are no hours'],
		['mon 24:00-06:00 2MB', 'are no hours'],
		['mon 08:00-18:00 fast', '`fast` is no limit'],
		['mon 08:00-18:00 10', '`10` is no limit'],
	])('%s is refused in words', (text, words) => {
		expect(parseWindow(text)).toMatchObject({problem: expect.stringContaining(words) as string});
	});
});

/** What the program's clock shows in a time zone: every half hour from the instant on. */
const shownIn = (zone: string, from: string, count: number): readonly string[] => {
	const script = `
		const {systemClock} = await import(${JSON.stringify(new URL('../../../source/system/clock.ts', import.meta.url).href)});
		for (let n = 0; n < ${count}; n++) {
			const {day, weekday, minute} = systemClock.localTime(Date.parse('${from}') + n * 1_800_000);
			console.log(day + ' ' + weekday + ' ' + minute);
		}`;
	const answer = execFileSync(process.execPath, ['--input-type=module', '-e', script], {
		env: {...process.env, TZ: zone},
		encoding: 'utf8',
	});
	return answer.trim().split('\n');
};

describe('both changes of the clock', () => {
	const window = ['sun 02:00-04:00 2MB'];
	const ratesOf = (shown: readonly string[]) =>
		shown.map(line => {
			const [, weekday, minute] = line.split(' ').map(Number);
			return rateAt(window, weekday ?? 0, `${Math.floor((minute ?? 0) / 60)}:${(minute ?? 0) % 60}`) !== 'closed';
		});

	test('in spring the window is as much shorter as the night', () => {
		// Berlin, 29 March 2026: 02:00 is 03:00 at 01:00 UTC.
		const shown = shownIn('Europe/Berlin', '2026-03-29T00:00:00Z', 6);
		expect(shown).toEqual([
			'2026-03-29 7 60',
			'2026-03-29 7 90',
			'2026-03-29 7 180',
			'2026-03-29 7 210',
			'2026-03-29 7 240',
			'2026-03-29 7 270',
		]);
		expect(ratesOf(shown)).toEqual([false, false, true, true, false, false]);
	});

	test('in autumn the hour that comes twice belongs to it both times', () => {
		// Berlin, 25 October 2026: 03:00 is 02:00 at 01:00 UTC.
		const shown = shownIn('Europe/Berlin', '2026-10-24T23:30:00Z', 9);
		expect(shown.map(line => Number(line.split(' ')[2]))).toEqual([90, 120, 150, 120, 150, 180, 210, 240, 270]);
		expect(ratesOf(shown)).toEqual([false, true, true, true, true, true, true, false, false]);
	});
});
