import type {JobView} from '../domain/job.ts';
import type {Core} from './core.ts';
import type {GroupedRow, GroupedRowView} from './ports.ts';
import {viewsOf} from './publish.ts';

/** Rows of a grouped list with what only the scheduler knows; a batch waits for what its next job waits for. */
export const groupedViewsOf = (core: Core, rows: readonly GroupedRow[]): readonly GroupedRowView[] => {
	const jobs = rows.flatMap(row => (row.kind === 'job' ? row.job : (row.next ?? [])));
	const views = new Map(viewsOf(core, jobs).map(view => [view.id, view]));
	return rows.flatMap((row): readonly GroupedRowView[] => {
		if (row.kind === 'batch') {
			const {kind, batch, isOpen, next} = row;
			return [{kind, isOpen, batch: {...batch, hold: next === undefined ? undefined : views.get(next.id)?.hold}}];
		}

		const job: JobView | undefined = views.get(row.job.id);
		return job === undefined ? [] : [{kind: 'job', job}];
	});
};
