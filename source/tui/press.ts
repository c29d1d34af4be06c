import {cleanText} from '../domain/text.ts';
import {actions, isChosen, type Given} from './actions/index.ts';
import {takesText, write} from './editing.ts';
import {clip} from './format.ts';
import {isCharacter, keyLabel, type KeyName} from './keys.ts';
import {keymapOf, rowOf, type KeymapRow, type Scope} from './keymap.ts';
import {hasMarks} from './marks.ts';
import {needs} from './needs.ts';
import {rowTitle} from './rows.ts';
import type {ScreenModel} from './screen.ts';
import {say} from './sending.ts';
import {targetsOf} from './targets.ts';
import {topOverlay} from './ui-store.ts';

/** Carries out a key: finds its row in the scopes that are open now, checks its condition, and acts. */
export const press = (screen: ScreenModel, key: KeyName): void => {
	const {ui, settings} = screen;
	ui.dispatch({type: 'say', message: undefined});
	const row = rowOf(key, openScopes(screen), keymapOf(settings.keymap));
	const {count} = ui.getState();
	if (row?.action !== 'count') ui.dispatch({type: 'count', count: 0});
	if (row !== undefined) carryOut(screen, row, {key, ...(count > 0 ? {count} : {})});
	else if (isBlind(screen)) return;
	else if (isCharacter(key)) write(screen, key);
	else if (key.startsWith('alt-')) pressAlt(screen, key.slice('alt-'.length));
};

/**
 * Escape and the key after it look like one key with Alt when they come at once, as they do over a slow line. Nobody presses
 * Alt for anything in the panes, so it is taken for both; but what changes the queue is only done by a key that is certain.
 */
const pressAlt = (screen: ScreenModel, key: KeyName): void => {
	const overlay = topOverlay(screen.ui.getState());
	if (overlay !== undefined && takesText(overlay)) return;
	press(screen, 'escape');
	const row = rowOf(key, openScopes(screen), keymapOf(screen.settings.keymap));
	if (row === undefined) return;
	if (row.command === undefined) press(screen, key);
	else say(screen, 'info', `Esc and ${keyLabel(key)} came as one; press ${keyLabel(key)} again if it was meant`);
};

/** Does what a row says, or says why it is not possible now. */
export const carryOut = (screen: ScreenModel, row: KeymapRow, given: Given): void => {
	const obstacle = slipOf(screen, row) ?? obstacleOf(screen, row);
	if (obstacle !== undefined) {
		say(screen, 'warning', obstacle);
		return;
	}

	const answer = actions[row.action](screen, given);
	if (isChosen(answer)) carryOut(screen, answer.row, answer.given);
};

/** The window is too small for panes: what cannot be seen cannot be meant. */
const isBlind = (screen: ScreenModel): boolean => screen.layout().kind === 'too-small';

/** The uppermost overlay has the keys for itself; `always` is never shut out. */
export const openScopes = (screen: ScreenModel): readonly Scope[] => {
	if (isBlind(screen)) return ['always'];
	const overlay = topOverlay(screen.ui.getState());
	return [overlay === undefined ? 'panes' : overlay.type, 'always'];
};

/** Why a row cannot be carried out now, or undefined. */
export const obstacleOf = (screen: ScreenModel, row: KeymapRow): string | undefined => {
	// What can be taken back may be newer than the picture: an act and `z` come in one read. The engine says no by itself.
	if (row.needs === undefined || row.needs === 'undo' || row.needs === 'redo') return undefined;
	const why = needs[row.needs](contextOf(screen));
	const areMarks = why !== undefined && actsOnJobs(row) && targetsOf(screen)?.areMarks === true;
	return areMarks ? `none of the marked: ${why}` : why;
};

const contextOf = (screen: ScreenModel): Parameters<(typeof needs)['job']>[0] => ({
	job: screen.selected(),
	statuses: targetsOf(screen)?.statuses ?? [],
	snapshot: screen.live.getSnapshot(),
	canDetach: screen.settings.canDetach,
	hasRow: screen.selectedRow() !== undefined,
});

/**
 * When the cursor has come to stand on another job by itself, the first act on it only says so. Saying it is the asking: the
 * next press is about the job that is named here.
 */
const slipOf = (screen: ScreenModel, row: KeymapRow): string | undefined => {
	const state = screen.ui.getState();
	const pane = state.panes[state.focus];
	const slipped = screen.selectedRow();
	if (!actsOnJobs(row) || !pane.hasSlipped || slipped === undefined || hasMarks(pane)) return undefined;
	screen.ui.dispatch({type: 'select', pane: state.focus, key: pane.selected, index: pane.index, top: pane.top});
	const what = slipped.kind === 'job' ? 'another job' : 'a batch';
	return `the cursor has moved to ${what}; once more for: ${clip(cleanText(rowTitle(slipped)), 60)}`;
};

const actsOnJobs = ({needs: need}: KeymapRow): boolean =>
	need !== undefined && !['row', 'job', 'failures', 'detach', 'work', 'undo', 'redo'].includes(need);

/** Keys for the footer: those that can be pressed now, the most useful first. */
export const hintRows = (screen: ScreenModel): readonly KeymapRow[] => {
	const [scope] = openScopes(screen);
	const context = contextOf(screen);
	const {focus} = screen.ui.getState();
	return keymapOf(screen.settings.keymap)
		.filter(row => row.scope === scope && row.keys.length > 0)
		.filter(row => row.hint !== undefined && (row.hintIn?.includes(focus) ?? true))
		.filter(row => row.needs === undefined || needs[row.needs](context) === undefined)
		.toSorted((first, second) => (first.rank ?? 99) - (second.rank ?? 99));
};

/** Keys that one would look for in the focused pane and that are not possible now, with the reason. */
export const missedRows = (screen: ScreenModel): ReadonlyArray<{readonly row: KeymapRow; readonly why: string}> => {
	const [scope] = openScopes(screen);
	const {focus} = screen.ui.getState();
	if (scope !== 'panes' || targetsOf(screen) === undefined) return [];
	return keymapOf(screen.settings.keymap)
		.filter(row => row.scope === scope && row.keys.length > 0 && row.mattersIn?.includes(focus) === true)
		.flatMap(row => {
			const why = obstacleOf(screen, row);
			return why === undefined ? [] : [{row, why}];
		});
};
