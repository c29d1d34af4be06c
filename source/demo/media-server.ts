import {createServer, type IncomingMessage, type Server, type ServerResponse} from 'node:http';
import type {AddressInfo} from 'node:net';
import type {Content} from './content.ts';
import {sendFile, type FileAnswer, type Watch} from './send-file.ts';

export {contentChunk, contentReader, contentChunks, contentSha256, type Content} from './content.ts';
export type {FileAnswer} from './send-file.ts';

/** What a server does with one request. Times in milliseconds. */
export type MediaAnswer =
	| FileAnswer
	| {
			readonly type: 'status';
			readonly status: number;
			readonly headers?: Readonly<Record<string, string>>;
			readonly body?: string;
	  }
	/** `to` may be a path here or a whole address. */
	| {readonly type: 'redirect'; readonly to: string; readonly status?: number}
	/** An error page under status 200, as hosters send it. */
	| {readonly type: 'page'; readonly html?: string}
	/** Takes the request and never answers. */
	| {readonly type: 'silence'}
	/** Closes the connection instead of answering. */
	| {readonly type: 'hang-up'};

export type MediaRoute = {
	readonly content?: Content;
	/** One for each request in turn; the last is for all that follow. None: the content, without any fault. */
	readonly answers?: readonly MediaAnswer[];
};

export type MediaServerOptions = {
	/** By path, which begins with `/`. What stands after `?` does not matter. */
	readonly routes: Readonly<Record<string, MediaRoute>>;
	/** Default: a free one. */
	readonly port?: number;
	/** Bytes per second of each connection, for files that set none themselves. */
	readonly rate?: number;
};

/** A request as it came, and what became of it; `bytes` are those of the body sent so far. */
export type MediaRequest = {
	readonly path: string;
	readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
	readonly status: number;
	readonly bytes: number;
};

export type MediaServer = {
	/** Without a slash at the end. */
	readonly url: string;
	readonly port: number;
	/** The requests so far, the last 10,000 at most. */
	requests(path?: string): readonly MediaRequest[];
	/** Requests and bytes of one route since the start, and how many of its answers are under way. */
	served(path: string): {readonly requests: number; readonly bytes: number; readonly open: number};
	close(): Promise<void>;
};

type Tally = {path: string; headers: MediaRequest['headers']; status: number; bytes: number};

const remembered = 10_000;

/** Starts a server on 127.0.0.1 that plays the parts of all servers, good and bad, that a download may meet. */
export const startMediaServer = async (options: MediaServerOptions): Promise<MediaServer> => {
	const tallies: Tally[] = [];
	const served = new Map<string, {requests: number; bytes: number; open: number}>();
	const server = createServer((request, response) => {
		const path = pathOf(request);
		const route = Object.hasOwn(options.routes, path) ? options.routes[path] : undefined;
		const count = served.get(path) ?? {requests: 0, bytes: 0, open: 0};
		served.set(path, {...count, requests: count.requests + 1, open: count.open + 1});
		response.once('close', () => {
			const sum = served.get(path);
			if (sum !== undefined) sum.open--;
		});
		const tally: Tally = {path, headers: request.headers, status: 0, bytes: 0};
		if (tallies.push(tally) > remembered) tallies.shift();
		answer(request, response, route, count.requests, {
			rate: options.rate,
			onStatus: status => {
				tally.status = status;
			},
			onBytes: bytes => {
				tally.bytes += bytes;
				const sum = served.get(path);
				if (sum !== undefined) sum.bytes += bytes;
			},
		});
	});
	await listen(server, options.port ?? 0);
	const {port} = server.address() as AddressInfo;
	return {
		url: `http://127.0.0.1:${port}`,
		port,
		requests: path => tallies.filter(tally => path === undefined || tally.path === path).map(tally => ({...tally})),
		served: path => ({...(served.get(path) ?? {requests: 0, bytes: 0, open: 0})}),
		close: () => close(server),
	};
};

/** A port on 127.0.0.1 at which nobody listens at this moment. */
export const closedPort = async (): Promise<number> => {
	const server = createServer();
	await listen(server, 0);
	const {port} = server.address() as AddressInfo;
	await close(server);
	return port;
};

const pathOf = (request: IncomingMessage): string => (request.url ?? '/').split('?')[0] ?? '/';

const answer = (
	request: IncomingMessage,
	response: ServerResponse,
	route: MediaRoute | undefined,
	earlier: number,
	watch: Watch,
): void => {
	const chosen = route?.answers?.[Math.min(earlier, route.answers.length - 1)] ?? {type: 'file' as const};
	if (route === undefined) {
		sendText(response, watch, 404, 'there is nothing here\n');
		return;
	}
	switch (chosen.type) {
		case 'status':
			sendText(response, watch, chosen.status, chosen.body ?? `status ${chosen.status}\n`, chosen.headers);
			break;
		case 'redirect':
			sendText(response, watch, chosen.status ?? 302, 'elsewhere\n', {location: chosen.to});
			break;
		case 'page':
			sendText(response, watch, 200, chosen.html ?? errorPage, {'content-type': 'text/html; charset=utf-8'});
			break;
		case 'silence':
			break;
		case 'hang-up':
			request.socket.destroy();
			break;
		case 'file':
			void sendFile(request, response, chosen.content ?? route.content ?? {seed: 0, size: 0}, chosen, watch);
			break;
	}
};

const errorPage =
	'<!DOCTYPE html>\n<html><head><title>Sorry</title></head><body><h1>Session expired</h1></body></html>\n';

const sendText = (
	response: ServerResponse,
	watch: Watch,
	status: number,
	body: string,
	headers: Readonly<Record<string, string>> = {},
): void => {
	watch.onStatus(status);
	watch.onBytes(Buffer.byteLength(body));
	response.writeHead(status, {'content-type': 'text/plain; charset=utf-8', ...headers});
	response.end(body);
};

const listen = (server: Server, port: number): Promise<void> =>
	new Promise((resolve, reject) => {
		server.once('error', reject);
		server.listen(port, '127.0.0.1', () => resolve());
	});

const close = (server: Server): Promise<void> =>
	new Promise(resolve => {
		server.close(() => resolve());
		server.closeAllConnections();
	});
