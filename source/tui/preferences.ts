import {paneIds, type PaneId} from './layout.ts';
import type {ScreenModel} from './screen.ts';
import {themeNames, type ThemeName} from './theme.ts';
import type {UiState} from './ui-store.ts';

/** What a person chose on the screen, as it is kept between two starts. */
export type Preferences = {
	readonly theme: ThemeName;
	/** By pane; empty where nothing is filtered. */
	readonly filters: Readonly<Record<PaneId, string>>;
};

/** Where preferences come from and go to; values are judged here, because anybody may write that file. */
export type PreferenceKeeper = {
	readonly kept: Readonly<Record<string, unknown>>;
	keep(changed: Readonly<Record<string, unknown>>): void;
};

/** What of the kept values can be used. What is of another type or unknown here is left out, one by one. */
export const usable = (kept: Readonly<Record<string, unknown>>): Partial<Preferences> => ({
	...(isOneOf(themeNames, kept['theme']) ? {theme: kept['theme']} : {}),
	...(isRecord(kept['filters']) ? {filters: filtersOf(kept['filters'])} : {}),
});

/** What is chosen now. */
export const preferencesOf = (state: UiState): Preferences => ({
	theme: state.theme,
	filters: byPane(pane => state.panes[pane].filter),
});

/** Puts the screen as it was left, and keeps from then on what is changed. Returns what ends that. */
export const followPreferences = (screen: ScreenModel, keeper: PreferenceKeeper): (() => void) => {
	const {filters} = usable(keeper.kept);
	for (const pane of paneIds) {
		const text = filters?.[pane] ?? '';
		if (text !== '') screen.ui.dispatch({type: 'filter', pane, text});
	}

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

/** Longer ones were not typed by a person. */
const longestFilter = 200;

const filtersOf = (kept: Readonly<Record<string, unknown>>): Preferences['filters'] =>
	byPane(pane => {
		const text = kept[pane];
		return typeof text === 'string' && text.length <= longestFilter ? text : '';
	});

const byPane = <Value>(valueOf: (pane: PaneId) => Value): Readonly<Record<PaneId, Value>> =>
	Object.fromEntries(paneIds.map(pane => [pane, valueOf(pane)])) as Record<PaneId, Value>;

const isOneOf = <Value>(values: readonly Value[], value: unknown): value is Value =>
	(values as readonly unknown[]).includes(value);

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);
