import type {BatchId} from '../domain/job.ts';
import {listPanes, sortings, usualArranged, type Arranged, type ListPane} from './arranged.ts';
import {paneIds, type PaneId} from './layout.ts';
import type {ScreenModel} from './screen.ts';
import {themeNames, type ThemeName} from './theme.ts';
import type {UiState} from './ui-store.ts';

/** What a person chose on the screen, as it is kept between two starts. */
export type Preferences = {
	readonly theme: ThemeName;
	/** The pane that has the window for itself, or null. */
	readonly zoom: PaneId | null;
	/** Sort, grouping and what is unfolded, by pane. */
	readonly arranged: Readonly<Record<ListPane, Arranged>>;
	/** By pane; empty where nothing is filtered. */
	readonly filters: Readonly<Record<PaneId, string>>;
};

/** Where preferences come from and go to; values are judged here, because anybody may write that file. */
export type PreferenceKeeper = {
	readonly kept: Readonly<Record<string, unknown>>;
	keep(changed: Readonly<Record<string, unknown>>): void;
};

/** What of the kept values can be used. What is of another type or unknown here is left out, one by one. */
export const usable = (kept: Readonly<Record<string, unknown>>): Partial<Preferences> => {
	const {theme, zoom, arranged, filters} = kept;
	return {
		...(isOneOf(themeNames, theme) ? {theme} : {}),
		...(zoom === null || isOneOf(paneIds, zoom) ? {zoom} : {}),
		...(isRecord(arranged) ? {arranged: byListPane(pane => arrangedOf(pane, arranged[pane]))} : {}),
		...(isRecord(filters) ? {filters: byPane(pane => filterOf(filters[pane]))} : {}),
	};
};

/** What is chosen now. */
export const preferencesOf = (state: UiState): Preferences => ({
	theme: state.theme,
	zoom: state.isZoomed ? state.focus : null,
	arranged: state.arranged,
	filters: byPane(pane => state.panes[pane].filter),
});

/** Puts the screen as it was left, and keeps from then on what is changed. Returns what ends that. */
export const followPreferences = (screen: ScreenModel, keeper: PreferenceKeeper): (() => void) => {
	restore(screen, usable(keeper.kept));
	let known = preferencesOf(screen.ui.getState());
	return screen.ui.subscribe(() => {
		const now = preferencesOf(screen.ui.getState());
		const changed = Object.entries(now).filter(
			([name, value]) => JSON.stringify(value) !== JSON.stringify(known[name as keyof Preferences]),
		);
		known = now;
		// Only what this screen changed: another one may have kept something else meanwhile.
		if (changed.length > 0) keeper.keep(Object.fromEntries(changed));
	});
};

const restore = ({ui}: ScreenModel, {zoom, arranged, filters}: Partial<Preferences>): void => {
	for (const pane of listPanes) {
		if (arranged !== undefined) ui.dispatch({type: 'arrange', pane, change: arranged[pane]});
	}

	for (const pane of paneIds) {
		const text = filters?.[pane] ?? '';
		if (text !== '') ui.dispatch({type: 'filter', pane, text});
	}

	if (zoom === null || zoom === undefined) return;
	ui.dispatch({type: 'focus', pane: zoom});
	ui.dispatch({type: 'zoom', isZoomed: true});
};

/** Longer ones were not typed by a person. */
const longestFilter = 200;
/** More batches are never unfolded. */
const mostOpen = 100;

const filterOf = (text: unknown): string => (typeof text === 'string' && text.length <= longestFilter ? text : '');

const arrangedOf = (pane: ListPane, kept: unknown): Arranged => {
	const usual = usualArranged(pane);
	if (!isRecord(kept)) return usual;
	const {sort, isDescending, isGrouped, open} = kept;
	const offered = sortings[pane].find(one => one.sort === sort);
	const sorting = offered !== undefined && typeof isDescending === 'boolean' ? {...offered, isDescending} : {};
	const batches = Array.isArray(open) ? open.filter((id): id is BatchId => Number.isSafeInteger(id)) : [];
	return {...usual, ...sorting, isGrouped: isGrouped === true, open: batches.slice(-mostOpen)};
};

const byPane = <Value>(valueOf: (pane: PaneId) => Value): Readonly<Record<PaneId, Value>> =>
	Object.fromEntries(paneIds.map(pane => [pane, valueOf(pane)])) as Record<PaneId, Value>;

const byListPane = <Value>(valueOf: (pane: ListPane) => Value): Readonly<Record<ListPane, Value>> =>
	Object.fromEntries(listPanes.map(pane => [pane, valueOf(pane)])) as Record<ListPane, Value>;

const isOneOf = <Value>(values: readonly Value[], value: unknown): value is Value =>
	(values as readonly unknown[]).includes(value);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
