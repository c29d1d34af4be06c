import {isLegal, refusal, type JobEvent} from '../domain/transitions.ts';
import type {JobStatus, JobView} from '../domain/job.ts';
import type {EngineSnapshot, UndoView} from '../domain/snapshot.ts';
import type {Instant} from '../domain/time.ts';
import type {Need} from './keymap.ts';

export type NeedContext = {
	/** The job under the cursor. */
	readonly job: JobView | undefined;
	/** The statuses of what an act would be about: marked rows, a batch, or that job. Empty where there is nothing. */
	readonly statuses: readonly JobStatus[];
	readonly snapshot: EngineSnapshot;
	readonly canDetach: boolean;
	/** Whether the cursor stands on a row, of a job or of a batch. */
	readonly hasRow: boolean;
};

/** Why an action is not possible now, in words, or undefined where it is. */
export const needs: Readonly<Record<Need, (context: NeedContext) => string | undefined>> = {
	row: ({hasRow}) => (hasRow ? undefined : 'there is no row here'),
	job: ({job}) => (job === undefined ? needsJob : undefined),
	pausable: ({statuses}) => (statuses.includes('paused') ? undefined : legal(statuses, 'pause')),
	retryable: ({statuses}) => legal(statuses, 'retry'),
	cancellable: ({statuses}) => legal(statuses, 'cancel'),
	removable: ({statuses}) => legal(statuses, 'remove'),
	'queued-job': ({statuses}) => {
		const [first] = statuses;
		if (first === undefined) return needsJob;
		return statuses.some(status => status === 'queued' || status === 'waiting' || status === 'paused')
			? undefined
			: `only jobs in the queue have a place in it; this one is ${first}`;
	},
	failures: ({snapshot}) => (snapshot.counts.failed === 0 ? 'no job has failed' : undefined),
	work: ({snapshot}) =>
		snapshot.works.some(({canCancel}) => canCancel) ? undefined : 'nothing long is going on that could be stopped',
	undo: ({snapshot}) => (isPossible(snapshot.undo, snapshot.at) ? undefined : 'there is nothing to undo'),
	redo: ({snapshot}) => (isPossible(snapshot.redo, snapshot.at) ? undefined : 'there is nothing to redo'),
	detach: ({canDetach}) => (canDetach ? undefined : 'the scheduler cannot go on without this screen here'),
};

const isPossible = (step: UndoView | undefined, now: Instant): boolean => step !== undefined && now < step.until;

const needsJob = 'no job is selected here';

// The table of transitions decides; the screen repeats what it says.
const legal = (statuses: readonly JobStatus[], event: JobEvent): string | undefined => {
	const [first] = statuses;
	if (first === undefined) return needsJob;
	return statuses.some(status => isLegal(status, event)) ? undefined : refusal(first, event);
};
