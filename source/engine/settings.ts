import type {BatchLimits} from '../domain/batch-limits.ts';
import type {Marks} from '../domain/disk-guard.ts';
import type {LaneId, OwnerId, ProviderId} from '../domain/job.ts';
import type {LaneLimits} from '../domain/lane.ts';
import type {Quota} from '../domain/quota.ts';
import type {RetryPolicy} from '../domain/retry.ts';
import type {Duration} from '../domain/time.ts';
import type {Window} from '../domain/timetable.ts';

/** What the configuration tells the engine. */
export type EngineSettings = {
	/** Worker slots, 1 to 32; may be changed while running, and is this again at the next start. */
	readonly workers: number;
	/** Attempts a job may spend before it is set aside. */
	readonly maxAttempts: number;
	readonly retry: RetryPolicy;
	readonly marks: Marks;
	/** How long the level must stay clear of the resume marks before a gate opens. */
	readonly dwell: Duration;
	/** How often the filesystem is looked at while something runs or waits for space. */
	readonly sampleInterval: Duration;
	/** How often the trees are walked again in the background. */
	readonly walkInterval: Duration;
	/** By provider, or by the lane's own id where it has limits of its own. */
	readonly lanes: Readonly<Record<ProviderId | LaneId, LaneLimits>>;
	/** Limits of providers that `lanes` does not name. */
	readonly defaultLane: LaneLimits;
	/** Default: none. */
	readonly batchLimits?: BatchLimits;
	/** Who fetches what catalogs name. Default: the first provider that can look for music. */
	readonly catalogProvider?: ProviderId | undefined;
	/** Bytes per second for all jobs together, or undefined for none. */
	readonly rateLimit: number | undefined;
	/** Limits of certain hours, in the place of it; the first that is open counts. */
	readonly windows: readonly Window[];
	/** Default: none. */
	readonly quota?: Quota;
	readonly owner: OwnerId;
	/** False: commands are served on the store, but nothing is run. */
	readonly isScheduling: boolean;
};

export const mostWorkers = 32;
export const leastWorkers = 1;
