import {hasEnded, jobStatuses, type JobId} from '../domain/job.ts';
import {sumOf} from '../domain/batch.ts';
import type {Core} from './core.ts';

/** What became of the jobs while this engine ran. */
export type RunSummary = {
	readonly completed: number;
	readonly failed: number;
	readonly cancelled: number;
	/** Jobs that have not ended: held, paused or waiting. */
	readonly remaining: number;
	/** Bytes of completed files. */
	readonly bytes: number;
	readonly seconds: number;
};

const unended = jobStatuses.filter(status => !hasEnded(status));

/** Counts outcomes by listening to the engine's events: each job once, by what has become of it at last. */
export const createTally = (core: Core): {summary(): Promise<RunSummary>} => {
	const startedAt = core.clock.now();
	// What has failed or was cancelled may be retried: then it has not ended after all.
	const lost = new Map<JobId, 'failed' | 'cancelled'>();
	let completed = 0;
	let bytes = 0;
	core.events.on(event => {
		if (event.type === 'undone' && event.kind === 'cancel') for (const id of event.jobs) lost.delete(id);
		if (event.type !== 'job' || event.to === 'removed') return;
		if (event.to === 'failed' || event.to === 'cancelled') lost.set(event.job.id, event.to);
		else lost.delete(event.job.id);
		if (event.to !== 'completed') return;
		completed++;
		bytes += event.job.size ?? 0;
	});
	const countOf = (end: 'failed' | 'cancelled'): number => [...lost.values()].filter(each => each === end).length;
	return {
		async summary() {
			const counts = await core.store.counts();
			return {
				completed,
				failed: countOf('failed'),
				cancelled: countOf('cancelled'),
				remaining: sumOf(counts, unended),
				bytes,
				seconds: (core.clock.now() - startedAt) / 1000,
			};
		},
	};
};
