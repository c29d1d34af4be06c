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

export const createLive = (engine: Engine, period: Duration = livePeriod): Live => {
	const listeners = new Set<() => void>();
	let shown = engine.getSnapshot();
	let timer: NodeJS.Timeout | undefined;
	const show = (): void => {
		const newest = engine.getSnapshot();
		if (newest === shown) return;
		shown = newest;
		for (const listener of listeners) listener();
	};
	const beat = (): void => {
		timer = undefined;
		if (engine.getSnapshot() !== shown) start();
	};
	// The timer runs only while something changes, so that an idle screen does not wake the processor.
	const start = (): void => {
		timer = setTimeout(beat, period);
		show();
	};
	const unsubscribe = engine.subscribe(() => {
		if (timer === undefined) start();
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
