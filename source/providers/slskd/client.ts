import type {Failure} from '../../domain/failure.ts';
import type {Duration} from '../../domain/time.ts';
import type {Api, ApiAnswer} from '../../system/api.ts';
import {refusal, unreachable, unreadable, unexpected} from './failures.ts';
import {parseVersion} from './parse.ts';
import {readApplication, type Question, type Version} from './requests.ts';
import {unlessAborted} from './wait.ts';

export type Reply =
	| {readonly type: 'answer'; readonly status: number; readonly text: string}
	| {
			readonly type: 'failed';
			readonly failure: Failure;
			/** Nobody knows whether it was carried out. */
			readonly isInDoubt: boolean;
	  }
	| {readonly type: 'stopped'};

export type Client = {
	/** One question. What the key and the line are to blame for is a failure; every other status is an answer. Never rejects. */
	ask(question: Question, how: How): Promise<Reply>;
	/** The version that runs, asked for once until slskd was away. */
	version(signal: AbortSignal): Promise<{readonly version: Version} | Exclude<Reply, {type: 'answer'}>>;
};

export type How = {readonly signal: AbortSignal; readonly timeout?: Duration; readonly mostBytes?: number};

export type ClientOptions = {
	readonly api: Api;
	/** With its base path, without a slash at the end, without credentials. */
	readonly url: string;
	/** The key, or why there is none. Asked for at each question until there is one. */
	readonly apiKey: () => {readonly ok: true; readonly value: string} | {readonly ok: false; readonly problem: string};
};

const patience: Duration = 20_000;

/** Codes of an exchange that never began: nothing was carried out. */
const notBegun = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);
/** A connection that was kept and is gone: whoever only asks may ask again. */
const isGone = new Set(['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET']);

/** Talks to slskd. The key travels in a header and nowhere else. */
export const createClient = ({api, url, apiKey}: ClientOptions): Client => {
	let known: Version | undefined;
	let asking: ReturnType<typeof askVersion> | undefined;
	const exchange = async (question: Question, key: string, how: How): Promise<ApiAnswer> => {
		const {method, path, isRoot = false, body} = question;
		return api.ask({
			method,
			url: `${url}${isRoot ? '' : '/api/v0'}${path}`,
			headers: isRoot ? {} : {'x-api-key': key},
			...(body === undefined ? {} : {body}),
			signal: how.signal,
			timeout: how.timeout ?? patience,
			mostBytes: how.mostBytes ?? 64 * 2 ** 20,
		});
	};
	const ask = async (question: Question, how: How): Promise<Reply> => {
		const key = apiKey();
		if (!key.ok) {
			const message = `slskd: api_key in [providers.slskd] cannot be read: ${key.problem}`;
			return {type: 'failed', failure: {code: 'misconfigured', message}, isInDoubt: false};
		}

		let answer = await exchange(question, key.value, how);
		if (answer.type === 'failed' && question.method === 'GET' && isGone.has(answer.fault.code)) {
			answer = await exchange(question, key.value, how);
		}

		if (answer.type === 'stopped') return answer;
		if (answer.type === 'failed') {
			known = undefined;
			const {code} = answer.fault;
			return {type: 'failed', failure: unreachable(url, answer.fault), isInDoubt: !notBegun.has(code)};
		}

		const failure = refusal(answer.status);
		return failure === undefined
			? {type: 'answer', status: answer.status, text: answer.text}
			: {type: 'failed', failure, isInDoubt: false};
	};
	const askVersion = async (): ReturnType<Client['version']> => {
		const reply = await ask(readApplication, {signal: AbortSignal.timeout(patience)});
		if (reply.type !== 'answer') return reply;
		if (reply.status !== 200) {
			return {type: 'failed', failure: unexpected('its version', reply.status, reply.text), isInDoubt: false};
		}

		known = parseVersion(reply.text);
		return known === undefined
			? {type: 'failed', failure: unreadable('its version'), isInDoubt: false}
			: {version: known};
	};
	return {
		ask,
		async version(signal) {
			if (known !== undefined) return {version: known};
			// One question for all who ask at the same time.
			asking ??= askVersion().finally(() => {
				asking = undefined;
			});
			return (await unlessAborted(asking, signal)) ?? {type: 'stopped'};
		},
	};
};
