import {request, type IncomingHttpHeaders, type RequestOptions} from 'node:http';
import {onTestFinished} from 'vitest';
import {listenApi, type ListenOptions} from '../../source/remote/api/listen.ts';
import type {ApiEngine} from '../../source/remote/api/feed.ts';
import {scriptedCatalog} from './scripted-catalog.ts';
import {createTestEngine, type TestEngine, type TestEngineOptions} from './test-engine.ts';

export type Reply = {
	readonly status: number;
	readonly headers: IncomingHttpHeaders;
	readonly text: string;
	/** The text read as JSON, to be looked at by `toMatchObject`. */
	readonly body: unknown;
};

export type Asking = {
	readonly method?: string;
	readonly body?: unknown;
	readonly headers?: Readonly<Record<string, string>>;
	/** Default: true. */
	readonly hasToken?: boolean;
};

export type Api = {
	readonly address: string;
	readonly port: number;
	ask(path: string, asking?: Asking): Promise<Reply>;
	close(): Promise<void>;
};

export const testToken = 'a-token-that-only-the-test-has';
export const testStorage = '/srv/media/library';

/** The API of an engine on a free port of loopback; closed when the test has ended. */
export const serveApi = async (engine: ApiEngine, change: Partial<ListenOptions> = {}): Promise<Api> => {
	const server = await listenApi(engine, {
		version: 'test',
		storage: testStorage,
		roots: ['/home/somebody', '/var/lib/tidegate'],
		mostBytes: 100_000,
		mostStreams: 5,
		pause: 5,
		host: '127.0.0.1',
		port: 0,
		token: testToken,
		allowedHosts: ['downloads.example'],
		mostConnections: 50,
		requestsPerMinute: 10_000,
		...change,
	});
	onTestFinished(() => server.close());
	const port = Number(new URL(server.address).port);
	return {
		address: server.address,
		port,
		ask: (path, asking = {}) => ask({host: '127.0.0.1', port}, path, asking),
		close: () => server.close(),
	};
};

/** Asks once, over a connection of its own. */
export const ask = async (
	where: Pick<RequestOptions, 'host' | 'port' | 'socketPath'>,
	path: string,
	{method = 'GET', body, headers = {}, hasToken = true}: Asking,
): Promise<Reply> =>
	new Promise((resolve, reject) => {
		const outgoing = request(
			{
				...where,
				path,
				method,
				agent: false,
				headers: {
					...(hasToken ? {'x-api-key': testToken} : {}),
					...(body === undefined ? {} : {'content-type': 'application/json'}),
					...headers,
				},
			},
			response => {
				const chunks: Buffer[] = [];
				response.on('data', (chunk: Buffer) => chunks.push(chunk));
				response.on('error', reject);
				response.on('end', () => {
					const text = Buffer.concat(chunks).toString('utf8');
					resolve({status: response.statusCode ?? 0, headers: response.headers, text, body: parsed(text)});
				});
			},
		);
		outgoing.on('error', reject);
		outgoing.end(typeof body === 'string' || body === undefined ? body : JSON.stringify(body));
	});

const parsed = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};

/** An engine with a catalog, whose jobs wait until they are released, and its API. */
export const apiWorld = async (
	options: TestEngineOptions = {},
	change: Partial<ListenOptions> = {},
): Promise<{readonly world: TestEngine; readonly api: Api}> => {
	const world = await createTestEngine({adapt: deps => ({...deps, catalogs: [scriptedCatalog]}), ...options});
	onTestFinished(() => world.engine.close());
	return {world, api: await serveApi(world.engine, change)};
};
