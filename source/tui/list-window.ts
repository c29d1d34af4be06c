import type {JobView} from '../domain/job.ts';
import type {Engine, JobPage, JobQuery} from '../engine/ports.ts';
import {rowOfJob, type PaneRow} from './rows.ts';

/** The part of a list that is held: a few pages around the cursor, whatever the length of the list. */
export type ListState = {
	readonly rows: readonly PaneRow[];
	/** Number of the first held row. Counted from 0 at the top, or from -1 upwards when the window came from the end. */
	readonly base: number;
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
	/** Makes sure that there are rows around this row number, as far as the list has them. */
	reach(row: number): void;
	/** From the first row on, or from the last one up. */
	jump(to: 'top' | 'end'): void;
	/** Another filter: starts from the top. */
	setText(text: string): void;
	/** Resolves when nothing is being read any more. */
	settled(): Promise<void>;
	close(): void;
};

/** Rows of a page: more than any terminal has, so that a page down never waits for two. */
export const pageRows = 100;
/** Pages that are held; the farthest from the cursor are let go. */
const mostPages = 4;

const empty: ListState = {
	rows: [],
	base: 0,
	isAtTop: true,
	isAtEnd: true,
	isLoading: true,
	problem: undefined,
};

type Held = {readonly after: string | undefined; readonly rows: readonly JobView[]; readonly next: string | undefined};

/**
 * A window on a list of any length, read in keyset pages. The engine's cursors lead only forwards, so the window keeps the
 * cursors of the pages it came through; the end is reached by reading the list backwards.
 */
export const createListWindow = (engine: Engine, query: JobQuery): ListWindow => {
	const listeners = new Set<() => void>();
	let state = empty;
	let text = '';
	/** Whether pages are read against the direction of the query, from the end. */
	let isReversed = false;
	/** Pages in the order of reading; `passed` cursors lead to the pages before the first held one. */
	let pages: readonly Held[] = [];
	let passed: ReadonlyArray<{readonly after: string | undefined; readonly count: number}> = [];
	let isStale = true;
	let wanted: number | undefined;
	let running: Promise<void> | undefined;
	/** Grows with each new start; answers of an older one are thrown away. */
	let generation = 0;
	let isClosed = false;

	const read = (after: string | undefined): Promise<JobPage> =>
		engine.list({
			...query,
			...(text === '' ? {} : {text}),
			limit: pageRows,
			isDescending: (query.isDescending ?? false) !== isReversed,
			...(after === undefined ? {} : {after}),
		});
	const publish = (change: Partial<ListState> = {}): void => {
		const before = passed.reduce((sum, page) => sum + page.count, 0);
		const rows = pages.flatMap(page => page.rows).map(rowOfJob);
		const hasMore = pages.at(-1)?.next !== undefined;
		state = {
			...state,
			rows: isReversed ? rows.toReversed() : rows,
			base: isReversed ? -before - rows.length : before,
			isAtTop: isReversed ? !hasMore : passed.length === 0,
			isAtEnd: isReversed ? passed.length === 0 : !hasMore,
			isLoading: false,
			problem: undefined,
			...change,
		};
		for (const listener of listeners) listener();
	};
	const reread = async (isCurrent: () => boolean): Promise<void> => {
		const fresh: Held[] = [];
		let after = pages[0]?.after;
		const most = Math.max(1, pages.length);
		while (fresh.length < most) {
			const page = await read(after);
			if (!isCurrent()) return;
			fresh.push({after, ...page});
			if (page.next === undefined) break;
			after = page.next;
		}

		// The rows before were taken away: what is left is shown from its start.
		if (fresh[0]?.rows.length === 0 && passed.length > 0) {
			passed = [];
			pages = [];
			isStale = true;
			return;
		}

		pages = fresh;
		publish();
	};
	const extendOn = async (isCurrent: () => boolean): Promise<void> => {
		const after = pages.at(-1)?.next;
		if (after === undefined) return;
		const page = await read(after);
		if (!isCurrent()) return;
		pages = [...pages, {after, ...page}];
		const [first] = pages;
		if (pages.length > mostPages && first !== undefined) {
			passed = [...passed, {after: first.after, count: first.rows.length}];
			pages = pages.slice(1);
		}

		publish();
	};
	const extendBack = async (isCurrent: () => boolean): Promise<void> => {
		const last = passed.at(-1);
		if (last === undefined) return;
		const page = await read(last.after);
		if (!isCurrent()) return;
		passed = passed.slice(0, -1);
		pages = [{after: last.after, ...page}, ...pages].slice(0, mostPages);
		publish();
	};
	const lack = (): 'on' | 'back' | undefined => {
		if (wanted === undefined) return undefined;
		const index = wanted - state.base;
		const margin = pageRows / 2;
		if (index >= state.rows.length - margin && !state.isAtEnd) return isReversed ? 'back' : 'on';
		if (index < margin && !state.isAtTop) return isReversed ? 'on' : 'back';
		return undefined;
	};
	const work = async (): Promise<void> => {
		while (!isClosed) {
			const started = generation;
			const isCurrent = (): boolean => !isClosed && generation === started;
			const direction = isStale ? undefined : lack();
			if (!isStale && direction === undefined) return;
			try {
				if (isStale) {
					isStale = false;
					await reread(isCurrent);
				} else if (direction === 'on') await extendOn(isCurrent);
				else await extendBack(isCurrent);
			} catch (error) {
				if (!isCurrent()) continue;
				wanted = undefined;
				publish({problem: `cannot read the queue: ${error instanceof Error ? error.message : String(error)}`});
				return;
			}
		}
	};
	const wake = (): void => {
		if (isClosed || running !== undefined) return;
		running = work().finally(() => {
			running = undefined;
			// What was asked for in the very last moment.
			if (isStale && state.problem === undefined) wake();
		});
	};
	const restart = (): void => {
		generation++;
		pages = [];
		passed = [];
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
		reach(row) {
			wanted = row;
			if (lack() !== undefined) wake();
		},
		jump(to) {
			const isThere = to === 'top' ? state.isAtTop : state.isAtEnd;
			if (isThere && pages.length > 0) return;
			isReversed = to === 'end';
			restart();
		},
		setText(next) {
			if (next === text) return;
			text = next;
			isReversed = false;
			restart();
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
