import type {JobView} from '../domain/job.ts';
import type {EngineCommand, Place} from '../engine/ports.ts';
import {addSources, erase, eraseAll, eraseWord} from './editing.ts';
import {count, plural} from './format.ts';
import type {ActionName} from './keymap.ts';
import {moveBy, moveTo, scrollBy, scrollTo} from './moving.ts';
import {isRunning} from './select.ts';
import {paneIds, type PaneId} from './layout.ts';
import type {ScreenEnd, ScreenModel} from './screen.ts';
import {say, send} from './sending.ts';
import {topOverlay} from './ui-store.ts';

/** What each action of the keymap does. Reads the state at the key press, and names jobs by the id that was on the screen. */
export const actions: Readonly<Record<ActionName, (screen: ScreenModel) => void>> = {
	down: screen => moveBy(screen, 1),
	up: screen => moveBy(screen, -1),
	top: screen => moveTo(screen, 'top'),
	end: screen => moveTo(screen, 'end'),
	'half-down': screen => moveBy(screen, half(screen)),
	'half-up': screen => moveBy(screen, -half(screen)),
	'page-down': screen => moveBy(screen, page(screen)),
	'page-up': screen => moveBy(screen, -page(screen)),
	'next-pane': screen => focusBy(screen, 1),
	'previous-pane': screen => focusBy(screen, -1),
	'focus-active': screen => focus(screen, 'active'),
	'focus-queued': screen => focus(screen, 'queued'),
	'focus-failed': screen => focus(screen, 'failed'),
	'focus-done': screen => focus(screen, 'done'),
	details: screen =>
		withJob(screen, job =>
			screen.ui.dispatch({type: 'open', overlay: {type: 'details', id: job.id, scroll: 0, isFollowing: false}}),
		),
	filter: screen => screen.ui.dispatch({type: 'open', overlay: {type: 'filter', pane: screen.ui.getState().focus}}),
	clear: screen => dropFilter(screen, screen.ui.getState().focus),
	add: screen =>
		screen.ui.dispatch({type: 'open', overlay: {type: 'add', text: '', lines: [], bad: [], isBusy: false}}),
	'toggle-pause': screen => withJob(screen, job => sendFor(screen, job, job.status === 'paused' ? 'resume' : 'pause')),
	'toggle-queue': screen => {
		const isPaused = screen.live.getSnapshot().isQueuePaused;
		const text = isPaused ? 'the queue goes on' : 'the queue is paused; what runs finishes';
		void send(screen, {type: isPaused ? 'resume-queue' : 'pause-queue'}, () => text);
	},
	retry: screen => withJob(screen, job => sendFor(screen, job, 'retry')),
	'retry-all': screen => retryAll(screen),
	cancel: screen => withJob(screen, job => sendFor(screen, job, 'cancel')),
	remove: screen => withJob(screen, job => remove(screen, job)),
	'move-up': screen => withJob(screen, job => move(screen, job, -1)),
	'move-down': screen => withJob(screen, job => move(screen, job, 1)),
	'priority-up': screen => withJob(screen, job => prioritise(screen, job, 1)),
	'priority-down': screen => withJob(screen, job => prioritise(screen, job, -1)),
	workers: screen => screen.ui.dispatch({type: 'open', overlay: {type: 'workers', text: ''}}),
	'more-workers': screen => setWorkers(screen, screen.live.getSnapshot().workers + 1),
	'fewer-workers': screen => setWorkers(screen, screen.live.getSnapshot().workers - 1),
	statistics: screen => openStatistics(screen),
	help: screen => screen.ui.dispatch({type: 'open', overlay: {type: 'help', scroll: 0}}),
	quit: screen => quit(screen),

	close: screen => screen.ui.dispatch({type: 'close'}),
	'scroll-down': screen => scrollBy(screen, 1),
	'scroll-up': screen => scrollBy(screen, -1),
	'scroll-page-down': screen => scrollBy(screen, half(screen)),
	'scroll-page-up': screen => scrollBy(screen, -half(screen)),
	'scroll-top': screen => scrollTo(screen, 'top'),
	follow: screen => scrollTo(screen, 'end'),

	'add-sources': screen => void addSources(screen),
	erase,
	'erase-word': eraseWord,
	'erase-all': eraseAll,
	'keep-filter': screen => screen.ui.dispatch({type: 'close'}),
	'drop-filter': screen => {
		const overlay = topOverlay(screen.ui.getState());
		screen.ui.dispatch({type: 'close'});
		if (overlay?.type === 'filter') dropFilter(screen, overlay.pane);
	},
	'set-workers': screen => {
		const overlay = topOverlay(screen.ui.getState());
		if (overlay?.type !== 'workers') return;
		screen.ui.dispatch({type: 'close'});
		if (overlay.text !== '') setWorkers(screen, Number(overlay.text));
	},
	confirm: screen => {
		const overlay = topOverlay(screen.ui.getState());
		if (overlay?.type !== 'confirm') return;
		screen.ui.dispatch({type: 'close'});
		void send(screen, overlay.command);
	},

	'quit-detach': screen => end(screen, 'detach'),
	'quit-finish': screen => end(screen, 'finish'),
	'quit-stop': screen => end(screen, 'stop'),
	interrupt: screen => {
		if (topOverlay(screen.ui.getState())?.type === 'quit') end(screen, 'stop');
		else quit(screen);
	},
	suspend: screen => screen.settings.onSuspend(),
	redraw: screen => screen.settings.onRedraw(),
};

const mostWorkers = 32;

const page = (screen: ScreenModel): number => {
	const layout = screen.layout();
	if (layout.kind !== 'screen') return 1;
	if (screen.ui.getState().overlays.length > 0) return Math.max(1, layout.body.height - 1);
	return Math.max(1, screen.heightOf(screen.ui.getState().focus));
};

const half = (screen: ScreenModel): number => Math.max(1, Math.floor(page(screen) / 2));

const focus = (screen: ScreenModel, pane: PaneId): void => screen.ui.dispatch({type: 'focus', pane});

const focusBy = (screen: ScreenModel, step: number): void => {
	const index = paneIds.indexOf(screen.ui.getState().focus) + step;
	focus(screen, paneIds.at(index % paneIds.length) ?? 'active');
};

const dropFilter = (screen: ScreenModel, pane: PaneId): void => {
	screen.ui.dispatch({type: 'filter', pane, text: ''});
	if (pane !== 'active') screen.windows[pane].setText('');
};

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
	screen.ui.dispatch({type: 'open', overlay: {type: 'confirm', question, command}});

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
	const index = rows.findIndex(row => row.id === job.id);
	const before = step === -1 ? rows[index - 1] : rows[index + 2];
	const isLast = step === 1 && index === rows.length - 2 && isAtEnd;
	const place: Place | undefined = before !== undefined ? {before: before.id} : isLast ? {at: 'bottom'} : undefined;
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

const setWorkers = (screen: ScreenModel, wanted: number): void => {
	if (!Number.isInteger(wanted) || wanted < 1 || wanted > mostWorkers) {
		say(screen, 'warning', `workers: 1 to ${mostWorkers}`);
		return;
	}

	void send(screen, {type: 'set-workers', count: wanted}, () => `${count(wanted)} workers`);
};

const openStatistics = (screen: ScreenModel): void => {
	screen.ui.dispatch({type: 'open', overlay: {type: 'statistics', statistics: undefined, scroll: 0}});
	screen.settings.engine.statistics().then(
		statistics => screen.ui.dispatch({type: 'update', overlay: {type: 'statistics', statistics, scroll: 0}}),
		(error: unknown) => say(screen, 'error', `cannot read the statistics: ${String(error)}`),
	);
};

// Attached to another scheduler, leaving leaves it alone, so there is nothing to ask.
const quit = (screen: ScreenModel): void => {
	if (screen.settings.isAttached) end(screen, 'detach');
	// What is true now, not what was shown last: a job may have begun or ended within the last frame.
	else if (isRunning(screen.settings.engine.getSnapshot())) screen.ui.dispatch({type: 'open', overlay: {type: 'quit'}});
	else end(screen, 'stop');
};

const end = (screen: ScreenModel, choice: Extract<ScreenEnd, {reason: 'quit'}>['choice']): void =>
	screen.settings.onEnd({reason: 'quit', choice});
