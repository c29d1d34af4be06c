import {paneIds, type PaneId} from '../layout.ts';
import {moveBy, moveTo} from '../moving.ts';
import type {ScreenModel} from '../screen.ts';
import type {Acts} from './act.ts';

/** Moving about in the panes and between them. */
export const movingActions = {
	down: screen => moveBy(screen, 1),
	up: screen => moveBy(screen, -1),
	top: screen => moveTo(screen, 'top'),
	end: screen => moveTo(screen, 'end'),
	'half-down': screen => moveBy(screen, half(screen)),
	'half-up': screen => moveBy(screen, -half(screen)),
	'page-down': screen => moveBy(screen, page(screen)),
	'page-up': screen => moveBy(screen, -page(screen)),
	'next-pane': screen => focusBy(screen, 1),
	'previous-pane': screen => focusBy(screen, -1),
	'focus-active': screen => focus(screen, 'active'),
	'focus-queued': screen => focus(screen, 'queued'),
	'focus-failed': screen => focus(screen, 'failed'),
	'focus-done': screen => focus(screen, 'done'),
} as const satisfies Acts;

const page = (screen: ScreenModel): number => Math.max(1, screen.heightOf(screen.ui.getState().focus));

const half = (screen: ScreenModel): number => Math.max(1, Math.floor(page(screen) / 2));

const focus = (screen: ScreenModel, pane: PaneId): void => screen.ui.dispatch({type: 'focus', pane});

const focusBy = (screen: ScreenModel, step: number): void => {
	const index = paneIds.indexOf(screen.ui.getState().focus) + step;
	focus(screen, paneIds.at(index % paneIds.length) ?? 'active');
};
