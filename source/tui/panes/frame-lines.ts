import {keyOf} from '../key-of.ts';
import type {KeymapRow} from '../keymap.ts';
import {keyLabel} from '../keys.ts';
import type {PaneId, Screen} from '../layout.ts';
import {marksWords} from '../marks.ts';
import {hintRows, missedRows} from '../press.ts';
import type {ScreenModel} from '../screen.ts';
import {footerLine, headerLine, noticeLines, selectionText, statusLine, tabsLine} from '../view/chrome.ts';
import {bySeverity, gaugeLines} from '../view/gauge.ts';
import type {Line} from '../view/spans.ts';
import {workLine} from '../view/work-line.ts';

/** What stands above the panes. */
export type TopLines = {
	readonly header: Line;
	readonly gauges: readonly Line[];
	readonly notices: readonly Line[];
	/** Only in small windows. */
	readonly tabs: Line | undefined;
};

/** The whole in one line, the volumes, what a person should know, and tabs in small windows. */
export const topLines = (screen: ScreenModel, layout: Screen): TopLines => {
	const {style, isAttached} = screen.settings;
	const snapshot = screen.live.getSnapshot();
	const {columns, notices, tabs, rowsPerGauge} = layout;
	return {
		header: headerLine(snapshot, columns, isAttached, style),
		gauges: snapshot.volumes
			.toSorted(bySeverity)
			.flatMap(volume => gaugeLines(volume, {width: columns, rows: rowsPerGauge}, snapshot.at, style)),
		notices: noticeLines(snapshot.notices, notices.height, columns, style),
		tabs:
			tabs.height > 0 ? tabsLine(screen.ui.getState().focus, paneKeys(screen), snapshot, columns, style) : undefined,
	};
};

/** The two lowest lines: what the cursor stands on, or a message; and the keys that can be pressed now. */
export const bottomLines = (screen: ScreenModel, layout: Screen): {readonly status: Line; readonly footer: Line} => {
	const {style} = screen.settings;
	const {columns} = layout;
	const state = screen.ui.getState();
	const snapshot = screen.live.getSnapshot();
	const {separator} = style.glyphs;
	const selection =
		state.overlays.length > 0
			? countText(state.count)
			: (marksText(screen) ?? selectionText(state.focus, screen.selected(), snapshot.at, separator));
	const label = (row: KeymapRow): string => keyLabel(row.keys[0] ?? '', style.isAscii);
	const hints = hintRows(screen).map(row => ({key: label(row), hint: row.hint ?? ''}));
	const missed = missedRows(screen).map(({row, why}) => ({key: label(row), hint: why}));
	return {
		status:
			state.message === undefined && snapshot.works.length > 0
				? workLine(snapshot.works, keyOf(screen.settings, 'cancel-work'), columns, style)
				: statusLine(state.message, selection, columns, style),
		footer: footerLine(hints, missed, columns, style),
	};
};

const paneKeys = ({settings}: ScreenModel): Readonly<Record<PaneId, string>> => ({
	active: keyOf(settings, 'focus-active'),
	queued: keyOf(settings, 'focus-queued'),
	failed: keyOf(settings, 'focus-failed'),
	done: keyOf(settings, 'focus-done'),
});

const countText = (count: number): string => (count === 0 ? '' : `${count} times the next key`);

/** What acts are about when rows are marked, in the place of what the cursor stands on. */
const marksText = (screen: ScreenModel): string | undefined => {
	const {focus, panes} = screen.ui.getState();
	const words = marksWords(panes[focus]);
	if (words === '') return undefined;
	const clear = keyOf(screen.settings, 'clear');
	const {separator} = screen.settings.style.glyphs;
	return panes[focus].range === undefined
		? `${words}: keys act on them ${separator} ${clear} drops the marks`
		: `${words}: ${keyOf(screen.settings, 'range')} keeps the range ${separator} ${clear} drops it`;
};
