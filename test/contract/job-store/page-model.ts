import * as fc from 'fast-check';
import {endedStatuses, jobStatuses, type Job, type JobStatus} from '../../../source/domain/job.ts';
import {sortKeys, type JobFilter, type JobStore, type SortKey} from '../../../source/engine/ports.ts';
import {changeOf, newJob, owner, token, waysTo} from './jobs.ts';

/*
 * Random jobs in every status and random lists of them, filtered and sorted by hand: the oracle of the pages property.
 */

export type Member = {
	readonly status: JobStatus;
	readonly at: number;
	readonly size: number;
	readonly priority: number;
	readonly isEven: boolean;
};

export const member: fc.Arbitrary<Member> = fc.record({
	status: fc.constantFrom(...jobStatuses),
	// Few different values, so that many jobs have the same.
	at: fc.integer({min: 1, max: 4}),
	size: fc.integer({min: 0, max: 3}),
	priority: fc.constantFrom(3, 5, 9),
	isEven: fc.boolean(),
});

export const listing = fc.record({
	filter: fc.record(
		{
			statuses: fc.oneof(fc.uniqueArray(fc.constantFrom(...jobStatuses)), fc.constant([...endedStatuses])),
			provider: fc.constantFrom('http', 'yt-dlp'),
			text: fc.constantFrom('TITLE', '1', 'example.org/2', 'é', 'nothing has this'),
		},
		{requiredKeys: []},
	),
	isInBatch: fc.boolean(),
	sort: fc.constantFrom(...sortKeys),
	isDescending: fc.boolean(),
	limit: fc.integer({min: 1, max: 7}),
});

export const populate = async (store: JobStore, members: readonly Member[]): Promise<readonly Job[]> => {
	const jobs: Job[] = [];
	for (const [at, one] of members.entries()) {
		const isSourced = one.status !== 'waiting' && one.status !== 'searching';
		const title = at % 3 === 0 ? `ÉPISODE ${at}` : `Title ${at}`;
		const provider = at % 4 === 0 ? 'yt-dlp' : 'http';
		const facts = newJob(`${at}`, {isSourced, title, provider, priority: one.priority});
		const {ids} = await store.add({title: one.isEven ? 'Even' : undefined, jobs: [facts]}, 1);
		const id = ids[0]!;
		for (const event of waysTo[one.status]) {
			if (event === 'claim') await store.claim(id, token('t'), owner('me'), 1);
			else {
				const attempt = (await store.get(id))?.attempt;
				const extra = event === 'complete' ? {size: one.size} : {};
				await store.move(id, attempt, {...changeOf(event, one.at), ...extra});
			}
		}

		jobs.push((await store.get(id))!);
	}

	return jobs;
};

export const fits = (job: Job, {statuses, provider, batch, text}: JobFilter): boolean =>
	(statuses?.includes(job.status) ?? true) &&
	(provider === undefined || provider === job.provider) &&
	(batch === undefined || batch === job.batch) &&
	(text === undefined || `${job.title}\n${job.source}`.toLowerCase().includes(text.toLowerCase()));

export const by =
	(sort: SortKey, isDescending: boolean) =>
	(a: Job, b: Job): number => {
		const sign = isDescending ? -1 : 1;
		if (sort === 'order') return sign * (a.order - b.order);
		if (sort === 'added') return sign * (a.id - b.id);
		const [left, right] = sort === 'ended' ? [a.endedAt, b.endedAt] : [a.size, b.size];
		if (left === undefined || right === undefined) {
			// What has no such value comes last, whichever way the list runs.
			return left === right ? sign * (a.id - b.id) : left === undefined ? 1 : -1;
		}

		return sign * (left - right || a.id - b.id);
	};
