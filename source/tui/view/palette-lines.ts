import {cellWidth, count, fit} from '../format.ts';
import {keysLabel} from '../keys.ts';
import type {PaletteEntry} from '../palette.ts';
import type {TextLine} from '../text-line.ts';
import type {Style} from '../theme.ts';
import {panelTitle} from './panel-lines.ts';
import {fitLine, type Line} from './spans.ts';
import {textInput} from './text-input.ts';

/** What the palette shows: what is written, and the actions that match it. */
export type PaletteView = {
	readonly line: TextLine;
	readonly entries: readonly PaletteEntry[];
	readonly total: number;
	readonly chosen: number;
	/** Why an action is not possible now. */
	readonly obstacleOf: (entry: PaletteEntry) => string | undefined;
};

/** The palette in so many rows: its title, the line that is written, and the actions around the chosen one. */
export const paletteLines = (view: PaletteView, width: number, rows: number, style: Style): readonly Line[] => {
	const {glyphs} = style;
	const {entries, total} = view;
	const room = Math.max(0, rows - 2);
	const chosen = Math.max(0, Math.min(view.chosen, entries.length - 1));
	const from = Math.max(0, Math.min(chosen - Math.floor(room / 2), entries.length - room));
	const shown = entries.slice(from, from + room);
	const longest = Math.max(0, ...entries.map(entry => cellWidth(nameOf(entry))));
	const nameWidth = Math.min(longest + 1, Math.floor(width * 0.6));
	const name =
		entries.length === total ? `Actions ${count(total)}` : `Actions ${count(entries.length)} of ${count(total)}`;
	return [
		panelTitle(name, width, style),
		fitLine([[' :', 'key'], textInput(view.line, width - 3, glyphs)], width, glyphs.ellipsis),
		...shown.map((entry, index) => entryLine(view, entry, from + index === chosen, {width, nameWidth}, style)),
		...(entries.length === 0 && room > 0
			? [fitLine([['   nothing is called so; Esc goes back', 'dim']], width, glyphs.ellipsis)]
			: []),
	];
};

const entryLine = (
	{obstacleOf}: PaletteView,
	entry: PaletteEntry,
	isChosen: boolean,
	{width, nameWidth}: {readonly width: number; readonly nameWidth: number},
	style: Style,
): Line => {
	const {glyphs, isAscii} = style;
	const {row} = entry;
	const obstacle = obstacleOf(entry);
	const name = nameOf(entry);
	const keys = keysLabel(row.keys, isAscii);
	const left = width - 3 - nameWidth - cellWidth(keys);
	return fitLine(
		[
			[`${isChosen ? glyphs.cursor : ' '} `, 'accent'],
			[`${fit(name, nameWidth - 1, 'left', glyphs.ellipsis)} `, obstacle === undefined ? 'strong' : 'dim'],
			[
				fit(obstacle ?? row.label, Math.max(0, left - 1), 'left', glyphs.ellipsis),
				obstacle === undefined ? 'plain' : 'dim',
			],
			[' ', 'plain'],
			[keys, 'key'],
			[' ', 'plain'],
		],
		width,
		glyphs.ellipsis,
	);
};

const nameOf = ({row, argument}: PaletteEntry): string => {
	const taken = argument ?? row.argument;
	return taken === undefined ? row.action : `${row.action} ${taken}`;
};
