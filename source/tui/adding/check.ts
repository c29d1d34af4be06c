import {createRepeatMarker, type RepeatMarker, type SourcePreview} from '../../domain/preview.ts';
import type {AddRequest, Engine} from '../../engine/ports.ts';
import {linesOf, typedLine, type Draft} from './draft.ts';
import {expand, isReference, looksLikePath, mannerOf, withManner, type Expanded, type Manner} from './expand.ts';
import {shownOrder, tallyOf, type CheckedLine, type LineBatch, type Tally} from './verdict.ts';

/** The path as it is anywhere, for one that is written in the person's folder. */
export type AbsolutePath = (path: string) => string;

/** What is known of the draft. */
export type Checked = {
	readonly lines: readonly CheckedLine[];
	/** Places in `lines` as they are shown. */
	readonly order: readonly number[];
	readonly tally: Tally;
	/** Why nobody could be asked. */
	readonly problem: string | undefined;
};

export const nothingChecked: Checked = {lines: [], order: [], tally: tallyOf([]), problem: undefined};

export type Checker = {
	getState(): Checked;
	subscribe(onChange: () => void): () => void;
	/** The draft to know about from now on. What is typed is asked about when typing rests, what is pasted at once. */
	follow(draft: Draft): void;
	/** Asks again about all of it: the queue has changed. */
	refresh(): void;
	/** Resolves when everything about the draft that was followed last is known, or nobody answers. */
	settled(): Promise<void>;
	close(): void;
};

/** How long typing rests before the engine is asked. */
const typingPause = 120;

/** The same before a catalog is, which asks a service: an id of half its digits is another album. */
const referencePause = 700;

/** Requests of one question: answered within milliseconds, so that the screen stays live in between. */
const pieceSize = 500;

/** Makes previews of the draft, asks only for lines that are new in it, and drops answers for what is not there any more. */
export const createChecker = (engine: Pick<Engine, 'preview' | 'expand'>, absolutePath: AbsolutePath): Checker => {
	const listeners = new Set<() => void>();
	let state = nothingChecked;
	let draft: Draft | undefined;
	let wantedKey = '';
	/** Answers by line, of this manner. */
	let answers = new Map<string, Answer>();
	let answersOf = '';
	/** Grows when another answer about pasted lines is there. */
	let version = 0;
	let timer: NodeJS.Timeout | undefined;
	let running: Promise<void> | undefined;
	let isAskedAgain = false;
	let generation = 0;
	let isClosed = false;
	/** The line that a catalog is asked about. */
	let asking: {readonly line: string; readonly abort: AbortController} | undefined;

	const publish = (next: Checked): void => {
		state = next;
		for (const listener of listeners) listener();
	};

	/** The pasted lines as they were checked last: typing one more line does not go through them again. */
	let checkedPaste: CheckedPaste | undefined;
	const picture = (of: Draft, problem?: string): Checked => {
		if (checkedPaste?.lines !== of.lines || checkedPaste.version !== version) {
			checkedPaste = checkPaste(of.lines, answers, version);
		}

		const typed = typedLine(of);
		const lines =
			typed === ''
				? checkedPaste.checked
				: [...checkedPaste.checked, checkedLine(typed, answers.get(typed), checkedPaste.repeats.judge)];
		return {lines, order: shownOrder(lines), tally: tallyOf(lines), problem};
	};

	const useManner = ({key}: Manner): void => {
		if (answersOf === key) return;
		answersOf = key;
		answers = new Map();
		version++;
	};

	const work = async (): Promise<void> => {
		while (draft !== undefined && !isClosed) {
			const started = generation;
			const manner = mannerOf(draft);
			const lines = linesOf(draft);
			useManner(manner);
			const isCurrent = (): boolean => started === generation && !isClosed;
			let problem: string | undefined;
			try {
				let pieces = 0;
				for (const piece of piecesOf(lines, answers, manner)) {
					await askAbout(piece, answers, manner);
					if (!isCurrent()) break;
					// Ever more rarely: each picture of a long list goes through all of it.
					if ((++pieces & (pieces - 1)) === 0) publish(picture(draft));
				}

				// Services take their time: what they are not needed for is known before.
				for (const line of new Set(lines)) {
					if (!isCurrent()) break;
					if (answers.has(line)) continue;
					publish(picture(draft));
					await askCatalog(line, answers, manner);
				}
			} catch (error) {
				problem = error instanceof Error ? error.message : String(error);
			}

			if (!isCurrent()) continue;
			// What is not in the draft any more is forgotten.
			const present = new Set(lines);
			for (const line of answers.keys()) if (!present.has(line)) answers.delete(line);
			publish(picture(draft, problem));
			return;
		}
	};

	const askAbout = async (lines: readonly string[], into: Map<string, Answer>, manner: Manner): Promise<void> => {
		const expanded = lines.map(line => ({line, made: expand(line, manner), isList: false}));
		const rows = (await preview(expanded.flatMap(({made}) => requestsIn(made)))).values();
		for (const {line, made} of expanded) {
			const previews = requestsIn(made).flatMap(() => rows.next().value ?? []);
			const isRefused = previews.length === 1 && previews[0]?.type === 'bad';
			if (!isRefused || !(looksLikePath(line) || isReference(line)))
				answer(line, {made, previews, isList: false}, into);
		}
	};

	const answer = (line: string, found: Answer, into: Map<string, Answer>): void => {
		into.set(line, found);
		if (line !== (draft === undefined ? '' : typedLine(draft))) version++;
	};

	/** What a line stands for that no provider takes as it is. */
	const askCatalog = async (line: string, into: Map<string, Answer>, manner: Manner): Promise<void> => {
		const abort = new AbortController();
		asking = {line, abort};
		const {provider} = manner.common;
		const found = await engine.expand(looksLikePath(line) ? absolutePath(line) : line, {
			signal: abort.signal,
			...(provider === undefined ? {} : {provider}),
		});
		asking = undefined;
		if (!found.ok) {
			// Nobody wants to know any more, or a person has stopped it: then it is asked about again when something changes.
			if (!abort.signal.aborted) answer(line, {made: {problem: found.message}, previews: [], isList: true}, into);
			return;
		}

		const requests = found.groups.flatMap(group => group.requests.map(request => withManner(request, manner)));
		const batches = found.groups.map(({title, requests: {length: count}}) => ({title, count}));
		const previews = await preview(requests);
		const isEmpty = requests.length === 0;
		const made: Expanded = isEmpty ? {problem: found.leftOut[0]?.why ?? 'there is nothing in it'} : {requests};
		answer(line, {made, previews, isList: true, batches, leftOut: found.leftOut.length}, into);
	};

	const preview = async (requests: readonly AddRequest[]): Promise<readonly SourcePreview[]> => {
		const rows: SourcePreview[] = [];
		for (let from = 0; from < requests.length; from += pieceSize) {
			rows.push(...(await engine.preview(requests.slice(from, from + pieceSize))));
		}

		return rows;
	};

	const wake = (): void => {
		clearTimeout(timer);
		timer = undefined;
		if (isClosed) return;
		isAskedAgain = running !== undefined;
		running ??= work().finally(() => {
			running = undefined;
			// Between the last look at the draft and now it may have changed.
			if (isAskedAgain) wake();
		});
	};

	return {
		getState: () => state,
		subscribe(onChange) {
			listeners.add(onChange);
			return () => listeners.delete(onChange);
		},
		follow(next) {
			const isPaste = next.lines !== draft?.lines;
			const manner = mannerOf(next);
			const key = `${manner.key}\n${typedLine(next)}`;
			const isSame = !isPaste && key === wantedKey;
			draft = next;
			if (isSame) return;
			wantedKey = key;
			generation++;
			if (asking !== undefined && !linesOf(next).includes(asking.line)) asking.abort.abort();
			useManner(manner);
			publish(picture(next));
			if (isPaste) wake();
			else {
				clearTimeout(timer);
				timer = setTimeout(wake, isReference(typedLine(next)) ? referencePause : typingPause);
			}
		},
		refresh() {
			answers = new Map();
			version++;
			generation++;
			wake();
		},
		async settled() {
			if (timer !== undefined) wake();
			while (running !== undefined) await running;
		},
		close() {
			isClosed = true;
			asking?.abort.abort();
			clearTimeout(timer);
			listeners.clear();
		},
	};
};

/** What was answered about a line. */
type Answer = {
	readonly made: Expanded;
	readonly previews: readonly SourcePreview[];
	readonly isList: boolean;
	readonly batches?: readonly LineBatch[];
	readonly leftOut?: number;
};

const requestsIn = (made: Expanded): readonly AddRequest[] => ('requests' in made ? made.requests : []);

/** Lines that nobody was asked about yet, each once, in pieces of so many requests. */
const piecesOf = function* (
	lines: readonly string[],
	answers: ReadonlyMap<string, Answer>,
	{episodes, common}: Manner,
): Generator<readonly string[]> {
	const most = Math.max(1, Math.floor(pieceSize / Math.max(1, episodes?.length ?? 1)));
	let piece: string[] = [];
	for (const line of new Set(lines)) {
		// Where nobody has said who fetches it, an album is meant and not the page that shows it.
		if (answers.has(line) || (isReference(line) && common.provider === undefined)) continue;
		piece.push(line);
		if (piece.length < most) continue;
		yield piece;
		piece = [];
	}

	if (piece.length > 0) yield piece;
};

type CheckedPaste = {
	readonly lines: readonly string[];
	readonly version: number;
	readonly checked: readonly CheckedLine[];
	readonly repeats: RepeatMarker;
};

const checkPaste = (lines: readonly string[], answers: ReadonlyMap<string, Answer>, version: number): CheckedPaste => {
	const repeats = createRepeatMarker();
	return {
		lines,
		version,
		checked: lines.map(line => checkedLine(line, answers.get(line), repeats.mark)),
		repeats,
	};
};

const checkedLine = (line: string, answer: Answer | undefined, mark: RepeatMarker['mark']): CheckedLine => {
	if (answer === undefined) return {line, requests: [], previews: undefined, problem: undefined, isList: false};
	const {made, previews, isList, batches, leftOut = 0} = answer;
	return 'problem' in made
		? {line, requests: [], previews: [], problem: made.problem, isList}
		: {line, requests: made.requests, previews: mark(previews), problem: undefined, isList, batches, leftOut};
};
