import {hasMarks, inverted, isMarked, noMarks, toggled, withRange, type Marked, type Marks} from '../marks.ts';
import {moveBy} from '../moving.ts';
import type {ScreenModel} from '../screen.ts';
import type {PaneRows} from '../select.ts';
import {say} from '../sending.ts';
import type {Acts} from './act.ts';
import {dropFilter} from './text.ts';

/** Marking rows, so that an act is about all of them. */
export const markActions = {
	mark: screen => {
		const row = screen.selectedRow();
		if (row === undefined) return;
		const marked = markedOf(screen);
		if (row.kind === 'batch' && marked.marks.kind === 'all') {
			say(screen, 'info', 'everything is marked; unfold the batch to take out single jobs, or Esc for none');
			return;
		}

		mark(screen, {marks: toggled({...marked, marks: withRange(marked)}, row), range: undefined});
		moveBy(screen, 1);
	},
	range: screen => {
		const marked = markedOf(screen);
		const row = screen.selectedRow();
		if (marked.range !== undefined) mark(screen, {marks: withRange(marked), range: undefined});
		else if (row !== undefined) mark(screen, {...marked, range: {anchor: row.key, keys: [row.key]}});
	},
	'mark-all': screen => {
		const {pane, held, text} = placeOf(screen);
		const isNothing = held.rows.length === 0;
		if (isNothing) say(screen, 'info', 'there is nothing to mark here');
		else mark(screen, {marks: pane === 'active' || isWhole(held) ? everyHeld(held) : allOf(text), range: undefined});
	},
	'invert-marks': screen => {
		const {held, text} = placeOf(screen);
		const marked = markedOf(screen);
		const marks = isWhole(held)
			? keysOf(held.rows.filter(row => !isMarked(marked, row)).map(row => row.key))
			: inverted(marked, text);
		mark(screen, {marks, range: undefined});
	},
	clear: screen => {
		const {pane} = placeOf(screen);
		const marked = markedOf(screen);
		if (marked.range !== undefined) mark(screen, {...marked, range: undefined});
		else if (hasMarks(marked)) mark(screen, {marks: noMarks, range: undefined});
		else dropFilter(screen, pane);
	},
} as const satisfies Acts;

type Place = {
	readonly pane: ReturnType<ScreenModel['ui']['getState']>['focus'];
	readonly held: PaneRows;
	readonly text: string;
};

const placeOf = (screen: ScreenModel): Place => {
	const {focus, panes} = screen.ui.getState();
	return {pane: focus, held: screen.held(focus), text: panes[focus].filter};
};

const markedOf = (screen: ScreenModel): Marked => {
	const {focus, panes} = screen.ui.getState();
	return panes[focus];
};

const mark = (screen: ScreenModel, {marks, range}: Marked): void =>
	screen.ui.dispatch({type: 'mark', pane: screen.ui.getState().focus, marks, range});

/** Rows of which all are held can be named one by one: then nothing is meant that comes later. */
const isWhole = ({isAtTop, isAtEnd, isLoading}: PaneRows): boolean => isAtTop && isAtEnd && !isLoading;

const everyHeld = ({rows}: PaneRows): Marks => keysOf(rows.map(row => row.key));

const keysOf = (keys: Iterable<PaneRows['rows'][number]['key']>): Marks => ({kind: 'keys', keys: new Set(keys)});

const allOf = (text: string): Marks => ({kind: 'all', text, except: new Set()});
