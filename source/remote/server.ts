import {chmodSync, rmSync} from 'node:fs';
import type {ServerResponse} from 'node:http';
import {z} from 'zod';
import type {Engine} from '../engine/ports.ts';
import type {createApi} from './api/app.ts';
import {answer, mostRequestBytes} from './wire.ts';
import {callNames, callPath, changesPath, protocol, protocolHeader, versionHeader} from './wire-names.ts';

export type EngineServer = {close(): Promise<void>};

/**
 * Offers an Engine on a Unix socket that only this user can open. What a dead scheduler left at the path is replaced:
 * whoever calls this holds the data directory's lock. Rejects where the path cannot be used.
 */
export const serveEngine = async (
	engine: Engine,
	options: {
		readonly socketPath: string;
		readonly version: string;
		/** Makes the API, for who asks on this socket; it is loaded when somebody does. */
		readonly api?: () => ReturnType<typeof createApi>;
	},
): Promise<EngineServer> => {
	// Fastify and its logger take 60 ms to load; only a scheduler needs them.
	const {default: fastify} = await import('fastify');
	const app = fastify({bodyLimit: mostRequestBytes, forceCloseConnections: true, logger: false});
	const streams = new Set<ServerResponse>();
	let made: ReturnType<typeof createApi> | undefined;
	const api = async (): ReturnType<typeof createApi> => {
		if (options.api === undefined) throw new Error('there is no API here');
		made ??= options.api();
		return made;
	};
	if (options.api !== undefined) {
		app.server.on('upgrade', (request, socket, head) => {
			// The API looks for its WebSockets itself, as if its own server had been asked.
			void api().then(
				({server}) => server.emit('upgrade', request, socket, head),
				() => socket.destroy(),
			);
		});
	}

	app.addHook('onRequest', async (request, reply) => {
		if (options.api !== undefined && isForApi(request.url)) {
			// Before anything of the body is read.
			reply.hijack();
			(await api()).routing(request.raw, reply.raw);
			return;
		}

		reply.header(protocolHeader, String(protocol)).header(versionHeader, options.version);
		const theirs = request.headers[protocolHeader];
		if (theirs !== String(protocol)) {
			await reply.code(409).send({message: mismatch(options.version, String(request.headers[versionHeader] ?? '?'))});
		}
	});
	for (const name of callNames) {
		app.post(callPath(name), async (request, reply) => {
			const gone = new AbortController();
			reply.raw.once('close', () => gone.abort());
			return (await answer(engine, name, request.body, gone.signal)) ?? null;
		});
	}

	app.get(changesPath, (_request, reply) => {
		reply.hijack();
		const {raw} = reply;
		streams.add(raw);
		raw.once('close', () => streams.delete(raw));
		raw.writeHead(200, {
			'content-type': 'application/x-ndjson',
			[protocolHeader]: String(protocol),
			[versionHeader]: options.version,
		});
		streamSnapshots(engine, raw);
	});
	app.setErrorHandler(async (error, _request, reply) => {
		const isBad = error instanceof z.ZodError;
		const known = error as {readonly statusCode?: number; readonly message?: string; readonly code?: string};
		const message = isBad ? z.prettifyError(error) : (known.message ?? 'unknown error');
		await reply.code(isBad ? 400 : (known.statusCode ?? 500)).send({message, code: known.code});
	});

	rmSync(options.socketPath, {force: true});
	// Between `bind` and `chmod` the socket has the mode that the mask leaves it, so the mask says "this user" as well.
	const mask = process.umask(0o077);
	try {
		await app.listen({path: options.socketPath});
	} finally {
		process.umask(mask);
	}

	chmodSync(options.socketPath, 0o600);
	return {
		async close() {
			for (const stream of streams) stream.end();
			await made?.then(
				one => one.close(),
				() => undefined,
			);
			await app.close();
			rmSync(options.socketPath, {force: true});
		},
	};
};

const isForApi = (url: string): boolean => url.startsWith('/api/') || /^\/metrics(?:\?|$)/.test(url);

const mismatch = (ours: string, theirs: string): string =>
	`the scheduler is tidegate ${ours}, this is tidegate ${theirs}, and they do not understand each other; stop the scheduler and start it again with this version`;

/** Writes each new snapshot as a line. A reader that is slow gets the newest when it is ready, never a backlog. */
const streamSnapshots = (engine: Engine, out: ServerResponse): void => {
	let sent: unknown;
	let isWaiting = false;
	const push = (): void => {
		const snapshot = engine.getSnapshot();
		if (isWaiting || snapshot === sent || out.writableEnded || out.destroyed) return;
		sent = snapshot;
		isWaiting = !out.write(`${JSON.stringify(snapshot)}\n`);
	};

	out.on('drain', () => {
		isWaiting = false;
		push();
	});
	// A reader that is gone shows itself as `close`.
	out.on('error', () => undefined);
	out.once('close', engine.subscribe(push));
	push();
};
