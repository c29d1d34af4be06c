import type {Duration} from '../domain/time.ts';
import {clearDirectory} from './aside.ts';
import type {Core} from './core.ts';
import type {RunningJob} from './live.ts';

/**
 * How long a provider may take to end once it was asked to. Tools are killed after a few seconds, so that whoever is still
 * there then has a defect, or is held by the kernel (a write to a server that does not answer).
 */
export const abortGrace: Duration = 30_000;

/** What an attempt is told that did not end in time: as if it had stopped. */
const stopped = {type: 'stopped'} as const;

/**
 * Lets a provider work, and hears nothing of it any more when it has settled, however it did. One that does not end in time
 * when asked to is given up: its slot is free, and nothing that it says or returns later counts. The directory stays its own
 * until it settles: the job waits for that (`still-ending`) rather than being given another directory, because the bytes
 * that can be resumed lie in this one, a second copy would want its space twice over, and on a disk that hangs the next
 * attempt would only hang as well. A restart ends the wait in any case.
 */
export const heard = async <Outcome>(
	core: Core,
	attempt: RunningJob,
	work: () => Promise<Outcome>,
): Promise<Outcome | typeof stopped> => {
	const grace = graceOf(core, attempt.abort.signal);
	const working = Promise.resolve().then(work);
	try {
		const first = await Promise.race([working, grace.isOver]);
		if (first !== outOfPatience) return first;
		giveUp(core, attempt, working);
		return stopped;
	} finally {
		grace.end();
		attempt.isSettling = true;
	}
};

/** Waits for something that should end, but no longer than for a provider; whether it has. Rejects as it does. */
export const withinGrace = async ({clock}: Core, ending: Promise<unknown>): Promise<boolean> => {
	const {promise, resolve} = Promise.withResolvers<false>();
	const cancel = clock.at(clock.now() + abortGrace, () => resolve(false));
	return Promise.race([ending.then(() => true), promise]).finally(cancel);
};

const outOfPatience = Symbol('out of patience');

/** Begins to count when the signal is aborted. */
const graceOf = (
	{clock}: Core,
	signal: AbortSignal,
): {readonly isOver: Promise<typeof outOfPatience>; readonly end: () => void} => {
	const {promise, resolve} = Promise.withResolvers<typeof outOfPatience>();
	let cancel: (() => void) | undefined;
	const begin = (): void => {
		cancel = clock.at(clock.now() + abortGrace, () => resolve(outOfPatience));
	};

	if (signal.aborted) begin();
	else signal.addEventListener('abort', begin, {once: true});
	return {
		isOver: promise,
		end() {
			signal.removeEventListener('abort', begin);
			cancel?.();
		},
	};
};

const giveUp = (core: Core, attempt: RunningJob, working: Promise<unknown>): void => {
	const {id, provider} = attempt.job;
	core.live.unended.add(id);
	core.log.write(
		id,
		`${provider} has not ended ${abortGrace / 1000} s after it was asked to; it is not waited for any longer`,
	);
	// Whatever it has started and left behind: without those it may come to its end after all.
	core.endSurvivors([attempt.token]).catch(() => undefined);
	const settled = async (): Promise<void> => {
		// Before a retry may use the directory: what a job that was given up as well left there is nobody's.
		const status = await core.store.get(id).then(
			job => job?.status,
			() => 'unknown',
		);
		if (status === undefined || status === 'cancelled') await clearDirectory(core, id);
		core.live.unended.delete(id);
		core.touch('state');
		core.wake('queue');
	};
	void working.catch(() => undefined).then(settled);
};
