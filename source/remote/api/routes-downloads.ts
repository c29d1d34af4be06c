import type {z} from 'zod';
import {batchTitles} from '../../commands/pages.ts';
import {detailJson, jobJson} from '../../commands/json.ts';
import type {JobId, JobView} from '../../domain/job.ts';
import {maskSecrets} from '../../domain/text.ts';
import type {EngineCommand, JobFilter, JobQuery, LogRange, Selection} from '../../engine/ports.ts';
import {addAlbum, addEpisodes, addOne} from './adding.ts';
import * as answers from './answers.ts';
import {codeOfCommand, ProblemError} from './problem.ts';
import * as requests from './requests.ts';
import {route, type Answer, type ApiWorld, type Route} from './route.ts';

/** Jobs: to add, to read and to act on. */
export const downloadRoutes: readonly Route[] = [
	route({
		method: 'POST',
		path: '/api/download',
		summary: 'Add episodes or other sources, one job for each',
		tag: 'add',
		body: requests.downloadBody,
		answers: {
			200: {about: 'All of them are in the queue already', schema: answers.added},
			201: {about: 'One id for each job', schema: answers.added},
		},
		problems: ['bad-source', 'store-failed'],
		handle: (world, {body}) => addEpisodes(world, body),
	}),
	route({
		method: 'POST',
		path: '/api/downloads',
		summary: 'Add one source or one piece of music',
		tag: 'add',
		body: requests.oneBody,
		answers: {
			200: {about: 'The job that has it already', schema: answers.jobDetail},
			201: {about: 'The job', schema: answers.jobDetail},
		},
		problems: ['bad-source', 'refused', 'catalog-failed', 'store-failed'],
		async handle(world, {body, signal}) {
			const {id, isNew} = await addOne(world, body, signal);
			const headers = {location: `/api/downloads/${id}`};
			return {status: isNew ? 201 : 200, headers, body: await detailOf(world, id)};
		},
	}),
	route({
		method: 'POST',
		path: '/api/downloads/album',
		summary: 'Add an album or a playlist, by what a catalog knows of it',
		tag: 'add',
		body: requests.albumBody,
		answers: {
			200: {about: 'All of them are in the queue already', schema: answers.added},
			201: {about: 'One id for each job', schema: answers.added},
		},
		problems: ['bad-source', 'catalog-failed', 'store-failed'],
		handle: (world, {body, signal}) => addAlbum(world, body, signal),
	}),
	route({
		method: 'GET',
		path: '/api/downloads',
		summary: 'A window of jobs, in the order in which they start unless asked otherwise',
		tag: 'jobs',
		query: requests.listQuery,
		answers: {200: {about: 'Jobs, and where to go on', schema: answers.jobPage}},
		problems: ['not-found'],
		async handle({engine, veil}, {query: {sort, order, limit, after, ...filter}}) {
			const query: JobQuery = {
				...(await filterOf({engine}, filter)),
				...(sort === undefined ? {} : {sort}),
				...(order === 'desc' ? {isDescending: true} : {}),
				...(limit === undefined ? {} : {limit}),
				...(after === undefined ? {} : {after}),
			};
			const page = await engine.list(query);
			return {body: veil.json({jobs: await jobsJson({engine}, page.rows), next: page.next ?? null})};
		},
	}),
	route({
		method: 'GET',
		path: '/api/downloads/{id}',
		summary: 'One job whole, with its attempts',
		tag: 'jobs',
		params: requests.idPath,
		answers: {200: {about: 'The job', schema: answers.jobDetail}},
		problems: ['no-such-job'],
		handle: async (world, {path}) => ({body: await detailOf(world, path.id as JobId)}),
	}),
	route({
		method: 'DELETE',
		path: '/api/downloads/{id}',
		summary: 'Cancel a job',
		tag: 'jobs',
		params: requests.idPath,
		answers: {200: {about: 'It is cancelled, or about to be', schema: answers.changedOne}},
		problems: ['no-such-job', 'refused'],
		handle: (world, {path}) => actOnOne(world, path.id as JobId, 'cancel'),
	}),
	route({
		method: 'POST',
		path: '/api/downloads/{id}/{action}',
		summary: 'Pause, resume, retry, cancel or remove one job',
		tag: 'jobs',
		params: requests.actionPath,
		answers: {200: {about: 'The job afterwards', schema: answers.changedOne}},
		problems: ['no-such-job', 'refused'],
		handle: (world, {path}) => actOnOne(world, path.id as JobId, path.action),
	}),
	route({
		method: 'PATCH',
		path: '/api/downloads/{id}/priority',
		summary: 'Change the priority of one job',
		tag: 'jobs',
		params: requests.idPath,
		body: requests.priorityBody,
		answers: {200: {about: 'The job afterwards', schema: answers.changedOne}},
		problems: ['no-such-job', 'refused'],
		handle: (world, {path, body}) =>
			sendForOne(world, path.id as JobId, {type: 'prioritise', ids: [path.id as JobId], priority: body.priority}),
	}),
	route({
		method: 'GET',
		path: '/api/downloads/{id}/log',
		summary: 'What the tool of a job has said',
		tag: 'jobs',
		params: requests.idPath,
		query: requests.logQuery,
		answers: {200: {about: 'Lines, and where to go on', schema: answers.log}},
		problems: ['no-such-job'],
		async handle({engine, veil}, {path, query}) {
			const id = path.id as JobId;
			if ((await engine.show(id)) === undefined) throw noSuchJob(id);
			const {lines, from, next} = await engine.readLog(id, rangeOf(query));
			return {body: {lines: lines.map(line => veil.text(line)), from, next}};
		},
	}),
	route({
		method: 'POST',
		path: '/api/downloads/actions',
		summary: 'Act on many jobs at once',
		tag: 'jobs',
		body: requests.actionsBody,
		answers: {200: {about: 'What was changed, and why the rest was not', schema: answers.changed}},
		problems: ['no-such-job', 'not-found', 'refused'],
		async handle(world, {body}) {
			const result = await world.engine.send(await commandOf(world, body));
			if (!result.ok) throw new ProblemError(codeOfCommand[result.code], world.veil.text(result.message));
			return {body: {success: result.changed.length > 0, changed: result.changed, refused: result.refused}};
		},
	}),
];

type World = Pick<ApiWorld, 'engine'>;

const noSuchJob = (id: JobId): ProblemError => new ProblemError('no-such-job', `there is no job ${id}`);

const apiJob = (view: JobView, batch: string | undefined) => ({
	...jobJson({...view, source: maskSecrets(view.source)}, batch),
	batch_id: view.batch ?? null,
});

const jobsJson = async ({engine}: World, rows: readonly JobView[]): Promise<readonly unknown[]> => {
	const titleOf = batchTitles(engine);
	const told: unknown[] = [];
	for (const row of rows) told.push(apiJob(row, await titleOf(row.batch)));
	return told;
};

const detailOf = async ({engine, veil}: ApiWorld, id: JobId): Promise<unknown> => {
	const found = await engine.show(id);
	if (found === undefined) throw noSuchJob(id);
	// Where it works meanwhile is a path of this machine.
	const {directory: _directory, ...told} = detailJson({...found, source: maskSecrets(found.source)});
	return veil.json({...told, batch_id: found.batch ?? null});
};

const actOnOne = (world: ApiWorld, id: JobId, type: (typeof requests.actions)[number]): Promise<Answer> =>
	sendForOne(world, id, {type, selection: {ids: [id]}});

/** Carries out a command that is about one job; where it is refused, that is a problem. */
const sendForOne = async (world: ApiWorld, id: JobId, command: EngineCommand): Promise<Answer> => {
	const {engine, veil} = world;
	if ((await engine.show(id)) === undefined) throw noSuchJob(id);
	const result = await engine.send(command);
	if (!result.ok) throw new ProblemError(codeOfCommand[result.code], veil.text(result.message));
	const [refusal] = result.refused;
	if (result.changed.length === 0 && refusal !== undefined) {
		throw new ProblemError('refused', veil.text(refusal.reason));
	}

	const after = await engine.show(id);
	const job = after === undefined ? null : apiJob(after, after.batchTitle);
	return {body: veil.json({success: true, id, job})};
};

type Filter = {
	readonly status?: JobFilter['statuses'] | undefined;
	readonly provider?: string | undefined;
	readonly batch?: string | undefined;
	readonly filter?: string | undefined;
};

const filterOf = async ({engine}: World, {status, provider, batch, filter}: Filter): Promise<JobFilter> => {
	const found = batch === undefined ? undefined : await engine.findBatch(batch);
	if (batch !== undefined && found === undefined) throw new ProblemError('not-found', 'there is no such batch');
	return {
		...(status === undefined ? {} : {statuses: status}),
		...(provider === undefined ? {} : {provider}),
		...(found === undefined ? {} : {batch: found.id}),
		...(filter === undefined ? {} : {text: filter}),
	};
};

type ActionsBody = z.output<typeof requests.actionsBody>;

const commandOf = async (world: World, body: ActionsBody): Promise<EngineCommand> => {
	switch (body.action) {
		case 'priority':
			return {type: 'prioritise', ids: body.ids as JobId[], priority: body.priority};
		case 'move':
			return {
				type: 'reorder',
				ids: body.ids as JobId[],
				place: body.before === undefined ? {at: body.to ?? 'top'} : {before: body.before as JobId},
			};
		default:
			return {type: body.action, selection: await selectionOf(world, body)};
	}
};

const selectionOf = async (
	world: World,
	{ids, except, ...filter}: Exclude<ActionsBody, {action: 'priority' | 'move'}>,
): Promise<Selection> =>
	ids === undefined
		? {filter: await filterOf(world, filter), ...(except === undefined ? {} : {except: except as JobId[]})}
		: {ids: ids as JobId[]};

const rangeOf = ({
	tail,
	from,
	before,
	limit = 1000,
}: {
	readonly tail?: number | undefined;
	readonly from?: number | undefined;
	readonly before?: number | undefined;
	readonly limit?: number | undefined;
}): LogRange => {
	if ([tail, from, before].filter(given => given !== undefined).length > 1) {
		throw new ProblemError('bad-request', 'give one of tail, from and before');
	}

	if (from !== undefined) return {from, limit};
	return before === undefined ? {tail: tail ?? 100} : {before, limit};
};
