import {isLegal, refusal, type JobEvent} from '../domain/transitions.ts';
import type {JobView} from '../domain/job.ts';
import type {EngineSnapshot} from '../domain/snapshot.ts';
import type {Need} from './keymap.ts';

export type NeedContext = {
	readonly job: JobView | undefined;
	readonly snapshot: EngineSnapshot;
	readonly canDetach: boolean;
};

/** Why an action is not possible now, in words, or undefined where it is. */
export const needs: Readonly<Record<Need, (context: NeedContext) => string | undefined>> = {
	job: ({job}) => (job === undefined ? needsJob : undefined),
	pausable: ({job}) => (job?.status === 'paused' ? undefined : legal(job, 'pause')),
	retryable: ({job}) => legal(job, 'retry'),
	cancellable: ({job}) => legal(job, 'cancel'),
	removable: ({job}) => legal(job, 'remove'),
	'queued-job': ({job}) =>
		job === undefined
			? needsJob
			: job.status === 'queued' || job.status === 'waiting' || job.status === 'paused'
				? undefined
				: `only jobs in the queue have a place in it; this one is ${job.status}`,
	failures: ({snapshot}) => (snapshot.counts.failed === 0 ? 'no job has failed' : undefined),
	detach: ({canDetach}) => (canDetach ? undefined : 'the scheduler cannot go on without this screen here'),
};

const needsJob = 'no job is selected here';

// The table of transitions decides; the screen repeats what it says.
const legal = (job: JobView | undefined, event: JobEvent): string | undefined => {
	if (job === undefined) return needsJob;
	return isLegal(job.status, event) ? undefined : refusal(job.status, event);
};
