import type {JobStatus} from '../../source/domain/job.ts';
import type {JobEvent} from '../../source/domain/transitions.ts';

/*
 * A job's life, written by hand from what a person may expect and not from the program's table, so that the two can be
 * compared. A dot is a refusal. `ready` is `queued` for a job that has its source and `waiting` for one that has not;
 * a job without a source has no file, so that `finishing` is refused to it.
 */
const written = `
             claim      find    begin        finish     complete   defer    fail    yield    stop       lose       pause    resume  cancel      retry  remove
waiting      searching  .       .            .          .          .        .       .        .          .          paused   .       cancelled   .      .
searching    .          queued  .            .          .          waiting  failed  waiting  .          waiting    pausing  .       cancelling  .      .
queued       starting   .       .            .          .          .        .       .        .          .          paused   .       cancelled   .      .
starting     .          .       downloading  finishing  .          queued   failed  queued   .          queued     pausing  .       cancelling  .      .
downloading  .          .       .            finishing  .          queued   failed  queued   .          queued     pausing  .       cancelling  .      .
finishing    .          .       .            .          completed  queued   failed  queued   .          queued     .        .       .           .      .
pausing      .          .       .            finishing  .          .        .       .        paused     paused     .        .       cancelling  .      .
cancelling   .          .       .            .          .          .        .       .        cancelled  cancelled  .        .       .           .      .
paused       .          .       .            .          .          .        .       .        .          .          .        ready   cancelled   .      removed
completed    .          .       .            .          .          .        .       .        .          .          .        .       .           .      removed
failed       .          .       .            .          .          .        .       .        .          .          .        .       .           ready  removed
cancelled    .          .       .            .          .          .        .       .        .          .          .        .       .           ready  removed
`;

const rows = written
	.trim()
	.split('\n')
	.map(line => line.trim().split(/\s+/));
const events = rows[0] as JobEvent[];

/** One cell of the table: what a job of this status becomes, or undefined where the event is refused. */
export type Cell = {
	readonly from: JobStatus;
	readonly event: JobEvent;
	readonly isSourced: boolean;
	readonly to: JobStatus | 'removed' | undefined;
};

/** Every status with every event, for jobs with and without a source. */
export const jobLife: readonly Cell[] = rows.slice(1).flatMap(([from, ...targets]) =>
	events.flatMap((event, column) =>
		[true, false].map(isSourced => {
			const target = targets[column];
			const ready = isSourced ? 'queued' : 'waiting';
			const isRefused = target === '.' || (target === 'finishing' && !isSourced);
			const to = isRefused ? undefined : target === 'ready' ? ready : target;
			return {from, event, isSourced, to} as Cell;
		}),
	),
);

/** What the table says of one event. */
export const cellOf = (from: JobStatus, event: JobEvent, isSourced: boolean): Cell['to'] =>
	jobLife.find(cell => cell.from === from && cell.event === event && cell.isSourced === isSourced)?.to;
