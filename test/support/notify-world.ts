import {once} from 'node:events';
import {createServer, type IncomingHttpHeaders, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {onTestFinished} from 'vitest';
import {composeNotify} from '../../source/compose-notify.ts';
import {parseConfig, type Config} from '../../source/config/load.ts';
import {resolvePaths} from '../../source/config/paths.ts';
import type {EngineEvent, LocalEngine} from '../../source/engine/index.ts';
import {createTestEngine, type TestEngine, type TestEngineOptions} from './test-engine.ts';

export type Asked = {
	readonly path: string;
	readonly headers: IncomingHttpHeaders;
	readonly body: Readonly<Record<string, unknown>>;
	/** When it came, by the clock of the test's engine. */
	readonly at: number;
};

export type Hook = {
	readonly url: string;
	readonly asked: readonly Asked[];
	/** How the next requests are answered; the last one answers all that follow. Default: 200. */
	answers(...list: ReadonlyArray<(response: ServerResponse) => void>): void;
	close(): Promise<void>;
};

export const answer =
	(status: number, headers: Readonly<Record<string, string>> = {}, body = '') =>
	(response: ServerResponse): void => {
		response.writeHead(status, headers).end(body);
	};

/** Never answers. */
export const silence = (): void => {};

/** A server on loopback that takes notifications. */
export const openHook = async (now: () => number = () => 0, port = 0): Promise<Hook> => {
	const asked: Asked[] = [];
	let list: ReadonlyArray<(response: ServerResponse) => void> = [answer(200)];
	const server = createServer((request, response) => {
		const chunks: Buffer[] = [];
		request.on('data', chunk => chunks.push(chunk as Buffer));
		request.on('end', () => {
			const body = JSON.parse(Buffer.concat(chunks).toString('utf8')) as Readonly<Record<string, unknown>>;
			asked.push({path: request.url ?? '', headers: request.headers, body, at: now()});
			const [first, ...others] = list;
			if (others.length > 0) list = others;
			first?.(response);
		});
	});
	server.listen(port, '127.0.0.1');
	await once(server, 'listening');
	const close = async (): Promise<void> => {
		server.closeAllConnections();
		await new Promise(resolve => server.close(resolve));
	};

	onTestFinished(close);
	return {
		url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
		asked,
		answers(...next) {
			list = next;
		},
		close,
	};
};

/** Waits for something that other processes or sockets bring about. */
export const eventually = async (what: string, condition: () => boolean | Promise<boolean>): Promise<void> => {
	for (let tries = 0; !(await condition()); tries++) {
		if (tries > 1000) throw new Error(`it never came to pass: ${what}`);
		await delay(10);
	}
};

export type NotifyWorld = TestEngine & {
	/** The engine as composed: what a scheduler has. */
	readonly composed: LocalEngine;
	readonly notices: readonly string[];
	readonly config: Config;
	/** The next process on the same queue and the same memory; `isClean`: the one before was closed, not killed. */
	again(isClean?: boolean): Promise<void>;
};

export type NotifyOptions = {
	readonly directory: string;
	/** The text of config.toml. */
	readonly text: string;
	readonly env?: Readonly<Record<string, string>>;
	readonly isScheduling?: boolean;
	readonly engine?: TestEngineOptions;
	readonly secrets?: readonly string[];
};

/** An engine with doubles around it and the real notifications. */
export const openNotifyWorld = async (options: NotifyOptions): Promise<NotifyWorld> => {
	const world = await createTestEngine({...options.engine, isStarted: false});
	const parsed = parseConfig(options.text, join(options.directory, 'config.toml'));
	if (!parsed.ok) throw new Error(parsed.problems.join('\n'));
	const {config} = parsed;
	const where = {cwd: options.directory, env: options.env ?? {}};
	const paths = resolvePaths(config, {file: join(options.directory, 'config.toml'), data: options.directory}, where);
	const notices: string[] = [];
	let composed: LocalEngine;
	const compose = async (): Promise<void> => {
		const parts = await composeNotify({
			config,
			paths,
			env: options.env ?? {},
			version: '0.0.0',
			clock: world.clock,
			store: world.store,
			isScheduling: options.isScheduling ?? true,
			secrets: () => options.secrets ?? [],
		});
		composed = parts.join(world.engine);
		composed.onEvent((event: EngineEvent) => {
			if (event.type === 'notice') notices.push(event.text);
		});
	};

	await compose();
	await composed!.start();
	await world.clock.settle();
	onTestFinished(async () => {
		const closing = composed.close();
		await eventually('the engine is closed', async () => {
			await world.clock.advance(60_000);
			return Promise.race([closing.then(() => true), delay(1, false)]);
		});
	});
	return Object.defineProperties(
		Object.assign(Object.create(world) as TestEngine, {
			notices,
			config,
			async again(isClean = false) {
				if (isClean) await composed.close();
				await world.restart();
				await compose();
				await composed.start();
				await world.clock.settle();
			},
		}),
		{composed: {get: () => composed}, engine: {get: () => world.engine}},
	) as unknown as NotifyWorld;
};

/** What a program that `notified.mjs` stands for was told. */
export const readTold = async (
	log: string,
): Promise<ReadonlyArray<{readonly args: readonly string[]; readonly variables: Readonly<Record<string, string>>}>> => {
	const text = await readFile(log, 'utf8').catch(() => '');
	return text
		.split('\n')
		.filter(line => line !== '')
		.map(line => JSON.parse(line) as Awaited<ReturnType<typeof readTold>>[number]);
};
