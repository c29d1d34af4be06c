import {assertNever} from '../domain/assert-never.ts';
import type {JobId} from '../domain/job.ts';
import type {BadSource, EngineCommand, Statistics} from '../engine/ports.ts';
import {paneIds, type PaneId} from './layout.ts';
import type {RowKey} from './rows.ts';
import type {ThemeName} from './theme.ts';

/** What a person did with a pane. The selection goes by the row's key; `index` and `top` say where it was last seen. */
export type PaneState = {
	readonly selected: RowKey | undefined;
	readonly index: number;
	/** The row at the top of the pane, counted like `index`. */
	readonly top: number;
	readonly filter: string;
	/** The cursor stands on another job than the person put it on, because that one left. The next act asks first. */
	readonly hasSlipped: boolean;
};

/** What lies over the panes. The last one has the keys; a page takes the place of the panes, the others a few rows below them. */
export type Overlay =
	| {readonly type: 'help'; readonly scroll: number}
	| {readonly type: 'details'; readonly id: JobId; readonly scroll: number; readonly isFollowing: boolean}
	| {
			readonly type: 'add';
			readonly text: string;
			/** Lines that were pasted, beside the one that is typed. */
			readonly lines: readonly string[];
			readonly bad: readonly BadSource[];
			readonly isBusy: boolean;
	  }
	| {readonly type: 'filter'; readonly pane: PaneId}
	| {readonly type: 'workers'; readonly text: string}
	| {readonly type: 'confirm'; readonly question: string; readonly command: EngineCommand}
	| {readonly type: 'quit'}
	| {readonly type: 'statistics'; readonly statistics: Statistics | undefined; readonly scroll: number};

export type OverlayType = Overlay['type'];

export type Message = {readonly kind: 'info' | 'warning' | 'error'; readonly text: string};

export type UiState = {
	readonly columns: number;
	readonly rows: number;
	readonly theme: ThemeName;
	readonly focus: PaneId;
	readonly panes: Readonly<Record<PaneId, PaneState>>;
	readonly overlays: readonly Overlay[];
	/** Stands in the status line until the next key. */
	readonly message: Message | undefined;
	/** The job that the last command was about: when it leaves the list, that is no surprise. */
	readonly acted: JobId | undefined;
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
	  }
	| {readonly type: 'filter'; readonly pane: PaneId; readonly text: string}
	| {readonly type: 'open'; readonly overlay: Overlay}
	/** Takes the place of the uppermost overlay of the same type; where there is none any more, nothing happens. */
	| {readonly type: 'update'; readonly overlay: Overlay}
	| {readonly type: 'close'}
	| {readonly type: 'say'; readonly message: Message | undefined}
	| {readonly type: 'acted'; readonly id: JobId | undefined};

export const initialUi = (columns: number, rows: number, theme: ThemeName = 'terminal'): UiState => ({
	columns,
	rows,
	theme,
	focus: 'active',
	panes: Object.fromEntries(paneIds.map(id => [id, untouchedPane])) as Record<PaneId, PaneState>,
	overlays: [],
	message: undefined,
	acted: undefined,
});

const untouchedPane: PaneState = {selected: undefined, index: 0, top: 0, filter: '', hasSlipped: false};

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
			return withPane(state, action.pane, {selected: key, index, top, hasSlipped});
		}

		case 'filter':
			return state.panes[action.pane].filter === action.text
				? state
				: withPane(state, action.pane, {...untouchedPane, filter: action.text});
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
			return state.acted === action.id ? state : {...state, acted: action.id};
		default:
			return assertNever(action);
	}
};

const withPane = (state: UiState, pane: PaneId, change: Partial<PaneState>): UiState => {
	const before = state.panes[pane];
	const after = {...before, ...change};
	const isSame = (Object.keys(after) as ReadonlyArray<keyof PaneState>).every(key => before[key] === after[key]);
	return isSame ? state : {...state, panes: {...state.panes, [pane]: after}};
};

export const topOverlay = (state: UiState): Overlay | undefined => state.overlays.at(-1);

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
