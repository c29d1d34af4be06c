import {setImmediate as nextTurn} from 'node:timers/promises';
import {sumOf} from '../domain/batch.ts';
import type {JobId} from '../domain/job.ts';
import type {JobEvent} from '../domain/transitions.ts';
import type {StepId} from '../domain/undo.ts';
import {abandon} from './abandon.ts';
import {holdBack, putAside} from './aside.ts';
import {withoutPlaced} from './half-placed.ts';
import {stopAttempt} from './conclude.ts';
import type {Core} from './core.ts';
import type {CommandResult, Refusal, Selection} from './ports.ts';
import {selected} from './selected.ts';
import type {Work} from './works.ts';

export type PersonsEvent = Extract<JobEvent, 'pause' | 'resume' | 'retry' | 'cancel' | 'remove'>;

/**
 * A person's event for all jobs that are meant, a thousand at a time; what runs gets its turn between them. A step keeps
 * what they were.
 */
export const act = async (
	core: Core,
	event: PersonsEvent,
	selection: Selection,
	step?: StepId,
): Promise<CommandResult> => {
	const changed: JobId[] = [];
	const refused: Refusal[] = [];
	const givenUp: JobId[] = [];
	const held = holdBack(core);
	const giveUp = (jobs: readonly JobId[]): void => {
		held.add(jobs);
		givenUp.push(...jobs);
	};
	const work = core.works.begin({label: labels[event], total: await sizeOf(core, selection), canCancel: true});
	try {
		const isStopped = await actOnAll(core, event, selection, {changed, refused, giveUp, work, step});
		return {ok: true, changed, refused, ...(isStopped ? {isStopped} : {})};
	} finally {
		// Attempts end first: moving the bytes of many jobs takes a moment.
		if (step !== undefined && givenUp.length > 0) await putAside(core, step, givenUp);
		held.end();
		work.end();
	}
};

const labels: Readonly<Record<PersonsEvent, string>> = {
	pause: 'pausing jobs',
	resume: 'resuming jobs',
	retry: 'putting jobs back in line',
	cancel: 'cancelling jobs',
	remove: 'removing jobs',
};

/** How many jobs are meant, where that is known without looking at each. */
const sizeOf = async ({store}: Core, selection: Selection): Promise<number | undefined> => {
	if ('ids' in selection) return selection.ids.length;
	const {statuses, ...narrower} = selection.filter;
	return Object.keys(narrower).length > 0 || statuses === undefined ? undefined : sumOf(await store.counts(), statuses);
};

type Progress = {
	readonly changed: JobId[];
	readonly refused: Refusal[];
	readonly work: Work;
	readonly step: StepId | undefined;
	/** These jobs have ended or gone: their bytes go aside. */
	readonly giveUp: (jobs: readonly JobId[]) => void;
};

/** Whether it was stopped on the way. */
const actOnAll = async (
	core: Core,
	event: PersonsEvent,
	selection: Selection,
	{changed, refused, work, step, giveUp}: Progress,
): Promise<boolean> => {
	for await (const {ids, refused: gone} of selected(core, event, selection)) {
		refused.push(...gone);
		// The store may answer at once: what runs gets its turn between two chunks.
		if (changed.length + refused.length > 0) {
			core.touch('state');
			await nextTurn();
		}

		if (work.signal.aborted) return true;
		const free = await withoutPlaced(core, event, ids, refused);
		// The bytes of what is cancelled go: if it is retried, it begins anew.
		const kept = event === 'cancel' ? {bytes: 0} : {};
		const moved = await core.store.moveMany(free, {event, at: core.clock.now(), ...kept}, step);
		for (const {job, from} of moved.changed) {
			changed.push(job.id);
			core.events.emit({
				type: 'job',
				at: core.clock.now(),
				job,
				from,
				to: event === 'remove' ? 'removed' : job.status,
			});
			if (event !== 'pause' && event !== 'cancel') continue;
			stopAttempt(core, job.id, job);
			if (job.attempt === undefined) await abandon(core, job);
		}

		giveUp(
			moved.changed
				.filter(({job}) => event === 'remove' || (event === 'cancel' && job.status === 'cancelled'))
				.map(({job}) => job.id),
		);
		refused.push(...moved.refused);
		work.advance(changed.length + refused.length);
	}

	return false;
};
