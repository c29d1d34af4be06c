import {sumOf} from '../../../domain/batch.ts';
import {failureHelp, isFailureCode} from '../../../domain/failure.ts';
import {endedStatuses, jobStatuses, type JobStatus} from '../../../domain/job.ts';
import type {EngineSnapshot, VolumeView} from '../../../domain/snapshot.ts';
import {cleanText} from '../../../domain/text.ts';
import type {Statistics} from '../../../engine/ports.ts';
import {count, percent, size} from '../../format.ts';
import type {Style} from '../../theme.ts';
import {bar, stateGlyph} from '../job-rows.ts';
import {fitLine, type Line} from '../spans.ts';
import {laneReasons} from './lanes.ts';
import {pipelineLines} from './pipeline.ts';
import {blank, field, text} from './words.ts';

/** Statistics in words; the table of lanes stands above them. */
export const statisticsLines = (
	statistics: Statistics | undefined,
	snapshot: EngineSnapshot,
	width: number,
	style: Style,
): readonly Line[] => {
	const row = (name: string, value: string): readonly Line[] => field(name, value, 'plain', width, style);
	const reasons = laneReasons(snapshot.lanes).flatMap(words => field('  Shut', words, 'warning', width, style));
	const lines = [
		...reasons,
		...row('Rate', rateWords(snapshot)),
		...row('Process', processWords(snapshot)),
		...snapshot.volumes.flatMap(volume => row('Disk', diskWords(volume))),
	];
	if (statistics === undefined) return [...lines, text('  counting', 'dim', width, style)];
	const {sizes} = statistics;
	return [
		...lines,
		...row('Success', successWords(statistics)),
		...(sizes === undefined
			? []
			: row(
					'Sizes',
					`${size(sizes.sum)} in all, ${size(sizes.average)} on average, ${size(sizes.least)} to ${size(sizes.most)}`,
				)),
		...countLines(statistics, width, style),
		...(statistics.pipeline === undefined ? [] : pipelineLines(statistics.pipeline, width, style)),
		...errorLines(statistics, width, style),
		...batchLines(statistics, width, style),
	];
};

const rateWords = ({rate, rateHistory}: EngineSnapshot): string => {
	const average = rateHistory.reduce((sum, value) => sum + value, 0) / Math.max(1, rateHistory.length);
	const most = Math.max(0, ...rateHistory);
	return `${size(rate)}/s now, ${size(average)}/s on average and ${size(most)}/s at most in the last minute`;
};

const processWords = ({resources: {memory, cpu}, isScheduling}: EngineSnapshot): string =>
	`${size(memory)} of memory, ${percent(cpu)} of a core${isScheduling ? '' : '; no scheduler is running'}`;

const diskWords = ({path, level, fillRate = 0}: VolumeView): string => {
	if (level === undefined) return `${cleanText(path)} is not mounted`;
	const filling = fillRate >= 1 ? `${size(fillRate)}/s written` : 'nothing is written';
	return `${size(level.free)} of ${size(level.total)} free in ${cleanText(path)}, ${filling}`;
};

const successWords = ({successRate, counts}: Statistics): string =>
	successRate === undefined
		? 'nothing has ended yet'
		: `${(successRate * 100).toFixed(1)}%: ${count(counts.completed)} completed, ${count(counts.failed)} failed`;

/** Jobs by status, as far as there are any. */
const countLines = ({counts}: Statistics, width: number, style: Style): readonly Line[] => {
	const sum = sumOf(counts, jobStatuses);
	const shown = jobStatuses.filter(status => counts[status] > 0);
	const barWidth = Math.max(6, Math.min(50, width - 36));
	const line = (status: JobStatus): Line =>
		fitLine(
			[
				['  ', 'plain'],
				stateGlyph(status, style.glyphs),
				[` ${status.padEnd(12)}`, 'plain'],
				[count(counts[status]).padStart(10), 'strong'],
				[`  ${bar(counts[status] / sum, barWidth, style)}`, 'accent'],
				[percent(counts[status] / sum).padStart(5), 'dim'],
			],
			width,
			style.glyphs.ellipsis,
		);
	return [
		blank(width),
		text(`Jobs ${count(sum)}, ${count(sumOf(counts, endedStatuses))} of them ended`, 'title', width, style),
		...shown.map(line),
	];
};

/** The commonest errors, each with what helps. */
const errorLines = ({topErrors}: Statistics, width: number, style: Style): readonly Line[] => [
	blank(width),
	text('Commonest failures', 'title', width, style),
	...(topErrors.length === 0 ? [text('  none', 'dim', width, style)] : []),
	...topErrors.flatMap(({code, message, count: times}) => [
		fitLine(
			[
				[`${count(times).padStart(8)}  `, 'strong'],
				[`${code}: `, 'warning'],
				[cleanText(message), 'plain'],
			],
			width,
			style.glyphs.ellipsis,
		),
		...(isFailureCode(code) ? field('', failureHelp(code), 'dim', width, style) : []),
	]),
];

const batchLines = ({batches}: Statistics, width: number, style: Style): readonly Line[] => {
	const titleWidth = Math.max(10, Math.floor(width * 0.4));
	return [
		blank(width),
		text('Largest batches', 'title', width, style),
		...(batches.length === 0 ? [text('  none', 'dim', width, style)] : []),
		...batches.map(({title, counts, bytes}) => {
			const all = sumOf(counts, jobStatuses);
			const failed = counts.failed === 0 ? '' : `, ${count(counts.failed)} failed`;
			return fitLine(
				[
					['  ', 'plain'],
					...fitLine([[cleanText(title), 'plain']], titleWidth, style.glyphs.ellipsis),
					[` ${count(counts.completed)} of ${count(all)}${failed}, ${size(bytes)}`, 'dim'],
				],
				width,
				style.glyphs.ellipsis,
			);
		}),
	];
};
