import {batchJson, breakdownOf, healthJson, statsJson, targetsJson} from '../../commands/json-state.ts';
import {jobJson, volumeJson} from '../../commands/json.ts';
import {parseLimit, type Limit} from '../../domain/bandwidth.ts';
import {totalOf} from '../../domain/batch.ts';
import {jobStatuses} from '../../domain/job.ts';
import type {EngineCommand} from '../../engine/ports.ts';
import * as answers from './answers.ts';
import {stateJson} from './feed.ts';
import {metricsText, metricsType} from './metrics.ts';
import {codeOfCommand, ProblemError} from './problem.ts';
import * as requests from './requests.ts';
import {route, type ApiWorld, type Route} from './route.ts';

/** The manager: what runs, how it goes, and what concerns the queue as a whole. */
export const managerRoutes: readonly Route[] = [
	route({
		method: 'GET',
		path: '/api/downloads/manager/active',
		summary: 'The jobs that run',
		tag: 'manager',
		answers: {200: {about: 'Jobs with their progress', schema: answers.active}},
		async handle({engine, veil}) {
			const {active, at, workers, rate} = engine.getSnapshot();
			return {
				body: veil.json({
					at: new Date(at).toISOString(),
					count: active.length,
					max_concurrent: workers,
					rate,
					downloads: active.map(job => ({
						...jobJson(job),
						batch_id: job.batch ?? null,
						slot: job.slot,
						phase: job.phase,
					})),
				}),
			};
		},
	}),
	route({
		method: 'GET',
		path: '/api/downloads/manager/stats',
		summary: 'Counts, success rate, sizes, batches, top errors, throughput and resources',
		tag: 'manager',
		answers: {200: {about: 'Statistics', schema: answers.stats}},
		async handle({engine, veil}) {
			const statistics = await engine.statistics();
			const snapshot = engine.getSnapshot();
			const {completed, failed} = statistics.counts;
			const sums = {total: totalOf(statistics.counts), active: snapshot.active.length, completed, failed};
			return {body: veil.json({...sums, ...statsJson(statistics, snapshot)})};
		},
	}),
	route({
		method: 'GET',
		path: '/api/downloads/manager/health',
		summary: 'Each provider: its breaker, and whether its tool is there',
		tag: 'manager',
		answers: {200: {about: 'The worst of all first, then each', schema: answers.health}},
		handle: async world => ({body: await healthOf(world)}),
	}),
	route({
		method: 'GET',
		path: '/api/downloads/manager/events',
		summary: 'What happens, as server-sent events or, with an upgrade, as a WebSocket',
		tag: 'manager',
		query: requests.eventsQuery,
		answers: {200: {about: 'Events as long as the client stays', type: 'text/event-stream', schema: answers.message}},
		problems: ['too-many-streams'],
		handle: 'stream',
	}),
	route({
		method: 'GET',
		path: '/api/downloads/manager/state',
		summary: 'The live state that the events begin with',
		tag: 'manager',
		answers: {200: {about: 'The state', schema: answers.state}},
		handle: async ({engine, veil}) => ({body: stateJson(engine.getSnapshot(), veil)}),
	}),
	route({
		method: 'GET',
		path: '/api/downloads/manager/disk',
		summary: 'The volumes: marks, used, free, reserved, time to full',
		tag: 'manager',
		query: requests.diskQuery,
		answers: {200: {about: 'Volumes and what lies there', schema: answers.disk}},
		async handle(world, {query}) {
			if (query.measure === true) await sendOrFail(world, {type: 'measure-disk'});
			const {volumes} = world.engine.getSnapshot();
			const told = {volumes: volumes.map(volume => volumeJson(volume)), breakdown: breakdownOf(volumes)};
			return {body: world.veil.json(told)};
		},
	}),
	...(['pause', 'resume'] as const).map(verb =>
		route({
			method: 'POST',
			path: `/api/downloads/manager/${verb}`,
			summary: `${verb === 'pause' ? 'Pause' : 'Resume'} the whole queue; what runs goes on`,
			tag: 'manager',
			answers: {200: {about: 'The queue afterwards', schema: answers.queue}},
			async handle(world) {
				await sendOrFail(world, {type: `${verb}-queue`});
				return {body: {success: true, is_queue_paused: world.engine.getSnapshot().isQueuePaused}};
			},
		}),
	),
	route({
		method: 'PUT',
		path: '/api/downloads/manager/workers',
		summary: 'Jobs that run at once',
		tag: 'manager',
		body: requests.workersBody,
		answers: {200: {about: 'The number afterwards', schema: answers.workers}},
		problems: ['refused'],
		async handle(world, {body}) {
			await sendOrFail(world, {type: 'set-workers', count: body.count});
			return {body: {success: true, workers: world.engine.getSnapshot().workers}};
		},
	}),
	route({
		method: 'PUT',
		path: '/api/downloads/manager/limit',
		summary: 'The speed of all downloads together',
		tag: 'manager',
		body: requests.limitBody,
		answers: {200: {about: 'The limit afterwards', schema: answers.limit}},
		problems: ['refused'],
		async handle(world, {body}) {
			await sendOrFail(world, {type: 'set-limit', ...limitOf(body.rate)});
			return {body: {success: true, limit: world.engine.getSnapshot().limit ?? null}};
		},
	}),
	route({
		method: 'GET',
		path: '/api/batches',
		summary: 'Albums, seasons and lists, in the order in which they were added',
		tag: 'batches',
		query: requests.batchQuery,
		answers: {200: {about: 'Batches, and where to go on', schema: answers.batchPage}},
		async handle({engine, veil}, {query: {status, order, limit, after}}) {
			const page = await engine.listGrouped({
				statuses: status ?? jobStatuses,
				open: [],
				limit: limit ?? 100,
				...(order === 'desc' ? {isDescending: true} : {}),
				...(after === undefined ? {} : {after}),
			});
			const snapshot = engine.getSnapshot();
			const batches = page.rows.flatMap(row => (row.kind === 'batch' ? [batchJson(row.batch, snapshot)] : []));
			// Behind the batches come the jobs that have none.
			const next = batches.length < page.rows.length ? null : (page.next ?? null);
			return {body: veil.json({batches, next})};
		},
	}),
	route({
		method: 'GET',
		path: '/api/batches/{ref}',
		summary: 'One batch, by its id or title',
		tag: 'batches',
		params: requests.refPath,
		answers: {200: {about: 'The batch', schema: answers.batch}},
		problems: ['not-found'],
		async handle({engine, veil}, {path}) {
			const batch = await engine.findBatch(path.ref);
			if (batch === undefined) throw new ProblemError('not-found', 'there is no such batch');
			return {body: veil.json(batchJson(batch, engine.getSnapshot()))};
		},
	}),
	route({
		method: 'GET',
		path: '/metrics',
		summary: 'Figures for Prometheus',
		tag: 'service',
		answers: {200: {about: 'Text exposition format', type: metricsType}},
		handle: async ({engine, version, streams}) => ({
			type: metricsType,
			body: metricsText(engine.getSnapshot(), await engine.statistics(), {version, streams: streams.count}),
		}),
	}),
	route({
		method: 'GET',
		path: '/api/openapi.json',
		summary: 'This description',
		tag: 'service',
		answers: {200: {about: 'An OpenAPI document'}},
		handle: async ({openapi}) => ({body: openapi()}),
	}),
];

const sendOrFail = async ({engine, veil}: ApiWorld, command: EngineCommand): Promise<void> => {
	const result = await engine.send(command);
	if (!result.ok) throw new ProblemError(codeOfCommand[result.code], veil.text(result.message));
};

const limitOf = (rate: number | string | null): Limit => {
	if (typeof rate !== 'string') return {rate};
	const parsed = parseLimit(rate);
	if (typeof parsed === 'string') throw new ProblemError('bad-request', parsed);
	return parsed;
};

const badness = ['closed', 'half-open', 'open'];

/** 001's four fields for all providers together, and for each. */
const healthOf = async ({engine, veil}: ApiWorld): Promise<unknown> => {
	const reports = await engine.health();
	const snapshot = engine.getSnapshot();
	const lanes = snapshot.lanes;
	const state = lanes.map(({breaker}) => breaker).toSorted((a, b) => badness.indexOf(b) - badness.indexOf(a))[0];
	const providers = Object.fromEntries(reports.map(row => [row.provider, healthJson(row, snapshot)]));
	return veil.json({
		state: state ?? 'closed',
		failure_count: Math.max(0, ...lanes.map(({failures}) => failures)),
		last_success: latest(lanes.map(({lastSuccessAt}) => lastSuccessAt)),
		last_failure: latest(lanes.map(({lastFailureAt}) => lastFailureAt)),
		is_scheduling: snapshot.isScheduling,
		providers,
		...targetsJson(snapshot),
	});
};

const latest = (instants: ReadonlyArray<number | undefined>): string | null => {
	const most = Math.max(-Infinity, ...instants.filter(instant => instant !== undefined));
	return Number.isFinite(most) ? new Date(most).toISOString() : null;
};
