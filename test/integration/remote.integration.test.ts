import {request} from 'node:http';
import {connect} from 'node:net';
import {statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import {connectEngine} from '../../source/remote/client.ts';
import {serveEngine, type EngineServer} from '../../source/remote/server.ts';
import {protocol} from '../../source/remote/wire-names.ts';
import type {EngineSnapshot} from '../../source/domain/snapshot.ts';
import {scriptedEngine, type ScriptedEngine} from '../support/scripted-engine.ts';
import {temporaryDirectory} from '../support/temp.ts';

type Served = {readonly engine: ScriptedEngine; readonly socketPath: string; serve(): Promise<EngineServer>};

const serveScripted = async (): Promise<Served & {readonly server: EngineServer}> => {
	const engine = scriptedEngine();
	const socketPath = join(await temporaryDirectory(), 'tidegate.sock');
	const serve = async (): Promise<EngineServer> => {
		const server = await serveEngine(engine, {socketPath, version: 'test'});
		onTestFinished(() => server.close());
		return server;
	};

	return {engine, socketPath, serve, server: await serve()};
};

const connectTo = async (socketPath: string) => {
	const connection = await connectEngine({socketPath: () => socketPath, version: 'test', retryDelays: [5]});
	if (!connection.ok) throw new Error(connection.message);
	onTestFinished(() => connection.engine.close());
	return connection.engine;
};

const post = async (socketPath: string, path: string, body: string, headers: Record<string, string> = {}) =>
	new Promise<{readonly status: number; readonly text: string}>((resolve, reject) => {
		const outgoing = request(
			{
				socketPath,
				method: 'POST',
				path,
				headers: {'tidegate-protocol': String(protocol), 'content-type': 'application/json', ...headers},
			},
			response => {
				let text = '';
				response.setEncoding('utf8').on('data', (part: string) => {
					text += part;
				});
				response.on('end', () => resolve({status: response.statusCode ?? 0, text}));
			},
		);
		outgoing.on('error', reject);
		outgoing.end(body);
	});

describe('the socket', () => {
	test('can be opened by this user only', async () => {
		const {socketPath} = await serveScripted();
		expect(statSync(socketPath).mode & 0o777).toBe(0o600);
	});

	test('is gone when the server has closed, and what a dead one left is replaced', async () => {
		const {socketPath, server, serve} = await serveScripted();
		await server.close();
		expect(() => statSync(socketPath)).toThrow('ENOENT');
		writeFileSync(socketPath, '');
		await serve();
		expect((await connectTo(socketPath)).getSnapshot().revision).toBeTypeOf('number');
	});

	test('where nobody listens is absent, not an exception', async () => {
		const missing = join(await temporaryDirectory(), 'none.sock');
		expect(await connectEngine({socketPath: () => missing, version: 'test'})).toMatchObject({
			ok: false,
			reason: 'absent',
		});
	});
});

describe('what comes in is checked', () => {
	test('a command with an unknown field is refused and reaches nobody', async () => {
		const {engine, socketPath} = await serveScripted();
		const answer = await post(socketPath, '/engine/send', '{"type":"set-workers","count":3,"shell":"rm -rf /"}');
		expect(answer.status).toBe(400);
		expect(engine.commands).toEqual([]);
	});

	test('what is no JSON is refused', async () => {
		const {socketPath} = await serveScripted();
		expect((await post(socketPath, '/engine/send', '{')).status).toBe(400);
	});

	test('a client of another protocol is told both versions', async () => {
		const {socketPath} = await serveScripted();
		const answer = await post(socketPath, '/engine/send', '{}', {'tidegate-protocol': '99', 'tidegate-version': '9.9'});
		expect(answer.status).toBe(409);
		expect(answer.text).toContain('the scheduler is tidegate test, this is tidegate 9.9');
	});
});

describe('what goes wrong behind it', () => {
	test('keeps its code and its sentence', async () => {
		const engine = scriptedEngine();
		const failing = {
			...engine,
			list: () => Promise.reject(Object.assign(new Error('no such page'), {code: 'bad-request'})),
		};
		const other = join(await temporaryDirectory(), 'other.sock');
		const server = await serveEngine(failing, {socketPath: other, version: 'test'});
		onTestFinished(() => server.close());
		await expect((await connectTo(other)).list({})).rejects.toMatchObject({
			message: 'no such page',
			code: 'bad-request',
		});
	});
});

describe('snapshots', () => {
	test('a change on one side is seen on the other', async () => {
		const {engine, socketPath} = await serveScripted();
		const client = await connectTo(socketPath);
		engine.change({rate: 4711});
		await vi.waitFor(() => expect(client.getSnapshot().rate).toBe(4711));
		expect(client.getSnapshot()).toEqual(JSON.parse(JSON.stringify(engine.getSnapshot())));
	});

	test('a reader that was slow gets the newest, not the backlog', async () => {
		const {engine, socketPath} = await serveScripted();
		const socket = connect(socketPath);
		onTestFinished(() => {
			socket.destroy();
		});
		socket.write(`GET /engine/changes HTTP/1.1\r\nhost: x\r\ntidegate-protocol: ${protocol}\r\n\r\n`);
		await new Promise(resolve => {
			socket.once('data', resolve);
		});
		socket.pause();
		const ballast = 'x'.repeat(100_000);
		const count = 500;
		for (let round = 1; round <= count; round++) {
			engine.change({rate: round, notices: [ballast]});
			await new Promise(resolve => {
				setImmediate(resolve);
			});
		}

		let text = '';
		socket.setEncoding('utf8').on('data', (part: string) => {
			text += part;
		});
		socket.resume();
		await vi.waitFor(() => expect(text).toContain(`"rate":${count},`));
		expect(text.length).toBeLessThan((count / 2) * ballast.length);
	});

	test('a client that lost its scheduler says so, and finds the next one by itself', async () => {
		const {engine, socketPath, server, serve} = await serveScripted();
		const client = await connectTo(socketPath);
		const seen: EngineSnapshot[] = [];
		client.subscribe(() => seen.push(client.getSnapshot()));
		await server.close();
		await vi.waitFor(() => expect(client.getSnapshot().isScheduling).toBe(false));
		expect(client.getSnapshot().notices).toEqual(['The scheduler does not answer; connecting again.']);
		expect(await client.send({type: 'wake'})).toMatchObject({ok: false, code: 'no-scheduler'});
		await expect(client.list({})).rejects.toMatchObject({code: 'no-scheduler'});
		engine.change({rate: 1, isScheduling: true});
		await serve();
		await vi.waitFor(() => expect(client.getSnapshot().rate).toBe(1));
		const revisions = seen.map(({revision}) => revision);
		expect(revisions).toEqual(revisions.toSorted((a, b) => a - b));
		expect(new Set(revisions).size).toBe(revisions.length);
	});
});
