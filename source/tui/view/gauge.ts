import type {VolumeView} from '../../domain/snapshot.ts';
import type {Instant} from '../../domain/time.ts';
import {cellWidth, percent, size} from '../format.ts';
import type {Style, Tone} from '../theme.ts';
import {fitLine, type Line, type Span} from './spans.ts';
import {stateWords, volumeFacts, volumeName} from './volume-words.ts';

/** A volume as bar and words; `rows` 1 puts both into one line, 2 puts the words below. */
export const gaugeLines = (
	volume: VolumeView,
	room: {readonly width: number; readonly rows: 1 | 2},
	now: Instant,
	style: Style,
): readonly Line[] => {
	const {width} = room;
	const {ellipsis} = style.glyphs;
	const scale = scaleOf(volume);
	const name = volumeName(volume);
	const nameWidth = Math.min(20, Math.floor(width / 4), cellWidth(name) + 2);
	const named: Line = fitLine([[` ${name}`, 'strong']], nameWidth - 1, ellipsis);
	const figures = scale === undefined ? '' : ` ${size(scale.used)} of ${size(scale.end)} `;
	if (room.rows === 1) {
		const {tone, forms} = stateWords(volume, now);
		// Of a fixed length, whatever the words: a bar that grows and shrinks with them would be drawn again each time.
		const barWidth = width < 50 ? 9 : width < 70 ? 18 : width < 100 ? 24 : Math.min(60, Math.floor(width * 0.3));
		const left = width - nameWidth - barWidth - 2;
		const words = firstThatFits(forms, width < 100 ? left : left - figures.length);
		const shown = left - cellWidth(words) >= figures.length ? figures : '';
		const fill = ' '.repeat(Math.max(0, left - cellWidth(words) - cellWidth(shown) + 1));
		return [
			fitLine(
				[
					...named,
					[' ', 'plain'],
					...volumeBar(volume, barWidth, style),
					[' ', 'plain'],
					[words, tone],
					[fill + shown, 'plain'],
				],
				width,
				ellipsis,
			),
		];
	}

	const barWidth = Math.max(8, width - nameWidth - figures.length);
	return [
		fitLine([...named, [' ', 'plain'], ...volumeBar(volume, barWidth, style), [figures, 'plain']], width, ellipsis),
		wordsLine(volume, scale, {width, now}, style),
	];
};

const firstThatFits = (forms: readonly string[], width: number): string =>
	forms.find(form => cellWidth(form) <= width) ?? forms.at(-1) ?? '';

/** State first, then as many whole facts as there is room for. */
const wordsLine = (
	volume: VolumeView,
	scale: Scale | undefined,
	{width, now}: {readonly width: number; readonly now: Instant},
	{glyphs}: Style,
): Line => {
	const {tone, forms} = stateWords(volume, now);
	const state = firstThatFits(forms, width - 1);
	const facts = [...volumeFacts(volume), ...(scale === undefined ? [] : [percent(scale.used / scale.end)])];
	let words = '';
	for (const fact of facts) {
		const longer = `${words} ${glyphs.separator} ${fact}`;
		if (1 + cellWidth(state) + cellWidth(longer) > width) break;
		words = longer;
	}

	return fitLine(
		[
			[' ', 'plain'],
			[state, tone],
			[words, 'dim'],
		],
		width,
		glyphs.ellipsis,
	);
};

/** The volume that most needs to be seen first: closed gates, then the fullest. */
export const bySeverity = (first: VolumeView, second: VolumeView): number =>
	severity(second) - severity(first) || fullness(second) - fullness(first);

const severity = (volume: VolumeView): number => ({open: 0, paused: 1, stopped: 2, missing: 3})[volume.gate.state];

const fullness = (volume: VolumeView): number => {
	const scale = scaleOf(volume);
	return scale === undefined ? 0 : scale.used / scale.end;
};

type Mark = {readonly at: number; readonly letter: string};
type Scale = {readonly used: number; readonly reserved: number; readonly end: number; readonly marks: readonly Mark[]};

/**
 * What the bar measures. With marks on used bytes it ends at the hard limit, and R, P, H stand for resume, pause, hard;
 * without, it is the whole filesystem. Marks on free bytes (r, p, s) are drawn where the level would be when they are met.
 */
const scaleOf = ({level, marks, reserved}: VolumeView): Scale | undefined => {
	if (level === undefined) return undefined;
	const isByUsed = marks.used !== undefined && level.used !== undefined;
	const used = isByUsed ? (level.used ?? 0) : level.total - level.free;
	const whenFree = (free: number): number => used + level.free - free;
	// Where two fall on one cell, the later one is seen: the pause mark, which decides most.
	const freeMarks = [
		{at: whenFree(marks.free.resume), letter: 'r'},
		{at: whenFree(marks.free.stop), letter: 's'},
		{at: whenFree(marks.free.pause), letter: 'p'},
	];
	if (!isByUsed || marks.used === undefined) return {used, reserved, end: Math.max(1, level.total), marks: freeMarks};
	const usedMarks = [
		{at: marks.used.resume, letter: 'R'},
		{at: marks.used.hard, letter: 'H'},
		{at: marks.used.pause, letter: 'P'},
	];
	return {
		used,
		reserved,
		end: marks.used.hard,
		marks: [...freeMarks.filter(mark => mark.at < (marks.used?.hard ?? 0)), ...usedMarks],
	};
};

type Cell = readonly [glyph: string, tone: Tone];

/** The level of a volume in so many cells, with its marks drawn on it. */
export const volumeBar = (volume: VolumeView, width: number, style: Style): readonly Span[] =>
	bar(scaleOf(volume), levelTones[volume.gate.state], width, style);

/** A gate that is shut is seen from afar; its words say the same. */
const levelTones = {open: 'good', paused: 'warning', stopped: 'bad', missing: 'bad'} as const satisfies Record<
	VolumeView['gate']['state'],
	Tone
>;

const bar = (scale: Scale | undefined, level: Tone, width: number, {glyphs}: Style): readonly Span[] => {
	if (scale === undefined) return [[glyphs.free.repeat(width), 'dim']];
	const cellAt = (bytes: number): number => Math.round((bytes / scale.end) * width);
	const used = Math.min(width, cellAt(scale.used));
	const reserved = Math.min(width, cellAt(scale.used + scale.reserved));
	const cells: Cell[] = Array.from({length: width}, (_, index) =>
		index < used ? [glyphs.used, level] : index < reserved ? [glyphs.reserved, 'reserved'] : [glyphs.free, 'dim'],
	);
	for (const mark of scale.marks) {
		const index = Math.min(width - 1, cellAt(mark.at));
		if (mark.at > 0 && index >= 0) cells[index] = [mark.letter, 'mark'];
	}

	return cells.reduce<Span[]>((spans, [glyph, tone]) => {
		const last = spans.at(-1);
		if (last !== undefined && last[1] === tone) return [...spans.slice(0, -1), [last[0] + glyph, tone]];
		return [...spans, [glyph, tone]];
	}, []);
};
