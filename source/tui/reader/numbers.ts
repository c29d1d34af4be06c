import type {JobId, JobView} from '../../domain/job.ts';
import {said} from './words.ts';

export type Named = {readonly number: number; readonly id: JobId; readonly title: string};

/**
 * The numbers by which jobs are spoken of: those of the last list, and behind them what was announced since. A number means
 * the same job until there is another list, whatever happens in the queue.
 */
export type Numbers = {
	/** Begins a list anew. */
	clear(): void;
	/** The number of a job, a new one where it has none. */
	name(job: Pick<JobView, 'id' | 'title'>): number;
	get(number: number): Named | undefined;
	/** How many there are. */
	count(): number;
};

export const createNumbers = (): Numbers => {
	let named: Named[] = [];
	return {
		clear() {
			named = [];
		},
		name(job) {
			const known = named.find(one => one.id === job.id);
			if (known !== undefined) return known.number;
			const number = named.length + 1;
			named.push({number, id: job.id, title: said(job.title)});
			return number;
		},
		get: number => named[number - 1],
		count: () => named.length,
	};
};
