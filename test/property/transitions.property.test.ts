import * as fc from 'fast-check';
import {expect, test} from 'vitest';
import {jobStatuses, type JobStatus} from '../../source/domain/job.ts';
import {isLegal, jobEvents, nextStatus, type JobEvent} from '../../source/domain/transitions.ts';
import {cellOf} from '../support/job-life.ts';

const anyEvents = fc.array(fc.constantFrom(...jobEvents), {maxLength: 60});

/** A job as the engine keeps it: a search that has found something gives it its source. */
const live = (events: readonly JobEvent[], isSourced: boolean) => {
	let job: {status: JobStatus | 'removed'; isSourced: boolean} = {status: isSourced ? 'queued' : 'waiting', isSourced};
	const visited: Array<typeof job> = [job];
	for (const event of events) {
		if (job.status === 'removed') break;
		const next = nextStatus(job.status, event, job);
		if (next === undefined) continue;
		job = {status: next, isSourced: job.isSourced || event === 'find'};
		visited.push(job);
	}

	return visited;
};

// Mutation tried: `pausing: {lose: 'paused'}` changed to `lose: 'queued'` in the table; this property failed.
test('whatever happens to a job, it is where the hand-written life says', () => {
	fc.assert(
		fc.property(anyEvents, fc.boolean(), (events, startsSourced) => {
			let status: JobStatus | 'removed' = startsSourced ? 'queued' : 'waiting';
			let isSourced = startsSourced;
			for (const event of events) {
				if (status === 'removed') break;
				const expected = cellOf(status, event, isSourced);
				expect(nextStatus(status, event, {isSourced})).toBe(expected);
				if (expected === undefined) continue;
				status = expected;
				isSourced ||= event === 'find';
			}
		}),
		{numRuns: 1000},
	);
});

// Mutation tried: `paused: {resume: 'queued'}` in the place of `'ready'`; this property failed.
test('a job without a source is never queued, started or finished', () => {
	fc.assert(
		fc.property(anyEvents, events => {
			for (const {status, isSourced} of live(events, false)) {
				if (!isSourced) expect(['queued', 'starting', 'downloading', 'finishing', 'completed']).not.toContain(status);
			}
		}),
		{numRuns: 1000},
	);
});

// Mutation tried: `finishing: {complete: 'failed'}`; completed was reached no longer, this property failed.
test('every status is reached, and from every status there is a way on; only removed is the end', () => {
	for (const isSourced of [true, false]) {
		const reached = reachableFrom(isSourced ? 'queued' : 'waiting', isSourced);
		for (const status of jobStatuses) {
			const needsSearch = status === 'waiting' || status === 'searching';
			expect(reached.has(status)).toBe(!(isSourced && needsSearch));
		}

		expect(reached.has('removed')).toBe(true);
	}

	for (const status of jobStatuses) {
		expect(jobEvents.some(event => isLegal(status, event))).toBe(true);
		expect(reachableFrom(status, status !== 'waiting' && status !== 'searching').has('removed')).toBe(true);
	}
});

const reachableFrom = (start: JobStatus, isSourced: boolean): ReadonlySet<JobStatus | 'removed'> => {
	const seen = new Set<string>();
	const reached = new Set<JobStatus | 'removed'>();
	const open: Array<{status: JobStatus | 'removed'; isSourced: boolean}> = [{status: start, isSourced}];
	for (let job = open.pop(); job !== undefined; job = open.pop()) {
		const key = `${job.status} ${job.isSourced}`;
		if (seen.has(key)) continue;
		seen.add(key);
		reached.add(job.status);
		if (job.status === 'removed') continue;
		for (const event of jobEvents) {
			const status = nextStatus(job.status, event, job);
			if (status !== undefined) open.push({status, isSourced: job.isSourced || event === 'find'});
		}
	}

	return reached;
};
