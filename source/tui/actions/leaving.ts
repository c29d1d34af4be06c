import type {ScreenEnd, ScreenModel} from '../screen.ts';
import {isRunning} from '../select.ts';
import {topOverlay} from '../ui-store.ts';
import type {Acts} from './act.ts';

/** Leaving, for good or for a while. */
export const leavingActions = {
	quit: screen => quit(screen),
	'quit-detach': screen => end(screen, 'detach'),
	'quit-finish': screen => end(screen, 'finish'),
	'quit-stop': screen => end(screen, 'stop'),
	interrupt: screen => {
		if (topOverlay(screen.ui.getState())?.type === 'quit') end(screen, 'stop');
		else quit(screen);
	},
	suspend: screen => screen.settings.onSuspend(),
} as const satisfies Acts;

// Attached to another scheduler, leaving leaves it alone, so there is nothing to ask.
const quit = (screen: ScreenModel): void => {
	if (screen.settings.isAttached) end(screen, 'detach');
	// What is true now, not what was shown last: a job may have begun or ended within the last frame.
	else if (isRunning(screen.settings.engine.getSnapshot())) screen.ui.dispatch({type: 'open', overlay: {type: 'quit'}});
	else end(screen, 'stop');
};

const end = (screen: ScreenModel, choice: Extract<ScreenEnd, {reason: 'quit'}>['choice']): void =>
	screen.settings.onEnd({reason: 'quit', choice});
