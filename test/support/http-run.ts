import {createHash} from 'node:crypto';
import {createReadStream} from 'node:fs';
import {readdir} from 'node:fs/promises';
import {onTestFinished} from 'vitest';
import type {AttemptToken, Job, JobId} from '../../source/domain/job.ts';
import type {Provider, ProviderReport, RunContext, RunOutcome} from '../../source/engine/ports.ts';
import {startMediaServer, type Content, type MediaRoute, type MediaServer} from '../../source/demo/media-server.ts';
import {createHttpProvider, type HttpProviderOptions} from '../../source/providers/http/index.ts';
import {systemClock} from '../../source/system/clock.ts';
import {createHttp} from '../../source/system/http.ts';

/** The `http` provider with short patience, closed when the test has ended. */
export const testProvider = (options: Partial<HttpProviderOptions> = {}): Provider => {
	const http = createHttp({connectTimeout: 5000});
	onTestFinished(() => http.close());
	return createHttpProvider({
		http,
		clock: systemClock,
		userAgent: 'tidegate-test',
		stallTimeout: 600,
		headersTimeout: 600,
		...options,
	});
};

/** A media server that ends with the test. */
export const testServer = async (routes: Readonly<Record<string, MediaRoute>>): Promise<MediaServer> => {
	const server = await startMediaServer({routes});
	onTestFinished(() => server.close());
	return server;
};

export type Run = {
	readonly outcome: RunOutcome;
	readonly reports: readonly ProviderReport[];
	readonly lines: readonly string[];
};

export type RunRequest = {
	readonly provider: Provider;
	readonly source: string;
	readonly directory: string;
	readonly signal?: AbortSignal;
	readonly rateLimit?: number;
	readonly onReport?: (report: ProviderReport) => void;
};

/** One attempt; fails the test when something is reported after the end. */
export const runOnce = async (request: RunRequest): Promise<Run> => {
	const reports: ProviderReport[] = [];
	const lines: string[] = [];
	let hasSettled = false;
	const context: RunContext = {
		directory: request.directory,
		signal: request.signal ?? new AbortController().signal,
		report: report => {
			if (hasSettled) throw new Error('reported after the end');
			reports.push(report);
			request.onReport?.(report);
		},
		log: line => {
			if (hasSettled) throw new Error('logged after the end');
			lines.push(line);
		},
		attempt: 0,
		token: 'test' as AttemptToken,
		rateLimit: request.rateLimit,
	};
	const outcome = await request.provider.run(jobOf(request.source), context);
	hasSettled = true;
	return {outcome, reports, lines};
};

/** What lies in a job's directory beside the record by which a whole file is known again. */
export const filesIn = async (directory: string): Promise<readonly string[]> =>
	(await readdir(directory)).filter(name => name !== '.http-resume.json');

/** SHA-256 of a file in hexadecimal. */
export const sha256OfFile = async (path: string): Promise<string> => {
	const hash = createHash('sha256');
	for await (const chunk of createReadStream(path)) hash.update(chunk as Uint8Array);
	return hash.digest('hex');
};

/**
 * The bytes of a content as its description says, made in another way than the media server makes them, so that the server
 * is no witness for itself.
 */
export const expectedBytes = ({seed, size}: Content): Uint8Array => {
	const words = new Uint32Array(16_384);
	let state = seed === 0 ? 0x9e3779b9 : seed >>> 0;
	for (let index = 0; index < words.length; index++) {
		state = (state ^ (state << 13)) >>> 0;
		state = (state ^ (state >>> 17)) >>> 0;
		state = (state ^ (state << 5)) >>> 0;
		words[index] = state;
	}
	const bytes = new Uint8Array(Math.ceil(size / 65_536) * 65_536);
	const view = new DataView(bytes.buffer);
	for (let block = 0; block * 65_536 < size; block++) {
		for (const [index, word] of words.entries()) view.setUint32(block * 65_536 + index * 4, word, true);
		view.setUint32(block * 65_536, block, true);
		view.setUint32(block * 65_536 + 4, seed >>> 0, true);
	}
	return bytes.subarray(0, size);
};

/** SHA-256 of what `expectedBytes` gives. */
export const expectedSha256 = (content: Content): string =>
	createHash('sha256').update(expectedBytes(content)).digest('hex');

const jobOf = (source: string): Job => ({
	id: 1 as JobId,
	batch: undefined,
	title: 'test',
	provider: 'http',
	lane: 'http',
	source,
	identity: source,
	options: {},
	status: 'starting',
	isSourced: true,
	priority: 5,
	order: 0,
	attempts: 0,
	maxAttempts: 3,
	attempt: undefined,
	owner: undefined,
	bytes: 0,
	total: undefined,
	expectedSize: undefined,
	checksum: undefined,
	output: undefined,
	error: undefined,
	retryAt: undefined,
	placing: undefined,
	outputPath: undefined,
	size: undefined,
	createdAt: 0,
	startedAt: undefined,
	endedAt: undefined,
});
