import {cleanCandidates} from '../../source/domain/candidate.ts';
import {noCounts, type Batch, type Counts} from '../../source/domain/batch.ts';
import {
	hasEnded,
	isActive,
	timeRan,
	type Attempt,
	type AttemptToken,
	type BatchId,
	type Job,
	type JobId,
	type JobStatus,
} from '../../source/domain/job.ts';
import {nextStatus, refusal, sameFile, type JobEvent} from '../../source/domain/transitions.ts';
import type {
	Change,
	Duplicate,
	GroupedQuery,
	GroupedRow,
	JobFilter,
	JobQuery,
	JobStore,
	LaneLoad,
	MovedJob,
	MoveResult,
	NewBatch,
	Place,
	Refusal,
	SortKey,
} from '../../source/engine/ports.ts';
import {keepingJobs, memoryJournal} from './memory-journal.ts';
import {arrange, band, inOrder, openJobTo, type State} from './memory-state.ts';

import {cutPage} from './cut-page.ts';

/*
 * The queue in arrays: slow on purpose where that is plainer. It passes the same contract as the SQLite store and shares
 * nothing with it but the table of transitions.
 */

/** A queue that lives as long as the test. */
export const createMemoryStore = (): JobStore => {
	const state: State = {
		jobs: new Map(),
		destinations: new Map(),
		attempts: new Map(),
		candidates: new Map(),
		batches: [],
		settings: new Map(),
		steps: [],
		lastId: 0,
		lastStep: 0,
		lastBatch: 0,
	};
	return {
		add: async (batch, now) => add(state, batch, now),
		candidates: async (lane, limit, now, after = -1, among = {except: []}) => {
			for (const job of state.jobs.values()) {
				if (isStartable(job) && job.retryAt !== undefined && job.retryAt <= now) {
					state.jobs.set(job.id, {...job, retryAt: undefined});
				}
			}

			return inOrder(state)
				.filter(job => job.lane === lane && isStartable(job) && job.retryAt === undefined && job.order > after)
				.filter(({batch}) =>
					'only' in among ? among.only.includes(batch) : batch === undefined || !among.except.includes(batch),
				)
				.slice(0, limit);
		},
		lanes: async () => lanes(state),
		nextRetryAt: async now => {
			const times = [...state.jobs.values()].filter(isStartable).map(job => job.retryAt ?? Infinity);
			const next = Math.min(...times.filter(time => time > now));
			return next === Infinity ? undefined : next;
		},
		claim: async (id, token, owner, now) => {
			const job = state.jobs.get(id);
			const to = job === undefined ? undefined : nextStatus(job.status, 'claim', job);
			if (job === undefined || to === undefined || to === 'removed') return undefined;
			const startedAt = job.startedAt ?? now;
			const claimed = {...job, status: to, attempt: token, owner, retryAt: undefined, startedAt};
			const history = state.attempts.get(id) ?? [];
			const attempt = {
				token,
				owner,
				startedAt: now,
				endedAt: undefined,
				outcome: undefined,
				error: undefined,
				bytes: 0,
			};
			state.jobs.set(id, claimed);
			state.attempts.set(id, [...history, {number: history.length + 1, ...attempt}]);
			return claimed;
		},
		move: async (id, attempt, change) => move(state, id, attempt, change),
		moveMany: async (ids, change, step) =>
			keepingJobs(
				state,
				step,
				ids,
				() => moveMany(state, ids, change),
				({changed}) => changed.map(({job}) => job.id),
			),
		saveProgress: async rows => {
			for (const {id, attempt, bytes, total} of rows) {
				const job = state.jobs.get(id);
				if (job?.attempt !== attempt) continue;
				state.jobs.set(id, {...job, bytes: whole(bytes) ?? job.bytes, total: whole(total) ?? job.total});
			}
		},
		active: async () => byId(state).filter(job => isActive(job.status)),
		get: async id => state.jobs.get(id),
		attempts: async id => state.attempts.get(id) ?? [],
		candidatesOf: async id => state.candidates.get(id) ?? [],
		keepCandidates: async (id, attempt, candidates, source) => {
			const job = state.jobs.get(id);
			if (job?.attempt !== attempt) return false;
			if (source !== undefined) state.jobs.set(id, {...job, source});
			state.candidates.set(id, cleanCandidates(candidates));
			return true;
		},
		page: async query => page(state, query),
		groupedPage: async query => groupedPage(state, query),
		ids: async (filter, limit, after = 0 as JobId) => {
			if (limit < 1) throw new RangeError('a limit is at least 1');
			return byId(state)
				.filter(job => job.id > after && matches(job, filter))
				.slice(0, limit)
				.map(job => job.id);
		},
		counts: async () => countsOf(byId(state)),
		statistics: async () => statistics(state),
		batch: async ref => batchBy(state, ref),
		holders: async jobs =>
			jobs.map(({identity, destination}) => {
				const same = [...state.jobs.values()].find(job => job.identity === identity);
				if (same !== undefined) return {id: same.id, status: same.status, because: 'source'};
				const rival = destination === undefined ? undefined : openJobTo(state, destination);
				const status = rival === undefined ? undefined : state.jobs.get(rival)?.status;
				return rival === undefined || status === undefined ? undefined : {id: rival, status, because: 'destination'};
			}),
		orders: async ids => ids.map(id => state.jobs.get(id)?.order),
		prioritise: async (ids, priority, step) =>
			keepingJobs(
				state,
				step,
				ids,
				() => prioritise(state, ids, priority),
				({changed}) => changed,
			),
		reorder: async (ids, place, step) =>
			keepingJobs(
				state,
				step,
				ids,
				() => reorder(state, ids, place),
				({changed}) => changed,
			),
		steps: memoryJournal(state),
		halfPlaced: async ids =>
			ids
				.flatMap(id => state.jobs.get(id) ?? [])
				.filter(job => job.placing !== undefined && job.attempt === undefined && job.endedAt === undefined),
		readSetting: async key => state.settings.get(key),
		writeSetting: async (key, value) => {
			state.settings.set(key, value);
		},
		close: async () => {},
	};
};

const byId = (state: State): readonly Job[] => [...state.jobs.values()].toSorted((a, b) => a.id - b.id);

const isStartable = (job: Job): boolean => job.status === 'waiting' || job.status === 'queued';

const whole = (bytes: number | undefined): number | undefined =>
	bytes !== undefined && Number.isFinite(bytes) && bytes >= 0 ? Math.round(bytes) : undefined;

// ---------------------------------------------------------------- adding

const add: (state: State, batch: NewBatch, now: number) => Awaited<ReturnType<JobStore['add']>> = (
	state,
	{title, jobs},
	now,
) => {
	for (const {priority} of jobs) checkPriority(priority);
	const known = state.batches.find(batch => batch.title === title);
	const batch = known?.id ?? (title === undefined ? undefined : ((state.lastBatch + 1) as BatchId));
	const holders = new Map([...state.jobs.values()].map(job => [job.identity, job.id]));
	const ids: JobId[] = [];
	const duplicates: Duplicate[] = [];
	for (const job of jobs) {
		const holder = holders.get(job.identity);
		if (holder !== undefined) {
			duplicates.push({source: job.source, id: holder});
			continue;
		}

		const {isPaused, destination, ...facts} = job;
		const rival = destination === undefined ? undefined : openJobTo(state, destination);
		if (destination !== undefined && rival !== undefined) {
			duplicates.push({source: job.source, id: rival, destination});
			continue;
		}

		state.lastId += 1;
		const id = state.lastId as JobId;
		if (destination !== undefined) state.destinations.set(id, destination);
		state.jobs.set(id, {
			...facts,
			id,
			batch,
			status: isPaused ? 'paused' : job.isSourced ? 'queued' : 'waiting',
			order: behind(state, job.priority),
			createdAt: now,
			...untouched,
		});
		holders.set(job.identity, id);
		ids.push(id);
	}

	if (ids.length === 0) return {ids, batch: known?.id, duplicates};
	if (known === undefined && title !== undefined && batch !== undefined) {
		state.lastBatch = batch;
		state.batches.push({id: batch, title, createdAt: now});
	}

	return {ids, batch, duplicates};
};

const untouched = {
	attempts: 0,
	attempt: undefined,
	owner: undefined,
	bytes: 0,
	total: undefined,
	placing: undefined,
	outputPath: undefined,
	size: undefined,
	error: undefined,
	retryAt: undefined,
	startedAt: undefined,
	endedAt: undefined,
};

// ---------------------------------------------------------------- changing

const personal: ReadonlySet<JobEvent> = new Set(['pause', 'cancel', 'lose']);

const move = (state: State, id: JobId, attempt: AttemptToken | undefined, change: Change): MoveResult => {
	const job = state.jobs.get(id);
	if (job === undefined) return {ok: false, reason: 'no-such-job'};
	const {status} = job;
	if (attempt !== undefined && attempt !== job.attempt) return {ok: false, reason: 'stale', status};
	const to = nextStatus(status, change.event, job);
	if (to === undefined || change.event === 'claim') return {ok: false, reason: 'refused', status};
	if (isActive(status) && attempt === undefined && !personal.has(change.event)) {
		return {ok: false, reason: 'stale', status};
	}

	const destination = state.destinations.get(id);
	if (destination !== undefined && hasEnded(status) && to !== 'removed' && !hasEnded(to)) {
		const rival = openJobTo(state, destination);
		if (rival !== undefined) return {ok: false, reason: 'refused', status, rival};
	}

	if (to === 'removed') {
		state.jobs.delete(id);
		state.attempts.delete(id);
		state.candidates.delete(id);
		state.batches = state.batches.filter(batch => [...state.jobs.values()].some(other => other.batch === batch.id));
		return {ok: true, job: undefined, from: status};
	}

	const moved = afterEvent(job, change, to);
	state.jobs.set(id, moved);
	if (change.event === 'find' && change.candidates !== undefined) {
		state.candidates.set(id, cleanCandidates(change.candidates));
	}

	if (isActive(status) && !isActive(to)) {
		const history = state.attempts.get(id) ?? [];
		const ended = {endedAt: change.at, outcome: change.event, error: change.error, bytes: moved.bytes};
		state.attempts.set(id, [...history.slice(0, -1), {...(history.at(-1) as Attempt), ...ended}]);
	}

	return {ok: true, job: moved, from: status};
};

const afterEvent = (job: Job, change: Change, to: JobStatus): Job => {
	const {event} = change;
	const next = {...job, status: to, bytes: whole(change.bytes) ?? job.bytes, total: whole(change.total) ?? job.total};
	if (!isActive(to)) Object.assign(next, {attempt: undefined, owner: undefined});
	if (hasEnded(to)) Object.assign(next, {endedAt: change.at, retryAt: undefined});
	if (event === 'defer' || event === 'fail') {
		Object.assign(next, {attempts: job.attempts + 1, placing: undefined});
	}

	if (event === 'defer' || event === 'fail' || event === 'yield') next.error = change.error ?? job.error;
	if (event === 'fail' && next.error === undefined) throw new Error('a failure needs its reason');
	if (event === 'defer') next.retryAt = change.retryAt;
	if (event === 'yield') next.retryAt = change.retryAt ?? job.retryAt;
	if (event === 'find') {
		const {source = job.source, lane = job.lane} = change;
		Object.assign(next, {isSourced: true, source, lane});
	}

	if (event === 'finish') next.placing = change.placing ?? job.placing;
	if (event === 'complete') {
		const {outputPath, size = job.placing?.size} = change;
		if (outputPath === undefined || size === undefined) throw new Error('a completion needs path and size');
		Object.assign(next, {outputPath, size, bytes: size, total: size, placing: undefined, error: undefined});
	}

	if (event === 'resume' || event === 'retry') next.retryAt = undefined;
	if (event === 'retry') {
		Object.assign(next, {attempts: 0, error: undefined, placing: undefined, startedAt: undefined, endedAt: undefined});
	}

	return next;
};

const moveMany: (state: State, ids: readonly JobId[], change: Change) => Awaited<ReturnType<JobStore['moveMany']>> = (
	state,
	ids,
	change,
) => {
	if (ids.length > 1000) throw new RangeError('at most 1000 jobs at once');
	const changed: MovedJob[] = [];
	const refused: Refusal[] = [];
	for (const id of new Set(ids)) {
		const before = state.jobs.get(id);
		const result = move(state, id, undefined, change);
		if (result.ok) changed.push({job: result.job ?? (before as Job), from: result.from});
		else if (result.reason === 'no-such-job') refused.push({id, reason: 'there is no such job'});
		else {
			const rival = result.reason === 'refused' ? result.rival : undefined;
			refused.push({id, reason: rival === undefined ? refusal(result.status, change.event) : sameFile(rival)});
		}
	}

	return {changed, refused};
};

// ---------------------------------------------------------------- order

const checkPriority = (priority: number): void => {
	if (!Number.isInteger(priority) || priority < 0 || priority > 9) throw new RangeError('a priority is 0 to 9');
};

const behind = (state: State, priority: number): number =>
	1 +
	Math.max(
		(9 - priority) * band,
		...[...state.jobs.values()].filter(job => job.priority === priority).map(job => job.order),
	);

const movable = (state: State, ids: readonly JobId[]): {readonly jobs: readonly Job[]; readonly refused: Refusal[]} => {
	const refused: Refusal[] = [];
	for (const id of new Set(ids)) {
		const job = state.jobs.get(id);
		if (job === undefined) refused.push({id, reason: 'there is no such job'});
		else if (job.status === 'completed') refused.push({id, reason: 'its file is there already'});
	}

	return {jobs: inOrder(state).filter(job => ids.includes(job.id) && job.status !== 'completed'), refused};
};

const prioritise = (state: State, ids: readonly JobId[], priority: number) => {
	checkPriority(priority);
	const {jobs, refused} = movable(state, ids);
	const rest = inOrder(state).filter(job => !jobs.includes(job));
	const end = rest.filter(job => job.priority >= priority).length;
	const moved = jobs.map(job => ({...job, priority}));
	arrange(state, [...rest.slice(0, end), ...moved, ...rest.slice(end)]);
	return {changed: jobs.map(job => job.id), refused};
};

const reorder = (state: State, ids: readonly JobId[], place: Place) => {
	const {jobs, refused} = movable(state, ids);
	const moving = jobs.filter(job => !('before' in place) || job.id !== place.before);
	const rest = inOrder(state).filter(job => !moving.includes(job));
	const open = rest.filter(job => !hasEnded(job.status));
	const anchor = 'before' in place ? state.jobs.get(place.before) : place.at === 'top' ? open.at(0) : open.at(-1);
	if (anchor === undefined && 'before' in place) {
		const reason = `there is no job ${place.before} to go before`;
		return {changed: [], refused: [...refused, ...jobs.map(({id}) => ({id, reason}))]};
	}

	if (anchor !== undefined) {
		const index = rest.indexOf(anchor) + ('at' in place && place.at === 'bottom' ? 1 : 0);
		const moved = moving.map(job => ({...job, priority: anchor.priority}));
		arrange(state, [...rest.slice(0, index), ...moved, ...rest.slice(index)]);
	}

	const itself = jobs.filter(job => !moving.includes(job));
	return {
		changed: moving.map(job => job.id),
		refused: [...refused, ...itself.map(({id}) => ({id, reason: 'it cannot go before itself'}))],
	};
};

// ---------------------------------------------------------------- looking

const matches = (job: Job, {statuses, provider, batch, text}: JobFilter): boolean =>
	(statuses === undefined || statuses.includes(job.status)) &&
	(provider === undefined || job.provider === provider) &&
	(batch === undefined || job.batch === batch) &&
	(text === undefined ||
		job.title.toLowerCase().includes(text.toLowerCase()) ||
		job.source.toLowerCase().includes(text.toLowerCase()));

/** What a list is sorted by, as numbers that are compared one after the other. */
const sortValues = (job: Job, sort: SortKey, isDescending: boolean): readonly number[] => {
	const key = {order: job.order, added: job.id, ended: job.endedAt, size: job.size}[sort];
	const sign = isDescending ? -1 : 1;
	return [key === undefined ? 1 : 0, sign * (key ?? 0), sign * job.id];
};

const page: (state: State, query: JobQuery) => Awaited<ReturnType<JobStore['page']>> = (state, query) => {
	const {sort = 'order', isDescending = false} = query;
	const rows = byId(state)
		.filter(job => matches(job, query))
		.map(job => ({row: told(state, job), values: sortValues(job, sort, isDescending)}));
	const {provider, text} = query;
	return cutPage(rows, query, [sort, isDescending], provider === undefined && text === undefined);
};

const groupedPage: (state: State, query: GroupedQuery) => Awaited<ReturnType<JobStore['groupedPage']>> = (
	state,
	query,
) => {
	const {statuses, open, isDescending = false} = query;
	if (open.length > 1000) throw new RangeError('at most 1000 batches are open');
	const sign = isDescending ? -1 : 1;
	const listed = byId(state).filter(job => statuses.includes(job.status));
	const batches = state.batches.filter(({id}) => listed.some(job => job.batch === id));
	const rows = [
		...batches.map(({id}) => ({
			row: {
				kind: 'batch' as const,
				batch: batchBy(state, id) as Batch,
				isOpen: open.includes(id),
				next: nextIn(state, id, statuses),
			},
			values: [0, sign * id, -1],
		})),
		...listed
			.filter(job => job.batch !== undefined && open.includes(job.batch))
			.map(job => ({
				row: {kind: 'job' as const, job: told(state, job)},
				values: [0, sign * (job.batch ?? 0), job.order],
			})),
		...listed
			.filter(job => job.batch === undefined)
			.map(job => ({row: {kind: 'job' as const, job: told(state, job)}, values: [1, 0, sign * job.order]})),
	];
	return cutPage<GroupedRow>(rows, query, ['batches', isDescending], true);
};

/** A job as lists tell it. */
const told = (state: State, job: Job): Job =>
	job.endedAt === undefined ? job : {...job, ranFor: timeRan(state.attempts.get(job.id) ?? [])};

const nextIn = (state: State, batch: BatchId, statuses: readonly JobStatus[]): Job | undefined => {
	const waiting = inOrder(state).filter(job => job.batch === batch && statuses.includes(job.status));
	return waiting.find(isStartable) ?? waiting.find(job => job.status === 'paused');
};

const countsOf = (jobs: readonly Job[]): Counts => {
	const counts: Record<JobStatus, number> = {...noCounts};
	for (const {status} of jobs) counts[status] += 1;
	return counts;
};

const lanes = (state: State): readonly LaneLoad[] => {
	const startable = byId(state).filter(isStartable);
	const groups = Map.groupBy(startable, job => JSON.stringify([job.lane, job.provider]));
	return [...groups.values()].flatMap(jobs =>
		jobs[0] === undefined ? [] : {lane: jobs[0].lane, provider: jobs[0].provider, startable: jobs.length},
	);
};

const batchBy = (state: State, ref: string | BatchId): Batch | undefined => {
	const found =
		state.batches.find(({title}) => title === ref) ??
		state.batches.find(({id}) => id === ref || (typeof ref === 'string' && String(id) === ref));
	if (found === undefined) return undefined;
	const jobs = byId(state).filter(job => job.batch === found.id);
	return {...found, counts: countsOf(jobs), bytes: jobs.reduce((sum, job) => sum + (job.size ?? 0), 0)};
};

const statistics: (state: State) => Awaited<ReturnType<JobStore['statistics']>> = state => {
	const counts = countsOf(byId(state));
	const ended = counts.completed + counts.failed;
	const sizes = byId(state).flatMap(job => job.size ?? []);
	const sum = sizes.reduce((total, size) => total + size, 0);
	const failed = byId(state)
		.filter(job => job.status === 'failed')
		.toSorted((a, b) => (b.endedAt ?? 0) - (a.endedAt ?? 0) || b.id - a.id);
	return {
		counts,
		successRate: ended === 0 ? undefined : counts.completed / ended,
		sizes:
			sizes.length === 0
				? undefined
				: {average: sum / sizes.length, least: Math.min(...sizes), most: Math.max(...sizes), sum},
		batches: state.batches
			.map(({id}) => batchBy(state, id) as Batch)
			.map(({id, title, counts: ofBatch, bytes}) => ({batch: id, title, counts: ofBatch, bytes}))
			.toSorted((a, b) => sumOfAll(b.counts) - sumOfAll(a.counts) || a.batch - b.batch)
			.slice(0, 20),
		topErrors: [...Map.groupBy(failed, job => job.error?.code ?? '')]
			.map(([code, jobs]) => ({code, message: jobs[0]?.error?.message ?? '', count: jobs.length}))
			.toSorted((a, b) => b.count - a.count || (a.code < b.code ? -1 : 1))
			.slice(0, 10),
	};
};

const sumOfAll = (counts: Counts): number => Object.values(counts).reduce((sum, count) => sum + count, 0);
