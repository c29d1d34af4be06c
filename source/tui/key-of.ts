import {keymapOf, type ActionName, type Scope} from './keymap.ts';
import {keyLabel} from './keys.ts';
import type {ScreenSettings} from './screen.ts';

/** The key of an action as people read it, for whoever writes sentences. */
export type KeyOf = (action: ActionName) => string;

/** How people read the key of an action as it is now, for sentences that name one; `:name` where it has no key left. */
export const keyOf = (
	{keymap, style}: Pick<ScreenSettings, 'keymap' | 'style'>,
	action: ActionName,
	scope: Scope = 'panes',
): string => {
	const rows = keymapOf(keymap).filter(row => row.action === action);
	const row = rows.find(one => one.scope === scope) ?? rows.find(one => one.scope === 'always');
	const key = row?.keys[0];
	return key === undefined ? `:${action}` : keyLabel(key, style.isAscii);
};
