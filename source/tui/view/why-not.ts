import {assertNever} from '../../domain/assert-never.ts';
import {toBeFreed} from '../../domain/forecast.ts';
import type {Hold} from '../../domain/hold.ts';
import type {JobDetail} from '../../domain/job.ts';
import type {EngineSnapshot, LaneView, VolumeView} from '../../domain/snapshot.ts';
import type {Instant} from '../../domain/time.ts';
import {clockTime, size} from '../format.ts';

/** Why a job does not run, in full. */
export type WhyNot = {
	/** What has to happen so that the reason is gone, and where. */
	readonly remedy: string;
	/** What would keep it from starting then, as far as that can be told today. */
	readonly also: readonly string[];
};

/** The hold of a job told to its end; undefined where nothing holds it. */
export const whyNot = (job: JobDetail, snapshot: EngineSnapshot): WhyNot | undefined =>
	job.hold === undefined
		? undefined
		: {remedy: remedyOf(job.hold, job, snapshot), also: obstacles(job, snapshot).filter(words => words !== '')};

const remedyOf = (hold: Hold, job: JobDetail, snapshot: EngineSnapshot): string => {
	const {at: now} = snapshot;
	switch (hold.reason) {
		case 'stopping':
			return 'The scheduler is about to end; the job goes on with the next one.';
		case 'paused':
			return 'You paused this job; p lets it go on.';
		case 'queue-paused':
			return 'You paused the whole queue; P lets it go on.';
		case 'no-scheduler':
			return 'Nothing runs until a scheduler does: `tidegate run`, or `tidegate` without a command.';
		case 'still-ending':
			return 'Its last attempt was given up and has not ended; restarting the scheduler ends it.';
		case 'workers-busy':
			return `It starts when one of ${hold.workers} running jobs ends, or with more workers (] adds one).`;
		case 'batch-busy':
			return `A batch runs no more than ${hold.limit} jobs at once; it starts when one of them ends.`;
		case 'batches-busy':
			return `No more than ${hold.limit} batches run at once; it starts when one of them has nothing left to start.`;
		case 'quota-used':
			return `What may be fetched in a ${hold.what} has been; it goes on at ${clockTime(hold.until, now)}. [bandwidth] in config.toml says how much that is.`;
		case 'retry-later':
			return `It is tried again by itself at ${clockTime(hold.until, now)}: ${attemptsLeft(job)}.`;
		case 'lane-busy':
			return `${laneName(hold.lane)} runs no more than ${hold.limit} at once; it starts when one of them ends.`;
		case 'lane-paced':
			return `${laneName(hold.lane)} leaves some time between two starts; the next one is at ${clockTime(hold.until, now)}.`;
		case 'lane-cooling':
			return `${laneName(hold.lane)} starts nothing before ${clockTime(hold.until, now)}; then it goes on by itself.`;
		case 'breaker-open':
			return `${laneName(hold.lane)} tries one job at ${clockTime(hold.until, now)}; if that goes well, all others follow.`;
		case 'probing':
			return `${laneName(hold.lane)} is being tried with ${hold.probe === undefined ? 'one job' : `job ${hold.probe}`}; when that goes well, all others follow.`;
		case 'tool-missing':
			return `Install the tool; it is looked for again at ${clockTime(hold.until, now)}. ! tells what else is missing.`;
		case 'volume-missing':
			return `Mount ${pathOf(hold.volume, snapshot)}; the queue goes on by itself.`;
		case 'disk-paused':
			return diskRemedy(hold.volume, hold.until, snapshot);
		case 'no-room':
			return roomRemedy(hold.volume, hold.needs - Math.max(0, hold.room), snapshot, hold.where);
		case 'larger-than-mark':
			return `It does not fit even on the emptied disk: raise the marks in config.toml, or add it with another storage.`;
		default:
			return assertNever(hold);
	}
};

const attemptsLeft = ({attempts, maxAttempts}: JobDetail): string => {
	const left = maxAttempts - attempts;
	return left === 1 ? 'the last attempt' : `${left} attempts are left`;
};

const laneName = (lane: string): string => `The lane ${lane}`;

const volumeOf = (id: string, {volumes}: EngineSnapshot): VolumeView | undefined =>
	volumes.find(volume => volume.id === id);

const pathOf = (id: string, snapshot: EngineSnapshot): string => volumeOf(id, snapshot)?.path ?? 'the storage';

const diskRemedy = (id: string, until: Instant | undefined, snapshot: EngineSnapshot): string => {
	const volume = volumeOf(id, snapshot);
	if (until !== undefined) return `Space is back; the disk opens at ${clockTime(until, snapshot.at)} if it stays.`;
	if (volume?.level === undefined) return 'The queue goes on by itself when there is room.';
	const needed = toBeFreed(volume.level, volume.marks);
	return needed > 0
		? `When ${size(needed)} are freed on ${volume.path}, the queue goes on by itself.`
		: 'The queue goes on by itself when the storage has been measured.';
};

const roomRemedy = (id: string, lacking: number, snapshot: EngineSnapshot, where: string | undefined): string => {
	const volume = volumeOf(id, snapshot);
	const reserved = volume?.reserved ?? 0;
	const path = volume?.path ?? (where === undefined ? 'the storage' : `the disk at ${where}`);
	const freed = lacking > 0 ? `${size(lacking)} are freed on ${path}` : `space is freed on ${path}`;
	return reserved > 0
		? `It starts when ${freed}, or when jobs end that have ${size(reserved)} reserved there.`
		: `It starts when ${freed}.`;
};

/** Everything that would hold the job, beside its hold. */
const obstacles = (job: JobDetail, snapshot: EngineSnapshot): readonly string[] => {
	const {hold} = job;
	const {at: now} = snapshot;
	const reason = hold?.reason;
	const lane = snapshot.lanes.find(one => one.id === job.lane);
	return [
		reason !== 'queue-paused' && reason !== 'no-scheduler' && snapshot.isQueuePaused
			? 'the whole queue is paused (P lets it go on)'
			: '',
		reason !== 'retry-later' && job.retryAt !== undefined && job.retryAt > now
			? `it waits for its retry at ${clockTime(job.retryAt, now)}`
			: '',
		...snapshot.volumes.map(volume => (isDiskReason(reason) ? '' : closedWords(volume, now))),
		isLaneReason(reason) || lane === undefined ? '' : laneWords(lane, now),
		reason !== 'workers-busy' && snapshot.active.length >= snapshot.workers
			? `all ${snapshot.workers} workers are busy`
			: '',
	];
};

const isDiskReason = (reason: Hold['reason'] | undefined): boolean =>
	reason === 'disk-paused' || reason === 'volume-missing' || reason === 'no-room';

const isLaneReason = (reason: Hold['reason'] | undefined): boolean =>
	reason !== undefined &&
	(reason.startsWith('lane-') || reason === 'breaker-open' || reason === 'probing' || reason === 'tool-missing');

const closedWords = ({gate, path, level, marks}: VolumeView, now: Instant): string => {
	if (gate.state === 'open') return '';
	if (gate.state === 'missing') return `${path} is not mounted`;
	const needed = level === undefined ? 0 : toBeFreed(level, marks);
	const words = needed > 0 ? `waits for ${size(needed)} to be freed` : gate.detail;
	return `${path} is closed since ${clockTime(gate.since, now)} and ${words}`;
};

const laneWords = ({id, hold, running, limit}: LaneView, now: Instant): string => {
	if (hold === undefined) return '';
	const until = 'until' in hold ? ` until ${clockTime(hold.until, now)}` : '';
	switch (hold.reason) {
		case 'lane-busy':
			return `its lane ${id} runs ${running} of ${limit}`;
		case 'lane-cooling':
			return `its lane ${id} is cooling down${until}`;
		case 'breaker-open':
			return `its lane ${id} is shut${until}`;
		case 'probing':
			return `its lane ${id} is being tried with one job`;
		case 'tool-missing':
			return hold.detail;
		default:
			return '';
	}
};
