import type {Duration, Instant} from '../domain/time.ts';
import type {Notice} from './notice.ts';

/** What waits for one target, and how that target has been lately. Kept, so that a restart loses and doubles nothing. */
export type Line = {
	/** In the order in which they came to pass. */
	readonly pending: readonly Notice[];
	/** On its way: nobody knows whether it has arrived until the answer is there. */
	readonly trying: Notice | undefined;
	/** When something was sent, as far as the bound still counts it. */
	readonly sentAt: readonly Instant[];
	/** Attempts in a row that came to nothing. */
	readonly failures: number;
	readonly failingSince: Instant | undefined;
	/** What is wrong with the target, in a sentence; told by `doctor` and `health` until something arrives. */
	readonly problem: string | undefined;
	/** Nothing is sent before. */
	readonly notBefore: Instant;
	/** Notices that were given up. */
	readonly lost: number;
};

export const emptyLine: Line = {
	pending: [],
	trying: undefined,
	sentAt: [],
	failures: 0,
	failingSince: undefined,
	problem: undefined,
	notBefore: 0,
	lost: 0,
};

/** The bound counts what was sent so long ago. */
export const window: Duration = 60_000;

/** Notices that wait one by one; further ones are told with the last. */
const mostPending = 100;

/** What is older is not worth telling any more. */
export const oldest: Duration = 86_400_000;

const firstWait: Duration = 2000;
const longestWait: Duration = 300_000;
/** What a server asks for is heeded up to here. */
const longestAsked: Duration = 3_600_000;

/** Puts a notice in line. */
export const enqueue = (line: Line, notice: Notice): Line => {
	if (line.pending.length < mostPending) return {...line, pending: [...line.pending, notice]};
	const last = line.pending.at(-1);
	return last === undefined ? line : {...line, pending: [...line.pending.slice(0, -1), fold([last, notice])]};
};

/** What is to be sent now, if anything, and when to ask again where something waits. */
export type Turn = {readonly line: Line; readonly send: Notice | undefined; readonly askAgainAt: Instant | undefined};

/**
 * Takes the next notice out of the line, within `most` a minute. Where more wait than may be sent, one stands for all of
 * them, so that flapping comes as "and 12 more".
 */
export const take = (before: Line, now: Instant, most: number): Turn => {
	const line = withoutOld(before, now);
	const [first] = line.pending;
	if (first === undefined || line.trying !== undefined) return {line, send: undefined, askAgainAt: undefined};
	const room = most - line.sentAt.length;
	const [earliest = now] = line.sentAt;
	const readyAt = Math.max(line.notBefore, room > 0 ? now : earliest + window);
	if (readyAt > now) return {line, send: undefined, askAgainAt: readyAt};
	const isTooMany = line.pending.length > room;
	const send = isTooMany ? fold(line.pending) : first;
	return {
		line: {...line, pending: isTooMany ? [] : line.pending.slice(1), trying: send, sentAt: [...line.sentAt, now]},
		send,
		askAgainAt: undefined,
	};
};

const withoutOld = (line: Line, now: Instant): Line => {
	// A clock that was set back must not hold everything until it has caught up.
	const sentAt = line.sentAt.filter(at => at > now - window && at <= now);
	const notBefore = line.notBefore > now + longestAsked ? now : line.notBefore;
	const isOld = ({at}: Notice): boolean => at <= now - oldest;
	const lost = line.lost + countOf(line.pending.filter(one => isOld(one)));
	return {...line, sentAt, notBefore, lost, pending: line.pending.filter(one => !isOld(one))};
};

/** What became of what was sent. */
export type Result =
	| {readonly type: 'delivered'; readonly detail: string}
	/** It has not arrived, and may later. */
	| {readonly type: 'later'; readonly problem: string; readonly after?: Duration | undefined}
	/** It will never arrive. */
	| {readonly type: 'refused'; readonly problem: string};

/** Writes down what became of what was on its way. */
export const settle = (line: Line, result: Result, now: Instant): Line => {
	const {trying} = line;
	if (result.type === 'delivered') {
		return {...line, trying: undefined, failures: 0, failingSince: undefined, problem: undefined, notBefore: 0};
	}

	const failing = {
		...line,
		trying: undefined,
		failures: line.failures + 1,
		failingSince: line.failingSince ?? now,
		problem: result.problem,
	};
	if (result.type === 'refused') return {...failing, lost: line.lost + countOf(trying === undefined ? [] : [trying])};
	const wait = Math.min(longestWait, firstWait * 2 ** Math.min(line.failures, 20));
	const asked = Math.min(longestAsked, result.after ?? 0);
	return {
		...failing,
		pending: trying === undefined ? line.pending : [trying, ...line.pending],
		notBefore: now + Math.max(wait, asked),
	};
};

/** A line as it is after a restart. What was on its way may have arrived: it is not sent again. */
export const afterRestart = (line: Line): Line =>
	line.trying === undefined ? line : {...line, trying: undefined, lost: line.lost + countOf([line.trying])};

/** How many things notices tell of. */
export const countOf = (notices: readonly Notice[]): number => notices.reduce((sum, {more}) => sum + 1 + more, 0);

/** Titles that a notice for many names. */
const mostNamed = 5;

/** One notice for many: the first one's, with the titles of those that follow. */
export const fold = (notices: readonly Notice[]): Notice => {
	const [first, ...others] = notices;
	if (first === undefined) throw new RangeError('nothing to tell');
	if (others.length === 0) return first;
	const more = countOf(notices) - 1;
	const named = others.slice(0, mostNamed).map(({title}) => title);
	const left = more - named.length;
	return {
		...first,
		title: `${first.title.replace(/ and \d+ more$/, '')} and ${more} more`,
		message: [first.message, ...named, ...(left > 0 ? [`and ${left} more`] : [])].join('; ').slice(0, 1000),
		more,
	};
};
