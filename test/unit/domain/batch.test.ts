import {expect, test} from 'vitest';
import {isComplete, noCounts, sumOf, totalOf} from '../../../source/domain/batch.ts';
import {jobStatuses} from '../../../source/domain/job.ts';

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
