import type {Job, JobId, JobStatus} from '../domain/job.ts';
import type {Duration} from '../domain/time.ts';
import type {Clock, JobLog, JobStore, Provider} from '../engine/ports.ts';
import {createClaims} from './claims.ts';
import {createFeeder} from './feeder.ts';
import {gated} from './gate.ts';
import {createLink} from './link.ts';
import {createOutbox} from './outbox.ts';
import {createPublisher, type DescribeMedia} from './publish.ts';
import {createPulse} from './pulse.ts';
import {rowOfJob} from './request.ts';
import {createCleanup} from './cleanup.ts';
import {settleRows} from './settler.ts';
import {createShared, type BridgedEngine} from './shared.ts';
import {keyText, stageOf, tellOf, tellOfChange, type RowKey} from './stages.ts';

export type BridgeOrder = {
	/** The pipeline's database, absolute. */
	readonly path: string;
	/** Template of the files' places below the storage. */
	readonly output: string;
	/** Only rows of this series, by its MyAnimeList number. */
	readonly mal: number | undefined;
	readonly pollInterval: Duration;
	/** A download of others without a sign of life for so long is dead. */
	readonly staleAfter: Duration;
	/** Where the worker's own row is remembered, absolute. */
	readonly memory: string;
	readonly storage: string;
	/** Whether videos that a later stage has read are deleted. */
	readonly deletesRead: boolean;
	/** Tells what a film holds, where that can be told. */
	readonly describe: DescribeMedia | undefined;
	readonly clock: Clock;
	readonly store: JobStore;
	readonly log: Pick<JobLog, 'remove'>;
	/** Whether the provider of the pipeline's jobs is enabled. */
	readonly hasProvider: boolean;
	/** Something for a person to know, in a sentence. */
	readonly say: (text: string) => void;
	/** What stands in the way has changed. */
	readonly onTrouble: () => void;
};

/** Between the pipeline's `jobs` table and the queue: rows become jobs, and what becomes of the jobs is told to the rows. */
export type Bridge = {
	readonly gate: (provider: Provider) => Provider;
	/**
	 * After the engine's own start. Behind it, rows and jobs are brought to agree; rows are taken, and attempts begin, when
	 * they do. A database that cannot be had is waited for.
	 */
	start(engine: BridgedEngine): void;
	/** A job has changed its status. */
	heard(job: Job, from: JobStatus, to: JobStatus | 'removed'): void;
	/** Jobs were changed by an undo: what they are is read from the queue. */
	recheck(ids: readonly JobId[]): void;
	/** Tells what has to be told, and takes what may be taken. Another number than before where anything was taken since. */
	feedMore(): Promise<number>;
	/** What keeps the pipeline from being used. */
	troubles(): readonly string[];
	/** Takes nothing more. */
	stop(): void;
	/** After the engine's own end: tells what is left to tell, and leaves the pipeline. */
	close(): Promise<void>;
};

/** How long the end waits for a database that another program keeps locked. The next start tells what is left. */
const lastPatience: Duration = 5000;

export const createBridge = (order: BridgeOrder): Bridge => {
	const {clock, store, say} = order;
	const link = createLink({path: order.path, clock, onTrouble: order.onTrouble});
	const shared = createShared();
	const outbox = createOutbox({
		link,
		clock,
		together: connection => pulse.beatIn(connection),
		onTold(tell) {
			if (tell.stage === 'failed') shared.noteTold(keyText(tell.key));
		},
		onRefused: (tell, error) =>
			say(
				`the pipeline refuses that episode ${tell.key.episode} of its series ${tell.key.anime} is ${tell.stage}: ${String(error)}`,
			),
	});
	const publisher = createPublisher({link, say, describe: order.describe});
	const parts = {...order, link, shared, outbox};
	const claims = createClaims(parts);
	const feeder = createFeeder(parts);
	const cleanUp = createCleanup(parts);
	const settle = (): Promise<void> => settleRows({...parts, handOver: (row, job) => shared.hand(hand(row, job))});
	const pulse = createPulse({
		...parts,
		feed: feeder.feed,
		async tidy() {
			await settle();
			if (order.deletesRead) await cleanUp();
		},
	});

	/** The file is described before the row says that it is there: whoever reads it may delete it at once. */
	const hand = async ({anime, episode}: RowKey, job: Job): Promise<void> => {
		const key = {anime, episode};
		const text = keyText(key);
		shared.running.set(text, {key, since: clock.now()});
		let duration: number | undefined;
		try {
			duration = (await publisher.publish(job))?.duration;
		} finally {
			shared.running.delete(text);
			const tell = tellOf(key, job, clock.now());
			if (tell !== undefined) outbox.put(tell.stage === 'downloaded' ? {...tell, duration} : tell);
		}
	};

	const heard = (job: Job, from: JobStatus, to: JobStatus | 'removed'): void => {
		const key = rowOfJob(job);
		if (key === undefined) return;
		const text = keyText(key);
		shared.note(text, job, to);
		if (shared.given.has(job.id)) {
			// When the engine is done with it.
			if (to === 'cancelled') setImmediate(() => void claims.forget(job.id));
			return;
		}

		if (to === 'completed') {
			shared.hand(hand(key, job));
			return;
		}

		if (stageOf(job.status) !== 'downloading' || to === 'removed') shared.running.delete(text);
		const tell = tellOfChange(key, job, from, to, clock.now());
		if (tell !== undefined) outbox.put(tell);
		pulse.refill();
	};

	const recheckOne = async (id: JobId): Promise<void> => {
		const job = await store.get(id);
		// From the end that was taken back, whatever it was.
		if (job !== undefined) heard(job, 'cancelled', job.status);
	};

	let starting: Promise<void> | undefined;
	const begin = async (engine: BridgedEngine): Promise<void> => {
		shared.engine = engine;
		await shared.load(store);
		await pulse.load();
		await settle();
		shared.ready.resolve();
		const trouble = feeder.trouble();
		if (trouble !== undefined) say(trouble);
		await feeder.feed();
		pulse.start();
		// Not only by the clock: a run that ends when nothing is left to do may be the one that has to make room.
		if (order.deletesRead) await cleanUp().catch(() => undefined);
	};

	return {
		gate: provider => gated(provider, claims.claim),
		start(engine) {
			starting = begin(engine);
			starting.catch(() => undefined);
		},
		heard,
		recheck(ids) {
			for (const id of ids) shared.hand(recheckOne(id));
		},
		async feedMore() {
			await starting;
			await shared.handed();
			await outbox.flush();
			await feeder.feed();
			return feeder.taken();
		},
		troubles: () => [link.trouble(), feeder.trouble()].filter(text => text !== undefined),
		stop() {
			shared.isStopping = true;
			pulse.stop();
			publisher.hurry();
			shared.ready.resolve();
		},
		async close() {
			// Timers that are waited for do not keep a process alive.
			const alive = setInterval(() => undefined, lastPatience);
			try {
				link.hurry(lastPatience);
				await starting;
				await shared.handed();
				await outbox.flush();
				await pulse.leave();
			} catch {
				// The next start finds out what is left.
			} finally {
				clearInterval(alive);
				link.close();
			}
		},
	};
};
