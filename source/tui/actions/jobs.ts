import type {JobId} from '../../domain/job.ts';
import type {EngineCommand, Place} from '../../engine/ports.ts';
import {actOn, ask, pastWords, sendAll, type JobVerb} from '../acting.ts';
import {detailsOf} from '../details.ts';
import {plural} from '../format.ts';
import {jobKey, type PaneRow} from '../rows.ts';
import type {ScreenModel} from '../screen.ts';
import {say, send} from '../sending.ts';
import {targetsOf, type Targets} from '../targets.ts';
import {topOverlay} from '../ui-store.ts';
import type {Acts} from './act.ts';
import {keyOf} from '../key-of.ts';
import {foldBatch} from './arrange.ts';

/** Acting on jobs: the marked ones where there are any, otherwise the one under the cursor. */
export const jobActions = {
	details: screen => {
		const row = screen.selectedRow();
		if (row?.kind === 'batch') foldBatch(screen, row.batch.id, !row.isOpen);
		const job = screen.selected();
		if (job === undefined) return;
		screen.ui.dispatch({type: 'open', overlay: detailsOf(job.id)});
	},
	'toggle-pause': screen => withTargets(screen, targets => actOn(screen, pauseOrResume(targets), targets)),
	retry: screen => withTargets(screen, targets => actOn(screen, 'retry', targets)),
	'retry-all': screen => retryAll(screen),
	cancel: screen => withTargets(screen, targets => actOn(screen, 'cancel', targets)),
	remove: screen => withTargets(screen, targets => actOn(screen, 'remove', targets)),
	'move-up': screen => withTargets(screen, targets => move(screen, targets, -1)),
	'move-down': screen => withTargets(screen, targets => move(screen, targets, 1)),
	'priority-up': screen => withTargets(screen, targets => prioritise(screen, targets, 1)),
	'priority-down': screen => withTargets(screen, targets => prioritise(screen, targets, -1)),
	confirm: screen => {
		const overlay = topOverlay(screen.ui.getState());
		if (overlay?.type !== 'confirm') return;
		screen.ui.dispatch({type: 'close'});
		const [command] = overlay.commands;
		if (overlay.commands.length === 1 && command !== undefined && isForOne(command)) void send(screen, command);
		else void sendAll(screen, overlay.commands, overlay.done);
	},
} as const satisfies Acts;

const isForOne = (command: EngineCommand): boolean =>
	!('selection' in command) || ('ids' in command.selection && command.selection.ids.length === 1);

const withTargets = (screen: ScreenModel, act: (targets: Targets) => void): void => {
	const targets = targetsOf(screen);
	if (targets !== undefined) act(targets);
};

/** They go on only when all of them are paused: a second press never undoes half of the first. */
const pauseOrResume = ({statuses}: Targets): JobVerb =>
	statuses.every(status => status === 'paused') ? 'resume' : 'pause';

const retryAll = (screen: ScreenModel): void => {
	const {failed} = screen.live.getSnapshot().counts;
	const text = screen.ui.getState().panes.failed.filter;
	ask(
		screen,
		text === '' ? `Retry all ${plural(failed, 'failed job')}?` : `Retry all failed jobs that match "${text}"?`,
		{
			commands: [{type: 'retry', selection: {filter: {statuses: ['failed'], ...(text === '' ? {} : {text})}}}],
			done: pastWords.retry,
		},
	);
};

/** Ids of what is meant, where they can be named one by one. */
const idsOf = (screen: ScreenModel, targets: Targets): readonly JobId[] | undefined => {
	const ids = targets.selections.map(selection => ('ids' in selection ? selection.ids : undefined));
	if (ids.every(one => one !== undefined)) return ids.flat();
	say(screen, 'info', 'a place in the queue is for single jobs: mark them one by one, or as a range');
	return undefined;
};

const move = (screen: ScreenModel, targets: Targets, step: 1 | -1): void => {
	const ids = idsOf(screen, targets);
	if (ids === undefined || !isInOrder(screen)) return;
	const {rows, isAtEnd} = screen.held('queued');
	const place = placeBeside(rows, new Set(ids), step, isAtEnd);
	if (place === undefined) {
		say(screen, 'info', step === -1 ? 'it is the first already' : 'it is the last already');
		return;
	}

	noteMoved(screen, targets);
	void send(screen, {type: 'reorder', ids, place}, () => `moved ${step === -1 ? 'up' : 'down'}: ${targets.name}`);
};

/** Above and below mean something only where the rows stand in the order in which they start. */
const isInOrder = (screen: ScreenModel): boolean => {
	const {arranged, panes} = screen.ui.getState();
	const {sort, isDescending, isGrouped} = arranged.queued;
	const isByBatch = isGrouped && panes.queued.filter === '';
	if (sort === 'order' && !isDescending && !isByBatch) return true;
	const key = keyOf(screen.settings, isByBatch ? 'group' : 'sort');
	say(screen, 'info', `jobs are moved where they stand next first; ${key} shows them so`);
	return false;
};

/** Before the job above the first of them, or behind the one below the last. */
const placeBeside = (
	rows: readonly PaneRow[],
	ids: ReadonlySet<JobId>,
	step: 1 | -1,
	isAtEnd: boolean,
): Place | undefined => {
	const isMeant = (row: PaneRow): boolean => row.kind === 'job' && ids.has(row.job.id);
	const jobs = rows.filter(row => row.kind === 'job');
	if (!jobs.some(isMeant)) return undefined;
	if (step === -1) {
		const before = jobs[jobs.findIndex(isMeant) - 1];
		return before === undefined ? undefined : {before: before.job.id};
	}

	const last = jobs.findLastIndex(isMeant);
	const before = jobs.slice(last + 2).find(row => !isMeant(row));
	if (before !== undefined) return {before: before.job.id};
	return last < jobs.length - 1 && isAtEnd ? {at: 'bottom'} : undefined;
};

const prioritise = (screen: ScreenModel, targets: Targets, step: 1 | -1): void => {
	const ids = idsOf(screen, targets);
	const [first] = targets.jobs;
	if (ids === undefined || first === undefined) return;
	const priority = first.priority + step;
	if (priority < 0 || priority > 9) {
		say(screen, 'info', `priority ${first.priority} is the ${step === 1 ? 'highest' : 'lowest'}`);
		return;
	}

	noteMoved(screen, targets);
	void send(screen, {type: 'prioritise', ids, priority}, () => `priority ${priority}: ${targets.name}`);
};

const noteMoved = (screen: ScreenModel, {jobs}: Targets): void => {
	const [job] = jobs;
	if (job !== undefined) screen.ui.dispatch({type: 'acted', key: jobKey(job.id)});
};
