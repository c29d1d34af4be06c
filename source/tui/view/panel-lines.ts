import {assertNever} from '../../domain/assert-never.ts';
import type {EngineSnapshot} from '../../domain/snapshot.ts';
import {cellWidth, clip, plural} from '../format.ts';
import type {Style} from '../theme.ts';
import type {Overlay} from '../ui-store.ts';
import {fitLine, type Line, type Span} from './spans.ts';

type PanelOverlay = Extract<Overlay, {type: 'workers' | 'confirm' | 'quit'}>;

/** The lines of a panel: a rule with its name, then what it asks. */
export const panelLines = (
	overlay: PanelOverlay,
	snapshot: EngineSnapshot,
	room: {readonly width: number; readonly rows: number; readonly canDetach: boolean},
	style: Style,
): readonly Line[] => {
	const {width} = room;
	const {ellipsis} = style.glyphs;
	const line = (...spans: readonly Span[]): Line => fitLine(spans, width, ellipsis);
	switch (overlay.type) {
		case 'workers':
			return [
				panelTitle('Workers', width, style),
				line([` from ${snapshot.workers} to (1-32): `, 'plain'], [overlay.text + style.glyphs.caret, 'strong']),
			];
		case 'confirm':
			return [panelTitle('Sure?', width, style), line([` ${overlay.question}`, 'warning'])];
		case 'quit':
			return [
				panelTitle(`${plural(snapshot.active.length, 'job')} running`, width, style),
				...(room.canDetach
					? [line([' b', 'key'], ['  go on in the background; tidegate opens this screen again', 'plain'])]
					: []),
				line([' f', 'key'], ['  finish what runs, start nothing new, then end', 'plain']),
				line([' s', 'key'], ['  stop now; every byte is kept (Ctrl-c again does the same)', 'plain']),
				line([' Esc', 'key'], [' stay', 'plain']),
			];
		default:
			return assertNever(overlay);
	}
};

/** A rule with a name in it, over panels and pages. */
export const panelTitle = (name: string, width: number, {glyphs}: Style): Line => {
	const label = clip(` ${name} `, width - 2, glyphs.ellipsis);
	return fitLine(
		[
			[glyphs.focusedRule, 'title'],
			[`${label} `, 'title'],
			[glyphs.focusedRule.repeat(Math.max(0, width - 2 - cellWidth(label))), 'title'],
		],
		width,
		glyphs.ellipsis,
	);
};
