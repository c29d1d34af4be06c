import {hasEnded, type Job, type JobId, type JobStatus} from '../domain/job.ts';
import type {Instant} from '../domain/time.ts';
import type {Engine, JobStore} from '../engine/ports.ts';
import type {OpenJob} from './feed.ts';
import {pipelineProvider, rowOfJob} from './request.ts';
import type {RowKey} from './stages.ts';

/** What the bridge needs of the engine that runs its jobs. */
export type BridgedEngine = Pick<Engine, 'send' | 'preview' | 'getSnapshot'>;

/** A row that an attempt of ours has. */
export type RunningRow = {readonly key: RowKey; readonly since: Instant};

/** What the parts of the bridge share while a scheduler lives. Keys are those of `keyText`. Small whatever the pipeline's size. */
export type Shared = {
	/** The engine, from the start on. */
	engine: BridgedEngine | undefined;
	isStopping: boolean;
	/** Resolves when rows and jobs agree: no attempt takes a row before. */
	readonly ready: PromiseWithResolvers<void>;
	/** Jobs of ours that have not ended. */
	readonly open: Map<string, OpenJob & {readonly id: JobId}>;
	readonly running: Map<string, RunningRow>;
	/** Jobs that were given up because their row belongs to somebody else: nothing is told of them. */
	readonly given: Set<JobId>;
	/** Takes in what a job has become. */
	note(key: string, job: Job, to: JobStatus | 'removed'): void;
	/** Rows that were told of a failure in this life: who has put them back since means it. */
	noteTold(key: string): void;
	wasTold(key: string): boolean;
	forgetTold(key: string): void;
	/** Work that the end has to wait for. */
	hand(work: Promise<void>): void;
	handed(): Promise<void>;
	/** Reads the jobs that have not ended. */
	load(store: JobStore): Promise<void>;
};

/** Failures that are remembered; of older ones the times tell. */
const mostTold = 10_000;

const pageSize = 1000;

const openStatuses = [
	'waiting',
	'queued',
	'paused',
	'searching',
	'starting',
	'downloading',
	'finishing',
	'pausing',
] as const;

export const createShared = (): Shared => {
	const open: Shared['open'] = new Map();
	const told = new Set<string>();
	const works = new Set<Promise<void>>();
	const keep = (key: string, {id, status, retryAt}: Job): void => {
		open.set(key, {id, status, retryAt});
	};

	return {
		engine: undefined,
		isStopping: false,
		ready: Promise.withResolvers(),
		open,
		running: new Map(),
		given: new Set(),
		note(key, job, to) {
			if (to === 'removed' || hasEnded(to)) open.delete(key);
			else keep(key, job);
		},
		noteTold(key) {
			const [oldest] = told;
			if (told.size >= mostTold && oldest !== undefined) told.delete(oldest);
			told.add(key);
		},
		wasTold: key => told.has(key),
		forgetTold(key) {
			told.delete(key);
		},
		hand(work) {
			const settled = work.then(
				() => undefined,
				() => undefined,
			);
			works.add(settled);
			void settled.then(() => works.delete(settled));
		},
		async handed() {
			while (works.size > 0) await Promise.all(works);
		},
		async load(store) {
			for (let after: string | undefined; ;) {
				const {rows, next} = await store.page({
					statuses: openStatuses,
					provider: pipelineProvider,
					limit: pageSize,
					...(after === undefined ? {} : {after}),
				});
				for (const job of rows) {
					const key = rowOfJob(job);
					if (key !== undefined) keep(`${key.anime}/${key.episode}`, job);
				}

				if (next === undefined) return;
				after = next;
			}
		},
	};
};
