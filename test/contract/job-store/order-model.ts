import * as fc from 'fast-check';
import type {JobId} from '../../../source/domain/job.ts';
import type {JobStore} from '../../../source/engine/ports.ts';
import {newJob} from './jobs.ts';

/*
 * Random arrivals, priorities and manual moves, on a store and on a plain array: the oracle of the order property.
 */

export type Placed = {readonly id: JobId; readonly priority: number};

export type Arrangement =
	| {readonly type: 'add'; readonly priorities: readonly number[]}
	| {readonly type: 'prioritise'; readonly picks: readonly number[]; readonly priority: number}
	| {readonly type: 'reorder'; readonly picks: readonly number[]; readonly place: 'top' | 'bottom' | number};

const picks = fc.uniqueArray(fc.nat({max: 30}), {minLength: 1, maxLength: 4});

export const arrangement: fc.Arbitrary<Arrangement> = fc.oneof(
	fc.record({
		type: fc.constant('add' as const),
		priorities: fc.array(fc.constantFrom(0, 4, 5, 5, 5, 9), {minLength: 1, maxLength: 5}),
	}),
	fc.record({type: fc.constant('prioritise' as const), picks, priority: fc.integer({min: 0, max: 9})}),
	{
		weight: 3,
		arbitrary: fc.record({
			type: fc.constant('reorder' as const),
			picks,
			place: fc.oneof(fc.constantFrom('top' as const, 'bottom' as const), fc.nat({max: 30})),
		}),
	},
);

export const arrange = async (
	store: JobStore,
	line: readonly Placed[],
	one: Arrangement,
): Promise<readonly Placed[]> => {
	if (one.type === 'add') {
		const jobs = one.priorities.map((priority, at) => newJob(`${line.length}-${at}`, {priority}));
		const {ids} = await store.add({title: undefined, jobs}, 1);
		return ids.reduce((rest, id, at) => behindPriority(rest, [{id, priority: one.priorities[at] ?? 5}]), line);
	}

	const chosen = new Set(one.picks.map(at => line[at % Math.max(1, line.length)]?.id).filter(id => id !== undefined));
	if (one.type === 'prioritise') {
		await store.prioritise([...chosen], one.priority);
		const moved = line.filter(job => chosen.has(job.id)).map(job => ({...job, priority: one.priority}));
		return behindPriority(
			line.filter(job => !chosen.has(job.id)),
			moved,
		);
	}

	const before = typeof one.place === 'number' ? line[one.place % Math.max(1, line.length)]?.id : undefined;
	if (typeof one.place === 'number' && before === undefined) return line;
	const place = before === undefined ? {at: one.place === 'top' ? ('top' as const) : ('bottom' as const)} : {before};
	await store.reorder([...chosen], place);
	if (before !== undefined) chosen.delete(before);
	const rest = line.filter(job => !chosen.has(job.id));
	if (rest.length === 0) return line;
	const at = before === undefined ? (one.place === 'top' ? 0 : rest.length) : rest.findIndex(job => job.id === before);
	const neighbour = rest[Math.min(at, rest.length - 1)];
	const moved = line.filter(job => chosen.has(job.id)).map(job => ({...job, priority: neighbour?.priority ?? 5}));
	return rest.toSpliced(at, 0, ...moved);
};

const behindPriority = (line: readonly Placed[], moved: readonly Placed[]): readonly Placed[] => {
	const priority = moved[0]?.priority ?? 0;
	const at = line.filter(job => job.priority >= priority).length;
	return line.toSpliced(at, 0, ...moved);
};
