import {cleanText} from '../domain/text.ts';
import type {AddRequest} from '../engine/ports.ts';
import {graphemes, plural} from './format.ts';
import type {ScreenModel} from './screen.ts';
import {say, send} from './sending.ts';
import {topOverlay, type Overlay} from './ui-store.ts';

/** Lines that one paste may bring; more is a mistake or a file, and files have `tidegate add -`. */
const mostLines = 100_000;

/** Writes a character into the text of the uppermost overlay. False where it takes no text. */
export const write = (screen: ScreenModel, character: string): boolean => {
	const overlay = topOverlay(screen.ui.getState());
	if (overlay === undefined || !takesText(overlay)) return false;
	if (overlay.type === 'workers' && !/^\d$/.test(character)) return true;
	edit(screen, overlay, text => text + character);
	return true;
};

export const erase = (screen: ScreenModel): void =>
	withText(screen, overlay => edit(screen, overlay, text => graphemes(text).slice(0, -1).join('')));

export const eraseWord = (screen: ScreenModel): void =>
	withText(screen, overlay => edit(screen, overlay, text => text.replace(/\S*\s*$/, '')));

export const eraseAll = (screen: ScreenModel): void =>
	withText(screen, overlay => {
		edit(screen, overlay, () => '');
		if (overlay.type === 'add')
			screen.ui.dispatch({type: 'update', overlay: {...overlay, text: '', lines: [], bad: []}});
	});

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
	else if (overlay.type === 'filter') edit(screen, overlay, text => text + first);
	else if (overlay.type === 'workers') edit(screen, overlay, text => text + (/^\d{1,2}/.exec(first)?.[0] ?? ''));
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
			? {...open, text: open.text + (lines[0] ?? ''), bad: []}
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

type TextOverlay = Extract<Overlay, {type: 'add' | 'filter' | 'workers'}>;

const takesText = (overlay: Overlay): overlay is TextOverlay =>
	overlay.type === 'add' || overlay.type === 'filter' || overlay.type === 'workers';

const withText = (screen: ScreenModel, act: (overlay: TextOverlay) => void): void => {
	const overlay = topOverlay(screen.ui.getState());
	if (overlay !== undefined && takesText(overlay)) act(overlay);
};

const edit = (screen: ScreenModel, overlay: TextOverlay, change: (text: string) => string): void => {
	if (overlay.type === 'filter') {
		const text = change(screen.ui.getState().panes[overlay.pane].filter);
		screen.ui.dispatch({type: 'filter', pane: overlay.pane, text});
		if (overlay.pane !== 'active') screen.windows[overlay.pane].setText(text);
		return;
	}

	if (overlay.type === 'add' && overlay.isBusy) return;
	const text = change(overlay.text);
	screen.ui.dispatch({
		type: 'update',
		overlay: overlay.type === 'add' ? {...overlay, text, bad: []} : {...overlay, text: text.slice(0, 2)},
	});
};
