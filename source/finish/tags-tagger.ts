import {existsSync} from 'node:fs';
import {Worker} from 'node:worker_threads';
import type {TagAnswer} from './tags-thread.ts';
import type {TagOrder} from './tags-write.ts';
import type {Duration} from '../domain/time.ts';

export type Tagger = {
	/** Writes tags into a file of our own, one file at a time. Rejects where the signal aborts it, and after too long a time. */
	tag(order: TagOrder, signal: AbortSignal): Promise<TagAnswer>;
	/** Ends the thread. */
	close(): Promise<void>;
};

/** One thread, started with the first file, ended when it has had nothing to do for a while or would not end by itself. */
export const createTagger = (options: {readonly idleFor?: Duration; readonly patience?: Duration} = {}): Tagger => {
	const {idleFor = 30_000, patience = 120_000} = options;
	let worker: Worker | undefined;
	let last: Promise<unknown> = Promise.resolve();
	let idle: NodeJS.Timeout | undefined;
	const end = async (): Promise<void> => {
		clearTimeout(idle);
		const ended = worker;
		worker = undefined;
		await ended?.terminate();
	};
	const run = async (order: TagOrder, signal: AbortSignal): Promise<TagAnswer> => {
		signal.throwIfAborted();
		clearTimeout(idle);
		worker ??= startThread();
		const thread = worker;
		thread.ref();
		try {
			return await ask(thread, order, AbortSignal.any([signal, AbortSignal.timeout(patience)]));
		} catch (error) {
			await end();
			signal.throwIfAborted();
			const message = error instanceof Error ? error.message : String(error);
			return {type: 'refused', why: `the library for tags did not come to an end: ${message}`};
		} finally {
			// Nothing keeps the process alive for it while it waits.
			thread.unref();
			idle = setTimeout(() => void end(), idleFor).unref();
		}
	};

	return {
		tag(order, signal) {
			const answer = last.then(() => run(order, signal));
			last = answer.catch(() => undefined);
			return answer;
		},
		close: end,
	};
};

const startThread = (): Worker => new Worker(threadFile(), {workerData: 'tags', execArgv: []});

const ask = (worker: Worker, order: TagOrder, signal: AbortSignal): Promise<TagAnswer> =>
	new Promise((resolve, reject) => {
		const done = (settle: () => void): void => {
			signal.removeEventListener('abort', onAbort);
			worker.off('message', onMessage).off('error', onError).off('exit', onExit);
			settle();
		};
		const onMessage = (answer: TagAnswer): void => done(() => resolve(answer));
		const onError = (error: unknown): void => done(() => reject(error));
		const onExit = (): void => done(() => reject(new Error('its thread has ended')));
		const onAbort = (): void => done(() => reject(signal.reason));
		worker.once('message', onMessage).once('error', onError).once('exit', onExit);
		signal.addEventListener('abort', onAbort, {once: true});
		// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of a thread, not a window
		worker.postMessage(order);
	});

/** The thread's file: beside this one in the sources, beside the bundle or one above its chunks when built. */
const threadFile = (): URL => {
	if (import.meta.url.endsWith('.ts')) return new URL('./tags-thread.ts', import.meta.url);
	const beside = new URL('./tags-thread.js', import.meta.url);
	return existsSync(beside) ? beside : new URL('../tags-thread.js', import.meta.url);
};
