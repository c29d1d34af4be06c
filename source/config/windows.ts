import {parseTimeOfDay, parseWeekdays, type Window} from '../domain/timetable.ts';
import {parseSize} from '../domain/size.ts';

/** A window such as `mon-fri 08:00-18:00 2MB`, or what is wrong with it, in words. */
export const parseWindow = (text: string): Window | {readonly problem: string} => {
	const [days = '', hours = '', rate = '', ...more] = text.trim().split(/\s+/);
	if (rate === '' || more.length > 0) return {problem: `\`${text}\` is no window; one looks like ${example}`};
	const weekdays = parseWeekdays(days);
	if (weekdays === undefined) return {problem: `\`${days}\` are no days; write mon-fri, sat,sun or daily`};
	const [from, to] = hours.split('-').map(time => parseTimeOfDay(time));
	if (from === undefined || to === undefined || from === 24 * 60) {
		return {problem: `\`${hours}\` are no hours; write 08:00-18:00, or 22:00-06:00 for a night`};
	}

	const limit = rate === 'off' ? undefined : parseSize(rate);
	if (rate !== 'off' && (limit === undefined || limit < 1024)) {
		return {problem: `\`${rate}\` is no limit; write off, or a rate of at least 1 KiB a second such as 2MB`};
	}

	return {weekdays, from, to, rate: limit};
};

const example = '"mon-fri 08:00-18:00 2MB"';
