import type {Marks} from '../../source/domain/disk-guard.ts';
import type {AttemptToken, Job, JobId, JobStatus, JobView, OwnerId} from '../../source/domain/job.ts';
import type {Duration} from '../../source/domain/time.ts';
import {
	createEngine,
	type EngineDependencies,
	type EngineEvent,
	type EngineSettings,
	type LocalEngine,
} from '../../source/engine/index.ts';
import type {
	AddRequest,
	Clock,
	CommandResult,
	EngineCommand,
	JobLog,
	JobStore,
	Provider,
} from '../../source/engine/ports.ts';
import {createFakeClock, type FakeClock} from './fake-clock.ts';
import {createFakeDisk, gibibyte, type FakeDisk} from './fake-disk.ts';
import {createFakeFinisher, type FakeFinisher} from './fake-finisher.ts';
import {createMemoryStore} from './memory-store.ts';
import {logLines} from './log-lines.ts';
import {createScriptedProvider, type ScriptedProvider} from './scripted-provider.ts';

/** 100 GiB in all: pause at 60 used, go on below 50, never more than 80. */
export const testMarks: Marks = {
	used: {hard: 80 * gibibyte, pause: 60 * gibibyte, resume: 50 * gibibyte},
	free: {stop: gibibyte, pause: 2 * gibibyte, resume: 4 * gibibyte},
};

export const testSettings: EngineSettings = {
	workers: 3,
	maxAttempts: 3,
	retry: {base: 1000, cap: 60_000},
	marks: testMarks,
	dwell: 5000,
	sampleInterval: 1000,
	walkInterval: 60_000,
	lanes: {},
	defaultLane: {maxActive: 32, startInterval: 0, breaker: {threshold: 1000, openFor: 30_000}},
	rateLimit: undefined,
	windows: [],
	owner: 'test-owner' as OwnerId,
	isScheduling: true,
};

export type TestEngineOptions = {
	readonly settings?: Partial<EngineSettings>;
	readonly clock?: FakeClock;
	readonly store?: JobStore;
	/** Changes the dependencies of every engine that is made. */
	readonly adapt?: (deps: EngineDependencies) => EngineDependencies;
	/** Further providers, asked after the scripted one. */
	readonly providers?: (world: {readonly clock: FakeClock; readonly finisher: FakeFinisher}) => readonly Provider[];
	/** Default: true. */
	readonly isStarted?: boolean;
};

export type TestEngine = {
	/** The engine that lives now; another one after `restart`. */
	readonly engine: LocalEngine;
	readonly clock: FakeClock;
	readonly store: JobStore;
	readonly provider: ScriptedProvider;
	readonly disk: FakeDisk;
	readonly finisher: FakeFinisher;
	/** Events of all engines so far. */
	readonly events: readonly EngineEvent[];
	/** Lines of all jobs' logs. */
	readonly logged: ReadonlyArray<{readonly id: JobId; readonly line: string}>;
	send(command: EngineCommand): Promise<CommandResult>;
	/** Adds sources (`name` becomes `scripted:name`) and lets the scheduler act; the ids, in order. */
	add(...requests: ReadonlyArray<string | AddRequest>): Promise<JobId[]>;
	act(type: 'pause' | 'resume' | 'retry' | 'cancel' | 'remove', ...ids: readonly JobId[]): Promise<CommandResult>;
	job(id: JobId): Promise<Job>;
	status(id: JobId): Promise<JobStatus | 'removed'>;
	statuses(ids: readonly JobId[]): Promise<ReadonlyArray<JobStatus | 'removed'>>;
	view(id: JobId): Promise<JobView>;
	/** The process is gone from one moment to the next; what it had asked for is never answered. */
	crash(): void;
	/** A new process on the same queue, disk and files. */
	restart(settings?: Partial<EngineSettings>): Promise<void>;
};

/** An engine with doubles for everything around it. Lets no time pass by itself. */
export const createTestEngine = async (options: TestEngineOptions = {}): Promise<TestEngine> => {
	const clock = options.clock ?? createFakeClock();
	const store = options.store ?? createMemoryStore();
	const finisher = createFakeFinisher();
	const provider = createScriptedProvider({clock, tree: finisher.tree});
	const others = options.providers?.({clock, finisher}) ?? [];
	const disk = createFakeDisk(clock);
	const events: EngineEvent[] = [];
	const logged: Array<{readonly id: JobId; readonly line: string}> = [];
	let life = {isOver: false};
	let engine: LocalEngine;

	const make = async (settings: Partial<EngineSettings> = {}): Promise<void> => {
		life = {isOver: false};
		const own = life;
		const mortal = <Port extends object>(port: Port): Port => untilDeath(port, own);
		const deps: EngineDependencies = {
			clock: mortalClock(clock, own),
			store: mortal(store),
			providers: [provider, ...others].map(mortal),
			disk: mortal(disk),
			finisher: mortal(finisher),
			log: createMemoryLog(logged),
			endSurvivors: async (tokens: readonly AttemptToken[]) => provider.kill(tokens),
			resources: () => ({memory: 0, cpu: 0}),
		};
		engine = await createEngine(options.adapt?.(deps) ?? deps, {...testSettings, ...options.settings, ...settings});
		engine.onEvent(event => {
			if (!own.isOver) events.push(event);
		});
	};

	const start = async (): Promise<void> => {
		await engine.start();
		await clock.settle();
	};

	const test: Omit<TestEngine, 'engine'> = {
		clock,
		store,
		provider,
		disk,
		finisher,
		events,
		logged,
		async send(command) {
			const result = await engine.send(command);
			await clock.settle();
			return result;
		},
		async add(...requests) {
			const result = await test.send({
				type: 'add',
				requests: requests.map(one => (typeof one === 'string' ? {source: `scripted:${one}`} : one)),
			});
			if (!result.ok) throw new Error(`nothing was added: ${JSON.stringify(result)}`);
			return [...result.changed];
		},
		act: (type, ...ids) => test.send({type, selection: {ids}}),
		async job(id) {
			const found = await store.get(id);
			if (found === undefined) throw new Error(`job ${id} is gone`);
			return found;
		},
		status: async id => (await store.get(id))?.status ?? 'removed',
		statuses: ids => Promise.all(ids.map(id => test.status(id))),
		async view(id) {
			const {rows} = await engine.list({limit: 1000});
			const found = rows.find(row => row.id === id);
			if (found === undefined) throw new Error(`job ${id} is not in the list`);
			return found;
		},
		crash() {
			life.isOver = true;
			clock.dropTimers();
		},
		async restart(settings) {
			life.isOver = true;
			await make(settings);
			await start();
		},
	};
	await make();
	if (options.isStarted ?? true) await start();
	return Object.defineProperty(test as TestEngine, 'engine', {get: () => engine});
};

/** A port whose promises are never answered any more once the life is over. */
const untilDeath = <Port extends object>(port: Port, life: {readonly isOver: boolean}): Port =>
	new Proxy(port, {
		get(target, key, receiver) {
			const value: unknown = Reflect.get(target, key, receiver);
			if (typeof value === 'object' && value !== null && 'undo' in value) return untilDeath(value, life);
			if (typeof value !== 'function') return value;
			return (...args: unknown[]): unknown => {
				if (life.isOver) return new Promise(() => {});
				const answer: unknown = Reflect.apply(value, target, args);
				if (!(answer instanceof Promise)) return answer;
				return answer.then(
					result => (life.isOver ? new Promise(() => {}) : result),
					(error: unknown) => {
						if (life.isOver) return new Promise(() => {});
						throw error;
					},
				);
			};
		},
	});

/** Time goes on for the dead as well, but nothing calls them. */
const mortalClock = (clock: Clock, life: {readonly isOver: boolean}): Clock => ({
	now: clock.now,
	localTime: clock.localTime,
	chance: clock.chance,
	uniqueName: clock.uniqueName,
	at: (instant, call) => (life.isOver ? () => {} : clock.at(instant, call)),
});

const createMemoryLog = (logged: Array<{readonly id: JobId; readonly line: string}>): JobLog => ({
	write(id, line) {
		logged.push({id, line});
	},
	async read(id, range) {
		const lines = logged.filter(entry => entry.id === id).map(({line}) => line);
		return logLines(lines, range);
	},
	async flush() {},
	async remove(id) {
		for (let index = logged.length - 1; index >= 0; index--) if (logged[index]?.id === id) logged.splice(index, 1);
	},
	kept: async () => [...new Set(logged.map(({id}) => id))],
	async close() {},
});

/** Seconds and minutes in milliseconds, for reading. */
export const seconds = (count: number): Duration => count * 1000;
export const minutes = (count: number): Duration => count * 60_000;
