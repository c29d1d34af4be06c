import {addSources, erase, eraseAll, eraseWord} from '../editing.ts';
import type {PaneId} from '../layout.ts';
import type {ScreenModel} from '../screen.ts';
import {topOverlay} from '../ui-store.ts';
import type {Acts} from './act.ts';

/** Lines of text: sources to add, filters. */
export const textActions = {
	filter: screen => screen.ui.dispatch({type: 'open', overlay: {type: 'filter', pane: screen.ui.getState().focus}}),
	'keep-filter': screen => screen.ui.dispatch({type: 'close'}),
	'drop-filter': screen => {
		const overlay = topOverlay(screen.ui.getState());
		screen.ui.dispatch({type: 'close'});
		if (overlay?.type === 'filter') dropFilter(screen, overlay.pane);
	},
	add: screen =>
		screen.ui.dispatch({type: 'open', overlay: {type: 'add', text: '', lines: [], bad: [], isBusy: false}}),
	'add-sources': screen => void addSources(screen),
	erase,
	'erase-word': eraseWord,
	'erase-all': eraseAll,
} as const satisfies Acts;

/** Shows all rows of a pane again. */
export const dropFilter = (screen: ScreenModel, pane: PaneId): void => {
	screen.ui.dispatch({type: 'filter', pane, text: ''});
	if (pane !== 'active') screen.windows[pane].setText('');
};
