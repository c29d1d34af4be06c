import type {JobId} from '../domain/job.ts';
import type {JobEvent} from '../domain/transitions.ts';
import {dropBytes, stopAttempt} from './conclude.ts';
import type {Core} from './core.ts';
import type {CommandResult, MovedJob, Refusal, Selection} from './ports.ts';
import {selected} from './selected.ts';

export type PersonsEvent = Extract<JobEvent, 'pause' | 'resume' | 'retry' | 'cancel' | 'remove'>;

/** A person's event for all jobs that are meant, a thousand at a time; what runs gets its turn between them. */
export const act = async (core: Core, event: PersonsEvent, selection: Selection): Promise<CommandResult> => {
	const changed: JobId[] = [];
	const refused: Refusal[] = [];
	for await (const {ids, refused: gone} of selected(core, event, selection)) {
		refused.push(...gone);
		// The store may answer at once: what runs gets its turn between two chunks.
		if (changed.length + refused.length > 0) await new Promise(resolve => setImmediate(resolve));
		// The bytes of what is cancelled go: if it is retried, it begins anew.
		const kept = event === 'cancel' ? {bytes: 0} : {};
		const moved = await core.store.moveMany(ids, {event, at: core.clock.now(), ...kept});
		for (const {job, from} of moved.changed) {
			changed.push(job.id);
			core.events.emit({
				type: 'job',
				at: core.clock.now(),
				job,
				from,
				to: event === 'remove' ? 'removed' : job.status,
			});
			if (event === 'pause' || event === 'cancel') stopAttempt(core, job.id, job);
		}

		// Attempts end first: removing the bytes of a thousand jobs takes a moment.
		await giveUp(
			core,
			event,
			moved.changed.filter(({job}) => event === 'remove' || job.status === 'cancelled').map(({job}) => job.id),
		);
		refused.push(...moved.refused);
	}

	return {ok: true, changed, refused};
};

/** Directories that are removed at once: enough to keep a slow disk busy, few enough to leave threads to the downloads. */
const clearedAtOnce = 8;

/** Bytes of jobs that are given up go, and nothing stays of those that are removed. */
const giveUp = async (core: Core, event: PersonsEvent, jobs: readonly JobId[]): Promise<void> => {
	for (const id of jobs) core.live.leaving.add(id);
	const inLine = jobs.values();
	const clearNext = async (): Promise<void> => {
		for (const id of inLine) {
			await dropBytes(core, id);
			if (event === 'remove') await core.log.remove(id);
			core.live.leaving.delete(id);
		}
	};

	await Promise.all(Array.from({length: clearedAtOnce}, clearNext));
};
