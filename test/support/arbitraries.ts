import * as fc from 'fast-check';
import type {Breaker} from '../../source/domain/breaker.ts';
import type {Gate, Volume} from '../../source/domain/disk-guard.ts';
import type {Job, JobId, JobStatus} from '../../source/domain/job.ts';
import {newLane, type Lane} from '../../source/domain/lane.ts';
import type {Running, World} from '../../source/domain/plan.ts';

/** The instant at which all arbitrary worlds are looked at. */
export const now = 1_000_000;

/** A queued job that may start at once, with `changes`. It writes to the volume that `source` names, see `volumeOf`. */
export const jobWith = (changes: Partial<Omit<Job, 'id'>> & {readonly id: number}): Job => ({
	batch: undefined,
	title: `job ${changes.id}`,
	provider: 'http',
	lane: 'l1',
	source: 'v1',
	identity: `job-${changes.id}`,
	options: {},
	status: 'queued',
	isSourced: true,
	priority: 5,
	order: changes.id,
	attempts: 0,
	maxAttempts: 3,
	attempt: undefined,
	owner: undefined,
	bytes: 0,
	total: undefined,
	expectedSize: undefined,
	checksum: undefined,
	output: undefined,
	placing: undefined,
	outputPath: undefined,
	size: undefined,
	error: undefined,
	retryAt: undefined,
	createdAt: 0,
	startedAt: undefined,
	endedAt: undefined,
	...changes,
	id: changes.id as JobId,
});

/** An open, empty volume of 1,000 bytes that stops at 100 free ones, with `changes`. */
export const volumeWith = (changes: Partial<Volume> & {readonly id: string}): Volume => ({
	path: `/${changes.id}`,
	marks: {used: undefined, free: {stop: 100, pause: 150, resume: 200}},
	level: {at: now, used: undefined, free: 1000, total: 1000},
	gate: {state: 'open'},
	...changes,
});

/** A healthy lane that runs two jobs at once, with `changes`. */
export const laneWith = (changes: Partial<Lane> & {readonly id: string}): Lane => ({
	...newLane(changes.id, 'http', {maxActive: 2, startInterval: 0, breaker: {threshold: 3, openFor: 1000}}),
	...changes,
});

/** Four workers, one healthy lane and one open volume, with `changes`. */
export const worldWith = (changes: Partial<World> = {}): World => ({
	now,
	workers: 4,
	isQueuePaused: false,
	isStopping: false,
	running: [],
	lanes: new Map([['l1', laneWith({id: 'l1'})]]),
	volumes: new Map([['v1', volumeWith({id: 'v1'})]]),
	dwell: 50,
	volumeOf: job => job.source,
	...changes,
});

const laneIds = ['l1', 'l2', 'l3'];
const volumeIds = ['v1', 'v2'];
const near = fc.integer({min: now - 30, max: now + 60});
const among = <Value>(weight: number, value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> =>
	fc.oneof({weight, arbitrary: fc.constant(undefined)}, {weight: 1, arbitrary: value});
/** A value, or as often none. */
const maybe = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> => among(1, value);
/** Mostly none. */
const seldom = <Value>(value: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> => among(6, value);

const anyBreaker: fc.Arbitrary<Breaker> = fc.oneof(
	{weight: 5, arbitrary: fc.record({state: fc.constant('closed' as const), failures: fc.nat({max: 2})})},
	fc.record({
		state: fc.constant('open' as const),
		failures: fc.constant(3),
		until: near,
		detail: fc.constant('failed'),
		openings: fc.integer({min: 1, max: 9}),
	}),
);

const anyLane = (id: string): fc.Arbitrary<Lane> =>
	fc
		.record({
			maxActive: fc.integer({min: 1, max: 4}),
			startInterval: fc.oneof({weight: 2, arbitrary: fc.constant(0)}, fc.integer({min: 1, max: 40})),
			breaker: anyBreaker,
			coolUntil: seldom(near),
			missing: seldom(
				fc.record({what: fc.constantFrom('tool', 'network'), detail: fc.constant('is away'), until: near}),
			),
			lastStartAt: maybe(fc.integer({min: now - 60, max: now})),
		})
		.map(({maxActive, startInterval, ...lane}) =>
			laneWith({id, ...lane, limits: {maxActive, startInterval, breaker: {threshold: 3, openFor: 1000}}}),
		);

const anyGate: fc.Arbitrary<Gate> = fc.oneof(
	{weight: 8, arbitrary: fc.constant<Gate>({state: 'open'})},
	fc.record({
		state: fc.constantFrom('paused' as const, 'stopped' as const),
		since: fc.constant(now - 500),
		detail: fc.constant('above the pause mark'),
		clearSince: maybe(fc.integer({min: now - 100, max: now})),
	}),
	fc.constant<Gate>({state: 'missing', since: now - 500}),
);

/** Any volume; `gate` may be given. Levels and gates need not agree, as between two samples. */
export const anyVolume = (id: string, gate: fc.Arbitrary<Gate> = anyGate): fc.Arbitrary<Volume> =>
	fc
		.record({
			gate,
			hard: maybe(fc.integer({min: 300, max: 1200})),
			used: maybe(fc.nat({max: 1000})),
			free: fc.nat({max: 1000}),
			isSampled: fc.nat({max: 9}).map(roll => roll !== 3),
		})
		.map(({gate: itsGate, hard, used, free, isSampled}) =>
			volumeWith({
				id,
				gate: itsGate,
				level: isSampled ? {at: now, used, free, total: 1000} : undefined,
				marks: {
					used: hard === undefined ? undefined : {hard, pause: hard - 50, resume: hard - 100},
					free: {stop: 100, pause: 150, resume: 200},
				},
			}),
		);

const anyRunning = (id: number): fc.Arbitrary<Running> =>
	fc.record({
		id: fc.constant(id as JobId),
		lane: fc.constantFrom(...laneIds),
		volume: fc.constantFrom(...volumeIds),
		bytes: fc.nat({max: 200}),
		total: maybe(fc.nat({max: 400})),
		startedAt: fc.integer({min: now - 20, max: now}),
		isSettling: fc.nat({max: 3}).map(roll => roll === 0),
	});

/** Running jobs with ids from 1,000 up. */
export const anyRunningJobs = (most: number): fc.Arbitrary<readonly Running[]> =>
	fc.nat({max: most}).chain(count => fc.tuple(...Array.from({length: count}, (_, index) => anyRunning(1000 + index))));

/** A job in line: mostly one that could start, now and then paused, waiting for its retry, or too large. */
const anyCandidate = (id: number): fc.Arbitrary<Job> =>
	fc
		.record({
			status: fc.constantFrom<JobStatus[]>('queued', 'queued', 'queued', 'queued', 'waiting', 'waiting', 'paused'),
			order: fc.integer({min: 0, max: 12}),
			lane: fc.constantFrom(...laneIds, 'unknown'),
			source: fc.constantFrom('v1', 'v1', 'v1', 'v1', 'v2', 'v2', 'v2', 'elsewhere'),
			bytes: fc.oneof(fc.constant(0), fc.nat({max: 150})),
			total: maybe(fc.oneof({weight: 5, arbitrary: fc.nat({max: 300})}, fc.nat({max: 1500}))),
			expectedSize: maybe(fc.nat({max: 300})),
			retryAt: seldom(near),
		})
		.map(job => jobWith({id, ...job, isSourced: job.status !== 'waiting'}));

export const anyCandidates = (most = 12): fc.Arbitrary<readonly Job[]> =>
	fc.nat({max: most}).chain(count => fc.tuple(...Array.from({length: count}, (_, index) => anyCandidate(1 + index))));

/** Any world with three lanes and two volumes. It may be overcommitted, paused, stopping, or have fewer workers than jobs. */
export const anyWorld: fc.Arbitrary<World> = fc
	.record({
		workers: fc.integer({min: 1, max: 10}),
		isQueuePaused: fc.nat({max: 24}).map(roll => roll === 13),
		isStopping: fc.nat({max: 24}).map(roll => roll === 13),
		running: anyRunningJobs(6),
		lanes: fc.tuple(...laneIds.map(id => anyLane(id))),
		volumes: fc.tuple(...volumeIds.map(id => anyVolume(id))),
	})
	.map(({lanes, volumes, ...world}) =>
		worldWith({
			...world,
			lanes: new Map(lanes.map(lane => [lane.id, lane])),
			volumes: new Map(volumes.map(volume => [volume.id, volume])),
		}),
	);
