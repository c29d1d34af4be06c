import {jobStatuses, type JobId} from '../domain/job.ts';
import {isLegal, type JobEvent} from '../domain/transitions.ts';
import type {Core} from './core.ts';
import type {JobFilter, Refusal, Selection} from './ports.ts';

/** Jobs that are changed in one transaction: a few milliseconds, so that keys and attempts are heard in between. */
const chunkSize = 250;

/** Jobs that a selection means, and those that it does not mean any more. */
export type SelectedChunk = {readonly ids: readonly JobId[]; readonly refused: readonly Refusal[]};

/** The ids of a selection in chunks. A filter takes in only jobs that the event is legal for: "pause all" is not refused by what has ended. */
export const selected = async function* (
	core: Pick<Core, 'store'>,
	event: JobEvent,
	selection: Selection,
): AsyncGenerator<SelectedChunk> {
	if ('ids' in selection) {
		for (let from = 0; from < selection.ids.length; from += chunkSize)
			yield stillMeant(core, selection.ids.slice(from, from + chunkSize), selection.statuses);
		return;
	}

	const wanted = selection.filter.statuses ?? jobStatuses;
	const filter: JobFilter = {...selection.filter, statuses: wanted.filter(status => isLegal(status, event))};
	if (filter.statuses?.length === 0) return;
	const except = new Set(selection.except);
	let after: JobId | undefined;
	for (;;) {
		const ids = await core.store.ids(filter, chunkSize, after);
		if (ids.length === 0) return;
		after = ids.at(-1);
		yield {ids: except.size === 0 ? ids : ids.filter(id => !except.has(id)), refused: []};
		if (ids.length < chunkSize) return;
	}
};

const stillMeant = async (
	core: Pick<Core, 'store'>,
	ids: readonly JobId[],
	statuses: Extract<Selection, {ids: unknown}>['statuses'],
): Promise<SelectedChunk> => {
	if (statuses === undefined) return {ids, refused: []};
	const jobs = await Promise.all(ids.map(id => core.store.get(id)));
	const refused = jobs.flatMap((job): readonly Refusal[] =>
		job === undefined || statuses.includes(job.status) ? [] : [{id: job.id, reason: `it is ${job.status} now`}],
	);
	const left = new Set(refused.map(({id}) => id));
	// Those that are not there at all are told by the store.
	return {ids: ids.filter(id => !left.has(id)), refused};
};
