import {cleanText} from '../domain/text.ts';
import {pasteSources, writeInto} from './adding/actions.ts';
import type {Cuts} from './adding/draft.ts';
import type {ScreenModel} from './screen.ts';
import {say} from './sending.ts';
import {erase, eraseToStart, insert, lineOf, type LineEdit, type TextLine} from './text-line.ts';
import {topOverlay, type Overlay, type OverlayType, type UiState} from './ui-store.ts';

/** Writes a character at the caret of the uppermost overlay. False where it takes no text. */
export const write = (screen: ScreenModel, character: string): boolean => {
	const overlay = topText(screen);
	if (overlay === undefined) return false;
	if (overlay.type === 'workers' && !/^\d$/.test(character)) return true;
	if (overlay.type === 'add') {
		if (!overlay.isBusy) screen.ui.dispatch({type: 'update', overlay: {...writeInto(overlay, character), type: 'add'}});
		return true;
	}

	edit(screen, overlay, insert(character));
	return true;
};

/** Takes back characters that were written just now: they were the beginning of a paste, and come once more with it. */
export const unwrite = (screen: ScreenModel, count: number): void => {
	for (let written = 0; written < count; written++) editLine(screen, erase);
};

/** Changes the text that is being written, where one is. */
export const editLine = (screen: ScreenModel, change: LineEdit): void => {
	const overlay = topText(screen);
	if (overlay !== undefined) edit(screen, overlay, change);
};

/** Erases to the start of the line; in an empty one, what was pasted before it. */
export const eraseLine = (screen: ScreenModel): void => {
	const overlay = topText(screen);
	if (overlay?.type === 'add' && overlay.field === 'source' && overlay.text === '' && !overlay.isBusy)
		screen.ui.dispatch({type: 'update', overlay: {...overlay, lines: [], cursor: undefined}});
	else editLine(screen, eraseToStart);
};

/** The line that is being written in an overlay, with its caret. */
export const textLineOf = (overlay: TextOverlay, state: UiState): TextLine =>
	lineOf(overlay.type === 'filter' ? state.panes[overlay.pane].filter : overlay.text, overlay.caret);

/**
 * A paste is never read as keys: it goes into the open text, and where there is none, it opens the panel for adding. One that
 * comes bare may be a part only, cut anywhere.
 */
export const paste = (screen: ScreenModel, pasted: string, isBare = false): void => {
	const lines = pasted
		.split(/\r\n?|\n/)
		.map(line => cleanText(line))
		.filter(line => line !== '');
	const [first] = lines;
	if (first === undefined) return;
	const overlay = topOverlay(screen.ui.getState());
	if (overlay === undefined || overlay.type === 'add') pasteSources(screen, lines, isBare ? cutsOf(pasted) : undefined);
	else if (overlay.type === 'workers') edit(screen, overlay, insert(/^\d{1,2}/.exec(first)?.[0] ?? ''));
	else if (takesText(overlay)) edit(screen, overlay, insert(first));
	else say(screen, 'warning', 'close this first, then paste again');
};

const cutsOf = (pasted: string): Cuts => ({isNewLine: /^[\r\n]/.test(pasted), isOpen: !/[\r\n]$/.test(pasted)});

const textOverlays = [
	'add',
	'filter',
	'help-filter',
	'log-search',
	'palette',
	'workers',
] as const satisfies readonly OverlayType[];

/** Overlays with a line of text. */
export type TextOverlay = Extract<Overlay, {type: (typeof textOverlays)[number]}>;

export const takesText = (overlay: Overlay): overlay is TextOverlay =>
	(textOverlays as readonly OverlayType[]).includes(overlay.type);

const topText = (screen: ScreenModel): TextOverlay | undefined => {
	const overlay = topOverlay(screen.ui.getState());
	return overlay !== undefined && takesText(overlay) ? overlay : undefined;
};

const edit = (screen: ScreenModel, overlay: TextOverlay, change: LineEdit): void => {
	const {ui} = screen;
	const {text, caret} = change(textLineOf(overlay, ui.getState()));
	switch (overlay.type) {
		case 'filter':
			ui.dispatch({type: 'filter', pane: overlay.pane, text});
			ui.dispatch({type: 'update', overlay: {...overlay, caret}});
			break;
		case 'add':
			if (!overlay.isBusy) ui.dispatch({type: 'update', overlay: {...overlay, text, caret, cursor: undefined}});
			break;
		case 'log-search':
			ui.dispatch({type: 'update', overlay: {...overlay, text, caret}});
			break;
		case 'workers':
			ui.dispatch({type: 'update', overlay: {...overlay, text: text.slice(0, 2), caret}});
			break;
		case 'palette':
			ui.dispatch({
				type: 'update',
				overlay: {...overlay, text, caret, chosen: text === overlay.text ? overlay.chosen : 0},
			});
			break;
		case 'help-filter': {
			const help = ui.getState().overlays.findLast(one => one.type === 'help');
			if (help !== undefined) ui.dispatch({type: 'update', overlay: {...help, filter: text, scroll: 0}});
			ui.dispatch({type: 'update', overlay: {...overlay, text, caret}});
			break;
		}
	}
};
