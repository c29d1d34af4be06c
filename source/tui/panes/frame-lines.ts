import {keyLabel} from '../keys.ts';
import type {Screen} from '../layout.ts';
import {hintRows} from '../press.ts';
import type {ScreenModel} from '../screen.ts';
import {footerLine, headerLine, noticeLines, selectionText, statusLine, tabsLine} from '../view/chrome.ts';
import {bySeverity, gaugeLines} from '../view/gauge.ts';
import type {Line} from '../view/spans.ts';

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
		tabs: tabs.height > 0 ? tabsLine(screen.ui.getState().focus, snapshot, columns, style) : undefined,
	};
};

/** The two lowest lines: what the cursor stands on, or a message; and the keys that can be pressed now. */
export const bottomLines = (screen: ScreenModel, layout: Screen): {readonly status: Line; readonly footer: Line} => {
	const {style} = screen.settings;
	const {columns} = layout;
	const state = screen.ui.getState();
	const snapshot = screen.live.getSnapshot();
	const selection =
		state.overlays.length > 0 ? '' : selectionText(state.focus, screen.selected(), snapshot.at, style.glyphs.separator);
	const hints = hintRows(screen).map(row => ({key: keyLabel(row.keys[0] ?? '', style.isAscii), hint: row.hint ?? ''}));
	return {
		status: statusLine(state.message, selection, columns, style),
		footer: footerLine(hints, columns, style),
	};
};
