import {keysLabel} from '../../keys.ts';
import {scopeNames, scopes, type KeymapRow, type Scope} from '../../keymap.ts';
import type {Style} from '../../theme.ts';
import {fitLine, type Line} from '../spans.ts';
import {blank, text} from './words.ts';

/** What the help is about: the scope that was open below it, the keys that hold, and the words that rows must have. */
export type HelpView = {readonly first: Scope; readonly rows: readonly KeymapRow[]; readonly filter: string};

/** Help from the keymap: where one is, then what works everywhere, then all other places. */
export const helpLines = ({first, rows, filter}: HelpView, width: number, style: Style): readonly Line[] => {
	const others = scopes.filter(scope => ![first, 'always', 'help', 'help-filter'].includes(scope));
	const sections = [first, 'always' as const, ...others].flatMap(scope => {
		const shown = rows.filter(row => row.scope === scope && row.keys.length > 0 && isWanted(row, filter));
		return shown.length === 0
			? []
			: [text(scopeNames[scope], 'title', width, style), ...shown.map(row => rowLine(row, width, style)), blank(width)];
	});
	return sections.length === 0 ? [text(`no key does "${filter}"; Esc shows all again`, 'dim', width, style)] : sections;
};

const rowLine = (row: KeymapRow, width: number, style: Style): Line =>
	fitLine(
		[
			[`  ${keysLabel(row.keys, style.isAscii)}`.padEnd(18), 'key'],
			[` ${row.label}`, 'plain'],
		],
		width,
		style.glyphs.ellipsis,
	);

const isWanted = (row: KeymapRow, filter: string): boolean => {
	const all = `${row.action} ${row.label} ${keysLabel(row.keys)}`.toLowerCase();
	return filter
		.toLowerCase()
		.split(/\s+/)
		.every(word => all.includes(word));
};
