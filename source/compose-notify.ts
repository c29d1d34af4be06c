import {join} from 'node:path';
import type {Config} from './config/load.ts';
import {toTargets} from './config/notify-targets.ts';
import type {Paths} from './config/paths.ts';
import {isMeasured} from './domain/disk-guard.ts';
import {byUrgency, unwell, well, type Finding} from './domain/finding.ts';
import {hasEnded, isActive, type BatchId} from './domain/job.ts';
import type {TargetHealth} from './domain/notices.ts';
import {hideValues, longFirst} from './domain/text.ts';
import type {Instant} from './domain/time.ts';
import type {EngineEvent, LocalEngine} from './engine/index.ts';
import type {Clock, JobStore} from './engine/ports.ts';
import {createNotifier, type Notifier} from './notify/index.ts';
import {createApi} from './system/api.ts';

export type NotifyOrder = {
	readonly config: Config;
	readonly paths: Paths;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly version: string;
	readonly clock: Clock;
	readonly store: JobStore;
	readonly isScheduling: boolean;
	/** Values that must not be told, as far as they are known now. */
	readonly secrets: () => readonly string[];
	readonly onSecrets?: ((known: () => readonly string[]) => void) | undefined;
};

/** What notifications do to an engine: it is listened to, and tells how the targets are. */
export type NotifyParts = {readonly join: (engine: LocalEngine) => LocalEngine};

const nothing: NotifyParts = {join: engine => engine};

/** The notifications of the scheduler, where config.toml names somebody who is told; whoever only looks tells nobody. */
export const composeNotify = async (order: NotifyOrder): Promise<NotifyParts> => {
	const {config, paths, clock, isScheduling} = order;
	if (!isScheduling || !Object.values(config.notify).some(({enabled}) => enabled)) return nothing;
	const {targets, broken, secrets} = toTargets(config.notify, {directory: paths.configDirectory, env: order.env});
	order.onSecrets?.(() => secrets);
	const listeners = new Set<(event: EngineEvent) => void>();
	const early: string[] = [];
	let told: LocalEngine | undefined;
	const say = (text: string): void => {
		if (told === undefined) early.push(text);
		else for (const listener of listeners) listener({type: 'notice', at: clock.now(), text});
	};

	const notifier = await createNotifier({
		clock,
		targets,
		broken,
		memory: join(paths.root, 'notify.json'),
		api: createApi({connectTimeout: 5000}),
		userAgent: `tidegate/${order.version}`,
		hide: text => hideValues(text, longFirst([...secrets, ...order.secrets()])),
		say,
		onChange() {
			// What is told beside the engine's own changes is published by it.
			void told?.send({type: 'wake'});
		},
	});
	return {
		join(engine) {
			told = engine;
			const listening = listen(engine, notifier, order);
			return notified(engine, notifier, {
				...listening,
				listeners,
				started() {
					for (const text of [...early.splice(0), ...broken.map(one => problemWords(one.name, one.problem))]) say(text);
				},
			});
		},
	};
};

const problemWords = (name: string, problem: string): string =>
	`notifications to ${name} do not get through: ${problem}`;

type Listening = {
	/** Looks up what nobody heard of, and begins to wait for the end of what runs. */
	readonly start: () => Promise<void>;
	readonly stop: () => void;
};

/** Tells the notifier what comes to pass in an engine. */
const listen = (engine: LocalEngine, notifier: Notifier, {clock, store}: NotifyOrder): Listening => {
	const stop = new AbortController();
	const batches = new Map<BatchId, 'end' | 'removal'>();
	let looking: Promise<void> | undefined;
	let isWaiting = false;

	/** How a batch stands is read when its jobs have ended, not with each of them. */
	const lookAtBatches = async (): Promise<void> => {
		if (batches.size > 0) looking ??= readBatches();
		await looking;
	};

	const readBatches = async (): Promise<void> => {
		while (batches.size > 0 && !stop.signal.aborted) {
			const [[id, because] = [undefined, 'end' as const]] = batches;
			if (id === undefined) break;
			batches.delete(id);
			try {
				const batch = await store.batch(id);
				if (batch !== undefined) notifier.tell({type: 'batch', at: clock.now(), batch, because});
			} catch {
				// The store says itself that it cannot be read; the next end in the batch, or the next start, looks again.
			}
		}

		// In the same breath as the last look at what is left: whoever comes later reads anew.
		looking = undefined;
	};

	const waitForIdle = async (): Promise<void> => {
		notifier.tell({type: 'busy', at: clock.now()});
		if (isWaiting) return;
		isWaiting = true;
		await engine.untilIdle(stop.signal);
		isWaiting = false;
		const {isStopping, isQueuePaused, active} = engine.getSnapshot();
		// Whoever stops or pauses the queue knows it.
		if (stop.signal.aborted || isStopping || isQueuePaused || active.length > 0) return;
		await lookAtBatches();
		notifier.tell({type: 'idle', at: clock.now()});
	};

	const lookAtLane = (lane: string, at: Instant, hasCompleted: boolean): void => {
		const view = engine.getSnapshot().lanes.find(({id}) => id === lane);
		if (view === undefined) return;
		const {hold, provider} = view;
		const isBroken = hold?.reason === 'breaker-open' || hold?.reason === 'tool-missing';
		if (!isBroken && !hasCompleted) return;
		notifier.tell({type: 'lane', at, lane, provider, isBroken, detail: isBroken ? hold.detail : ''});
	};

	const hearJob = ({job, to, at, error}: Extract<EngineEvent, {type: 'job'}>): void => {
		if (to === 'completed' || to === 'failed' || to === 'cancelled') {
			notifier.tell({type: 'end', at, job, to, error: error ?? job.error});
		} else if (to !== 'removed' && isActive(to)) void waitForIdle();

		const isMended = to === 'completed' && notifier.isBroken(job.lane);
		if (error !== undefined || isMended) lookAtLane(job.lane, at, isMended);
		if (job.batch === undefined || !(to === 'removed' || hasEnded(to))) return;
		if (to !== 'removed' || !batches.has(job.batch)) batches.set(job.batch, to === 'removed' ? 'removal' : 'end');
		void lookAtBatches();
	};

	const unsubscribe = engine.onEvent(event => {
		if (event.type === 'job') hearJob(event);
		else if (event.type === 'gate') {
			const {at, volume, path, gate} = event;
			const detail = 'detail' in gate ? gate.detail : '';
			notifier.tell({type: 'gate', at, volume, path, state: gate.state, detail});
		}
	});

	/** A gate that is open when the scheduler starts opens without a word; it is believed when the trees have been measured. */
	const lookAtGates = (): boolean => {
		const {volumes} = engine.getSnapshot();
		for (const volume of volumes) {
			const {id, path, gate} = volume;
			if (gate.state === 'open' && !(volume.level !== undefined && isMeasured(volume))) continue;
			const detail = 'detail' in gate ? gate.detail : '';
			notifier.tell({type: 'gate', at: clock.now(), volume: id, path, state: gate.state, detail});
		}

		return volumes.every(volume => volume.level !== undefined && isMeasured(volume));
	};

	const lookAtGatesOnce = (): void => {
		if (lookAtGates()) return;
		const off = engine.subscribe(() => {
			if (stop.signal.aborted || lookAtGates()) off();
		});
	};

	return {
		async start() {
			lookAtGatesOnce();
			if (notifier.wasBusy) void waitForIdle();
			await lookUp(notifier, store, clock.now(), batch => batches.set(batch, 'end'));
			await lookAtBatches();
		},
		stop() {
			stop.abort();
			unsubscribe();
		},
	};
};

/** Ends that are looked up at most, newest first. */
const mostLookedUp = 10_000;

/** Ends that came between the last thing that was heard and the end of the last process, or without a scheduler. */
const lookUp = async (
	notifier: Notifier,
	store: JobStore,
	now: Instant,
	onBatch: (batch: BatchId) => void,
): Promise<void> => {
	let after: string | undefined;
	for (let seen = 0; seen < mostLookedUp;) {
		const {rows, next} = await store.page({
			statuses: ['completed', 'failed', 'cancelled'],
			sort: 'ended',
			isDescending: true,
			limit: 1000,
			...(after === undefined ? {} : {after}),
		});
		for (const job of rows) {
			if ((job.endedAt ?? now) <= notifier.lookUpFrom) return;
			if (job.batch !== undefined) onBatch(job.batch);
			if (job.status !== 'failed') continue;
			notifier.tell({type: 'end', at: now, job, to: 'failed', error: job.error, isOld: true});
		}

		if (next === undefined) return;
		after = next;
		seen += rows.length;
	}
};

/** The engine as others see it, with what the notifications have to say. */
const notified = (
	engine: LocalEngine,
	notifier: Notifier,
	{
		start,
		stop,
		started,
		listeners,
	}: Listening & {readonly started: () => void; readonly listeners: Set<(event: EngineEvent) => void>},
): LocalEngine => {
	let shown = engine.getSnapshot();
	let inner: unknown;
	let state = '';
	return {
		...engine,
		onEvent(listener) {
			listeners.add(listener);
			const off = engine.onEvent(listener);
			return () => {
				listeners.delete(listener);
				off();
			};
		},
		getSnapshot() {
			const now = engine.getSnapshot();
			const targets = notifier.health();
			const current = JSON.stringify(targets);
			if (now === inner && current === state) return shown;
			inner = now;
			state = current;
			const troubles = targets.flatMap(({name, problem}) =>
				problem === undefined ? [] : [problemWords(name, problem)],
			);
			const alert = notifier.alert();
			shown = {...now, targets, notices: [...now.notices, ...troubles], ...(alert === undefined ? {} : {alert})};
			return shown;
		},
		async findings() {
			return [...(await engine.findings()), ...notifier.health().map(one => findingOf(one))].toSorted(byUrgency);
		},
		async start() {
			await engine.start();
			started();
			await start().catch(() => undefined);
		},
		async close() {
			stop();
			await engine.close();
			await notifier.close();
		},
	};
};

const findingOf = ({name, problem, pending, lost}: TargetHealth): Finding =>
	problem === undefined
		? well(`notify ${name}`, 'it has got all that it was sent')
		: unwell(
				`notify ${name}`,
				`${problem}${pending === 0 ? '' : `; ${pending} wait for it`}${lost === 0 ? '' : `; ${lost} were given up`}`,
				`look at [notify.${name}]; \`tidegate notify test ${name}\` tries it`,
			);
