import type {Candidate} from '../../../domain/candidate.ts';
import {cleanText} from '../../../domain/text.ts';
import {size} from '../../format.ts';
import type {Style, Tone} from '../../theme.ts';
import {fitLine, type Line} from '../spans.ts';
import {blank, field, text} from './words.ts';

/** What a search has found for a job, best first: score, state, peer and file; below one that was tried what its score is made of. */
export const candidateLines = (candidates: readonly Candidate[], width: number, style: Style): readonly Line[] => {
	if (candidates.length === 0) return [];
	return [
		blank(width),
		text(`Candidates ${candidates.length}`, 'title', width, style),
		...candidates.flatMap((candidate, index) => linesOf(candidate, index + 1, width, style)),
	];
};

const states: Readonly<Record<Candidate['state']['is'], readonly [word: string, tone: Tone]>> = {
	untried: ['untried', 'dim'],
	tried: ['tried', 'good'],
	failed: ['failed', 'bad'],
};

const linesOf = (
	{score, peer, file, size: bytes, state, reasons}: Candidate,
	place: number,
	width: number,
	style: Style,
): readonly Line[] => {
	const [word, tone] = states[state.is];
	const head = fitLine(
		[
			[` ${String(place).padStart(2)}  ${score.toFixed(0).padStart(3)} `, 'plain'],
			[` ${word.padEnd(8)}`, tone],
			[`${size(bytes).padStart(9)}  `, 'dim'],
			[`${cleanText(peer)}: ${cleanText(file.split(/[\\/]/).at(-1) ?? file)}`, 'plain'],
		],
		width,
		style.glyphs.ellipsis,
	);
	if (state.is === 'failed') return [head, ...field('', state.reason, 'bad', width, style)];
	// What is next in line says why as well.
	return state.is === 'tried' || place === 1 ? [head, ...field('', reasons.join(', '), 'dim', width, style)] : [head];
};
