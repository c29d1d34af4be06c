import type {Engine} from '../engine/ports.ts';
import {listPanes, type ListPane} from './arranged.ts';
import type {PaneId} from './layout.ts';
import type {ListQuery} from './list-rows.ts';
import {createListWindow, type ListWindow} from './list-window.ts';
import type {ScreenModel} from './screen.ts';
import {listOf} from './select.ts';
import type {UiState, UiStore} from './ui-store.ts';

export type PaneWindows = Readonly<Record<ListPane, ListWindow>>;

export const createPaneWindows = (engine: Engine, ui: UiStore): PaneWindows => {
	const state = ui.getState();
	return {
		queued: createListWindow(engine, queryOf('queued', state)),
		failed: createListWindow(engine, queryOf('failed', state)),
		done: createListWindow(engine, queryOf('done', state)),
	};
};

/** Lists what the person wants to see now. */
export const windowsFollow = (windows: PaneWindows, ui: UiStore): void => {
	const state = ui.getState();
	for (const pane of listPanes) windows[pane].show(queryOf(pane, state));
};

const queryOf = (pane: ListPane, state: UiState): ListQuery => {
	const arranged = state.arranged[pane];
	return {list: listOf(pane, arranged, state.panes[pane].filter), open: arranged.open};
};

type Parts = Pick<ScreenModel, 'ui' | 'held' | 'cursor'> & {readonly windows: PaneWindows};

/**
 * Puts the cursor of a pane on a row as soon as there is one, and notes when its row has left: then it stands on another
 * one that the person has not chosen, and the next act asks first.
 */
export const settleCursor = (pane: PaneId, {ui, windows, held, cursor}: Parts): void => {
	const rows = held(pane);
	if (rows.isLoading) return;
	const state = ui.getState();
	const before = state.panes[pane];
	const [first] = rows.rows;
	// Nobody has put the cursor there and nobody looks at it: the newest of a list stays in sight.
	if (before.isHome && state.focus !== pane && rows.isAtTop && first !== undefined) {
		const {key} = first;
		const {base} = rows;
		ui.dispatch({type: 'select', pane, key, index: base, top: base, isAtTop: true, hasSlipped: false});
		return;
	}

	const {key, position, top, isLost} = cursor(pane);
	if (key === undefined && !isLost) return;
	const wasExpected = before.selected === undefined || before.selected === state.acted || key === undefined;
	ui.dispatch({
		type: 'select',
		pane,
		key,
		index: position + rows.base,
		top: top + rows.base,
		isAtTop: top === 0 && rows.isAtTop,
		hasSlipped: isLost ? !wasExpected : before.hasSlipped,
	});
	if (pane !== 'active') windows[pane].reach(position + rows.base);
};
