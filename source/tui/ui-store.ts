import {assertNever} from '../domain/assert-never.ts';
import type {JobId} from '../domain/job.ts';
import type {EngineCommand, Statistics} from '../engine/ports.ts';
import type {Draft} from './adding/draft.ts';
import {usualArranged, type Arranged, type ListPane} from './arranged.ts';
import {paneIds, type PaneId} from './layout.ts';
import {noMarks, type Marked, type Marks, type Range} from './marks.ts';
import type {RowKey} from './rows.ts';
import type {ThemeName} from './theme.ts';
import type {DetailsPart} from './view/details-view.ts';
import type {LogPlace} from './view/log-lines.ts';

/** What a person did with a pane. The selection goes by the row's key; `index` and `top` say where it was last seen. */
export type PaneState = {
	readonly selected: RowKey | undefined;
	readonly index: number;
	/** The row at the top of the pane, counted like `index`. */
	readonly top: number;
	/** The first row of the whole list is the first that is shown: it stays so when others come before it. */
	readonly isAtTop: boolean;
	/** The cursor was not moved since the pane was opened, or was sent to the top: it stays there while another pane has the keys. */
	readonly isHome: boolean;
	readonly filter: string;
	/** The cursor stands on another job than the person put it on, because that one left. The next act asks first. */
	readonly hasSlipped: boolean;
	readonly marks: Marks;
	/** Rows from where `v` was pressed to the cursor; they count as marked. */
	readonly range: Range | undefined;
};

/** Where the next character goes in a text: an offset at the border of two graphemes; absent at its end. */
type WithCaret = {readonly text: string; readonly caret?: number | undefined};

/** What lies over the panes. The last one has the keys; a page takes the place of the panes, the others a few rows below them. */
export type Overlay =
	| {
			readonly type: 'help';
			readonly scroll: number;
			/** Only rows with these words are shown. */
			readonly filter: string;
	  }
	/** Writes the filter of the help below it. */
	| ({readonly type: 'help-filter'} & WithCaret)
	| {
			readonly type: 'details';
			readonly id: JobId;
			/** Lines that the facts are scrolled by. */
			readonly scroll: number;
			/** The part that the person has gone to. */
			readonly part: DetailsPart;
			/** What is at the top of the log; undefined while its end is followed. */
			readonly place: LogPlace | undefined;
			/** What is looked for in the log, and the line where it was found last. */
			readonly pattern: string;
			readonly match: number | undefined;
	  }
	/** Writes what to look for in the log of the details below it. */
	| ({readonly type: 'log-search'} & WithCaret)
	| ({readonly type: 'add'} & Draft)
	/** Its text is the filter of the pane. */
	| {readonly type: 'filter'; readonly pane: PaneId; readonly caret?: number | undefined}
	| ({readonly type: 'workers'} & WithCaret)
	/** Every action by its name. `chosen` counts from 0 among those that match the text. */
	| ({readonly type: 'palette'; readonly chosen: number} & WithCaret)
	| {
			readonly type: 'confirm';
			readonly question: string;
			/** What is kept, and whether there is a way back. */
			readonly keeps?: string;
			/** What is sent with yes, one after the other. */
			readonly commands: readonly EngineCommand[];
			/** What has become of the jobs then, such as `removed`. */
			readonly done: string;
	  }
	| {readonly type: 'quit'}
	| {readonly type: 'statistics'; readonly statistics: Statistics | undefined; readonly scroll: number}
	| {readonly type: 'disk'; readonly scroll: number}
	| {readonly type: 'findings'; readonly scroll: number};

export type OverlayType = Overlay['type'];

export type Message = {readonly kind: 'info' | 'warning' | 'error'; readonly text: string};

export type UiState = {
	readonly columns: number;
	readonly rows: number;
	readonly theme: ThemeName;
	readonly focus: PaneId;
	readonly panes: Readonly<Record<PaneId, PaneState>>;
	/** Sort, grouping and what is unfolded. */
	readonly arranged: Readonly<Record<ListPane, Arranged>>;
	/** The focused pane has the window for itself. */
	readonly isZoomed: boolean;
	readonly overlays: readonly Overlay[];
	/** Stands in the status line until the next key. */
	readonly message: Message | undefined;
	/** The row that the last command was about: when it leaves the list, that is no surprise. */
	readonly acted: RowKey | undefined;
	/** Digits that were typed before a key of a page: it is carried out so often. 0 for none. */
	readonly count: number;
};

export type UiAction =
	| {readonly type: 'resize'; readonly columns: number; readonly rows: number}
	| {readonly type: 'theme'; readonly theme: ThemeName}
	| {readonly type: 'focus'; readonly pane: PaneId}
	| {
			readonly type: 'select';
			readonly pane: PaneId;
			readonly key: RowKey | undefined;
			readonly index: number;
			readonly top: number;
			readonly hasSlipped?: boolean;
			readonly isAtTop?: boolean;
			readonly isHome?: boolean;
	  }
	/** Another sort or grouping starts from the top; what is unfolded changes nothing else. */
	| {readonly type: 'arrange'; readonly pane: ListPane; readonly change: Partial<Arranged>}
	| {readonly type: 'zoom'; readonly isZoomed: boolean}
	| {readonly type: 'filter'; readonly pane: PaneId; readonly text: string}
	| {readonly type: 'open'; readonly overlay: Overlay}
	/** Takes the place of the uppermost overlay of the same type; where there is none any more, nothing happens. */
	| {readonly type: 'update'; readonly overlay: Overlay}
	| {readonly type: 'close'}
	| {readonly type: 'say'; readonly message: Message | undefined}
	| {readonly type: 'acted'; readonly key: RowKey | undefined}
	| {readonly type: 'count'; readonly count: number}
	| ({readonly type: 'mark'; readonly pane: PaneId} & Marked);

export const initialUi = (columns: number, rows: number, theme: ThemeName = 'terminal'): UiState => ({
	columns,
	rows,
	theme,
	focus: 'active',
	panes: Object.fromEntries(paneIds.map(id => [id, untouchedPane])) as Record<PaneId, PaneState>,
	arranged: {queued: usualArranged('queued'), failed: usualArranged('failed'), done: usualArranged('done')},
	isZoomed: false,
	overlays: [],
	message: undefined,
	acted: undefined,
	count: 0,
});

const untouchedPane: PaneState = {
	selected: undefined,
	index: 0,
	top: 0,
	isAtTop: true,
	isHome: true,
	filter: '',
	hasSlipped: false,
	marks: noMarks,
	range: undefined,
};

/** The state after an action. Returns the same object when nothing changes. */
export const reduceUi = (state: UiState, action: UiAction): UiState => {
	switch (action.type) {
		case 'resize':
			return {...state, columns: action.columns, rows: action.rows};
		case 'theme':
			return state.theme === action.theme ? state : {...state, theme: action.theme};
		case 'focus':
			return state.focus === action.pane ? state : {...state, focus: action.pane};
		case 'select': {
			const {key, index, top, hasSlipped = false} = action;
			const {isAtTop, isHome} = {...state.panes[action.pane], ...action};
			return withPane(state, action.pane, {selected: key, index, top, hasSlipped, isAtTop, isHome});
		}

		case 'arrange':
			return arrange(state, action.pane, action.change);
		case 'zoom':
			return state.isZoomed === action.isZoomed ? state : {...state, isZoomed: action.isZoomed};

		case 'filter':
			return state.panes[action.pane].filter === action.text
				? state
				: withPane(state, action.pane, {
						...untouchedPane,
						filter: action.text,
						// Single marks stay with their jobs; "all that match" meant another filter.
						marks: keptMarks(state.panes[action.pane].marks),
					});
		case 'open':
			return {...state, overlays: [...state.overlays, action.overlay]};
		case 'update': {
			const index = state.overlays.findLastIndex(overlay => overlay.type === action.overlay.type);
			return index === -1 ? state : {...state, overlays: state.overlays.with(index, action.overlay)};
		}

		case 'close':
			return state.overlays.length === 0 ? state : {...state, overlays: state.overlays.slice(0, -1)};
		case 'say':
			return state.message === action.message ? state : {...state, message: action.message};
		case 'acted':
			return state.acted === action.key ? state : {...state, acted: action.key};
		case 'count':
			return state.count === action.count ? state : {...state, count: action.count};
		case 'mark':
			return withPane(state, action.pane, {marks: action.marks, range: action.range});
		default:
			return assertNever(action);
	}
};

const arrange = (state: UiState, pane: ListPane, change: Partial<Arranged>): UiState => {
	const before = state.arranged[pane];
	const after = {...before, ...change};
	const isOther =
		after.sort !== before.sort || after.isDescending !== before.isDescending || after.isGrouped !== before.isGrouped;
	if (!isOther && after.open === before.open) return state;
	const arranged = {...state, arranged: {...state.arranged, [pane]: after}};
	const {selected, index, top, isAtTop, isHome} = untouchedPane;
	return isOther ? withPane(arranged, pane, {selected, index, top, isAtTop, isHome, hasSlipped: false}) : arranged;
};

const keptMarks = (marks: Marks): Marks => (marks.kind === 'keys' ? marks : noMarks);

const withPane = (state: UiState, pane: PaneId, change: Partial<PaneState>): UiState => {
	const before = state.panes[pane];
	const after = {...before, ...change};
	const isSame = (Object.keys(after) as ReadonlyArray<keyof PaneState>).every(key => before[key] === after[key]);
	return isSame ? state : {...state, panes: {...state.panes, [pane]: after}};
};

export const topOverlay = (state: UiState): Overlay | undefined => state.overlays.at(-1);

/** What lies below the uppermost overlay. */
export const scopeBelow = (state: UiState): OverlayType | 'panes' => state.overlays.at(-2)?.type ?? 'panes';

export type UiStore = {
	getState(): UiState;
	dispatch(action: UiAction): void;
	subscribe(onChange: () => void): () => void;
};

/** Holds the state; announces only what changed. Handlers read it when the key lands, never what a render saw. */
export const createUiStore = (initial: UiState): UiStore => {
	let state = initial;
	const listeners = new Set<() => void>();
	return {
		getState: () => state,
		dispatch(action) {
			const next = reduceUi(state, action);
			if (next === state) return;
			state = next;
			for (const listener of listeners) listener();
		},
		subscribe(onChange) {
			listeners.add(onChange);
			return () => listeners.delete(onChange);
		},
	};
};
