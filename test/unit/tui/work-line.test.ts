import {expect, test} from 'vitest';
import type {WorkId, WorkView} from '../../../source/domain/snapshot.ts';
import {cellWidth} from '../../../source/tui/format.ts';
import {styleOf} from '../../../source/tui/theme.ts';
import {lineText} from '../../../source/tui/view/spans.ts';
import {shownWork, workLine} from '../../../source/tui/view/work-line.ts';

const style = styleOf('mono', false);

const work = (change: Partial<WorkView> = {}): WorkView => ({
	id: 1 as WorkId,
	label: 'cancelling jobs',
	done: 50_000,
	total: 200_000,
	isEstimate: false,
	canCancel: true,
	...change,
});

const drawn = (works: readonly WorkView[], width: number): string => lineText(workLine(works, 'Ctrl-x', width, style));

test('a long work is told with its bar, its share, its numbers and the key that stops it', () => {
	expect(drawn([work()], 80)).toMatch(/^ cancelling jobs [━╸─]+ {2}25% 50,000 of 200,000 Ctrl-x stops it +$/);
});

test('in a small window the numbers go first', () => {
	expect(drawn([work()], 40)).toMatch(/^ cancelling jobs [━╸─]+ {2}25% Ctrl-x stops *$/);
});

test('the key that stops it is still told in the smallest window', () => {
	expect(drawn([work({label: 'measuring the storage'})], 40)).toBe(' measuring the storage  25% Ctrl-x stops');
});

test('the line is never longer than the window', () => {
	for (const width of [40, 41, 57, 80, 120, 250]) {
		expect(cellWidth(drawn([work({label: 'measuring the storage'}), work()], width))).toBe(width);
	}
});

test('a work whose size nobody knows tells what is done so far', () => {
	expect(drawn([work({total: undefined, label: 'measuring the storage'})], 80)).toContain(
		'measuring the storage 50,000 so far Ctrl-x stops it',
	);
});

test('an estimate is told as one, and is never less than what is done', () => {
	expect(drawn([work({isEstimate: true, total: 40_000})], 80)).toContain('50,000 of about 50,000');
});

test('the work that can be stopped is the one that is shown', () => {
	const walk = work({id: 2 as WorkId, canCancel: false});
	expect(shownWork([walk, work()])?.id).toBe(1);
	expect(shownWork([walk])?.id).toBe(2);
	expect(drawn([walk, work()], 80)).toContain('cancelling jobs (+1 more)');
	expect(drawn([walk], 80)).not.toContain('stops it');
});
