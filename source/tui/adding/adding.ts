import type {Engine} from '../../engine/ports.ts';
import {createChecker, type AbsolutePath, type Checker} from './check.ts';
import {emptyDraft, type Draft} from './draft.ts';

/** What is being written to be added, as long as the screen lives, and what is known of it. */
export type Adding = Pick<Checker, 'getState' | 'subscribe' | 'refresh' | 'settled' | 'close'> & {
	/** What was written last, also while the panel is closed. */
	draft(): Draft;
	/** The panel shows this now. */
	note(draft: Draft): void;
};

export const createAdding = (engine: Pick<Engine, 'preview' | 'expand'>, absolutePath: AbsolutePath): Adding => {
	const checker = createChecker(engine, absolutePath);
	let kept = emptyDraft;
	return {
		...checker,
		draft: () => kept,
		note(draft) {
			kept = draft;
			checker.follow(draft);
		},
	};
};
