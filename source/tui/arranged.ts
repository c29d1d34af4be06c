import type {BatchId} from '../domain/job.ts';
import type {SortKey} from '../engine/ports.ts';
import type {PaneId} from './layout.ts';

/** Panes whose rows are read from the queue; the active ones stand in the snapshot. */
export type ListPane = Exclude<PaneId, 'active'>;

export const listPanes = ['queued', 'failed', 'done'] as const satisfies readonly ListPane[];

/** How a person wants the rows of a pane. Plain data, so that it can be kept. */
export type Arranged = {
	readonly sort: SortKey;
	readonly isDescending: boolean;
	/** Batches as rows that fold, in the order in which they were added, instead of the sort. */
	readonly isGrouped: boolean;
	/** Batches that are unfolded, the latest last. */
	readonly open: readonly BatchId[];
};

type Sorting = Pick<Arranged, 'sort' | 'isDescending'>;

/** The sorts of each pane in the order in which they are offered; the first is the usual one. */
export const sortings: Readonly<Record<ListPane, readonly [Sorting, ...Sorting[]]>> = {
	queued: [
		{sort: 'order', isDescending: false},
		{sort: 'added', isDescending: true},
	],
	failed: [
		{sort: 'ended', isDescending: true},
		{sort: 'added', isDescending: true},
		{sort: 'order', isDescending: false},
	],
	done: [
		{sort: 'ended', isDescending: true},
		{sort: 'size', isDescending: true},
		{sort: 'added', isDescending: true},
	],
};

export const usualArranged = (pane: ListPane): Arranged => ({...sortings[pane][0], isGrouped: false, open: []});

/** Next first in the queue, newest first elsewhere: as the usual sort does it. */
export const isNewestFirst = (pane: ListPane): boolean => sortings[pane][0].isDescending;

const words: Readonly<Record<SortKey, readonly [ascending: string, descending: string]>> = {
	order: ['next first', 'last first'],
	added: ['oldest first', 'newest first'],
	ended: ['first ended first', 'last ended first'],
	size: ['smallest first', 'largest first'],
};

/** A sort in words. */
export const sortWords = ({sort, isDescending}: Sorting): string => words[sort][isDescending ? 1 : 0];

/** Whether the rows stand in another order than usual. */
export const isUsualSort = (pane: ListPane, {sort, isDescending}: Sorting): boolean => {
	const [usual] = sortings[pane];
	return usual.sort === sort && usual.isDescending === isDescending;
};

/** Most batches that can be unfolded at once in a pane; then the one that was unfolded first is folded. */
const mostOpen = 100;

export const withFold = (open: readonly BatchId[], batch: BatchId, isOpen: boolean): readonly BatchId[] => {
	if (open.includes(batch) === isOpen) return open;
	return isOpen ? [...open, batch].slice(-mostOpen) : open.filter(one => one !== batch);
};
