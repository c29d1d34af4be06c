import type {Candidate} from '../domain/candidate.ts';
import type {Attempt, Job, JobDetail, JobError, JobView} from '../domain/job.ts';
import {holdSentence, type Hold} from '../domain/hold.ts';
import {attemptsMade, isActive} from '../domain/job.ts';
import {maskSecrets} from '../domain/text.ts';
import type {EngineSnapshot, LaneView, VolumeView} from '../domain/snapshot.ts';
import type {Duration, Instant} from '../domain/time.ts';
import {size} from './format.ts';

/*
 * The forms that `--json` prints, as scripts may rely on them: times ISO 8601, sizes in bytes, speeds in bytes per second,
 * durations in seconds, null for what is not there.
 */

type Json = Readonly<Record<string, unknown>>;

const time = (instant: Instant | undefined): string | null =>
	instant === undefined ? null : new Date(instant).toISOString();

const seconds = (duration: Duration | undefined): number | null =>
	duration === undefined || !Number.isFinite(duration) ? null : Math.round(duration / 100) / 10;

export const holdJson = (hold: Hold | undefined): Json | null => {
	if (hold === undefined) return null;
	const until = 'until' in hold ? time(hold.until) : null;
	return {reason: hold.reason, ...(until === null ? {} : {until}), detail: holdSentence(hold, size)};
};

const errorJson = (error: JobError | undefined): Json | null =>
	error === undefined ? null : {code: error.code, message: error.message, class: error.class};

/** A job as the command line tells it. `batch` is the title, where it is known. */
export const jobJson = (job: JobView, batchTitle?: string): Json => ({
	id: job.id,
	batch: job.batch === undefined ? null : (batchTitle ?? String(job.batch)),
	title: job.title,
	provider: job.provider,
	source: job.source,
	status: job.status,
	hold: holdJson(job.hold),
	priority: job.priority,
	attempts: attemptsMade(job),
	max_attempts: job.maxAttempts,
	progress:
		isActive(job.status) || job.progress.bytes > 0
			? {
					bytes: job.progress.bytes,
					total: job.progress.total ?? null,
					speed: Math.round(job.progress.speed),
					eta: seconds(job.progress.eta),
				}
			: null,
	error: errorJson(job.error),
	output_path: job.outputPath ?? null,
	size: job.size ?? null,
	created_at: time(job.createdAt),
	started_at: time(job.startedAt),
	completed_at: job.status === 'completed' ? time(job.endedAt) : null,
	retry_at: time(job.retryAt),
});

const attemptJson = (attempt: Attempt): Json => ({
	number: attempt.number,
	started_at: time(attempt.startedAt),
	ended_at: time(attempt.endedAt),
	outcome: attempt.outcome ?? null,
	error: errorJson(attempt.error),
	bytes: attempt.bytes,
});

const candidateJson = ({source, peer, file, size: bytes, score, reasons, state}: Candidate): Json => ({
	peer,
	file,
	size: bytes,
	score,
	reasons,
	state: state.is,
	reason: state.is === 'failed' ? state.reason : null,
	source: maskSecrets(source),
});

/** A job whole: with its attempts and what was asked for. */
export const detailJson = (detail: JobDetail): Json => ({
	...jobJson(detail, detail.batchTitle),
	ended_at: time(detail.endedAt),
	options: detail.options,
	output: detail.output ?? null,
	expected_size: detail.expectedSize ?? null,
	checksum: detail.checksum ?? null,
	directory: detail.directory,
	candidates: (detail.candidates ?? []).map(one => candidateJson(one)),
	history: detail.history.map(attempt => attemptJson(attempt)),
});

export const volumeJson = (volume: VolumeView): Json => {
	const {level, marks, gate} = volume;
	return {
		id: volume.id,
		path: volume.path,
		state: gate.state,
		detail: 'detail' in gate ? gate.detail : null,
		since: 'since' in gate ? time(gate.since) : null,
		free: level?.free ?? null,
		total: level?.total ?? null,
		used: level?.used ?? null,
		reserved: volume.reserved,
		marks: {used: marks.used ?? null, free: marks.free},
		time_to_full: seconds(volume.timeToFull),
		breakdown: volume.breakdown ?? null,
	};
};

export const laneJson = (lane: LaneView): Json => ({
	id: lane.id,
	provider: lane.provider,
	running: lane.running,
	limit: lane.limit,
	state: lane.breaker,
	failure_count: lane.failures,
	last_success: time(lane.lastSuccessAt),
	last_failure: time(lane.lastFailureAt),
	hold: holdJson(lane.hold),
});

export const snapshotJson = (snapshot: EngineSnapshot): Json => ({
	at: time(snapshot.at),
	revision: snapshot.revision,
	is_scheduling: snapshot.isScheduling,
	is_queue_paused: snapshot.isQueuePaused,
	is_stopping: snapshot.isStopping,
	workers: snapshot.workers,
	counts: snapshot.counts,
	active: snapshot.active.map(job => ({...jobJson(job), slot: job.slot, phase: job.phase})),
	volumes: snapshot.volumes.map(volume => volumeJson(volume)),
	lanes: snapshot.lanes.map(lane => laneJson(lane)),
	rate: snapshot.rate,
	resources: snapshot.resources,
	notices: snapshot.notices,
	works: snapshot.works.map(({id, label, done, total}) => ({id, label, done, total: total ?? null})),
});

/**
 * What `export` writes and `import` reads back: what was asked for, and how far it came. An address with a secret in it is
 * masked, and marked as such, unless `hasSecrets`.
 */
export const exportJson = (job: Job, batchTitle: string | undefined, hasSecrets = false): Json => ({
	source: hasSecrets ? job.source : maskSecrets(job.source),
	...(hasSecrets || maskSecrets(job.source) === job.source ? {} : {is_masked: true}),
	provider: job.provider,
	title: job.title,
	batch: batchTitle ?? null,
	status: job.status,
	priority: job.priority,
	options: job.options,
	output: job.output ?? null,
	expected_size: job.expectedSize ?? null,
	checksum: job.checksum ?? null,
	created_at: time(job.createdAt),
});
