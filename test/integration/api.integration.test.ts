import {createServer, type RequestListener} from 'node:http';
import type {AddressInfo} from 'node:net';
import {expect, onTestFinished, test} from 'vitest';
import {createApi} from '../../source/system/api.ts';

const serve = async (listener: RequestListener): Promise<string> => {
	const server = createServer(listener).listen(0, '127.0.0.1');
	await new Promise(resolve => server.once('listening', resolve));
	onTestFinished(() => {
		server.closeAllConnections();
		server.close();
	});
	return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const client = () => {
	const api = createApi();
	onTestFinished(() => api.close());
	return api;
};

const {signal} = new AbortController();

test('a question with a body arrives as JSON, and the answer comes with its status and headers', async () => {
	const seen: unknown[] = [];
	const url = await serve((request, response) => {
		let body = '';
		request.on('data', chunk => (body += String(chunk)));
		request.on('end', () => {
			seen.push([request.method, request.url, request.headers['content-type'], request.headers['x-api-key'], body]);
			response.writeHead(429, {'Retry-After': '7'}).end('{"später":1}');
		});
	});
	const answer = await client().ask({
		method: 'POST',
		url: `${url}/a%20b?c=d`,
		headers: {'X-API-Key': 'k'},
		body: {title: 'é'},
		signal,
		timeout: 10_000,
	});
	expect(seen).toEqual([['POST', '/a%20b?c=d', 'application/json', 'k', '{"title":"é"}']]);
	expect(answer).toMatchObject({type: 'answer', status: 429, headers: {'retry-after': '7'}, text: '{"später":1}'});
});

test('an answer that never ends is not read into memory', async () => {
	const url = await serve((_request, response) => {
		const flood = setInterval(() => response.write('x'.repeat(65_536)), 1);
		response.on('close', () => clearInterval(flood));
	});
	const answer = await client().ask({url, signal, timeout: 10_000, mostBytes: 100_000});
	expect(answer).toMatchObject({type: 'failed', fault: {code: 'E_TOO_LONG'}});
});

test('a server that says nothing is given up, and one that nobody waits for any more is left at once', async () => {
	const asked = Promise.withResolvers<void>();
	const url = await serve(() => asked.resolve());
	const api = client();
	expect(await api.ask({url, signal, timeout: 50})).toMatchObject({type: 'failed', fault: {code: 'ETIMEDOUT'}});
	const abort = new AbortController();
	const answer = api.ask({url, signal: abort.signal, timeout: 60_000});
	await asked.promise;
	abort.abort();
	expect(await answer).toEqual({type: 'stopped'});
});

test('a server that is not there is told by its code', async () => {
	const url = await serve(() => undefined);
	const gone = url.replace(/\d+$/, '1');
	expect(await client().ask({url: gone, signal, timeout: 10_000})).toMatchObject({
		type: 'failed',
		fault: {code: 'ECONNREFUSED'},
	});
});
