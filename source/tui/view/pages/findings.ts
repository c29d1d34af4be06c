import type {Finding} from '../../../domain/finding.ts';
import {plural} from '../../format.ts';
import type {Findings} from '../../findings-watch.ts';
import type {Style, Tone} from '../../theme.ts';
import {fitLine, type Line} from '../spans.ts';
import {blank, field, text, wrap} from './words.ts';
import {cleanText} from '../../../domain/text.ts';

/** What was found on the machine, each problem with what to do about it; problems first. */
export const findingLines = (state: Findings, width: number, style: Style): readonly Line[] => {
	const {findings, isLooking, problem} = state;
	if (problem !== undefined) return [text(`the machine could not be looked at: ${problem}`, 'bad', width, style)];
	if (findings === undefined) return [text('looking at tools, folders, configuration and space', 'dim', width, style)];
	const bad = findings.filter(({ok}) => !ok);
	const head =
		bad.length === 0
			? text(`${style.glyphs.completed} all is well`, 'good', width, style)
			: text(`${style.glyphs.notice} ${plural(bad.length, 'problem')}`, 'warning', width, style);
	return [
		head,
		...(isLooking ? [text('looking again', 'dim', width, style)] : []),
		blank(width),
		...findings.flatMap(finding => linesOf(finding, width, style)),
		blank(width),
		...wrap('As the scheduler sees it; `tidegate doctor` tells the same of your shell.', width - 2).map(words =>
			text(words, 'dim', width, style),
		),
	];
};

const linesOf = (finding: Finding, width: number, style: Style): readonly Line[] => {
	const {name, ok, detail, fix, waiting} = finding;
	const {glyphs} = style;
	const tone: Tone = ok ? 'good' : 'bad';
	const heading = fitLine(
		[
			[` ${ok ? glyphs.completed : glyphs.failed} `, tone],
			[cleanText(name), ok ? 'plain' : 'strong'],
			[ok ? '' : '  problem', 'bad'],
			[waiting === undefined ? '' : `  ${plural(waiting, 'job')} wait for it`, 'warning'],
		],
		width,
		glyphs.ellipsis,
	);
	const words = wrap(cleanText(detail), Math.max(10, width - 5)).map(part =>
		fitLine(
			[
				['    ', 'plain'],
				[part, ok ? 'dim' : 'plain'],
			],
			width,
			glyphs.ellipsis,
		),
	);
	return [heading, ...words, ...(fix === undefined ? [] : field('  To do', fix, 'warning', width, style))];
};
