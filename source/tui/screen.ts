import {assertNever} from '../domain/assert-never.ts';
import type {BatchView} from '../domain/batch.ts';
import type {JobId, JobView} from '../domain/job.ts';
import type {EngineSnapshot} from '../domain/snapshot.ts';
import type {Duration} from '../domain/time.ts';
import type {Engine} from '../engine/ports.ts';
import {createAdding, type Adding} from './adding/adding.ts';
import type {AbsolutePath} from './adding/check.ts';
import {detailsContent, isLogFollowed} from './details.ts';
import {createFindingsWatch, type FindingsWatch} from './findings-watch.ts';
import {createJobWatch, type JobWatch} from './job-watch.ts';
import {layoutOf, listRows, paneIds, type Layout, type PaneId} from './layout.ts';
import {keymapOf, type KeymapRow, type Scope} from './keymap.ts';
import {createLogWindow, type LogWindow} from './log-window.ts';
import type {ListWindow} from './list-window.ts';
import {createLive, type Live} from './live.ts';
import {createMarksWatch} from './marks-watch.ts';
import {createPaneWindows, settleCursor, windowsFollow} from './pane-windows.ts';
import {settleMarks} from './range.ts';
import {panelRowsOf, topPage} from './panels.ts';
import {
	cursorIn,
	needsTitle,
	paneRows,
	selectedJob,
	selectedRow,
	type Cursor,
	type ListPane,
	type Lists,
	type PaneRows,
} from './select.ts';
import type {PaneRow} from './rows.ts';
import {styleOf, type Style} from './theme.ts';
import {isQueueEmpty} from './view/empty.ts';
import type {Line} from './view/spans.ts';
import {diskLines} from './view/pages/disk.ts';
import {findingLines} from './view/pages/findings.ts';
import {helpLines} from './view/pages/help.ts';
import {laneRows} from './view/pages/lanes.ts';
import {statisticsLines} from './view/pages/statistics.ts';
import {createUiStore, initialUi, topOverlay, type UiState, type UiStore} from './ui-store.ts';

/** How the screen ended. `choice` is what becomes of the running jobs. */
export type ScreenEnd =
	| {readonly reason: 'quit'; readonly choice: 'detach' | 'finish' | 'stop'}
	/** The terminal went away; the scheduler may go on. */
	| {readonly reason: 'hangup'}
	/** From the screen to plain lines, or back. */
	| {readonly reason: 'switch'};

export type ScreenSettings = {
	readonly engine: Engine;
	readonly columns: number;
	readonly rows: number;
	readonly style: Style;
	readonly isAttached: boolean;
	readonly canDetach: boolean;
	/** The keys as config.toml has changed them; default: as they come. */
	readonly keymap?: readonly KeymapRow[] | undefined;
	readonly onEnd: (end: ScreenEnd) => void;
	readonly onRedraw: () => void;
	/** Makes paths that are written while adding absolute; default: as they are. */
	readonly absolutePath?: AbsolutePath | undefined;
	/** Back to the shell for a while. */
	readonly onSuspend: () => void;
	/** How long the terminal's line is still busy with what was drawn; default: not at all. */
	readonly rest?: () => Duration;
};

/** Everything behind the picture: what a person did, what the queue holds, and where both meet. */
export type ScreenModel = {
	readonly settings: ScreenSettings;
	readonly ui: UiStore;
	readonly live: Live;
	readonly windows: Readonly<Record<ListPane, ListWindow>>;
	readonly watch: JobWatch;
	/** The log of the job whose details are open. */
	readonly log: LogWindow;
	readonly findings: FindingsWatch;
	/** What is being written to be added. */
	readonly adding: Adding;
	lists(): Lists;
	layout(): Layout;
	held(pane: PaneId): PaneRows;
	/** Rows of jobs that the pane shows; 0 where it is not open. */
	heightOf(pane: PaneId): number;
	cursor(pane: PaneId): Cursor;
	/** Commands that have no answer yet. */
	readonly sent: Set<Promise<unknown>>;
	/** Lines of rows that were drawn before: a job that did not change is not laid out again. */
	readonly drawnRows: WeakMap<JobView | BatchView, {readonly key: string; readonly line: Line}>;
	/** The lines of the page that lies over the panes; a table may stand above them. */
	pageLines(): readonly Line[];
	/** The furthest that the page on top can be scrolled, in rows. */
	scrollEnd(): number;
	/** The job under the cursor; undefined on the row of a batch. */
	selected(): JobView | undefined;
	selectedRow(): PaneRow | undefined;
	/** Grows with every change of anything that is on the screen. */
	version(): number;
	subscribe(onChange: () => void): () => void;
	close(): void;
};

export const createScreenModel = (given: ScreenSettings): ScreenModel => {
	const {engine, columns, rows} = given;
	const ui = createUiStore(initialUi(columns, rows, given.style.theme));
	const settings = restyled(given, ui);
	const live = createLive(engine, undefined, given.rest);
	const windows = createPaneWindows(engine, ui);
	const watch = createJobWatch(engine);
	const log = createLogWindow(engine);
	const findings = createFindingsWatch(engine);
	const adding = createAdding(engine, given.absolutePath ?? (path => path));
	const lists = (): Lists => ({
		queued: windows.queued.getState(),
		failed: windows.failed.getState(),
		done: windows.done.getState(),
	});
	// It is asked for a dozen times in each frame.
	let laid: {readonly state: UiState; readonly snapshot: EngineSnapshot; readonly layout: Layout} | undefined;
	const layout = (): Layout => {
		const state = ui.getState();
		const snapshot = live.getSnapshot();
		if (laid?.state !== state || laid.snapshot !== snapshot)
			laid = {state, snapshot, layout: layoutFor(state, snapshot)};
		return laid.layout;
	};
	const held = (pane: PaneId): PaneRows =>
		paneRows(pane, live.getSnapshot(), lists(), ui.getState().panes[pane].filter);
	const heightOf = (pane: PaneId): number => {
		const current = layout();
		const box = current.kind === 'screen' ? current.panes.find(one => one.id === pane) : undefined;
		return box === undefined ? 0 : listRows(box);
	};
	const cursor = (pane: PaneId): Cursor => cursorIn(held(pane), ui.getState().panes[pane], heightOf(pane));

	const pageLines = (): readonly Line[] => {
		const state = ui.getState();
		const overlay = topPage(state);
		const snapshot = live.getSnapshot();
		switch (overlay?.type) {
			case 'help':
				return helpLines(
					{first: helpedScope(ui), rows: keymapOf(settings.keymap), filter: overlay.filter},
					state.columns,
					settings.style,
				);
			case 'details':
				return detailsContent({settings, ui, live, watch, log, layout}, overlay, pageRows(layout()));
			case 'disk':
				return diskLines(snapshot, state.columns, settings.style);
			case 'findings':
				return findingLines(findings.getState(), state.columns, settings.style);
			case 'statistics':
				return statisticsLines(overlay.statistics, snapshot, state.columns, settings.style);
			case undefined:
				return [];
			default:
				return assertNever(overlay);
		}
	};
	const scrollEnd = (): number => {
		const current = layout();
		if (current.kind !== 'screen') return 0;
		const isTabled = topPage(ui.getState())?.type === 'statistics';
		const above = isTabled ? tableRows(laneRows(live.getSnapshot(), current.columns).length) : 0;
		// One row of the body is the page's title.
		return Math.max(0, above + pageLines().length - (current.body.height - 1));
	};

	const marksWatch = createMarksWatch(engine, {ui, held});

	let version = 0;
	let queueRevision = live.getSnapshot().queueRevision;
	let isSettling = false;
	const listeners = new Set<() => void>();
	const changed = (): void => {
		// Settling dispatches, which ends up here again.
		if (isSettling) return;
		isSettling = true;
		windowsFollow(windows, ui);
		for (const pane of paneIds) settleCursor(pane, {ui, windows, held, cursor});
		settleMarks({ui, held, cursor, live, settings});
		isSettling = false;
		version++;
		for (const listener of listeners) listener();
	};
	const liveChanged = (): void => {
		const snapshot = live.getSnapshot();
		if (snapshot.queueRevision !== queueRevision) {
			queueRevision = snapshot.queueRevision;
			for (const window of Object.values(windows)) window.refresh();
		}

		watch.refresh(snapshot.revision);
		log.refresh(isLogFollowed(ui.getState()));
		changed();
	};
	// The first minute: an empty queue says which tools there are. Behind the first frame, because asking them takes a while.
	const greeting = isQueueEmpty(live.getSnapshot()) ? setTimeout(() => findings.need(), greetingDelay) : undefined;
	greeting?.unref();
	const uiChanged = (): void => {
		watch.follow(watchedJob(ui));
		log.open(watchedJob(ui));
		const overlay = topOverlay(ui.getState());
		if (overlay?.type === 'add') adding.note(overlay);
		changed();
	};
	const unsubscribe = [
		live.subscribe(liveChanged),
		ui.subscribe(uiChanged),
		watch.subscribe(changed),
		log.subscribe(changed),
		findings.subscribe(changed),
		adding.subscribe(changed),
		...Object.values(windows).map(window => window.subscribe(changed)),
		// Only now is it known who is not among the rows any more.
		...Object.values(windows).map(window => window.subscribe(marksWatch.refresh)),
	];
	return {
		settings,
		ui,
		live,
		windows,
		watch,
		log,
		findings,
		adding,
		lists,
		layout,
		held,
		heightOf,
		cursor,
		sent: new Set(),
		drawnRows: new WeakMap(),
		pageLines,
		scrollEnd,
		selected: () => selectedJob(ui.getState(), live.getSnapshot(), lists()),
		selectedRow: () => selectedRow(ui.getState(), live.getSnapshot(), lists()),
		version: () => version,
		subscribe(onChange) {
			listeners.add(onChange);
			return () => listeners.delete(onChange);
		},
		close() {
			for (const one of unsubscribe) one();
			live.close();
			watch.close();
			log.close();
			findings.close();
			clearTimeout(greeting);
			marksWatch.close();
			adding.close();
			for (const window of Object.values(windows)) window.close();
			listeners.clear();
		},
	};
};

/** The settings with the style of the theme that is chosen now. */
const restyled = (given: ScreenSettings, ui: UiStore): ScreenSettings => {
	let {style} = given;
	return {
		...given,
		get style() {
			const {theme} = ui.getState();
			if (style.theme !== theme) style = styleOf(theme, style.isAscii, style.depth);
			return style;
		},
	};
};

const layoutFor = (state: UiState, snapshot: EngineSnapshot): Layout =>
	layoutOf({
		columns: state.columns,
		rows: state.rows,
		focus: state.focus,
		isZoomed: state.isZoomed,
		needsTitle: needsTitle(state),
		workers: snapshot.workers,
		failed: snapshot.counts.failed,
		volumes: snapshot.volumes.length,
		notices: snapshot.notices.length,
		panelRows: panelRowsOf(topOverlay(state)),
	});

/** When Ink is there and the scheduler has begun. */
const greetingDelay: Duration = 400;

/** Rows below the title of a page. */
const pageRows = (layout: Layout): number => (layout.kind === 'screen' ? layout.body.height - 1 : 0);

/** Rows of an ink-table with so many rows of data: a border around and a line after each (ink-table 3.1). */
export const tableRows = (rows: number): number => (rows === 0 ? 0 : 2 * rows + 3);

// Help opened from a page starts with the keys of that page.
const helpedScope = (ui: UiStore): Scope => {
	const {overlays} = ui.getState();
	const below = overlays[overlays.findLastIndex(overlay => overlay.type === 'help') - 1];
	return below === undefined ? 'panes' : below.type;
};

const watchedJob = (ui: UiStore): JobId | undefined => {
	const overlay = ui.getState().overlays.findLast(one => one.type === 'details');
	return overlay?.type === 'details' ? overlay.id : undefined;
};
