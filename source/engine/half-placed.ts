import type {JobId} from '../domain/job.ts';
import type {JobEvent} from '../domain/transitions.ts';
import type {Core} from './core.ts';
import type {Refusal} from './ports.ts';

/**
 * Leaves out of a cancel or a removal the jobs whose file is in its place already: a crash came between the placing and the
 * word of it. Nobody would know of that file any more; such a job completes by itself. Where nobody can look, it is left
 * alone as well.
 */
export const withoutPlaced = async (
	{store, finisher}: Core,
	event: JobEvent,
	ids: readonly JobId[],
	refused: Refusal[],
): Promise<readonly JobId[]> => {
	if (event !== 'cancel' && event !== 'remove') return ids;
	const placed = new Set<JobId>();
	for (const job of await store.halfPlaced(ids)) {
		if (job.placing === undefined) continue;
		const reason = await finisher.isPlaced(job, job.placing).then(
			isPlaced =>
				isPlaced ? 'its file is in its place already; the job completes by itself, remove it afterwards' : undefined,
			(error: unknown) => `nobody can tell whether its file is in its place already: ${messageOf(error)}`,
		);
		if (reason === undefined) continue;
		placed.add(job.id);
		refused.push({id: job.id, reason});
	}

	return placed.size === 0 ? ids : ids.filter(id => !placed.has(id));
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
