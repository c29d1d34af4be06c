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
	const words = ` ${label}${others}`;
	const end: readonly Span[] = canCancel
		? [
				[` ${key}`, 'key'],
				[width < 60 ? ' stops' : ' stops it ', 'dim'],
			]
		: [];
	const percentage = share === undefined ? '' : ` ${percent(share).padStart(4)}`;
	const least = widthOf([words, percentage, ...end.map(([text]) => text)]);
	// How far it is in numbers, and then the bar, get what the words and the key leave.
	const numbers = least + cellWidth(far) + 1 <= width ? ` ${far}` : '';
	const room = width - least - cellWidth(numbers);
	const drawn: readonly Span[] =
		share === undefined || room <= leastBar ? [] : [[` ${bar(share, Math.min(mostBar, room - 1), style)}`, 'accent']];
	return fitLine(
		[[words, 'strong'], ...drawn, [percentage, 'plain'], [numbers, 'plain'], ...end],
		width,
		glyphs.ellipsis,
	);
};

const widthOf = (texts: readonly string[]): number => texts.reduce((sum, text) => sum + cellWidth(text), 0);

const leastBar = 4;
const mostBar = 30;
