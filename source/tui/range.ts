import {keyOf} from './key-of.ts';
import {paneIds, type PaneId} from './layout.ts';
import {followed, without, withRange} from './marks.ts';
import {keyed} from './rows.ts';
import type {ScreenModel} from './screen.ts';

type Parts = Pick<ScreenModel, 'ui' | 'held' | 'cursor' | 'live' | 'settings'>;

/** Lets marks and ranges follow what has changed: a range the cursor, marks of running jobs those that still run. */
export const settleMarks = (screen: Parts): void => {
	for (const pane of paneIds) followCursor(screen, pane);
	dropEnded(screen);
};

const followCursor = ({ui, held, cursor, settings}: Parts, pane: PaneId): void => {
	const {marks, range, selected} = ui.getState().panes[pane];
	if (range === undefined || selected === undefined) return;
	const {key, isLost} = cursor(pane);
	if (key === undefined || isLost) return;
	const next = followed(range, key, held(pane).rows);
	if (next === range) return;
	if (next !== undefined) {
		ui.dispatch({type: 'mark', pane, marks, range: next});
		return;
	}

	// Rows in between have never been read: what it held stays marked, and no more than that.
	ui.dispatch({type: 'mark', pane, marks: withRange({marks, range}), range: undefined});
	const text = `the range ends: the cursor went over rows that were not read; ${keyOf(settings, 'mark-all')} marks all`;
	ui.dispatch({type: 'say', message: {kind: 'info', text}});
};

// The active jobs all stand in the snapshot, so that it is known at once who has left.
const dropEnded = ({ui, live}: Parts): void => {
	const {marks, range} = ui.getState().panes.active;
	if (marks.kind !== 'keys' || marks.keys.size === 0) return;
	const running = new Set(live.getSnapshot().active.map(({id}) => id));
	const gone = [...marks.keys].filter(key => {
		const named = keyed(key);
		return named.kind === 'job' && !running.has(named.id);
	});
	if (gone.length > 0)
		ui.dispatch({type: 'mark', pane: 'active', marks: {kind: 'keys', keys: without(marks.keys, gone)}, range});
};
