import type {LocalTime} from './timetable.ts';
import type {Duration, Instant} from './time.ts';

/** What may be fetched in a day and in a month of the local calendar, in bytes. */
export type Quota = {readonly daily: number | undefined; readonly monthly: number | undefined};

/** What was fetched: today, and in this month with today in it. */
export type Traffic = {readonly day: string; readonly today: number; readonly month: number};

export const noTraffic: Traffic = {day: '', today: 0, month: 0};

/** The traffic after so many bytes more; a new day or month begins anew. */
export const addTraffic = (traffic: Traffic, bytes: number, {day}: LocalTime): Traffic => {
	// A clock that was set back counts on: nobody gets a day twice.
	const isSameDay = day <= traffic.day;
	const isSameMonth = isSameDay || day.slice(0, 7) === traffic.day.slice(0, 7);
	return {
		day: isSameDay ? traffic.day : day,
		today: (isSameDay ? traffic.today : 0) + bytes,
		month: (isSameMonth ? traffic.month : 0) + bytes,
	};
};

/** Which quota is used up, and when the next day or month begins. */
export const quotaUsedUp = (
	quota: Quota,
	traffic: Traffic,
	local: LocalTime,
	now: Instant,
): {readonly until: Instant; readonly what: 'day' | 'month'} | undefined => {
	const {today, month} = addTraffic(traffic, 0, local);
	const midnight = now + (minutesADay - local.minute) * minute;
	if (quota.monthly !== undefined && month >= quota.monthly) {
		return {what: 'month', until: midnight + daysLeftInMonth(local.day) * minutesADay * minute};
	}

	return quota.daily !== undefined && today >= quota.daily ? {what: 'day', until: midnight} : undefined;
};

const minute: Duration = 60_000;
const minutesADay = 1440;

/** Days after this one. An hour more or less, where the clock changes meanwhile, is seen when it is looked at again. */
const daysLeftInMonth = (day: string): number => {
	const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
	return new Date(Date.UTC(year, month, 0)).getUTCDate() - date;
};
