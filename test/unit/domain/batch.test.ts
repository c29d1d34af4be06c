import {expect, test} from 'vitest';
import {isComplete, noCounts, progressOfBatch, sumOf, totalOf} from '../../../source/domain/batch.ts';
import {jobStatuses, type BatchId} from '../../../source/domain/job.ts';

test('an empty batch is not complete', () => {
	expect(totalOf(noCounts)).toBe(0);
	expect(isComplete(noCounts)).toBe(false);
});

test('a batch is complete when every job has ended, in whatever way', () => {
	expect(isComplete({...noCounts, completed: 2, failed: 1, cancelled: 1})).toBe(true);
	expect(isComplete({...noCounts, failed: 1})).toBe(true);
});

test.each(jobStatuses.filter(status => !['completed', 'failed', 'cancelled'].includes(status)))(
	'a batch with one job that is %s is not complete',
	status => {
		expect(isComplete({...noCounts, completed: 2, [status]: 1})).toBe(false);
	},
);

test('every status counts once', () => {
	const each = Object.fromEntries(jobStatuses.map((status, index) => [status, 2 ** index])) as typeof noCounts;
	expect(totalOf(each)).toBe(2 ** jobStatuses.length - 1);
	expect(sumOf(each, ['waiting', 'queued'])).toBe(each.waiting + each.queued);
});

const album = 1 as BatchId;
const running = (batch: number, bytes: number, total: number | undefined) => ({
	batch: batch as BatchId,
	progress: {bytes, total},
});

test('the progress of a batch is that of its completed jobs and of what runs of it', () => {
	const counts = {...noCounts, completed: 2, downloading: 2, queued: 4, failed: 1, cancelled: 1};
	const progress = progressOfBatch({id: album, counts, bytes: 200}, [
		running(1, 50, 100),
		running(1, 30, undefined),
		running(2, 999, 1000),
	]);
	expect(progress).toEqual({ended: 4, jobs: 10, share: 0.25, bytes: 280, expected: 800});
});

test('what a batch will have is unknown before any size is', () => {
	const counts = {...noCounts, queued: 3};
	expect(progressOfBatch({id: album, counts, bytes: 0}, [])).toMatchObject({share: 0, expected: undefined});
	expect(progressOfBatch({id: album, counts: noCounts, bytes: 0}, [])).toMatchObject({jobs: 0, share: 0});
});

test('a batch that has ended is as large as its files', () => {
	const counts = {...noCounts, completed: 3, failed: 1};
	expect(progressOfBatch({id: album, counts, bytes: 600}, [])).toEqual({
		ended: 4,
		jobs: 4,
		share: 0.75,
		bytes: 600,
		expected: 600,
	});
});
