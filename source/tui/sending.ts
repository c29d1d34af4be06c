import type {CommandResult, EngineCommand, Refusal} from '../engine/ports.ts';
import {count, plural} from './format.ts';
import type {ScreenModel} from './screen.ts';
import type {Message} from './ui-store.ts';
import {undoHint} from './undo-hint.ts';

/** Puts a sentence into the status line, where it stands until the next key. */
export const say = (screen: ScreenModel, kind: Message['kind'], text: string): void =>
	screen.ui.dispatch({type: 'say', message: {kind, text}});

/** Sends a command and says what became of it; a refusal in its own words. Never rejects. */
export const send = async (
	screen: ScreenModel,
	command: EngineCommand,
	praise?: () => string,
): Promise<CommandResult | undefined> => {
	const sending = screen.settings.engine.send(command);
	const settled = sending.catch(() => undefined);
	screen.sent.add(settled);
	try {
		const result = await sending;
		screen.live.flush();
		const message = messageOf(result, praise);
		const hint = undoHint(screen.settings, command, result);
		if (message !== undefined) screen.ui.dispatch({type: 'say', message: {...message, text: message.text + hint}});
		return result;
	} catch (error) {
		say(screen, 'error', `that did not work: ${error instanceof Error ? error.message : String(error)}`);
		return undefined;
	} finally {
		screen.sent.delete(settled);
	}
};

const messageOf = (result: CommandResult, praise: (() => string) | undefined): Message | undefined => {
	if (!result.ok) return {kind: 'warning', text: result.message};
	if (result.isStopped === true) {
		return {kind: 'warning', text: `stopped: ${plural(result.changed.length, 'job')} done, the rest is as it was`};
	}

	const {changed, refused} = result;
	const [first] = refused;
	if (first !== undefined) {
		const text =
			changed.length + refused.length === 1 ? `refused: ${first.reason}` : describe(changed.length, refused, 'changed');
		return {kind: 'warning', text};
	}

	return {kind: 'info', text: praise?.() ?? `${plural(changed.length, 'job')} changed`};
};

/** `12 jobs removed; not 3: it is queued; cancel it first (2), it is running now (1)`: the commonest reasons, 2 at most. */
export const describe = (changed: number, refused: readonly Refusal[], done: string): string => {
	const text = `${changed === 0 ? 'no job' : plural(changed, 'job')} ${done}`;
	if (refused.length === 0) return text;
	const reasons = [...Map.groupBy(refused, ({reason}) => reason)]
		.map(([reason, those]) => ({reason, number: those.length}))
		.toSorted((first, second) => second.number - first.number);
	const told = reasons
		.slice(0, 2)
		.map(({reason, number}) => (reasons.length === 1 ? reason : `${reason} (${count(number)})`));
	const more = reasons.length > 2 ? ', and other reasons' : '';
	return `${text}; not ${count(refused.length)}: ${told.join(', ')}${more}`;
};
