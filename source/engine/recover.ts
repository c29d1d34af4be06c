import type {Job} from '../domain/job.ts';
import {clearDirectory} from './conclude.ts';
import type {Core} from './core.ts';

/**
 * Takes over what a dead scheduler left behind: its processes are ended, its jobs go where the table sends the event
 * `lose`, their bytes and their half-done placings stay. Returns how many jobs that were.
 */
export const recover = async (core: Core): Promise<number> => {
	const lost = await core.store.active();
	const tokens = lost.flatMap(job => (job.attempt === undefined ? [] : [job.attempt]));
	if (tokens.length > 0) await core.endSurvivors(tokens);
	for (const job of lost) {
		const bytes = job.status === 'cancelling' ? 0 : await bytesOf(core, job);
		const moved = await core.store.move(job.id, undefined, {event: 'lose', at: core.clock.now(), bytes});
		if (!moved.ok || moved.job === undefined) continue;
		core.log.write(job.id, `the scheduler ended while this job was ${job.status}; it goes on from ${bytes} bytes`);
		if (moved.job.status === 'cancelled') await clearDirectory(core, job.id);
	}

	return lost.length;
};

/** What lies in the job's directory; where nobody can look (an unmounted volume), what was known of it. */
const bytesOf = async (core: Core, job: Job): Promise<number> => {
	try {
		return await core.finisher.sizeOf(job.id);
	} catch {
		return job.bytes;
	}
};
