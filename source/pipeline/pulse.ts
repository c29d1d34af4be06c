import {readFile} from 'node:fs/promises';
import type {Duration, Instant} from '../domain/time.ts';
import type {Clock} from '../engine/ports.ts';
import {writeAtomically} from '../system/files.ts';
import type {Connection} from './connection.ts';
import {roomFor, windowFor} from './feed.ts';
import {isForbidden, type Link} from './link.ts';
import {rowOfJob} from './request.ts';
import type {Shared} from './shared.ts';
import {keyText, progressOf} from './stages.ts';
import {beat, leave} from './workers.ts';
import {noteProgress} from './writes.ts';

/** What is done from time to time while a scheduler lives. */
export type Pulse = {
	/** Finds out which row of `workers` an earlier life had. */
	load(): Promise<void>;
	start(): void;
	stop(): void;
	/** A job has left the line: takes more where it gets short. */
	refill(): void;
	/** Writes the heartbeat, inside a transaction. */
	beatIn(connection: Connection): void;
	/** Takes this downloader out of the table of workers. */
	leave(): Promise<void>;
};

export type PulseParts = {
	readonly clock: Clock;
	readonly link: Link;
	readonly shared: Shared;
	readonly memory: string;
	readonly path: string;
	readonly pollInterval: Duration;
	readonly feed: () => Promise<void>;
	/** Looks for rows that are stuck, and for files that may go. */
	readonly tidy: () => Promise<void>;
};

/** How often progress is told, and how often a download says at least that it is alive. */
const progressInterval: Duration = 3000;
const aliveInterval: Duration = 30_000;
const tidyInterval: Duration = 60_000;

export const createPulse = (parts: PulseParts): Pulse => {
	const {clock, link, shared, memory} = parts;
	let cancelTimer: (() => void) | undefined;
	let worker: number | undefined;
	let hasTrouble = false;
	let polledAt: Instant = 0;
	let aliveAt: Instant = 0;
	let tidiedAt: Instant = 0;
	let seenVersion: string | undefined;
	const told = new Map<string, number | undefined>();

	const beatIn = (connection: Connection): void => {
		if (hasTrouble) return;
		const [first] = [...shared.running.values()].toSorted((a, b) => a.since - b.since);
		try {
			worker = beat(connection, {worker, current: first?.key, at: clock.now()});
		} catch (error) {
			// A table with rules of its own; rows are told all the same.
			if (!isForbidden(error)) throw error;
			hasTrouble = true;
		}
	};

	const remember = async (known: number | undefined): Promise<void> => {
		if (worker === undefined || worker === known) return;
		await writeAtomically(memory, `${JSON.stringify({database: parts.path, worker})}\n`).catch(() => undefined);
	};

	const tellProgress = async (isAlive: boolean): Promise<void> => {
		const rows = new Map(
			[...shared.running].map(([text, {key}]) => [text, {key, progress: undefined as number | undefined}]),
		);
		for (const job of shared.engine?.getSnapshot().active ?? []) {
			const key = rowOfJob(job);
			const row = key === undefined ? undefined : rows.get(keyText(key));
			if (row !== undefined) row.progress = progressOf(job.progress.bytes, job.progress.total);
		}

		for (const text of told.keys()) if (!rows.has(text)) told.delete(text);
		const news = [...rows].filter(
			([text, {progress}]) => isAlive || (progress !== undefined && progress !== told.get(text)),
		);
		if (news.length === 0 && !isAlive) return;
		const known = worker;
		await link.use(connection =>
			connection.transact(() => {
				for (const [, {key, progress}] of news) noteProgress(connection, key, progress, clock.now());
				beatIn(connection);
			}),
		);
		for (const [text, {progress}] of news) told.set(text, progress);
		await remember(known);
	};

	const poll = async (): Promise<void> => {
		link.refresh();
		const {engine} = shared;
		if (engine === undefined || roomFor(shared.open.values(), engine.getSnapshot().workers, clock.now()) === 0) return;
		const version = (await link.use(connection => `${connection.file} ${connection.version()}`))?.result;
		if (version === seenVersion) return;
		seenVersion = version;
		await parts.feed();
	};

	const look = async (): Promise<void> => {
		const now = clock.now();
		const isAlive = now - aliveAt >= aliveInterval;
		await tellProgress(isAlive);
		if (isAlive) aliveAt = now;
		if (now - polledAt >= parts.pollInterval) {
			polledAt = now;
			await poll();
		}

		if (now - tidiedAt >= tidyInterval) {
			tidiedAt = now;
			await parts.tidy();
			// What was given back by ourselves is no change of others.
			seenVersion = undefined;
		}
	};

	const arm = (): void => {
		if (shared.isStopping) return;
		cancelTimer = clock.at(clock.now() + Math.min(progressInterval, parts.pollInterval), () => {
			// What went wrong is told by the link, and tried again.
			void look().then(arm, arm);
		});
	};

	return {
		async load() {
			worker = await readWorker(memory, parts.path);
		},
		start() {
			arm();
			void tellProgress(true).catch(() => undefined);
		},
		stop() {
			cancelTimer?.();
		},
		refill() {
			const {engine} = shared;
			if (engine === undefined || shared.isStopping) return;
			const {workers} = engine.getSnapshot();
			if (roomFor(shared.open.values(), workers, clock.now()) * 2 >= windowFor(workers))
				void parts.feed().catch(() => undefined);
		},
		beatIn,
		async leave() {
			const row = worker;
			if (row !== undefined) await link.use(connection => leave(connection, row));
		},
	};
};

const readWorker = async (memory: string, path: string): Promise<number | undefined> => {
	try {
		const kept = JSON.parse(await readFile(memory, 'utf8')) as {readonly database?: unknown; readonly worker?: unknown};
		return kept.database === path && Number.isSafeInteger(kept.worker) ? Number(kept.worker) : undefined;
	} catch {
		return undefined;
	}
};
