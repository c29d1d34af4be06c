import {sumOf} from '../domain/batch.ts';
import {activeStatuses, type JobStatus, type JobView} from '../domain/job.ts';
import type {EngineSnapshot} from '../domain/snapshot.ts';
import {isNewestFirst, isUsualSort, type Arranged, type ListPane} from './arranged.ts';
import type {PaneId} from './layout.ts';
import type {ListQuery} from './list-rows.ts';
import type {ListState} from './list-window.ts';
import {hasMarks} from './marks.ts';
import {rowOfJob, type PaneRow, type RowKey} from './rows.ts';
import type {PaneState, UiState} from './ui-store.ts';

export type {ListPane} from './arranged.ts';

/** The statuses whose jobs stand in each pane. */
export const paneStatuses: Readonly<Record<PaneId, readonly JobStatus[]>> = {
	active: activeStatuses,
	queued: ['queued', 'waiting', 'paused'],
	failed: ['failed'],
	done: ['completed', 'cancelled'],
};

/** What a pane asks of the queue. With a filter the jobs themselves are looked through, whatever batch they belong to. */
export const listOf = (pane: ListPane, arranged: Arranged, filter: string): ListQuery['list'] => {
	const statuses = paneStatuses[pane];
	const {sort, isDescending, isGrouped} = arranged;
	if (isGrouped && filter === '') return {isGrouped: true, statuses, isDescending: isNewestFirst(pane)};
	return {statuses, sort, isDescending, ...(filter === '' ? {} : {text: filter})};
};

export type Lists = Readonly<Record<ListPane, ListState>>;

/** The rows of a pane as far as they are held, and the place of the first one. */
export type PaneRows = {
	readonly rows: readonly PaneRow[];
	readonly base: number;
	/** Number of the first held row in the whole list, from 0, and how many there are, where they are known. */
	readonly first: number | undefined;
	readonly total: number | undefined;
	readonly isLoading: boolean;
	readonly isAtTop: boolean;
	readonly isAtEnd: boolean;
	readonly problem: string | undefined;
};

export const paneRows = (pane: PaneId, snapshot: EngineSnapshot, lists: Lists, filter: string): PaneRows => {
	if (pane !== 'active') return lists[pane];
	const wanted = filter.toLowerCase();
	const rows = snapshot.active
		.filter(job => job.title.toLowerCase().includes(wanted) || job.source.toLowerCase().includes(wanted))
		.toSorted((first, second) => first.slot - second.slot)
		.map(rowOfJob);
	const whole = {base: 0, first: 0, total: rows.length, isAtTop: true, isAtEnd: true};
	return {rows, ...whole, isLoading: false, problem: undefined};
};

/** Where the cursor stands among the held rows; -1 where there is no row. */
export type Cursor = {
	readonly position: number;
	/** The first row that is shown. */
	readonly top: number;
	readonly key: RowKey | undefined;
	/** The selected row is not among the rows any more; the cursor stands where it was. */
	readonly isLost: boolean;
};

/**
 * The cursor follows its job. When the job has left, it stands at the place where it was. The rows scroll only as far as
 * the cursor needs it; at the top of the list, what comes before is seen.
 */
export const cursorIn = (
	held: Pick<PaneRows, 'rows' | 'base' | 'isAtTop'>,
	pane: Pick<PaneState, 'selected' | 'index' | 'top' | 'isAtTop'>,
	height: number,
): Cursor => {
	const last = held.rows.length - 1;
	const found = pane.selected === undefined ? -1 : held.rows.findIndex(row => row.key === pane.selected);
	const position = found === -1 ? clamp(pane.index - held.base, -1 + Math.min(1, last + 1), last) : found;
	const shown = Math.max(1, height);
	const isAtTop = pane.isAtTop && held.isAtTop;
	const kept = isAtTop ? 0 : clamp(pane.top - held.base, 0, Math.max(0, last + 1 - shown));
	const top = position < kept ? Math.max(0, position) : position >= kept + shown ? position - shown + 1 : kept;
	return {position, top, key: held.rows[position]?.key, isLost: found === -1 && pane.selected !== undefined};
};

export const clamp = (value: number, least: number, most: number): number => Math.max(least, Math.min(most, value));

/** Jobs of each pane in the whole queue. */
export const paneTotals = ({counts, active}: EngineSnapshot): Readonly<Record<PaneId, number>> => ({
	active: active.length,
	queued: sumOf(counts, paneStatuses.queued),
	failed: counts.failed,
	done: sumOf(counts, paneStatuses.done),
});

/** Named beside a total where there are any: a part that one would not expect there. */
export const paneRemark = (pane: PaneId, {counts}: EngineSnapshot): string => {
	const parts: readonly (readonly [JobStatus, string])[] =
		pane === 'queued'
			? [
					['paused', 'paused'],
					['waiting', 'without source'],
				]
			: pane === 'done'
				? [['cancelled', 'cancelled']]
				: [];
	return parts
		.filter(([status]) => counts[status] > 0)
		.map(([status, word]) => `${counts[status]} ${word}`)
		.join(', ');
};

/** Whether the title of the focused pane says more than its name: a filter, marks, another order. */
export const needsTitle = ({focus, panes, arranged, overlays}: UiState): boolean => {
	const pane = panes[focus];
	if (pane.filter !== '' || overlays.some(overlay => overlay.type === 'filter') || hasMarks(pane)) return true;
	return focus !== 'active' && (arranged[focus].isGrouped || !isUsualSort(focus, arranged[focus]));
};

/** Whether something would be interrupted by leaving. */
export const isRunning = (snapshot: EngineSnapshot): boolean => snapshot.isScheduling && snapshot.active.length > 0;

/** The row that keys act on: the selected one, as it was last read. */
export const selectedRow = (state: UiState, snapshot: EngineSnapshot, lists: Lists): PaneRow | undefined => {
	const pane = state.panes[state.focus];
	return paneRows(state.focus, snapshot, lists, pane.filter).rows.find(row => row.key === pane.selected);
};

/** The job that keys act on, where the cursor stands on one. */
export const selectedJob = (state: UiState, snapshot: EngineSnapshot, lists: Lists): JobView | undefined => {
	const row = selectedRow(state, snapshot, lists);
	return row?.kind === 'job' ? row.job : undefined;
};
