import type {Dispatcher} from 'undici';
import type {Duration} from '../domain/time.ts';

/** Header names are in lower case; bytes above 0x7F come as Latin-1 characters (undici 8.12). */
export type HttpHeaders = Readonly<Record<string, string | readonly string[] | undefined>>;

/** What went wrong on the line: `code` is that of Node (`ECONNREFUSED`), of undici (`UND_ERR_*`) or of its parser (`HPE_*`). */
export type HttpFault = {readonly code: string; readonly message: string};

export type HttpRequest = {
	/** Without credentials and fragment. */
	readonly url: string;
	readonly headers: Readonly<Record<string, string>>;
	readonly signal: AbortSignal;
	/** The longest wait for the head of the answer, once connected. */
	readonly headersTimeout: Duration;
	/** The longest pause between two pieces of the body. */
	readonly stallTimeout: Duration;
};

export type HttpAnswer =
	| {
			readonly type: 'response';
			readonly status: number;
			readonly reason: string;
			readonly headers: HttpHeaders;
			readonly body: HttpBody;
	  }
	| {readonly type: 'failed'; readonly fault: HttpFault}
	| {readonly type: 'stopped'};

/** `whole`: the body ended as HTTP says it should. `stopped`: by `stop()` or by the signal. */
export type HttpEnd =
	{readonly type: 'whole'} | {readonly type: 'stopped'} | {readonly type: 'failed'; readonly fault: HttpFault};

/** A body that waits until somebody reads it. Exactly one of `read`, `discard` and `stop` is to be called first. */
export type HttpBody = {
	/** Whether the memory of the chunks belongs to the reader (undici 8.12 hands out each read of the socket once). */
	readonly isHandedOver: boolean;
	/** Lets the body flow. `onData` may still be called after it returned false, but only for bytes already on their way. */
	read(onData: (chunk: Uint8Array) => boolean): Promise<HttpEnd>;
	/** Goes on after `onData` returned false. */
	resume(): void;
	/** Closes the connection; nothing is delivered any more. */
	stop(): void;
	/** Reads a small body away so that its connection can be used again; a larger one costs the connection. */
	discard(): Promise<void>;
};

export type Http = {
	/** One GET, without following redirects. Never rejects. */
	get(request: HttpRequest): Promise<HttpAnswer>;
	close(): Promise<void>;
};

export type HttpOptions = {
	/** Connections to one server, 1 or more; further requests wait. */
	readonly maxConnections?: number;
	readonly connectTimeout?: Duration;
	/** Address of an HTTP proxy. The environment's proxy variables are not looked at. */
	readonly proxy?: string;
};

/** The HTTP client of the program: one pool of connections, made when it is first needed (undici takes 29 ms to load). */
export const createHttp = (options: HttpOptions = {}): Http => {
	let dispatcher: Promise<Dispatcher> | undefined;
	const connect = (): Promise<Dispatcher> => (dispatcher ??= createDispatcher(options));
	return {
		async get(request) {
			if (request.signal.aborted) return {type: 'stopped'};
			const line = await connect();
			const answer = await exchange(line, request);
			// A server may close a kept connection in the moment in which it is used again. A GET without an answer is safe
			// to send once more, and every browser does.
			return answer.type === 'failed' && isClosedUnderUs(answer.fault) ? exchange(line, request) : answer;
		},
		async close() {
			const open = dispatcher;
			dispatcher = undefined;
			await (await open)?.destroy();
		},
	};
};

const isClosedUnderUs = (fault: HttpFault): boolean => ['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(fault.code);

const createDispatcher = async (options: HttpOptions): Promise<Dispatcher> => {
	const {Agent, ProxyAgent} = await import('undici');
	const settings = {
		connections: options.maxConnections ?? 128,
		pipelining: 1,
		connect: {timeout: options.connectTimeout ?? 15_000},
		// Several segments of a file are meant to be several connections; HTTP/2 would fold them into one.
		allowH2: false,
	};
	return options.proxy === undefined ? new Agent(settings) : new ProxyAgent({...settings, uri: options.proxy});
};

const exchange = (line: Dispatcher, request: HttpRequest): Promise<HttpAnswer> =>
	new Promise(resolve => {
		const url = new URL(request.url);
		const handler = new Exchange(request.signal, resolve);
		try {
			line.dispatch(
				{
					origin: url.origin,
					path: `${url.pathname}${url.search}`,
					method: 'GET',
					headers: request.headers,
					headersTimeout: request.headersTimeout,
					bodyTimeout: request.stallTimeout,
				},
				handler,
			);
		} catch (error) {
			handler.onResponseError(undefined, error);
		}
	});

const discardedAtMost = 64 * 1024;

/**
 * One request and its answer. It is undici's handler and the body at once, because this is the path that every byte takes:
 * no stream stands between the socket and the reader.
 */
class Exchange implements Dispatcher.DispatchHandler, HttpBody {
	readonly isHandedOver = true;
	readonly #signal: AbortSignal;
	readonly #answer: (answer: HttpAnswer) => void;
	#controller: Dispatcher.DispatchController | undefined;
	/** Set while somebody reads. */
	#onData: ((chunk: Uint8Array) => boolean) | undefined;
	#onEnd: ((end: HttpEnd) => void) | undefined;
	/** What came before somebody read: at the end of a connection undici delivers the rest in spite of a pause. */
	#early: Uint8Array[] = [];
	#end: HttpEnd | undefined;
	/** A socket that is paused does not keep the process alive (libuv), so that it would end in the middle of a slow download. */
	readonly #reasonToLive = setInterval(() => undefined, 2 ** 30);

	constructor(signal: AbortSignal, answer: (answer: HttpAnswer) => void) {
		this.#signal = signal;
		this.#answer = answer;
		signal.addEventListener('abort', this.#stopFromOutside);
	}

	read(onData: (chunk: Uint8Array) => boolean): Promise<HttpEnd> {
		return new Promise(resolve => {
			for (const chunk of this.#early) onData(chunk);
			this.#early = [];
			if (this.#end !== undefined) {
				resolve(this.#end);
				return;
			}
			this.#onData = onData;
			this.#onEnd = resolve;
			this.#controller?.resume();
		});
	}

	resume(): void {
		if (this.#end === undefined && this.#controller?.paused === true) this.#controller.resume();
	}

	stop(): void {
		this.#finish({type: 'stopped'});
		this.#controller?.abort(new Error('stopped'));
	}

	async discard(): Promise<void> {
		let seen = 0;
		await this.read(chunk => {
			seen += chunk.length;
			if (seen > discardedAtMost) this.stop();
			return true;
		});
	}

	onRequestStart(controller: Dispatcher.DispatchController): void {
		this.#controller = controller;
		// It may have been stopped while it waited for a connection, when there was nothing to abort yet.
		if (this.#end !== undefined) controller.abort(new Error('stopped'));
	}

	onResponseStart(
		controller: Dispatcher.DispatchController,
		status: number,
		headers: HttpHeaders,
		reason?: string,
	): void {
		if (status < 200 || this.#end !== undefined) return;
		controller.pause();
		this.#answer({type: 'response', status, reason: reason ?? '', headers, body: this});
	}

	onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
		if (this.#end !== undefined) return;
		if (this.#onData === undefined) this.#early.push(chunk);
		else if (!this.#onData(chunk)) controller.pause();
	}

	onResponseEnd(): void {
		this.#finish({type: 'whole'});
	}

	onResponseError(_controller: unknown, error: unknown): void {
		this.#finish({type: 'failed', fault: faultOf(error)});
	}

	readonly #stopFromOutside = (): void => this.stop();

	#finish(end: HttpEnd): void {
		if (this.#end !== undefined) return;
		this.#end = end;
		clearInterval(this.#reasonToLive);
		this.#signal.removeEventListener('abort', this.#stopFromOutside);
		// Where the head never came, this is the answer; otherwise the answer has been given and this changes nothing.
		this.#answer(end.type === 'whole' ? {type: 'failed', fault: noAnswer} : end);
		this.#onEnd?.(end);
		this.#onData = undefined;
	}
}

const noAnswer: HttpFault = {code: 'UND_ERR_SOCKET', message: 'the connection closed without an answer'};

const faultOf = (error: unknown): HttpFault => {
	if (!(error instanceof Error)) return {code: '', message: String(error)};
	// Where a name has several addresses, Node tries them all and packs the errors into one.
	const first: unknown = error instanceof AggregateError ? error.errors[0] : undefined;
	const code = codeOf(error) ?? codeOf(first) ?? codeOf(error.cause) ?? '';
	return {code, message: error.message === '' && first instanceof Error ? first.message : error.message};
};

const codeOf = (error: unknown): string | undefined =>
	error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
