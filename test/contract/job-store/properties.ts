import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
	endedStatuses,
	isActive,
	jobStatuses,
	type AttemptToken,
	type Job,
	type JobId,
	type JobStatus,
} from '../../../source/domain/job.ts';
import {jobEvents, type JobEvent} from '../../../source/domain/transitions.ts';
import {sortKeys, type JobFilter, type JobStore, type SortKey} from '../../../source/engine/ports.ts';
import {allPages, changeOf, newJob, owner, token, waysTo, type NewSubject} from './jobs.ts';
import {expectedStatus} from './matrix.ts';

const runs = {numRuns: Number(process.env['FC_RUNS'] ?? 60)};

export const describeProperties = (newSubject: NewSubject): void => {
	describe('whatever happens', () => {
		// Mutations seen to fail: a batch's moves not counted; a lost attempt not ended; candidates before their time; no
		// ripening; a started job still counted in its lane; a resumed job that still waits for its next try.
		test('every job is where the events have led it, and the counts are those of a recount', async () => {
			const subject = await newSubject();
			await fc.assert(
				fc.asyncProperty(fc.array(step, {maxLength: 60, size: 'max'}), async steps => {
					const store = await subject.open();
					const model = newModel();
					await take(store, model, {type: 'add', count: 3, isSourced: true, isPaused: false, lane: 'a', batch: 'One'});
					for (const one of steps) {
						await take(store, model, one);
						await agree(store, model);
					}
				}),
				runs,
			);
		});

		// Mutations seen to fail: new jobs in the middle of their priority; `bottom` before the last job; a moved job that
		// keeps its priority; jobs moved in the order in which they were named; new keys for the wrong side of a gap.
		test('the order is priority, then arrival, then what people made of it', async () => {
			const subject = await newSubject();
			await fc.assert(
				fc.asyncProperty(fc.array(arrangement, {maxLength: 30, size: 'max'}), async steps => {
					const store = await subject.open();
					let line: readonly Placed[] = [];
					for (const one of steps) {
						line = await arrange(store, line, one);
						const rows = await allPages(store, {limit: 1000});
						expect(rows.map(({id, priority}) => ({id, priority}))).toEqual(line);
						expect(rows.every((job, index) => index === 0 || job.order > rows[index - 1]!.order)).toBe(true);
					}
				}),
				runs,
			);
		});

		// Mutations seen to fail: rows with the same end as the last one skipped; statuses not merged; the cursor taken from
		// the row behind the last; the part of jobs that have not ended left out.
		test('the pages of a list are the whole list, each job once, in both directions', async () => {
			const subject = await newSubject();
			await fc.assert(
				fc.asyncProperty(
					fc.array(member, {maxLength: 40, size: 'max'}),
					fc.array(listing, {minLength: 1, maxLength: 12}),
					async (members, listings) => {
						const store = await subject.open();
						const jobs = await populate(store, members);
						for (const {filter, isInBatch, sort, isDescending, limit} of listings) {
							const batch = isInBatch ? (await store.batch('Even'))?.id : undefined;
							const query = {...filter, ...(batch === undefined ? {} : {batch})};
							const rows = await allPages(store, {...query, sort, isDescending, limit});
							const expected = jobs.filter(job => fits(job, query)).toSorted(by(sort, isDescending));
							expect(rows.map(job => job.id)).toEqual(expected.map(job => job.id));
							expect(rows).toEqual(expected);
						}
					},
				),
				runs,
			);
		});
	});
};

// ---------------------------------------------------------------- events against a model

type ModelJob = {
	readonly id: JobId;
	readonly lane: string;
	readonly batch: string | undefined;
	status: JobStatus;
	isSourced: boolean;
	token: AttemptToken | undefined;
	retryAt: number | undefined;
	starts: number;
	spent: number;
};

type Model = {readonly jobs: ModelJob[]; now: number; made: number};

const newModel = (): Model => ({jobs: [], now: 1000, made: 0});

// Few different ones, so that much happens to each job.
const index = fc.nat({max: 4});

type Step =
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

const step: fc.Arbitrary<Step> = fc.oneof(
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

const take = async (store: JobStore, model: Model, one: Step): Promise<void> => {
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
	const fresh = {token: undefined, retryAt: undefined, starts: 0, spent: 0};
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
	expect(changed.map(job => job.id)).toEqual(movable.map(job => job.id));
	expect(refused).toHaveLength(ids.length - movable.length);
	for (const job of movable) follow(model, job, event);
};

const refusalOf = (job: ModelJob, attempt: AttemptToken | undefined, event: JobEvent): string | undefined => {
	if (attempt !== undefined && attempt !== job.token) return 'stale';
	if (event === 'claim' || expectedStatus(job.status, event, job.isSourced) === undefined) return 'refused';
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
	if (!isActive(status)) job.token = undefined;
	if (event === 'defer') job.retryAt = model.now + 500;
	if (event === 'resume' || event === 'retry' || event === 'cancel') job.retryAt = undefined;
	if (event === 'defer' || event === 'fail') job.spent += 1;
	if (event === 'retry') job.spent = 0;
};

const agree = async (store: JobStore, model: Model): Promise<void> => {
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

// ---------------------------------------------------------------- the order against an array

type Placed = {readonly id: JobId; readonly priority: number};

type Arrangement =
	| {readonly type: 'add'; readonly priorities: readonly number[]}
	| {readonly type: 'prioritise'; readonly picks: readonly number[]; readonly priority: number}
	| {readonly type: 'reorder'; readonly picks: readonly number[]; readonly place: 'top' | 'bottom' | number};

const picks = fc.uniqueArray(fc.nat({max: 30}), {minLength: 1, maxLength: 4});

const arrangement: fc.Arbitrary<Arrangement> = fc.oneof(
	fc.record({
		type: fc.constant('add' as const),
		priorities: fc.array(fc.constantFrom(0, 4, 5, 5, 5, 9), {minLength: 1, maxLength: 5}),
	}),
	fc.record({type: fc.constant('prioritise' as const), picks, priority: fc.integer({min: 0, max: 9})}),
	{
		weight: 3,
		arbitrary: fc.record({
			type: fc.constant('reorder' as const),
			picks,
			place: fc.oneof(fc.constantFrom('top' as const, 'bottom' as const), fc.nat({max: 30})),
		}),
	},
);

const arrange = async (store: JobStore, line: readonly Placed[], one: Arrangement): Promise<readonly Placed[]> => {
	if (one.type === 'add') {
		const jobs = one.priorities.map((priority, at) => newJob(`${line.length}-${at}`, {priority}));
		const {ids} = await store.add({title: undefined, jobs}, 1);
		return ids.reduce((rest, id, at) => behindPriority(rest, [{id, priority: one.priorities[at] ?? 5}]), line);
	}

	const chosen = new Set(one.picks.map(at => line[at % Math.max(1, line.length)]?.id).filter(id => id !== undefined));
	if (one.type === 'prioritise') {
		await store.prioritise([...chosen], one.priority);
		const moved = line.filter(job => chosen.has(job.id)).map(job => ({...job, priority: one.priority}));
		return behindPriority(
			line.filter(job => !chosen.has(job.id)),
			moved,
		);
	}

	const before = typeof one.place === 'number' ? line[one.place % Math.max(1, line.length)]?.id : undefined;
	if (typeof one.place === 'number' && before === undefined) return line;
	const place = before === undefined ? {at: one.place === 'top' ? ('top' as const) : ('bottom' as const)} : {before};
	await store.reorder([...chosen], place);
	if (before !== undefined) chosen.delete(before);
	const rest = line.filter(job => !chosen.has(job.id));
	if (rest.length === 0) return line;
	const at = before === undefined ? (one.place === 'top' ? 0 : rest.length) : rest.findIndex(job => job.id === before);
	const neighbour = rest[Math.min(at, rest.length - 1)];
	const moved = line.filter(job => chosen.has(job.id)).map(job => ({...job, priority: neighbour?.priority ?? 5}));
	return rest.toSpliced(at, 0, ...moved);
};

const behindPriority = (line: readonly Placed[], moved: readonly Placed[]): readonly Placed[] => {
	const priority = moved[0]?.priority ?? 0;
	const at = line.filter(job => job.priority >= priority).length;
	return line.toSpliced(at, 0, ...moved);
};

// ---------------------------------------------------------------- pages against a sorted array

type Member = {
	readonly status: JobStatus;
	readonly at: number;
	readonly size: number;
	readonly priority: number;
	readonly isEven: boolean;
};

const member: fc.Arbitrary<Member> = fc.record({
	status: fc.constantFrom(...jobStatuses),
	// Few different values, so that many jobs have the same.
	at: fc.integer({min: 1, max: 4}),
	size: fc.integer({min: 0, max: 3}),
	priority: fc.constantFrom(3, 5, 9),
	isEven: fc.boolean(),
});

const listing = fc.record({
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

const populate = async (store: JobStore, members: readonly Member[]): Promise<readonly Job[]> => {
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

const fits = (job: Job, {statuses, provider, batch, text}: JobFilter): boolean =>
	(statuses?.includes(job.status) ?? true) &&
	(provider === undefined || provider === job.provider) &&
	(batch === undefined || batch === job.batch) &&
	(text === undefined || `${job.title}\n${job.source}`.toLowerCase().includes(text.toLowerCase()));

const by =
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
