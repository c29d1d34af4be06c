import {regulateSpeeds} from './bandwidth.ts';
import type {Core} from './core.ts';
import type {DiskWatch} from './disk-watch.ts';
import type {Publisher} from './publish.ts';
import {saveTraffic} from './quota.ts';

/** How often progress is kept, rates are noted and the disk is looked at while something runs. */
const interval = 1000;

/** What was fetched of a quota is written down less often: each time is a write that survives a power cut. */
const beatsBetweenTraffic = 10;

export type Pulse = {
	/** Beats from now on, as long as something runs, waits for space, or a rate is still to be seen falling. */
	start(): void;
	/** Writes down how far the running jobs are. Never rejects. */
	saveProgress(): Promise<void>;
	stop(): void;
};

/** What happens once a second, and only while it is of use: an idle program wakes nobody. */
export const createPulse = (core: Core, watch: DiskWatch, publisher: Publisher): Pulse => {
	const {clock, live, store} = core;
	let beats = 0;
	let cancel: (() => void) | undefined;
	let isStopped = false;

	const saveProgress = async (): Promise<void> => {
		const rows = [...live.running.values()].filter(attempt => attempt.isUnsaved);
		for (const attempt of rows) attempt.isUnsaved = false;
		if (rows.length === 0) return;
		try {
			await store.saveProgress(rows.map(({job, token, bytes, total}) => ({id: job.id, attempt: token, bytes, total})));
		} catch {
			// Progress may be lost; the files themselves say how far they are.
		}
	};

	const isWatching = (): boolean => live.running.size > 0 || watch.isAwaited();

	const start = (): void => {
		if (isStopped || !(isWatching() || publisher.getSnapshot().rateHistory.some(rate => rate > 0))) return;
		cancel ??= clock.at(clock.now() + interval, () => {
			void beat();
		});
	};

	const beat = async (): Promise<void> => {
		await saveProgress();
		if (++beats % beatsBetweenTraffic === 0) await saveTraffic(core);
		regulateSpeeds(core);
		publisher.tick();
		if (isWatching()) await watch.pulse();
		cancel = undefined;
		start();
	};

	return {
		start,
		saveProgress,
		stop() {
			isStopped = true;
			cancel?.();
		},
	};
};
