import {cleanText} from '../../../domain/text.ts';
import type {EngineSnapshot} from '../../../domain/snapshot.ts';
import type {Statistics} from '../../../engine/ports.ts';
import {count, percent, size} from '../../format.ts';
import type {Style} from '../../theme.ts';
import {fitLine, type Line} from '../spans.ts';
import {blank, field, text} from './words.ts';

/** Statistics in words; the table of lanes stands above them. */
export const statisticsLines = (
	statistics: Statistics | undefined,
	snapshot: EngineSnapshot,
	width: number,
	style: Style,
): readonly Line[] => {
	const {memory, cpu} = snapshot.resources;
	const process = field('Process', `${size(memory)} of memory, ${percent(cpu)} of a core`, 'plain', width, style);
	if (statistics === undefined) return [...process, text('  counting', 'dim', width, style)];
	const {successRate, sizes, batches, topErrors} = statistics;
	const lines: Line[] = [
		...process,
		...field(
			'Success',
			successRate === undefined ? 'nothing has ended yet' : `${(successRate * 100).toFixed(1)}%`,
			'plain',
			width,
			style,
		),
	];
	if (sizes !== undefined)
		lines.push(
			...field(
				'Sizes',
				`${size(sizes.sum)} in all, ${size(sizes.average)} on average, ${size(sizes.least)} to ${size(sizes.most)}`,
				'plain',
				width,
				style,
			),
		);
	lines.push(blank(width), text('Commonest failures', 'title', width, style));
	if (topErrors.length === 0) lines.push(text('  none', 'dim', width, style));
	for (const {code, message, count: times} of topErrors)
		lines.push(
			fitLine(
				[
					[`${count(times).padStart(8)}  `, 'strong'],
					[`${code}: `, 'warning'],
					[cleanText(message), 'plain'],
				],
				width,
				style.glyphs.ellipsis,
			),
		);
	lines.push(blank(width), text('Largest batches', 'title', width, style));
	if (batches.length === 0) lines.push(text('  none', 'dim', width, style));
	for (const batch of batches)
		lines.push(
			fitLine(
				[
					[
						`  ${count(batch.counts.completed)} done, ${count(batch.counts.failed)} failed, ${size(batch.bytes)}  `,
						'dim',
					],
					[cleanText(batch.title), 'plain'],
				],
				width,
				style.glyphs.ellipsis,
			),
		);
	return lines;
};
