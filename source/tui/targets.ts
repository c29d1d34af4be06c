import type {BatchId, JobStatus, JobView} from '../domain/job.ts';
import type {JobFilter, Selection} from '../engine/ports.ts';
import {plural} from './format.ts';
import type {PaneId} from './layout.ts';
import {hasMarks, isMarked, namedBy, withRange, type Marks} from './marks.ts';
import type {BatchRow, PaneRow} from './rows.ts';
import type {ScreenModel} from './screen.ts';
import {paneStatuses, paneTotals} from './select.ts';

/** What an act is about: the marked rows where there are any, otherwise the row under the cursor. */
export type Targets = {
	/** The same for the engine; several where single jobs and whole batches are meant. */
	readonly selections: readonly Selection[];
	/** How many jobs, or undefined where only the queue could tell. */
	readonly number: number | undefined;
	/** Those that are held, in the order of the pane. */
	readonly jobs: readonly JobView[];
	/** The statuses that they can have. */
	readonly statuses: readonly JobStatus[];
	/** `3 jobs`, or the title where it is one. */
	readonly name: string;
	readonly areMarks: boolean;
};

/** What acts are about now; undefined where there is nothing. */
export const targetsOf = (screen: ScreenModel): Targets | undefined => {
	const state = screen.ui.getState();
	const pane = state.focus;
	const marked = state.panes[pane];
	if (hasMarks(marked)) return marksTargets(screen, pane, withRange(marked));
	const row = screen.selectedRow();
	if (row === undefined) return undefined;
	return row.kind === 'job' ? jobTargets(row.job) : batchTargets(pane, row);
};

const jobTargets = (job: JobView): Targets => ({
	selections: [{ids: [job.id]}],
	number: 1,
	jobs: [job],
	statuses: [job.status],
	name: job.title,
	areMarks: false,
});

const batchTargets = (pane: PaneId, {batch}: BatchRow): Targets => {
	const statuses = paneStatuses[pane].filter(status => batch.counts[status] > 0);
	const number = statuses.reduce((sum, status) => sum + batch.counts[status], 0);
	return {
		selections: [{filter: {batch: batch.id, statuses: paneStatuses[pane]}}],
		number,
		jobs: [],
		statuses,
		name: number === 1 ? batch.title : `${plural(number, 'job')} of ${batch.title}`,
		areMarks: false,
	};
};

const marksTargets = (screen: ScreenModel, pane: PaneId, marks: Marks): Targets => {
	const {rows} = screen.held(pane);
	const marked = rows.filter(row => isMarked({marks, range: undefined}, row));
	const jobs = marked.flatMap(row => (row.kind === 'job' ? [row.job] : []));
	const statuses = paneStatuses[pane];
	if (marks.kind === 'all') return allTargets(screen, pane, marks, jobs);
	const named = namedBy(marks.keys);
	const batches = named.batches.map(id => marked.find(row => row.kind === 'batch' && row.batch.id === id));
	const number = batches.reduce<number | undefined>((sum, row) => add(sum, row, statuses), named.jobs.length);
	return {
		selections: [
			...(named.jobs.length > 0 ? [{ids: named.jobs, statuses}] : []),
			...named.batches.map(id => ({filter: {batch: id as BatchId, statuses}})),
		],
		number,
		jobs,
		// Of those that are not held it is only known that they can stand in this pane.
		statuses:
			named.batches.length > 0 || jobs.length < named.jobs.length
				? statuses
				: [...new Set(jobs.map(job => job.status))],
		name: number === undefined ? 'the marked jobs' : `${plural(number, 'marked job')}`,
		areMarks: true,
	};
};

const add = (sum: number | undefined, row: PaneRow | undefined, statuses: readonly JobStatus[]): number | undefined =>
	sum === undefined || row?.kind !== 'batch'
		? undefined
		: sum + statuses.reduce((jobs, status) => jobs + row.batch.counts[status], 0);

const allTargets = (
	screen: ScreenModel,
	pane: PaneId,
	marks: Extract<Marks, {kind: 'all'}>,
	jobs: readonly JobView[],
): Targets => {
	const {text} = marks;
	const snapshot = screen.live.getSnapshot();
	const except = namedBy(marks.except).jobs;
	const statuses = paneStatuses[pane];
	const filter: JobFilter = {statuses, ...(text === '' ? {} : {text})};
	const number = text === '' ? Math.max(0, paneTotals(snapshot)[pane] - except.length) : undefined;
	return {
		selections: [{filter, ...(except.length === 0 ? {} : {except})}],
		number,
		jobs,
		statuses: statuses.filter(status => snapshot.counts[status] > 0),
		name: number === undefined ? `all jobs that match "${text}"` : plural(number, 'marked job'),
		areMarks: true,
	};
};
