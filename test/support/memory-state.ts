import type {Candidate} from '../../source/domain/candidate.ts';
import type {Attempt, BatchId, Job, JobId} from '../../source/domain/job.ts';
import type {UndoStep} from '../../source/domain/undo.ts';
import type {SettingKey} from '../../source/engine/ports.ts';

/** What a memory store holds. */
export type State = {
	/** By id. */
	jobs: Map<JobId, Job>;
	/** Where the files of some jobs go, for as long as the jobs are open. */
	destinations: Map<JobId, string>;
	attempts: Map<JobId, readonly Attempt[]>;
	candidates: Map<JobId, readonly Candidate[]>;
	batches: Array<{readonly id: BatchId; readonly title: string; readonly createdAt: number}>;
	settings: Map<SettingKey, string>;
	steps: KeptStep[];
	lastId: number;
	lastStep: number;
	lastBatch: number;
};

/** A job as it was before a step changed it. */
export type KeptJob = {
	readonly job: Job;
	readonly attempts: readonly Attempt[];
	readonly destination: string | undefined;
};

/** A step of the memory store: whole jobs, and the whole order, as they were. */
export type KeptStep = {
	facts: UndoStep;
	jobs: Map<JobId, KeptJob>;
	batches: State['batches'];
	/** All jobs in their order, before the first change; after an undo of a move, as it was before that. */
	line: readonly JobId[] | undefined;
};

export const inOrder = (state: State): readonly Job[] => [...state.jobs.values()].toSorted((a, b) => a.order - b.order);

export const openJobTo = (state: State, destination: string): JobId | undefined =>
	[...state.jobs.values()].find(job => state.destinations.get(job.id) === destination && job.endedAt === undefined)?.id;

export const band = 1_000_000_000;

/** Numbers all jobs anew, in this order. */
export const arrange = (state: State, jobs: readonly Job[]): void => {
	for (const [index, job] of jobs.entries()) {
		state.jobs.set(job.id, {...job, order: (9 - job.priority) * band + index + 1});
	}
};
