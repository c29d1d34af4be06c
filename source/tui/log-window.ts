import type {JobId} from '../domain/job.ts';
import type {Engine, LogPage, LogRange} from '../engine/ports.ts';

/** The part of a job's log that is held: a few pages, whatever the length of the log. */
export type LogState = {
	readonly lines: readonly string[];
	/** Number of the first held line. Lines keep their number while the log is open; only their order means something. */
	readonly base: number;
	readonly isAtStart: boolean;
	readonly isAtEnd: boolean;
	readonly isLoading: boolean;
	/** Why the log could not be read, where it could not. */
	readonly problem: string | undefined;
};

export type LogWindow = {
	getState(): LogState;
	subscribe(onChange: () => void): () => void;
	/** The job whose log is read from now on, from its end; undefined for none. */
	open(id: JobId | undefined): void;
	/** The log may have grown. What is held stays where somebody reads it; who follows the end gets the newest. */
	refresh(isFollowing: boolean): void;
	/** Makes sure that there are lines around these numbers, as far as the log has them. */
	reach(first: number, last: number): void;
	jump(to: 'start' | 'end'): void;
	/** The number of the next line that matches among those that are held, from `after` on (itself left out). */
	findHeld(matches: (line: string) => boolean, after: number, direction: 1 | -1): number | undefined;
	/**
	 * The same in the rest of the log, beyond what is held in this direction; what is around it is held then.
	 * `superseded`: something else was asked for meanwhile.
	 */
	findBeyond(matches: (line: string) => boolean, direction: 1 | -1): Promise<number | 'nowhere' | 'superseded'>;
	/** Resolves when nothing is being read any more. */
	settled(): Promise<void>;
	close(): void;
};

/** Lines of a page; with 10,000 new lines a second, four pages a second keep up. */
export const logPageLines = 2500;
/** Lines that are looked through at once: the most that an answer has. */
const searchLines = 10_000;
/** More lines are not held; the farthest from those that are read are let go. */
const mostHeld = 4 * logPageLines;
/** Lines that are read ahead of the one that was asked for. */
const margin = 500;

const nothing: LogState = {
	lines: [],
	base: 0,
	isAtStart: true,
	isAtEnd: true,
	isLoading: false,
	problem: undefined,
};

/** A window on a log of any length, read in pages by the places that the pages themselves name. */
export const createLogWindow = (engine: Engine): LogWindow => {
	const listeners = new Set<() => void>();
	let id: JobId | undefined;
	let state = nothing;
	let pages: readonly LogPage[] = [];
	let base = 0;
	let isAtStart = true;
	let isAtEnd = true;
	/** Where to begin anew, if somebody asked for that. */
	let jump: 'start' | 'end' | undefined;
	let mayHaveGrown = false;
	let isFollowing = true;
	let wanted: {readonly first: number; readonly last: number} | undefined;
	let running: Promise<void> | undefined;
	/** Grows when everything that is under way has become pointless. */
	let generation = 0;
	let isClosed = false;

	const read = (range: LogRange): Promise<LogPage> => engine.readLog(id as JobId, range);
	const count = (): number => pages.reduce((sum, page) => sum + page.lines.length, 0);
	const publish = (change: Partial<LogState> = {}): void => {
		const lines = pages.length === 1 ? (pages[0]?.lines ?? []) : pages.flatMap(page => page.lines);
		state = {lines, base, isAtStart, isAtEnd, isLoading: false, problem: undefined, ...change};
		for (const listener of listeners) listener();
	};

	const begin = async (to: 'start' | 'end', isCurrent: () => boolean): Promise<void> => {
		const page = await read(to === 'end' ? {tail: logPageLines} : {from: 0, limit: logPageLines});
		if (!isCurrent()) return;
		const isWhole = page.lines.length < logPageLines;
		// Numbers only have to grow downwards: far apart from those before, so that no old one means a new line.
		base += to === 'end' ? count() + 1 : -page.lines.length - 1;
		pages = [page];
		isAtStart = to === 'start' || isWhole;
		isAtEnd = to === 'end' || isWhole;
		publish();
	};

	const extendOn = async (isCurrent: () => boolean): Promise<void> => {
		const last = pages.at(-1);
		if (last === undefined) return begin('end', isCurrent);
		const page = await read({from: last.next, limit: logPageLines});
		if (!isCurrent()) return;
		isAtEnd = page.lines.length < logPageLines;
		if (page.lines.length > 0) pages = merged(pages, page);
		while (count() - (pages[0]?.lines.length ?? 0) >= mostHeld) {
			base += pages[0]?.lines.length ?? 0;
			pages = pages.slice(1);
			isAtStart = false;
		}

		if (page.lines.length > 0 || state.isLoading) publish();
	};

	const extendBack = async (isCurrent: () => boolean): Promise<void> => {
		const [first] = pages;
		if (first === undefined) return;
		const page = await read({before: first.from, limit: logPageLines});
		if (!isCurrent()) return;
		isAtStart = page.lines.length < logPageLines;
		base -= page.lines.length;
		if (page.lines.length > 0) pages = [page, ...pages];
		while (count() - (pages.at(-1)?.lines.length ?? 0) >= mostHeld) {
			pages = pages.slice(0, -1);
			isAtEnd = false;
		}

		publish();
	};

	/** Takes what is new at the end. Who cannot be followed any more is left behind: the newest lines are what counts. */
	const grow = async (isCurrent: () => boolean): Promise<void> => {
		if (!isAtEnd) return isFollowing ? begin('end', isCurrent) : undefined;
		if (!isFollowing && count() >= mostHeld) {
			isAtEnd = false;
			return;
		}

		await extendOn(isCurrent);
		if (isCurrent() && !isAtEnd && isFollowing) await begin('end', isCurrent);
	};

	const lack = (): 'on' | 'back' | undefined => {
		if (wanted === undefined || pages.length === 0) return undefined;
		if (wanted.first - base < margin && !isAtStart) return 'back';
		return wanted.last - base >= count() - margin && !isAtEnd ? 'on' : undefined;
	};

	const step = async (isCurrent: () => boolean): Promise<boolean> => {
		if (jump !== undefined) {
			const to = jump;
			jump = undefined;
			await begin(to, isCurrent);
		} else if (mayHaveGrown) {
			mayHaveGrown = false;
			await grow(isCurrent);
		} else {
			const direction = lack();
			if (direction === undefined) return false;
			await (direction === 'on' ? extendOn(isCurrent) : extendBack(isCurrent));
		}

		return true;
	};

	const work = async (): Promise<void> => {
		while (!isClosed && id !== undefined) {
			const started = generation;
			const isCurrent = (): boolean => !isClosed && generation === started;
			try {
				if (!(await step(isCurrent))) return;
			} catch (error) {
				if (!isCurrent()) continue;
				wanted = undefined;
				publish({problem: error instanceof Error ? error.message : String(error)});
				return;
			}
		}
	};

	const wake = (): void => {
		if (isClosed || running !== undefined) return;
		running = work().finally(() => {
			running = undefined;
			// What was asked for in the very last moment.
			if ((jump !== undefined || mayHaveGrown) && state.problem === undefined) wake();
		});
	};

	/** Looks page by page through what is not held, and holds the page where it was found. */
	const findBeyond: LogWindow['findBeyond'] = async (matches, direction) => {
		const started = ++generation;
		const isCurrent = (): boolean => !isClosed && generation === started;
		let edge = direction === 1 ? pages.at(-1) : pages[0];
		let number = direction === 1 ? base + count() : base;
		while (edge !== undefined && isCurrent()) {
			const page: LogPage = await read(
				direction === 1 ? {from: edge.next, limit: searchLines} : {before: edge.from, limit: searchLines},
			);
			if (!isCurrent()) return 'superseded';
			if (page.lines.length === 0) return 'nowhere';
			if (direction === -1) number -= page.lines.length;
			const found = searched(page.lines, matches, direction === 1 ? -1 : page.lines.length, direction);
			if (found !== -1) {
				pages = [page];
				base = number;
				isAtStart = direction === -1 && page.lines.length < searchLines;
				isAtEnd = direction === 1 && page.lines.length < searchLines;
				publish();
				return base + found;
			}

			if (direction === 1) number += page.lines.length;
			edge = page;
		}

		return isCurrent() ? 'nowhere' : 'superseded';
	};

	return {
		getState: () => state,
		subscribe(onChange) {
			listeners.add(onChange);
			return () => listeners.delete(onChange);
		},
		open(next) {
			if (next === id) return;
			id = next;
			generation++;
			pages = [];
			wanted = undefined;
			mayHaveGrown = false;
			isFollowing = true;
			jump = next === undefined ? undefined : 'end';
			state = {...nothing, isLoading: next !== undefined};
			wake();
		},
		refresh(isEndFollowed) {
			isFollowing = isEndFollowed;
			mayHaveGrown = id !== undefined;
			wake();
		},
		reach(first, last) {
			wanted = {first, last};
			if (lack() !== undefined) wake();
		},
		jump(to) {
			const isThere = to === 'start' ? isAtStart : isAtEnd;
			if (isThere) return;
			generation++;
			wanted = undefined;
			jump = to;
			wake();
		},
		findHeld(matches, after, direction) {
			const found = searched(state.lines, matches, after - base, direction);
			return found === -1 ? undefined : base + found;
		},
		findBeyond,
		async settled() {
			while (running !== undefined) await running;
		},
		close() {
			isClosed = true;
			listeners.clear();
		},
	};
};

/** The pages with one more, small ones joined, so that a log that grows by single lines is not a page for each. */
const merged = (pages: readonly LogPage[], next: LogPage): readonly LogPage[] => {
	const last = pages.at(-1);
	if (last === undefined || last.lines.length + next.lines.length > logPageLines) return [...pages, next];
	return [...pages.slice(0, -1), {lines: [...last.lines, ...next.lines], from: last.from, next: next.next}];
};

const searched = (
	lines: readonly string[],
	matches: (line: string) => boolean,
	after: number,
	direction: 1 | -1,
): number => {
	const start = Math.max(-1, Math.min(lines.length, after));
	for (let index = start + direction; index >= 0 && index < lines.length; index += direction) {
		if (matches(lines[index] ?? '')) return index;
	}

	return -1;
};
