import type {JobView} from '../../domain/job.ts';
import type {EngineSnapshot} from '../../domain/snapshot.ts';
import {count, plural, size} from '../format.ts';
import {openJobs, reasonWords, said, volumeWords} from './words.ts';

/** What has been said of the queue: what is different from it is news. */
export type Told = Pick<
	EngineSnapshot,
	'isQueuePaused' | 'isScheduling' | 'isStopping' | 'counts' | 'active' | 'notices' | 'volumes'
>;

/** Named one by one up to so many, so that a burst is one breath. */
const mostNamed = 3;

/**
 * What a person has to hear of what happened since: what ended, the disk, the queue as a whole. Progress is none of it, and
 * neither is what was undone before anybody was told. `name` gives a job that something can be done about a number.
 */
export const newsOf = (
	told: Told,
	now: Told,
	ended: readonly JobView[],
	name: (job: JobView) => number,
): readonly string[] => [
	...completions(ended.filter(job => job.status === 'completed')),
	...failures(
		ended.filter(job => job.status === 'failed'),
		name,
	),
	...disks(told, now),
	...modes(told, now),
	...now.notices.filter(notice => !told.notices.includes(notice)).map(notice => said(notice)),
	...ending(told, now, ended.length > 0),
];

const completions = (jobs: readonly JobView[]): readonly string[] => {
	if (jobs.length === 0) return [];
	const [only] = jobs;
	if (jobs.length === 1 && only !== undefined)
		return [`completed: ${said(only.title)}${only.size === undefined ? '' : `, ${size(only.size)}`}`];
	const named = jobs.slice(0, mostNamed).map(job => said(job.title));
	const more = jobs.length - named.length;
	return [`${count(jobs.length)} completed: ${named.join('; ')}${more > 0 ? `; and ${count(more)} more` : ''}`];
};

const failures = (jobs: readonly JobView[], name: (job: JobView) => number): readonly string[] => {
	const named = jobs.slice(0, mostNamed);
	const more = jobs.length - named.length;
	return [
		...named.map(job => `failed: number ${name(job)}, ${said(job.title)}, ${reasonWords(job)}`),
		...(more > 0 ? [`${count(more)} more failed; say: list failed`] : []),
	];
};

const disks = (told: Told, now: Told): readonly string[] =>
	now.volumes.flatMap(volume => {
		const before = told.volumes.find(one => one.id === volume.id);
		if (before === undefined || before.gate.state === volume.gate.state) return [];
		return [volumeWords(volume)];
	});

const modes = (told: Told, now: Told): readonly string[] => [
	...(told.isScheduling && !now.isScheduling ? ['the scheduler has ended; nothing is downloaded any more'] : []),
	...(!told.isScheduling && now.isScheduling ? ['a scheduler is running'] : []),
	...(!told.isStopping && now.isStopping ? ['the scheduler is stopping'] : []),
	...(told.isQueuePaused === now.isQueuePaused
		? []
		: [now.isQueuePaused ? 'the queue is paused' : 'the queue goes on']),
];

const ending = (told: Told, now: Told, hasEnded: boolean): readonly string[] => {
	// A job that was added and done since is worth it too.
	if ((openJobs(told) === 0 && !hasEnded) || openJobs(now) > 0) return [];
	const left = [
		...(now.counts.paused > 0 ? [`${plural(now.counts.paused, 'job')} paused`] : []),
		...(now.counts.failed > 0 ? [`${plural(now.counts.failed, 'job')} failed`] : []),
	];
	return [`nothing is left to do${left.length === 0 ? '' : `; ${left.join(', ')}`}`];
};
