import type {JobId, LaneId, VolumeId} from './job.ts';
import type {Instant} from './time.ts';
import {assertNever} from './assert-never.ts';

/** Why a job does not start now. `until` is the instant at which that may change by itself, where it is known. */
export type Hold =
	| {readonly reason: 'stopping'}
	| {readonly reason: 'paused'}
	| {readonly reason: 'queue-paused'}
	| {readonly reason: 'no-scheduler'}
	/** Its last attempt was given up because it did not end, and may still write. */
	| {readonly reason: 'still-ending'}
	| {readonly reason: 'workers-busy'; readonly running: number; readonly workers: number}
	/** `limit` jobs of one batch run at once. */
	| {readonly reason: 'batch-busy'; readonly running: number; readonly limit: number}
	/** So many other batches are under way. */
	| {readonly reason: 'batches-busy'; readonly active: number; readonly limit: number}
	/** What may be fetched in a day or a month has been. */
	| {readonly reason: 'quota-used'; readonly until: Instant; readonly what: 'day' | 'month'}
	| {readonly reason: 'retry-later'; readonly until: Instant; readonly detail?: string}
	| {readonly reason: 'lane-busy'; readonly lane: LaneId; readonly running: number; readonly limit: number}
	| {readonly reason: 'lane-paced'; readonly lane: LaneId; readonly until: Instant}
	| {readonly reason: 'lane-cooling'; readonly lane: LaneId; readonly until: Instant; readonly detail: string}
	| {readonly reason: 'breaker-open'; readonly lane: LaneId; readonly until: Instant; readonly detail: string}
	| {readonly reason: 'probing'; readonly lane: LaneId; readonly probe: JobId | undefined}
	| {readonly reason: 'tool-missing'; readonly lane: LaneId; readonly until: Instant; readonly detail: string}
	| {readonly reason: 'volume-missing'; readonly volume: VolumeId}
	| {readonly reason: 'disk-paused'; readonly volume: VolumeId; readonly until?: Instant; readonly detail: string}
	/** `needs` is 0 where the size is not known. `where`: a filesystem below the storage, by its folder. */
	| {
			readonly reason: 'no-room';
			readonly volume: VolumeId;
			readonly needs: number;
			readonly room: number;
			readonly where?: string;
	  }
	| {
			readonly reason: 'larger-than-mark';
			readonly volume: VolumeId;
			readonly needs: number;
			readonly mark: number;
			readonly where?: string;
	  };

export type HoldReason = Hold['reason'];

/**
 * Whether the hold may end without a person: `run --until-idle` waits for these and for no others. Disk holds count
 * among them, because whatever empties the disk is usually a program.
 */
export const waitsForItself = (hold: Hold): boolean => {
	switch (hold.reason) {
		case 'stopping':
		case 'paused':
		case 'queue-paused':
		case 'no-scheduler':
		case 'still-ending':
		case 'larger-than-mark':
		case 'tool-missing':
			return false;
		case 'workers-busy':
		case 'batch-busy':
		case 'batches-busy':
		case 'quota-used':
		case 'retry-later':
		case 'lane-busy':
		case 'lane-paced':
		case 'lane-cooling':
		case 'breaker-open':
		case 'probing':
		case 'volume-missing':
		case 'disk-paused':
		case 'no-room':
			return true;
		default:
			return assertNever(hold);
	}
};

/** The hold in a few words, without the instant; sizes are put in by `size`. */
export const holdSentence = (hold: Hold, size: (bytes: number) => string): string => {
	switch (hold.reason) {
		case 'stopping':
			return 'the scheduler is stopping';
		case 'paused':
			return 'paused by you';
		case 'queue-paused':
			return 'the queue is paused';
		case 'no-scheduler':
			return 'no scheduler is running';
		case 'still-ending':
			return 'its last attempt has not ended yet; a restart of the scheduler ends it';
		case 'workers-busy':
			return `all ${hold.workers} workers are busy`;
		case 'batch-busy':
			return `its batch runs ${hold.running} of ${hold.limit}`;
		case 'batches-busy':
			return `${hold.active} of ${hold.limit} batches are under way`;
		case 'quota-used':
			return `the quota of the ${hold.what} is used up`;
		case 'retry-later':
			return hold.detail === undefined ? 'waiting to retry' : `waiting to retry: ${hold.detail}`;
		case 'lane-busy':
			return `${hold.lane} runs ${hold.running} of ${hold.limit}`;
		case 'lane-paced':
			return `${hold.lane} starts are spaced out`;
		case 'lane-cooling':
			return `${hold.lane} is cooling down: ${hold.detail}`;
		case 'breaker-open':
			return `${hold.lane} failed repeatedly: ${hold.detail}`;
		case 'probing':
			return `${hold.lane} is being tried with one job`;
		case 'tool-missing':
			return hold.detail;
		case 'volume-missing':
			return 'the storage volume is not mounted';
		case 'disk-paused':
			return `disk: ${hold.detail}`;
		case 'no-room':
			return hold.needs > 0
				? `needs ${size(hold.needs)}${inFolder(hold)}, room for ${size(Math.max(0, hold.room))}`
				: 'what runs already needs all the room there is';
		case 'larger-than-mark':
			return hold.where === undefined
				? `needs ${size(hold.needs)}, more than the disk mark of ${size(hold.mark)} allows`
				: `needs ${size(hold.needs)}${inFolder(hold)}, where ${size(hold.mark)} are all there is`;
		default:
			return assertNever(hold);
	}
};

const inFolder = ({where}: {readonly where?: string}): string => (where === undefined ? '' : ` in ${where}`);
