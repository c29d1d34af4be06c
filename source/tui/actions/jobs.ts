import type {JobView} from '../../domain/job.ts';
import type {EngineCommand, Place} from '../../engine/ports.ts';
import {plural} from '../format.ts';
import type {ScreenModel} from '../screen.ts';
import {say, send} from '../sending.ts';
import {topOverlay} from '../ui-store.ts';
import type {Acts} from './act.ts';

/** Acting on jobs. */
export const jobActions = {
	details: screen =>
		withJob(screen, job =>
			screen.ui.dispatch({type: 'open', overlay: {type: 'details', id: job.id, scroll: 0, isFollowing: false}}),
		),
	'toggle-pause': screen => withJob(screen, job => sendFor(screen, job, job.status === 'paused' ? 'resume' : 'pause')),
	retry: screen => withJob(screen, job => sendFor(screen, job, 'retry')),
	'retry-all': screen => retryAll(screen),
	cancel: screen => withJob(screen, job => sendFor(screen, job, 'cancel')),
	remove: screen => withJob(screen, job => remove(screen, job)),
	'move-up': screen => withJob(screen, job => move(screen, job, -1)),
	'move-down': screen => withJob(screen, job => move(screen, job, 1)),
	'priority-up': screen => withJob(screen, job => prioritise(screen, job, 1)),
	'priority-down': screen => withJob(screen, job => prioritise(screen, job, -1)),
	confirm: screen => {
		const overlay = topOverlay(screen.ui.getState());
		if (overlay?.type !== 'confirm') return;
		screen.ui.dispatch({type: 'close'});
		for (const command of overlay.commands) void send(screen, command);
	},
} as const satisfies Acts;

const withJob = (screen: ScreenModel, act: (job: JobView) => void): void => {
	const job = screen.selected();
	if (job !== undefined) act(job);
};

const pastWords = {
	pause: 'paused',
	resume: 'resumed',
	retry: 'queued again',
	cancel: 'cancelled',
	remove: 'removed',
} as const;

type JobVerb = keyof typeof pastWords;

const sendFor = (screen: ScreenModel, job: JobView, type: JobVerb): void => {
	screen.ui.dispatch({type: 'acted', id: job.id});
	void send(screen, {type, selection: {ids: [job.id]}}, () => `${pastWords[type]}: ${job.title}`);
};

const ask = (screen: ScreenModel, question: string, command: EngineCommand): void =>
	screen.ui.dispatch({type: 'open', overlay: {type: 'confirm', question, commands: [command]}});

const remove = (screen: ScreenModel, job: JobView): void => {
	if (job.status !== 'paused') {
		sendFor(screen, job, 'remove');
		return;
	}

	screen.ui.dispatch({type: 'acted', id: job.id});
	ask(screen, `Remove this paused job, with the bytes it has? ${job.title}`, {
		type: 'remove',
		selection: {ids: [job.id]},
	});
};

const retryAll = (screen: ScreenModel): void => {
	const {failed} = screen.live.getSnapshot().counts;
	const text = screen.ui.getState().panes.failed.filter;
	ask(
		screen,
		text === '' ? `Retry all ${plural(failed, 'failed job')}?` : `Retry all failed jobs that match "${text}"?`,
		{type: 'retry', selection: {filter: {statuses: ['failed'], ...(text === '' ? {} : {text})}}},
	);
};

const move = (screen: ScreenModel, job: JobView, step: 1 | -1): void => {
	const {rows, isAtEnd} = screen.held('queued');
	const index = rows.findIndex(row => row.kind === 'job' && row.job.id === job.id);
	const before = step === -1 ? rows[index - 1] : rows[index + 2];
	const isLast = step === 1 && index === rows.length - 2 && isAtEnd;
	const place: Place | undefined =
		before?.kind === 'job' ? {before: before.job.id} : isLast ? {at: 'bottom'} : undefined;
	if (place === undefined) {
		say(screen, 'info', step === -1 ? 'it is the first already' : 'it is the last already');
		return;
	}

	screen.ui.dispatch({type: 'acted', id: job.id});
	void send(
		screen,
		{type: 'reorder', ids: [job.id], place},
		() => `moved ${step === -1 ? 'up' : 'down'}: ${job.title}`,
	);
};

const prioritise = (screen: ScreenModel, job: JobView, step: 1 | -1): void => {
	const priority = job.priority + step;
	if (priority < 0 || priority > 9) {
		say(screen, 'info', `priority ${job.priority} is the ${step === 1 ? 'highest' : 'lowest'}`);
		return;
	}

	screen.ui.dispatch({type: 'acted', id: job.id});
	void send(screen, {type: 'prioritise', ids: [job.id], priority}, () => `priority ${priority}: ${job.title}`);
};
