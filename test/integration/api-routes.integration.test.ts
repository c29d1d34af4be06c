import {Ajv2020} from 'ajv/dist/2020.js';
import formats from 'ajv-formats';
import {Validator} from '@seriousme/openapi-schema-validator';
import {describe, expect, test, vi} from 'vitest';
import type {JobId} from '../../source/domain/job.ts';
import type {Provider} from '../../source/engine/ports.ts';
import {apiWorld, testStorage, type Api, type Asking, type Reply} from '../support/api-world.ts';
import {failed, script} from '../support/scripted-provider.ts';

type Operation = {
	readonly responses: Readonly<
		Record<string, {readonly content: Readonly<Record<string, {readonly schema: {readonly $ref?: string}}>>}>
	>;
};
type Document = {
	readonly paths: Readonly<Record<string, Readonly<Record<string, Operation | undefined>>>>;
	readonly components: {readonly schemas: Readonly<Record<string, object>>};
};

/** Asks as `api.ask` does, and holds every answer to what the document says of it. */
const documented = async (api: Api) => {
	const {paths, components} = (await api.ask('/api/openapi.json')).body as Document;
	const ajv = new Ajv2020({strict: false, allErrors: true});
	formats.default(ajv);
	for (const [name, schema] of Object.entries(components.schemas))
		ajv.addSchema(schema, `#/components/schemas/${name}`);
	const seen = new Set<string>();
	const templateOf = (path: string): string => {
		const [plain = ''] = path.split('?');
		const found = Object.keys(paths).filter(one => new RegExp(`^${one.replaceAll(/\{\w+\}/g, '[^/]+')}$`).test(plain));
		return found.toSorted((a, b) => a.split('{').length - b.split('{').length)[0] ?? '';
	};
	const ask = async (path: string, asking: Asking = {}): Promise<Reply> => {
		const reply = await api.ask(path, asking);
		const method = (asking.method ?? 'GET').toLowerCase();
		const template = templateOf(path);
		const answer = paths[template]?.[method]?.responses[String(reply.status)];
		expect(answer, `${method} ${template} says nothing of ${reply.status}: ${reply.text}`).toBeDefined();
		const [type = ''] = (reply.headers['content-type'] ?? '').split('; charset');
		const form = answer?.content[type]?.schema ?? answer?.content[reply.headers['content-type'] ?? '']?.schema;
		expect(form, `${method} ${template} says nothing of ${type}`).toBeDefined();
		if (form?.$ref !== undefined) {
			const isValid = ajv.validate(form.$ref, reply.body);
			expect(isValid, `${method} ${path}: ${ajv.errorsText()}\n${reply.text}`).toBe(true);
		}

		seen.add(`${method} ${template}`);
		return reply;
	};

	return {ask, seen, paths};
};

const post = (body: unknown): Asking => ({method: 'POST', body});

describe('the description', () => {
	test('is a valid OpenAPI document', async () => {
		const {api} = await apiWorld();
		const reply = await api.ask('/api/openapi.json');
		expect(await new Validator().validate(reply.body as Record<string, unknown>)).toEqual({valid: true});
	});

	test('is true of every route', async () => {
		const {api, world} = await apiWorld();
		const {ask, seen, paths} = await documented(api);
		world.provider.script('scripted:bad', script(failed('not-found')));
		const episodes = await ask(
			'/api/download',
			post({episode_urls: ['scripted:1', 'scripted:2'], anime_title: 'Show'}),
		);
		expect(episodes.status).toBe(201);
		await ask('/api/download', post({episode_urls: ['scripted:1', 'scripted:2'], anime_title: 'Show'}));
		await ask('/api/download', post({episode_urls: ['nonsense']}));
		await ask('/api/downloads', post({source: 'scripted:bad', title: 'Bad', max_attempts: 1}));
		await ask('/api/downloads', post({source: 'scripted:bad'}));
		await ask('/api/downloads', post({}));
		await ask('/api/downloads/album', post({reference: 'deezer:123'}));
		await ask('/api/downloads/album', post({reference: '/etc/passwd'}));
		await world.clock.settle();
		for (const path of [
			'/api/downloads',
			'/api/downloads?status=failed,queued&limit=1&order=desc&sort=added',
			'/api/downloads?batch=Show&filter=1',
			'/api/downloads?batch=None',
			'/api/downloads?statuss=failed',
			'/api/downloads/1',
			'/api/downloads/3',
			'/api/downloads/99',
			'/api/downloads/x',
			'/api/downloads/1/log',
			'/api/downloads/1/log?from=0&limit=5',
			'/api/downloads/1/log?from=0&tail=5',
			'/api/downloads/manager/active',
			'/api/downloads/manager/stats',
			'/api/downloads/manager/state',
			'/api/downloads/manager/health',
			'/api/downloads/manager/disk',
			'/api/downloads/manager/disk?measure=true',
			'/api/batches',
			'/api/batches/Show',
			'/api/batches/None',
			'/metrics',
			'/api/openapi.json',
		]) {
			await ask(path);
		}

		await ask('/api/downloads/actions', post({action: 'pause', status: ['downloading', 'starting']}));
		await ask('/api/downloads/actions', post({action: 'priority', ids: [1], priority: 9}));
		await ask('/api/downloads/actions', post({action: 'move', ids: [2], to: 'top'}));
		await ask('/api/downloads/actions', post({action: 'remove'}));
		await ask('/api/downloads/2/resume', {method: 'POST'});
		await ask('/api/downloads/2/resume', {method: 'POST'});
		await ask('/api/downloads/2/dance', {method: 'POST'});
		await ask('/api/downloads/2/priority', {method: 'PATCH', body: {priority: 1}});
		await ask('/api/downloads/3', {method: 'DELETE'});
		await ask('/api/downloads/3/remove', {method: 'POST'});
		await ask('/api/downloads/3', {method: 'DELETE'});
		for (const verb of ['pause', 'resume']) await ask(`/api/downloads/manager/${verb}`, {method: 'POST'});
		await ask('/api/downloads/manager/workers', {method: 'PUT', body: {count: 7}});
		await ask('/api/downloads/manager/workers', {method: 'PUT', body: {count: 77}});
		await ask('/api/downloads/manager/limit', {method: 'PUT', body: {rate: '2MB'}});
		await ask('/api/downloads/manager/limit', {method: 'PUT', body: {rate: 'fast'}});
		await ask('/api/download', {method: 'POST', body: 'a=b', headers: {'content-type': 'text/plain'}});
		await ask('/api/downloads/actions', post({action: 'move', ids: [1], before: 99}));
		expect(await ask('/api/download', post({episodes: [], anime_title: 'x'}))).toMatchObject({
			status: 400,
			body: {detail: expect.stringMatching(/^\/episodes: /) as string, errors: [{pointer: '/episodes'}]},
		});
		const all = Object.entries(paths).flatMap(([path, methods]) => Object.keys(methods).map(name => `${name} ${path}`));
		expect(all.filter(one => !seen.has(one))).toEqual(['get /api/downloads/manager/events']);
	});
});

describe('adding', () => {
	test('twelve episodes become twelve jobs, told in the fields of AniWorld-Downloader', async () => {
		const {api, world} = await apiWorld();
		const urls = Array.from({length: 12}, (_, index) => `scripted:episode-${index + 1}`);
		const {status, body} = await api.ask('/api/download', {
			...post({episode_urls: urls, language: 'German Sub', provider: 'VOE', anime_title: 'Beispiel Anime'}),
		});
		expect({status, body}).toEqual({
			status: 201,
			body: {
				success: true,
				message: 'Download added to queue: 12 episode(s) will download in parallel',
				episode_count: 12,
				queue_ids: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
				max_concurrent: 3,
				language: 'German Sub',
				provider: 'VOE',
				duplicates: [],
				skipped: [],
				notes: [],
			},
		});
		const job = await world.job(12 as JobId);
		expect(job).toMatchObject({source: 'scripted:episode-12', options: {language: 'German Sub', hoster: 'VOE'}});
		expect((await api.ask('/api/batches/Beispiel%20Anime')).body).toMatchObject({jobs: 12});
	});

	test('what a provider refuses is named by its place, and nothing is queued', async () => {
		const {api, world} = await apiWorld();
		const {status, body} = await api.ask('/api/download', post({episodes: ['scripted:good', 'bad', 'scripted:also']}));
		expect(status).toBe(422);
		expect(body).toMatchObject({success: false, code: 'bad-source', errors: [{pointer: '/episodes/1'}]});
		expect((await world.engine.list({})).rows).toEqual([]);
	});

	test('a source that is there already answers with its job', async () => {
		const {api} = await apiWorld();
		const first = await api.ask('/api/downloads', post({source: 'scripted:a', title: 'A'}));
		const second = await api.ask('/api/downloads', post({source: 'scripted:a', title: 'B'}));
		expect([first.status, first.headers['location'], second.status]).toEqual([201, '/api/downloads/1', 200]);
		expect(second.body).toMatchObject({id: 1, title: 'A', source: 'scripted:a'});
	});

	test('an album becomes a batch by what a catalog knows of it', async () => {
		const deezer: Provider = await musicProvider();
		const {api} = await apiWorld({
			providers: () => [deezer],
			adapt: deps => ({
				...deps,
				catalogs: [
					{
						id: 'deezer',
						hasSources: false,
						accepts: reference => reference === 'deezer:album/123',
						expand: async () => ({
							type: 'expanded',
							groups: [
								{title: 'Album', entries: ['One', 'Two'].map(title => ({title, track: {title, artists: ['A']}}))},
							],
							leftOut: [{what: 'Three', why: 'it is a video'}],
							notes: [],
						}),
					},
				],
			}),
		});
		const {status, body} = await api.ask('/api/downloads/album', post({album_id: 123, source: 'deezer', priority: 7}));
		expect({status, body}).toMatchObject({
			status: 201,
			body: {episode_count: 2, queue_ids: [1, 2], skipped: [{what: 'Three', why: 'it is a video'}]},
		});
		expect((await api.ask('/api/downloads?batch=Album')).body).toMatchObject({
			jobs: [
				{title: 'One', batch: 'Album', priority: 7},
				{title: 'Two', batch: 'Album'},
			],
		});
	});
});

/** Finds music by its name, and never anything of it. */
const musicProvider = async (): Promise<Provider> => {
	const {createScriptedProvider} = await import('../support/scripted-provider.ts');
	const {createFakeClock} = await import('../support/fake-clock.ts');
	const {createFakeFinisher} = await import('../support/fake-finisher.ts');
	const base = createScriptedProvider({clock: createFakeClock(), tree: createFakeFinisher().tree, id: 'music'});
	return {...base, sourceOfTrack: ({title}) => `music:${title}`};
};

describe('reading', () => {
	test('pages follow one another by their cursor', async () => {
		const {api, world} = await apiWorld({settings: {workers: 1}});
		await world.add(...Array.from({length: 5}, (_, index) => `s${index}`));
		const ids: number[] = [];
		let after = '';
		do {
			const {body} = await api.ask(
				`/api/downloads?sort=added&limit=2${after === '' ? '' : `&after=${encodeURIComponent(after)}`}`,
			);
			const page = body as {readonly jobs: ReadonlyArray<{readonly id: number}>; readonly next: string | null};
			ids.push(...page.jobs.map(({id}) => id));
			after = page.next ?? '';
		} while (after !== '');
		expect(ids).toEqual([1, 2, 3, 4, 5]);
	});

	test('a job that runs, that is done and that is cancelled', async () => {
		const {api, world} = await apiWorld();
		const [id] = await world.add('one', 'two');
		expect((await api.ask('/api/downloads/manager/active')).body).toMatchObject({
			count: 2,
			max_concurrent: 3,
			downloads: [{id: 1, status: 'downloading', progress: {bytes: 100, total: 1000}}, {id: 2}],
		});
		world.provider.release('scripted:one');
		await world.clock.settle();
		await vi.waitFor(async () =>
			expect((await api.ask(`/api/downloads/${id}`)).body).toMatchObject({status: 'completed'}),
		);
		expect((await api.ask('/api/downloads/2', {method: 'DELETE'})).status).toBe(200);
		await world.clock.settle();
		expect((await api.ask('/api/downloads/2')).body).toMatchObject({status: 'cancelled'});
		expect((await api.ask('/api/downloads/2', {method: 'DELETE'})).body).toMatchObject({code: 'refused', status: 409});
		expect((await api.ask('/api/downloads/manager/stats')).body).toMatchObject({
			total: 2,
			completed: 1,
			success_rate: 1,
		});
	});

	test('figures for Prometheus', async () => {
		const {api, world} = await apiWorld();
		await world.add('one', 'two');
		const {text, headers} = await api.ask('/metrics', {headers: {authorization: 'Bearer wrong'}});
		expect(headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8');
		for (const line of text.trimEnd().split('\n')) {
			expect(line).toMatch(
				/^(?:# (?:HELP|TYPE) [a-z_]+ .+|[a-z_]+(?:\{(?:[a-z]+="(?:[^"\\\n]|\\[\\"n])*",?)+\})? [\d.e+-]+)$/,
			);
		}

		expect(text).toContain('\ntidegate_jobs{status="downloading"} 2\n');
		expect(text).toContain('\ntidegate_active_jobs 2\n');
	});
});

describe('acting', () => {
	test('a filter means its jobs and no others, and nothing is never everything', async () => {
		const {api, world} = await apiWorld({settings: {workers: 1}});
		await world.send({type: 'add', requests: [{source: 'scripted:a'}, {source: 'scripted:b'}], batch: 'Two'});
		await world.add('c');
		const {body} = await api.ask('/api/downloads/actions', post({action: 'cancel', batch: 'Two', except: [1]}));
		expect(body).toEqual({success: true, changed: [2], refused: []});
		expect((await api.ask('/api/downloads/actions', post({action: 'cancel'}))).status).toBe(400);
		expect((await api.ask('/api/downloads/actions', post({action: 'cancel', ids: [3], all: true}))).status).toBe(400);
		expect((await api.ask('/api/downloads/actions', post({action: 'cancel', batch: 'None'}))).status).toBe(404);
		expect(await world.statuses([1, 2, 3] as JobId[])).toEqual(['downloading', 'cancelled', 'queued']);
	});

	test('jobs that refuse are named with the reason', async () => {
		const {api, world} = await apiWorld();
		await world.add('a');
		const {body} = await api.ask('/api/downloads/actions', post({action: 'resume', ids: [1, 99]}));
		expect(body).toMatchObject({success: false, changed: [], refused: [{id: 1}, {id: 99}]});
	});
});

describe('what belongs to this machine', () => {
	test('no path and no secret of it is told', async () => {
		const {api, world} = await apiWorld();
		world.provider.script(
			'scripted:bad',
			script({
				do: 'fail',
				failure: {
					code: 'permission-denied',
					message: `cannot write ${testStorage}/Show/a.mkv: see /home/somebody/notes, '/opt/tools/x.sh' and token=s3cr3t-value`,
				},
			}),
		);
		await world.add({source: 'scripted:bad', maxAttempts: 1}, {source: 'scripted:x?token=s3cr3t-value&a=1'});
		await world.clock.settle();
		const texts = await Promise.all(
			[
				'/api/downloads',
				'/api/downloads/1',
				'/api/downloads/1/log',
				'/api/downloads/2',
				'/api/downloads/manager/state',
				'/api/downloads/manager/stats',
				'/api/downloads/manager/disk',
			].map(async path => (await api.ask(path)).text),
		);
		for (const text of texts) expect(text).not.toMatch(/s3cr3t|\/home|\/srv|\/opt|"directory"/);
		expect(texts[1]).toContain('cannot write Show/a.mkv: see …/notes');
	});
});
