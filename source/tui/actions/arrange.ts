import type {BatchId} from '../../domain/job.ts';
import {sortKeys} from '../../engine/ports.ts';
import {sortings, sortWords, withFold, type Arranged, type ListPane} from '../arranged.ts';
import {keyOf} from '../key-of.ts';
import {batchKey} from '../rows.ts';
import type {ScreenModel} from '../screen.ts';
import {say} from '../sending.ts';
import type {Acts} from './act.ts';

/** Sorting, grouping, folding, zooming. */
export const arrangeActions = {
	sort: (screen, {argument}) => {
		const pane = listPane(screen, 'running jobs stand by their workers');
		if (pane !== undefined) sort(screen, pane, argument);
	},
	group: screen => {
		const pane = listPane(screen, 'running jobs are few enough to stand alone');
		if (pane === undefined) return;
		const {isGrouped} = screen.ui.getState().arranged[pane];
		screen.ui.dispatch({type: 'arrange', pane, change: {isGrouped: !isGrouped}});
		if (isGrouped) return;
		const isFiltered = screen.ui.getState().panes[pane].filter !== '';
		say(
			screen,
			'info',
			isFiltered
				? 'by batch, as soon as the filter is cleared'
				: `${keyOf(screen.settings, 'unfold')} unfolds a batch, ${keyOf(screen.settings, 'fold')} folds it`,
		);
	},
	unfold: screen => {
		const row = screen.selectedRow();
		if (row?.kind === 'batch') foldBatch(screen, row.batch.id, true);
		else say(screen, 'info', `there is no batch here; ${keyOf(screen.settings, 'group')} groups the jobs by batch`);
	},
	fold: screen => {
		const row = screen.selectedRow();
		const batch = row?.kind === 'batch' ? row.batch.id : row?.isInBatch === true ? row.job.batch : undefined;
		if (batch !== undefined) foldBatch(screen, batch, false);
		else say(screen, 'info', `there is no batch here; ${keyOf(screen.settings, 'group')} groups the jobs by batch`);
	},
	zoom: screen => screen.ui.dispatch({type: 'zoom', isZoomed: !screen.ui.getState().isZoomed}),
} as const satisfies Acts;

/** Shows the jobs of a batch below it, or hides them; the cursor goes to the batch where it stood on one of them. */
export const foldBatch = (screen: ScreenModel, batch: BatchId, isOpen: boolean): void => {
	const {focus: pane, arranged, panes} = screen.ui.getState();
	if (pane === 'active') return;
	const key = batchKey(batch);
	if (!isOpen && panes[pane].selected !== key) {
		const {rows, base} = screen.held(pane);
		const position = rows.findIndex(row => row.key === key);
		const index = position === -1 ? panes[pane].index : position + base;
		screen.ui.dispatch({type: 'select', pane, key, index, top: panes[pane].top});
	}

	screen.ui.dispatch({type: 'arrange', pane, change: {open: withFold(arranged[pane].open, batch, isOpen)}});
};

const listPane = (screen: ScreenModel, otherwise: string): ListPane | undefined => {
	const {focus} = screen.ui.getState();
	if (focus !== 'active') return focus;
	say(screen, 'info', otherwise);
	return undefined;
};

const sort = (screen: ScreenModel, pane: ListPane, argument: string | undefined): void => {
	const {arranged, panes} = screen.ui.getState();
	const before = arranged[pane];
	if (before.isGrouped && panes[pane].filter === '') {
		say(
			screen,
			'info',
			`batches stand in the order in which they were added; ${keyOf(screen.settings, 'group')} shows the jobs alone, which can be sorted`,
		);
		return;
	}

	const next = argument === undefined ? nextSorting(pane, before) : namedSorting(pane, before, argument);
	if (next === undefined) {
		say(screen, 'warning', `jobs are sorted by ${sortKeys.join(', ')}, not by "${argument ?? ''}"`);
		return;
	}

	screen.ui.dispatch({type: 'arrange', pane, change: next});
	say(screen, 'info', sortWords(next));
};

type Sorting = Pick<Arranged, 'sort' | 'isDescending'>;

/** First the other direction, then the next sort. */
const nextSorting = (pane: ListPane, {sort: key, isDescending}: Sorting): Sorting => {
	const offered = sortings[pane];
	const index = offered.findIndex(one => one.sort === key);
	const usual = offered[index];
	if (usual?.isDescending === isDescending) return {sort: key, isDescending: !isDescending};
	return offered[(index + 1) % offered.length] ?? offered[0];
};

const namedSorting = (pane: ListPane, before: Sorting, argument: string): Sorting | undefined => {
	const key = sortKeys.find(one => one === argument.trim());
	if (key === undefined) return undefined;
	if (before.sort === key) return {sort: key, isDescending: !before.isDescending};
	return sortings[pane].find(one => one.sort === key) ?? {sort: key, isDescending: key !== 'order'};
};
