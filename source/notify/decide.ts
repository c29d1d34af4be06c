import {assertNever} from '../domain/assert-never.ts';
import {isComplete, type Batch} from '../domain/batch.ts';
import {failureKinds} from '../domain/failure.ts';
import type {Job, JobError, LaneId, ProviderId, VolumeId} from '../domain/job.ts';
import type {Duration, Instant} from '../domain/time.ts';
import type {Ends, Notice} from './notice.ts';

/** What has come to pass, as far as anybody may want to be told. It may be reported again, as after a restart. */
export type Happening =
	/** A job has ended, or has left the queue. */
	| {
			readonly type: 'end';
			readonly at: Instant;
			readonly job: Pick<Job, 'id' | 'title' | 'provider' | 'endedAt'>;
			readonly to: 'completed' | 'failed' | 'cancelled';
			readonly error?: JobError | undefined;
			/** It is looked up, not heard: it counts for nothing but itself. */
			readonly isOld?: boolean;
	  }
	/** Some job of a batch has ended, or was removed: this is how the batch stands now. */
	| {readonly type: 'batch'; readonly at: Instant; readonly batch: Batch; readonly because: 'end' | 'removal'}
	/** Something has begun to run. */
	| {readonly type: 'busy'; readonly at: Instant}
	/** Nothing runs, and nothing will by itself. */
	| {readonly type: 'idle'; readonly at: Instant}
	| {
			readonly type: 'gate';
			readonly at: Instant;
			readonly volume: VolumeId;
			readonly path: string;
			readonly state: 'open' | 'paused' | 'stopped' | 'missing';
			readonly detail: string;
	  }
	/** A lane starts nothing because of its breaker or its tool; or one of its jobs was completed. */
	| {
			readonly type: 'lane';
			readonly at: Instant;
			readonly lane: LaneId;
			readonly provider: ProviderId;
			readonly isBroken: boolean;
			readonly detail: string;
	  };

/** What was told already: kept, so that nothing is told twice. */
export type Memory = {
	/** The latest end that was heard of: what ended later is looked up at the start. */
	readonly seen: Instant;
	/** Failures that were told, by job and instant of its end. */
	readonly failures: Readonly<Record<string, Instant>>;
	/** How many jobs of a batch had ended how when it was told. */
	readonly batches: Readonly<Record<string, string>>;
	/** Volumes whose closed gate was told. */
	readonly closed: readonly VolumeId[];
	/** Lanes that were told as broken. */
	readonly broken: readonly LaneId[];
	/** What has ended since the queue was idle last; undefined while it is. */
	readonly busy: Ends | undefined;
};

export const newMemory = (now: Instant): Memory => ({
	seen: now,
	failures: {},
	batches: {},
	closed: [],
	broken: [],
	busy: undefined,
});

/** Ends may be heard of so much later than they came: a store that cannot be written is waited for. */
export const slack: Duration = 600_000;

/** Failures, batches and lanes that are remembered. */
const mostFailures = 1000;
const fewFailures = 250;
const mostBatches = 10_000;
const mostLanes = 1000;

export type Decision = {readonly memory: Memory; readonly notice: Notice | undefined};

/** Whether something is told now, by what was told before: pure, and never twice for the same thing. */
export const decide = (memory: Memory, happening: Happening): Decision => {
	switch (happening.type) {
		case 'end':
			return ofEnd(memory, happening);
		case 'batch':
			return ofBatch(memory, happening);
		case 'busy':
			return quiet(memory.busy === undefined ? {...memory, busy: noEnds} : memory);
		case 'idle':
			return ofIdle(memory, happening);
		case 'gate':
			return ofGate(memory, happening);
		case 'lane':
			return ofLane(memory, happening);
		default:
			return assertNever(happening);
	}
};

/** What has ended later than this has to be looked up at the start. */
export const lookUpFrom = ({seen, failures}: Memory): Instant => {
	const told = Object.values(failures);
	// What was forgotten for want of room must not be told again.
	const floor = told.length < mostFailures ? Number.NEGATIVE_INFINITY : Math.min(...told);
	return Math.max(seen - slack, floor);
};

const noEnds: Ends = {completed: 0, failed: 0, cancelled: 0};

const quiet = (memory: Memory): Decision => ({memory, notice: undefined});

const ofEnd = (before: Memory, {at, job, to, error, isOld = false}: Extract<Happening, {type: 'end'}>): Decision => {
	const endedAt = job.endedAt ?? at;
	const busy = isOld || before.busy === undefined ? before.busy : {...before.busy, [to]: before.busy[to] + 1};
	const memory = {...before, seen: Math.max(before.seen, endedAt), busy};
	if (to !== 'failed') return quiet(memory);
	const key = `${job.id}@${endedAt}`;
	if (memory.failures[key] !== undefined) return quiet(memory);
	const isForPerson = error?.class === 'person';
	const help = isForPerson ? ` ${failureKinds[error.code].help}` : '';
	const reason = error?.message ?? 'without a reason';
	return {
		memory: {...memory, failures: remembered(memory.failures, key, endedAt, memory.seen)},
		notice: {
			id: `failed-${key}`,
			kind: isForPerson ? 'needs-person' : 'job-failed',
			at,
			title: `${isForPerson ? 'Needs you' : 'Failed'}: ${job.title}`,
			message: `${reason}${/[.!?]$/.test(reason) || help === '' ? '' : '.'}${help}`,
			more: 0,
			job: {id: job.id, title: job.title, provider: job.provider, error: reason, code: error?.code ?? ''},
		},
	};
};

/** With one more, and without those that can no longer be looked up; the oldest leave where there is no room. */
const remembered = (failures: Memory['failures'], key: string, endedAt: Instant, seen: Instant): Memory['failures'] => {
	const all = {...failures, [key]: endedAt};
	if (Object.keys(all).length <= fewFailures) return all;
	const recent = Object.entries(all).filter(([, at]) => at > seen - slack);
	// Many in one go: to sort them for each one that comes would cost more than all the rest.
	if (recent.length <= mostFailures + fewFailures) return Object.fromEntries(recent);
	return Object.fromEntries(recent.toSorted(([, a], [, b]) => b - a).slice(0, mostFailures));
};

const ofBatch = (memory: Memory, {at, batch, because}: Extract<Happening, {type: 'batch'}>): Decision => {
	const {id, title, counts, bytes} = batch;
	const known = memory.batches[id];
	if (!isComplete(counts)) return quiet(memory);
	const ends = {completed: counts.completed, failed: counts.failed, cancelled: counts.cancelled};
	const state = `${ends.completed}/${ends.failed}/${ends.cancelled}`;
	if (known === state) return quiet(memory);
	const batches = latest({...memory.batches, [id]: state}, mostBatches);
	// A batch that was told and loses some of its jobs is not done once more.
	if (because === 'removal' && known !== undefined) return quiet({...memory, batches});
	return {
		memory: {...memory, batches},
		notice: {
			id: `batch-${id}-${state.replaceAll('/', '-')}-${at}`,
			kind: 'batch-done',
			at,
			title: `${title} is done`,
			message: endsInWords(ends),
			more: 0,
			batch: {id, title, ends, bytes},
		},
	};
};

/** The batches with the highest numbers: the ones that were added last. */
const latest = (batches: Memory['batches'], most: number): Memory['batches'] => {
	const ids = Object.keys(batches);
	if (ids.length <= most) return batches;
	const [oldest = ''] = ids.toSorted((a, b) => Number(a) - Number(b));
	const {[oldest]: _, ...kept} = batches;
	return kept;
};

const ofIdle = (memory: Memory, {at}: Extract<Happening, {type: 'idle'}>): Decision => {
	const {busy} = memory;
	if (busy === undefined) return quiet(memory);
	return {
		memory: {...memory, busy: undefined},
		notice: {
			id: `idle-${at}`,
			kind: 'queue-idle',
			at,
			title: 'Nothing is left to download',
			message: endsInWords(busy),
			more: 0,
			queue: busy,
		},
	};
};

const ofGate = (memory: Memory, {at, volume, path, state, detail}: Extract<Happening, {type: 'gate'}>): Decision => {
	const isClosed = memory.closed.includes(volume);
	if (isClosed === (state !== 'open')) return quiet(memory);
	const closed = isClosed ? memory.closed.filter(id => id !== volume) : [...memory.closed, volume];
	const words = {
		open: ['Downloads go on', `There is space again in ${path}`],
		missing: ['The storage is not there', `${path} is not mounted`],
		paused: ['Downloads wait for space', `${detail} (${path})`],
		stopped: ['Downloads were stopped for want of space', `${detail} (${path})`],
	}[state];
	return {
		memory: {...memory, closed},
		notice: {
			id: `disk-${state === 'open' ? 'resumed' : 'paused'}-${volume}-${at}`,
			kind: state === 'open' ? 'disk-resumed' : 'disk-paused',
			at,
			title: words[0] ?? '',
			message: words[1] ?? '',
			more: 0,
			volume: {path, state},
		},
	};
};

const ofLane = (
	memory: Memory,
	{at, lane, provider, isBroken, detail}: Extract<Happening, {type: 'lane'}>,
): Decision => {
	const isTold = memory.broken.includes(lane);
	if (isTold === isBroken) return quiet(memory);
	if (!isBroken) return quiet({...memory, broken: memory.broken.filter(id => id !== lane)});
	return {
		memory: {...memory, broken: [...memory.broken, lane].slice(-mostLanes)},
		notice: {
			id: `lane-${lane}-${at}`,
			kind: 'lane-broken',
			at,
			title: `${lane} does not work`,
			message: detail,
			more: 0,
			lane: {name: lane, provider},
		},
	};
};

/** Such as `12 completed, 1 failed`. */
export const endsInWords = (ends: Ends): string => {
	const words = (['completed', 'failed', 'cancelled'] as const)
		.filter(end => ends[end] > 0)
		.map(end => `${ends[end]} ${end}`);
	return words.length === 0 ? 'nothing has ended' : words.join(', ');
};
