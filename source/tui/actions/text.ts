import {leaveOut, turnField} from '../adding/actions.ts';
import {editLine, eraseLine} from '../editing.ts';
import type {PaneId} from '../layout.ts';
import type {ScreenModel} from '../screen.ts';
import * as line from '../text-line.ts';
import {topOverlay} from '../ui-store.ts';
import type {Acts} from './act.ts';

/** Lines of text: what is written into them, and filters. */
export const textActions = {
	filter: (screen, {argument}) => {
		const pane = screen.ui.getState().focus;
		if (argument === undefined) screen.ui.dispatch({type: 'open', overlay: {type: 'filter', pane}});
		else screen.ui.dispatch({type: 'filter', pane, text: argument});
	},
	'keep-filter': screen => screen.ui.dispatch({type: 'close'}),
	'drop-filter': screen => {
		const overlay = topOverlay(screen.ui.getState());
		screen.ui.dispatch({type: 'close'});
		if (overlay?.type === 'filter') dropFilter(screen, overlay.pane);
	},
	'caret-left': screen => {
		if (!turnField(screen, -1)) editLine(screen, line.left);
	},
	'caret-right': screen => {
		if (!turnField(screen, 1)) editLine(screen, line.right);
	},
	'caret-word-left': screen => editLine(screen, line.wordLeft),
	'caret-word-right': screen => editLine(screen, line.wordRight),
	'caret-start': screen => editLine(screen, line.toStart),
	'caret-end': screen => editLine(screen, line.toEnd),
	erase: screen => {
		if (!leaveOut(screen)) editLine(screen, line.erase);
	},
	'erase-forward': screen => {
		if (!leaveOut(screen)) editLine(screen, line.eraseForward);
	},
	'erase-word': screen => editLine(screen, line.eraseWord),
	'erase-word-forward': screen => editLine(screen, line.eraseWordForward),
	'erase-line': eraseLine,
	'erase-to-end': screen => editLine(screen, line.eraseToEnd),
} as const satisfies Acts;

/** Shows all rows of a pane again. */
export const dropFilter = (screen: ScreenModel, pane: PaneId): void =>
	screen.ui.dispatch({type: 'filter', pane, text: ''});
