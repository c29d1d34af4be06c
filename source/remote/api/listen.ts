import rateLimit from '@fastify/rate-limit';
import type {FastifyInstance} from 'fastify';
import type {AddressInfo, Socket} from 'node:net';
import {createApi, tell, type ApiOptions} from './app.ts';
import type {ApiEngine} from './feed.ts';
import {createGuard, type Guard} from './guard.ts';

export type ListenOptions = ApiOptions & {
	readonly host: string;
	/** 0 takes one that is free. */
	readonly port: number;
	readonly token: string;
	readonly allowedHosts: readonly string[];
	readonly mostConnections: number;
	readonly requestsPerMinute: number;
	/** How long the head of a request may take to arrive, in milliseconds. Default: 10,000. */
	readonly headersTimeout?: number;
	/** The same for a whole request. Default: 30,000. */
	readonly requestTimeout?: number;
};

export type ApiServer = {
	/** Where it answers, such as `http://127.0.0.1:7300`. */
	readonly address: string;
	close(): Promise<void>;
};

/** How long a connection may stay without a byte in either direction, in milliseconds. */
const idleTimeout = 60_000;

/** How long connections have for their last words when the server ends, in milliseconds. */
const lastWords = 500;

/** Offers the API over TCP to who has the token. Rejects where nobody can listen there. */
export const listenApi = async (engine: ApiEngine, options: ListenOptions): Promise<ApiServer> => {
	const headersTimeout = options.headersTimeout ?? 10_000;
	const app = await createApi(
		engine,
		options,
		{
			connectionTimeout: idleTimeout,
			keepAliveTimeout: 10_000,
			requestTimeout: options.requestTimeout ?? 30_000,
			http: {headersTimeout, connectionsCheckingInterval: Math.min(1000, headersTimeout)},
		},
		made => guardRequests(made, options),
	);
	// A server forgets connections that were upgraded, and would wait for them for ever.
	const sockets = new Set<Socket>();
	app.server.on('connection', socket => {
		sockets.add(socket);
		socket.once('close', () => sockets.delete(socket));
	});
	// Those beyond are closed before anything is read of them.
	app.server.maxConnections = options.mostConnections;
	await app.listen({host: options.host, port: options.port}).catch(async (error: unknown) => {
		await app.close();
		throw error;
	});
	const {address, port, family} = app.server.address() as AddressInfo;
	return {
		address: `http://${family === 'IPv6' ? `[${address}]` : address}:${port}`,
		async close() {
			const closed = app.close();
			// Streams say goodbye in the first turn.
			setTimeout(() => {
				for (const socket of sockets) socket.destroy();
			}, lastWords).unref();
			await closed;
		},
	};
};

/** Host, Origin, rate and token, before a byte of the body is read. */
const guardRequests = async (app: FastifyInstance, options: ListenOptions): Promise<void> => {
	const guard: Guard = createGuard(options.token, options.allowedHosts);
	await app.register(rateLimit, {global: false, cache: 5000});
	// Who has no token must not use up what belongs to who has it, though they come from one address.
	const limits = {
		known: app.createRateLimit({
			max: options.requestsPerMinute,
			timeWindow: 60_000,
			keyGenerator: ({ip}) => `known ${ip}`,
		}),
		strange: app.createRateLimit({
			max: Math.max(10, Math.floor(options.requestsPerMinute / 10)),
			timeWindow: 60_000,
			keyGenerator: ({ip}) => `strange ${ip}`,
		}),
	};
	app.addHook('onRequest', async (request, reply) => {
		if (!guard.isHost(request.headers.host)) {
			return tell(reply, {
				code: 'wrong-host',
				detail: 'call it by localhost, by its address in numbers, or by a name in [server] allowed_hosts',
			});
		}

		if (!guard.isOrigin(request.headers)) {
			return tell(reply, {code: 'foreign-origin', detail: 'a page of another site has sent this request'});
		}

		const isKnown = guard.isToken(request.headers);
		const limit = await (isKnown ? limits.known : limits.strange)(request);
		if (!limit.isAllowed && limit.isExceeded) {
			return tell(reply, {
				code: 'too-many-requests',
				detail: `more than ${limit.max} requests in a minute`,
				headers: {'retry-after': String(Math.max(1, limit.ttlInSeconds))},
			});
		}

		if (isKnown) return undefined;
		return tell(reply, {
			code: 'unauthorized',
			detail: 'send the token as `Authorization: Bearer TOKEN` or `X-API-Key: TOKEN`',
			headers: {'www-authenticate': 'Bearer realm="tidegate"'},
		});
	});
};
