import {hasEnded, jobStatuses} from '../domain/job.ts';
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

/** Counts outcomes by listening to the engine's events. */
export const createTally = (core: Core): {summary(): Promise<RunSummary>} => {
	const startedAt = core.clock.now();
	const ended = {completed: 0, failed: 0, cancelled: 0};
	let bytes = 0;
	core.events.on(event => {
		if (event.type !== 'job') return;
		if (event.to === 'completed' || event.to === 'failed' || event.to === 'cancelled') ended[event.to]++;
		if (event.to === 'completed') bytes += event.job.size ?? 0;
	});
	return {
		async summary() {
			const counts = await core.store.counts();
			return {
				...ended,
				remaining: sumOf(counts, unended),
				bytes,
				seconds: (core.clock.now() - startedAt) / 1000,
			};
		},
	};
};
