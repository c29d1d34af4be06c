import {execa} from 'execa';
import {connect} from 'node:net';
import {join} from 'node:path';
import {expect, onTestFinished, test, vi} from 'vitest';
import {WebSocket} from 'ws';
import {createApi} from '../../source/remote/api/app.ts';
import {connectEngine} from '../../source/remote/client.ts';
import {serveEngine} from '../../source/remote/server.ts';
import {apiWorld, ask, serveApi, testStorage, testToken, type Api} from '../support/api-world.ts';
import {scriptedEngine} from '../support/scripted-engine.ts';
import {temporaryDirectory} from '../support/temp.ts';

const events = '/api/downloads/manager/events';

type Told = {readonly id: string; readonly event: string; readonly data: Record<string, unknown>};

/** curl, which nobody here wrote; what it has printed so far is read as server-sent events. */
const curl = (api: Api, ...args: readonly string[]) => {
	const running = execa(
		'curl',
		['-sSN', '--max-time', '20', '-H', `X-API-Key: ${testToken}`, ...args, api.address + events],
		{reject: false, buffer: false, cleanup: true},
	);
	let text = '';
	running.stdout?.setEncoding('utf8').on('data', (part: string) => {
		text += part;
	});
	onTestFinished(async () => {
		running.kill('SIGKILL');
		await running;
	});
	return {
		text: () => text,
		told: (): readonly Told[] =>
			text
				.split('\n\n')
				.slice(0, -1)
				.flatMap(block => {
					const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
					const [id, event, data] = ['id', 'event', 'data'].map(name => field(name));
					if (id === undefined || event === undefined || data === undefined) return [];
					return [{id, event, data: JSON.parse(data) as Record<string, unknown>}];
				}),
		end: async () => {
			running.kill('SIGKILL');
			await running;
		},
	};
};

test('curl follows a job from its addition to its end', async context => {
	if ((await execa('curl', ['--version'], {reject: false})).failed) return context.skip('needs curl');
	const {api, world} = await apiWorld();
	const client = curl(api);
	await vi.waitFor(() => expect(client.told()[0]).toMatchObject({event: 'snapshot', data: {workers: 3, active: []}}));
	await world.add('a');
	world.provider.release('scripted:a');
	await world.clock.settle();
	await vi.waitFor(() =>
		expect(
			client
				.told()
				.filter(({event}) => event === 'job')
				.map(({data}) => data['to']),
		).toEqual(['starting', 'downloading', 'finishing', 'completed']),
	);
	expect(client.told().find(({event}) => event === 'added')?.data).toMatchObject({count: 1});
	const numbers = client.told().map(({id}) => Number(id.split('.')[1]));
	expect(numbers).toEqual(numbers.toSorted((a, b) => a - b));
	return undefined;
});

test('whoever comes back is told what happened meanwhile, and nothing twice', async context => {
	if ((await execa('curl', ['--version'], {reject: false})).failed) return context.skip('needs curl');
	const {api, world} = await apiWorld();
	const before = curl(api);
	await world.add('a');
	await vi.waitFor(() => expect(before.told().at(-1)?.data['counts']).toMatchObject({downloading: 1}));
	const lastId = before.told().at(-1)?.id ?? '';
	await before.end();
	await world.act('cancel', ...(await world.add('b')));
	const after = curl(api, '-H', `Last-Event-ID: ${lastId}`);
	await vi.waitFor(() => expect(after.told().some(({event}) => event === 'state')).toBe(true));
	const told = after.told();
	expect(told.map(({event}) => event)).not.toContain('snapshot');
	expect(told.filter(({event}) => event === 'job').map(({data}) => [data['id'], data['to']])).toEqual([
		[2, 'starting'],
		[2, 'downloading'],
		[2, 'cancelling'],
		[2, 'cancelled'],
	]);
	return undefined;
});

test('an id that is too old or of another server gets the state as a whole', async () => {
	const {api, world} = await apiWorld();
	await world.add('a');
	for (const query of ['?last_event_id=gone.17', '?last_event_id=x']) {
		const [first] = await messagesOf(api, query, 1);
		expect(first).toMatchObject({event: 'reset', data: {active: [{id: 1}]}});
	}
});

/** The first messages over a WebSocket. */
const messagesOf = async (api: Api, query: string, count: number): Promise<readonly Told[]> => {
	const socket = new WebSocket(`${api.address.replace('http', 'ws')}${events}${query}`, {
		headers: {authorization: `Bearer ${testToken}`},
	});
	const told: Told[] = [];
	socket.on('message', data => {
		told.push(JSON.parse(String(data)) as Told);
	});
	onTestFinished(() => socket.terminate());
	await vi.waitFor(() => expect(told.length).toBeGreaterThanOrEqual(count));
	socket.terminate();
	return told;
};

test('a WebSocket is told the same events', async () => {
	const {api, world} = await apiWorld();
	await world.add('a');
	const [{id} = {id: ''}] = await messagesOf(api, '', 1);
	await world.act('pause', ...(await world.add('b')));
	const told = await messagesOf(api, `?last_event_id=${id}`, 6);
	expect(told.filter(({event}) => event === 'job').map(({data}) => data['to'])).toEqual([
		'starting',
		'downloading',
		'pausing',
		'paused',
	]);
	expect(told.at(-1)).toMatchObject({event: 'state', data: {counts: {paused: 1}}});
});

test('a WebSocket without the token, or of another site, is refused before it begins', async () => {
	const {api} = await apiWorld();
	const refusal = async (headers: Record<string, string>): Promise<string> =>
		new Promise(resolve => {
			const socket = new WebSocket(`${api.address.replace('http', 'ws')}${events}`, {headers});
			socket.once('error', error => resolve(error.message));
			socket.once('open', () => {
				socket.terminate();
				resolve('open');
			});
		});
	expect(await refusal({})).toContain('401');
	expect(await refusal({'x-api-key': testToken, origin: 'https://evil.example'})).toContain('403');
	expect(await refusal({'x-api-key': testToken})).toBe('open');
});

test('a client that reads nothing keeps no backlog, and gets the newest when it reads again', async () => {
	const engine = scriptedEngine();
	const api = await serveApi(engine, {pause: 1});
	const socket = connect(api.port, '127.0.0.1');
	onTestFinished(() => {
		socket.destroy();
	});
	socket.write(`GET ${events} HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${testToken}\r\n\r\n`);
	await new Promise(resolve => {
		socket.once('data', resolve);
	});
	socket.pause();
	const ballast = 'x'.repeat(200_000);
	const rounds = 300;
	for (let round = 1; round <= rounds; round++) {
		engine.change({rate: round, notices: [ballast]});
		await new Promise(resolve => {
			setTimeout(resolve, 2);
		});
	}

	let text = '';
	socket.setEncoding('utf8').on('data', (part: string) => {
		text += part;
	});
	socket.resume();
	await vi.waitFor(() => expect(text).toContain(`"rate":${rounds},`));
	expect(text.split('event: state').length).toBeLessThan(rounds / 2);
});

test('a client that takes nothing any more is dropped', async () => {
	const engine = scriptedEngine();
	const api = await serveApi(engine, {pause: 1, heartbeat: 30});
	const socket = connect(api.port, '127.0.0.1');
	onTestFinished(() => {
		socket.destroy();
	});
	socket.write(`GET ${events} HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${testToken}\r\n\r\n`);
	await new Promise(resolve => {
		socket.once('data', resolve);
	});
	socket.pause();
	const streams = async (): Promise<string | undefined> =>
		/^tidegate_event_streams (\d+)$/m.exec((await api.ask('/metrics')).text)?.[1];
	expect(await streams()).toBe('1');
	const ballast = 'x'.repeat(1_000_000);
	await vi.waitFor(
		async () => {
			engine.change({rate: engine.getSnapshot().rate + 1, notices: [ballast]});
			expect(await streams()).toBe('0');
		},
		{timeout: 10_000},
	);
});

test('no more clients may follow than is allowed', async () => {
	const {api} = await apiWorld({}, {mostStreams: 1});
	const client = curl(api);
	await vi.waitFor(() => expect(client.told().length).toBeGreaterThan(0));
	const {status, body, headers} = await api.ask(events);
	expect({status, body}).toMatchObject({status: 503, body: {code: 'too-many-streams'}});
	expect(headers['retry-after']).toBe('30');
});

test('whoever follows is shown that the line still lives', async () => {
	const {api} = await apiWorld({}, {heartbeat: 20});
	const client = curl(api);
	await vi.waitFor(() => expect(client.text()).toContain('\n: still here\n'));
});

test('the socket of the scheduler answers the same without a token, beside attached screens', async () => {
	const engine = scriptedEngine();
	const socketPath = join(await temporaryDirectory(), 'tidegate.sock');
	let loaded = 0;
	const server = await serveEngine(engine, {
		socketPath,
		version: 'test',
		api: async () => {
			loaded++;
			return createApi(engine, {version: 'test', storage: testStorage, roots: [], mostBytes: 1000, mostStreams: 2});
		},
	});
	onTestFinished(() => server.close());
	const connection = await connectEngine({socketPath: () => socketPath, version: 'test'});
	if (!connection.ok) throw new Error(connection.message);
	onTestFinished(() => connection.engine.close());
	expect(loaded).toBe(0);
	const local = (path: string, asking = {}) => ask({socketPath}, path, {hasToken: false, ...asking});
	expect(await local('/api/downloads/manager/active')).toMatchObject({status: 200, body: {max_concurrent: 3}});
	const put = await local('/api/downloads/manager/workers', {method: 'PUT', body: {count: 5}});
	expect(put).toMatchObject({status: 200, body: {success: true}});
	expect(engine.commands).toEqual([{type: 'set-workers', count: 5}]);
	expect(await local('/api/nothing')).toMatchObject({status: 404, body: {code: 'not-found'}});
	expect(await local('/metrics')).toMatchObject({status: 200});
	expect(await local('/nothing')).toMatchObject({status: 409});
	const socket = new WebSocket(`ws+unix://${socketPath}:${events}`);
	onTestFinished(() => socket.terminate());
	const first = await new Promise<string>(resolve => {
		socket.once('message', data => resolve(String(data)));
	});
	expect(JSON.parse(first)).toMatchObject({event: 'snapshot'});
	expect(loaded).toBe(1);
});
