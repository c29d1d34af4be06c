import {connect, type Socket} from 'node:net';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import {apiWorld, serveApi, testToken, type Api} from '../support/api-world.ts';
import {scriptedEngine} from '../support/scripted-engine.ts';

const post = (body: unknown) => ({method: 'POST', body});

/** Nothing that was refused has left a trace: it still answers, and knows no job. */
const isUnharmed = async (api: Api): Promise<void> => {
	expect(await api.ask('/api/downloads')).toMatchObject({status: 200, body: {jobs: []}});
};

describe('who may ask', () => {
	test.each([
		['no token', {}],
		['a wrong one', {'x-api-key': 'wrong'}],
		['one that is only begun', {'x-api-key': testToken.slice(0, -1)}],
		['one that goes on', {authorization: `Bearer ${testToken}x`}],
		['another scheme', {authorization: `Basic ${testToken}`}],
		['an empty one', {authorization: 'Bearer '}],
		['one in a cookie', {cookie: `token=${testToken}`}],
	])('%s is refused, wherever it asks', async (_name, headers) => {
		const {api} = await apiWorld();
		for (const path of [
			'/api/downloads',
			'/metrics',
			'/api/openapi.json',
			'/api/downloads/manager/events',
			'/nothing',
		]) {
			const reply = await api.ask(path, {hasToken: false, headers});
			expect(reply).toMatchObject({status: 401, body: {code: 'unauthorized', success: false}});
			expect(reply.headers['www-authenticate']).toBe('Bearer realm="tidegate"');
			expect(reply.headers['content-type']).toMatch(/^application\/problem\+json/);
		}

		await isUnharmed(api);
	});

	test('both ways of sending the token are taken', async () => {
		const {api} = await apiWorld();
		for (const headers of [{authorization: `Bearer ${testToken}`}, {'x-api-key': testToken}]) {
			expect((await api.ask('/api/downloads', {hasToken: false, headers})).status).toBe(200);
		}
	});

	test.each(['evil.example', 'localhost.evil.example', '127.0.0.1.evil.example', 'evil@localhost', 'a b'])(
		'a request for the host `%s` is refused, so that no name server can lead a browser here',
		async host => {
			const {api} = await apiWorld();
			const reply = await api.ask('/api/downloads', {headers: {host}});
			expect([400, 421]).toContain(reply.status);
			await isUnharmed(api);
		},
	);

	test.each(['localhost', 'localhost:7300', '127.0.0.1', '[::1]:80', 'downloads.example', 'DOWNLOADS.example:443'])(
		'a request for the host `%s` is answered',
		async host => {
			const {api} = await apiWorld();
			expect((await api.ask('/api/downloads', {headers: {host}})).status).toBe(200);
		},
	);

	test.each([
		{origin: 'https://evil.example'},
		{origin: 'http://localhost:1'},
		{origin: 'null'},
		{'sec-fetch-site': 'cross-site'},
		{'sec-fetch-site': 'same-site'},
	])('a page of another site is refused: %j', async headers => {
		const {api} = await apiWorld();
		const reply = await api.ask('/api/download', {...post({episode_url: 'scripted:a'}), headers});
		expect(reply).toMatchObject({status: 403, body: {code: 'foreign-origin'}});
		expect(reply.headers['access-control-allow-origin']).toBeUndefined();
		await isUnharmed(api);
	});

	test('whoever guesses tokens is slowed down, and not at the cost of who has it', async () => {
		const {api} = await apiWorld({}, {requestsPerMinute: 100});
		const guesses = await Promise.all(
			Array.from({length: 12}, async (_, index) =>
				api.ask('/api/downloads', {hasToken: false, headers: {'x-api-key': `${index}`}}),
			),
		);
		expect(guesses.filter(({status}) => status === 429)).toHaveLength(2);
		expect(guesses.find(({status}) => status === 429)?.headers['retry-after']).toMatch(/^\d+$/);
		await isUnharmed(api);
	});

	test('more requests than are allowed are refused until the minute is over', async () => {
		const {api} = await apiWorld({}, {requestsPerMinute: 20});
		const replies = await Promise.all(Array.from({length: 25}, async () => api.ask('/api/downloads/manager/active')));
		expect(replies.map(({status}) => status).toSorted()).toEqual([
			...Array.from({length: 20}, () => 200),
			...Array.from({length: 5}, () => 429),
		]);
	});
});

describe('what is asked', () => {
	test('a body of 10 MB is refused', async () => {
		const {api} = await apiWorld();
		const reply = await api
			.ask('/api/download', post({episode_url: `scripted:${'x'.repeat(10_000_000)}`}))
			// The server may close the connection while it is still being written to.
			.catch((error: NodeJS.ErrnoException) => ({status: 413, body: {code: 'too-large'}, error: error.code}));
		expect(reply).toMatchObject({status: 413, body: {code: 'too-large'}});
		await isUnharmed(api);
	});

	test.each([
		'../outside.mkv',
		'a/../../outside.mkv',
		'/etc/cron.d/x',
		'{title}/../../../x',
		'..',
		'C:\\x',
		'.tidegate/1/x',
		'a\0b',
	])('the template `%s` is refused: files stay below the storage', async output => {
		const {api} = await apiWorld();
		const reply = await api.ask('/api/downloads', post({source: 'scripted:a', output}));
		expect(reply).toMatchObject({status: 422, body: {code: 'bad-source'}});
		await isUnharmed(api);
	});

	test.each([
		['a provider of its own', {source: 'scripted:a', command: ['sh', '-c', 'id'], type: 'command'}],
		['a provider that is none', {source: 'scripted:a', provider: 'sh'}],
		['the prototype of everything', '{"source":"scripted:a","__proto__":{"x":1}}'],
		['a constructor', '{"source":"scripted:a","constructor":{"prototype":{"x":1}}}'],
		['what is no JSON', '{"source":'],
		['nothing', ''],
	])('%s is refused', async (_name, body) => {
		const {api} = await apiWorld();
		const reply = await api.ask('/api/downloads', post(body));
		expect([400, 422]).toContain(reply.status);
		expect(reply.body).toMatchObject({success: false});
		await isUnharmed(api);
	});

	test.each(['/etc/passwd', 'file:///etc/passwd', 'list:/etc/passwd', './x.m3u', '~/list.txt'])(
		'no list is read from this machine: %s',
		async reference => {
			const engine = scriptedEngine();
			const api = await serveApi(engine);
			for (const kind of ['album', 'playlist']) {
				const reply = await api.ask('/api/downloads/album', post({reference, kind}));
				expect(reply).toMatchObject({status: 422, body: {code: 'bad-source'}});
			}

			expect(engine.expansions).toEqual([]);
		},
	);

	test('line ends and escapes in titles reach neither a log line nor a header', async () => {
		const {api, world} = await apiWorld();
		const title = 'x\r\n2026-01-01 failed job 99\u001B[2J\u202E\r\nset-cookie: a=b';
		const reply = await api.ask('/api/downloads', post({source: 'scripted:a', title}));
		expect(reply.status).toBe(201);
		expect(reply.headers['set-cookie']).toBeUndefined();
		const event = world.events.find(({type}) => type === 'job');
		// oxlint-disable-next-line no-control-regex
		expect(event?.type === 'job' ? event.job.title : '\n').not.toMatch(/[\u0000-\u001F\u007F\u202E]/);
	});
});

const openSocket = (api: Api): Socket & {isOver?: boolean} => {
	const socket: Socket & {isOver?: boolean} = connect(api.port, '127.0.0.1');
	socket
		.on('error', () => undefined)
		.once('close', () => {
			socket.isOver = true;
		});
	socket.resume();
	onTestFinished(() => {
		socket.destroy();
	});
	return socket;
};

describe('slow and many clients', () => {
	test('connections beyond the limit are closed, and the others are answered', async () => {
		const {api} = await apiWorld({}, {mostConnections: 20});
		const many = Array.from({length: 200}, () => openSocket(api));
		await vi.waitFor(() => expect(many.filter(({isOver}) => isOver === true).length).toBeGreaterThanOrEqual(180));
		for (const socket of many) socket.destroy();
		await vi.waitFor(() => isUnharmed(api));
	});

	test('a head that never ends, and a body that never comes, are given up', async () => {
		const {api} = await apiWorld({}, {headersTimeout: 100, requestTimeout: 200});
		const [head, body] = [openSocket(api), openSocket(api)];
		head.write('GET /api/downloads HTTP/1.1\r\nhost: localhost\r\nx-slow:');
		body.write(
			`POST /api/download HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${testToken}\r\ncontent-type: application/json\r\ncontent-length: 1000\r\n\r\n{`,
		);
		await vi.waitFor(() => expect([head.isOver, body.isOver]).toEqual([true, true]), {timeout: 10_000});
		await isUnharmed(api);
	});

	test('what is no HTTP gets an answer that says so', async () => {
		const {api} = await apiWorld();
		const socket = openSocket(api);
		let text = '';
		socket.setEncoding('utf8').on('data', (part: string) => {
			text += part;
		});
		socket.write('hello\r\n\r\n');
		await vi.waitFor(() => expect(socket.isOver).toBe(true));
		expect(text).toMatch(/^HTTP\/1\.1 400 Bad Request\r\ncontent-type: application\/problem\+json\r\n/);
		await isUnharmed(api);
	});

	test('an upgrade that is refused costs no connection, and clients that never go keep no server', async () => {
		const {api} = await apiWorld();
		const upgrade = (token: string): Socket & {isOver?: boolean} => {
			const socket: Socket & {isOver?: boolean} = connect({port: api.port, host: '127.0.0.1', allowHalfOpen: true});
			socket
				.on('error', () => undefined)
				.once('close', () => {
					socket.isOver = true;
				});
			onTestFinished(() => {
				socket.destroy();
			});
			socket.write(
				`GET /api/downloads/manager/events HTTP/1.1\r\nhost: localhost\r\nx-api-key: ${token}\r\nconnection: upgrade\r\nupgrade: websocket\r\nsec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n`,
			);
			return socket;
		};

		const refused = upgrade('wrong');
		refused.end();
		refused.resume();
		await vi.waitFor(() => expect(refused.isOver).toBe(true));
		const accepted = upgrade(testToken);
		await new Promise(resolve => {
			accepted.once('data', resolve);
		});
		// It reads nothing from now on, not even that it is to go.
		accepted.pause();
		await api.close();
	});
});
