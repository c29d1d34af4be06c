import type {Core} from './core.ts';

/** How long the engine waits before it tries a refused write again. */
const retryAfter = 1000;

/** Tries that are left to an engine that is closing; what it cannot write then is recovered at the next start. */
const lastTries = 5;

const noticeKey = 'store';

/**
 * Repeats a write until the store takes it: an outcome that cannot be written now (disk full) is neither lost nor made up.
 * Every write is compare-and-set, so that a repetition of one that did go through changes nothing; `isRepeated` says that
 * this may have happened. Rejects only while the engine closes.
 */
export const untilStored = async <Result>(
	core: Core,
	write: (isRepeated: boolean) => Promise<Result>,
): Promise<Result> => {
	let triesAtEnd = 0;
	for (let isRepeated = false; ; isRepeated = true) {
		try {
			const result = await write(isRepeated);
			if (core.live.notices.delete(noticeKey)) core.touch('state');
			return result;
		} catch (error) {
			if (core.live.isStopping && ++triesAtEnd >= lastTries) throw error;
			const text = `the queue cannot be written: ${reasonOf(error)}`;
			if (core.live.notices.get(noticeKey) !== text) {
				core.live.notices.set(noticeKey, text);
				core.events.emit({type: 'notice', at: core.clock.now(), text});
				core.touch('state');
			}

			await new Promise<void>(resolve => {
				core.clock.at(core.clock.now() + retryAfter, resolve);
			});
		}
	}
};

/** What is wrong, without the one job that met it: the same for all of them. */
const reasonOf = (error: unknown): string => {
	if (!(error instanceof Error)) return String(error);
	return error.cause instanceof Error ? error.cause.message : error.message;
};
