import {cellWidth, clockTime, count, plural} from '../format.ts';
import type {Instant} from '../../domain/time.ts';
import type {LogState} from '../log-window.ts';
import type {Glyphs, Style} from '../theme.ts';
import {logLines, timeAt, type LogPlace, type LogSearch} from './log-lines.ts';
import {text} from './pages/words.ts';
import {fitLine, type Line, type Span} from './spans.ts';

/** The two parts of the details: what is known of the job, and its log. */
export type DetailsPart = 'facts' | 'log';

export type DetailsRoom = {
	/** Rows of each part; 0 where the other one has them all. */
	readonly facts: number;
	readonly log: number;
	/** The part that scrolls. Where all facts are seen, there is nothing but the log to scroll. */
	readonly part: DetailsPart;
};

/** Below this there is room for one part only, and the line between them becomes tabs. */
const leastForBoth = 13;

/**
 * How the rows below the page's title are shared; one of them is the line between the parts. A log that does not grow any
 * more (`stillLines` of them) leaves what it does not need to the facts.
 */
export const detailsRoom = (
	height: number,
	factLines: number,
	chosen: DetailsPart,
	stillLines = Infinity,
): DetailsRoom => {
	const free = Math.max(0, height - 1);
	if (height < leastForBoth)
		return chosen === 'facts' ? {facts: free, log: 0, part: 'facts'} : {facts: 0, log: free, part: 'log'};
	const most = Math.max(Math.floor(free * 0.6), free - Math.max(3, stillLines + 1));
	if (factLines <= most) return {facts: factLines, log: free - factLines, part: 'log'};
	const facts = chosen === 'facts' ? most : Math.max(4, Math.floor(free * 0.35), free - Math.max(3, stillLines + 1));
	return {facts, log: free - facts, part: chosen};
};

export type DetailsView = {
	readonly facts: readonly Line[];
	readonly scroll: number;
	readonly log: LogState;
	readonly place: LogPlace | undefined;
	readonly search: LogSearch;
	readonly chosen: DetailsPart;
	/** Lines of a log that does not grow any more. */
	readonly stillLines: number | undefined;
	/** What an empty log says. */
	readonly emptyWords: string;
	/** The key that goes on to the other part, as people read it. */
	readonly switchKey: string;
	readonly now: Instant;
};

/** The details as they stand below the page's title, in exactly so many lines. */
export const detailsLines = (view: DetailsView, width: number, height: number, style: Style): readonly Line[] => {
	const room = detailsRoom(height, view.facts.length, view.chosen, view.stillLines);
	const facts = view.facts.slice(view.scroll, view.scroll + room.facts);
	const logRoom = {width, height: room.log};
	const log =
		view.log.lines.length === 0
			? [text(view.log.problem ?? (view.log.isLoading ? 'reading' : view.emptyWords), 'dim', width, style)]
			: logLines(view.log, view.place, {...logRoom, search: view.search}, style);
	const rule = height < leastForBoth ? tabs(view, room, width, style) : ruleLine(view, room, width, style);
	const empty: Line = [[' '.repeat(width), 'plain']];
	const filled = (lines: readonly Line[], rows: number): readonly Line[] =>
		Array.from({length: rows}, (_, row) => lines[row] ?? empty);
	return height < leastForBoth
		? [rule, ...filled(room.part === 'facts' ? facts : log, room.facts + room.log)]
		: [...filled(facts, room.facts), rule, ...filled(log, room.log)];
};

const tabs = (view: DetailsView, room: DetailsRoom, width: number, {glyphs}: Style): Line => {
	const tab = (part: DetailsPart, name: string): Span =>
		room.part === part ? [`[${name}]`, 'title'] : [` ${name} `, 'dim'];
	return fitLine(
		[
			[' ', 'plain'],
			tab('facts', 'Facts'),
			[' ', 'plain'],
			tab('log', 'Log'),
			[`  ${view.switchKey} `, 'key'],
			[room.part === 'log' ? statusWords(view, room, width, glyphs) : '', 'dim'],
		],
		width,
		glyphs.ellipsis,
	);
};

const ruleLine = (view: DetailsView, room: DetailsRoom, width: number, {glyphs}: Style): Line => {
	const isHere = room.part === 'log';
	const rule = isHere ? glyphs.focusedRule : glyphs.rule;
	const tone = isHere ? 'title' : 'dim';
	const words = statusWords(view, room, width, glyphs);
	const hidden = view.facts.length - room.facts;
	const more = hidden > 0 ? ` ${plural(hidden, 'more line')} above: ${view.switchKey} ` : '';
	const taken = 1 + ' Log '.length + cellWidth(words) + cellWidth(more) + 2;
	return fitLine(
		[
			[rule, tone],
			[' Log ', isHere ? 'title' : 'strong'],
			[words === '' ? '' : `${words} `, 'dim'],
			[rule.repeat(Math.max(1, width - taken)), tone],
			[more, 'accent'],
			[rule, tone],
		],
		width,
		glyphs.ellipsis,
	);
};

/** Where in the log the window is, and what is looked for. */
const statusWords = (view: DetailsView, room: DetailsRoom, width: number, glyphs: Glyphs): string => {
	const {log, place, search, now} = view;
	if (log.lines.length === 0) return '';
	const parts: string[] = [];
	if (place === undefined) parts.push('at its end');
	else {
		const at = timeAt(log, place, {width, height: room.log});
		parts.push(at === undefined ? 'scrolled' : `from ${clockTime(at, now)}`, 'G to its end');
	}

	if (log.isAtStart && log.isAtEnd && log.lines.length > room.log) parts.push(`${count(log.lines.length)} lines`);
	if (search.pattern !== '') parts.push(`/${search.pattern}`);
	return parts.join(` ${glyphs.separator} `);
};
