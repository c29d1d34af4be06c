import {existsSync, readdirSync, readFileSync, statSync} from 'node:fs';
import {basename, join} from 'node:path';
import {beforeAll, beforeEach, expect, onTestFinished, test, vi} from 'vitest';
import {makeAudio, missingForAudio} from '../support/slskd/audio.ts';
import {peerFile} from '../support/slskd/counters.ts';
import {startSlskdDouble, type SlskdDouble} from '../support/slskd/double.ts';
import type {Peer, Scenario, SharedFile, Temper} from '../support/slskd/scenario.ts';
import {temporaryDirectory} from '../support/temp.ts';

/*
 * What the double of slskd has been told about slskd 0.22 to 0.26: if it does otherwise, it is no judge of a provider.
 */

const apiKey = 'a-key-of-sixteen';
const song = {tone: 440, seconds: 20, artist: 'An Artist', title: 'A Song', album: 'An Album', number: 1};
const directory = '@@abc\\Music\\An Artist\\An Album';
const path = `${directory}\\01 - A Song.flac`;
let content = '';

const missing = missingForAudio();

beforeAll(async () => {
	if (missing === undefined) [content = ''] = await makeAudio([{song, format: 'flac'}]);
});

const file = (more: Partial<SharedFile> = {}): SharedFile => ({path, content, length: song.seconds, ...more});
const peer = (temper: Temper, more: Partial<Peer> = {}): Peer => ({
	username: temper,
	temper,
	files: [file()],
	speed: 2_000_000,
	...more,
});

type Json = Record<string, unknown>;

const start = async (more: Partial<Scenario> = {}, in_?: string) => {
	const home = in_ ?? (await temporaryDirectory());
	const scenario: Scenario = {version: '0.26.0', apiKey, haste: 50, peers: [peer('good')], ...more};
	const double = await startSlskdDouble(scenario, home);
	let isStopped = false;
	const stop = async (): Promise<void> => {
		if (!isStopped) await double.stop();
		isStopped = true;
	};
	onTestFinished(stop);
	const call = async (method: string, route: string, body?: unknown, key = apiKey) => {
		const response = await fetch(`${double.url}${route}`, {
			method,
			headers: {'x-api-key': key, 'content-type': 'application/json'},
			...(body === undefined ? {} : {body: JSON.stringify(body)}),
		});
		const text = await response.text();
		return {status: response.status, text, headers: response.headers, json: parse(text)};
	};
	const isUp = async () => expect((await call('GET', '/api/v0/server')).json).toMatchObject({isConnected: true});
	if (scenario.isConnected !== false) await vi.waitFor(isUp, {timeout: 5000, interval: 5});
	return {home, double, stop, call, size: content === '' ? 0 : statSync(content).size};
};

// oxlint-disable-next-line typescript/no-explicit-any -- answers of an API that is judged by its shape
const parse = (text: string): any => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

type Started = Awaited<ReturnType<typeof start>>;

const enqueue = ({call, size}: Started, username: string, filename = path) =>
	call('POST', `/api/v0/transfers/downloads/${encodeURIComponent(username)}`, [{filename, size}]);

/** The newest record of a user, in the list or not. */
const transferOf = async ({call}: Started, username: string): Promise<Json> => {
	const {json} = await call('GET', '/api/v0/transfers/downloads?includeRemoved=true');
	const all = (json as Array<{username: string; directories: Array<{files: Json[]}>}>)
		.filter(user => user.username === username)
		.flatMap(user => user.directories.flatMap(({files}) => files));
	return all.at(-1) ?? {};
};

const until = async (started: Started, username: string, state: string): Promise<Json> =>
	vi.waitFor(
		async () => {
			const transfer = await transferOf(started, username);
			expect(transfer['state']).toBe(state);
			return transfer;
		},
		{timeout: 8000, interval: 10},
	);

const delivered = (double: SlskdDouble) => double.counters().delivered;

const search = async ({call}: Started, body: Json = {}) => {
	const started = await call('POST', '/api/v0/searches', {searchText: 'an artist song', searchTimeout: 5000, ...body});
	const id = String((started.json as Json | undefined)?.['id']);
	const seen: Json[] = [];
	const done = async (): Promise<Json> =>
		vi.waitFor(
			async () => {
				const {json} = await call('GET', `/api/v0/searches/${id}?includeResponses=true`);
				seen.push(json as Json);
				expect(json).toMatchObject({isComplete: true});
				return json as Json;
			},
			{timeout: 5000, interval: 10},
		);
	return {started, id, seen, done};
};

beforeEach(context => {
	if (missing !== undefined) context.skip(`needs ${missing}`);
});

test('no key and a wrong key are 401, and health needs none', async () => {
	const {call} = await start();
	expect((await call('GET', '/api/v0/application', undefined, '')).status).toBe(401);
	expect((await call('GET', '/api/v0/application', undefined, 'wrong')).status).toBe(401);
	expect((await call('GET', '/health', undefined, '')).text).toBe('Healthy');
});

test('the version is an object, and a plain string where only it is asked for', async () => {
	const {call} = await start({version: '0.24.5'});
	expect((await call('GET', '/api/v0/application')).json).toMatchObject({version: {current: '0.24.5'}});
	expect((await call('GET', '/api/v0/application/version')).json).toBe('0.24.5');
});

test('a relay agent answers every route with 403', async () => {
	const {double} = await start({isRelayAgent: true, isConnected: false});
	const answer = await fetch(`${double.url}/api/v0/searches`, {headers: {'x-api-key': apiKey}});
	expect(answer.status).toBe(403);
});

test('the downloads folder can be read back, as it is called in the container', async () => {
	const {call} = await start({reportedDownloads: '/app/downloads'});
	expect((await call('GET', '/api/v0/options')).json).toMatchObject({directories: {downloads: '/app/downloads'}});
});

test('a search without a connection to the network is 409', async () => {
	const started = await start({isConnected: false});
	expect((await search(started)).started.status).toBe(409);
	await started.call('PUT', '/api/v0/server');
	expect((await search(started)).started.status).toBe(200);
});

test.each([
	['0.23.0', [200, 200]],
	['0.24.5', [200, 429]],
])('in %s two searches at once are answered with %j', async (version, expected) => {
	const started = await start({version, acceptAfter: 15_000});
	const both = await Promise.all([search(started), search(started)]);
	expect(both.map(one => one.started.status).toSorted()).toEqual(expected);
});

test('responses are stored when the search is complete, while their count goes up before', async () => {
	const peers = [peer('good'), peer('slow', {answersAfter: 20_000})];
	const started = await start({peers});
	const {done, seen} = await search(started, {searchTimeout: 20_000});
	expect(await done()).toMatchObject({state: 'Completed, TimedOut', responseCount: 2, fileCount: 2});
	const before = seen.find(({responseCount}) => responseCount === 1);
	expect(before).toMatchObject({isComplete: false, responses: []});
	expect(seen.at(-1)?.['responses']).toMatchObject([
		{username: 'good', hasFreeUploadSlot: true, queueLength: 0, files: [{filename: path, length: song.seconds}]},
		{username: 'slow'},
	]);
});

test('the timeout of a search is in milliseconds: 15 of them end it with nothing', async () => {
	const {done} = await search(await start(), {searchTimeout: 15});
	expect(await done()).toMatchObject({responseCount: 0, responses: []});
});

test('a search ends when it has as many responses as it wants', async () => {
	const {done} = await search(await start(), {responseLimit: 1, searchTimeout: 600_000});
	expect(await done()).toMatchObject({state: 'Completed, ResponseLimitReached'});
});

test('a search can be stopped and deleted', async () => {
	const started = await start();
	const {id, done} = await search(started, {searchTimeout: 600_000});
	expect((await started.call('PUT', `/api/v0/searches/${id}`)).status).toBe(200);
	expect(await done()).toMatchObject({state: 'Completed, Cancelled'});
	expect((await started.call('DELETE', `/api/v0/searches/${id}`)).status).toBe(204);
	expect((await started.call('DELETE', `/api/v0/searches/${id}`)).status).toBe(404);
	expect((await started.call('GET', `/api/v0/searches/${id}`)).status).toBe(404);
});

test('locked files are told apart, and a file is never marked as locked', async () => {
	const peers = [peer('good', {files: [file(), file({path: `${path}.locked.flac`, isLocked: true})]})];
	const {done} = await search(await start({peers}));
	const [response] = (await done())['responses'] as Json[];
	expect(response).toMatchObject({fileCount: 1, lockedFileCount: 1, lockedFiles: [{isLocked: false}]});
});

test.each([
	['0.22.0', ''],
	['0.24.5', {enqueued: [{username: 'good', filename: path}], failed: []}],
	['0.26.0', {enqueued: [{username: 'good', filename: path}], failed: []}],
])('the old route of %s answers 201 with %j', async (version, body) => {
	const answer = await enqueue(await start({version}), 'good');
	expect(answer.status).toBe(201);
	if (body === '') expect(answer.text).toBe('');
	else expect(answer.json).toMatchObject(body as Json);
});

test.each([
	['0.24.5', [path]],
	['0.26.0', [{}]],
])('in %s a file that is under way already is told as failed: %j', async (version, failed) => {
	const started = await start({version, peers: [peer('stalled')]});
	await enqueue(started, 'stalled');
	expect((await enqueue(started, 'stalled')).json).toEqual({enqueued: [], failed});
});

test('an empty list and a path with .. are 400, a third request at once is 429', async () => {
	const started = await start({acceptAfter: 15_000});
	const post = (body: unknown) => started.call('POST', '/api/v0/transfers/downloads/good', body);
	expect((await post([])).status).toBe(400);
	expect((await post([{filename: 'a\\..\\b', size: 1}])).status).toBe(400);
	const statuses = await Promise.all(['a', 'b', 'c'].map(filename => post([{filename, size: 1}])));
	expect(statuses.map(({status}) => status).toSorted()).toEqual([201, 201, 429]);
});

test('a user who is offline is a 500 by the old route and a 404 by that of batches', async () => {
	const started = await start({peers: [peer('offline')]});
	expect((await enqueue(started, 'offline')).status).toBe(500);
	const batch = {username: 'offline', files: [{filename: path, size: started.size}]};
	expect((await started.call('POST', '/api/v0/transfers/downloads/batches', batch)).status).toBe(404);
});

test('a batch answers 201, 207 or 200 by how many of its files could be enqueued, and 409 for an id that is taken', async () => {
	const other = `${directory}\\02 - Another.flac`;
	const started = await start({peers: [peer('stalled', {files: [file(), file({path: other})]})]});
	const post = (id: string | undefined, ...names: string[]) =>
		started.call('POST', '/api/v0/transfers/downloads/batches', {
			...(id === undefined ? {} : {id}),
			username: 'stalled',
			files: names.map(filename => ({filename, size: started.size})),
		});
	const id = '11111111-2222-3333-4444-555555555555';
	expect(await post(id, path)).toMatchObject({
		status: 201,
		json: {batch: {id, transfers: [{filename: path, batchId: id}]}, failures: []},
	});
	expect(await post(undefined, path, other)).toMatchObject({
		status: 207,
		json: {failures: [{filename: path, message: 'Skipped: Already in progress'}]},
	});
	expect((await post(undefined, path)).status).toBe(200);
	expect((await post(id, path)).status).toBe(409);
	expect((await post(undefined)).status).toBe(400);
	expect((await started.call('GET', `/api/v0/transfers/downloads/batches/${id}`)).json).toMatchObject({id});
});

test('there is no route of batches before 0.26: it is a user of that name', async () => {
	const started = await start({version: '0.25.0'});
	const answer = await started.call('POST', '/api/v0/transfers/downloads/batches', {username: 'good', files: []});
	expect(answer.status).toBe(400);
});

test('downloads are listed by user and directory; a user without any is 404', async () => {
	const started = await start();
	expect((await started.call('GET', '/api/v0/transfers/downloads/good')).status).toBe(404);
	await enqueue(started, 'good');
	const own = {username: 'good', directories: [{directory, fileCount: 1, files: [{filename: path}]}]};
	expect((await started.call('GET', '/api/v0/transfers/downloads')).json).toMatchObject([own]);
	expect((await started.call('GET', '/api/v0/transfers/downloads/good')).json).toMatchObject(own);
});

test('a download goes through all states, its bytes arrive whole, and an event tells where', async () => {
	const started = await start({haste: 4, peers: [peer('good', {speed: 40_000})]});
	const {double, call} = started;
	await enqueue(started, 'good');
	const states = new Set<unknown>();
	await vi.waitFor(
		async () => {
			states.add((await transferOf(started, 'good'))['state']);
			expect(delivered(double)).toHaveLength(1);
		},
		{timeout: 8000, interval: 10},
	);
	expect([...states]).toEqual(
		expect.arrayContaining(['Queued, Locally', 'Initializing', 'InProgress', 'Completed, Succeeded']),
	);
	const local = delivered(double)[0]?.path ?? '';
	expect(local).toBe(join(double.downloads, 'An Album', '01 - A Song.flac'));
	expect(readFileSync(local).equals(readFileSync(content))).toBe(true);
	const events = await call('GET', '/api/v0/events?offset=0&limit=10');
	expect(events.headers.get('x-total-count')).toBe('1');
	const [record] = events.json as Json[];
	expect(record?.['type']).toBe('DownloadFileComplete');
	expect(parse(String(record?.['data']))).toMatchObject({
		localFilename: local,
		remoteFilename: path,
		transfer: {username: 'good', state: 48},
	});
});

test('`Completed, Succeeded` is told before the file is moved out of incomplete', async () => {
	const started = await start({moveAfter: 30_000});
	await enqueue(started, 'good');
	await until(started, 'good', 'Completed, Succeeded');
	expect(readdirSync(started.double.downloads)).toEqual([]);
	await vi.waitFor(() => expect(delivered(started.double)).toHaveLength(1), {timeout: 5000, interval: 10});
});

test('where the move fails the state stays Succeeded, with `exception` set', async () => {
	const started = await start({unmovable: [path]});
	await enqueue(started, 'good');
	await vi.waitFor(
		async () => {
			expect(await transferOf(started, 'good')).toMatchObject({
				state: 'Completed, Succeeded',
				exception: expect.stringContaining('denied'),
			});
		},
		{timeout: 5000, interval: 10},
	);
	expect(readdirSync(started.double.downloads)).toEqual([]);
});

test('a second file of the same name gets the ticks of the clock behind it', async () => {
	const started = await start();
	for (const count of [1, 2]) {
		await enqueue(started, 'good');
		await vi.waitFor(() => expect(delivered(started.double)).toHaveLength(count), {timeout: 5000, interval: 10});
	}

	expect(basename(delivered(started.double)[1]?.path ?? '')).toMatch(/^01 - A Song_\d{18}\.flac$/);
});

test.each([
	['0.25.0', undefined, undefined, 'An Album'],
	['0.26.0', '${SOURCE_USERNAME}/${SOURCE_DIRECTORY}', undefined, 'good/An Album'],
	['0.26.0', '{}', undefined, ''],
	['0.26.0', undefined, 'mine/of it', 'mine/of it'],
])('in %s with subdirectory %s and destination %s a file lands in "%s"', async (version, subdirectory, to, folder) => {
	const started = await start({version, ...(subdirectory === undefined ? {} : {subdirectory})});
	const files = [{filename: path, size: started.size}];
	if (to === undefined) await enqueue(started, 'good');
	else {
		const body = {username: 'good', files, options: {destination: to}};
		await started.call('POST', '/api/v0/transfers/downloads/batches', body);
	}

	await vi.waitFor(() => expect(delivered(started.double)).toHaveLength(1), {timeout: 5000, interval: 10});
	expect(existsSync(join(started.double.downloads, folder, '01 - A Song.flac'))).toBe(true);
});

test.each([
	['rejecting', 'Completed, Rejected'],
	['stalled', 'InProgress'],
	['queue-stuck', 'Queued, Remotely'],
	['leaves', 'Completed, Errored'],
] as const)('a download from a peer that is %s comes to %s', async (temper, state) => {
	const started = await start({peers: [peer(temper)], retry: {attempts: 2, delay: 500}});
	await enqueue(started, temper);
	await until(started, temper, state);
	const sent = started.double.counters().bytesSent.get(peerFile(temper, path)) ?? 0;
	expect(sent).toBe(temper === 'leaves' ? Math.ceil(started.size / 2) : 0);
});

test('a queue that moves tells its place, and a liar says beforehand that nobody waits', async () => {
	const peers = [peer('slot-liar'), peer('queue-slow')];
	const started = await start({peers, haste: 10});
	const {done} = await search(started);
	expect((await done())['responses']).toMatchObject([
		{username: 'slot-liar', hasFreeUploadSlot: true, queueLength: 0},
		{username: 'queue-slow', hasFreeUploadSlot: false, queueLength: 3},
	]);
	await enqueue(started, 'slot-liar');
	const {id} = await until(started, 'slot-liar', 'Queued, Remotely');
	const places = new Set<number>();
	await vi.waitFor(
		async () => {
			const route = `/api/v0/transfers/downloads/slot-liar/${String(id)}/position`;
			places.add((await started.call('GET', route)).json as number);
			expect(delivered(started.double)).toHaveLength(1);
		},
		{timeout: 8000, interval: 10},
	);
	expect([...places].toSorted((a, b) => b - a)).toEqual([...places]);
	expect(places.size).toBeGreaterThan(3);
});

test.each([
	['wrong-file', 'other'],
	['half-file', 'short'],
	['damaged', 'noise'],
] as const)('a %s succeeds as far as slskd can tell', async (temper, what) => {
	const [other = ''] = await makeAudio([{song: {...song, tone: 900, title: 'Another'}, format: 'flac'}]);
	const files = [file(temper === 'wrong-file' ? {content: other} : {})];
	const started = await start({peers: [peer(temper, {files})]});
	const size = statSync(files[0]?.content ?? '').size;
	await started.call('POST', `/api/v0/transfers/downloads/${temper}`, [{filename: path, size}]);
	await vi.waitFor(() => expect(delivered(started.double)).toHaveLength(1), {timeout: 5000, interval: 10});
	await until(started, temper, 'Completed, Succeeded');
	const got = readFileSync(delivered(started.double)[0]?.path ?? '');
	expect(got.length).toBe(what === 'short' ? Math.floor(size / 2) : size);
	expect(got.equals(readFileSync(content))).toBe(false);
	expect(got.subarray(0, 4).toString('latin1') === 'fLaC').toBe(what !== 'noise');
});

test('a cancelled download ends a moment later, and only what has ended can be removed', async () => {
	const started = await start({peers: [peer('stalled')]});
	await enqueue(started, 'stalled');
	const {id} = await until(started, 'stalled', 'InProgress');
	const route = `/api/v0/transfers/downloads/stalled/${String(id)}`;
	expect((await started.call('DELETE', `${route}?remove=true`)).status).toBe(204);
	expect(await until(started, 'stalled', 'Completed, Cancelled')).toMatchObject({removed: false});
	expect((await started.call('DELETE', `${route}?remove=true`)).status).toBe(204);
	expect((await started.call('GET', '/api/v0/transfers/downloads')).json).toEqual([]);
	expect((await started.call('DELETE', '/api/v0/transfers/downloads/stalled/none')).status).toBe(400);
	expect((await started.call('DELETE', route)).status).toBe(204);
});

test('ended records vanish from the list by retention, and are not gone', async () => {
	const started = await start({retention: 1000});
	await enqueue(started, 'good');
	await vi.waitFor(() => expect(delivered(started.double)).toHaveLength(1), {timeout: 5000, interval: 10});
	await vi.waitFor(
		async () => expect((await started.call('GET', '/api/v0/transfers/downloads')).json).toEqual([]),
		5000,
	);
	expect(await transferOf(started, 'good')).toMatchObject({state: 'Completed, Succeeded', removed: true});
});

test.each([
	['0.24.1', 404],
	['0.24.5', 200],
])('in %s a slash in a user name, percent-encoded once, is answered with %i', async (version, status) => {
	const username = 'a/b ü%20';
	const started = await start({version, peers: [peer('stalled', {username})]});
	await enqueue(started, username);
	const answer = await started.call('GET', `/api/v0/transfers/downloads/${encodeURIComponent(username)}`);
	expect(answer.status).toBe(status);
});

test.each([
	['0.25.0', false],
	['0.26.0', true],
])(
	'a restart of %s ends what was under way and asks for it again with a new id; resumed: %s',
	async (version, isResumed) => {
		const peers = [peer('slow', {speed: 40_000})];
		const first = await start({version, peers});
		const {started: lost} = await search(first);
		await enqueue(first, 'slow');
		await vi.waitFor(
			() => expect(first.double.counters().bytesSent.get(peerFile('slow', path)) ?? 0).toBeGreaterThan(4000),
			5000,
		);
		const {id} = await transferOf(first, 'slow');
		await first.stop();

		const second = await startSlskdDouble({version, apiKey, haste: 20, loginAfter: 8000, peers}, first.home);
		onTestFinished(() => second.stop());
		const get = async (route: string) =>
			fetch(`${second.url}/api/v0/${route}`, {headers: {'x-api-key': apiKey}}).then(async answer => ({
				status: answer.status,
				json: parse(await answer.text()),
			}));
		expect((await get(`transfers/downloads/slow/${String(id)}`)).json).toMatchObject({
			state: 'Completed, Errored',
			exception: 'Application shut down',
		});
		await vi.waitFor(() => expect(second.counters().delivered).toHaveLength(1), 8000);
		const {json} = await get('transfers/downloads/slow');
		const files = (json as {directories: Array<{files: Json[]}>}).directories.flatMap(one => one.files);
		expect(files).toMatchObject([{state: 'Completed, Succeeded'}]);
		expect(files[0]?.['id']).not.toBe(id);
		const sent = second.counters().bytesSent.get(peerFile('slow', path)) ?? 0;
		expect(sent === first.size).toBe(isResumed);
		expect(second.counters().enqueues.get(peerFile('slow', path))).toHaveLength(1);
		expect((await get(`searches/${String((lost.json as Json)['id'])}`)).status).toBe(404);
	},
);

test('it counts searches at once and the gap between them, and requests', async () => {
	const started = await start({version: '0.23.0'});
	await Promise.all([search(started), search(started), search(started)]);
	const {searches, mostSearchesAtOnce, leastSearchGap = 1000, mostRequestsPerSecond} = started.double.counters();
	expect(searches).toHaveLength(3);
	expect(mostSearchesAtOnce).toBe(3);
	expect(leastSearchGap).toBeLessThan(500);
	expect(mostRequestsPerSecond).toBeGreaterThan(1);
});
