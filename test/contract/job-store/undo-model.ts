import * as fc from 'fast-check';
import {expect} from 'vitest';
import {jobStatuses, type JobId} from '../../../source/domain/job.ts';
import type {StepId} from '../../../source/domain/undo.ts';
import type {JobStore, StepChange} from '../../../source/engine/ports.ts';
import {addOne, allPages, changeOf, jobIn, newJob, owner, token} from './jobs.ts';

/*
 * Random acts that are undone and redone, and the oracle of a plain stack: what the whole queue looked like before each
 * act is what it has to look like when that act is undone. It knows nothing of how a step is kept.
 */

/** Everything that a person could see of a queue. */
export const wholeQueue = async (store: JobStore) => {
	const jobs = await allPages(store, {limit: 1000});
	return {
		// The key says nothing but the order, in which they stand here.
		jobs: jobs.map(job => ({...job, order: undefined})),
		attempts: await Promise.all(jobs.map(async ({id}) => store.attempts(id))),
		counts: await store.counts(),
		lanes: (await store.lanes()).toSorted((a, b) => (a.lane < b.lane ? -1 : 1)),
		batch: await store.batch('Batch'),
	};
};

type Whole = Awaited<ReturnType<typeof wholeQueue>>;

type Done = {
	readonly step: StepId;
	readonly act: UndoableAct;
	readonly changed: readonly JobId[];
	readonly seen: Whole;
};

export type UndoModel = {
	/** What the queue was before each act that was done, and after each that was undone. */
	readonly past: Done[];
	readonly future: Done[];
	readonly ids: JobId[];
	/** Jobs that something else has happened to: they need not come back. */
	readonly disturbed: Set<JobId>;
	/** Others have come, so that counts are no longer those of before. */
	hasGrown: boolean;
	made: number;
};

export type UndoableAct =
	| {readonly type: 'cancel' | 'remove' | 'retry'; readonly picks: readonly number[]}
	| {readonly type: 'prioritise'; readonly picks: readonly number[]; readonly priority: number}
	| {readonly type: 'reorder'; readonly picks: readonly number[]; readonly place: 'top' | 'bottom' | number};

export type UndoTake =
	| UndoableAct
	| {readonly type: 'undo'}
	| {readonly type: 'redo'}
	| {readonly type: 'add'}
	| {readonly type: 'claim'; readonly pick: number};

const pick = fc.nat({max: 30});
const picks = fc.uniqueArray(pick, {minLength: 1, maxLength: 5});

const act: fc.Arbitrary<UndoableAct> = fc.oneof(
	{
		weight: 3,
		arbitrary: fc.record({type: fc.constantFrom('cancel' as const, 'remove' as const, 'retry' as const), picks}),
	},
	fc.record({type: fc.constant('prioritise' as const), picks, priority: fc.constantFrom(0, 5, 5, 9)}),
	{
		weight: 2,
		arbitrary: fc.record({
			type: fc.constant('reorder' as const),
			picks,
			place: fc.oneof(fc.constantFrom('top' as const, 'bottom' as const), pick),
		}),
	},
);

const take: fc.Arbitrary<UndoTake> = fc.oneof(
	{weight: 5, arbitrary: act},
	{weight: 4, arbitrary: fc.record({type: fc.constant('undo' as const)})},
	{weight: 2, arbitrary: fc.record({type: fc.constant('redo' as const)})},
	{weight: 1, arbitrary: fc.record({type: fc.constant('add' as const)})},
	{weight: 1, arbitrary: fc.record({type: fc.constant('claim' as const), pick})},
);

export const undoSequence = fc.array(take, {maxLength: 40, size: 'max'});

/** A queue with jobs of most kinds, two of them for the same file, and a model of it. */
export const newUndoModel = async (store: JobStore): Promise<UndoModel> => {
	const ids: JobId[] = [];
	for (const status of jobStatuses.filter(one => one !== 'cancelling'))
		ids.push((await jobIn(store, status, status)).id);
	for (const name of ['b1', 'b2', 'b3'])
		ids.push(await addOne(store, newJob(name, {isPaused: name === 'b2', priority: 7}), 'Batch'));
	return {past: [], future: [], ids, disturbed: new Set(), hasGrown: false, made: 0};
};

export const takeUndoStep = async (store: JobStore, model: UndoModel, one: UndoTake): Promise<void> => {
	switch (one.type) {
		case 'undo':
			return undo(store, model);
		case 'redo':
			return redo(store, model);
		case 'add': {
			model.made += 1;
			model.ids.push(await addOne(store, newJob(`new ${model.made}`), model.made % 2 === 0 ? 'Batch' : undefined));
			model.hasGrown = true;
			return undefined;
		}

		case 'claim': {
			const id = idAt(model, one.pick);
			model.made += 1;
			const claimed = await store.claim(id, token(`t${model.made}`), owner('me'), 5000);
			if (claimed !== undefined) model.disturbed.add(id);
			return undefined;
		}

		default: {
			const seen = await wholeQueue(store);
			const step = await store.steps.begin(one.type, '', 5000, 305_000);
			const {changed} = await carryOut(store, model, step, one, chosen(model, one.picks));
			if (changed.length === 0) return undefined;
			model.past.push({step, act: one, changed, seen});
			model.future.length = 0;
		}
	}
};

const idAt = (model: UndoModel, at: number): JobId => model.ids[at % model.ids.length] as JobId;

const chosen = (model: UndoModel, numbers: readonly number[]): readonly JobId[] => [
	...new Set(numbers.map(at => idAt(model, at))),
];

const carryOut = async (
	store: JobStore,
	model: UndoModel,
	step: StepId,
	one: UndoableAct,
	ids: readonly JobId[],
): Promise<StepChange> => {
	switch (one.type) {
		case 'prioritise':
			return store.prioritise(ids, one.priority, step);
		case 'reorder':
			return store.reorder(
				ids,
				typeof one.place === 'number' ? {before: idAt(model, one.place)} : {at: one.place},
				step,
			);
		default: {
			const kept = one.type === 'cancel' ? {bytes: 0} : {};
			const {changed, refused} = await store.moveMany(ids, {...changeOf(one.type, 5000), ...kept}, step);
			return {changed: changed.map(({job}) => job.id), refused};
		}
	}
};

const undo = async (store: JobStore, model: UndoModel): Promise<void> => {
	const last = model.past.pop();
	if (last === undefined) return;
	const seen = await wholeQueue(store);
	const {changed, refused} = await store.steps.undo(last.step, 6000, 306_000);
	expect([...changed, ...refused.map(({id}) => id)].toSorted(ascending)).toEqual(last.changed.toSorted(ascending));
	expect(refused.filter(({id}) => !model.disturbed.has(id))).toEqual([]);
	await compare(
		store,
		model,
		last.seen,
		seen,
		refused.map(({id}) => id),
	);
	if (changed.length > 0) model.future.push({...last, changed, seen});
};

const redo = async (store: JobStore, model: UndoModel): Promise<void> => {
	const last = model.future.pop();
	if (last === undefined) return;
	const seen = await wholeQueue(store);
	const again = await store.steps.redo(last.step, 7000, 307_000);
	const isOrder = last.act.type === 'prioritise' || last.act.type === 'reorder';
	const ids = await store.steps.jobs(last.step, 1000);
	const {changed, refused} = isOrder ? again : await carryOut(store, model, last.step, last.act, ids);
	expect(refused.filter(({id}) => !model.disturbed.has(id))).toEqual([]);
	await compare(
		store,
		model,
		last.seen,
		seen,
		refused.map(({id}) => id),
	);
	if (changed.length > 0) model.past.push({...last, changed, seen});
};

const ascending = (a: number, b: number): number => a - b;

/** The queue is what it was; jobs that something else has happened to are at least not touched where they were refused. */
const compare = async (
	store: JobStore,
	model: UndoModel,
	wanted: Whole,
	before: Whole,
	refused: readonly JobId[],
): Promise<void> => {
	const now = await wholeQueue(store);
	if (!model.hasGrown && model.disturbed.size === 0) {
		expect(now).toEqual(wanted);
		return;
	}

	const isOld = new Set(wanted.jobs.map(({id}) => id));
	const quiet = ({jobs}: Whole) =>
		jobs.filter(({id}) => isOld.has(id) && !model.disturbed.has(id)).map(job => ({...job, batch: undefined}));
	expect(quiet(now)).toEqual(quiet(wanted));
	for (const id of refused) {
		expect(now.jobs.find(job => job.id === id)).toEqual(before.jobs.find(job => job.id === id));
	}

	const rows = await allPages(store, {limit: 1000});
	expect(new Set(rows.map(({order}) => order)).size).toBe(rows.length);
	for (const status of jobStatuses) {
		expect(now.counts[status]).toBe(rows.filter(job => job.status === status).length);
	}
};
