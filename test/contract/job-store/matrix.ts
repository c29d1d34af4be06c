import type {JobStatus} from '../../../source/domain/job.ts';
import type {JobEvent} from '../../../source/domain/transitions.ts';

/**
 * Which change is legal, written by hand a second time: the oracle may not be the table that it judges.
 * `ready` is queued with a source and waiting without. A finished file needs a source.
 */
const rows: Record<JobStatus, string> = {
	waiting: 'claim→searching pause→paused cancel→cancelled',
	searching: 'find→queued defer→waiting fail→failed yield→waiting lose→waiting pause→pausing cancel→cancelling',
	queued: 'claim→starting pause→paused cancel→cancelled',
	starting:
		'begin→downloading finish→finishing defer→queued fail→failed yield→queued lose→queued pause→pausing cancel→cancelling',
	downloading: 'finish→finishing defer→queued fail→failed yield→queued lose→queued pause→pausing cancel→cancelling',
	finishing: 'complete→completed defer→queued fail→failed yield→queued lose→queued',
	pausing: 'stop→paused finish→finishing lose→paused cancel→cancelling',
	cancelling: 'stop→cancelled lose→cancelled',
	paused: 'resume→ready cancel→cancelled remove→removed',
	completed: 'remove→removed',
	failed: 'retry→ready remove→removed',
	cancelled: 'retry→ready remove→removed',
};

/** The status after an event, or undefined where it is refused. */
export const expectedStatus = (from: JobStatus, event: JobEvent, isSourced: boolean): string | undefined => {
	if (event === 'finish' && !isSourced) return undefined;
	const cell = rows[from].split(' ').find(entry => entry.startsWith(`${event}→`));
	const to = cell?.split('→')[1];
	return to === 'ready' ? (isSourced ? 'queued' : 'waiting') : to;
};
