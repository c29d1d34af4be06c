import type {JobDetail, JobId} from '../domain/job.ts';
import type {Engine} from '../engine/ports.ts';

/** What is known of the job whose details are open. */
export type Watched = {
	readonly id: JobId;
	readonly detail: JobDetail | undefined;
	readonly isLoading: boolean;
	readonly problem: string | undefined;
};

export type JobWatch = {
	getState(): Watched | undefined;
	subscribe(onChange: () => void): () => void;
	/** The job to read from now on, or undefined for none. */
	follow(id: JobId | undefined): void;
	/** Reads again when this revision is another than the last one. */
	refresh(revision: number): void;
	close(): void;
};

/** Reads the details of one job, again with each change of the snapshot, never twice at once. */
export const createJobWatch = (engine: Engine): JobWatch => {
	const listeners = new Set<() => void>();
	let state: Watched | undefined;
	let seen = -1;
	let isReading = false;
	let isStale = false;
	let isClosed = false;
	const publish = (next: Watched | undefined): void => {
		state = next;
		for (const listener of listeners) listener();
	};
	const read = async (id: JobId): Promise<void> => {
		try {
			const detail = await engine.show(id);
			if (isClosed || state?.id !== id) return;
			publish({id, detail, isLoading: false, problem: undefined});
		} catch (error) {
			if (isClosed || state?.id !== id) return;
			publish({...state, isLoading: false, problem: error instanceof Error ? error.message : String(error)});
		}
	};
	const work = async (): Promise<void> => {
		if (isReading) return;
		isReading = true;
		while (isStale && state !== undefined && !isClosed) {
			isStale = false;
			await read(state.id);
		}

		isReading = false;
	};
	return {
		getState: () => state,
		subscribe(onChange) {
			listeners.add(onChange);
			return () => listeners.delete(onChange);
		},
		follow(id) {
			if (id === state?.id) return;
			state = id === undefined ? undefined : {id, detail: undefined, isLoading: true, problem: undefined};
			isStale = id !== undefined;
			void work();
		},
		refresh(revision) {
			if (state === undefined || revision === seen) return;
			seen = revision;
			isStale = true;
			void work();
		},
		close() {
			isClosed = true;
			listeners.clear();
		},
	};
};
