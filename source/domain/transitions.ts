import type {JobStatus} from './job.ts';

/**
 * Everything that can happen to a job.
 *
 * Of a person: `pause resume cancel retry remove`. Of the scheduler: `claim` (an attempt begins), `yield` (the attempt
 * ends without fault of the job: disk, lane, shutdown), `stop` (a pause or cancel was carried out), `lose` (the scheduler
 * died with it). Of the attempt: `find begin finish complete defer fail`.
 */
export const jobEvents = [
	'claim',
	'find',
	'begin',
	'finish',
	'complete',
	'defer',
	'fail',
	'yield',
	'stop',
	'lose',
	'pause',
	'resume',
	'cancel',
	'retry',
	'remove',
] as const;

export type JobEvent = (typeof jobEvents)[number];

/** `ready` is `queued` for a job that has its source, `waiting` for one that still needs a search. */
type Target = JobStatus | 'ready' | 'removed';

/**
 * The one place that knows which change is legal: from × event → to. What is not in the table is refused.
 * The engine, the stores, the key hints, crash recovery and the tests all read it.
 */
const table = {
	waiting: {claim: 'searching', pause: 'paused', cancel: 'cancelled'},
	searching: {
		find: 'queued',
		defer: 'waiting',
		fail: 'failed',
		yield: 'waiting',
		lose: 'waiting',
		pause: 'pausing',
		cancel: 'cancelling',
	},
	queued: {claim: 'starting', pause: 'paused', cancel: 'cancelled'},
	starting: {
		begin: 'downloading',
		finish: 'finishing',
		defer: 'queued',
		fail: 'failed',
		yield: 'queued',
		lose: 'queued',
		pause: 'pausing',
		cancel: 'cancelling',
	},
	downloading: {
		finish: 'finishing',
		defer: 'queued',
		fail: 'failed',
		yield: 'queued',
		lose: 'queued',
		pause: 'pausing',
		cancel: 'cancelling',
	},
	finishing: {complete: 'completed', defer: 'queued', fail: 'failed', yield: 'queued', lose: 'queued'},
	// The file may be whole before the tool hears of the pause: then it is finished, not fetched again.
	pausing: {stop: 'paused', finish: 'finishing', lose: 'paused', cancel: 'cancelling'},
	cancelling: {stop: 'cancelled', lose: 'cancelled'},
	paused: {resume: 'ready', cancel: 'cancelled', remove: 'removed'},
	completed: {remove: 'removed'},
	failed: {retry: 'ready', remove: 'removed'},
	cancelled: {retry: 'ready', remove: 'removed'},
} as const satisfies Record<JobStatus, Partial<Record<JobEvent, Target>>>;

/**
 * What an undo may bring back: the status that a job has now × the one that it had before the act → the one that it gets.
 * A job that ran goes where a crash would have sent it; one whose attempt has yet to end goes on as what it was, so that
 * its end is heard as any other's.
 */
const backwards = {
	cancelling: {searching: 'searching', starting: 'starting', downloading: 'downloading', pausing: 'pausing'},
	cancelled: {
		waiting: 'waiting',
		queued: 'queued',
		paused: 'paused',
		searching: 'waiting',
		starting: 'queued',
		downloading: 'queued',
		pausing: 'paused',
	},
	queued: {failed: 'failed', cancelled: 'cancelled'},
	waiting: {failed: 'failed', cancelled: 'cancelled'},
	removed: {paused: 'paused', completed: 'completed', failed: 'failed', cancelled: 'cancelled'},
} as const satisfies Partial<Record<JobStatus | 'removed', Partial<Record<JobStatus, JobStatus>>>>;

/** The status that an undo gives back, or undefined where it is refused because the job has moved on. */
export const restoredStatus = (now: JobStatus | 'removed', before: JobStatus): JobStatus | undefined => {
	const rows: Partial<Record<JobStatus | 'removed', Partial<Record<JobStatus, JobStatus>>>> = backwards;
	return rows[now]?.[before];
};

/** The status after an event, `removed` where the job leaves the queue, or undefined where the event is refused. */
export const nextStatus = (
	from: JobStatus,
	event: JobEvent,
	job: {readonly isSourced: boolean; readonly placing?: unknown},
): JobStatus | 'removed' | undefined => {
	// A crash came while its file was put in place: it may be there already, and in a moment the job is `finishing` again.
	if (event === 'cancel' && job.placing !== undefined && (from === 'starting' || from === 'pausing')) return undefined;
	const row: Partial<Record<JobEvent, Target>> = table[from];
	const target = row[event];
	if (target === 'ready') return job.isSourced ? 'queued' : 'waiting';
	// A search that is being paused has no file that could be finished.
	return target === 'finishing' && !job.isSourced ? undefined : target;
};

/** Whether the event is legal in this status, for a job that has its source. */
export const isLegal = (from: JobStatus, event: JobEvent): boolean => Object.hasOwn(table[from], event);

const beingPlaced = 'its file is being put in place; remove it afterwards';

const refusals: Partial<Record<JobEvent, Partial<Record<JobStatus, string>>>> = {
	pause: {
		finishing: 'its file is being put in place; that takes a moment and cannot be paused',
		pausing: 'it is being paused already',
		paused: 'it is paused already',
	},
	resume: {pausing: 'it is still being paused; try again in a moment'},
	cancel: {
		starting: beingPlaced,
		pausing: beingPlaced,
		finishing: beingPlaced,
		cancelling: 'it is being cancelled already',
		cancelled: 'it is cancelled already',
		failed: 'it has failed already; retry or remove it',
	},
	retry: {completed: 'its file is there already', paused: 'it is paused; resume it'},
	remove: {
		finishing: beingPlaced,
		cancelling: 'it is still being cancelled; try again in a moment',
	},
};

/** Why an event is refused, in words. */
export const refusal = (from: JobStatus, event: JobEvent): string =>
	refusals[event]?.[from] ??
	(event === 'remove' && !isLegal(from, event)
		? `it is ${from}; cancel it first`
		: `a job that is ${from} cannot be ${pastParticiple[event]}`);

/** Why a job that has ended is not begun again while another one is about to write the same file. */
export const sameFile = (rival: number): string => `job ${rival} is about to write the same file`;

const pastParticiple: Record<JobEvent, string> = {
	claim: 'started',
	find: 'given a source',
	begin: 'marked as downloading',
	finish: 'finished',
	complete: 'completed',
	defer: 'put back',
	fail: 'failed',
	yield: 'put back',
	stop: 'stopped',
	lose: 'recovered',
	pause: 'paused',
	resume: 'resumed',
	cancel: 'cancelled',
	retry: 'retried',
	remove: 'removed',
};

/** Events that spend one of the job's attempts. */
export const spendsAttempt = (event: JobEvent): boolean => event === 'defer' || event === 'fail';
