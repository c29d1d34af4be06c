import type {CommandResult, EngineCommand} from '../engine/ports.ts';
import {plural} from './format.ts';
import type {ScreenModel} from './screen.ts';
import type {Message} from './ui-store.ts';

/** Puts a sentence into the status line, where it stands until the next key. */
export const say = (screen: ScreenModel, kind: Message['kind'], text: string): void =>
	screen.ui.dispatch({type: 'say', message: {kind, text}});

/** Sends a command and says what became of it; a refusal in its own words. Never rejects. */
export const send = async (
	screen: ScreenModel,
	command: EngineCommand,
	praise?: () => string,
): Promise<CommandResult | undefined> => {
	try {
		const result = await screen.settings.engine.send(command);
		screen.live.flush();
		const message = messageOf(result, praise);
		if (message !== undefined) screen.ui.dispatch({type: 'say', message});
		return result;
	} catch (error) {
		say(screen, 'error', `that did not work: ${error instanceof Error ? error.message : String(error)}`);
		return undefined;
	}
};

const messageOf = (result: CommandResult, praise: (() => string) | undefined): Message | undefined => {
	if (!result.ok) return {kind: 'warning', text: result.message};
	const [refused] = result.refused;
	if (refused !== undefined) {
		const done = result.changed.length === 0 ? '' : `${plural(result.changed.length, 'job')} done; `;
		const more = result.refused.length > 1 ? ` (and ${result.refused.length - 1} more)` : '';
		return {kind: 'warning', text: `${done}refused: ${refused.reason}${more}`};
	}

	return {kind: 'info', text: praise?.() ?? `${plural(result.changed.length, 'job')} changed`};
};
