import {holdOfBatch, lineUp, type BatchLimits} from './batch-limits.ts';
import {breakerPhase, isProbe} from './breaker.ts';
import {gateOpensAt, isMeasured, largestFit, roomFor, type Volume} from './disk-guard.ts';
import type {Hold} from './hold.ts';
import {knownSize, type BatchId, type Job, type JobId, type LaneId, type VolumeId} from './job.ts';
import {laneStarted, type Lane} from './lane.ts';
import {mountOf, type Mount} from './mount.ts';
import {earliest, type Duration, type Instant} from './time.ts';

/** A job that holds a worker slot. */
export type Running = {
	readonly id: JobId;
	readonly lane: LaneId;
	readonly batch?: BatchId | undefined;
	readonly volume: VolumeId;
	readonly bytes: number;
	/** The size it will have, where that is known. */
	readonly total: number | undefined;
	/** Bytes that it still writes beside its file, such as another form of it. Default: none. */
	readonly extra?: number;
	/** Bytes beside its file that it waits for: nothing new takes them. Default: none. */
	readonly wanted?: number;
	readonly startedAt: Instant;
	/** The filesystem below the storage that its file goes to, where that is a known one. */
	readonly mount?: VolumeId | undefined;
	/** It no longer fetches (finishing, or being stopped): it writes no more than its `extra`, and need not be stopped without. */
	readonly isSettling: boolean;
};

/** All that decides who runs. Made anew for each turn, never kept. */
export type World = {
	readonly now: Instant;
	/** Worker slots, 1 to 32. */
	readonly workers: number;
	readonly isQueuePaused: boolean;
	readonly isStopping: boolean;
	readonly running: readonly Running[];
	/** Jobs whose last attempt does not end, though it was given up: it may still write where the next one would. */
	readonly unended?: ReadonlySet<JobId>;
	readonly lanes: ReadonlyMap<LaneId, Lane>;
	readonly volumes: ReadonlyMap<VolumeId, Volume>;
	/** Where the queue itself is kept. */
	readonly data?: Volume | undefined;
	/** How long the level must stay clear before a gate opens. */
	readonly dwell: Duration;
	/** The volume that a job writes to. */
	readonly volumeOf: (job: Job) => VolumeId;
	/** Filesystems below the storage on which something did not fit. */
	readonly mounts?: readonly Mount[];
	/** Where the file of a job goes, relative to the storage, as far as that is known. */
	readonly targetOf?: (job: Job) => string | undefined;
	/** A quota that is used up, until the next day or month begins. */
	readonly quota?: {readonly until: Instant; readonly what: 'day' | 'month'} | undefined;
	/** Without them, batches are not limited. */
	readonly batchLimits?: BatchLimits;
	/** Batches that go before others of their priority, where batches are limited. */
	readonly begun?: ReadonlySet<BatchId>;
};

export type Decision =
	| {readonly type: 'start'; readonly job: Job}
	/** End a running attempt with its bytes kept; it goes on by itself when the gate opens. */
	| {readonly type: 'yield'; readonly id: JobId; readonly detail: string};

export type Plan = {
	readonly decisions: readonly Decision[];
	/** The next instant at which something may change by itself. */
	readonly wakeAt: Instant | undefined;
};

/** Bytes that running jobs still have to write to a volume, as far as their sizes are known. */
export const reservedOn = (volume: VolumeId, running: readonly Running[]): number => {
	let reserved = 0;
	for (const job of running) if (job.volume === volume) reserved += stillToCome(job);
	return reserved;
};

/** Bytes that jobs wait for whose file is fetched already: when they are done, somebody can read it and make room. */
const wantedOn = (volume: VolumeId, running: readonly Running[]): number =>
	running.reduce((sum, job) => (job.volume === volume ? sum + (job.wanted ?? 0) : sum), 0);

const holdOfVolume = (job: Job, world: World): Hold | undefined => {
	const id = world.volumeOf(job);
	const volume = world.volumes.get(id);
	if (volume?.level === undefined || volume.gate.state === 'missing') return {reason: 'volume-missing', volume: id};
	// Its file is whole and only has to get its name, which needs no room. (On a disk that is full a copy would fail again.)
	if (job.placing !== undefined && volume.gate.state !== 'stopped') return undefined;
	// What the job already has on the disk is counted in the level.
	const size = knownSize(job);
	const most = largestFit(volume.level, volume.marks);
	if (size !== undefined && size > most) return {reason: 'larger-than-mark', volume: id, needs: size, mark: most};
	if (volume.gate.state !== 'open') return pausedBy(volume, volume.gate.detail, world);
	// Until the trees have been walked for the first time, nobody knows whether the marks leave any room.
	if (!isMeasured(volume)) {
		return {reason: 'disk-paused', volume: id, detail: 'the storage is being measured'};
	}

	const room = roomFor(volume.level, volume.marks, reservedOn(id, world.running) + wantedOn(id, world.running));
	// A job of unknown size starts while there is any room, but not where all of it is promised to others.
	if (size === undefined) return room > 0 ? undefined : {reason: 'no-room', volume: id, needs: 0, room};
	const needs = Math.max(0, size - job.bytes);
	return needs > room ? {reason: 'no-room', volume: id, needs, room} : undefined;
};

/** The filesystem below the storage that a job's file goes to, where that is a known one. */
const mountFor = (job: Job, {mounts = [], targetOf}: World): Mount | undefined => {
	const target = mounts.length === 0 ? undefined : targetOf?.(job);
	return target === undefined ? undefined : mountOf(target, mounts);
};

/** What a mount has left when everything that runs and goes there is there. */
export const roomOnMount = ({id, free}: Mount, running: readonly Running[]): number =>
	running.reduce((room, job) => (job.mount === id ? room - (job.total ?? 0) : room), free);

/** A file is copied to a mount whole: what of it lies elsewhere already makes no difference there. */
const holdOfMount = (job: Job, world: World): Hold | undefined => {
	const mount = mountFor(job, world);
	if (mount === undefined) return undefined;
	const needs = job.placing?.size ?? knownSize(job) ?? mount.refused;
	const [volume, where] = [mount.id, mount.folder];
	if (needs > mount.total) return {reason: 'larger-than-mark', volume, needs, mark: mount.total, where};
	const room = roomOnMount(mount, world.running);
	return needs > room ? {reason: 'no-room', volume, needs, room, where} : undefined;
};

/** Nothing starts where its end could not be written down. */
const holdOfData = (world: World): Hold | undefined => {
	const {data} = world;
	if (data === undefined || (data.gate.state !== 'paused' && data.gate.state !== 'stopped')) return undefined;
	return pausedBy(data, `${data.gate.detail} in the data folder ${data.path}`, world);
};

const pausedBy = (volume: Volume, detail: string, world: World): Hold => {
	const until = opensLater(volume, world);
	return {reason: 'disk-paused', volume: volume.id, detail, ...(until === undefined ? {} : {until})};
};

/** When the gate may open, unless that instant has passed: then the next sample decides, and nobody knows when. */
const opensLater = (volume: Volume, world: World): Instant | undefined => {
	const until = gateOpensAt(volume.gate, world.dwell);
	return until !== undefined && until > world.now ? until : undefined;
};

/** Why nothing of a lane starts now, whichever of its jobs comes next. */
export const holdOfLane = (id: LaneId, world: World): Hold | undefined => {
	const lane = world.lanes.get(id);
	if (lane === undefined) return undefined;
	const {now} = world;
	if (lane.missing !== undefined && now < lane.missing.until) {
		const {what, until, detail} = lane.missing;
		return {reason: what === 'network' ? 'lane-cooling' : 'tool-missing', lane: id, until, detail};
	}

	if (lane.coolUntil !== undefined && now < lane.coolUntil) {
		return {reason: 'lane-cooling', lane: id, until: lane.coolUntil, detail: lane.coolDetail};
	}

	const inLane = world.running.filter(job => job.lane === id);
	if (lane.breaker.state === 'open') {
		if (breakerPhase(lane.breaker, now) === 'open') {
			return {reason: 'breaker-open', lane: id, until: lane.breaker.until, detail: lane.breaker.detail};
		}

		// What has run since before it opened may run for hours more: it is no probe.
		const probe = inLane.find(job => isProbe(lane.breaker, job.startedAt));
		if (probe !== undefined) return {reason: 'probing', lane: id, probe: probe.id};
	}

	// A lane whose tool was missing is tried with one job as well.
	const {missing} = lane;
	const trial = missing === undefined ? undefined : inLane.find(job => job.startedAt >= missing.until);
	if (trial !== undefined) return {reason: 'probing', lane: id, probe: trial.id};
	if (inLane.length >= lane.limits.maxActive) {
		return {reason: 'lane-busy', lane: id, running: inLane.length, limit: lane.limits.maxActive};
	}

	if (lane.lastStartAt !== undefined && now < lane.lastStartAt + lane.limits.startInterval) {
		return {reason: 'lane-paced', lane: id, until: lane.lastStartAt + lane.limits.startInterval};
	}

	return undefined;
};

const holdOfQuota = ({quota}: World): Hold | undefined => quota && {reason: 'quota-used', ...quota};

/** Why nothing at all starts now. */
export const holdOfQueue = (world: World): Hold | undefined => {
	if (world.isStopping) return {reason: 'stopping'};
	if (world.isQueuePaused) return {reason: 'queue-paused'};
	const quota = holdOfQuota(world);
	if (quota !== undefined) return quota;
	const data = holdOfData(world);
	if (data !== undefined) return data;
	if (world.running.length >= world.workers) {
		return {reason: 'workers-busy', running: world.running.length, workers: world.workers};
	}

	return undefined;
};

/**
 * Why a job does not start now, or undefined when it may. The one rule that both the plan and the screen use, so that
 * what the screen says is what the scheduler does. The reason that lasts longest comes first.
 */
export const explain = (job: Job, world: World): Hold | undefined => {
	if (job.status === 'paused' || job.status === 'pausing') return {reason: 'paused'};
	if (job.status !== 'queued' && job.status !== 'waiting') return undefined;
	if (world.isStopping) return {reason: 'stopping'};
	if (world.isQueuePaused) return {reason: 'queue-paused'};
	if (world.unended?.has(job.id) === true) return {reason: 'still-ending'};
	const volume = holdOfVolume(job, world) ?? holdOfMount(job, world);
	if (volume?.reason === 'larger-than-mark' || volume?.reason === 'volume-missing') return volume;
	if (job.retryAt !== undefined && world.now < job.retryAt) {
		return {
			reason: 'retry-later',
			until: job.retryAt,
			...(job.error === undefined ? {} : {detail: job.error.message}),
		};
	}

	return (
		volume ??
		holdOfQuota(world) ??
		holdOfData(world) ??
		holdOfLane(job.lane, world) ??
		holdOfBatch(job.batch, world) ??
		holdOfQueue(world)
	);
};

const asRunning = (job: Job, world: World): Running => ({
	id: job.id,
	lane: job.lane,
	batch: job.batch,
	volume: world.volumeOf(job),
	bytes: job.bytes,
	total: knownSize(job),
	startedAt: world.now,
	mount: mountFor(job, world)?.id,
	isSettling: false,
});

/** A copy of the world in which jobs can be started one after the other. */
export const imagine = (world: World): World & {readonly start: (job: Job) => void} => {
	// Copied once, not for each job that starts: there may be a lane for every server.
	const running = [...world.running];
	const lanes = new Map(world.lanes);
	const start = (job: Job): void => {
		running.push(asRunning(job, world));
		const lane = lanes.get(job.lane);
		if (lane !== undefined) lanes.set(job.lane, laneStarted(lane, world.now));
	};

	return {...world, running, lanes, start};
};

/** Where a quota is used up nothing goes on that fetches. */
const overQuota = ({quota, running}: World): Decision[] =>
	quota === undefined
		? []
		: running
				.filter(({isSettling}) => !isSettling)
				.map(({id}) => ({type: 'yield', id, detail: `the quota of the ${quota.what} is used up`}));

/** Running jobs that must stop so that no volume is filled beyond its hard limit: the latest started first. */
const overcommitted = (world: World): Decision[] => {
	const decisions: Decision[] = [];
	for (const volume of world.volumes.values()) {
		const here = world.running.filter(job => job.volume === volume.id && mayStillWrite(job));
		if (volume.gate.state === 'stopped' || volume.gate.state === 'missing') {
			const detail = volume.gate.state === 'missing' ? 'the volume is not mounted' : volume.gate.detail;
			for (const job of here) decisions.push({type: 'yield', id: job.id, detail});
			continue;
		}

		if (volume.level === undefined) continue;
		const room = roomFor(volume.level, volume.marks, reservedOn(volume.id, world.running));
		for (const job of mustStop(here, room)) {
			decisions.push({type: 'yield', id: job.id, detail: 'it does not fit under the disk mark'});
		}
	}

	return decisions;
};

const mayStillWrite = ({isSettling, extra = 0}: Running): boolean => !isSettling || extra > 0;

const stillToCome = (job: Running): number =>
	(job.isSettling ? 0 : Math.max(0, (job.total ?? job.bytes) - job.bytes)) + (job.extra ?? 0);

/** The latest started jobs that must stop until nothing more is promised than there is; none that could go on. */
const mustStop = (here: readonly Running[], room: number): readonly Running[] => {
	let left = room;
	const stopped: Running[] = [];
	for (const job of here.toSorted((a, b) => b.startedAt - a.startedAt || b.id - a.id)) {
		if (left >= 0) break;
		if (stillToCome(job) === 0) continue;
		stopped.push(job);
		left += stillToCome(job);
	}

	// Stopping a large job may have made the stop of a small, later one needless; the oldest is spared first.
	return stopped.toReversed().filter(job => {
		if (left < stillToCome(job)) return true;
		left -= stillToCome(job);
		return false;
	});
};

const untilOf = (hold: Hold | undefined): Instant | undefined =>
	hold !== undefined && 'until' in hold ? hold.until : undefined;

/**
 * Decides who starts next and who must stop. Order is `order` (priority, then arrival, then manual moves), but where
 * batches are limited, one that was begun goes before a new one. A job that is held is passed over, so that nothing waits
 * while there is room for it.
 *
 * @param candidates jobs next in line of the lanes that are not held, in any order
 */
export const plan = (world: World, candidates: readonly Job[]): Plan => {
	const decisions: Decision[] = world.quota === undefined ? overcommitted(world) : overQuota(world);
	const imagined = imagine(world);
	const instants: Array<Instant | undefined> = [];
	for (const job of lineUp(candidates, world.begun)) {
		const hold = explain(job, imagined);
		if (hold === undefined) {
			decisions.push({type: 'start', job});
			imagined.start(job);
			continue;
		}

		instants.push(untilOf(hold));
		if (hold.reason === 'workers-busy') break;
	}

	// Lanes may have more jobs in line than the candidates, so the end of their holds counts whoever is next.
	for (const id of imagined.lanes.keys()) instants.push(untilOf(holdOfLane(id, imagined)));
	instants.push(world.quota?.until);
	for (const volume of world.volumes.values()) instants.push(opensLater(volume, world));
	if (world.data !== undefined) instants.push(opensLater(world.data, world));
	return {decisions, wakeAt: instants.reduce<Instant | undefined>(earliest, undefined)};
};
