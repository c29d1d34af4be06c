import PQueue from 'p-queue';
import type {Failure} from '../../domain/failure.ts';
import type {Duration, Instant} from '../../domain/time.ts';
import type {Clock} from '../../engine/ports.ts';
import type {Client, Reply} from './client.ts';
import {notConnected, unexpected, unreadable} from './failures.ts';
import {parseResponses, parseSearch, type FoundFile} from './parse-search.ts';
import {readResponses, readSearch, removeSearch, startSearch, stopSearch} from './requests.ts';
import {pause, unlessAborted} from './wait.ts';

export type Searched =
	| {readonly type: 'found'; readonly files: readonly FoundFile[]}
	/** Somebody else has found it while this one waited for its turn. */
	| {readonly type: 'unwanted'}
	| {readonly type: 'failed'; readonly failure: Failure}
	| {readonly type: 'stopped'};

/** One search at a time, whoever asks. */
export type Searcher = {
	/** Resolves when the search is complete: before that nobody has any responses. `isStillWanted` is asked when its turn has come. */
	search(text: string, signal: AbortSignal, isStillWanted?: () => boolean): Promise<Searched>;
};

export type SearcherOptions = {
	readonly client: Client;
	readonly clock: Pick<Clock, 'now' | 'at' | 'uniqueName'>;
	/** The least time between the beginnings of two searches. */
	readonly interval: Duration;
	/** How long slskd waits for another response. */
	readonly timeout: Duration;
	/** How often it is asked whether a search is complete. */
	readonly poll: Duration;
};

/** Somebody else's search is being accepted: so often and so long it is asked again. */
const mostTries = 20;
const retryPause: Duration = 3000;

/** A search whose responses never end is stopped: so many times its timeout, and a little. */
const mostTimeouts = 4;
const margin: Duration = 30_000;

export const createSearcher = ({client, clock, interval, timeout, poll}: SearcherOptions): Searcher => {
	const line = new PQueue({concurrency: 1});
	let lastAt: Instant = -Infinity;

	const begin = async (text: string, signal: AbortSignal): Promise<{readonly id: string} | Searched> => {
		for (let tries = 1; ; tries++) {
			if (!(await pause(clock, Math.max(0, lastAt + interval - clock.now()), signal))) return {type: 'stopped'};
			const id = clock.uniqueName();
			lastAt = clock.now();
			const reply = await client.ask(startSearch(id, text, timeout), {signal});
			if (reply.type === 'stopped') {
				await end(id);
				return reply;
			}

			if (reply.type === 'failed') return {type: 'failed', failure: reply.failure};
			if (reply.status === 200 || reply.status === 201) return {id};
			if (reply.status === 409) return {type: 'failed', failure: notConnected};
			if (reply.status !== 429 || tries >= mostTries) {
				return {type: 'failed', failure: unexpected('a search', reply.status, reply.text)};
			}

			if (!(await pause(clock, retryPause, signal))) return {type: 'stopped'};
		}
	};

	/** Waits for the end; undefined where slskd has lost it. */
	const complete = async (id: string, signal: AbortSignal): Promise<Searched | 'complete' | undefined> => {
		const stopAt = clock.now() + mostTimeouts * timeout + margin;
		let isStopped = false;
		for (;;) {
			if (!(await pause(clock, poll, signal))) return {type: 'stopped'};
			const reply = await client.ask(readSearch(id), {signal});
			if (reply.type === 'stopped') return reply;
			if (reply.type === 'failed') return {type: 'failed', failure: reply.failure};
			if (reply.status === 404) return undefined;
			const state = reply.status === 200 ? parseSearch(reply.text) : undefined;
			if (state === undefined) return {type: 'failed', failure: notRead('a search', reply)};
			if (state.isComplete) return state.isBroken && !isStopped && state.responseCount === 0 ? undefined : 'complete';
			if (clock.now() < stopAt) continue;
			if (isStopped && clock.now() >= stopAt + margin) return 'complete';
			if (!isStopped) await client.ask(stopSearch(id), {signal});
			isStopped = true;
		}
	};

	/** Leaves nothing of it behind; nobody waits for it for long. */
	const end = async (id: string): Promise<void> => {
		const how = {signal: AbortSignal.timeout(4000), timeout: 2000};
		await client.ask(stopSearch(id), how);
		await client.ask(removeSearch(id), how);
	};

	const searchOnce = async (text: string, signal: AbortSignal): Promise<Searched | undefined> => {
		const begun = await begin(text, signal);
		if ('type' in begun) return begun;
		try {
			const ended = await complete(begun.id, signal);
			if (ended !== 'complete') return ended;
			const reply = await client.ask(readResponses(begun.id), {signal, timeout: 60_000});
			if (reply.type === 'stopped') return reply;
			if (reply.type === 'failed') return {type: 'failed', failure: reply.failure};
			const files = reply.status === 200 ? parseResponses(reply.text) : undefined;
			return files === undefined
				? {type: 'failed', failure: notRead('the responses to a search', reply)}
				: {type: 'found', files};
		} finally {
			await end(begun.id);
		}
	};

	return {
		async search(text, signal, isStillWanted = () => true) {
			if (signal.aborted) return {type: 'stopped'};
			let hasBegun = false;
			const working = line.add(async (): Promise<Searched> => {
				hasBegun = true;
				if (signal.aborted) return {type: 'stopped'};
				if (!isStillWanted()) return {type: 'unwanted'};
				// A restart of slskd loses the responses of what was under way: once more, and then it is a failure.
				return (await searchOnce(text, signal)) ?? (await searchOnce(text, signal)) ?? {type: 'failed', failure: lost};
			});
			// Who has given up waits for no turn; a search that is under way cleans up first.
			const searched = await unlessAborted(working, signal);
			return searched ?? (hasBegun ? working : {type: 'stopped'});
		},
	};
};

const lost: Failure = {code: 'tool-failed', message: 'slskd has lost the search, twice: was it restarted?'};

const notRead = (doing: string, reply: Extract<Reply, {type: 'answer'}>): Failure =>
	reply.status === 200 ? unreadable(doing) : unexpected(doing, reply.status, reply.text);
