import type {Gate} from '../domain/disk-guard.ts';
import type {Job, JobError, JobId, JobStatus, VolumeId} from '../domain/job.ts';
import type {Duration, Instant} from '../domain/time.ts';
import type {StepKind} from '../domain/undo.ts';

/** Everything that can be observed while the engine works, one sentence each. */
export type EngineEvent =
	/** A job went from one status to another. */
	| {
			readonly type: 'job';
			readonly at: Instant;
			readonly job: Job;
			readonly from: JobStatus;
			readonly to: JobStatus | 'removed';
			readonly error?: JobError;
			/** With `completed`: how long its attempts have run in all. */
			readonly ranFor?: Duration;
	  }
	/** Jobs were added to the queue. */
	| {readonly type: 'added'; readonly at: Instant; readonly count: number}
	/** A volume's gate opened or closed. */
	| {readonly type: 'gate'; readonly at: Instant; readonly volume: VolumeId; readonly path: string; readonly gate: Gate}
	/** The whole queue was paused or resumed by a person. */
	| {readonly type: 'queue'; readonly at: Instant; readonly isPaused: boolean}
	/** An act on jobs was taken back, or done again; for done again, each job says so itself as well. */
	| {
			readonly type: 'undone' | 'redone';
			readonly at: Instant;
			readonly kind: StepKind;
			/** The act in words, such as `cancel 3 jobs`. */
			readonly label: string;
			readonly jobs: readonly JobId[];
	  }
	/** Something a person should know, such as a store that cannot be written. */
	| {readonly type: 'notice'; readonly at: Instant; readonly text: string};

export type Events = {
	emit(event: EngineEvent): void;
	on(listener: (event: EngineEvent) => void): () => void;
};

export const createEvents = (): Events => {
	const listeners = new Set<(event: EngineEvent) => void>();
	return {
		emit(event) {
			for (const listener of listeners) listener(event);
		},
		on(listener) {
			listeners.add(listener);
			return () => listeners.delete(listener);
		},
	};
};
