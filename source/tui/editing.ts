import {cleanText} from '../domain/text.ts';
import type {AddRequest} from '../engine/ports.ts';
import {plural} from './format.ts';
import type {ScreenModel} from './screen.ts';
import {say, send} from './sending.ts';
import {eraseToStart, insert, lineOf, type LineEdit, type TextLine} from './text-line.ts';
import {topOverlay, type Overlay, type OverlayType, type UiState} from './ui-store.ts';

/** Lines that one paste may bring; more is a mistake or a file, and files have `tidegate add -`. */
const mostLines = 100_000;

/** Writes a character at the caret of the uppermost overlay. False where it takes no text. */
export const write = (screen: ScreenModel, character: string): boolean => {
	const overlay = topText(screen);
	if (overlay === undefined) return false;
	if (overlay.type === 'workers' && !/^\d$/.test(character)) return true;
	edit(screen, overlay, insert(character));
	return true;
};

/** Changes the text that is being written, where one is. */
export const editLine = (screen: ScreenModel, change: LineEdit): void => {
	const overlay = topText(screen);
	if (overlay !== undefined) edit(screen, overlay, change);
};

/** Erases to the start of the line; in an empty one, what was pasted before it. */
export const eraseLine = (screen: ScreenModel): void => {
	const overlay = topText(screen);
	if (overlay?.type === 'add' && overlay.text === '' && !overlay.isBusy)
		screen.ui.dispatch({type: 'update', overlay: {...overlay, lines: [], bad: []}});
	else editLine(screen, eraseToStart);
};

/** The line that is being written in an overlay, with its caret. */
export const textLineOf = (overlay: TextOverlay, state: UiState): TextLine =>
	lineOf(overlay.type === 'filter' ? state.panes[overlay.pane].filter : overlay.text, overlay.caret);

/** A paste is never read as keys: it goes into the open text, and where there is none, it opens the panel for adding. */
export const paste = (screen: ScreenModel, pasted: string): void => {
	const lines = pasted
		.split(/\r\n?|\n/)
		.map(line => cleanText(line))
		.filter(line => line !== '');
	const [first] = lines;
	if (first === undefined) return;
	const overlay = topOverlay(screen.ui.getState());
	if (overlay === undefined || overlay.type === 'add') pasteSources(screen, overlay, lines);
	else if (overlay.type === 'workers') edit(screen, overlay, insert(/^\d{1,2}/.exec(first)?.[0] ?? ''));
	else if (takesText(overlay)) edit(screen, overlay, insert(first));
	else say(screen, 'warning', 'close this first, then paste again');
};

type AddOverlay = Extract<Overlay, {type: 'add'}>;

const pasteSources = (screen: ScreenModel, overlay: AddOverlay | undefined, lines: readonly string[]): void => {
	if (lines.length > mostLines) {
		say(screen, 'warning', `${plural(lines.length, 'line')} are too many to paste; use: tidegate add - < FILE`);
		return;
	}

	const open: AddOverlay = overlay ?? {type: 'add', text: '', lines: [], bad: [], isBusy: false};
	const next: AddOverlay =
		lines.length === 1 && open.lines.length === 0
			? {...open, ...insert(lines[0] ?? '')(lineOf(open.text, open.caret)), bad: []}
			: {...open, lines: [...open.lines, ...lines], bad: []};
	screen.ui.dispatch({type: overlay === undefined ? 'open' : 'update', overlay: next});
};

/**
 * Adds what was pasted and typed, in one command. Bad lines are shown and nothing is added; a second Enter adds the
 * others.
 */
export const addSources = async (screen: ScreenModel): Promise<void> => {
	const overlay = topOverlay(screen.ui.getState());
	if (overlay?.type !== 'add' || overlay.isBusy) return;
	const typed = cleanText(overlay.text);
	const sources = typed === '' ? overlay.lines : [...overlay.lines, typed];
	if (sources.length === 0) {
		screen.ui.dispatch({type: 'close'});
		return;
	}

	screen.ui.dispatch({type: 'update', overlay: {...overlay, isBusy: true}});
	const requests: readonly AddRequest[] = sources.map(source => ({source}));
	const isSecond = overlay.bad.length > 0;
	const result = await send(screen, {type: 'add', requests, ...(isSecond ? {skipBad: true} : {})});
	if (result === undefined || !result.ok) {
		screen.ui.dispatch({type: 'update', overlay: {...overlay, bad: result?.bad ?? [], isBusy: false}});
		return;
	}

	closeAdd(screen);
	const parts = [`added ${plural(result.changed.length, 'job')}`];
	const known = result.duplicates?.length ?? 0;
	if (known > 0) parts.push(`${plural(known, 'source')} known already`);
	const bad = result.bad?.length ?? 0;
	if (bad > 0) parts.push(`${plural(bad, 'bad line')} left out`);
	say(screen, result.changed.length > 0 ? 'info' : 'warning', parts.join(', '));
};

// Something else may have been opened while the engine worked.
const closeAdd = (screen: ScreenModel): void => {
	if (topOverlay(screen.ui.getState())?.type === 'add') screen.ui.dispatch({type: 'close'});
};

const textOverlays = ['add', 'filter', 'help-filter', 'palette', 'workers'] as const satisfies readonly OverlayType[];

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
			if (overlay.pane !== 'active') screen.windows[overlay.pane].setText(text);
			ui.dispatch({type: 'update', overlay: {...overlay, caret}});
			break;
		case 'add':
			if (!overlay.isBusy) ui.dispatch({type: 'update', overlay: {...overlay, text, caret, bad: []}});
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
