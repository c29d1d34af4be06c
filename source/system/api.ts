import type {Dispatcher} from 'undici';
import type {Duration} from '../domain/time.ts';
import type {HttpFault} from './http.ts';

/** A small question to a service that answers in JSON or text. */
export type ApiRequest = {
	readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
	/** Without credentials: those travel in headers. */
	readonly url: string;
	readonly headers?: Readonly<Record<string, string>>;
	/** Sent as it is; with a value that is no text, as JSON. */
	readonly body?: unknown;
	readonly signal: AbortSignal;
	/** For the whole exchange. */
	readonly timeout: Duration;
	/** Answers that are longer, in bytes, count as a fault. Default: 16 MiB. */
	readonly mostBytes?: number;
};

export type ApiAnswer =
	| {
			readonly type: 'answer';
			readonly status: number;
			/** Names in lower case; of a header that came twice, the first. */
			readonly headers: Readonly<Record<string, string>>;
			readonly text: string;
	  }
	| {readonly type: 'failed'; readonly fault: HttpFault}
	| {readonly type: 'stopped'};

export type Api = {
	/** One exchange, without following redirects and without trying again. Never rejects. */
	ask(request: ApiRequest): Promise<ApiAnswer>;
	close(): Promise<void>;
};

const mostBytes = 16 * 2 ** 20;

/** A client for services with small answers: a pool of connections, made when it is first needed (undici takes 29 ms to load). */
export const createApi = (options: {readonly connectTimeout?: Duration} = {}): Api => {
	let opened: Promise<Dispatcher> | undefined;
	const open = async (): Promise<Dispatcher> => {
		const {Agent} = await import('undici');
		return new Agent({connections: 8, connect: {timeout: options.connectTimeout ?? 15_000}, allowH2: false});
	};
	return {
		async ask(request) {
			if (request.signal.aborted) return {type: 'stopped'};
			const deadline = AbortSignal.timeout(request.timeout);
			try {
				return await exchange(await (opened ??= open()), request, AbortSignal.any([request.signal, deadline]));
			} catch (error) {
				if (request.signal.aborted) return {type: 'stopped'};
				const fault = deadline.aborted
					? {code: 'ETIMEDOUT', message: `no whole answer within ${request.timeout / 1000} s`}
					: faultOf(error);
				return {type: 'failed', fault};
			}
		},
		async close() {
			const line = opened;
			opened = undefined;
			await (await line)?.destroy();
		},
	};
};

const exchange = async (line: Dispatcher, request: ApiRequest, signal: AbortSignal): Promise<ApiAnswer> => {
	const url = new URL(request.url);
	const isText = typeof request.body === 'string';
	const {statusCode, headers, body} = await line.request({
		origin: url.origin,
		path: `${url.pathname}${url.search}`,
		method: request.method ?? 'GET',
		headers: {
			accept: 'application/json',
			...(request.body === undefined || isText ? {} : {'content-type': 'application/json'}),
			...request.headers,
		},
		...(request.body === undefined ? {} : {body: isText ? request.body : JSON.stringify(request.body)}),
		signal,
	});
	const chunks: Uint8Array[] = [];
	let length = 0;
	for await (const chunk of body as AsyncIterable<Uint8Array>) {
		length += chunk.length;
		if (length > (request.mostBytes ?? mostBytes)) {
			throw Object.assign(new Error(`the answer is longer than ${request.mostBytes ?? mostBytes} bytes`), {
				code: 'E_TOO_LONG',
			});
		}

		chunks.push(chunk);
	}

	return {
		type: 'answer',
		status: statusCode,
		headers: Object.fromEntries(
			Object.entries(headers).flatMap(([name, value]) => {
				const first = Array.isArray(value) ? value[0] : value;
				return first === undefined ? [] : [[name.toLowerCase(), first]];
			}),
		),
		text: Buffer.concat(chunks).toString('utf8'),
	};
};

const faultOf = (error: unknown): HttpFault => {
	const {code, message} = error as {readonly code?: unknown; readonly message?: unknown};
	return {
		code: typeof code === 'string' ? code : 'UNKNOWN',
		message: typeof message === 'string' ? message : String(error),
	};
};
