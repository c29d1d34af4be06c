/*
 * The thread that writes tags: the library reads and writes synchronously and takes a quarter of a second to load, and a
 * file that was made to keep it busy for ever must not stop the queue. It is started by tags-tagger.ts.
 */
import {isMainThread, parentPort, workerData} from 'node:worker_threads';
import {writeTags, type TagOrder} from './tags-write.ts';

/** What became of an order. `code`: that of the filesystem, where it was its fault. */
export type TagAnswer =
	| {readonly type: 'written'}
	| {readonly type: 'refused'; readonly why: string}
	| {readonly type: 'failed'; readonly code: string; readonly message: string};

const answer = (order: TagOrder): TagAnswer => {
	try {
		const why = writeTags(order);
		return why === undefined ? {type: 'written'} : {type: 'refused', why};
	} catch (error) {
		const {code, message} = error as {readonly code?: unknown; readonly message?: unknown};
		// Codes of the filesystem are like ENOSPC; those of Node itself tell of a file that the library could not make out.
		return typeof code === 'string' && /^E[A-Z\d]+$/.test(code)
			? {type: 'failed', code, message: String(message)}
			: {type: 'refused', why: `the library for tags cannot make it out: ${String(message)}`};
	}
};

if (!isMainThread && workerData === 'tags') {
	parentPort?.on('message', (order: TagOrder) => {
		// oxlint-disable-next-line unicorn/require-post-message-target-origin -- a port of a thread, not a window
		parentPort?.postMessage(answer(order));
	});
}
