import {stepKinds} from '../domain/undo.ts';
import type {CommandResult, EngineCommand} from '../engine/ports.ts';
import {keyOf} from './key-of.ts';
import type {ScreenSettings} from './screen.ts';

/** What stands behind the word of an act that can be taken back, such as ` · z undoes`; nothing behind others. */
export const undoHint = (
	settings: Pick<ScreenSettings, 'keymap' | 'style'>,
	{type}: EngineCommand,
	result: CommandResult,
): string => {
	const canBeUndone = (stepKinds as readonly string[]).includes(type);
	if (!canBeUndone || !result.ok || result.changed.length === 0) return '';
	return `${settings.style.isAscii ? ';' : ' ·'} ${keyOf(settings, 'undo')} undoes`;
};
