import {approaches, toBeFreed, type Approach} from '../../../domain/forecast.ts';
import type {ActiveJob, EngineSnapshot, VolumeView} from '../../../domain/snapshot.ts';
import {cleanText} from '../../../domain/text.ts';
import type {Instant} from '../../../domain/time.ts';
import {clip, clockTime, percent, size} from '../../format.ts';
import type {Style, Tone} from '../../theme.ts';
import {bySeverity, volumeBar} from '../gauge.ts';
import {bar} from '../job-rows.ts';
import {fitLine, type Line, type Span} from '../spans.ts';
import {roughly, stateWords} from '../volume-words.ts';
import {blank, field, text} from './words.ts';

/** Every volume with all that is known of it, the worst first. */
export const diskLines = (snapshot: EngineSnapshot, width: number, style: Style): readonly Line[] => {
	if (snapshot.volumes.length === 0) return [text('no volume is known yet', 'dim', width, style)];
	return snapshot.volumes
		.toSorted(bySeverity)
		.flatMap((volume, index) => [
			...(index === 0 ? [] : [blank(width)]),
			...volumeLines(volume, snapshot, width, style),
		]);
};

const volumeLines = (volume: VolumeView, snapshot: EngineSnapshot, width: number, style: Style): readonly Line[] => {
	const {at: now} = snapshot;
	const {tone, forms} = stateWords(volume, now);
	const row = (name: string, value: string, valueTone: Tone = 'plain'): readonly Line[] =>
		value === '' ? [] : field(name, value, valueTone, width, style);
	return [
		text(volume.path, 'strong', width, style),
		fitLine([[' ', 'plain'], ...volumeBar(volume, width - 2, style), [' ', 'plain']], width, style.glyphs.ellipsis),
		...row('State', forms[0] ?? '', tone),
		...row('To open', openingWords(volume, now), 'warning'),
		...row('Used', usedWords(volume)),
		...row('Free', volume.level === undefined ? '' : `${size(volume.level.free)} of ${size(volume.level.total)}`),
		...row('Fills', fillWords(volume)),
		...markLines(volume, width, style),
		...reservedLines(volume, snapshot.active, width, style),
		...breakdownLines(volume, width, style),
		...row('Measured', measuredWords(volume, now), 'dim'),
	];
};

/** What would open a closed gate. */
const openingWords = ({gate, level, marks, opensAt}: VolumeView, now: Instant): string => {
	switch (gate.state) {
		case 'open':
			return '';
		case 'missing':
			return 'mount it again; the queue goes on by itself';
		case 'paused':
		case 'stopped': {
			if (opensAt !== undefined) return `nothing more: it opens at ${clockTime(opensAt, now)} if the space stays`;
			const needed = level === undefined ? 0 : toBeFreed(level, marks);
			return needed > 0 ? `needs ${size(needed)} freed` : gate.detail;
		}
	}
};

const usedWords = ({level, marks, reserved}: VolumeView): string => {
	if (level === undefined) return '';
	const promised = reserved > 0 ? `, and ${size(reserved)} reserved` : '';
	if (level.used !== undefined && marks.used !== undefined)
		return `${size(level.used)} of ${size(marks.used.hard)} (${percent(level.used / marks.used.hard)})${promised}`;
	const taken = level.total - level.free;
	return `${size(taken)} of ${size(level.total)} (${percent(taken / Math.max(1, level.total))})${promised}`;
};

const fillWords = ({fillRate = 0}: VolumeView): string =>
	fillRate >= 1 ? `${size(fillRate)}/s, as measured over the last seconds` : 'nothing is written now';

/** The marks of both kinds as a small table: letter in the bar, where it stands, how far it is. */
const markLines = ({marks, level, fillRate}: VolumeView, width: number, style: Style): readonly Line[] => {
	const near = level === undefined ? [] : approaches(level, marks, fillRate ?? 0);
	const far = (kind: Approach['kind'], mark: Approach['mark']): string => {
		const one = near.find(approach => approach.kind === kind && approach.mark === mark);
		if (one === undefined) return '';
		if (one.left <= 0) return 'is met';
		return one.in === undefined ? `in ${size(one.left)}` : `in ${size(one.left)}, ${roughly(one.in)}`;
	};

	const {used, free} = marks;
	const rows: ReadonlyArray<readonly [letter: string, name: string, at: number, distance: string]> = [
		...(used === undefined
			? []
			: ([
					['R', 'opens below', used.resume, ''],
					['P', 'closes above', used.pause, far('used', 'pause')],
					['H', 'stops at', used.hard, far('used', 'stop')],
				] as const)),
		['r', 'opens above', free.resume, ''],
		['p', 'closes below', free.pause, far('free', 'pause')],
		['s', 'stops at', free.stop, far('free', 'stop')],
	];
	return [
		text('Marks', 'title', width, style),
		...rows.map(([letter, name, at, distance]) =>
			fitLine(
				[
					[`  ${letter} `, 'mark'],
					[name.padEnd(13), 'plain'],
					[size(at).padStart(9), 'plain'],
					[letter < 'a' ? ' used  ' : ' free  ', 'dim'],
					[distance, distance === 'is met' ? 'warning' : 'dim'],
				],
				width,
				style.glyphs.ellipsis,
			),
		),
	];
};

/** Jobs that are named; more are summed up. */
const mostJobs = 5;

/** What running jobs still have to write here, the biggest first. */
const reservedLines = (
	volume: VolumeView,
	active: readonly ActiveJob[],
	width: number,
	style: Style,
): readonly Line[] => {
	if (volume.reserved <= 0) return [];
	const jobs = active
		.filter(job => job.volume === undefined || job.volume === volume.id)
		.map(job => ({
			job,
			left: Math.max(0, (job.progress.total ?? job.total ?? job.expectedSize ?? 0) - job.progress.bytes),
		}))
		.filter(({left}) => left > 0)
		.toSorted((a, b) => b.left - a.left);
	const rest = jobs.slice(mostJobs);
	const line = (bytes: number, words: string): Line =>
		fitLine(
			[
				[size(bytes).padStart(11), 'reserved'],
				[`  ${clip(cleanText(words), Math.max(1, width - 14), style.glyphs.ellipsis)}`, 'plain'],
			],
			width,
			style.glyphs.ellipsis,
		);
	return [
		text(`Reserved by running jobs: ${size(volume.reserved)}`, 'title', width, style),
		...jobs.slice(0, mostJobs).map(({job, left}) => line(left, job.title)),
		...(rest.length === 0
			? []
			: [
					line(
						rest.reduce((sum, {left}) => sum + left, 0),
						`${rest.length} more`,
					),
				]),
	];
};

/** What lies there, by category, the most first. */
const breakdownLines = ({breakdown}: VolumeView, width: number, style: Style): readonly Line[] => {
	if (breakdown === undefined) return [];
	const rows = Object.entries(breakdown)
		.filter(([, bytes]) => bytes > 0)
		.toSorted(([, first], [, second]) => second - first);
	const sum = rows.reduce((total, [, bytes]) => total + bytes, 0);
	const nameWidth = Math.min(16, Math.max(8, Math.floor(width / 5)));
	const barWidth = Math.max(6, Math.min(60, width - nameWidth - 22));
	return [
		text(rows.length === 0 ? 'Nothing lies there yet' : 'By category', 'title', width, style),
		...rows.map(([name, bytes]) => {
			const spans: readonly Span[] = [
				['  ', 'plain'],
				[clip(cleanText(name), nameWidth, style.glyphs.ellipsis).padEnd(nameWidth), 'plain'],
				[` ${bar(bytes / sum, barWidth, style)} `, 'accent'],
				[size(bytes).padStart(9), 'plain'],
				[percent(bytes / sum).padStart(5), 'dim'],
			];
			return fitLine(spans, width, style.glyphs.ellipsis);
		}),
	];
};

const measuredWords = ({level, walkedAt}: VolumeView, now: Instant): string => {
	if (level === undefined) return '';
	const walked =
		walkedAt === undefined ? 'the folders are being measured' : `the folders at ${clockTime(walkedAt, now)}`;
	return `free space at ${clockTime(level.at, now)}, ${walked}`;
};
