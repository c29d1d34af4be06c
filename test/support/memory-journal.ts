import type {Job, JobId, JobStatus} from '../../source/domain/job.ts';
import {restoredStatus} from '../../source/domain/transitions.ts';
import {whyNotUndone, type StepId} from '../../source/domain/undo.ts';
import type {Refusal, StepChange, StepJournal} from '../../source/engine/ports.ts';
import {arrange, inOrder, openJobTo, type KeptJob, type KeptStep, type State} from './memory-state.ts';

/** Carries out an act, and keeps in the step what the jobs were that it has changed. */
export const keepingJobs = <Result>(
	state: State,
	step: StepId | undefined,
	ids: readonly JobId[],
	act: () => Result,
	changedBy: (result: Result) => readonly JobId[],
): Result => {
	const own = step === undefined ? undefined : find(state, step);
	const line = inOrder(state).map(job => job.id);
	const batches = [...state.batches];
	const before = new Map(ids.flatMap(id => kept(state, id)));
	const result = act();
	if (own === undefined) return result;
	const changed = changedBy(result);
	own.line ??= line;
	for (const batch of batches) if (!own.batches.includes(batch)) own.batches.push(batch);
	for (const id of changed) own.jobs.set(id, before.get(id) as KeptJob);
	for (const id of ids) if (!changed.includes(id)) own.jobs.delete(id);
	const title = own.facts.title ?? before.get(changed[0] as JobId)?.job.title;
	own.facts = {...own.facts, jobs: own.facts.jobs + changed.length, title};
	if (changed.length > 0) forgetUndone(state, own.facts.id);
	return result;
};

const forgetUndone = (state: State, newest: StepId): void => {
	for (const other of state.steps)
		if (other.facts.isUndone && other.facts.id < newest) other.facts = {...other.facts, until: 0};
};

const kept = (state: State, id: JobId): Array<readonly [JobId, KeptJob]> => {
	const job = state.jobs.get(id);
	if (job === undefined) return [];
	return [[id, {job, attempts: state.attempts.get(id) ?? [], destination: state.destinations.get(id)}]];
};

const find = (state: State, step: StepId): KeptStep => {
	const found = state.steps.find(({facts}) => facts.id === step);
	if (found === undefined) throw new Error(`there is no step ${step}`);
	return found;
};

export const memoryJournal = (state: State): StepJournal => ({
	async begin(kind, detail, at, until) {
		const id = (state.lastStep += 1) as StepId;
		const facts = {id, kind, detail, at, until, jobs: 0, title: undefined, isUndone: false};
		state.steps.push({facts, jobs: new Map(), batches: [], line: undefined});
		return id;
	},
	list: async () => state.steps.map(({facts}) => facts),
	undo: async (id, at, until) => {
		const step = find(state, id);
		const change = isOrder(step) ? swap(state, step) : bringBack(state, step);
		step.facts = {...step.facts, at, until, isUndone: true, jobs: change.changed.length};
		return change;
	},
	redo: async (id, at, until) => {
		const step = find(state, id);
		const change = isOrder(step) ? swap(state, step) : {changed: [], refused: []};
		step.facts = {...step.facts, at, until, isUndone: false, jobs: change.changed.length};
		if (!isOrder(step)) step.line = undefined;
		return change;
	},
	jobs: async (id, limit, after = 0 as JobId) =>
		[...find(state, id).jobs.keys()]
			.filter(job => job > after)
			.toSorted((a, b) => a - b)
			.slice(0, limit),
	of: async job =>
		state.steps.findLast(
			({facts, jobs}) =>
				!facts.isUndone && facts.until > 0 && (facts.kind === 'cancel' || facts.kind === 'remove') && jobs.has(job),
		)?.facts.id,
	noteBytes: async (id, job, bytes) => setBytes(state, id, [job], bytes),
	forgetBytes: async (id, jobs) => setBytes(state, id, jobs, 0),
	expire: async id => {
		const step = find(state, id);
		step.facts = {...step.facts, until: 0};
	},
	drop: async id => {
		state.steps = state.steps.filter(({facts}) => facts.id !== id);
	},
});

const isOrder = ({facts}: KeptStep): boolean => facts.kind === 'prioritise' || facts.kind === 'reorder';

const setBytes = (state: State, id: StepId, jobs: readonly JobId[], bytes: number): void => {
	const step = find(state, id);
	for (const job of jobs) {
		const own = step.jobs.get(job);
		if (own !== undefined && own.job.size === undefined) step.jobs.set(job, {...own, job: {...own.job, bytes}});
	}
};

// ---------------------------------------------------------------- the way back

const bringBack = (state: State, step: KeptStep): StepChange => {
	const changed: JobId[] = [];
	const refused: Refusal[] = [];
	for (const [id, before] of [...step.jobs].toSorted(([a], [b]) => a - b)) {
		const reason = whyNot(state, step, id, before);
		if (reason === undefined) {
			restore(state, step, before);
			changed.push(id);
		} else {
			refused.push({id, reason});
			step.jobs.delete(id);
		}
	}

	if (step.facts.kind === 'remove') {
		placeBack(
			state,
			step.line ?? [],
			changed.map(id => state.jobs.get(id) as Job),
		);
	}

	return {changed, refused};
};

const whyNot = (state: State, {facts}: KeptStep, id: JobId, {job, destination}: KeptJob): string | undefined => {
	const now = state.jobs.get(id);
	const holder = [...state.jobs.values()].find(other => other.identity === job.identity && other.id !== id)?.id;
	const isOpen = !['completed', 'failed', 'cancelled'].includes(job.status);
	const rival = destination === undefined || !isOpen ? undefined : openJobTo(state, destination);
	return whyNotUndone(facts.kind, now?.status ?? 'removed', job.status, {
		holder: facts.kind === 'remove' ? holder : undefined,
		rival: rival === id ? undefined : rival,
		hasBegun: now?.startedAt !== undefined,
	});
};

const restore = (state: State, step: KeptStep, {job, attempts, destination}: KeptJob): void => {
	const now = state.jobs.get(job.id);
	if (now === undefined) {
		const known = step.batches.find(({id}) => id === job.batch);
		const batch = state.batches.find(({title}) => title === known?.title) ?? known;
		if (batch !== undefined && !state.batches.includes(batch)) state.batches.push(batch);
		state.jobs.set(job.id, {...job, batch: batch?.id});
		state.attempts.set(job.id, attempts);
		if (destination !== undefined) state.destinations.set(job.id, destination);
		return;
	}

	const status = restoredStatus(now.status, job.status) as JobStatus;
	const {retryAt, endedAt, bytes, error, placing, startedAt, attempts: spent} = job;
	state.jobs.set(
		job.id,
		step.facts.kind === 'cancel'
			? {...now, status, retryAt, endedAt, bytes}
			: {...now, status, retryAt, endedAt, error, placing, startedAt, attempts: spent},
	);
};

/** Exchanges the order that was kept for the present one. */
const swap = (state: State, step: KeptStep): StepChange => {
	const changed: JobId[] = [];
	const refused: Refusal[] = [];
	const line = inOrder(state).map(job => job.id);
	const back: Job[] = [];
	for (const [id, own] of [...step.jobs].toSorted(([a], [b]) => a - b)) {
		const now = state.jobs.get(id);
		if (now === undefined) {
			refused.push({id, reason: 'it has been removed since'});
			step.jobs.delete(id);
			continue;
		}

		changed.push(id);
		back.push({...now, priority: own.job.priority});
		step.jobs.set(id, {...own, job: now});
	}

	placeBack(state, step.line ?? [], back);
	step.line = line;
	return {changed, refused};
};

/** Puts jobs where they stood in a line: before all that stood behind them, and before all that came since. */
const placeBack = (state: State, line: readonly JobId[], jobs: readonly Job[]): void => {
	const rankOf = new Map(line.map((id, rank) => [id, rank]));
	const rank = (id: JobId): number => rankOf.get(id) ?? Infinity;
	let order = inOrder(state).filter(({id}) => !jobs.some(job => job.id === id));
	for (const job of jobs.toSorted((a, b) => rank(a.id) - rank(b.id))) {
		const at = order.findIndex(other =>
			other.priority === job.priority ? rank(other.id) > rank(job.id) : other.priority < job.priority,
		);
		order = order.toSpliced(at === -1 ? order.length : at, 0, job);
	}

	arrange(state, order);
};
