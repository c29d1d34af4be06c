import {describe, expect, test} from 'vitest';
import {isActive, jobStatuses, type Job} from '../../../source/domain/job.ts';
import {jobEvents, type JobEvent} from '../../../source/domain/transitions.ts';
import type {JobStore} from '../../../source/engine/ports.ts';
import {
	addOne,
	canHaveSource,
	canLackSource,
	changeOf,
	jobId,
	jobIn,
	newJob,
	notFound,
	owner,
	placing,
	timeout,
	token,
	type NewSubject,
} from './jobs.ts';
import {expectedStatus} from './matrix.ts';

const cases = jobStatuses.flatMap(status =>
	[true, false]
		.filter(isSourced => (isSourced ? canHaveSource(status) : canLackSource(status)))
		.map(isSourced => ({status, isSourced})),
);

const personal: ReadonlySet<JobEvent> = new Set(['pause', 'cancel', 'lose']);

export const describeMoving = (newSubject: NewSubject): void => {
	describe('changing', () => {
		// Mutation seen to fail: `cancelled: retry→ready` taken out of the domain's table.
		test.each(cases)(
			'from $status (has its source: $isSourced) only legal events lead anywhere',
			async ({status, isSourced}) => {
				const {open} = await newSubject();
				const store = await open();
				for (const event of jobEvents.filter(name => name !== 'claim')) {
					const {id, attempt} = await jobIn(store, status, `${status}-${event}`, {isSourced});
					const before = await store.get(id);
					const result = await store.move(id, isActive(status) ? attempt : undefined, changeOf(event));
					const expected = expectedStatus(status, event, isSourced);
					if (expected === undefined) {
						expect(result, event).toEqual({ok: false, reason: 'refused', status});
						expect(await store.get(id), event).toEqual(before);
					} else {
						const after = expected === 'removed' ? undefined : expect.objectContaining({status: expected});
						expect(result, event).toEqual({ok: true, job: after, from: status});
						expect((result as {job?: Job}).job, event).toEqual(await store.get(id));
					}
				}
			},
		);

		// Mutation seen to fail: the token not compared.
		test.each(jobStatuses.filter(isActive))(
			'the outcome of an attempt that is over changes nothing in a job that is %s',
			async status => {
				const {open} = await newSubject();
				const store = await open();
				const {id} = await jobIn(store, status, 'job');
				const before = await store.get(id);
				const history = await store.attempts(id);
				for (const event of jobEvents) {
					const result = await store.move(id, token('of the past'), changeOf(event));
					expect(result, event).toEqual({ok: false, reason: 'stale', status});
				}

				expect(await store.get(id)).toEqual(before);
				expect(await store.attempts(id)).toEqual(history);
			},
		);

		// Mutation seen to fail: the list of events without token emptied, and widened by `fail`.
		test('without the token, only a person and recovery may touch a job that runs', async () => {
			const {open} = await newSubject();
			const store = await open();
			for (const event of jobEvents.filter(name => expectedStatus('downloading', name, true) !== undefined)) {
				const {id} = await jobIn(store, 'downloading', event);
				const result = await store.move(id, undefined, changeOf(event));
				expect(result, event).toMatchObject(personal.has(event) ? {ok: true} : {ok: false, reason: 'stale'});
			}
		});

		test('a token means nothing to a job that does not run', async () => {
			const {open} = await newSubject();
			const store = await open();
			const {id} = await jobIn(store, 'queued', 'idle');
			expect(await store.move(id, token('any'), changeOf('pause'))).toEqual({
				ok: false,
				reason: 'stale',
				status: 'queued',
			});
			expect(await store.move(jobId(999), undefined, changeOf('pause'))).toEqual({ok: false, reason: 'no-such-job'});
		});

		test('of two who want to start a job, one gets it', async () => {
			const {open} = await newSubject();
			const store = await open();
			const id = await addOne(store, newJob('wanted'));
			const results = await Promise.all(
				['a', 'b', 'c'].map(async name => store.claim(id, token(name), owner(name), 2000)),
			);
			expect(results.filter(job => job !== undefined)).toHaveLength(1);
			expect(await store.attempts(id)).toHaveLength(1);
			expect((await store.get(id))?.attempt).toBe(results.find(job => job !== undefined)?.attempt);
			expect(await store.claim(jobId(999), token('x'), owner('x'), 1)).toBeUndefined();
		});

		test('a start gives the job its token, its owner and its first time, and takes its waiting time away', async () => {
			const {open} = await newSubject();
			const store = await open();
			const {id, attempt} = await jobIn(store, 'downloading', 'job');
			await store.move(id, attempt, changeOf('defer', 2000));
			const claimed = await store.claim(id, token('second'), owner('me'), 3000);
			expect(claimed).toMatchObject({
				status: 'starting',
				attempt: 'second',
				owner: 'me',
				startedAt: 1500,
				retryAt: undefined,
			});
			expect(claimed).toEqual(await store.get(id));
			expect(await store.attempts(id)).toEqual([
				{
					number: 1,
					token: attempt,
					owner: 'me',
					startedAt: 1500,
					endedAt: 2000,
					outcome: 'defer',
					error: timeout,
					bytes: 300,
				},
				{
					number: 2,
					token: 'second',
					owner: 'me',
					startedAt: 3000,
					endedAt: undefined,
					outcome: undefined,
					error: undefined,
					bytes: 0,
				},
			]);
		});

		test.each(effects)('$event from $from $claim', async ({event, from, kept}) => {
			const {open} = await newSubject();
			const store = await open();
			const {id, attempt} = await jobIn(store, from, 'job');
			await prepare(store, id, from);
			await store.move(id, isActive(from) ? attempt : undefined, changeOf(event));
			expect(await store.get(id)).toMatchObject(kept);
		});

		test('a retried job starts from nothing: attempts, reason, times and place are forgotten', async () => {
			const {open} = await newSubject();
			const store = await open();
			const {id} = await jobIn(store, 'failed', 'job');
			expect(await store.get(id)).toMatchObject({attempts: 1, error: notFound, endedAt: 1600, startedAt: 1500});
			await store.move(id, undefined, changeOf('retry'));
			expect(await store.get(id)).toMatchObject({
				status: 'queued',
				attempts: 0,
				error: undefined,
				endedAt: undefined,
				startedAt: undefined,
				retryAt: undefined,
				placing: undefined,
			});
			expect(await store.attempts(id)).toHaveLength(1);
		});

		test('what is said about bytes is kept, in whole bytes, and what is not said stays', async () => {
			const {open} = await newSubject();
			const store = await open();
			const {id, attempt} = await jobIn(store, 'starting', 'job');
			await store.move(id, attempt, {event: 'begin', at: 1, bytes: 10, total: 99.6});
			expect(await store.get(id)).toMatchObject({bytes: 10, total: 100});
			await store.move(id, attempt, {event: 'yield', at: 2});
			expect(await store.get(id)).toMatchObject({
				bytes: 10,
				total: 100,
				attempt: undefined,
				owner: undefined,
				attempts: 0,
			});
		});

		test('a job that yields so that others go first spends no attempt and is in line again when its time has come', async () => {
			const {open} = await newSubject();
			const store = await open();
			const {id, attempt} = await jobIn(store, 'downloading', 'job');
			const {lane} = (await store.get(id)) as Job;
			await store.move(id, attempt, {event: 'yield', at: 2000, error: timeout, retryAt: 5000});
			expect(await store.get(id)).toMatchObject({status: 'queued', attempts: 0, error: timeout, retryAt: 5000});
			expect(await store.candidates(lane, 10, 4999)).toEqual([]);
			expect(await store.nextRetryAt(4999)).toBe(5000);
			expect((await store.candidates(lane, 10, 5000)).map(job => job.id)).toEqual([id]);
		});

		test('many jobs are changed at once; those that cannot be say why', async () => {
			const {open} = await newSubject();
			const store = await open();
			const queued = await jobIn(store, 'queued', 'queued');
			const finishing = await jobIn(store, 'finishing', 'finishing');
			const running = await jobIn(store, 'downloading', 'running');
			const ids = [queued.id, finishing.id, running.id, jobId(999), queued.id];
			const {changed, refused} = await store.moveMany(ids, changeOf('cancel'));
			expect(changed.map(({job, from}) => [job.id, from, job.status])).toEqual([
				[queued.id, 'queued', 'cancelled'],
				[running.id, 'downloading', 'cancelling'],
			]);
			expect(refused).toEqual([
				{id: finishing.id, reason: expect.stringContaining('being put in place')},
				{id: 999, reason: 'there is no such job'},
			]);
			const removed = await store.moveMany([queued.id], changeOf('remove'));
			expect(removed.changed.map(({job, from}) => [job.id, from])).toEqual([[queued.id, 'cancelled']]);
			expect(await store.get(queued.id)).toBeUndefined();
			await expect(
				store.moveMany(
					Array.from({length: 1001}, (_, i) => jobId(i)),
					changeOf('cancel'),
				),
			).rejects.toThrow();
		});

		test('progress of the current attempt is kept, that of another one is not', async () => {
			const {open} = await newSubject();
			const store = await open();
			const {id, attempt} = await jobIn(store, 'downloading', 'job');
			await store.saveProgress([
				{id, attempt, bytes: 10, total: 20.4},
				{id, attempt: token('old'), bytes: 99, total: 99},
				{id: jobId(999), attempt, bytes: 1, total: 1},
			]);
			expect(await store.get(id)).toMatchObject({bytes: 10, total: 20});
			await store.saveProgress([{id, attempt, bytes: 11.5, total: undefined}]);
			expect(await store.get(id)).toMatchObject({bytes: 12, total: 20});
			await store.saveProgress([{id, attempt, bytes: Number.NaN, total: -1}]);
			expect(await store.get(id)).toMatchObject({bytes: 12, total: 20});
		});

		test('what a dead scheduler left behind is found, and recovered without its token', async () => {
			const {open} = await newSubject();
			const store = await open();
			for (const status of jobStatuses) await jobIn(store, status, status);
			const active = await store.active();
			expect(active.map(job => job.status)).toEqual(jobStatuses.filter(isActive));
			for (const {id} of active) await store.move(id, undefined, changeOf('lose', 5000));
			expect(await store.active()).toEqual([]);
			for (const {id} of active) {
				const history = await store.attempts(id);
				expect(history.at(-1)).toMatchObject({outcome: 'lose', endedAt: 5000});
			}
		});

		test('a setting is what was written last', async () => {
			const {open} = await newSubject();
			const store = await open();
			expect(await store.readSetting('queue-paused')).toBeUndefined();
			await store.writeSetting('queue-paused', 'true');
			await store.writeSetting('queue-paused', 'false');
			expect(await store.readSetting('queue-paused')).toBe('false');
		});
	});
};

/** Gives a job what an event should keep or clear. */
const prepare = async (store: JobStore, id: Job['id'], from: Job['status']): Promise<void> => {
	if (from !== 'paused') return;
	// A pause out of the queue keeps the time of the next try.
	await store.move(id, undefined, changeOf('resume'));
	await store.claim(id, token('again'), owner('me'), 1700);
	await store.move(id, token('again'), changeOf('defer', 1800));
	await store.move(id, undefined, changeOf('pause'));
	expect(await store.get(id)).toMatchObject({status: 'paused', retryAt: 2300, error: timeout});
};

const ended = {attempt: undefined, owner: undefined};

const effects: ReadonlyArray<{event: JobEvent; from: Job['status']; claim: string; kept: Partial<Job>}> = [
	{
		event: 'defer',
		from: 'downloading',
		claim: 'spends an attempt and says when it is tried again',
		kept: {...ended, status: 'queued', attempts: 1, error: timeout, retryAt: 2500, bytes: 300},
	},
	{
		event: 'defer',
		from: 'finishing',
		claim: 'forgets where the file was going',
		kept: {...ended, attempts: 1, placing: undefined},
	},
	{
		event: 'fail',
		from: 'finishing',
		claim: 'spends an attempt and sets the job aside',
		kept: {...ended, status: 'failed', attempts: 1, error: notFound, endedAt: 2000, placing: undefined},
	},
	{
		event: 'yield',
		from: 'finishing',
		claim: 'keeps where the file was going',
		kept: {...ended, status: 'queued', attempts: 0, placing},
	},
	{
		event: 'lose',
		from: 'finishing',
		claim: 'keeps where the file was going',
		kept: {...ended, status: 'queued', attempts: 0, placing},
	},
	{
		event: 'finish',
		from: 'downloading',
		claim: 'writes down where the file goes, and keeps the attempt',
		kept: {status: 'finishing', attempt: token('job#1'), placing},
	},
	{
		event: 'complete',
		from: 'finishing',
		claim: 'says where the file is and how large',
		kept: {
			...ended,
			status: 'completed',
			outputPath: '/storage/Show/a.mkv',
			size: 700,
			bytes: 700,
			total: 700,
			placing: undefined,
			error: undefined,
			endedAt: 2000,
		},
	},
	{
		event: 'find',
		from: 'searching',
		claim: 'gives the job its source',
		kept: {...ended, status: 'queued', isSourced: true, source: 'https://example.org/found'},
	},
	{
		event: 'pause',
		from: 'downloading',
		claim: 'asks the attempt to end',
		kept: {status: 'pausing', attempt: token('job#1'), endedAt: undefined},
	},
	{event: 'stop', from: 'pausing', claim: 'ends the attempt', kept: {...ended, status: 'paused', endedAt: undefined}},
	{event: 'stop', from: 'cancelling', claim: 'ends the job', kept: {...ended, status: 'cancelled', endedAt: 2000}},
	{event: 'lose', from: 'cancelling', claim: 'ends the job', kept: {...ended, status: 'cancelled', endedAt: 2000}},
	{
		event: 'cancel',
		from: 'paused',
		claim: 'ends the job and its waiting time',
		kept: {status: 'cancelled', endedAt: 2000, retryAt: undefined, error: timeout},
	},
	{
		event: 'resume',
		from: 'paused',
		claim: 'does not wait for the next try',
		kept: {status: 'queued', retryAt: undefined, error: timeout, attempts: 1},
	},
];
