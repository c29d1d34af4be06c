import type {BatchId, JobStatus} from '../domain/job.ts';
import type {Engine, GroupedRowView, JobQuery, Page, PageRange} from '../engine/ports.ts';
import {batchKey, jobKey, rowOfJob, type PaneRow, type RowKey} from './rows.ts';

/** What a pane lists. The same object `list` means the same list, whatever is unfolded in it. */
export type ListQuery = {
	readonly list:
		| (Omit<JobQuery, keyof PageRange> & {readonly isGrouped?: false})
		| {readonly isGrouped: true; readonly statuses: readonly JobStatus[]; readonly isDescending: boolean};
	/** Batches that are unfolded, where it is grouped. */
	readonly open: readonly BatchId[];
};

export type RowPage = {
	readonly rows: readonly PaneRow[];
	readonly next: string | undefined;
	readonly previous: string | undefined;
	readonly here: string | undefined;
	readonly numbers: {readonly first: number; readonly total: number} | undefined;
};

/** A page of a pane's rows. */
export const readRows = async (engine: Engine, {list, open}: ListQuery, range: PageRange): Promise<RowPage> => {
	if (list.isGrouped === true) {
		const {statuses, isDescending} = list;
		const {rows, ...page} = await engine.listGrouped({statuses, isDescending, open, ...range});
		return {rows: rows.map(rowOfGroup), ...placesOf(page)};
	}

	const {isGrouped: _, ...query} = list;
	const {rows, ...page} = await engine.list({...query, ...range});
	return {rows: rows.map(rowOfJob), ...placesOf(page)};
};

const placesOf = ({next, previous, here, numbers}: Omit<Page<unknown>, 'rows'>): Omit<RowPage, 'rows'> => ({
	next,
	previous,
	here,
	numbers,
});

const rowOfGroup = (row: GroupedRowView): PaneRow =>
	row.kind === 'job'
		? {kind: 'job', key: jobKey(row.job.id), job: row.job, isInBatch: row.job.batch !== undefined}
		: {kind: 'batch', key: batchKey(row.batch.id), batch: row.batch, isOpen: row.isOpen};

/** The pages with the old object for each row that has not changed, so that it is not laid out again. */
export const sameRows = (pages: readonly RowPage[], old: readonly PaneRow[]): readonly RowPage[] => {
	const known = new Map<RowKey, PaneRow>(old.map(row => [row.key, row]));
	return pages.map(page => ({
		...page,
		rows: page.rows.map(row => {
			const before = known.get(row.key);
			return before !== undefined && isSame(before, row) ? before : row;
		}),
	}));
};

const isSame = (before: PaneRow, after: PaneRow): boolean => {
	if (before.kind === 'job')
		return after.kind === 'job' && before.isInBatch === after.isInBatch && isEqual(before.job, after.job);
	return after.kind === 'batch' && before.isOpen === after.isOpen && isEqual(before.batch, after.batch);
};

/** Whether plain data says the same. */
export const isEqual = (before: unknown, after: unknown): boolean => {
	if (Object.is(before, after)) return true;
	if (typeof before !== 'object' || typeof after !== 'object' || before === null || after === null) return false;
	const [one, other] = [before as Readonly<Record<string, unknown>>, after as Readonly<Record<string, unknown>>];
	const keys = Object.keys(one);
	return keys.length === Object.keys(other).length && keys.every(key => isEqual(one[key], other[key]));
};
