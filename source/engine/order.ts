import {setImmediate as nextTurn} from 'node:timers/promises';
import type {JobId} from '../domain/job.ts';
import type {StepId} from '../domain/undo.ts';
import type {Core} from './core.ts';
import type {CommandResult, Place, Refusal} from './ports.ts';

/** Jobs that change their place in one transaction. */
const chunkSize = 500;

type Moved = {readonly changed: readonly JobId[]; readonly refused: readonly Refusal[]};

/** Gives jobs a priority; they keep their order among themselves. What runs has turns in between. */
export const prioritise = (
	core: Core,
	ids: readonly JobId[],
	priority: number,
	step?: StepId,
): Promise<CommandResult> =>
	inChunks(
		core,
		ids,
		chunks => chunks,
		chunk => core.store.prioritise(chunk, priority, step),
	);

/** Moves jobs to a place; they keep their order among themselves. */
export const reorder = (core: Core, ids: readonly JobId[], place: Place, step?: StepId): Promise<CommandResult> => {
	// Each chunk goes above all others, so that the last one has to go first.
	const isTop = 'at' in place && place.at === 'top';
	return inChunks(
		core,
		ids,
		chunks => (isTop ? chunks.toReversed() : chunks),
		chunk => core.store.reorder(chunk, place, step),
	);
};

type Chunks = ReadonlyArray<readonly JobId[]>;

const split = (ids: readonly JobId[]): Chunks =>
	Array.from({length: Math.ceil(ids.length / chunkSize)}, (_, index) =>
		ids.slice(index * chunkSize, (index + 1) * chunkSize),
	);

/** One chunk is put in order by the store; many have to be put in order before. */
const chunksOf = async (core: Core, named: readonly JobId[]): Promise<Chunks> => {
	const ids = [...new Set(named)];
	if (ids.length <= chunkSize) return [ids];
	const placed: Array<{readonly id: JobId; readonly order: number}> = [];
	for (const chunk of split(ids)) {
		const orders = await core.store.orders(chunk);
		for (const [index, id] of chunk.entries()) placed.push({id, order: orders[index] ?? Infinity});
		await nextTurn();
	}

	return split(placed.toSorted((a, b) => (a.order === b.order ? 0 : a.order - b.order)).map(({id}) => id));
};

const inChunks = async (
	core: Core,
	ids: readonly JobId[],
	inTurn: (chunks: Chunks) => Chunks,
	move: (chunk: readonly JobId[]) => Promise<Moved>,
): Promise<CommandResult> => {
	const changed: JobId[] = [];
	const refused: Refusal[] = [];
	const work = core.works.begin({label: 'moving jobs', total: ids.length, canCancel: true});
	try {
		for (const [index, chunk] of inTurn(await chunksOf(core, ids)).entries()) {
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
