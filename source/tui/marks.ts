import type {JobId} from '../domain/job.ts';
import {count, plural} from './format.ts';
import {batchKey, keyed, type PaneRow, type RowKey} from './rows.ts';

/**
 * Rows that a person has marked in a pane. They go by the rows' keys, so that they stay with their jobs wherever those
 * stand. A whole list of any length is marked as what its filter means, with exceptions.
 */
export type Marks =
	| {readonly kind: 'keys'; readonly keys: ReadonlySet<RowKey>}
	| {readonly kind: 'all'; readonly text: string; readonly except: ReadonlySet<RowKey>};

/** Rows from where the range began to where the cursor is, in the order of the pane. */
export type Range = {readonly anchor: RowKey; readonly keys: readonly RowKey[]};

export type Marked = {readonly marks: Marks; readonly range: Range | undefined};

export const noMarks: Marks = {kind: 'keys', keys: new Set()};

/** Whether anything is marked at all. */
export const hasMarks = ({marks, range}: Marked): boolean =>
	range !== undefined || marks.kind === 'all' || marks.keys.size > 0;

/** Whether a row is marked: by itself, by the range, or with its batch. */
export const isMarked = ({marks, range}: Marked, row: PaneRow): boolean => {
	const isIn = (key: RowKey): boolean =>
		(range?.keys.includes(key) ?? false) || (marks.kind === 'all' ? !marks.except.has(key) : marks.keys.has(key));
	if (isIn(row.key)) return !isExcluded(marks, row);
	return marks.kind === 'keys' && isWithBatch({marks, range}, row);
};

/** Whether it is marked only because its whole batch is. */
export const isWithBatch = ({marks, range}: Marked, row: PaneRow): boolean => {
	if (row.kind !== 'job' || row.job.batch === undefined || marks.kind === 'all') return false;
	const key = batchKey(row.job.batch);
	return marks.keys.has(key) || (range?.keys.includes(key) ?? false);
};

const isExcluded = (marks: Marks, row: PaneRow): boolean =>
	marks.kind === 'all' &&
	row.kind === 'job' &&
	row.job.batch !== undefined &&
	marks.except.has(batchKey(row.job.batch));

/** The mark of a row the other way round. */
export const toggled = (marked: Marked, row: PaneRow): Marks => {
	const {marks} = marked;
	if (marks.kind === 'all') return {...marks, except: flipped(marks.except, row.key)};
	if (isWithBatch(marked, row) && row.kind === 'job' && row.job.batch !== undefined)
		return {kind: 'keys', keys: without(marks.keys, [batchKey(row.job.batch)])};
	return {kind: 'keys', keys: flipped(marks.keys, row.key)};
};

/** Marks where there were none and none where there were, among all rows that the filter shows. */
export const inverted = ({marks, range}: Marked, text: string): Marks => {
	if (marks.kind === 'all') return {kind: 'keys', keys: without(marks.except, range?.keys ?? [])};
	return {kind: 'all', text, except: new Set([...marks.keys, ...(range?.keys ?? [])])};
};

/** The marks with those of the range among them. */
export const withRange = ({marks, range}: Marked): Marks => {
	if (range === undefined) return marks;
	return marks.kind === 'all'
		? {...marks, except: without(marks.except, range.keys)}
		: {kind: 'keys', keys: new Set([...marks.keys, ...range.keys])};
};

/**
 * The range as it is when the cursor has moved to `cursor`, or undefined where it cannot follow because rows in between
 * are not held. Rows that it has passed belong to it even when they are not held any more.
 */
export const followed = (range: Range, cursor: RowKey, rows: readonly PaneRow[]): Range | undefined => {
	if (range.keys.at(-1) === cursor) return range;
	const at = rows.findIndex(row => row.key === cursor);
	const from = rows.findIndex(row => row.key === range.anchor);
	if (at === -1) return range;
	if (from !== -1) return {...range, keys: between(rows, from, at)};
	const passed = range.keys.indexOf(cursor);
	if (passed !== -1) return {...range, keys: range.keys.slice(0, passed + 1)};
	const last = rows.findIndex(row => row.key === range.keys.at(-1));
	return last === -1 ? undefined : {...range, keys: [...range.keys, ...between(rows, last, at).slice(1)]};
};

/** The keys but for these. The same set where none of them was in it. */
export const without = (keys: ReadonlySet<RowKey>, gone: Iterable<RowKey>): ReadonlySet<RowKey> => {
	const left = new Set(keys);
	for (const key of gone) left.delete(key);
	return left.size === keys.size ? keys : left;
};

/** Jobs and batches that single marks name. */
export const namedBy = (
	keys: Iterable<RowKey>,
): {readonly jobs: readonly JobId[]; readonly batches: readonly number[]} => {
	const named = Array.from(keys, key => keyed(key));
	return {
		jobs: named.flatMap(one => (one.kind === 'job' ? [one.id] : [])),
		batches: named.flatMap(one => (one.kind === 'batch' ? [one.id] : [])),
	};
};

const flipped = (keys: ReadonlySet<RowKey>, key: RowKey): ReadonlySet<RowKey> =>
	keys.has(key) ? without(keys, [key]) : new Set([...keys, key]);

const between = (rows: readonly PaneRow[], from: number, to: number): readonly RowKey[] =>
	from <= to
		? rows.slice(from, to + 1).map(row => row.key)
		: rows
				.slice(to, from + 1)
				.toReversed()
				.map(row => row.key);

/** What a status line says of marks: `3 marked`, `all but 2 marked`; empty where there are none. */
export const marksWords = (marked: Marked): string => {
	if (!hasMarks(marked)) return '';
	const marks = withRange(marked);
	if (marks.kind === 'keys') return `${count(marks.keys.size)} marked`;
	const out = marks.except.size;
	return out === 0 ? 'all marked' : `all but ${plural(out, 'row')} marked`;
};
