import {cleanText} from '../domain/text.ts';
import {actions} from './actions/index.ts';
import {write} from './editing.ts';
import {clip} from './format.ts';
import {isCharacter, type KeyName} from './keys.ts';
import {keymapTable, rowOf, type KeymapRow, type Scope} from './keymap.ts';
import {needs} from './needs.ts';
import type {ScreenModel} from './screen.ts';
import {say} from './sending.ts';
import {topOverlay} from './ui-store.ts';

/** Carries out a key: finds its row in the scopes that are open now, checks its condition, and acts. */
export const press = (screen: ScreenModel, key: KeyName): void => {
	screen.ui.dispatch({type: 'say', message: undefined});
	const row = rowOf(key, openScopes(screen));
	if (row === undefined) {
		if (isCharacter(key)) write(screen, key);
		return;
	}

	const obstacle = obstacleOf(screen, row);
	if (obstacle !== undefined) say(screen, 'warning', obstacle);
	else actions[row.action](screen);
};

/** The uppermost overlay has the keys for itself; `always` is never shut out. */
export const openScopes = (screen: ScreenModel): readonly Scope[] => {
	const overlay = topOverlay(screen.ui.getState());
	return [overlay === undefined ? 'panes' : overlay.type, 'always'];
};

/** Why a row cannot be carried out now, or undefined. */
export const obstacleOf = (screen: ScreenModel, row: KeymapRow): string | undefined => {
	if (row.needs === undefined) return undefined;
	const state = screen.ui.getState();
	const pane = state.panes[state.focus];
	const job = screen.selected();
	const slipped = actsOnJob(row) && pane.hasSlipped && job !== undefined;
	if (slipped) {
		const {title} = job;
		// Saying it is the asking: the next press is about the job that is named here.
		screen.ui.dispatch({type: 'select', pane: state.focus, key: pane.selected, index: pane.index, top: pane.top});
		return `the cursor has moved to another job; once more for: ${clip(cleanText(title), 60)}`;
	}

	return needs[row.needs]({job, snapshot: screen.live.getSnapshot(), canDetach: screen.settings.canDetach});
};

const actsOnJob = (row: KeymapRow): boolean =>
	row.needs !== 'failures' && row.needs !== 'detach' && row.needs !== 'job';

/** Keys for the footer: those that can be pressed now, the most useful first. */
export const hintRows = (screen: ScreenModel): readonly KeymapRow[] => {
	const overlay = topOverlay(screen.ui.getState());
	const scope: Scope = overlay === undefined ? 'panes' : overlay.type;
	const context = {
		job: screen.selected(),
		snapshot: screen.live.getSnapshot(),
		canDetach: screen.settings.canDetach,
	};
	const {focus} = screen.ui.getState();
	return keymapTable()
		.filter(row => row.scope === scope && row.hint !== undefined && (row.hintIn?.includes(focus) ?? true))
		.filter(row => row.needs === undefined || needs[row.needs](context) === undefined)
		.toSorted((first, second) => (first.rank ?? 99) - (second.rank ?? 99));
};
