import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import Database from 'better-sqlite3';
import type {AttemptToken, BatchId} from '../../source/domain/job.ts';
import {createEngine, type LocalEngine} from '../../source/engine/index.ts';
import type {EngineSettings} from '../../source/engine/settings.ts';
import type {JobLog, JobStore, Provider, RunContext, RunOutcome} from '../../source/engine/ports.ts';
import {openSqliteStore} from '../../source/store/sqlite.ts';
import {systemClock} from '../../source/system/clock.ts';
import {createFakeDisk} from '../support/fake-disk.ts';
import {createFakeFinisher, writeFake} from '../support/fake-finisher.ts';
import {testSettings} from '../support/test-engine.ts';
import {median, percentile, type Bench, type BenchRow} from './bench.ts';

/*
 * The scheduler alone: the real database and the real clock; providers, files and disk are doubles that cost nothing, so
 * that what is measured is ours.
 */

const run = async (): Promise<readonly BenchRow[]> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-bench-'));
	try {
		return [
			...(await shortJobs(join(directory, 'short.db'))),
			...(await longQueue(join(directory, 'long.db'))),
			...(await batchedQueue(join(directory, 'batched.db'), 10)),
			...(await batchedQueue(join(directory, 'album.db'), longCount)),
			...(await busyQueue(join(directory, 'busy.db'))),
		];
	} finally {
		await rm(directory, {recursive: true, force: true});
	}
};

type Work = (context: RunContext) => Promise<void>;

type Bed = {
	readonly engine: LocalEngine;
	readonly store: JobStore;
	readonly add: (count: number) => Promise<void>;
};

/** An engine whose jobs do this work and are then fetched. */
const openBed = async (
	path: string,
	workers: number,
	work: Work,
	{watched, settings = {}}: {watched?: (store: JobStore) => JobStore; settings?: Partial<EngineSettings>} = {},
): Promise<Bed> => {
	const opened = openSqliteStore({path});
	const store = watched?.(opened) ?? opened;
	const finisher = createFakeFinisher();
	const provider: Provider = {
		id: 'bench',
		abilities: {resume: true, liveRateLimit: false, needsSearch: false},
		accepts: source => source.startsWith('bench:'),
		laneOf: () => 'bench',
		canonical: source => source,
		check: async () => ({name: 'bench', ok: true, version: undefined, problem: undefined, fix: undefined}),
		async run(job, context): Promise<RunOutcome> {
			await work(context);
			writeFake(finisher.tree, `${context.directory}/file`, 1000);
			return {type: 'fetched', path: 'file', name: `${job.id}.bin`};
		},
	};
	const engine = await createEngine(
		{
			clock: systemClock,
			store,
			providers: [provider],
			disk: createFakeDisk(systemClock),
			finisher: {
				...finisher,
				// One file a job: it would only make the tree in memory slow.
				async clear(id) {
					finisher.tree.clear();
					finisher.calls.length = 0;
					await finisher.clear(id);
				},
			},
			log: silentLog,
			endSurvivors: async (_tokens: readonly AttemptToken[]) => {},
			resources: () => ({memory: 0, cpu: 0}),
		},
		{...testSettings, workers, ...settings},
	);
	return {
		engine,
		store,
		async add(count) {
			const requests = Array.from({length: count}, (_, index) => ({source: `bench:${index}`}));
			const answer = await engine.send({type: 'add', requests});
			if (!answer.ok) throw new Error(answer.message);
		},
	};
};

const silentLog: JobLog = {
	write() {},
	read: async () => ({lines: [], from: 0, next: 0}),
	async flush() {},
	async remove() {},
	kept: async () => [],
	async close() {},
};

// ---------------------------------------------------------------- short jobs

const shortCount = 200;

const shortJobs = async (path: string): Promise<BenchRow[]> => {
	const ends: number[] = [];
	const gaps: number[] = [];
	const {engine, add} = await openBed(path, 3, async () => {
		// Each start after the first three was made possible by the end that has waited longest.
		const end = ends.shift();
		if (end !== undefined) gaps.push(performance.now() - end);
		await new Promise(resolve => setTimeout(resolve, 5));
		ends.push(performance.now());
	});
	await add(shortCount);
	const begun = performance.now();
	await engine.start();
	const summary = await engine.untilIdle();
	const seconds = (performance.now() - begun) / 1000;
	await engine.close();
	if (summary.completed !== shortCount) throw new Error(`only ${summary.completed} of ${shortCount} were completed`);
	const [middle, high] = [median(gaps), percentile(gaps, 0.95)];
	return [
		{
			what: `the tool's end to the next tool's start, ${shortCount} jobs of 5 ms, 3 workers`,
			measured: `p50 ${ms(middle)}, p95 ${ms(high)}, most ${ms(Math.max(...gaps))}`,
			aim: 'p95 ≤ 10 ms',
			isMet: high <= 10,
			note: 'verify, place, three durable writes, one turn and a claim lie in it',
		},
		{
			what: `${shortCount} jobs of 5 ms, 3 workers`,
			measured: `${Math.round(shortCount / seconds)} jobs/s`,
			aim: '',
			isMet: undefined,
			note: 'six durable writes a job with its attempt',
		},
	];
};

const ms = (duration: number): string => `${duration.toFixed(duration < 10 ? 2 : 0)} ms`;

// ---------------------------------------------------------------- a long queue

const longCount = 200_000;
const turns = 200;

/** A queue of `longCount` jobs, and how long each turn on it takes. */
const openLong = async (path: string, settings: Partial<EngineSettings> = {}) => {
	const durations: number[] = [];
	let begun: number | undefined;
	// A turn that looks for jobs begins by asking for the lanes and ends by asking for the next retry.
	const watched = (store: JobStore): JobStore => ({
		...store,
		lanes() {
			begun = performance.now();
			return store.lanes();
		},
		async nextRetryAt(now) {
			const next = await store.nextRetryAt(now);
			if (begun !== undefined) durations.push(performance.now() - begun);
			begun = undefined;
			return next;
		},
	});
	const bed = await openBed(path, 8, ({signal}) => until(signal), {watched, settings});
	return {...bed, durations};
};

/** Pauses one running job after the other: each makes room for the next. */
const turnOver = async (engine: LocalEngine, workers: number, durations: number[]): Promise<void> => {
	await engine.start();
	await waitFor(() => engine.getSnapshot().active.length === workers);
	durations.length = 0;
	for (let turn = 0; turn < turns; turn++) {
		// The job that makes room is put aside, so that the next turn starts the next one.
		const [first] = engine.getSnapshot().active;
		if (first === undefined) throw new Error('nothing runs');
		await engine.send({type: 'pause', selection: {ids: [first.id]}});
		await waitFor(() => engine.getSnapshot().active.every(({id}) => id !== first.id));
	}

	await engine.close();
};

const longQueue = async (path: string): Promise<BenchRow[]> => {
	const {engine, add, durations} = await openLong(path);
	await add(longCount);
	await turnOver(engine, 8, durations);
	return [
		{
			what: `a turn with ${longCount.toLocaleString('en')} jobs in line`,
			measured: `p50 ${ms(median(durations))}, p95 ${ms(percentile(durations, 0.95))}, ${durations.length} turns`,
			aim: '',
			isMet: undefined,
			note: 'three queries by index and the plan; the writes of the claim come after it',
		},
	];
};

/** The same with limits on batches: of ten jobs each, or one of all the jobs before those that may start. */
const batchedQueue = async (path: string, perBatch: number): Promise<BenchRow[]> => {
	const batchLimits = {maxActive: 4, maxPerBatch: 2};
	const {engine, store, add, durations} = await openLong(path, {batchLimits});
	await add(longCount);
	putIntoBatches(path, perBatch);
	if (perBatch === longCount) {
		const others = Array.from({length: 500}, (_, index) => ({source: `bench:other-${index}`}));
		for (let index = 0; index < 100; index++)
			await engine.send({type: 'add', requests: others.slice(index * 5, index * 5 + 5), batch: `other ${index}`});
	}

	const {counts} = (await store.batch(1 as BatchId)) ?? {};
	if (counts?.queued !== perBatch) throw new Error(`the batch has ${counts?.queued} jobs`);
	await turnOver(engine, 8, durations);
	return [
		{
			what: `the same in batches of ${perBatch.toLocaleString('en')}, 4 batches and 2 jobs of each at once`,
			measured: `p50 ${ms(median(durations))}, p95 ${ms(percentile(durations, 0.95))}, ${durations.length} turns`,
			aim: 'p95 ≤ 10 ms',
			isMet: percentile(durations, 0.95) <= 10,
			note: perBatch === longCount ? '100 albums of 5 behind one of all the others' : 'a start asks for one turn more',
		},
	];
};

/** Twenty thousand additions, each durable, would take longer than all that is measured. */
const putIntoBatches = (path: string, perBatch: number): void => {
	const database = new Database(path);
	const trigger = database
		.prepare("SELECT sql FROM sqlite_schema WHERE name = 'jobs_keep_what_they_are'")
		.pluck()
		.get();
	database.exec(`BEGIN;
		DROP TRIGGER jobs_keep_what_they_are;
		DELETE FROM batch_totals;
		DELETE FROM batches;
		INSERT INTO batches (id, title, created_at) SELECT id, 'batch ' || id, 1 FROM jobs WHERE (id - 1) % ${perBatch} = 0;
		UPDATE jobs SET batch = id - (id - 1) % ${perBatch};
		INSERT INTO batch_totals SELECT batch, status, count(*), 0 FROM jobs GROUP BY batch, status;
		${String(trigger)};
		COMMIT;`);
	database.close();
};

const waitFor = async (condition: () => boolean): Promise<void> => {
	for (let tries = 0; !condition(); tries++) {
		if (tries > 100_000) throw new Error('it takes too long');
		await new Promise(resolve => setImmediate(resolve));
	}
};

const until = (signal: AbortSignal): Promise<void> =>
	new Promise(resolve => {
		signal.addEventListener('abort', () => resolve(), {once: true});
	});

// ---------------------------------------------------------------- a busy queue

const busySeconds = 5;

const busyQueue = async (path: string): Promise<BenchRow[]> => {
	const {engine, add} = await openBed(path, 32, async ({signal, report}) => {
		let bytes = 0;
		const timer = setInterval(() => report({bytes: (bytes += 100_000), total: 1e9}), 100);
		await until(signal);
		clearInterval(timer);
	});
	let told = 0;
	engine.subscribe(() => {
		told++;
		// A screen reads it each time.
		engine.getSnapshot();
	});
	await add(64);
	await engine.start();
	await waitFor(() => engine.getSnapshot().counts.downloading === 32);
	await new Promise(resolve => setTimeout(resolve, 1000));
	const delay = monitorEventLoopDelay({resolution: 1});
	const before = process.cpuUsage();
	told = 0;
	delay.enable();
	await new Promise(resolve => setTimeout(resolve, busySeconds * 1000));
	delay.disable();
	const toldMeanwhile = told;
	const {user, system} = process.cpuUsage(before);
	await engine.close();
	const late = (share: number): string => ms(Math.max(0, delay.percentile(share) / 1e6 - 1));
	return [
		{
			what: 'lateness of the event loop while 32 jobs report 10 times a second each',
			measured: `p50 ${late(50)}, p99 ${late(99)}, most ${late(100)}`,
			aim: '',
			isMet: undefined,
			note: `${((user + system) / 1e4 / busySeconds).toFixed(1)} % of a core, told ${(toldMeanwhile / busySeconds).toFixed(1)} times a second`,
		},
	];
};

const bench: Bench = {name: 'scheduler', run};
export default bench;
