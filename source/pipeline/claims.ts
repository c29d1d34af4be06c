import type {Job, JobId} from '../domain/job.ts';
import type {Clock, JobLog, JobStore} from '../engine/ports.ts';
import type {ClaimForAttempt} from './gate.ts';
import type {Link} from './link.ts';
import type {Outbox} from './outbox.ts';
import {malOfJob} from './request.ts';
import type {Shared} from './shared.ts';
import {cancelledWords, failedWords, keyText, removedWords} from './stages.ts';
import {claimRow} from './writes.ts';

export type ClaimParts = {
	readonly clock: Clock;
	readonly store: JobStore;
	readonly log: Pick<JobLog, 'remove'>;
	readonly link: Link;
	readonly outbox: Outbox;
	readonly shared: Shared;
	readonly mal: number | undefined;
	readonly say: (text: string) => void;
};

export type Claims = {
	readonly claim: ClaimForAttempt;
	/** Takes a job out of the queue whose row belongs to somebody else. */
	forget(id: JobId): Promise<void>;
};

/** Takes rows for attempts that begin, and gives up the jobs whose row is not to be had. */
export const createClaims = ({clock, store, log, link, outbox, shared, mal, say}: ClaimParts): Claims => {
	const giveUp = async (job: Job, why: string): Promise<void> => {
		shared.given.add(job.id);
		say(`${job.title} is left alone: ${why}`);
		// Not by a command: an undo is for what a person has done.
		await store.moveMany([job.id], {event: 'cancel', at: clock.now(), bytes: 0});
	};

	return {
		async claim(job, key, {signal}) {
			await Promise.race([shared.ready.promise, aborted(signal)]);
			// Whoever stops the bridge ends the attempts next; to return before would be a failure.
			if (shared.isStopping) await aborted(signal);
			// One that has begun is finished: its bytes are worth more than the order of things.
			if (mal !== undefined && malOfJob(job) !== String(mal) && job.bytes === 0) {
				await giveUp(job, `only series ${mal} is taken now, and its row stays queued`);
				return false;
			}

			const told = [cancelledWords, removedWords, ...(await toldOf(store, job.id))];
			await Promise.race([outbox.flush(), aborted(signal)]);
			const answer = await link.use(connection => claimRow(connection, key, clock.now(), told), signal);
			if (answer === undefined) return false;
			if (!answer.result.isOurs) {
				await giveUp(job, `its row in the pipeline is ${answer.result.stage ?? 'gone'}`);
				return false;
			}

			shared.running.set(keyText(key), {key, since: clock.now()});
			return true;
		},
		async forget(id) {
			try {
				await store.moveMany([id], {event: 'remove', at: clock.now()});
				await log.remove(id);
				await shared.engine?.send({type: 'wake'});
			} catch {
				// It stays in the list as cancelled.
			} finally {
				shared.given.delete(id);
			}
		},
	};
};

/** What the row was told of the last attempt: a job that is tried again while the row still says so was retried by a person. */
const toldOf = async (store: JobStore, id: JobId): Promise<readonly string[]> => {
	const last = (await store.attempts(id)).findLast(({error}) => error !== undefined);
	return last === undefined ? [] : [failedWords(last)];
};

const aborted = (signal: AbortSignal): Promise<void> =>
	new Promise(resolve => {
		if (signal.aborted) resolve();
		else signal.addEventListener('abort', () => resolve(), {once: true});
	});
