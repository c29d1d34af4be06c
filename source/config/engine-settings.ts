import type {LaneLimits} from '../domain/lane.ts';
import type {OwnerId, ProviderId} from '../domain/job.ts';
import type {EngineSettings} from '../engine/settings.ts';
import type {Config} from './load.ts';
import {parseSize} from '../domain/size.ts';
import {parseWindow} from './windows.ts';

const gigabyte = 1e9;
const second = 1000;

type LaneKeys = Pick<
	Config['providers']['http'],
	'max_active' | 'start_interval_seconds' | 'breaker_failures' | 'breaker_open_seconds'
>;

const laneLimits = (keys: LaneKeys): LaneLimits => ({
	maxActive: keys.max_active,
	startInterval: keys.start_interval_seconds * second,
	breaker: {threshold: keys.breaker_failures, openFor: keys.breaker_open_seconds * second},
});

const batchLimits = (queue: Config['queue']): Pick<EngineSettings, 'batchLimits'> => {
	const {max_active_batches: maxActive, max_active_per_batch: maxPerBatch} = queue;
	return maxActive === undefined && maxPerBatch === undefined ? {} : {batchLimits: {maxActive, maxPerBatch}};
};

/** Searches are counted and spaced apart from downloads. While slskd is away it is looked for at an even pace. */
const lanesOfSlskd = (keys: Config['providers']['slskd']): Readonly<Record<string, LaneLimits>> => {
	const limits = laneLimits(keys);
	const own: LaneLimits = {...limits, breaker: {...limits.breaker, openForAtMost: limits.breaker.openFor}};
	return {
		slskd: own,
		'slskd:search': {...own, maxActive: 1, startInterval: keys.search_interval_seconds * second},
	};
};

const quotaOf = ({daily_quota: daily, monthly_quota: monthly}: Config['bandwidth']): Pick<EngineSettings, 'quota'> =>
	daily === 'off' && monthly === 'off' ? {} : {quota: {daily: parseSize(daily), monthly: parseSize(monthly)}};

/** What the engine needs of the configuration, in its own units: bytes and milliseconds. */
export const toEngineSettings = (
	config: Config,
	own: {readonly owner: OwnerId; readonly isScheduling: boolean; readonly workers?: number | undefined},
): EngineSettings => {
	const {disk_management: disk, queue, providers} = config;
	const {hard_limit_gb: hard, pause_threshold_gb: pause, resume_threshold_gb: resume} = disk;
	const lanes: Record<ProviderId, LaneLimits> = {};
	for (const [name, keys] of Object.entries(providers)) lanes[name] = laneLimits(keys);
	Object.assign(lanes, lanesOfSlskd(providers.slskd));
	return {
		workers: own.workers ?? disk.max_concurrent_downloads,
		maxAttempts: queue.max_attempts,
		retry: {base: queue.retry_base_seconds * second, cap: queue.retry_cap_seconds * second},
		marks: {
			used:
				hard === undefined || pause === undefined || resume === undefined
					? undefined
					: {hard: hard * gigabyte, pause: pause * gigabyte, resume: resume * gigabyte},
			free: {
				stop: disk.stop_below_free_gb * gigabyte,
				pause: disk.pause_below_free_gb * gigabyte,
				resume: disk.resume_above_free_gb * gigabyte,
			},
		},
		dwell: disk.resume_dwell_seconds * second,
		sampleInterval: disk.cache_duration_seconds * second,
		walkInterval: disk.check_interval_seconds * second,
		lanes,
		defaultLane: laneLimits(providers.http),
		...batchLimits(queue),
		catalogProvider: config.catalogs.provider,
		rateLimit: config.bandwidth.limit === 'off' ? undefined : parseSize(config.bandwidth.limit),
		windows: config.bandwidth.windows.flatMap(text => {
			const window = parseWindow(text);
			return 'problem' in window ? [] : [window];
		}),
		...quotaOf(config.bandwidth),
		owner: own.owner,
		isScheduling: own.isScheduling,
	};
};
