import {parseLimit} from '../../domain/bandwidth.ts';
import {count, speed} from '../format.ts';
import type {ScreenModel} from '../screen.ts';
import {say, send} from '../sending.ts';
import {topOverlay} from '../ui-store.ts';
import type {Acts} from './act.ts';
import {openPalette} from './palette.ts';

/** The queue as a whole, and the screen itself. */
export const queueActions = {
	'toggle-queue': screen => {
		const isPaused = screen.live.getSnapshot().isQueuePaused;
		const text = isPaused ? 'the queue goes on' : 'the queue is paused; what runs finishes';
		void send(screen, {type: isPaused ? 'resume-queue' : 'pause-queue'}, () => text);
	},
	workers: (screen, {argument}) => {
		if (argument === undefined) screen.ui.dispatch({type: 'open', overlay: {type: 'workers', text: ''}});
		else setWorkers(screen, /^\d+$/.test(argument) ? Number(argument) : Number.NaN);
	},
	'more-workers': screen => setWorkers(screen, screen.live.getSnapshot().workers + 1),
	'fewer-workers': screen => setWorkers(screen, screen.live.getSnapshot().workers - 1),
	'set-workers': screen => {
		const overlay = topOverlay(screen.ui.getState());
		if (overlay?.type !== 'workers') return;
		screen.ui.dispatch({type: 'close'});
		if (overlay.text !== '') setWorkers(screen, Number(overlay.text));
	},
	limit: (screen, {argument}) => {
		if (argument === undefined) openPalette(screen, 'limit ');
		else setLimit(screen, argument);
	},
	redraw: screen => screen.settings.onRedraw(),
} as const satisfies Acts;

const mostWorkers = 32;

const setWorkers = (screen: ScreenModel, wanted: number): void => {
	if (!Number.isInteger(wanted) || wanted < 1 || wanted > mostWorkers) {
		say(screen, 'warning', `workers: 1 to ${mostWorkers}`);
		return;
	}

	void send(screen, {type: 'set-workers', count: wanted}, () => `${count(wanted)} workers`);
};

const setLimit = (screen: ScreenModel, text: string): void => {
	const wanted = parseLimit(text);
	if (typeof wanted === 'string') {
		say(screen, 'warning', 'a limit is 2MB, off or auto');
		return;
	}

	const {rate} = wanted;
	const words = rate === undefined ? 'limited as configured' : rate === null ? 'no limit' : `at most ${speed(rate)}`;
	void send(screen, {type: 'set-limit', ...wanted}, () => words);
};
