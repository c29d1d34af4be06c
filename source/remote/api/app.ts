import websocket from '@fastify/websocket';
import type {FastifyInstance, FastifyHttpOptions, FastifyReply, FastifyRequest} from 'fastify';
import {randomBytes} from 'node:crypto';
import type {Server} from 'node:http';
import type {z} from 'zod';
import {createFeed, type ApiEngine} from './feed.ts';
import {openapiDocument} from './openapi.ts';
import {ProblemError, problemJson, problemKinds, problemType, type Problem, type ProblemPlace} from './problem.ts';
import {nothing} from './requests.ts';
import type {ApiWorld, Input, Route} from './route.ts';
import {downloadRoutes} from './routes-downloads.ts';
import {managerRoutes} from './routes-manager.ts';
import {createStreams} from './streams.ts';
import {createVeil} from './veil.ts';

export type ApiOptions = {
	readonly version: string;
	/** The folder of finished files: paths are told relative to it. */
	readonly storage: string;
	/** Folders whose names are nobody's business. */
	readonly roots: readonly string[];
	/** The largest body, in bytes. */
	readonly mostBytes: number;
	/** Clients that follow the events at once. */
	readonly mostStreams: number;
	/** Between two signs of life of a stream, in milliseconds. Default: 15,000. */
	readonly heartbeat?: number;
	/** Between two states of a stream, in milliseconds. Default: 1000. */
	readonly pause?: number;
	/** Is told of defects, in one line that may hold anything. */
	readonly onDefect?: (text: string) => void;
};

/** Every route, in the order of the document. */
export const routes: readonly Route[] = [...downloadRoutes, ...managerRoutes];

/**
 * The API as a fastify application that listens nowhere yet. Who may ask is decided by hooks that the caller adds before
 * `ready`: the Unix socket is guarded by its file's permission, TCP by a token.
 */
export const createApi = async (
	engine: ApiEngine,
	options: ApiOptions,
	server: FastifyHttpOptions<Server> = {},
	guard?: (app: FastifyInstance) => Promise<void>,
): Promise<FastifyInstance> => {
	const {default: fastify} = await import('fastify');
	const app: FastifyInstance = fastify({
		...server,
		bodyLimit: options.mostBytes,
		forceCloseConnections: true,
		logger: false,
		clientErrorHandler: answerNonsense,
		routerOptions: {maxParamLength: 500},
		frameworkErrors: (error, _request, reply) => tell(reply, problemOf(error)),
	});
	const veil = createVeil(options.storage, options.roots);
	const feed = createFeed(engine, {
		veil,
		name: randomBytes(6).toString('hex'),
		...(options.pause === undefined ? {} : {pause: options.pause}),
	});
	const streams = createStreams(feed, {most: options.mostStreams, heartbeat: options.heartbeat ?? 15_000});
	const document: {made?: unknown} = {};
	const world: ApiWorld = {
		engine: {...engine, health: alone(() => engine.health())},
		veil,
		version: options.version,
		streams,
		openapi: () => (document.made ??= openapiDocument(routes, options.version)),
	};

	app.addHook('onRequest', async (_request, reply) => {
		reply.headers(headersOfAll);
	});
	// Before the guard, so that an upgrade that is refused also loses its connection, which no server counts any more.
	await app.register(websocket, {options: {maxPayload: 4096, perMessageDeflate: false}});
	await guard?.(app);
	app.setNotFoundHandler((_request, reply) => tell(reply, {code: 'not-found', detail: 'there is no such route'}));
	app.setErrorHandler((error, _request, reply) => {
		const problem = problemOf(error);
		if (problem.code === 'internal') {
			options.onDefect?.(error instanceof Error ? (error.stack ?? error.message) : String(error));
		}

		// Our own words name places in the request, which look like paths.
		return tell(reply, error instanceof ProblemError ? problem : {...problem, detail: veil.text(problem.detail)});
	});
	// Routes come after the plugin that looks for WebSockets among them.
	app.after(() => {
		for (const one of routes) addRoute(app, world, one);
	});
	app.addHook('preClose', async () => {
		streams.close();
		feed.close();
	});
	await app.ready();
	return app;
};

/** Nothing here is for a browser to keep, to guess or to run. */
const headersOfAll = {
	'cache-control': 'no-store',
	'x-content-type-options': 'nosniff',
	'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
	'cross-origin-resource-policy': 'same-origin',
} as const;

const addRoute = (app: FastifyInstance, world: ApiWorld, one: Route): void => {
	const url = one.path.replaceAll(/\{(\w+)\}/g, ':$1');
	const {handle} = one;
	if (handle === 'stream') {
		app.route({
			method: 'GET',
			url,
			exposeHeadRoute: false,
			handler: async (request, reply) => {
				const lastId = lastIdOf(request, one);
				requireRoom(world);
				reply.hijack();
				startEvents(reply, lastId, world);
			},
			wsHandler(socket, request) {
				if (world.streams.hasRoom()) world.streams.webSocket(socket, lastIdOf(request, one));
				else socket.close(1013, 'too many clients follow the events');
			},
		});
		return;
	}

	app.route({
		method: one.method,
		url,
		async handler(request, reply) {
			const gone = new AbortController();
			reply.raw.once('close', () => gone.abort());
			const input: Input<unknown, unknown, unknown> = {
				path: checked(one.pathSchema, request.params, ''),
				query: checked(one.querySchema ?? nothing, request.query, ''),
				body: checked(one.bodySchema, request.body ?? {}, '/'),
				signal: gone.signal,
			};
			const {status = 200, body, headers = {}, type} = await handle(world, input);
			return reply
				.code(status)
				.headers(headers)
				.type(type ?? 'application/json; charset=utf-8')
				.send(body);
		},
	});
};

/** A value of a request, or a problem that says where it is wrong. Without a schema it is not looked at. */
const checked = (schema: z.ZodType | undefined, value: unknown, prefix: '' | '/'): unknown => {
	if (schema === undefined) return undefined;
	const parsed = schema.safeParse(value);
	if (parsed.success) return parsed.data;
	const errors = parsed.error.issues.slice(0, 20).map(({path, message}): ProblemPlace => ({
		pointer: prefix + path.map(part => String(part).replaceAll('~', '~0').replaceAll('/', '~1')).join('/'),
		detail: message,
	}));
	const [first] = errors;
	const detail = first === undefined ? 'it is not understood' : `${first.pointer || 'request'}: ${first.detail}`;
	throw new ProblemError('bad-request', detail, {errors});
};

const lastIdOf = (request: FastifyRequest, one: Route): string | undefined => {
	const query = checked(one.querySchema, request.query, '') as {readonly last_event_id?: string};
	const header = request.headers['last-event-id'];
	return (typeof header === 'string' ? header : undefined) ?? query.last_event_id;
};

const requireRoom = ({streams}: ApiWorld): void => {
	if (!streams.hasRoom()) {
		throw new ProblemError('too-many-streams', `${streams.count} clients follow the events; more are not allowed`, {
			headers: {'retry-after': '30'},
		});
	}
};

const startEvents = (reply: FastifyReply, lastId: string | undefined, {streams}: ApiWorld): void => {
	reply.raw.writeHead(200, {
		...(reply.getHeaders() as Record<string, string>),
		'content-type': 'text/event-stream; charset=utf-8',
		// nginx would keep events back until its buffer is full.
		'x-accel-buffering': 'no',
	});
	streams.sse(reply.raw, lastId);
};

/** Anything that was thrown while a request was answered. */
const problemOf = (error: unknown): Problem => {
	if (error instanceof ProblemError) return error.problem;
	const {code = '', statusCode = 500, message = ''} = error as {code?: string; statusCode?: number; message?: string};
	if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return {code: 'too-large', detail: 'the body is larger than is allowed'};
	if (statusCode === 415)
		return {code: 'unsupported-media-type', detail: 'send JSON, with content-type: application/json'};
	if (code === 'no-scheduler') return {code: 'no-scheduler', detail: message};
	if (code === 'bad-request' || (statusCode >= 400 && statusCode < 500)) return {code: 'bad-request', detail: message};
	if (code.startsWith('SQLITE_')) return {code: 'store-failed', detail: 'the queue cannot be read or written now'};
	return {code: 'internal', detail: 'the request could not be answered; the scheduler has told its own log why'};
};

/** Sends a problem. */
export const tell = (reply: FastifyReply, problem: Problem): FastifyReply =>
	reply
		.code(problemKinds[problem.code].status)
		.headers({...headersOfAll, ...problem.headers})
		.type(problemType)
		.send(JSON.stringify(problemJson(problem)));

/** What is no HTTP, comes too slowly or has too many headers; there is no request to answer, only a socket. */
const answerNonsense: NonNullable<FastifyHttpOptions<Server>['clientErrorHandler']> = (error, socket) => {
	if (error.code !== 'ECONNRESET' && socket.writable) {
		const [status, words] = nonsense[error.code] ?? [400, 'Bad Request'];
		const body = JSON.stringify(problemJson({code: 'bad-request', detail: words}));
		socket.write(
			`HTTP/1.1 ${status} ${words}\r\ncontent-type: ${problemType}\r\ncontent-length: ${Buffer.byteLength(body)}\r\nconnection: close\r\n\r\n${body}`,
		);
	}

	socket.destroy();
};

const nonsense: Readonly<Record<string, readonly [number, string] | undefined>> = {
	ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
	HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
};

/** The same answer for all who ask while it is being found: it starts a process for each tool. */
const alone = <Result>(ask: () => Promise<Result>): (() => Promise<Result>) => {
	let under: Promise<Result> | undefined;
	return () => {
		under ??= ask().finally(() => {
			under = undefined;
		});
		return under;
	};
};
