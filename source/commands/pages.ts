import type {BatchId, JobView} from '../domain/job.ts';
import type {Engine, JobQuery} from '../engine/ports.ts';

/** Page after page of a query, so that a million jobs never stand in memory at once. */
export async function* pagesOf(engine: Engine, query: JobQuery): AsyncGenerator<readonly JobView[]> {
	let after = query.after;
	do {
		const page = await engine.list({limit: 1000, ...query, ...(after === undefined ? {} : {after})});
		yield page.rows;
		after = page.next;
	} while (after !== undefined);
}

/** Looks up titles of batches, each once. */
export const batchTitles = (engine: Engine): ((id: BatchId | undefined) => Promise<string | undefined>) => {
	const known = new Map<BatchId, string | undefined>();
	return async id => {
		if (id === undefined) return undefined;
		if (!known.has(id)) {
			// A batch may have a number as its title, and titles go before ids.
			const batch = await engine.findBatch(String(id));
			known.set(id, batch?.id === id ? batch.title : undefined);
		}

		return known.get(id);
	};
};
