import {sumOf} from '../../domain/batch.ts';
import {failureHelp} from '../../domain/failure.ts';
import {holdSentence} from '../../domain/hold.ts';
import {attemptsMade, knownSize, type JobView} from '../../domain/job.ts';
import type {EngineSnapshot, VolumeView} from '../../domain/snapshot.ts';
import {cleanText, maskSecrets} from '../../domain/text.ts';
import type {Duration, Instant} from '../../domain/time.ts';
import {clockTime, count, plural, size} from '../format.ts';

/*
 * Everything as sentences for the ear: words and not signs, the most important first, and no figures that move by
 * themselves.
 */

/** A text of somebody else, fit to be said. */
export const said = (text: string): string => maskSecrets(cleanText(text));

const minute: Duration = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** `less than a minute`, `about 5 minutes`, `about 3 hours`: as exact as one says it. */
export const about = (span: Duration): string => {
	if (span < minute) return 'less than a minute';
	if (span < hour) return `about ${plural(Math.round(span / minute), 'minute')}`;
	if (span < 2 * day) return `about ${plural(Math.round(span / hour), 'hour')}`;
	return `about ${plural(Math.round(span / day), 'day')}`;
};

/** `62 percent`; 100 only when nothing is missing. */
export const share = (part: number, whole: number): string =>
	`${Math.floor(Math.min(1, Math.max(0, part / Math.max(1, whole))) * 100)} percent`;

/** A job in one sentence: what it is called, what it does, and why it does not go on. */
export const jobWords = (job: JobView, now: Instant): string => `${said(job.title)}, ${stateWords(job, now)}`;

/** What a job does, or why it does nothing. */
export const stateWords = (job: JobView, now: Instant): string => {
	switch (job.status) {
		case 'downloading': {
			const {bytes, total, eta} = job.progress;
			const done = total === undefined ? size(bytes) : `${share(bytes, total)} of ${size(total)}`;
			return `downloading, ${done}${eta === undefined ? '' : `, ${about(eta)} left`}`;
		}

		case 'queued':
		case 'waiting':
			return `${job.status}, ${whyWords(job, now)}`;
		case 'failed':
			return `failed, ${reasonWords(job)}`;
		case 'completed':
			return job.size === undefined ? 'completed' : `completed, ${size(job.size)}`;
		default:
			return job.status;
	}
};

/** Why a job in the queue does not start, and until when. */
export const whyWords = (job: JobView, now: Instant): string => {
	if (job.hold === undefined) return 'next in line';
	const until = 'until' in job.hold ? job.hold.until : undefined;
	const when = until === undefined || until <= now ? '' : `, until ${clockTime(until, now)}`;
	return said(holdSentence(job.hold, size)) + when;
};

/** Why a job has failed, in the words of what failed. */
export const reasonWords = (job: JobView): string =>
	job.error === undefined ? 'no reason was kept' : said(job.error.message);

/** Everything that is known of why a job is where it is: the reason, what would help, what has been tried. */
export const explanation = (job: JobView, now: Instant): string => {
	const tries = `attempt ${attemptsMade(job)} of ${job.maxAttempts}`;
	if (job.status === 'failed' && job.error !== undefined)
		return `${jobWords(job, now)}. ${failureHelp(job.error.code)}. ${tries}`;
	return `${jobWords(job, now)}. ${tries}`;
};

/** What is known of a job, one fact a line. */
export const factsOf = (job: JobView, now: Instant): readonly string[] => [
	jobWords(job, now),
	`from ${said(job.source)}`,
	`by ${said(job.provider)}, attempt ${attemptsMade(job)} of ${job.maxAttempts}, priority ${job.priority}`,
	...(knownSize(job) === undefined || job.status === 'completed' ? [] : [`size ${size(knownSize(job) ?? 0)}`]),
	...(job.status === 'failed' && job.error !== undefined ? [`what helps: ${failureHelp(job.error.code)}`] : []),
	...(job.outputPath === undefined ? [] : [`file ${said(job.outputPath)}`]),
	`added ${clockTime(job.createdAt, now)}${job.endedAt === undefined ? '' : `, ended ${clockTime(job.endedAt, now)}`}`,
];

/** A volume in one sentence. */
export const volumeWords = (volume: VolumeView): string => {
	const name = `disk ${said(volume.path.split('/').findLast(part => part !== '') ?? volume.path)}`;
	const {gate, level, marks} = volume;
	if (level === undefined) return `${name}: ${gate.state === 'missing' ? 'missing, not mounted' : 'measuring'}`;
	const used =
		level.used !== undefined && marks.used !== undefined ? `${share(level.used, marks.used.hard)} used, ` : '';
	return `${name}: ${gateWords(volume)}, ${used}${size(level.free)} free`;
};

/** What the disk lets happen. */
export const gateWords = ({gate}: VolumeView): string => {
	switch (gate.state) {
		case 'open':
			return 'downloads go on';
		case 'paused':
			return `nothing new starts, ${said(gate.detail)}`;
		case 'stopped':
			return `downloads are stopped with their bytes kept, ${said(gate.detail)}`;
		case 'missing':
			return 'missing, not mounted';
	}
};

const inLine = ['queued', 'waiting', 'searching'] as const;

/** Jobs that will go on without a person. */
export const openJobs = ({counts, active}: Pick<EngineSnapshot, 'counts' | 'active'>): number =>
	active.length + sumOf(counts, ['queued', 'waiting']);

/** The whole queue in a few sentences. */
export const summary = (snapshot: EngineSnapshot): readonly string[] => {
	const {counts, active} = snapshot;
	const parts = [
		`${active.length} running`,
		`${count(sumOf(counts, inLine))} in line`,
		...(counts.paused > 0 ? [`${count(counts.paused)} paused`] : []),
		...(counts.failed > 0 ? [`${count(counts.failed)} failed`] : []),
		`${count(counts.completed)} completed`,
	];
	return [
		parts.join(', '),
		...(snapshot.isScheduling ? [] : ['no scheduler is running']),
		...(snapshot.isStopping ? ['the scheduler is stopping'] : []),
		...(snapshot.isQueuePaused ? ['the queue is paused'] : []),
		...snapshot.volumes.map(volume => volumeWords(volume)),
		...snapshot.notices.map(notice => said(notice)),
	];
};
