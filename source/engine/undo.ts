import type {JobId} from '../domain/job.ts';
import {
	nextRedo,
	nextUndo,
	safeUntil,
	stepLabel,
	undoneFor,
	type StepId,
	type StepKind,
	type UndoStep,
} from '../domain/undo.ts';
import {act} from './act.ts';
import {asideOf, bringBytesBack, holdingBack} from './aside.ts';
import type {Core} from './core.ts';
import type {CommandResult, StepChange} from './ports.ts';

type StepOrder = {readonly kind: StepKind; readonly detail?: string; readonly continues?: boolean};

/** Carries out an act that can be undone: it is handed the step that keeps what it changes. */
export const asStep = (
	core: Core,
	order: StepOrder,
	work: (step: StepId) => Promise<CommandResult>,
): Promise<CommandResult> =>
	core.turns.together(async () => {
		const step = (await earlierPart(core, order)) ?? (await beginStep(core, order));
		try {
			return await work(step);
		} finally {
			core.sweeper.look();
		}
	});

const beginStep = (core: Core, {kind, detail = ''}: StepOrder): Promise<StepId> => {
	const now = core.clock.now();
	return core.store.steps.begin(kind, detail, now, now + undoneFor);
};

/** The step that a command goes on with, where it is still the last one. */
const earlierPart = async (core: Core, {kind, continues = false}: StepOrder): Promise<StepId | undefined> => {
	if (!continues) return undefined;
	const last = (await core.store.steps.list()).at(-1);
	return last?.kind === kind && !last.isUndone && core.clock.now() < safeUntil(last) ? last.id : undefined;
};

/** Takes back the last act that can be taken back, for all its jobs that have not moved on since. */
export const undo = (core: Core): Promise<CommandResult> =>
	core.turns.alone(async () => {
		const step = nextUndo(await core.store.steps.list(), core.clock.now());
		return step === undefined ? nothing('undo') : told(core, 'undone', step, await takeBack(core, step));
	});

/** Does again what was undone last. */
export const redo = (core: Core): Promise<CommandResult> =>
	core.turns.alone(async () => {
		const step = nextRedo(await core.store.steps.list(), core.clock.now());
		return step === undefined ? nothing('redo') : told(core, 'redone', step, await doAgain(core, step));
	});

const nothing = (what: 'undo' | 'redo'): CommandResult => ({
	ok: false,
	code: 'refused',
	message: `there is nothing to ${what}`,
});

const told = (core: Core, type: 'undone' | 'redone', step: UndoStep, change: StepChange): CommandResult => {
	const label = stepLabel(step);
	core.events.emit({type, at: core.clock.now(), kind: step.kind, label, jobs: change.changed});
	core.sweeper.look();
	return {ok: true, ...change, label};
};

const takeBack = async (core: Core, step: UndoStep): Promise<StepChange> => {
	const work = core.works.begin({label: `undoing: ${stepLabel(step)}`, total: undefined, canCancel: false});
	try {
		if (step.kind !== 'cancel' && step.kind !== 'remove') return await takeBackRows(core, step);
		// Whose bytes are aside, or on their way there, does not start before they are back.
		const held = [...new Set([...(await asideOf(core, step.id)), ...core.live.running.keys()])];
		return await holdingBack(core, held, async () => {
			const change = await takeBackRows(core, step);
			const isBack = new Set(change.changed);
			await bringBytesBack(core, step.id, id => isBack.has(id));
			if (step.kind === 'remove') for (const {id} of change.refused) await core.log.remove(id);
			return change;
		});
	} finally {
		work.end();
	}
};

const takeBackRows = async (core: Core, step: UndoStep): Promise<StepChange> => {
	const now = core.clock.now();
	const change = await core.store.steps.undo(step.id, now, now + undoneFor);
	await refreshRunning(core, new Set(change.changed));
	return change;
};

/** An attempt that goes on although it was cancelled has its old status again. */
const refreshRunning = async (core: Core, isBack: ReadonlySet<JobId>): Promise<void> => {
	for (const attempt of core.live.running.values()) {
		if (!isBack.has(attempt.job.id)) continue;
		const job = await core.store.get(attempt.job.id);
		if (job?.attempt === attempt.token) attempt.job = job;
	}
};

/** How many ids are read at once. */
const pageSize = 10_000;

const doAgain = async (core: Core, step: UndoStep): Promise<StepChange> => {
	const now = core.clock.now();
	const change = await core.store.steps.redo(step.id, now, now + undoneFor);
	if (step.kind === 'prioritise' || step.kind === 'reorder') return change;
	const ids: JobId[] = [];
	for (let page: readonly JobId[] = [], after: JobId | undefined; ; after = page.at(-1)) {
		page = await core.store.steps.jobs(step.id, pageSize, after);
		ids.push(...page);
		if (page.length < pageSize) break;
	}

	const result = await act(core, step.kind, {ids}, step.id);
	return result.ok ? {changed: result.changed, refused: result.refused} : {changed: [], refused: []};
};
