import {cleanText} from '../../../domain/text.ts';
import type {PipelineStatistics} from '../../../engine/ports.ts';
import {count, percent, size} from '../../format.ts';
import type {Style} from '../../theme.ts';
import {bar} from '../job-rows.ts';
import {fitLine, type Line, type Span} from '../spans.ts';
import {blank, field, text} from './words.ts';

/** What the database of the anime pipeline says: rows by stage, success, sizes, series, errors. */
export const pipelineLines = (statistics: PipelineStatistics, width: number, style: Style): readonly Line[] => {
	const section = (title: string, lines: readonly Line[]): readonly Line[] =>
		lines.length === 0 ? [] : [blank(width), text(title, 'title', width, style), ...lines];
	const line = (...spans: readonly Span[]): Line => fitLine([['  ', 'plain'], ...spans], width, style.glyphs.ellipsis);
	const titled = (title: string, ...behind: readonly Span[]): Line => {
		const titleWidth = Math.max(10, Math.floor(width * 0.4));
		return line(
			...fitLine([[cleanText(title), 'plain']], titleWidth, style.glyphs.ellipsis),
			[' ', 'plain'],
			...behind,
		);
	};

	return [
		...section(`Pipeline, ${count(rowsIn(statistics))} rows`, stageLines(statistics, line, width, style)),
		...pipelineFacts(statistics).flatMap(([name, words]) => field(name, words, 'plain', width, style)),
		...section(
			'Series of the pipeline',
			statistics.series.map(({title, episodes, downloaded, failed}) =>
				titled(title, [
					`${count(downloaded)} of ${count(episodes)}${failed === 0 ? '' : `, ${count(failed)} failed`}`,
					'dim',
				]),
			),
		),
		...section(
			'Commonest failures of rows',
			statistics.topErrors.map(({message, count: times}) =>
				line([`${count(times).padStart(6)}  `, 'strong'], [wordsOr(message), 'plain']),
			),
		),
		...section(
			'Failed rows',
			statistics.failures.map(({title, episode, message}) => titled(`${title} ${episode}`, [wordsOr(message), 'dim'])),
		),
	];
};

/** Rows of all stages. */
export const rowsIn = ({stages}: Pick<PipelineStatistics, 'stages'>): number =>
	Object.values(stages).reduce((sum, rows) => sum + rows, 0);

/** In the order in which rows go through them; those that nobody knows come last. */
const order = [
	'queued',
	'downloading',
	'downloaded',
	'transcribing',
	'transcribed',
	'tokenizing',
	'tokenized',
	'analyzing',
	'complete',
	'failed',
];

const place = (stage: string): number => (order.includes(stage) ? order.indexOf(stage) : order.length);

/** Stages that have rows, in the order of a row's life. */
export const stagesOf = ({
	stages,
}: Pick<PipelineStatistics, 'stages'>): ReadonlyArray<readonly [stage: string, rows: number]> => {
	return Object.entries(stages).toSorted(([a], [b]) => place(a) - place(b));
};

const stageLines = (
	statistics: PipelineStatistics,
	line: (...spans: readonly Span[]) => Line,
	width: number,
	style: Style,
): readonly Line[] => {
	const sum = Math.max(1, rowsIn(statistics));
	const barWidth = Math.max(6, Math.min(50, width - 36));
	return stagesOf(statistics).map(([stage, rows]) =>
		line(
			...fitLine([[cleanText(stage), 'plain']], 14, style.glyphs.ellipsis),
			[count(rows).padStart(10), 'strong'],
			[`  ${bar(rows / sum, barWidth, style)}`, 'accent'],
			[percent(rows / sum).padStart(5), 'dim'],
		),
	);
};

/** Named facts about all rows, in words. */
export const pipelineFacts = ({
	success,
	sizes,
	selections,
}: PipelineStatistics): ReadonlyArray<readonly [name: string, words: string]> => [
	['Success', successWords(success)],
	...(sizes === undefined
		? []
		: [['Videos', `${size(sizes.average)} on average, ${size(sizes.least)} to ${size(sizes.most)}`] as const]),
	...(selections === undefined
		? []
		: [['Selected', `${count(selections.total)} series, ${count(selections.high)} of them for sure`] as const]),
];

const successWords = ({downloaded, failed, rate, beyond}: PipelineStatistics['success']): string => {
	const further = `${count(beyond)} have their video or are further`;
	return rate === undefined
		? `no row is downloaded or failed; ${further}`
		: `${(rate * 100).toFixed(2)}%: ${count(downloaded)} downloaded, ${count(failed)} failed; ${further}`;
};

const wordsOr = (message: string): string => cleanText(message) || 'without a word';
