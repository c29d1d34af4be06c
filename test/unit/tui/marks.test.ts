import {expect, test} from 'vitest';
import type {BatchId} from '../../../source/domain/job.ts';
import {
	followed,
	hasMarks,
	inverted,
	isMarked,
	marksWords,
	noMarks,
	toggled,
	withRange,
	type Marked,
	type Range,
} from '../../../source/tui/marks.ts';
import {rowOfJob, type PaneRow, type RowKey} from '../../../source/tui/rows.ts';
import {scriptedJob} from '../../support/scripted-engine.ts';

const rows = (...ids: readonly number[]): readonly PaneRow[] => ids.map(id => rowOfJob(scriptedJob(id)));
const row = (id: number): PaneRow => rowOfJob(scriptedJob(id));
const keys = (...ids: readonly number[]): ReadonlySet<RowKey> => new Set(ids.map((id): RowKey => `j${id}`));
const marked = (marks: Marked['marks'], range?: Range): Marked => ({marks, range});
const range = (...ids: readonly number[]): Range => ({
	anchor: `j${ids[0] ?? 0}`,
	keys: ids.map((id): RowKey => `j${id}`),
});

test('a mark is put and taken away', () => {
	const one = toggled(marked(noMarks), row(1));
	expect(one).toEqual({kind: 'keys', keys: keys(1)});
	expect(toggled(marked(one), row(1))).toEqual({kind: 'keys', keys: keys()});
});

test('of all that match, single ones can be taken out and put back', () => {
	const all = {kind: 'all', text: 'x', except: keys()} as const;
	const but = toggled(marked(all), row(2));
	expect(but).toEqual({kind: 'all', text: 'x', except: keys(2)});
	expect(isMarked(marked(but), row(1))).toBe(true);
	expect(isMarked(marked(but), row(2))).toBe(false);
	expect(toggled(marked(but), row(2))).toEqual(all);
});

test('inverted twice is as before', () => {
	const some = {kind: 'keys', keys: keys(1, 2)} as const;
	const other = inverted(marked(some), 'x');
	expect(other).toEqual({kind: 'all', text: 'x', except: keys(1, 2)});
	expect(inverted(marked(other), 'x')).toEqual(some);
});

test('rows of a range count as marked, and stay so when it is kept', () => {
	const now = marked({kind: 'keys', keys: keys(9)}, range(2, 3));
	expect([1, 2, 3, 9].map(id => isMarked(now, row(id)))).toEqual([false, true, true, true]);
	expect(withRange(now)).toEqual({kind: 'keys', keys: keys(9, 2, 3)});
	expect(inverted(now, '')).toEqual({kind: 'all', text: '', except: keys(9, 2, 3)});
});

test('a job is marked with its batch', () => {
	const inBatch = rowOfJob(scriptedJob(5, {batch: 3 as BatchId}));
	const now = marked({kind: 'keys', keys: new Set<RowKey>(['b3'])});
	expect(isMarked(now, inBatch)).toBe(true);
	expect(isMarked(now, row(6))).toBe(false);
});

test('a range follows the cursor down, back, and to the other side of where it began', () => {
	const held = rows(1, 2, 3, 4, 5);
	const down = followed(range(3), 'j5', held);
	expect(down?.keys).toEqual(['j3', 'j4', 'j5']);
	const back = followed(range(3, 4, 5), 'j4', held);
	expect(back?.keys).toEqual(['j3', 'j4']);
	const up = followed(range(3, 4), 'j1', held);
	expect(up?.keys).toEqual(['j3', 'j2', 'j1']);
});

test('rows that a range has passed belong to it when they are not held any more', () => {
	const gone = range(1, 2, 3, 4);
	expect(followed(gone, 'j6', rows(3, 4, 5, 6))?.keys).toEqual(['j1', 'j2', 'j3', 'j4', 'j5', 'j6']);
	expect(followed(gone, 'j3', rows(3, 4, 5, 6))?.keys).toEqual(['j1', 'j2', 'j3']);
});

test('over rows that were never read a range cannot follow', () => {
	expect(followed(range(1, 2), 'j90', rows(80, 90))).toBeUndefined();
});

test('rows that move while a range is open: it is what lies between', () => {
	expect(followed(range(2, 3), 'j3', rows(3, 1, 2))?.keys).toEqual(['j2', 'j3']);
	expect(followed(range(2, 3), 'j1', rows(3, 1, 2))?.keys).toEqual(['j2', 'j1']);
});

test('marks are told in words', () => {
	expect(marksWords(marked(noMarks))).toBe('');
	expect(hasMarks(marked(noMarks))).toBe(false);
	expect(marksWords(marked({kind: 'keys', keys: keys(1, 2)}, range(3)))).toBe('3 marked');
	expect(marksWords(marked({kind: 'all', text: '', except: keys()}))).toBe('all marked');
	expect(marksWords(marked({kind: 'all', text: '', except: keys(1)}))).toBe('all but 1 row marked');
});
