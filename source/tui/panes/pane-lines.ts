import type {JobView} from '../../domain/job.ts';
import {listRows, type PaneBox} from '../layout.ts';
import {isMarked, marksWords} from '../marks.ts';
import type {ScreenModel} from '../screen.ts';
import type {Glyphs} from '../theme.ts';
import {topOverlay} from '../ui-store.ts';
import {paneTitleLine} from '../view/chrome.ts';
import {emptyLines} from '../view/empty.ts';
import {rowMaker, type RowMaker} from '../view/job-rows.ts';
import type {Line} from '../view/spans.ts';

/** What stands in a pane. */
export type PaneLines = {
	readonly title: Line;
	/** The rows around the cursor, or one line that says why there are none. */
	readonly lines: readonly Line[];
	/** Index of the line under the cursor, where it is to be seen. */
	readonly inverse: number | undefined;
};

/** The title of a pane and the rows around its cursor. Which pane it is decides only columns and texts. */
export const paneLines = (screen: ScreenModel, box: PaneBox): PaneLines => {
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
	const lines = shown.map((shownRow, row): Line => {
		const mark = edgeOf(isFocused && row === cursorRow, isMarked(state.panes[id], shownRow), glyphs);
		return [[mark, 'accent'], ...(shownRow.kind === 'job' ? rowOnce(screen, shownRow.job, key, makeRow) : [])];
	});
	if (shown.length === 0) {
		const {filter} = state.panes[id];
		const findings = screen.findings.getState();
		const emptiness = {pane: id, snapshot, held, filter, findings, isAlone: !box.hasTitle};
		lines.push(...emptyLines(emptiness, {width: rect.width, height}, style));
	}

	const overlay = topOverlay(state);
	const title = paneTitleLine(
		{
			pane: id,
			isFocused,
			filter: state.panes[id].filter,
			marks: marksWords(state.panes[id]),
			isFiltering: overlay?.type === 'filter' && overlay.pane === id,
			hasAbove: height > 0 && (cursor.top > 0 || !held.isAtTop),
			hasBelow: height > 0 && (cursor.top + height < held.rows.length || !held.isAtEnd),
		},
		snapshot,
		rect.width,
		style,
	);
	return {title, lines, inverse: isFocused && shown.length > 0 ? cursorRow : undefined};
};

/** The cursor's side of the first cell, the marks' side, or both. */
const edgeOf = (isCursor: boolean, isMarkedRow: boolean, glyphs: Glyphs): string =>
	isMarkedRow ? (isCursor ? glyphs.markedCursor : glyphs.marked) : isCursor ? glyphs.cursor : ' ';

const rowOnce = (screen: ScreenModel, job: JobView, key: string, makeRow: RowMaker): Line => {
	const drawn = screen.drawnRows.get(job);
	if (drawn?.key === key) return drawn.line;
	const line = makeRow(job);
	screen.drawnRows.set(job, {key, line});
	return line;
};
