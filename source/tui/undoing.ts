import {keyOf} from './key-of.ts';
import type {ScreenModel} from './screen.ts';
import {describe, say} from './sending.ts';

const pastWords = {undo: 'undone', redo: 'done again'} as const;

/** Takes the last act back, or does it again, and says which one it was. Never rejects. */
export const takeBack = async (screen: ScreenModel, type: 'undo' | 'redo'): Promise<void> => {
	try {
		// What was pressed before is what is meant, also where it is still on its way.
		await Promise.all(screen.sent);
		const result = await screen.settings.engine.send({type});
		screen.live.flush();
		if (!result.ok) {
			say(screen, 'info', result.message);
			return;
		}

		const {changed, refused, label = 'the last act'} = result;
		const done = `${pastWords[type]}: ${label}`;
		if (refused.length > 0) say(screen, 'warning', `${done}; ${describe(changed.length, refused, 'changed')}`);
		else say(screen, 'info', `${done}${wayBack(screen, type === 'undo' ? 'redo' : 'undo')}`);
	} catch (error) {
		say(screen, 'error', `that did not work: ${error instanceof Error ? error.message : String(error)}`);
	}
};

const wayBack = ({settings}: ScreenModel, action: 'undo' | 'redo'): string =>
	`${settings.style.isAscii ? ';' : ' ·'} ${keyOf(settings, action)} ${action === 'undo' ? 'undoes' : 'does it again'}`;
