import type {JobId} from './job.ts';
import {parseSize} from './size.ts';
import type {Duration, Instant} from './time.ts';

/*
 * One limit for all downloads together. Tools that can be told while they run get a new ceiling every second; the others
 * keep the one that they were started with, and are started again where that is far from what would be fair.
 */

/** Bytes a second. */
export type Rate = number;

/** A running download as the limit sees it. */
export type Flow = {
	readonly id: JobId;
	/** Over the last 20 s, or since its start. Shorter looks deceive: aria2 1.36.0 keeps its limit over 10 s, in gushes. */
	readonly speed: Rate;
	/** What its tool was told last; undefined: no limit. */
	readonly ceiling: Rate | undefined;
	/** When it was started, or told a ceiling that is noticeably higher than the one before. */
	readonly toldAt: Instant;
	/** Whether the tool can be told another one while it runs. */
	readonly isLive: boolean;
	/** How often it was started again for the sake of this limit. */
	readonly restarts: number;
	/** Whether its tool can be ended now and go on afterwards without losing bytes. */
	readonly canRestart: boolean;
};

export type Regulation = {
	/** New ceilings for those that can be told. */
	readonly ceilings: ReadonlyMap<JobId, Rate | undefined>;
	/** One that is to be started again, with what `shareOfNew` gives it then. */
	readonly restart: JobId | undefined;
};

/** How old a ceiling has to be before the speed tells whether the flow wants more. */
const settled: Duration = 20_000;

/** How old a start has to be before the speed tells what is taken, if not yet what is wanted. */
const shown: Duration = 8000;

/** How long a tool that cannot be told is left alone between two starts, where it is to be slower, and where faster. */
const patience = {slower: 12_000, faster: 25_000} as const satisfies Record<string, Duration>;

/** The least time between two new starts for the sake of the limit. */
const betweenRestarts: Duration = 12_000;

/** A flow that takes less of its ceiling than this is held back by something else. */
const wanting = 0.9;
/** Such a flow may grow by so much until the next look; with it, it is not yet one that wants more. */
const growth = 1.15;
/** What of the limit nobody has to be told to give back. */
const tolerance = 0.05;
/** A flow that could be so much faster or slower is worth a new start. */
const worthwhile = 0.25;
/** Nobody is starved: this part of an equal share is everybody's. */
const least = 0.1;

/**
 * What a download that starts now may take beside those that run.
 *
 * @param coming how many others are about to start with it
 */
export const shareOfNew = (limit: Rate, flows: readonly Flow[], coming: number, now: Instant): Rate => {
	const wishes = [
		...flows.map(flow => wishOf(flow, now)),
		...Array.from({length: Math.max(0, coming) + 1}, () => Infinity),
	];
	return waterFill(limit, wishes).at(-1) ?? limit;
};

/**
 * What to tell whom, so that all together stay within the limit and use it.
 *
 * @param lastRestartAt when one was started again for the sake of the limit
 */
export const regulate = (
	limit: Rate | undefined,
	flows: readonly Flow[],
	now: Instant,
	lastRestartAt: Instant | undefined,
): Regulation => {
	// While one is away, the others say nothing about what it will leave to them.
	const mayRestart = lastRestartAt === undefined || now - lastRestartAt >= betweenRestarts;
	const {ceilings, restart} = limit === undefined ? withoutLimit(flows, now) : withinLimit(limit, flows, now);
	return {ceilings, restart: mayRestart ? restart : undefined};
};

const withinLimit = (limit: Rate, flows: readonly Flow[], now: Instant): Regulation => {
	const fixed = flows.filter(flow => !flow.isLive);
	const live = flows.filter(flow => flow.isLive);
	const equal = limit / Math.max(1, flows.length);
	const left = limit - sumOf(fixed.map(flow => takenBy(flow, now)));
	const wishes = live.map(flow => wishOf(flow, now));
	const shares = waterFill(Math.max(left, equal * least * live.length), wishes);
	return {
		ceilings: new Map(live.map((flow, index) => [flow.id, shares[index] ?? equal])),
		restart: restartOf(limit, left, flows, now),
	};
};

/** Without a limit nobody has a ceiling; what cannot be told so is started again. */
const withoutLimit = (flows: readonly Flow[], now: Instant): Regulation => ({
	ceilings: new Map(flows.filter(({isLive}) => isLive).map(({id}) => [id, undefined])),
	restart: flows.find(
		flow =>
			!flow.isLive &&
			flow.canRestart &&
			flow.ceiling !== undefined &&
			isAtCeiling(flow) &&
			isOld(flow, patience.faster, now),
	)?.id,
});

/** What a flow that cannot be told takes of the limit; all that it may, until its speed has shown itself. */
const takenBy = (flow: Flow, now: Instant): Rate => {
	const {speed, ceiling} = flow;
	if (!isOld(flow, shown, now)) return ceiling ?? speed;
	return Math.min(ceiling ?? Infinity, speed);
};

/**
 * What a flow would use: without bounds while it uses what it has; what it has, until it had time to use that; else a
 * little more than it does.
 */
const wishOf = (flow: Flow, now: Instant): Rate => {
	if (isAtCeiling(flow) || flow.ceiling === undefined) return Infinity;
	return isOld(flow, settled, now) ? flow.speed * growth : flow.ceiling;
};

const isAtCeiling = ({speed, ceiling}: Flow): boolean => ceiling !== undefined && speed >= ceiling * wanting;

/** Each new start makes the next one less urgent: what it brought was no gain, or not for long. */
const patienceWith = ({restarts}: Flow, base: Duration): Duration => base * 2 ** Math.min(restarts, 8);

const isOld = ({toldAt}: Flow, age: Duration, now: Instant): boolean => now - toldAt >= age;

/** Whether a new ceiling is so much higher that a tool needs time to make use of it. */
export const isRaised = (before: Rate | undefined, after: Rate | undefined): boolean =>
	before !== undefined && (after === undefined || after > before * (1 + tolerance));

/**
 * Shares an amount so that the smallest wishes are fulfilled first and the rest is equal. What nobody wishes for is spread
 * over all, so that whoever comes to want it has it at once.
 */
export const waterFill = (amount: Rate, wishes: readonly Rate[]): readonly Rate[] => {
	const shares = wishes.map(() => 0);
	let left = Math.max(0, amount);
	const order = wishes.map((wish, index) => ({wish, index})).toSorted((a, b) => a.wish - b.wish);
	for (const [place, {wish, index}] of order.entries()) {
		const share = Math.min(wish, left / (order.length - place));
		shares[index] = share;
		left -= share;
	}

	return shares.map(share => share + left / wishes.length);
};

/** Whoever is furthest from fair among those that cannot be told, where the limit is passed or lies idle because of it. */
const restartOf = (limit: Rate, left: Rate, flows: readonly Flow[], now: Instant): JobId | undefined => {
	const wanted = flows.filter(flow => flow.isLive && isAtCeiling(flow)).length;
	const equal = limit / Math.max(1, flows.length);
	const movable = flows
		.filter(({isLive, canRestart}) => !isLive && canRestart)
		.map(flow => ({flow, fair: shareOfNew(limit, without(flow, flows), 0, now)}));
	const isPassed = left < -limit * tolerance;
	if (isPassed || left < wanted * equal * (1 - worthwhile)) {
		const excess = isPassed ? 2 * tolerance : worthwhile;
		return movable
			.filter(
				({flow, fair}) =>
					isOld(flow, isPassed ? patience.slower : patienceWith(flow, patience.slower), now) &&
					flow.speed > fair * (1 + excess),
			)
			.toSorted((a, b) => b.flow.speed - b.fair - (a.flow.speed - a.fair))[0]?.flow.id;
	}

	if (wanted > 0 || sumOf(flows.map(({speed}) => speed)) > limit * (1 - tolerance)) return undefined;
	return movable
		.filter(
			({flow, fair}) =>
				isOld(flow, patienceWith(flow, patience.faster), now) &&
				isAtCeiling(flow) &&
				flow.ceiling !== undefined &&
				flow.ceiling < fair * (1 - worthwhile / 2),
		)
		.toSorted((a, b) => b.fair - (b.flow.ceiling ?? 0) - (a.fair - (a.flow.ceiling ?? 0)))[0]?.flow.id;
};

const without = (flow: Flow, flows: readonly Flow[]): readonly Flow[] => flows.filter(({id}) => id !== flow.id);

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0);

/** What a person asks for: a rate, null for none, undefined for what the configuration says. */
export type Limit = {readonly rate?: Rate | null};

/** The least limit, in bytes a second: below it tools take their own pieces for stalls. */
export const leastRate: Rate = 1024;

/** `2MB`, `off` or `auto`; a text in return says what is wrong. */
export const parseLimit = (text: string): Limit | string => {
	if (text === 'auto') return {};
	if (text === 'off') return {rate: null};
	const rate = parseSize(text);
	return rate === undefined || rate < leastRate
		? `the limit must be \`off\`, \`auto\` or a rate of at least 1 KiB a second such as 500kB or 2MiB, not \`${text}\``
		: {rate};
};
