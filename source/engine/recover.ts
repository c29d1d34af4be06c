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
		const bytes = await core.finisher.sizeOf(job.id);
		const moved = await core.store.move(job.id, undefined, {event: 'lose', at: core.clock.now(), bytes});
		if (!moved.ok || moved.job === undefined) continue;
		core.log.write(job.id, `the scheduler ended while this job was ${job.status}; it goes on from ${bytes} bytes`);
		if (moved.job.status === 'cancelled') await core.finisher.clear(job.id);
	}

	return lost.length;
};
