import {Box} from 'ink';
import type {ReactElement} from 'react';
import type {JobView} from '../../domain/job.ts';
import {useScreen} from '../hooks/use-screen.ts';
import {listRows, type PaneBox} from '../layout.ts';
import {fit} from '../format.ts';
import type {ScreenModel} from '../screen.ts';
import {paneTitleLine} from '../view/chrome.ts';
import {emptyText} from '../view/empty.ts';
import {rowMaker, type RowMaker} from '../view/job-rows.ts';
import {fitLine, type Line} from '../view/spans.ts';
import {LineView} from '../widgets/line-view.tsx';
import {LinesView} from '../widgets/lines-view.tsx';
import {topOverlay} from '../ui-store.ts';

/** One pane: its title, and the rows around its cursor. Which pane it is decides only columns and texts. */
export const JobPane = ({box}: {readonly box: PaneBox}): ReactElement => {
	const screen = useScreen();
	const {style} = screen.settings;
	const {glyphs} = style;
	const state = screen.ui.getState();
	const snapshot = screen.live.getSnapshot();
	const {id, rect} = box;
	const height = listRows(box);
	const isFocused = state.focus === id;
	const held = screen.held(id);
	const cursor = screen.cursor(id);
	const makeRow = rowMaker(id, rect.width - 1, snapshot.at, style);
	// Rows speak of instants; once a minute is often enough to see that a day has passed.
	const key = `${id} ${rect.width} ${Math.floor(snapshot.at / 60_000)}`;
	const shown = held.rows.slice(cursor.top, cursor.top + height);
	const cursorRow = cursor.position - cursor.top;
	const lines = shown.map((job, row): Line => {
		const mark = isFocused && row === cursorRow ? glyphs.cursor : ' ';
		return [[mark, 'accent'], ...rowOnce(screen, job, key, makeRow)];
	});
	if (shown.length === 0)
		lines.push(
			fitLine(
				[
					[
						fit(`  ${emptyText(id, snapshot, held, state.panes[id].filter)}`, rect.width, 'left', glyphs.ellipsis),
						'dim',
					],
				],
				rect.width,
				glyphs.ellipsis,
			),
		);
	const overlay = topOverlay(state);
	const title = paneTitleLine(
		{
			pane: id,
			isFocused,
			filter: state.panes[id].filter,
			isFiltering: overlay?.type === 'filter' && overlay.pane === id,
			hasAbove: height > 0 && (cursor.top > 0 || !held.isAtTop),
			hasBelow: height > 0 && (cursor.top + height < held.rows.length || !held.isAtEnd),
		},
		snapshot,
		rect.width,
		style,
	);
	return (
		<Box width={rect.width} height={rect.height} flexDirection="column" overflow="hidden" flexShrink={0}>
			{box.hasTitle ? <LineView line={title} tones={style.tones} /> : null}
			<LinesView
				lines={lines}
				width={rect.width}
				height={height}
				tones={style.tones}
				{...(isFocused && shown.length > 0 ? {inverse: cursorRow} : {})}
			/>
		</Box>
	);
};

const rowOnce = (screen: ScreenModel, job: JobView, key: string, makeRow: RowMaker): Line => {
	const drawn = screen.drawnRows.get(job);
	if (drawn?.key === key) return drawn.line;
	const line = makeRow(job);
	screen.drawnRows.set(job, {key, line});
	return line;
};
