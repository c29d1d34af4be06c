import {scrollDetails, scrollDetailsTo} from './details.ts';
import {clamp} from './select.ts';
import type {ScreenModel} from './screen.ts';
import {topOverlay} from './ui-store.ts';

/** Moves the cursor of the focused pane by so many rows, as far as there are rows. */
export const moveBy = (screen: ScreenModel, step: number): void => {
	const pane = screen.ui.getState().focus;
	const {rows, base} = screen.held(pane);
	const {position, top} = screen.cursor(pane);
	if (position === -1) return;
	const next = clamp(position + step, 0, rows.length - 1);
	const height = Math.max(1, screen.heightOf(pane));
	screen.ui.dispatch({
		type: 'select',
		pane,
		key: rows[next]?.key,
		index: next + base,
		top: clamp(top, next - height + 1, next) + base,
		isAtTop: false,
		isHome: false,
	});
	if (pane !== 'active') screen.windows[pane].reach(next + base);
};

/** Puts the cursor on the first or the last row of the whole list; the job is known when the rows have been read. */
export const moveTo = (screen: ScreenModel, to: 'top' | 'end'): void => {
	const pane = screen.ui.getState().focus;
	if (pane !== 'active') screen.windows[pane].jump(to);
	const index = to === 'top' ? -beyond : beyond;
	screen.ui.dispatch({type: 'select', pane, key: undefined, index, top: index, isAtTop: false, isHome: to === 'top'});
};

/** Puts the cursor on the row of this number, counted from 1, or on the last one where there are not so many. */
export const goToRow = (screen: ScreenModel, number: number): void => {
	const pane = screen.ui.getState().focus;
	const {rows, base, first} = screen.held(pane);
	const inHeld = first === undefined ? -1 : number - 1 - first;
	const row = rows[inHeld];
	const above = Math.floor(screen.heightOf(pane) / 2);
	if (row !== undefined || pane === 'active') {
		const index = (row === undefined ? rows.length - 1 : inHeld) + base;
		const key = row?.key ?? rows.at(-1)?.key;
		screen.ui.dispatch({type: 'select', pane, key, index, top: index - above, isAtTop: false, isHome: false});
		return;
	}

	// Read from there on, places are numbers.
	const index = number - 1;
	screen.windows[pane].jump(index);
	const top = index - above;
	screen.ui.dispatch({type: 'select', pane, key: undefined, index, top, isAtTop: false, isHome: false});
};

/** Further than any list; still exact when a few rows are added to it. */
const beyond = Number.MAX_SAFE_INTEGER / 2;

/** Scrolls the page that lies on top. Its end is known only when it is drawn, so drawing clamps. */
export const scrollBy = (screen: ScreenModel, step: number): void => {
	if (isOverDetails(screen)) scrollDetails(screen, step);
	else scroll(screen, (scrolled, most) => clamp(Math.min(scrolled, most) + step, 0, most));
};

export const scrollTo = (screen: ScreenModel, to: 'top' | 'end'): void => {
	if (isOverDetails(screen)) scrollDetailsTo(screen, to);
	else scroll(screen, (_scrolled, most) => (to === 'top' ? 0 : most));
};

/** Puts this line of the page, counted from 1, at the top of the window; in the details, so many from the start. */
export const scrollToLine = (screen: ScreenModel, line: number): void => {
	if (isOverDetails(screen)) {
		scrollDetailsTo(screen, 'top');
		scrollDetails(screen, line - 1);
	} else scroll(screen, (_scrolled, most) => clamp(line - 1, 0, most));
};

const isOverDetails = (screen: ScreenModel): boolean => topOverlay(screen.ui.getState())?.type === 'details';

const scroll = (screen: ScreenModel, next: (scrolled: number, most: number) => number): void => {
	const overlay = topOverlay(screen.ui.getState());
	if (overlay === undefined || !('scroll' in overlay)) return;
	screen.ui.dispatch({type: 'update', overlay: {...overlay, scroll: next(overlay.scroll, screen.scrollEnd())}});
};
