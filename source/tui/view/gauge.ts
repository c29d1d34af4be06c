import {cleanText} from '../../domain/text.ts';
import type {VolumeView} from '../../domain/snapshot.ts';
import type {Instant} from '../../domain/time.ts';
import {assertNever} from '../../domain/assert-never.ts';
import {cellWidth, clockTime, duration, fit, percent, size} from '../format.ts';
import type {Style, Tone} from '../theme.ts';
import {fitLine, type Line, type Span} from './spans.ts';

/** A volume as bar and words; `rows` 1 puts both into one line, 2 puts the words below. */
export const gaugeLines = (
	volume: VolumeView,
	room: {readonly width: number; readonly rows: 1 | 2},
	now: Instant,
	style: Style,
): readonly Line[] => {
	const scale = scaleOf(volume);
	const state = stateWord(volume);
	const name: Span = [` ${nameOf(volume)} `, 'strong'];
	const figures: Span = [scale === undefined ? '' : ` ${size(scale.used)} of ${size(scale.end)} `, 'plain'];
	const {ellipsis} = style.glyphs;
	const nameWidth = Math.min(20, Math.floor(room.width / 4), cellWidth(cleanText(name[0])) + 2);
	if (room.rows === 1) {
		const words: Span = [` ${state[0]}`, state[1]];
		const barWidth = Math.max(8, Math.min(40, Math.floor(room.width * 0.4)));
		return [
			fitLine(
				[
					[fit(name[0], nameWidth, 'left', ellipsis), 'strong'],
					...bar(scale, barWidth, style),
					words,
					[' ', 'plain'],
					figures,
				],
				room.width,
				ellipsis,
			),
		];
	}

	const barWidth = Math.max(8, room.width - nameWidth - figures[0].length);
	return [
		fitLine(
			[[fit(name[0], nameWidth, 'left', ellipsis), 'strong'], ...bar(scale, barWidth, style), figures],
			room.width,
			ellipsis,
		),
		fitLine(
			[[' ', 'plain'], state, ...wordsOf(volume, scale, now, {width: room.width - 1 - cellWidth(state[0]), style})],
			room.width,
			ellipsis,
		),
	];
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

const bar = (scale: Scale | undefined, width: number, {glyphs}: Style): readonly Span[] => {
	if (scale === undefined) return [[glyphs.free.repeat(width), 'dim']];
	const cellAt = (bytes: number): number => Math.round((bytes / scale.end) * width);
	const used = Math.min(width, cellAt(scale.used));
	const reserved = Math.min(width, cellAt(scale.used + scale.reserved));
	const cells: Cell[] = Array.from({length: width}, (_, index) =>
		index < used ? [glyphs.used, 'good'] : index < reserved ? [glyphs.reserved, 'reserved'] : [glyphs.free, 'dim'],
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

const stateWord = ({gate, level}: VolumeView): Span => {
	switch (gate.state) {
		case 'open':
			return level === undefined ? ['measuring', 'dim'] : ['open', 'good'];
		case 'paused':
			return [`PAUSED: ${gate.detail}`, 'warning'];
		case 'stopped':
			return [`STOPPED: ${gate.detail}`, 'bad'];
		case 'missing':
			return ['MISSING: not mounted', 'bad'];
		default:
			return assertNever(gate);
	}
};

/** What else is known of a volume, the most useful first; what does not fit whole is left out. */
const wordsOf = (
	volume: VolumeView,
	scale: Scale | undefined,
	now: Instant,
	{width, style: {glyphs}}: {readonly width: number; readonly style: Style},
): readonly Span[] => {
	if (scale === undefined || volume.level === undefined) return [];
	const facts = [percent(scale.used / scale.end)];
	const {used, free} = volume.marks;
	if (volume.gate.state === 'open') {
		const until = volume.timeToFull;
		if (until !== undefined) facts.push(`pause mark in ${duration(until)}`);
		facts.push(used === undefined ? `pauses below ${size(free.pause)} free` : `pauses at ${size(used.pause)}`);
	} else {
		facts.push(
			used === undefined || volume.level.free < free.resume
				? `goes on above ${size(free.resume)} free`
				: `goes on below ${size(used.resume)}`,
			`since ${clockTime(volume.gate.since, now)}`,
		);
	}

	if (volume.reserved > 0) facts.push(`${size(volume.reserved)} reserved`);
	facts.push(`${size(volume.level.free)} free`);
	let words = '';
	for (const fact of facts) {
		const longer = `${words} ${glyphs.separator} ${fact}`;
		if (cellWidth(longer) > width) break;
		words = longer;
	}

	return [[words, 'dim']];
};

const nameOf = (volume: VolumeView): string => volume.path.split('/').findLast(part => part !== '') ?? volume.path;
