import type {Rate} from '../domain/bandwidth.ts';
import {dataMarks, openGate, type Volume} from '../domain/disk-guard.ts';
import {
	knownSize,
	type AttemptToken,
	type BatchId,
	type Job,
	type JobId,
	type LaneId,
	type ProviderId,
	type VolumeId,
} from '../domain/job.ts';
import {isQuiet, lastActivity, newLane, type Lane, type LaneLimits} from '../domain/lane.ts';
import {mountOf, type Mount} from '../domain/mount.ts';
import type {World} from '../domain/plan.ts';
import type {Meter} from '../domain/progress.ts';
import {noTraffic, type Traffic} from '../domain/quota.ts';
import type {Instant} from '../domain/time.ts';
import type {Allowance} from './bandwidth.ts';
import type {Core} from './core.ts';
import {quotaHold} from './quota.ts';
import type {EngineSettings} from './settings.ts';

/** An attempt that holds a worker slot. Changed only by `perform`. */
export type RunningJob = {
	job: Job;
	readonly token: AttemptToken;
	/** From 1; the lowest free one when it started. */
	readonly slot: number;
	readonly abort: AbortController;
	readonly startedAt: Instant;
	/** When its lane had started the one before. */
	readonly lastStartAt: Instant | undefined;
	meter: Meter;
	bytes: number;
	total: number | undefined;
	phase: string;
	/** What is written beside the fetched file, in bytes: promised in all, there already, and waited for. */
	beside: {readonly promised: number; readonly written: number; readonly wanted: number};
	/** Bytes or total differ from what the store was told. */
	isUnsaved: boolean;
	readonly allowance: Allowance;
	/** It no longer fetches. */
	isSettling: boolean;
};

/** What the process holds: what runs, its lanes and volumes, never the queue. */
export type Live = {
	readonly running: Map<JobId, RunningJob>;
	/** Jobs whose bytes are being moved, and until when: nothing starts them before that is done. */
	readonly leaving: Map<JobId, Promise<void>>;
	/** Jobs whose last attempt was given up because it did not end: their directories are not safe to use until it has. */
	readonly unended: Set<JobId>;
	readonly lanes: Map<LaneId, Lane>;
	readonly volumes: Map<VolumeId, Volume>;
	/** Filesystems below the storage on which something did not fit. */
	readonly mounts: Map<VolumeId, Mount>;
	/** Batches that run, or have run until just now and may go on: they go before others. Kept where batches are limited. */
	readonly begun: Set<BatchId>;
	/** Titles of batches, as far as they were needed to tell where files go. */
	readonly batchTitles: Map<BatchId, string>;
	/** Where the file of a job goes, relative to the storage, as far as that is known. */
	targetOf: (job: Job) => string | undefined;
	/** The filesystem of the data folder, where it is looked at. */
	data: Volume | undefined;
	readonly notices: Map<string, string>;
	workers: number;
	/** A person's own limit for all together, in bytes a second, in the place of the configured one. */
	limit: 'configured' | {readonly rate: Rate | undefined};
	/** When a job was started again for the sake of the limit. */
	restartedAt: Instant | undefined;
	/** Jobs that were, and how often, under this limit. */
	readonly restarts: Map<JobId, number>;
	limitBefore: Rate | undefined;
	/** What was fetched today and in this month; counted where there is a quota. */
	traffic: Traffic;
	/** Jobs that wait to be started, as they were counted last. */
	inLine: number;
	isQueuePaused: boolean;
	isStopping: boolean;
	/** Running jobs go on, nothing else starts. */
	isDraining: boolean;
	/** A job in line does not fit now, though the gate is open: the disk is watched also when nothing runs. */
	isShortOfRoom: boolean;
};

export const createLive = (
	settings: EngineSettings,
	volume: VolumeId,
	path: string,
	dataPath: string | undefined,
): Live => ({
	running: new Map(),
	leaving: new Map(),
	unended: new Set(),
	lanes: new Map(),
	volumes: new Map([[volume, {id: volume, path, marks: settings.marks, level: undefined, gate: openGate}]]),
	mounts: new Map(),
	begun: new Set(),
	batchTitles: new Map(),
	targetOf: () => undefined,
	data:
		dataPath === undefined
			? undefined
			: {id: 'data', path: dataPath, marks: dataMarks, level: undefined, gate: openGate},
	notices: new Map(),
	workers: settings.workers,
	limit: 'configured',
	restartedAt: undefined,
	restarts: new Map(),
	limitBefore: undefined,
	traffic: noTraffic,
	inLine: 0,
	isQueuePaused: false,
	isStopping: false,
	isDraining: false,
	isShortOfRoom: false,
});

/** The lane, made with the provider's limits when it is seen for the first time. */
export const laneOf = (live: Live, settings: EngineSettings, id: LaneId, provider: ProviderId): Lane => {
	const known = live.lanes.get(id);
	if (known !== undefined) return known;
	const lane = newLane(id, provider, limitsOf(settings, id, provider));
	live.lanes.set(id, lane);
	return lane;
};

/** The lane's own limits, else those of its provider. */
export const limitsOf = ({lanes, defaultLane}: EngineSettings, id: LaneId, provider: ProviderId): LaneLimits =>
	lanes[id] ?? lanes[provider] ?? defaultLane;

/** Quiet lanes that are remembered for the times of their last success and failure. */
const mostQuietLanes = 32;

/** Forgets lanes that nobody needs: there may be one for every server that a job was ever fetched from. */
export const pruneLanes = (live: Live, waiting: readonly LaneId[], now: Instant): void => {
	if (live.lanes.size <= mostQuietLanes) return;
	const needed = new Set([...waiting, ...[...live.running.values()].map(({job}) => job.lane)]);
	const quiet = [...live.lanes.values()].filter(lane => !needed.has(lane.id) && isQuiet(lane, now));
	const byAge = quiet.toSorted((a, b) => lastActivity(b) - lastActivity(a));
	for (const {id} of byAge.slice(mostQuietLanes)) live.lanes.delete(id);
};

/** The world as the plan sees it, at this instant. */
export const worldOf = (core: Core, now: Instant): World => {
	const {live, settings, disk} = core;
	const {volume} = disk;
	return {
		now,
		workers: live.workers,
		isQueuePaused: live.isQueuePaused,
		isStopping: live.isStopping || live.isDraining,
		running: [...live.running.values()].map(({job, bytes, total, beside, startedAt, isSettling, abort}) => ({
			id: job.id,
			lane: job.lane,
			batch: job.batch,
			volume,
			bytes,
			total: total ?? knownSize(job),
			extra: abort.signal.aborted ? 0 : Math.max(0, beside.promised - beside.written),
			wanted: abort.signal.aborted ? 0 : beside.wanted,
			startedAt,
			mount: live.mounts.size === 0 ? undefined : mountOf(live.targetOf(job) ?? '', [...live.mounts.values()])?.id,
			isSettling: isSettling || abort.signal.aborted,
		})),
		unended: live.unended,
		lanes: live.lanes,
		volumes: live.volumes,
		data: live.data,
		dwell: settings.dwell,
		volumeOf: () => volume,
		mounts: [...live.mounts.values()],
		targetOf: live.targetOf,
		...(settings.batchLimits === undefined ? {} : {batchLimits: settings.batchLimits, begun: live.begun}),
		quota: quotaHold(core),
	};
};

/** The lowest worker slot that nobody holds. */
export const freeSlot = (live: Live): number => {
	const taken = new Set([...live.running.values()].map(({slot}) => slot));
	let slot = 1;
	while (taken.has(slot)) slot++;
	return slot;
};
