import type {WorkId, WorkView} from '../domain/snapshot.ts';
import type {Duration} from '../domain/time.ts';
import type {Clock} from './ports.ts';

/** A work that ends before this is not shown: what flickers is not read. */
const shownAfter: Duration = 300;

/** One long work while it goes on. */
export type Work = {
	/** Aborted when a person has asked to stop it: the work ends at the next place where what is done so far is right. */
	readonly signal: AbortSignal;
	/** So many units are done; the total may become known, or change, on the way. */
	advance(done: number, total?: number): void;
	end(): void;
};

export type WorkOrder = {
	/** What is being done, for people, such as `cancelling jobs`. */
	readonly label: string;
	/** Units in all, or undefined where nobody knows. */
	readonly total: number | undefined;
	/** `total` is only what it was the last time. */
	readonly isEstimate?: boolean;
	readonly canCancel: boolean;
};

/** The long works of an engine. */
export type Works = {
	begin(order: WorkOrder): Work;
	views(): readonly WorkView[];
	/** False where there is no such work (any more), or where it cannot be stopped. */
	cancel(id: WorkId): boolean;
	/** Stops all that can be stopped: the engine is being closed. */
	cancelAll(): void;
};

/** Keeps what goes on; `onChange` is called when there is something else to show. */
export const createWorks = (clock: Pick<Clock, 'now' | 'at'>, onChange: () => void): Works => {
	const going = new Map<WorkId, {view: WorkView; isShown: boolean; readonly abort: AbortController}>();
	let lastId = 0;
	return {
		begin({label, total, isEstimate = false, canCancel}) {
			lastId += 1;
			const id = lastId as WorkId;
			const abort = new AbortController();
			const own = {view: {id, label, done: 0, total, isEstimate, canCancel}, isShown: false, abort};
			going.set(id, own);
			const stopTimer = clock.at(clock.now() + shownAfter, () => {
				own.isShown = true;
				onChange();
			});
			return {
				signal: abort.signal,
				advance(done, newTotal) {
					own.view = {...own.view, done, total: newTotal ?? own.view.total};
					if (own.isShown) onChange();
				},
				end() {
					stopTimer();
					if (going.delete(id) && own.isShown) onChange();
				},
			};
		},
		views: () => [...going.values()].filter(({isShown}) => isShown).map(({view}) => view),
		cancel(id) {
			const own = going.get(id);
			if (own === undefined || !own.view.canCancel) return false;
			own.abort.abort();
			own.view = {...own.view, canCancel: false, label: `stopping: ${own.view.label}`};
			onChange();
			return true;
		},
		cancelAll() {
			for (const {abort, view} of going.values()) if (view.canCancel) abort.abort();
		},
	};
};
