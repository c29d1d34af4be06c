import {describe, expect, test} from 'vitest';
import {jobStatuses, type Job, type JobStatus} from '../../../source/domain/job.ts';
import {instantOf, progressOf, sqlTime, stageOf, tellOf, tellOfChange} from '../../../source/pipeline/stages.ts';

const key = {anime: 5, episode: 3};
const now = Date.UTC(2025, 10, 13, 10, 0, 0);

type Told = Parameters<typeof tellOf>[1];
const job = (status: JobStatus, more: Partial<Told> = {}): Told => ({
	status,
	attempts: 0,
	error: undefined,
	outputPath: undefined,
	size: undefined,
	endedAt: undefined,
	...more,
});

/** Written down by hand: which stage each status is. */
const matrix: Readonly<Record<JobStatus, string>> = {
	waiting: 'queued',
	queued: 'queued',
	paused: 'queued',
	searching: 'downloading',
	starting: 'downloading',
	downloading: 'downloading',
	finishing: 'downloading',
	pausing: 'downloading',
	cancelling: 'downloading',
	completed: 'downloaded',
	failed: 'failed',
	cancelled: 'failed',
};

test.each(jobStatuses)('a job that is %s means one stage of the pipeline', status => {
	expect(stageOf(status)).toBe(matrix[status]);
});

describe('what a row is told', () => {
	test('a file: its path, its size and when it was done', () => {
		const done = job('completed', {outputPath: '/s/ep003.mkv', size: 12, endedAt: now, attempts: 2});
		expect(tellOf(key, done, now + 5000)).toEqual({
			key,
			stage: 'downloaded',
			path: '/s/ep003.mkv',
			size: 12,
			at: now,
			retries: 2,
		});
	});

	test('a failure: its words, and the retries that came before it', () => {
		const error: Job['error'] = {code: 'stalled', message: 'nothing came', class: 'transient'};
		expect(tellOf(key, job('failed', {error, attempts: 4}), now)).toEqual({
			key,
			stage: 'failed',
			error: 'stalled: nothing came',
			retries: 3,
		});
		expect(tellOf(key, job('failed', {error, attempts: 1}), now)).toMatchObject({retries: 0});
	});

	test('a retry to come: the row is queued again, with what went wrong', () => {
		const error: Job['error'] = {code: 'timeout', message: 'too slow', class: 'transient'};
		expect(tellOfChange(key, job('queued', {error, attempts: 2}), 'downloading', 'queued', now)).toEqual({
			key,
			stage: 'queued',
			from: ['downloading'],
			error: 'timeout: too slow',
			retries: 2,
		});
	});

	test('nothing while an attempt runs, because the claim has told it', () => {
		for (const status of jobStatuses.filter(one => matrix[one] === 'downloading'))
			expect(tellOfChange(key, job(status), 'queued', status, now)).toBeUndefined();
	});

	test('what a person retries is queued again although it had failed', () => {
		expect(tellOfChange(key, job('queued'), 'failed', 'queued', now)).toMatchObject({
			stage: 'queued',
			error: undefined,
		});
		expect(tellOfChange(key, job('queued'), 'failed', 'queued', now)).toHaveProperty('from', ['failed', 'downloading']);
	});

	test('what a person removes before it is done has failed; what had ended is not told again', () => {
		expect(tellOfChange(key, job('paused'), 'paused', 'removed', now)).toMatchObject({
			stage: 'failed',
			error: 'removed from the queue of tidegate',
		});
		for (const status of ['completed', 'failed', 'cancelled'] as const)
			expect(tellOfChange(key, job(status), status, 'removed', now)).toBeUndefined();
	});
});

test('progress is from 0 to 1, and not 1 before the file is in its place', () => {
	expect(progressOf(0, 10)).toBe(0);
	expect(progressOf(5, 10)).toBe(0.5);
	expect(progressOf(20, 10)).toBeLessThan(1);
	expect(progressOf(5, undefined)).toBeUndefined();
	expect(progressOf(5, 0)).toBeUndefined();
});

describe('times', () => {
	test('are written as SQLite writes them', () => {
		expect(sqlTime(now + 999)).toBe('2025-11-13 10:00:00');
	});

	test.each<[value: unknown, at: number | undefined]>([
		['2025-11-13 10:00:00', now],
		['2025-11-13T10:00:00Z', now],
		['2025-11-13 10:00:00.250', now + 250],
		['2025-11-13 11:00:00+01:00', now],
		['2025-11-13', Date.UTC(2025, 10, 13)],
		[now / 1000, now],
		['yesterday', undefined],
		['', undefined],
		[null, undefined],
		[Number.NaN, undefined],
	])('%j is read', (value, at) => {
		expect(instantOf(value)).toBe(at);
	});
});
