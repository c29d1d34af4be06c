import {setImmediate as nextTurn} from 'node:timers/promises';
import type {JobId} from '../domain/job.ts';
import type {Core} from './core.ts';
import type {CommandResult, Place, Refusal} from './ports.ts';

/** Jobs that change their place in one transaction. */
const chunkSize = 500;

type Moved = {readonly changed: readonly JobId[]; readonly refused: readonly Refusal[]};

/** Gives jobs a priority, in the order in which they are named, with turns for what runs in between. */
export const prioritise = (core: Core, ids: readonly JobId[], priority: number): Promise<CommandResult> =>
	inChunks(core, chunksOf(ids), ids.length, chunk => core.store.prioritise(chunk, priority));

/** Moves jobs to a place; they keep their order among themselves. */
export const reorder = (core: Core, ids: readonly JobId[], place: Place): Promise<CommandResult> => {
	const chunks = chunksOf(ids);
	// Each chunk goes above all others, so that the last one has to go first.
	const isTop = 'at' in place && place.at === 'top';
	return inChunks(core, isTop ? chunks.toReversed() : chunks, ids.length, chunk => core.store.reorder(chunk, place));
};

const chunksOf = (ids: readonly JobId[]): ReadonlyArray<readonly JobId[]> => {
	const all = [...new Set(ids)];
	return Array.from({length: Math.ceil(all.length / chunkSize)}, (_, index) =>
		all.slice(index * chunkSize, (index + 1) * chunkSize),
	);
};

const inChunks = async (
	core: Core,
	chunks: ReadonlyArray<readonly JobId[]>,
	total: number,
	move: (chunk: readonly JobId[]) => Promise<Moved>,
): Promise<CommandResult> => {
	const changed: JobId[] = [];
	const refused: Refusal[] = [];
	const work = core.works.begin({label: 'moving jobs', total, canCancel: true});
	try {
		for (const [index, chunk] of chunks.entries()) {
			if (index > 0) await nextTurn();
			if (work.signal.aborted) return {ok: true, changed, refused, isStopped: true};
			const moved = await move(chunk);
			changed.push(...moved.changed);
			refused.push(...moved.refused);
			work.advance(changed.length + refused.length);
			if (index > 0) core.touch('state');
		}

		return {ok: true, changed, refused};
	} finally {
		work.end();
	}
};
