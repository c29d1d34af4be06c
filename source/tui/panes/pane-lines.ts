import {progressOfBatch} from '../../domain/batch.ts';
import type {EngineSnapshot} from '../../domain/snapshot.ts';
import {keyOf} from '../key-of.ts';
import {lazily} from '../lazily.ts';
import type {ActionName} from '../keymap.ts';
import {listRows, type PaneBox, type PaneId} from '../layout.ts';
import {isUsualSort, sortWords} from '../arranged.ts';
import {isMarked, marksWords} from '../marks.ts';
import {lineOf} from '../text-line.ts';
import type {PaneRow} from '../rows.ts';
import type {ScreenModel} from '../screen.ts';
import type {Glyphs, Style} from '../theme.ts';
import {topOverlay, type UiState} from '../ui-store.ts';
import {paneTitleLine} from '../view/chrome.ts';
import {emptyLines} from '../view/empty.ts';
import {batchRowMaker} from '../view/batch-rows.ts';
import {rowMaker} from '../view/job-rows.ts';
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
	const makeRow = anyRowMaker(id, rect.width - 1, snapshot, style);
	// Rows speak of instants; once a minute is often enough to see that a day has passed.
	const key = `${id} ${rect.width} ${Math.floor(snapshot.at / 60_000)}`;
	const shown = held.rows.slice(cursor.top, cursor.top + height);
	const cursorRow = cursor.position - cursor.top;
	const lines = shown.map((shownRow, row): Line => {
		const mark = edgeOf(isFocused && row === cursorRow, isMarked(state.panes[id], shownRow), glyphs);
		return [[mark, 'accent'], ...rowOnce(screen, shownRow, `${key}${livePart(shownRow, snapshot)}`, makeRow)];
	});
	if (shown.length === 0) {
		const {filter} = state.panes[id];
		const findings = screen.findings.getState();
		const emptiness = {
			pane: id,
			snapshot,
			held,
			filter,
			findings,
			isAlone: !box.hasTitle,
			keyOf: (action: ActionName) => keyOf(screen.settings, action),
		};
		lines.push(...emptyLines(emptiness, {width: rect.width, height}, style));
	}

	const overlay = topOverlay(state);
	// Where all rows are seen, or nobody moves about in them, their numbers are of no interest.
	const isNumbered = isFocused && shown.length > 0 && (!held.isAtTop || !held.isAtEnd || held.rows.length > height);
	const title = paneTitleLine(
		{
			pane: id,
			key: keyOf(screen.settings, `focus-${id}`),
			isFocused,
			filter: filterText(state, id, glyphs),
			marks: marksWords(state.panes[id]),
			order: orderWords(id, state),
			unzoomKey: state.isZoomed ? keyOf(screen.settings, 'zoom') : '',
			row: isNumbered && held.first !== undefined ? held.first + cursor.position + 1 : undefined,
			rows: orderWords(id, state) === byBatch ? held.total : undefined,
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

/** The filter, with the caret in it while it is written. */
const filterText = (state: UiState, pane: PaneId, {caret}: Glyphs): string => {
	const {filter} = state.panes[pane];
	const overlay = topOverlay(state);
	if (overlay?.type !== 'filter' || overlay.pane !== pane) return filter;
	const line = lineOf(filter, overlay.caret);
	return filter.slice(0, line.caret) + caret + filter.slice(line.caret);
};

/** The cursor's side of the first cell, the marks' side, or both. */
const edgeOf = (isCursor: boolean, isMarkedRow: boolean, glyphs: Glyphs): string =>
	isMarkedRow ? (isCursor ? glyphs.markedCursor : glyphs.marked) : isCursor ? glyphs.cursor : ' ';

const byBatch = 'by batch';

/** How the rows stand, where not as usual. A filter looks through the jobs themselves. */
const orderWords = (pane: PaneId, {arranged, panes}: UiState): string => {
	if (pane === 'active') return '';
	const how = arranged[pane];
	if (how.isGrouped && panes[pane].filter === '') return byBatch;
	return isUsualSort(pane, how) ? '' : sortWords(how);
};

/** Cells by which the jobs of an unfolded batch stand back. */
const indent = '  ';

type AnyRowMaker = (row: PaneRow) => Line;

const anyRowMaker = (pane: PaneId, width: number, snapshot: EngineSnapshot, style: Style): AnyRowMaker => {
	const now = snapshot.at;
	const ofJob = rowMaker(pane, width, now, style);
	const ofIndented = lazily(() => rowMaker(pane, width - indent.length, now, style));
	const ofBatch = lazily(() => batchRowMaker(pane, width, snapshot, style));
	return row => {
		if (row.kind === 'batch') return ofBatch()(row);
		return row.isInBatch === true ? [[indent, 'plain'], ...ofIndented()(row.job)] : ofJob(row.job);
	};
};

/** What of a batch changes while its jobs run, without the batch being read anew. */
const livePart = (row: PaneRow, {active}: EngineSnapshot): string =>
	row.kind === 'job' ? '' : ` ${progressOfBatch(row.batch, active).bytes}`;

const rowOnce = (screen: ScreenModel, row: PaneRow, key: string, makeRow: AnyRowMaker): Line => {
	const thing = row.kind === 'job' ? row.job : row.batch;
	const full = row.kind === 'job' ? `${key} ${row.isInBatch === true}` : `${key} ${row.isOpen}`;
	const drawn = screen.drawnRows.get(thing);
	if (drawn?.key === full) return drawn.line;
	const line = makeRow(row);
	screen.drawnRows.set(thing, {key: full, line});
	return line;
};
