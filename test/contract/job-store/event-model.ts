import * as fc from 'fast-check';
import {expect} from 'vitest';
import {isActive, jobStatuses, type AttemptToken, type JobId, type JobStatus} from '../../../source/domain/job.ts';
import {jobEvents, type JobEvent} from '../../../source/domain/transitions.ts';
import type {JobStore} from '../../../source/engine/ports.ts';
import {allPages, changeOf, newJob, owner, token} from './jobs.ts';
import {expectedStatus} from './matrix.ts';

/*
 * Random events on a few jobs, and a model that says where each job must be: the oracle of the events property.
 */

type ModelJob = {
	readonly id: JobId;
	readonly lane: string;
	readonly batch: string | undefined;
	status: JobStatus;
	isSourced: boolean;
	/** A crash came while its file was put in place. */
	hasPlacing: boolean;
	token: AttemptToken | undefined;
	retryAt: number | undefined;
	starts: number;
	spent: number;
};

export type Model = {readonly jobs: ModelJob[]; now: number; made: number};

export const newModel = (): Model => ({jobs: [], now: 1000, made: 0});

// Few different ones, so that much happens to each job.
const index = fc.nat({max: 4});

export type Step =
	| {
			readonly type: 'add';
			readonly count: number;
			readonly isSourced: boolean;
			readonly isPaused: boolean;
			readonly lane: string;
			readonly batch: string | undefined;
	  }
	| {readonly type: 'claim'; readonly index: number}
	| {
			readonly type: 'event';
			readonly index: number;
			readonly event: JobEvent;
			/** Takes one of the events that are legal instead. */
			readonly legal: number | undefined;
			readonly holder: 'current' | 'stale' | 'none';
	  }
	| {readonly type: 'many'; readonly event: JobEvent}
	| {readonly type: 'wait'; readonly time: number};

export const step: fc.Arbitrary<Step> = fc.oneof(
	{
		weight: 1,
		arbitrary: fc.record({
			type: fc.constant('add' as const),
			count: fc.integer({min: 1, max: 3}),
			isSourced: fc.boolean(),
			isPaused: fc.nat({max: 4}).map(n => n === 0),
			lane: fc.constantFrom('a', 'b'),
			batch: fc.constantFrom(undefined, 'One', 'Two'),
		}),
	},
	{weight: 5, arbitrary: fc.record({type: fc.constant('claim' as const), index})},
	{
		weight: 9,
		arbitrary: fc.record({
			type: fc.constant('event' as const),
			index,
			event: fc.constantFrom(...jobEvents),
			legal: fc.option(fc.nat({max: 20}), {nil: undefined}),
			holder: fc.constantFrom(
				'current' as const,
				'current' as const,
				'current' as const,
				'stale' as const,
				'none' as const,
			),
		}),
	},
	{weight: 1, arbitrary: fc.record({type: fc.constant('many' as const), event: fc.constantFrom(...jobEvents)})},
	{weight: 2, arbitrary: fc.record({type: fc.constant('wait' as const), time: fc.nat({max: 700})})},
);

export const take = async (store: JobStore, model: Model, one: Step): Promise<void> => {
	switch (one.type) {
		case 'add':
			return addToBoth(store, model, one);
		case 'claim':
			return claimInBoth(store, model, one.index);
		case 'event':
			return moveBoth(store, model, one);
		case 'many':
			return moveAll(store, model, one.event);
		case 'wait':
			model.now += one.time;
	}
};

const addToBoth = async (store: JobStore, model: Model, one: Extract<Step, {type: 'add'}>): Promise<void> => {
	const {count, isSourced, isPaused, lane, batch} = one;
	const jobs = Array.from({length: count}, () => {
		model.made += 1;
		return newJob(`${model.made}`, {isSourced, isPaused, lane});
	});
	const {ids} = await store.add({title: batch, jobs}, model.now);
	expect(ids).toHaveLength(count);
	const status = isPaused ? 'paused' : isSourced ? 'queued' : 'waiting';
	const fresh = {hasPlacing: false, token: undefined, retryAt: undefined, starts: 0, spent: 0};
	model.jobs.push(...ids.map(id => ({id, lane, batch, status: status as JobStatus, isSourced, ...fresh})));
};

const claimInBoth = async (store: JobStore, model: Model, at: number): Promise<void> => {
	const job = model.jobs[at % Math.max(1, model.jobs.length)];
	if (job === undefined) return;
	model.made += 1;
	const attempt = token(`t${model.made}`);
	const claimed = await store.claim(job.id, attempt, owner('me'), model.now);
	const to = expectedStatus(job.status, 'claim', job.isSourced);
	expect(claimed?.status).toBe(to);
	if (to === undefined) return;
	Object.assign(job, {status: to, token: attempt, retryAt: undefined, starts: job.starts + 1});
};

const moveBoth = async (store: JobStore, model: Model, one: Extract<Step, {type: 'event'}>): Promise<void> => {
	const job = model.jobs[one.index % Math.max(1, model.jobs.length)];
	if (job === undefined) return;
	const legal = jobEvents.filter(event => event !== 'claim' && expectedStatus(job.status, event, job.isSourced));
	const event = (one.legal === undefined ? undefined : legal[one.legal % legal.length]) ?? one.event;
	const attempt = one.holder === 'stale' ? token('of the past') : one.holder === 'current' ? job.token : undefined;
	const result = await store.move(job.id, attempt, changeOf(event, model.now));
	const reason = refusalOf(job, attempt, event);
	expect(result).toMatchObject(reason === undefined ? {ok: true, from: job.status} : {ok: false, reason});
	if (reason === undefined) follow(model, job, event);
};

const moveAll = async (store: JobStore, model: Model, event: JobEvent): Promise<void> => {
	const ids = model.jobs.map(job => job.id);
	const {changed, refused} = await store.moveMany(ids, changeOf(event, model.now));
	const movable = model.jobs.filter(job => refusalOf(job, undefined, event) === undefined);
	expect(changed.map(({job, from}) => [job.id, from])).toEqual(movable.map(({id, status}) => [id, status]));
	expect(refused).toHaveLength(ids.length - movable.length);
	for (const job of movable) follow(model, job, event);
};

const refusalOf = (job: ModelJob, attempt: AttemptToken | undefined, event: JobEvent): string | undefined => {
	if (attempt !== undefined && attempt !== job.token) return 'stale';
	if (event === 'claim' || expectedStatus(job.status, event, job.isSourced) === undefined) return 'refused';
	// Its file may be in its place already; in a moment the job says so itself.
	if (event === 'cancel' && job.hasPlacing && (job.status === 'starting' || job.status === 'pausing')) return 'refused';
	const isPersonal = event === 'pause' || event === 'cancel' || event === 'lose';
	return job.token !== undefined && attempt === undefined && !isPersonal ? 'stale' : undefined;
};

const follow = (model: Model, job: ModelJob, event: JobEvent): void => {
	const to = expectedStatus(job.status, event, job.isSourced);
	if (to === 'removed') {
		model.jobs.splice(model.jobs.indexOf(job), 1);
		return;
	}

	const status = to as JobStatus;
	job.status = status;
	if (event === 'find') job.isSourced = true;
	if (event === 'finish') job.hasPlacing = true;
	if (event === 'defer' || event === 'fail' || event === 'complete' || event === 'retry') job.hasPlacing = false;
	if (!isActive(status)) job.token = undefined;
	if (event === 'defer') job.retryAt = model.now + 500;
	if (event === 'resume' || event === 'retry' || event === 'cancel') job.retryAt = undefined;
	if (event === 'defer' || event === 'fail') job.spent += 1;
	if (event === 'retry') job.spent = 0;
};

export const agree = async (store: JobStore, model: Model): Promise<void> => {
	const {jobs, now} = model;
	const rows = await allPages(store, {sort: 'added', limit: 1000});
	const seen = rows.map(job => [job.id, job.status, job.attempt, job.isSourced, job.attempts]);
	expect(seen).toEqual(jobs.map(job => [job.id, job.status, job.token, job.isSourced, job.spent]));
	const counted = Object.fromEntries(
		jobStatuses.map(status => [status, jobs.filter(job => job.status === status).length]),
	);
	expect(await store.counts()).toEqual(counted);
	for (const title of ['One', 'Two']) {
		const members = jobs.filter(job => job.batch === title);
		const batch = await store.batch(title);
		expect(batch === undefined).toBe(members.length === 0);
		for (const status of batch === undefined ? [] : jobStatuses) {
			expect(batch?.counts[status]).toBe(members.filter(job => job.status === status).length);
		}

		expect(batch?.bytes ?? 0).toBe(700 * members.filter(job => job.status === 'completed').length);
	}

	const startable = jobs.filter(job => job.status === 'queued' || job.status === 'waiting');
	const later = startable.flatMap(job => job.retryAt ?? []).filter(time => time > now);
	expect(await store.nextRetryAt(now)).toBe(later.length === 0 ? undefined : Math.min(...later));
	for (const lane of ['a', 'b']) {
		const inLane = startable.filter(job => job.lane === lane);
		const load = (await store.lanes()).find(one => one.lane === lane);
		expect(load?.startable ?? 0).toBe(inLane.length);
		const ready = inLane.filter(job => job.retryAt === undefined || job.retryAt <= now);
		expect((await store.candidates(lane, 100, now)).map(job => job.id)).toEqual(ready.map(job => job.id));
	}

	for (const job of jobs) {
		const history = await store.attempts(job.id);
		expect(history.map(attempt => attempt.number)).toEqual(Array.from({length: job.starts}, (_, at) => at + 1));
		expect(history.filter(attempt => attempt.endedAt === undefined)).toHaveLength(job.token === undefined ? 0 : 1);
	}
};
