import type {JobStatus} from '../domain/job.ts';
import type {Engine} from '../engine/ports.ts';
import {without} from './marks.ts';
import {keyed, type RowKey} from './rows.ts';
import type {ScreenModel} from './screen.ts';
import {paneStatuses, type ListPane} from './select.ts';

/** Looks after marks whose rows are not held: whoever has left the pane is marked no more. */
export type MarksWatch = {
	/** Other rows are held than before. */
	refresh(): void;
	/** Resolves when nothing is being asked any more. */
	settled(): Promise<void>;
	close(): void;
};

const panes = ['queued', 'failed', 'done'] as const satisfies readonly ListPane[];

/** Jobs that are asked for after one change of the rows; the others have their turn after the next ones. */
const askedAtOnce = 100;

/**
 * A job that has left is among the held rows no more, but neither is one that is far from the cursor; so they are asked for
 * by their ids, a few after each change. An act asks again itself: this is for what is shown.
 */
export const createMarksWatch = (engine: Engine, screen: Pick<ScreenModel, 'ui' | 'held'>): MarksWatch => {
	let running: Promise<void> | undefined;
	let isStale = false;
	let isClosed = false;
	let turn = 0;
	const hasLeft = async (key: RowKey, statuses: readonly JobStatus[]): Promise<boolean> => {
		const named = keyed(key);
		if (named.kind === 'batch') return false;
		const job = await engine.show(named.id);
		return job === undefined || !statuses.includes(job.status);
	};
	const look = async (pane: ListPane): Promise<void> => {
		const {marks} = screen.ui.getState().panes[pane];
		if (marks.kind !== 'keys' || marks.keys.size === 0) return;
		const shown = new Set(screen.held(pane).rows.map(row => row.key));
		const unseen = [...marks.keys].filter(key => !shown.has(key));
		const start = unseen.length <= askedAtOnce ? 0 : (turn * askedAtOnce) % unseen.length;
		const asked = unseen.slice(start, start + askedAtOnce);
		const answers = await Promise.all(asked.map(key => hasLeft(key, paneStatuses[pane])));
		const gone = asked.filter((_, index) => answers[index] === true);
		if (isClosed || gone.length === 0) return;
		const now = screen.ui.getState().panes[pane];
		if (now.marks.kind !== 'keys') return;
		screen.ui.dispatch({
			type: 'mark',
			pane,
			marks: {kind: 'keys', keys: without(now.marks.keys, gone)},
			range: now.range,
		});
	};
	const work = async (): Promise<void> => {
		while (isStale && !isClosed) {
			isStale = false;
			turn++;
			for (const pane of panes) await look(pane);
		}
	};
	return {
		refresh() {
			isStale = true;
			running ??= work()
				// An engine that does not answer is told by whoever shows its rows.
				.catch(() => undefined)
				.finally(() => {
					running = undefined;
				});
		},
		async settled() {
			await running;
		},
		close() {
			isClosed = true;
		},
	};
};
