import {Box} from 'ink';
import type {ReactElement} from 'react';
import {useScreen} from '../hooks/use-screen.ts';
import type {Screen} from '../layout.ts';
import {hintRows} from '../press.ts';
import {keyLabel} from '../keys.ts';
import {footerLine, headerLine, noticeLines, selectionText, statusLine, tabsLine} from '../view/chrome.ts';
import {bySeverity, gaugeLines} from '../view/gauge.ts';
import {LineView} from '../widgets/line-view.tsx';
import {LinesView} from '../widgets/lines-view.tsx';

/** What stands above the panes: the whole in one line, the volumes, what a person should know, and tabs in small windows. */
export const Top = ({layout}: {readonly layout: Screen}): ReactElement => {
	const screen = useScreen();
	const {style, isAttached} = screen.settings;
	const {tones} = style;
	const snapshot = screen.live.getSnapshot();
	const {columns, gauges, notices, tabs, rowsPerGauge} = layout;
	const gaugeRows = snapshot.volumes
		.toSorted(bySeverity)
		.flatMap(volume => gaugeLines(volume, {width: columns, rows: rowsPerGauge}, snapshot.at, style));
	return (
		<Box flexDirection="column" flexShrink={0}>
			<LineView line={headerLine(snapshot, columns, isAttached, style)} tones={tones} />
			<LinesView lines={gaugeRows} width={columns} height={gauges.height} tones={tones} />
			<LinesView
				lines={noticeLines(snapshot.notices, notices.height, columns, style)}
				width={columns}
				height={notices.height}
				tones={tones}
			/>
			{tabs.height > 0 ? (
				<LineView line={tabsLine(screen.ui.getState().focus, snapshot, columns, style)} tones={tones} />
			) : null}
		</Box>
	);
};

/** The two lowest lines: what the cursor stands on, or a message; and the keys that can be pressed now. */
export const Bottom = ({layout}: {readonly layout: Screen}): ReactElement => {
	const screen = useScreen();
	const {style} = screen.settings;
	const {columns} = layout;
	const state = screen.ui.getState();
	const snapshot = screen.live.getSnapshot();
	const selection =
		state.overlays.length > 0 ? '' : selectionText(state.focus, screen.selected(), snapshot.at, style.glyphs.separator);
	const hints = hintRows(screen).map(row => ({key: keyLabel(row.keys[0], style.isAscii), hint: row.hint ?? ''}));
	return (
		<Box flexDirection="column" flexShrink={0}>
			<LineView line={statusLine(state.message, selection, columns, style)} tones={style.tones} />
			<LineView line={footerLine(hints, columns, style)} tones={style.tones} />
		</Box>
	);
};
