import type {EngineSnapshot} from '../domain/snapshot.ts';
import type {Duration} from '../domain/time.ts';
import type {Engine} from '../engine/ports.ts';

/** The engine's snapshot at a rate that an eye and a slow line can follow. */
export type Live = {
	getSnapshot(): EngineSnapshot;
	subscribe(onChange: () => void): () => void;
	/** Shows what is newest without waiting for the next beat: after a command of the person. */
	flush(): void;
	close(): void;
};

/** Four frames a second for progress; the first change after a quiet time is shown at once. */
export const livePeriod: Duration = 250;

/** Other rows than before wait so much less for a thin line than progress. */
const newsAdvance: Duration = 500;

/** @param rest how long the line is still busy with what was drawn before */
export const createLive = (engine: Engine, period: Duration = livePeriod, rest: () => Duration = () => 0): Live => {
	const listeners = new Set<() => void>();
	let shown = engine.getSnapshot();
	let timer: NodeJS.Timeout | undefined;
	const show = (): void => {
		const newest = engine.getSnapshot();
		if (newest === shown) return;
		shown = newest;
		for (const listener of listeners) listener();
	};
	// The timer runs only while something changes, so that an idle screen does not wake the processor.
	const beat = (): void => {
		timer = undefined;
		const newest = engine.getSnapshot();
		if (newest === shown || isStill(shown, newest)) return;
		const wait = rest() - (newest.queueRevision === shown.queueRevision ? 0 : newsAdvance);
		if (wait > 0) {
			// There may be news before the line is free.
			timer = setTimeout(beat, Math.min(wait, period));
			return;
		}

		timer = setTimeout(beat, period);
		show();
	};
	const unsubscribe = engine.subscribe(() => {
		if (timer === undefined) beat();
	});
	return {
		getSnapshot: () => shown,
		subscribe(onChange) {
			listeners.add(onChange);
			return () => listeners.delete(onChange);
		},
		flush: show,
		close() {
			unsubscribe();
			clearTimeout(timer);
			timer = undefined;
			listeners.clear();
		},
	};
};

/**
 * Whether nothing has happened but that time went by and this process breathed: while jobs wait for space, the disk is looked
 * at every few seconds, and each look is a snapshot.
 */
const isStill = (before: EngineSnapshot, after: EngineSnapshot): boolean =>
	before.active.length === 0 && after.active.length === 0 && essence(before) === essence(after);

const breathing = new Set(['at', 'revision', 'resources']);

const essence = (snapshot: EngineSnapshot): string =>
	JSON.stringify(snapshot, (key, value: unknown) => (breathing.has(key) ? undefined : value));
