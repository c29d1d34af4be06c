import type {Rate} from './bandwidth.ts';

/** What a clock on the wall shows. */
export type LocalTime = {
	/** `2026-03-29`. */
	readonly day: string;
	/** 1 is Monday, 7 is Sunday. */
	readonly weekday: number;
	/** Since midnight, as the clock shows it: 0 to 1439. */
	readonly minute: number;
};

/** A limit of certain hours; undefined: none. */
export type Window = {
	/** The days on which it begins. */
	readonly weekdays: readonly number[];
	/** Minutes since midnight; where `to` is not later, it goes on into the next day. */
	readonly from: number;
	readonly to: number;
	readonly rate: Rate | undefined;
};

/**
 * The first window that is open by the clock on the wall. Where that clock is put forward, the hour that does not exist
 * belongs to no window; where it is put back, the hour that comes twice belongs to its window both times.
 */
export const windowAt = (windows: readonly Window[], {weekday, minute}: LocalTime): Window | undefined =>
	windows.find(window => isOpen(window, weekday, minute));

const isOpen = ({weekdays, from, to}: Window, weekday: number, minute: number): boolean => {
	if (from < to) return weekdays.includes(weekday) && minute >= from && minute < to;
	const yesterday = weekday === 1 ? 7 : weekday - 1;
	return (weekdays.includes(weekday) && minute >= from) || (weekdays.includes(yesterday) && minute < to);
};

const names = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const;

/** Days as `mon-fri`, `sat,sun`, `fri-mon` or `daily`; undefined where they are none. */
export const parseWeekdays = (text: string): readonly number[] | undefined => {
	if (text === 'daily') return names.map((_, index) => index + 1);
	const days = new Set<number>();
	for (const part of text.split(',')) {
		const [first = '', last = first, ...more] = part.split('-');
		const [from, to] = [numberOf(first), numberOf(last)];
		if (from === 0 || to === 0 || more.length > 0) return undefined;
		for (let day = from; ; day = (day % 7) + 1) {
			days.add(day);
			if (day === to) break;
		}
	}

	return [...days].toSorted((a, b) => a - b);
};

const numberOf = (name: string): number => (names as readonly string[]).indexOf(name.toLowerCase()) + 1;

/** `08:30` in minutes since midnight, up to `24:00`; undefined where it is no time of day. */
export const parseTimeOfDay = (text: string): number | undefined => {
	const match = /^(\d{1,2}):(\d{2})$/.exec(text);
	const [hours, minutes] = [Number(match?.[1]), Number(match?.[2])];
	const all = hours * 60 + minutes;
	return match !== null && minutes < 60 && all <= 24 * 60 ? all : undefined;
};
