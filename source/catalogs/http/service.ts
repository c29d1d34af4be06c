import type {Failure, FailureCode} from '../../domain/failure.ts';
import {failureFromHttpStatus, failureFromText} from '../../domain/failure.ts';
import {cleanText, maskSecrets, shorten} from '../../domain/text.ts';
import type {Duration} from '../../domain/time.ts';
import type {Clock} from '../../engine/ports.ts';
import type {Api, ApiAnswer} from '../../system/api.ts';
import type {TextCache} from '../../system/text-cache.ts';
import type {Pace} from './pace.ts';
import {createShare} from './share.ts';

export type Reply =
	| {readonly type: 'page'; readonly page: unknown}
	| {readonly type: 'failed'; readonly failure: Failure}
	| {readonly type: 'stopped'};

export type Asked = {
	readonly signal: AbortSignal;
	/** How long an answer that is kept may be used; 0: not at all. */
	readonly lifetime: Duration;
	readonly isDryRun?: boolean | undefined;
};

/** One API: its pace, its quota, what it answered already. */
export type Service = {
	/** What it is called, for people. */
	readonly name: string;
	/** A page of it, by its path below the base address. The same page asked for twice at once is one request. */
	get(path: string, asked: Asked): Promise<Reply>;
};

/** What an answer means. `busy`: it may be asked again later, at the earliest after `wait`. */
export type Judgement =
	| {readonly type: 'fine'}
	| {readonly type: 'busy'; readonly failure: Failure; readonly wait?: Duration}
	| {readonly type: 'failed'; readonly failure: Failure};

export type ServiceOrder = {
	readonly name: string;
	/** Without a slash at its end. */
	readonly base: string;
	readonly api: Api;
	readonly clock: Clock;
	readonly pace: Pace;
	readonly cache: TextCache;
	/** What travels with each request; secrets too, which are kept nowhere. */
	readonly headers: (
		signal: AbortSignal,
	) => Promise<
		{readonly headers: Readonly<Record<string, string>>} | {readonly failure: Failure} | {readonly type: 'stopped'}
	>;
	/** What the service says in its own words, where it does; the status alone decides otherwise. */
	readonly judge?: (status: number, page: unknown) => Judgement | undefined;
	/** It is told that its credentials were refused; true where it is worth another try. */
	readonly onRefused?: () => boolean;
};

const timeout: Duration = 30_000;
const mostTries = 4;
const firstBackoff: Duration = 1000;

/** A service that wants to be left alone for longer is not waited for. */
const patience: Duration = 60_000;

export const createService = (order: ServiceOrder): Service => {
	const share = createShare<Reply>();
	return {
		name: order.name,
		async get(path, {signal, lifetime, isDryRun = false}) {
			const url = `${order.base}${path}`;
			// Who may keep nothing must not be led by who may, nor the other way round.
			const reply = await share(`${isDryRun} ${url}`, signal, async shared => {
				const kept = lifetime > 0 ? await order.cache.read(url, lifetime) : undefined;
				const page = kept === undefined ? undefined : parseJson(kept);
				if (page !== undefined) return {type: 'page', page};
				const {reply: fresh, text} = await fetchPage(order, url, shared);
				if (fresh.type === 'page' && lifetime > 0 && !isDryRun) await order.cache.write(url, text);
				return fresh;
			});
			return reply ?? {type: 'stopped'};
		},
	};
};

type Fetched = {readonly reply: Reply; readonly text: string};

const fetchPage = async (order: ServiceOrder, url: string, signal: AbortSignal): Promise<Fetched> => {
	let isRenewed = false;
	for (let tries = 1; ; tries++) {
		const closed = order.pace.closedFor();
		if (closed > patience) return failed(tooLong(order.name, closed));
		const credentials = await order.headers(signal);
		if ('failure' in credentials) return failed(credentials.failure);
		if ('type' in credentials) return stopped;
		const answer = await order.pace.begin(
			() => order.api.ask({url, headers: credentials.headers, signal, timeout}),
			signal,
		);
		if (answer === undefined || answer.type === 'stopped') return stopped;
		// A server may close a kept connection in the moment in which it is used again; that is asked once more, at once.
		if (answer.type === 'failed' && isClosedUnderUs(answer) && tries === 1) continue;
		if (answer.type === 'failed') return failed(faultFailure(order.name, answer.fault));
		if (answer.status === 401 && !isRenewed && order.onRefused?.() === true) {
			isRenewed = true;
			continue;
		}

		const page = parseJson(answer.text);
		const judged = order.judge?.(answer.status, page) ?? judgeStatus(order.name, answer.status, page);
		if (judged.type === 'fine') return {reply: {type: 'page', page}, text: answer.text};
		if (judged.type === 'failed') return failed(judged.failure);
		const wait = waitFor(order, answer, judged, tries);
		order.pace.stayAway(order.clock.now() + wait);
		if (wait > patience) return failed(tooLong(order.name, wait));
		if (tries >= mostTries) return failed({...judged.failure, retryAfter: wait});
	}
};

const stopped: Fetched = {reply: {type: 'stopped'}, text: ''};
const failed = (failure: Failure): Fetched => ({reply: {type: 'failed', failure}, text: ''});

const isClosedUnderUs = ({fault}: Extract<ApiAnswer, {type: 'failed'}>): boolean =>
	['UND_ERR_SOCKET', 'ECONNRESET', 'EPIPE'].includes(fault.code);

/** As long as the service says, or ever longer, with some chance in it so that not all come back at once. */
const waitFor = (
	{clock}: ServiceOrder,
	answer: Extract<ApiAnswer, {type: 'answer'}>,
	{wait = 0}: Extract<Judgement, {type: 'busy'}>,
	tries: number,
): Duration => {
	const backoff = firstBackoff * 2 ** (tries - 1) * (1 + clock.chance() / 2);
	return Math.max(wait, retryAfterOf(answer, clock) ?? 0, backoff);
};

/** `Retry-After` of RFC 9110: seconds, or a date. */
const retryAfterOf = ({headers}: Extract<ApiAnswer, {type: 'answer'}>, clock: Clock): Duration | undefined => {
	const text = headers['retry-after']?.trim() ?? '';
	if (/^\d{1,9}$/.test(text)) return Number(text) * 1000;
	const date = Date.parse(text);
	return Number.isNaN(date) ? undefined : Math.max(0, date - clock.now());
};

const busyStatuses = new Set([429, 502, 503, 504]);

const judgeStatus = (name: string, status: number, page: unknown): Judgement => {
	const code = failureFromHttpStatus(status);
	if (code === undefined && status < 300) {
		return page === undefined
			? {type: 'failed', failure: {code: 'server-error', message: `${name} did not answer in JSON`}}
			: {type: 'fine'};
	}

	if (code === undefined) {
		const message = `${name} led on to another address, which is not followed; check its url in config.toml`;
		return {type: 'failed', failure: {code: 'bad-arguments', message}};
	}

	const failure: Failure = {code, message: statusWords(name, status, code)};
	return busyStatuses.has(status) ? {type: 'busy', failure} : {type: 'failed', failure};
};

const statusWords = (name: string, status: number, code: FailureCode): string => {
	switch (code) {
		case 'not-found':
		case 'gone':
			return `${name} has nothing of that id`;
		case 'rate-limited':
			return `${name} gets too many requests`;
		case 'service-unavailable':
		case 'server-error':
		case 'timeout':
			return `${name} cannot answer at the moment (status ${status})`;
		default:
			return `${name} refused (status ${status})`;
	}
};

const faultFailure = (name: string, fault: {readonly code: string; readonly message: string}): Failure => {
	const words = `${fault.code} ${fault.message}`;
	const code =
		fault.code === 'E_TOO_LONG' ? 'server-error' : failureFromText(words, 'connection-lost', [[/TIMEOUT/, 'timeout']]);
	return {code, message: `${name} cannot be reached: ${shorten(maskSecrets(cleanText(fault.message)), 200)}`};
};

const tooLong = (name: string, wait: Duration): Failure => ({
	code: 'rate-limited',
	message: `${name} wants to be left alone for ${spoken(wait)}; ask again then`,
	retryAfter: wait,
});

const spoken = (wait: Duration): string =>
	wait < 120_000 ? `${Math.ceil(wait / 1000)} s` : `${Math.ceil(wait / 60_000)} min`;

const parseJson = (text: string): unknown => {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
};
