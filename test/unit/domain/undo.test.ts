import {describe, expect, test} from 'vitest';
import {jobStatuses, type JobId, type JobStatus} from '../../../source/domain/job.ts';
import {restoredStatus} from '../../../source/domain/transitions.ts';
import {
	forgettable,
	mostStepsEver,
	nextLook,
	nextRedo,
	nextUndo,
	stepLabel,
	undoableStatuses,
	undoneFor,
	whyNotUndone,
	type StepId,
	type StepKind,
	type UndoStep,
} from '../../../source/domain/undo.ts';

const step = (id: number, facts: Partial<UndoStep> = {}): UndoStep => ({
	id: id as StepId,
	kind: 'cancel',
	detail: '',
	jobs: 1,
	title: 'Title',
	at: 0,
	until: 1000,
	isUndone: false,
	...facts,
});

const none = {holder: undefined, rival: undefined, hasBegun: false};

/*
 * Written by hand from what a person may expect: the status now, the one before the act, the one after the undo.
 */
const written = `
cancelled waiting waiting, cancelled queued queued, cancelled paused paused, cancelled searching waiting,
cancelled starting queued, cancelled downloading queued, cancelled pausing paused,
cancelling searching searching, cancelling starting starting, cancelling downloading downloading, cancelling pausing pausing,
queued failed failed, queued cancelled cancelled, waiting failed failed, waiting cancelled cancelled,
removed paused paused, removed completed completed, removed failed failed, removed cancelled cancelled
`;

test('every status comes back to what a person expects, and to nothing else', () => {
	const expected = new Map(
		written.split(',').map(cell => {
			const [now, before, after] = cell.trim().split(' ');
			return [`${now} ${before}`, after] as const;
		}),
	);
	for (const now of [...jobStatuses, 'removed' as const])
		for (const before of jobStatuses)
			expect([now, before, restoredStatus(now, before)]).toEqual([now, before, expected.get(`${now} ${before}`)]);
});

describe('the next undo', () => {
	test('is the newest step that is not undone; the next redo the oldest that is', () => {
		const steps = [step(1), step(2), step(3, {isUndone: true}), step(4, {isUndone: true})];
		expect([nextUndo(steps, 5)?.id, nextRedo(steps, 5)?.id]).toEqual([2, 3]);
	});

	test('passes over what has changed nothing and what is too old', () => {
		const steps = [step(1), step(2, {until: 5}), step(3, {jobs: 0}), step(4, {isUndone: true, until: 5})];
		expect([nextUndo(steps, 5)?.id, nextRedo(steps, 5)]).toEqual([1, undefined]);
		expect(nextUndo(steps, 1000)).toBeUndefined();
	});
});

describe('steps are forgotten', () => {
	test('when their time is over, and when there are many and they are half a minute old', () => {
		const steps = Array.from({length: 25}, (_, index) => step(index + 1, {at: 1000 * index, until: undoneFor}));
		expect(forgettable(steps, 30_000).map(({id}) => id)).toEqual([1]);
		expect(forgettable(steps, 60_000).map(({id}) => id)).toEqual([5, 4, 3, 2, 1]);
		expect(forgettable(steps, undoneFor)).toHaveLength(25);
	});

	test('in any case where a program has made thousands of them', () => {
		const steps = Array.from({length: mostStepsEver + 5}, (_, index) => step(index + 1, {at: 0, until: undoneFor}));
		expect(forgettable(steps, 1).map(({id}) => id)).toEqual([5, 4, 3, 2, 1]);
	});

	test('and are looked at again when something may have become old, not before and not for ever', () => {
		const one = step(1, {at: 0, until: undoneFor});
		expect([nextLook([one], 0), nextLook([one], 30_000), nextLook([one], undoneFor)]).toEqual([
			30_000,
			undoneFor,
			undefined,
		]);
	});
});

test.each([
	[{}, 'cancel: Title'],
	[{kind: 'remove', jobs: 12_345}, 'remove 12,345 jobs'],
	[{kind: 'prioritise', detail: '7'}, 'set priority 7: Title'],
	[{kind: 'prioritise', detail: '7', jobs: 2}, 'set priority 7 of 2 jobs'],
	[{kind: 'reorder', jobs: 3}, 'move 3 jobs'],
] as const)('a step is told in the words of a menu: %j', (facts, label) => {
	expect(stepLabel(step(1, facts))).toBe(label);
});

describe('what does not come back says why', () => {
	test.each<
		readonly [StepKind, JobStatus | 'removed', JobStatus, Partial<typeof none> | {holder: JobId}, string | undefined]
	>([
		['cancel', 'cancelled', 'queued', {}, undefined],
		['cancel', 'queued', 'queued', {}, 'it has moved on since: it is queued'],
		['cancel', 'removed', 'queued', {}, 'it has been removed since'],
		['retry', 'queued', 'failed', {}, undefined],
		['retry', 'queued', 'failed', {hasBegun: true} as never, 'it has been started since'],
		['retry', 'downloading', 'failed', {}, 'it has moved on since: it is downloading'],
		['remove', 'removed', 'paused', {}, undefined],
		['remove', 'removed', 'paused', {holder: 7 as JobId}, 'its source was added again, as job 7'],
		['remove', 'removed', 'paused', {rival: 8 as never}, 'job 8 is about to write the same file'],
		['reorder', 'completed', 'queued', {}, undefined],
		['prioritise', 'removed', 'queued', {}, 'it has been removed since'],
	])('%s: now %s, before %s, %j', (kind, now, before, facts, reason) => {
		expect(whyNotUndone(kind, now, before, {...none, ...facts})).toBe(reason);
	});

	test('in a sentence, whatever it is', () => {
		for (const kind of ['cancel', 'retry', 'remove'] as const)
			for (const now of jobStatuses.filter(status => !undoableStatuses[kind].includes(status)))
				expect(whyNotUndone(kind, now, 'queued', none)).toMatch(/^it .{8,}$/);
	});
});
