import type {Hold} from './hold.ts';
import type {BatchId, Job} from './job.ts';

/** How many batches are under way at once, and how many jobs of each run; undefined: as many as there are. */
export type BatchLimits = {readonly maxActive: number | undefined; readonly maxPerBatch: number | undefined};

export const noBatchLimits: BatchLimits = {maxActive: undefined, maxPerBatch: undefined};

/** Jobs of all batches but these, and those without one; or only those of these batches, where undefined is no batch. */
export type Among = {readonly except: readonly BatchId[]} | {readonly only: ReadonlyArray<BatchId | undefined>};

/** What of the world the limits are about. */
export type BatchWorld = {
	readonly running: ReadonlyArray<{readonly batch?: BatchId | undefined}>;
	readonly batchLimits?: BatchLimits;
};

/** Why no job of a batch starts now. A batch is under way while one of its jobs holds a worker slot. */
export const holdOfBatch = (
	batch: BatchId | undefined,
	{running, batchLimits: limits = noBatchLimits}: BatchWorld,
): Hold | undefined => {
	if (batch === undefined || (limits.maxActive === undefined && limits.maxPerBatch === undefined)) return undefined;
	const counts = countByBatch(running);
	const own = counts.get(batch);
	if (own !== undefined && own >= (limits.maxPerBatch ?? Infinity)) {
		return {reason: 'batch-busy', running: own, limit: limits.maxPerBatch ?? own};
	}

	return own === undefined && counts.size >= (limits.maxActive ?? Infinity)
		? {reason: 'batches-busy', active: counts.size, limit: limits.maxActive ?? counts.size}
		: undefined;
};

/** Among which jobs those are that the limits let start now; undefined where that is all of them. */
export const freeAmong = ({running, batchLimits: limits = noBatchLimits}: BatchWorld): Among | undefined => {
	if (limits.maxActive === undefined && limits.maxPerBatch === undefined) return undefined;
	const counts = countByBatch(running);
	const isFull = (batch: BatchId): boolean => (counts.get(batch) ?? 0) >= (limits.maxPerBatch ?? Infinity);
	const active = [...counts.keys()];
	if (counts.size >= (limits.maxActive ?? Infinity)) {
		return {only: [undefined, ...active.filter(batch => !isFull(batch))]};
	}

	const except = active.filter(batch => isFull(batch));
	return except.length === 0 ? undefined : {except};
};

const countByBatch = (running: BatchWorld['running']): ReadonlyMap<BatchId, number> => {
	const counts = new Map<BatchId, number>();
	for (const {batch} of running) if (batch !== undefined) counts.set(batch, (counts.get(batch) ?? 0) + 1);
	return counts;
};

/**
 * The order in which jobs get their chance. It is their own, but where batches are limited, one that was begun goes before
 * others of the same priority: among the places of such jobs; those without a batch keep theirs.
 */
export const lineUp = (jobs: readonly Job[], begun: ReadonlySet<BatchId> | undefined): readonly Job[] => {
	const line = jobs.toSorted((a, b) => a.order - b.order || a.id - b.id);
	if (begun === undefined || begun.size === 0) return line;
	const isBegun = ({batch}: Job): boolean => batch !== undefined && begun.has(batch);
	const inBatches = Map.groupBy(
		line.filter(({batch}) => batch !== undefined),
		({priority}) => priority,
	);
	const next = new Map(
		[...inBatches].map(([priority, members]) => [
			priority,
			[...members.filter(job => isBegun(job)), ...members.filter(job => !isBegun(job))].values(),
		]),
	);
	return line.map(job => (job.batch === undefined ? job : (next.get(job.priority)?.next().value ?? job)));
};
