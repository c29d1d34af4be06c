import {mkdir, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {onTestFinished, vi} from 'vitest';
import {qualityOf} from '../../source/domain/quality.ts';
import {createProfiles} from '../../source/domain/quality-profiles.ts';
import type {JobId, JobStatus, OwnerId} from '../../source/domain/job.ts';
import type {Track} from '../../source/domain/track.ts';
import {createEngine, type EngineSettings, type LocalEngine} from '../../source/engine/index.ts';
import type {AddRequest, Clock, CommandResult} from '../../source/engine/ports.ts';
import {createFinisher} from '../../source/finish/finisher.ts';
import {createSlskdProvider, type SlskdOptions} from '../../source/providers/slskd/index.ts';
import {openSqliteStore} from '../../source/store/sqlite.ts';
import {createApi} from '../../source/system/api.ts';
import {createClock} from '../../source/system/clock.ts';
import {createDiskProbe} from '../../source/system/disk.ts';
import {createJobLog} from '../../source/system/job-log.ts';
import {testSettings} from './test-engine.ts';

/** So many times faster than the machine's the clock of these engines goes. */
export const haste = 40;

/** A clock that goes faster than the machine's, for everything that waits by it. */
export const hastyClock = (times: number): Clock => {
	const began = Date.now();
	return createClock({
		now: () => began + (Date.now() - began) * times,
		startTimer(call, delay) {
			const timer = setTimeout(call, delay / times);
			return () => clearTimeout(timer);
		},
	});
};

export type SlskdEngineOrder = {
	readonly slskd: {readonly url: string; readonly downloads: string};
	readonly apiKey: string;
	/** Where queue and storage are; another engine may go on there. */
	readonly directory: string;
	readonly provider?: Partial<SlskdOptions>;
	readonly settings?: Partial<EngineSettings>;
	readonly probe?: 'off' | 'on' | 'auto';
};

export type SlskdEngine = {
	readonly engine: LocalEngine;
	readonly clock: Clock;
	add(...requests: readonly AddRequest[]): Promise<readonly JobId[]>;
	act(type: 'pause' | 'resume' | 'retry' | 'cancel' | 'remove', ...ids: readonly JobId[]): Promise<CommandResult>;
	/** Resolves when the job has this status; rejects with its log where that takes too long. */
	until(id: JobId, status: JobStatus, timeout?: number): Promise<void>;
	log(id: JobId): Promise<string>;
	/** Files below the storage, without private directories. */
	placed(): Promise<readonly string[]>;
	stop(): Promise<void>;
};

export const hour = 3_600_000;

/** A real engine with slskd as its only provider, started. Ends with the test. */
export const startSlskdEngine = async (order: SlskdEngineOrder): Promise<SlskdEngine> => {
	const {directory} = order;
	const storage = join(directory, 'storage');
	await mkdir(storage, {recursive: true});
	const clock = hastyClock(haste);
	const store = openSqliteStore({path: join(directory, 'queue.db')});
	const log = createJobLog({directory: join(directory, 'logs'), clock});
	const disk = await createDiskProbe({path: storage, trees: [storage], clock, memory: join(directory, 'volume.json')});
	const limits = {maxActive: 8, startInterval: 0, breaker: {threshold: 3, openFor: 60_000, openForAtMost: 60_000}};
	const engine = await createEngine(
		{
			clock,
			store,
			providers: [createSlskdProvider({...providerOptions(order, clock), ...order.provider})],
			disk,
			finisher: createFinisher({
				storage,
				queue: store.queue,
				template: '{batch}/{name}.{ext}',
				probe: order.probe ?? 'off',
			}),
			log,
			endSurvivors: () => Promise.resolve(),
			resources: () => ({memory: 0, cpu: 0}),
		},
		{
			...testSettings,
			workers: 8,
			maxAttempts: 4,
			retry: {base: 2000, cap: 10_000},
			marks: {used: undefined, free: {stop: 1e6, pause: 2e6, resume: 4e6}},
			dwell: 0,
			lanes: {
				slskd: limits,
				'slskd:search': {...limits, maxActive: 1, startInterval: order.provider?.searchInterval ?? 10_000},
			},
			owner: `test-${clock.uniqueName()}` as OwnerId,
			...order.settings,
		},
	);
	let isStopped = false;
	const stop = async (): Promise<void> => {
		if (!isStopped) await engine.close();
		isStopped = true;
	};
	onTestFinished(stop);
	await engine.start();
	const logOf = async (id: JobId): Promise<string> => (await engine.readLog(id, {tail: 200})).lines.join('\n');
	return {
		engine,
		clock,
		stop,
		log: logOf,
		async add(...requests) {
			const result = await engine.send({type: 'add', requests});
			if (!result.ok) throw new Error(JSON.stringify(result));
			return result.changed;
		},
		act: (type, ...ids) => engine.send({type, selection: {ids}}),
		async until(id, status, timeout = 10_000) {
			await vi.waitFor(
				async () => {
					const job = await engine.show(id);
					if (job?.status === status) return;
					throw new Error(
						`job ${id} is ${job?.status}, not ${status}: ${job?.error?.message ?? ''}\n${await logOf(id)}`,
					);
				},
				{timeout, interval: 20},
			);
		},
		async placed() {
			// Not in the folders of jobs: they come and go meanwhile.
			const folders = (await readdir(storage)).filter(name => name !== '.tidegate');
			const entries = await Promise.all(
				folders.map(name => readdir(join(storage, name), {recursive: true, withFileTypes: true}).catch(() => [])),
			);
			const top = await readdir(storage, {withFileTypes: true});
			return [...top, ...entries.flat()]
				.filter(entry => entry.isFile())
				.map(entry => join(entry.parentPath, entry.name).slice(storage.length + 1))
				.toSorted();
		},
	};
};

const profiles = createProfiles();

const providerOptions = ({slskd, apiKey, directory}: SlskdEngineOrder, clock: Clock): SlskdOptions => ({
	api: createApi(),
	clock,
	url: slskd.url,
	apiKey: () => ({ok: true, value: apiKey}),
	pathMap: {[slskd.downloads]: slskd.downloads},
	isKept: false,
	searchTimeout: 5000,
	searchInterval: 10_000,
	queuePatience: 60_000,
	stallTimeout: 60_000,
	// On a busy machine the event comes late: by this clock, seconds are less than a tenth of one.
	guessPatience: 60_000,
	landingPatience: 300_000,
	memory: join(directory, 'slskd-peers.json'),
	qualityFor: wanted => {
		const profile = profiles.find(wanted ?? 'best');
		if (profile === undefined) throw new Error(`there is no profile ${wanted}`);
		return facts => qualityOf(profile, facts);
	},
});

/** What a catalog would ask for. */
export const wish = (track: Partial<Track> & Pick<Track, 'title'>): AddRequest => {
	const whole: Track = {artists: ['An Artist'], ...track};
	return {source: `slskd:${whole.artists[0]} - ${whole.title}`, options: {track: whole}};
};
