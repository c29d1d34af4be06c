import type {Finding} from '../../../domain/finding.ts';
import {plural} from '../../format.ts';
import type {Findings} from '../../findings-watch.ts';
import type {Style} from '../../theme.ts';
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
		...bad.flatMap(finding => [...linesOf(finding, width, style), blank(width)]),
		...findings.filter(({ok}) => ok).flatMap(finding => linesOf(finding, width, style)),
		blank(width),
		...wrap('As the scheduler sees it; `tidegate doctor` tells the same of your shell.', width - 2).map(words =>
			text(words, 'dim', width, style),
		),
	];
};

const linesOf = (finding: Finding, width: number, style: Style): readonly Line[] => {
	const {name, ok, detail, fix, waiting} = finding;
	const {glyphs} = style;
	// What is well takes no more room than it needs.
	if (ok) {
		const indent = Math.min(14, Math.floor(width / 3));
		return wrap(cleanText(detail), width - indent - 1).map((part, index) =>
			fitLine(
				[
					...fitLine(
						index === 0
							? [
									[` ${glyphs.completed} `, 'good'],
									[cleanText(name), 'plain'],
								]
							: [],
						indent - 1,
						glyphs.ellipsis,
					),
					[` ${part}`, 'dim'],
				],
				width,
				glyphs.ellipsis,
			),
		);
	}

	const heading = fitLine(
		[
			[` ${glyphs.failed} `, 'bad'],
			[cleanText(name), 'strong'],
			['  problem', 'bad'],
			[waiting === undefined ? '' : `  ${waitWords(waiting)}`, 'warning'],
		],
		width,
		glyphs.ellipsis,
	);
	return [
		heading,
		...field('  What', detail, 'plain', width, style),
		...(fix === undefined ? [] : field('  To do', fix, 'warning', width, style)),
	];
};

const waitWords = (waiting: number): string => `${plural(waiting, 'job')} ${waiting === 1 ? 'waits' : 'wait'} for it`;
