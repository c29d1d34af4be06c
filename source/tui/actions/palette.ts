import {keymapOf} from '../keymap.ts';
import {paletteEntries, paletteRows, type PaletteEntry} from '../palette.ts';
import {goToRow} from '../moving.ts';
import type {ScreenModel} from '../screen.ts';
import {say} from '../sending.ts';
import {scopeBelow, topOverlay, type Overlay} from '../ui-store.ts';
import type {Acts, Chosen} from './act.ts';

/** The list of all actions. */
export const paletteActions = {
	palette: screen => openPalette(screen, ''),
	'go-to': (screen, {argument}) => {
		if (argument === undefined) openPalette(screen, 'go-to ');
		else if (/^[1-9]\d*$/.test(argument)) goToRow(screen, Number(argument));
		else say(screen, 'warning', `a row is a number from 1, not "${argument}"`);
	},
	'choose-next': screen => choose(screen, 1),
	'choose-previous': screen => choose(screen, -1),
	complete: screen => {
		const overlay = paletteOf(screen);
		const entry = chosenEntry(screen);
		if (overlay === undefined || entry === undefined || entry.argument !== undefined) return;
		const text = entry.row.argument === undefined ? entry.row.action : `${entry.row.action} `;
		screen.ui.dispatch({type: 'update', overlay: {...overlay, text, caret: text.length, chosen: 0}});
	},
	'run-chosen': screen => {
		const overlay = paletteOf(screen);
		const entry = chosenEntry(screen);
		screen.ui.dispatch({type: 'close'});
		if (entry === undefined) {
			if (overlay !== undefined && overlay.text.trim() !== '')
				say(screen, 'warning', `there is no action "${overlay.text.trim()}"`);
			return undefined;
		}

		const {row, argument} = entry;
		return {type: 'chosen', row, given: argument === undefined ? {} : {argument}} satisfies Chosen;
	},
} as const satisfies Acts;

/** Opens the palette with a text in it. */
export const openPalette = (screen: ScreenModel, text: string): void =>
	screen.ui.dispatch({type: 'open', overlay: {type: 'palette', text, chosen: 0}});

/** What the palette shows now. */
export const shownEntries = (screen: ScreenModel): readonly PaletteEntry[] => {
	const overlay = paletteOf(screen);
	if (overlay === undefined) return [];
	return paletteEntries(paletteRows(keymapOf(screen.settings.keymap), scopeBelow(screen.ui.getState())), overlay.text);
};

const chosenEntry = (screen: ScreenModel): PaletteEntry | undefined => {
	const entries = shownEntries(screen);
	return entries[Math.min(paletteOf(screen)?.chosen ?? 0, entries.length - 1)];
};

const choose = (screen: ScreenModel, step: number): void => {
	const overlay = paletteOf(screen);
	if (overlay === undefined) return;
	const last = shownEntries(screen).length - 1;
	const chosen = Math.max(0, Math.min(last, Math.min(overlay.chosen, last) + step));
	screen.ui.dispatch({type: 'update', overlay: {...overlay, chosen}});
};

const paletteOf = (screen: ScreenModel): Extract<Overlay, {type: 'palette'}> | undefined => {
	const overlay = topOverlay(screen.ui.getState());
	return overlay?.type === 'palette' ? overlay : undefined;
};
