import {cleanText} from '../../domain/text.ts';
import type {AddRequest} from '../../engine/ports.ts';
import type {Acts} from '../actions/act.ts';
import {plural} from '../format.ts';
import type {ScreenModel} from '../screen.ts';
import {clamp} from '../select.ts';
import {say, send} from '../sending.ts';
import {insert, lineOf} from '../text-line.ts';
import {topOverlay} from '../ui-store.ts';
import {addedWords} from '../view/add-words.ts';
import {
	accepted,
	chosen,
	continued,
	corrected,
	emptyDraft,
	fieldAfter,
	isBlank,
	movedTo,
	pasted,
	turned,
	without,
} from './draft.ts';
import type {Cuts, Draft} from './draft.ts';
import {expand, isReference, mannerOf, withManner} from './expand.ts';
import type {CheckedLine} from './verdict.ts';

/** What the keys of the panel for adding do, but for those of every line of text. */
export const addingActions = {
	add: (screen, {argument}) => {
		if (argument === undefined) openAdding(screen, screen.adding.draft());
		else pasteSources(screen, [argument]);
	},
	'add-sources': screen => void addSources(screen),
	'next-field': screen => void change(screen, draft => movedTo(draft, fieldAfter(draft.field, 1))),
	'previous-field': screen => void change(screen, draft => movedTo(draft, fieldAfter(draft.field, -1))),
	'preview-down': screen => moveCursor(screen, 1),
	'preview-up': screen => moveCursor(screen, -1),
	'preview-page-down': screen => moveCursor(screen, pageStep),
	'preview-page-up': screen => moveCursor(screen, -pageStep),
	'correct-line': screen => void change(screen, corrected),
} as const satisfies Acts;

const pageStep = 10;

/** Lines that one paste may bring; more is a mistake or a file, and files have `tidegate add -`. */
const mostLines = 100_000;

const openDraft = (screen: ScreenModel): Draft | undefined => {
	const overlay = topOverlay(screen.ui.getState());
	return overlay?.type === 'add' && !overlay.isBusy ? overlay : undefined;
};

const change = (screen: ScreenModel, by: (draft: Draft) => Draft): boolean => {
	const draft = openDraft(screen);
	if (draft === undefined) return false;
	screen.ui.dispatch({type: 'update', overlay: {...by(draft), type: 'add'}});
	return true;
};

const openAdding = (screen: ScreenModel, draft: Draft): void => {
	// Since it was closed, jobs may have come and gone.
	screen.adding.refresh();
	screen.ui.dispatch({type: 'open', overlay: {...draft, type: 'add'}});
};

/** Shows the draft where the panel is open, and keeps it in any case. */
const put = (screen: ScreenModel, draft: Draft): void => {
	screen.adding.note(draft);
	screen.ui.dispatch({type: 'update', overlay: {...draft, type: 'add'}});
};

/** A character in the panel for adding. */
export const writeInto = (draft: Draft, character: string): Draft => {
	const few = chosen(draft, character);
	if (few !== undefined) return few;
	return insertInto(draft, accepted(draft.field, character));
};

const insertInto = (draft: Draft, text: string): Draft => ({
	...draft,
	...insert(text)(lineOf(draft.text, draft.caret)),
	cursor: undefined,
});

/** Pasted lines go into the panel for adding, which is opened for them; with `cuts`, they may go on what came before. */
export const pasteSources = (screen: ScreenModel, lines: readonly string[], cuts?: Cuts): void => {
	screen.ui.dispatch({type: 'say', message: undefined});
	if (lines.length > mostLines) {
		say(screen, 'warning', `${plural(lines.length, 'line')} are too many to paste; use: tidegate add - < FILE`);
		return;
	}

	if (topOverlay(screen.ui.getState())?.type !== 'add') openAdding(screen, screen.adding.draft());
	if (
		!change(screen, draft =>
			cuts === undefined ? pasted(draft, lines, insertInto) : continued(draft, lines, cuts, insertInto),
		)
	)
		say(screen, 'warning', 'it is still being added; paste again in a moment');
};

/** With the arrows, another value of a field that has few. False where the field has a text. */
export const turnField = (screen: ScreenModel, step: 1 | -1): boolean => {
	const draft = openDraft(screen);
	return draft !== undefined && chosen(draft, '') !== undefined && change(screen, () => turned(draft, step));
};

/** Leaves out the line under the cursor. False where the cursor is in a field. */
export const leaveOut = (screen: ScreenModel): boolean => {
	const draft = openDraft(screen);
	const {cursor} = draft ?? {};
	return cursor !== undefined && change(screen, () => without(draft ?? emptyDraft, new Set([cursor])));
};

/** Through the lines as they are shown; up from the first one is back in the field. */
const moveCursor = (screen: ScreenModel, step: number): void => {
	const {order} = screen.adding.getState();
	change(screen, draft => {
		const position = draft.cursor === undefined ? -1 : order.indexOf(draft.cursor);
		if (position + step < 0) return {...draft, cursor: undefined};
		return {...draft, cursor: order[clamp(position + step, 0, order.length - 1)]};
	});
};

/** Adds everything that can be added, and keeps the rest to be corrected. */
const addSources = async (screen: ScreenModel): Promise<void> => {
	const draft = openDraft(screen);
	if (draft === undefined) return;
	if (isBlank(draft)) {
		screen.ui.dispatch({type: 'close'});
		return;
	}

	put(screen, {...draft, isBusy: true});
	const unseen = unseenReferences(screen.adding.getState().lines);
	await screen.adding.settled();
	const lines = screen.adding.getState().lines.map(line => withRequests(line, draft));
	if (lines.some(({line, requests}) => requests.length > 0 && unseen.has(line))) {
		// Nobody adds an album without having seen what it is.
		put(screen, draft);
		if (topOverlay(screen.ui.getState())?.type === 'add') say(screen, 'info', 'Enter adds what is shown');
		return;
	}

	const asked = askedFor(lines, draft);
	if (asked.length === 0) {
		put(screen, draft);
		say(screen, 'warning', `nothing can be added: ${lines.find(({problem}) => problem !== undefined)?.problem ?? ''}`);
		return;
	}

	const sum = await sendAll(screen, asked);
	if (sum === undefined) {
		put(screen, draft);
		screen.adding.refresh();
		return;
	}

	const words = addedWords(sum.added, sum.known);
	if (sum.isStopped) {
		put(screen, draft);
		screen.adding.refresh();
		say(screen, 'warning', `stopped: ${words}; the rest is still here`);
		return;
	}

	const left = leftLines(lines, sum.bad);
	if (left.length > 0) {
		put(screen, {...movedTo(draft, 'source'), text: '', lines: left});
		const stay =
			left.length === 1 ? '1 line that cannot be stays here' : `${left.length} lines that cannot be stay here`;
		say(screen, 'warning', `${words}; ${stay}`);
		return;
	}

	screen.adding.note(emptyDraft);
	closeAdding(screen);
	const back = sum.added > 0 ? '; mark and cancel them to take them back' : '';
	say(screen, sum.added > 0 ? 'info' : 'warning', words + back);
};

/** References that nobody has seen yet for what they stand for. */
const unseenReferences = (lines: readonly CheckedLine[]): ReadonlySet<string> =>
	new Set(lines.flatMap(({line, previews}) => (previews === undefined && isReference(line) ? [line] : [])));

/** A request with the line that it comes from, and the batch that it goes to. */
type Asked = {readonly request: AddRequest; readonly place: number; readonly batch: string};

/** What the field says is the batch of all; else what catalogs call theirs. */
const askedFor = (lines: readonly CheckedLine[], draft: Draft): readonly Asked[] => {
	const said = cleanText(movedTo(draft, 'source').fields.batch);
	const manner = mannerOf(draft);
	return lines.flatMap(({requests, batches}, place) => {
		const titles = batches?.flatMap(({title = '', count}) => Array.from({length: count}, () => title));
		return requests.map((request, index) => ({
			request: titles === undefined ? request : withManner(request, manner),
			place,
			batch: said === '' ? (titles?.[index] ?? '') : said,
		}));
	});
};

type Sum = {
	readonly added: number;
	readonly known: number;
	readonly bad: ReadonlyArray<{readonly place: number; readonly source: string}>;
	readonly isStopped: boolean;
};

/** Sends one addition for each batch. Undefined where one was refused, which has been told. */
const sendAll = async (screen: ScreenModel, asked: readonly Asked[]): Promise<Sum | undefined> => {
	let sum: Sum = {added: 0, known: 0, bad: [], isStopped: false};
	for (const [batch, members] of Map.groupBy(asked, one => one.batch)) {
		const result = await send(screen, {
			type: 'add',
			requests: members.map(({request}) => request),
			skipBad: true,
			...(batch === '' ? {} : {batch}),
		});
		if (result === undefined || !result.ok) return undefined;
		const bad = (result.bad ?? []).flatMap(({index}) => {
			const one = members[index];
			return one === undefined ? [] : [{place: one.place, source: one.request.source}];
		});
		sum = {
			added: sum.added + result.changed.length,
			known: sum.known + (result.duplicates?.length ?? 0),
			bad: [...sum.bad, ...bad],
			isStopped: result.isStopped === true,
		};
		if (sum.isStopped) break;
	}

	return sum;
};

/** Where nobody has answered what a line is, it is asked for as it was written. */
const withRequests = (line: CheckedLine, draft: Draft): CheckedLine => {
	if (line.previews !== undefined) return line;
	const made = expand(line.line, mannerOf(draft));
	return 'requests' in made ? {...line, requests: made.requests} : {...line, problem: made.problem};
};

/** What was not added, as lines to be corrected: of a list, the sources that were bad. */
const leftLines = (lines: readonly CheckedLine[], bad: Sum['bad']): readonly string[] => {
	const badOf = Map.groupBy(bad, ({place}) => place);
	return lines.flatMap((line, place) => {
		if (line.problem !== undefined) return [line.line];
		const sources = badOf.get(place)?.map(({source}) => source);
		return sources === undefined ? [] : line.isList ? sources : [line.line];
	});
};

// Something else may have been opened while the engine worked.
const closeAdding = (screen: ScreenModel): void => {
	if (topOverlay(screen.ui.getState())?.type === 'add') screen.ui.dispatch({type: 'close'});
	else screen.ui.dispatch({type: 'update', overlay: {...emptyDraft, type: 'add'}});
};
