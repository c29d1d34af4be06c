import type {ProviderId} from '../domain/job.ts';
import type {Core, EngineDependencies} from './core.ts';
import {execute} from './commands.ts';
import {createDiskWatch} from './disk-watch.ts';
import {createEvents, type EngineEvent} from './events.ts';
import {createLive} from './live.ts';
import type {Engine, Provider} from './ports.ts';
import {createPublisher, viewsOf} from './publish.ts';
import {recover} from './recover.ts';
import type {EngineSettings} from './settings.ts';
import {createTally, type RunSummary} from './tally.ts';
import {createScheduler} from './turn.ts';

export type {EngineDependencies} from './core.ts';
export type {EngineEvent} from './events.ts';
export type {EngineSettings} from './settings.ts';
export type {RunSummary} from './tally.ts';

/** An engine in this process: what every Engine offers, and what only its owner may do with it. */
export type LocalEngine = Engine & {
	/** Recovers what a crash left, then runs jobs. Does nothing where `isScheduling` is false. */
	start(): Promise<void>;
	/** Resolves when nothing runs and nothing will start without a person, or when the signal is aborted. */
	untilIdle(signal?: AbortSignal): Promise<RunSummary>;
	/** Lets what runs finish and starts nothing else; resolves when nothing runs. */
	drain(): Promise<void>;
	onEvent(listener: (event: EngineEvent) => void): () => void;
};

/** Counts bytes, rates and history once a second while something runs. */
const pulseInterval = 1000;

/** Joins the parts into an engine. Nothing runs before `start`. */
export const createEngine = async (deps: EngineDependencies, settings: EngineSettings): Promise<LocalEngine> => {
	const providers = new Map<ProviderId, Provider>(deps.providers.map(provider => [provider.id, provider]));
	const live = createLive(settings, deps.disk.volume, deps.disk.path);
	live.isQueuePaused = (await deps.store.readSetting('queue-paused')) === 'yes';
	const events = createEvents();
	const idleWaiters = new Set<() => void>();
	const publisher = createPublisher(() => core);
	const core: Core = {
		...deps,
		settings,
		live,
		events,
		providerOf: id => providers.get(id),
		wake: () => {
			if (isStarted) scheduler.wake();
		},
		touch: kind => {
			publisher.touch(kind);
			if (isStarted) startPulse();
		},
	};
	const scheduler = createScheduler(core, () => {
		for (const check of idleWaiters) check();
	});
	const watch = createDiskWatch(core);
	const tally = createTally(core);
	let isStarted = false;
	let isClosed = false;
	let cancelPulse: (() => void) | undefined;

	const saveProgress = async (): Promise<void> => {
		const rows = [...live.running.values()].filter(attempt => attempt.isUnsaved);
		for (const attempt of rows) attempt.isUnsaved = false;
		if (rows.length === 0) return;
		try {
			await deps.store.saveProgress(
				rows.map(({job, token, bytes, total}) => ({id: job.id, attempt: token, bytes, total})),
			);
		} catch {
			// Progress may be lost; the files themselves say how far they are.
		}
	};

	const startPulse = (): void => {
		const isNeeded =
			live.running.size > 0 || watch.isClosed() || publisher.getSnapshot().rateHistory.some(rate => rate > 0);
		if (isClosed || !isNeeded) return;
		cancelPulse ??= deps.clock.at(deps.clock.now() + pulseInterval, () => {
			void pulse();
		});
	};

	const pulse = async (): Promise<void> => {
		try {
			await saveProgress();
			publisher.tick();
			if (live.running.size > 0 || watch.isClosed()) await watch.pulse();
		} catch (error) {
			live.notices.set('disk', `the disk cannot be measured: ${String(error)}`);
		}

		cancelPulse = undefined;
		startPulse();
	};

	const stopAll = async (): Promise<void> => {
		live.isStopping = true;
		for (const attempt of live.running.values()) attempt.abort.abort();
		scheduler.stop();
		await scheduler.settled();
		await saveProgress();
	};

	return {
		getSnapshot: publisher.getSnapshot,
		subscribe: publisher.subscribe,
		onEvent: events.on,
		async list(query) {
			const {rows, next} = await deps.store.page(query);
			return {rows: viewsOf(core, rows), next};
		},
		async show(id) {
			const job = await deps.store.get(id);
			if (job === undefined) return undefined;
			const [view] = viewsOf(core, [job]);
			if (view === undefined) return undefined;
			const batch = job.batch === undefined ? undefined : await deps.store.batch(job.batch);
			const history = await deps.store.attempts(id);
			return {...view, history, batchTitle: batch?.title, directory: deps.finisher.directoryOf(id)};
		},
		findBatch: ref => deps.store.batch(ref),
		async readLog(id, range) {
			await deps.log.flush();
			return deps.log.read(id, range);
		},
		statistics: () => deps.store.statistics(),
		health: () =>
			Promise.all(deps.providers.map(async provider => ({provider: provider.id, report: await provider.check()}))),
		send: command =>
			execute({...core, setWorkers: scheduler.setWorkers, measureDisk: watch.measure}, command).then(async result => {
				await publisher.flush();
				return result;
			}),
		async start() {
			if (!settings.isScheduling) return;
			await recover(core);
			await watch.sample();
			await watch.measure();
			isStarted = true;
			core.touch('state');
			scheduler.wake();
		},
		untilIdle: signal =>
			new Promise(resolve => {
				const check = async (): Promise<void> => {
					if (signal?.aborted !== true && !(await scheduler.isIdle())) return;
					idleWaiters.delete(onTurn);
					signal?.removeEventListener('abort', onTurn);
					await publisher.flush();
					resolve(await tally.summary());
				};

				const onTurn = (): void => {
					void check();
				};

				idleWaiters.add(onTurn);
				signal?.addEventListener('abort', onTurn);
				scheduler.wake();
			}),
		async drain() {
			live.isDraining = true;
			core.touch('state');
			await scheduler.settled();
		},
		async close() {
			if (isClosed) return;
			isClosed = true;
			cancelPulse?.();
			await stopAll();
			await publisher.flush();
			await Promise.all(deps.providers.map(provider => provider.close?.()));
			await deps.disk.close();
			await deps.log.close();
			await deps.store.close();
		},
	};
};
