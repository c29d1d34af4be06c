import {randomUUID} from 'node:crypto';
import {cleanText, maskSecrets, shorten} from '../domain/text.ts';
import type {Duration, Instant} from '../domain/time.ts';
import type {Api, ApiAnswer} from '../system/api.ts';
import {runTool} from '../system/run-tool.ts';
import type {Result} from './line.ts';
import type {Notice} from './notice.ts';
import {commandEnvironment, ntfyBody, webhookBody} from './payload.ts';
import type {CommandTarget, NtfyTarget, Target, WebhookTarget} from './target.ts';

export type Means = {
	readonly api: Api;
	/** What the servers are told: tidegate and its version. */
	readonly userAgent: string;
	readonly signal: AbortSignal;
	readonly now: () => Instant;
};

/** Sends one notice once. Never rejects; ends within the target's timeout. */
export const deliver = async (
	target: Exclude<Target, {type: 'desktop'}>,
	notice: Notice,
	means: Means,
): Promise<Result> => {
	switch (target.type) {
		case 'command':
			return runCommand(target, notice, means.signal);
		case 'webhook':
			return post(target, webhookBody(notice), target.headers, means);
		case 'ntfy':
			return post({...target, url: target.server}, ntfyBody(notice, target), tokenHeader(target), means);
	}
};

const tokenHeader = ({token}: NtfyTarget): Readonly<Record<string, string>> =>
	token === undefined ? {} : {authorization: `Bearer ${token}`};

const runCommand = async (target: CommandTarget, notice: Notice, signal: AbortSignal): Promise<Result> => {
	const exit = await runTool({
		command: target.command,
		args: target.args,
		cwd: '/',
		env: commandEnvironment(notice),
		token: `notify-${randomUUID()}`,
		signal: AbortSignal.any([signal, AbortSignal.timeout(target.timeout)]),
		killAfter: 1000,
	});
	if (exit.type === 'not-started') return {type: 'refused', problem: exit.message};
	const {command} = target;
	if (exit.isStopped) {
		return {type: 'refused', problem: `${command} did not end within ${target.timeout / 1000} s and was ended`};
	}

	if (exit.exitCode === 0) return {type: 'delivered', detail: `${command} ended with 0`};
	const words = [...exit.lastStderrLines, ...exit.lastStdoutLines].at(-1);
	const how = exit.exitCode === undefined ? `was ended by ${exit.signal ?? 'a signal'}` : `ended with ${exit.exitCode}`;
	return {type: 'refused', problem: `${command} ${how}${words === undefined ? '' : `: ${told(words)}`}`};
};

const post = async (
	target: Pick<WebhookTarget, 'url' | 'timeout'>,
	body: unknown,
	headers: Readonly<Record<string, string>>,
	{api, userAgent, signal, now}: Means,
): Promise<Result> => {
	const answer = await api.ask({
		method: 'POST',
		url: target.url,
		headers: {'user-agent': userAgent, ...headers},
		body,
		signal,
		timeout: target.timeout,
		mostBytes: 64 * 1024,
	});
	return resultOf(answer, new URL(target.url).host, now());
};

/** Worth trying again: too much at once, or the server's own trouble. Everything else says no to what was sent. */
const isForLater = (status: number): boolean => [408, 421, 425, 429].includes(status) || status >= 500;

const resultOf = (answer: ApiAnswer, host: string, now: Instant): Result => {
	switch (answer.type) {
		case 'stopped':
			return {type: 'later', problem: 'the scheduler ended'};
		case 'failed': {
			// An answer that is too long is an answer: the notice has arrived.
			if (answer.fault.code === 'E_TOO_LONG') return {type: 'delivered', detail: `${host} answered`};
			return {type: 'later', problem: `${host} cannot be reached: ${told(answer.fault.message)}`};
		}

		case 'answer': {
			const {status} = answer;
			if (status >= 200 && status < 300) return {type: 'delivered', detail: `${host} answered HTTP ${status}`};
			if (isForLater(status)) {
				return {
					type: 'later',
					problem: `${host} answered HTTP ${status}`,
					after: retryAfter(answer.headers['retry-after'], now),
				};
			}

			if (status >= 300 && status < 400) {
				return {type: 'refused', problem: `${host} sends elsewhere (HTTP ${status}), which is not followed`};
			}

			const words = told(answer.text);
			return {type: 'refused', problem: `${host} refused it with HTTP ${status}${words === '' ? '' : `: ${words}`}`};
		}
	}
};

/** What a server asks for, in seconds or as a date (RFC 9110, 10.2.3). */
const retryAfter = (value: string | undefined, now: Instant): Duration | undefined => {
	if (value === undefined) return undefined;
	if (/^\s*\d{1,9}\s*$/.test(value)) return Number(value) * 1000;
	const at = Date.parse(value);
	return Number.isNaN(at) ? undefined : Math.max(0, at - now);
};

const told = (text: string): string => shorten(maskSecrets(cleanText(text.slice(0, 2000))), 200);
