import {keyLabel} from '../../keys.ts';
import {keymapTable, scopeNames, scopes, type Scope} from '../../keymap.ts';
import type {Style} from '../../theme.ts';
import {fitLine, type Line} from '../spans.ts';
import {blank, text} from './words.ts';

/** Help from the keymap: the scope that was open first, all others below. */
export const helpLines = (first: Scope, width: number, style: Style): readonly Line[] => {
	const ordered = [first, ...scopes.filter(scope => scope !== first && scope !== 'help')];
	return ordered.flatMap(scope => [
		text(scopeNames[scope], 'title', width, style),
		...keymapTable()
			.filter(row => row.scope === scope)
			.map(row =>
				fitLine(
					[
						[`  ${row.keys.map(key => keyLabel(key, style.isAscii)).join(' ')}`.padEnd(18), 'key'],
						[` ${row.label}`, 'plain'],
					],
					width,
					style.glyphs.ellipsis,
				),
			),
		blank(width),
	]);
};
