import {closing, type ProviderId} from '../domain/job.ts';
import type {Core, EngineDependencies} from './core.ts';
import {batchTitle} from './add.ts';
import {execute} from './commands.ts';
import {createDiskWatch} from './disk-watch.ts';
import {expandReference} from './expand.ts';
import {createEvents, type EngineEvent} from './events.ts';
import {healthOf} from './health.ts';
import {orderedFindings} from './findings.ts';
import {createIdleness} from './idleness.ts';
import {withinGrace} from './give-up.ts';
import {createLive} from './live.ts';
import {learnTargets, targetOf} from './mounts.ts';
import type {Engine, Provider} from './ports.ts';
import {previewSources} from './preview.ts';
import {createPublisher, viewsOf} from './publish.ts';
import {groupedViewsOf} from './group-views.ts';
import {createPulse} from './pulse.ts';
import {readTraffic, saveTraffic} from './quota.ts';
import {clearLeftovers, recover} from './recover.ts';
import type {EngineSettings} from './settings.ts';
import {createSweeper} from './sweep.ts';
import {createTally, type RunSummary} from './tally.ts';
import {createToolChecks} from './tool-checks.ts';
import {createScheduler} from './turn.ts';
import {createTurns} from './turns.ts';
import {createWorks} from './works.ts';

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
	/** Resolves when a turn that began from now on has ended, or there will be none: a scheduler that hangs never says so. */
	turned(): Promise<void>;
	/** After `close`: something was given up that does not end, and would keep the process for ever. */
	isHeldUp(): boolean;
	onEvent(listener: (event: EngineEvent) => void): () => void;
};

/** Joins the parts into an engine. Nothing runs before `start`. */
export const createEngine = async (deps: EngineDependencies, settings: EngineSettings): Promise<LocalEngine> => {
	const providers = new Map<ProviderId, Provider>(deps.providers.map(provider => [provider.id, provider]));
	const live = createLive(settings, deps.disk.volume, deps.disk.path, deps.dataDisk?.path);
	live.isQueuePaused = (await deps.store.readSetting('queue-paused')) === 'yes';
	live.traffic = await readTraffic(deps);
	const events = createEvents();
	const publisher = createPublisher(() => core);
	const sweeper = createSweeper(() => core);
	let inForce = settings;
	const core: Core = {
		...deps,
		get settings() {
			return inForce;
		},
		live,
		events,
		works: createWorks(deps.clock, () => core.touch('progress')),
		toolChecks: createToolChecks(deps.clock),
		turns: createTurns(),
		sweeper,
		providerOf: id => providers.get(id),
		wake: what => {
			if (isStarted) scheduler.wake(what);
		},
		touch: kind => {
			publisher.touch(kind);
			if (isStarted) pulse.start();
		},
	};
	live.targetOf = job => targetOf(core, job);
	const watch = createDiskWatch(core);
	const scheduler = createScheduler(core, {
		freshenLevel: watch.freshen,
		onTurn() {
			pulse.start();
			void idleness.look();
		},
	});
	const pulse = createPulse(core, watch, publisher);
	const tally = createTally(core);
	const idleness = createIdleness(
		async () => isClosed || !settings.isScheduling || (isStarted && (await scheduler.isIdle())),
		async () => {
			await publisher.flush();
			return tally.summary();
		},
	);
	let isStarted = false;
	let isClosed = false;
	let recovering: Promise<unknown> | undefined;

	// Counts are shown by who only looks, too.
	publisher.touch('state');
	await publisher.flush();

	/** A large tree is walked behind the start; where marks count its bytes, the plan holds jobs until they are known. */
	const measureFirst = async (): Promise<void> => {
		await watch.sample();
		void watch.measure();
	};

	const stopAll = async (): Promise<void> => {
		core.works.cancelAll();
		live.isStopping = true;
		for (const attempt of live.running.values()) attempt.abort.abort(closing);
		scheduler.stop();
		await scheduler.settled();
		await pulse.saveProgress();
		await saveTraffic(core);
	};

	let isHeldUp = false;
	const closeProvider = async (provider: Provider): Promise<void> => {
		if (provider.close === undefined || (await withinGrace(core, provider.close()))) return;
		isHeldUp = true;
		const text = `${provider.id} does not end; it is not waited for any longer`;
		events.emit({type: 'notice', at: core.clock.now(), text});
	};

	return {
		getSnapshot: publisher.getSnapshot,
		subscribe: publisher.subscribe,
		onEvent: events.on,
		async list(query) {
			const {rows, ...places} = await deps.store.page(query);
			await learnTargets(core, rows);
			return {rows: viewsOf(core, rows, query.withSecrets ?? false), ...places};
		},
		async listGrouped(query) {
			const {rows, ...places} = await deps.store.groupedPage(query);
			return {rows: groupedViewsOf(core, rows), ...places};
		},
		async show(id) {
			const job = await deps.store.get(id);
			if (job === undefined) return undefined;
			const [view] = viewsOf(core, [job]);
			if (view === undefined) return undefined;
			const batch = job.batch === undefined ? undefined : await deps.store.batch(job.batch);
			const history = await deps.store.attempts(id);
			const candidates = await deps.store.candidatesOf(id);
			const found = candidates.length === 0 ? {} : {candidates};
			return {...view, ...found, history, batchTitle: batch?.title, directory: deps.finisher.directoryOf(id)};
		},
		findBatch: async ref => (await deps.store.batch(ref)) ?? deps.store.batch(batchTitle(ref) ?? ''),
		async readLog(id, range) {
			await deps.log.flush();
			return deps.log.read(id, range);
		},
		statistics: () => deps.store.statistics(),
		health: () => Promise.all(deps.providers.map(healthOf)),
		async findings() {
			const [machine, reports, loads] = await Promise.all([
				deps.examine?.() ?? [],
				Promise.all(deps.providers.map(healthOf)),
				deps.store.lanes(),
			]);
			return orderedFindings(machine, reports, loads);
		},
		preview: requests => previewSources(core, requests),
		expand: (reference, options) => expandReference(core, reference, options),
		send: command =>
			execute(
				{
					...core,
					setWorkers: scheduler.setWorkers,
					measureDisk: watch.measure,
					sampleDisk: watch.sample,
					replaceSettings(next) {
						inForce = next;
					},
				},
				command,
			).then(async result => {
				await publisher.flush();
				return result;
			}),
		async start() {
			if (!settings.isScheduling || isClosed) return;
			const recovery = recover(core);
			recovering = recovery;
			const halfPlaced = await recovery;
			if (isClosed) return;
			await Promise.all([measureFirst(), clearLeftovers(core).then(() => sweeper.start())]);
			if (isClosed) return;
			isStarted = true;
			scheduler.startAtOnce(halfPlaced);
			core.touch('state');
			scheduler.wake();
		},
		untilIdle: idleness.until,
		async drain() {
			live.isDraining = true;
			core.touch('state');
			await scheduler.settled();
		},
		turned: async () => {
			if (isStarted) await scheduler.turned();
		},
		isHeldUp: () => isHeldUp || live.unended.size > 0,
		async close() {
			if (isClosed) return;
			isClosed = true;
			pulse.stop();
			sweeper.stop();
			// It ends within seconds; the walk behind it is stopped with the disk.
			await recovering?.catch(() => undefined);
			await stopAll();
			await sweeper.settled();
			await publisher.flush();
			await idleness.look();
			// Whatever goes wrong before it, the store is closed.
			const ends = await Promise.allSettled([
				...deps.providers.map(provider => closeProvider(provider)),
				deps.disk.close(),
				deps.log.close(),
			]);
			await deps.store.close();
			const failed = ends.find(end => end.status === 'rejected');
			if (failed !== undefined) throw failed.reason;
		},
	};
};
