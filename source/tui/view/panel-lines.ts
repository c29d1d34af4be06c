import {assertNever} from '../../domain/assert-never.ts';
import type {EngineSnapshot} from '../../domain/snapshot.ts';
import {cellWidth, clip, plural} from '../format.ts';
import type {ActionName} from '../keymap.ts';
import {lineOf} from '../text-line.ts';
import type {Style} from '../theme.ts';
import type {Overlay} from '../ui-store.ts';
import {textInput} from './text-input.ts';
import {fitLine, type Line, type Span} from './spans.ts';

type PanelOverlay = Extract<Overlay, {type: 'workers' | 'confirm' | 'quit'}>;

/** The lines of a panel: a rule with its name, then what it asks. */
export const panelLines = (
	overlay: PanelOverlay,
	snapshot: EngineSnapshot,
	room: {readonly width: number; readonly canDetach: boolean; readonly keyOf: (action: ActionName) => string},
	style: Style,
): readonly Line[] => {
	const {width} = room;
	const {ellipsis} = style.glyphs;
	const line = (...spans: readonly Span[]): Line => fitLine(spans, width, ellipsis);
	const answer = (action: ActionName, words: string): Line =>
		line([` ${room.keyOf(action).padEnd(3)}`, 'key'], [` ${whole(words, width - 5)}`, 'plain']);
	switch (overlay.type) {
		case 'workers':
			return [
				panelTitle('Workers', width, style),
				line(
					[` from ${snapshot.workers} to (1-32): `, 'plain'],
					textInput(lineOf(overlay.text, overlay.caret), 8, style.glyphs),
				),
			];
		case 'confirm':
			return [
				panelTitle('Sure?', width, style),
				line([` ${overlay.question}`, 'warning']),
				...(overlay.keeps === undefined ? [] : [line([` ${overlay.keeps}`, 'dim'])]),
			];
		case 'quit':
			return [
				panelTitle(`${plural(snapshot.active.length, 'job')} running`, width, style),
				...(room.canDetach ? [answer('quit-detach', 'go on in the background; tidegate opens this screen again')] : []),
				answer('quit-finish', 'finish what runs, start nothing new, then end'),
				answer('quit-stop', `stop now; every byte is kept (${room.keyOf('interrupt')} again does the same)`),
				answer('close', 'stay'),
			];
		default:
			return assertNever(overlay);
	}
};

/** The words, or their first part where they do not fit: it says the most important thing. */
const whole = (words: string, width: number): string =>
	cellWidth(words) <= width ? words : (/^[^;,(]*/.exec(words)?.[0] ?? words).trimEnd();

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
