import type {WorkView} from '../../domain/snapshot.ts';
import {cellWidth, count, percent} from '../format.ts';
import type {Style} from '../theme.ts';
import {bar} from './job-rows.ts';
import {fitLine, type Line, type Span} from './spans.ts';

/** The work that the line tells of and the key stops: the first that can be stopped. */
export const shownWork = (works: readonly WorkView[]): WorkView | undefined =>
	works.find(({canCancel}) => canCancel) ?? works[0];

/** A long work as one line: what it does, how far it is, and the key that stops it. */
export const workLine = (works: readonly WorkView[], key: string, width: number, style: Style): Line => {
	const work = shownWork(works);
	const {glyphs} = style;
	if (work === undefined) return fitLine([], width, glyphs.ellipsis);
	const {done, total, isEstimate, label, canCancel} = work;
	const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total);
	const others = works.length > 1 ? ` (+${works.length - 1} more)` : '';
	const far =
		total === undefined
			? `${count(done)} so far`
			: `${count(done)} of ${isEstimate ? 'about ' : ''}${count(Math.max(done, total))}`;
	const words = ` ${label}${others} `;
	const end: readonly Span[] = canCancel
		? [
				[` ${key}`, 'key'],
				[' stops it ', 'dim'],
			]
		: [];
	// The bar gets what the words leave, and goes first where there is no room.
	const percentage = share === undefined ? '' : ` ${percent(share).padStart(4)}`;
	const fixed = [words, `${far} `, percentage, ...end.map(([text]) => text)];
	const room = width - fixed.reduce((sum, text) => sum + cellWidth(text), 0);
	const drawn: readonly Span[] =
		share === undefined || room < leastBar ? [] : [[bar(share, Math.min(mostBar, room), style), 'accent']];
	return fitLine(
		[[words, 'strong'], ...drawn, [`${percentage} `, 'plain'], [far, 'plain'], ...end],
		width,
		glyphs.ellipsis,
	);
};

const leastBar = 4;
const mostBar = 30;
