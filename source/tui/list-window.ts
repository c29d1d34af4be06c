import type {Engine} from '../engine/ports.ts';
import {add, hasRow, nearest, numbersOf, shiftOf} from './list-places.ts';
import {isEqual, readRows, sameRows, type ListQuery, type RowPage} from './list-rows.ts';
import type {PaneRow} from './rows.ts';

/** The part of a list that is held: a few pages around the cursor, whatever the length of the list. */
export type ListState = {
	readonly rows: readonly PaneRow[];
	/**
	 * Place of the first held row. Places are counted from where reading began; a row keeps its place as long as it is
	 * held, also when rows before it come or go.
	 */
	readonly base: number;
	/** Number of the first held row in the whole list, from 0, where it is known. */
	readonly first: number | undefined;
	/** Rows of the whole list, where they are known. */
	readonly total: number | undefined;
	readonly isAtTop: boolean;
	readonly isAtEnd: boolean;
	readonly isLoading: boolean;
	/** Why the list could not be read, where it could not. */
	readonly problem: string | undefined;
};

export type ListWindow = {
	getState(): ListState;
	subscribe(onChange: () => void): () => void;
	/** Reads the held pages again: the queue has changed. */
	refresh(): void;
	/** Makes sure that there are rows around this place, as far as the list has them. */
	reach(place: number): void;
	/** Starts anew at the first row, at the last one, or at the row with this number, from 0. */
	jump(to: 'top' | 'end' | number): void;
	/** What is listed. Another filter or order starts from the top; folding keeps the place. */
	show(query: ListQuery): void;
	/** Resolves when nothing is being read any more. */
	settled(): Promise<void>;
	close(): void;
};

/** Rows of a page: more than any terminal has, so that a page down never waits for two. */
export const pageRows = 100;
/** Pages that are held; the farthest from the cursor are let go. */
const mostPages = 4;
/** Numbers that cost a walk along an index are asked for with every so many changes of the queue. */
const changesPerNumber = 16;

const empty: ListState = {
	rows: [],
	base: 0,
	first: undefined,
	total: undefined,
	isAtTop: true,
	isAtEnd: true,
	isLoading: true,
	problem: undefined,
};

/** A window on a list of any length, read in keyset pages, forwards and backwards. */
export const createListWindow = (engine: Engine, initial: ListQuery): ListWindow => {
	const listeners = new Set<() => void>();
	let query = initial;
	let state = empty;
	/** In the order of the list, without a gap between them. */
	let pages: readonly RowPage[] = [];
	/** Where a new start begins. */
	let start: 'top' | 'end' | number = 'top';
	let isStale = true;
	let wanted: number | undefined;
	let running: Promise<void> | undefined;
	/** Grows with each new start; answers of an older one are thrown away. */
	let generation = 0;
	let changes = 0;
	/** Folding changes the numbers of all rows below. */
	let hasFolded = false;
	let isClosed = false;

	const publish = (next: readonly RowPage[], change: Partial<ListState> = {}): void => {
		pages = next;
		const rows = next.flatMap(page => page.rows);
		state = {
			...state,
			rows,
			isAtTop: next[0]?.previous === undefined,
			isAtEnd: next.at(-1)?.next === undefined,
			isLoading: false,
			problem: undefined,
			...change,
		};
		for (const listener of listeners) listener();
	};

	const begin = async (isCurrent: () => boolean): Promise<void> => {
		// Rows before the wanted one are shown above it.
		const from = typeof start === 'number' ? Math.max(0, start - Math.floor(pageRows / 2)) : start;
		const page = await readRows(engine, query, {
			limit: pageRows,
			isNumbered: true,
			...(from === 'top' || from === 0 ? {} : {from}),
		});
		if (!isCurrent()) return;
		const numbers = numbersOf(page);
		const base = numbers.first ?? (start === 'end' ? -page.rows.length : typeof from === 'number' ? from : 0);
		publish([page], {base, ...numbers});
	};

	/** So many pages from a place on, or from the top. */
	const readPages = async (
		after: string | undefined,
		count: number,
		isNumbered: boolean,
		isCurrent: () => boolean,
	): Promise<readonly RowPage[]> => {
		const fresh: RowPage[] = [];
		let place = after;
		do {
			const range = {limit: pageRows, ...(place === undefined ? {} : {after: place})};
			fresh.push(await readRows(engine, query, {...range, isNumbered: isNumbered && fresh.length === 0}));
			place = fresh.at(-1)?.next;
		} while (isCurrent() && fresh.length < count && place !== undefined);

		return fresh;
	};

	const reread = async (isCurrent: () => boolean): Promise<void> => {
		const near = nearest(pages, state.base, wanted ?? state.base, pageRows);
		const [first] = near.pages;
		const old = near.pages.flatMap(page => page.rows);
		const base = state.base + near.passed;
		const isFromTop = first?.previous === undefined;
		changes++;
		// At the top of a plain list they cost nothing.
		const isFree = isFromTop && query.list.isGrouped !== true;
		const isNumbered = isFree || hasFolded || state.first === undefined || changes % changesPerNumber === 0;
		hasFolded = false;
		let fresh = await readPages(first?.previous, near.pages.length, isNumbered, isCurrent);
		if (!isCurrent()) return;
		// The wanted row is not at the top any more: more has come before it than was read.
		const key = old[(wanted ?? base) - base]?.key;
		if (isFromTop && first?.here !== undefined && key !== undefined && !hasRow(fresh, key)) {
			const pushed = await readPages(first.here, near.pages.length, true, isCurrent);
			if (!isCurrent()) return;
			if (hasRow(pushed, key)) fresh = pushed;
		}

		// All from here on was taken away: what is left stands before it.
		const before = fresh[0]?.rows.length === 0 ? fresh[0].previous : undefined;
		if (before !== undefined) {
			const page = await readRows(engine, query, {limit: pageRows, before, isNumbered: true});
			if (!isCurrent()) return;
			publish([page], {base: base - page.rows.length, ...numbersOf(page)});
			return;
		}

		const kept = sameRows(fresh, old);
		const shift = shiftOf(
			old,
			kept.flatMap(page => page.rows),
			(wanted ?? base) - base,
		);
		const isAtTop = kept[0]?.previous === undefined;
		const guessed = {first: isAtTop ? 0 : add(state.first, near.passed), total: state.total};
		publish(kept, {base: base + shift, ...(kept[0]?.numbers ?? guessed)});
	};

	const extend = async (direction: 'on' | 'back', isCurrent: () => boolean): Promise<void> => {
		const after = pages.at(-1)?.next;
		const before = pages[0]?.previous;
		const place = direction === 'on' ? {after} : {before};
		if ((direction === 'on' ? after : before) === undefined) return;
		const page = await readRows(engine, query, {limit: pageRows, ...(place as {after?: string; before?: string})});
		if (!isCurrent()) return;
		if (direction === 'on') {
			const all = [...pages, page];
			const gone = all.length > mostPages ? (all[0]?.rows.length ?? 0) : 0;
			publish(all.slice(-mostPages), {
				base: state.base + gone,
				first: add(state.first, gone),
			});
			return;
		}

		const added = page.rows.length;
		const first = page.previous === undefined ? 0 : add(state.first, -added);
		publish([page, ...pages].slice(0, mostPages), {base: state.base - added, first});
	};

	const lack = (): 'on' | 'back' | undefined => {
		if (wanted === undefined) return undefined;
		const index = wanted - state.base;
		const margin = pageRows / 2;
		if (index >= state.rows.length - margin && !state.isAtEnd) return 'on';
		if (index < margin && !state.isAtTop) return 'back';
		return undefined;
	};
	const isIdle = (): boolean => !isStale && lack() === undefined;
	const work = async (): Promise<void> => {
		while (!isClosed && !isIdle()) {
			const started = generation;
			const isCurrent = (): boolean => !isClosed && generation === started;
			const direction = lack();
			try {
				if (isStale) {
					isStale = false;
					await (pages.length === 0 ? begin(isCurrent) : reread(isCurrent));
				} else if (direction !== undefined) await extend(direction, isCurrent);
			} catch (error) {
				if (!isCurrent()) continue;
				wanted = undefined;
				const problem = `cannot read the queue: ${error instanceof Error ? error.message : String(error)}`;
				publish(pages, {problem});
				return;
			}
		}
	};
	const wake = (): void => {
		if (isClosed || running !== undefined || isIdle()) return;
		running = work().finally(() => {
			running = undefined;
			// What was asked for in the very last moment.
			if (isStale && state.problem === undefined) wake();
		});
	};
	const restart = (from: typeof start): void => {
		generation++;
		start = from;
		pages = [];
		wanted = undefined;
		isStale = true;
		// What is held still stands there, but the cursor waits for what comes.
		state = {...state, isLoading: true, problem: undefined};
		wake();
	};
	wake();
	return {
		getState: () => state,
		subscribe(onChange) {
			listeners.add(onChange);
			return () => listeners.delete(onChange);
		},
		refresh() {
			isStale = true;
			wake();
		},
		reach(place) {
			wanted = place;
			wake();
		},
		jump(to) {
			const isThere = to === 'top' ? state.isAtTop : to === 'end' && state.isAtEnd;
			if (!isThere || pages.length === 0) restart(to);
		},
		show(next) {
			const isSameList = isEqual(next.list, query.list);
			if (isSameList && next.open === query.open) return;
			query = next;
			if (isSameList && pages.length > 0) {
				generation++;
				isStale = true;
				hasFolded = true;
				wake();
			} else restart('top');
		},
		async settled() {
			while (running !== undefined) await running;
		},
		close() {
			isClosed = true;
			listeners.clear();
		},
	};
};
