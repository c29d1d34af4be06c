import {assertNever} from '../../domain/assert-never.ts';
import type {EngineSnapshot} from '../../domain/snapshot.ts';
import {cellWidth, clip, count, plural, tail} from '../format.ts';
import type {Style} from '../theme.ts';
import type {Overlay} from '../ui-store.ts';
import {fitLine, type Line, type Span} from './spans.ts';

type PanelOverlay = Extract<Overlay, {type: 'add' | 'workers' | 'confirm' | 'quit'}>;

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
		case 'add':
			return addLines(overlay, width, room.rows, style);
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

const addLines = (
	overlay: Extract<Overlay, {type: 'add'}>,
	width: number,
	rows: number,
	style: Style,
): readonly Line[] => {
	const {glyphs} = style;
	const {text, lines, bad} = overlay;
	const line = (...spans: readonly Span[]): Line => fitLine(spans, width, glyphs.ellipsis);
	const prompt = overlay.isBusy ? ' adding ' : ' source: ';
	const shown = tail(text, width - cellWidth(prompt) - 2);
	const input = line([prompt, 'dim'], [shown + glyphs.caret, 'strong']);
	const room = Math.max(0, rows - 2);
	if (bad.length > 0) {
		const good = lines.length + (text === '' ? 0 : 1) - bad.length;
		const next = good > 0 ? `Enter adds the other ${count(good)}` : 'nothing is left to add';
		return [
			panelTitle(`Nothing was added: ${plural(bad.length, 'bad line')}. ${next}`, width, style),
			...bad
				.slice(0, room)
				.map(one => line([` line ${one.index + 1}: `, 'warning'], [`${one.problem}: `, 'bad'], [one.source, 'plain'])),
			input,
		];
	}

	if (lines.length === 0) return [panelTitle('Add', width, style), input];
	// The first lines and the last one: enough to see that it is the right list.
	const head = lines.length <= room ? lines : lines.slice(0, room - 2);
	const rest: readonly Span[] =
		lines.length <= room ? [] : [[`   ${glyphs.ellipsis} ${count(lines.length - room + 1)} more`, 'dim']];
	const last = lines.length <= room ? [] : lines.slice(-1);
	return [
		panelTitle(`Add ${plural(lines.length, 'pasted line')}`, width, style),
		...head.map(source => line([`   ${clip(source, width - 3, glyphs.ellipsis)}`, 'plain'])),
		...rest.map(span => line(span)),
		...last.map(source => line([`   ${clip(source, width - 3, glyphs.ellipsis)}`, 'plain'])),
		input,
	];
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
