import {failureHelp} from '../../domain/failure.ts';
import {attemptsMade, type JobView} from '../../domain/job.ts';
import type {EngineSnapshot} from '../../domain/snapshot.ts';
import type {Instant} from '../../domain/time.ts';
import {cellWidth, clip, clockTime, count, percent, plural, size, speed} from '../format.ts';
import type {PaneId} from '../layout.ts';
import {paneRemark, paneTotals} from '../select.ts';
import type {Glyphs, Style, Tone} from '../theme.ts';
import type {Message} from '../ui-store.ts';
import {holdText} from './job-rows.ts';
import {fitLine, type Line, type Span} from './spans.ts';

export const paneNames: Readonly<Record<PaneId, string>> = {
	active: 'Active',
	queued: 'Queue',
	failed: 'Failed',
	done: 'Done',
};

const shortNames: Readonly<Record<PaneId, string>> = {active: 'Run', queued: 'Queue', failed: 'Fail', done: 'Done'};

/** Name, rate with its last minute, workers, lanes, and what a person must know about the whole. */
export const headerLine = (snapshot: EngineSnapshot, width: number, isAttached: boolean, style: Style): Line => {
	const {glyphs} = style;
	const isSmall = width < 60;
	const marks = headerMarks(snapshot, isSmall, glyphs);
	const left: Span[] = [
		[' tidegate ', 'title'],
		[` ${glyphs.down} ${(speed(snapshot.rate) || '0 B/s').padStart(10)} ${limitWords(snapshot, isSmall)}`, 'plain'],
	];
	if (!isSmall || marks.length === 0)
		left.push([minuteLine(snapshot, isSmall ? 10 : width < 110 ? 20 : width < 150 ? 30 : 60, glyphs), 'good']);
	left.push([` ${snapshot.active.length}/${snapshot.workers}${isSmall ? '' : ' workers'} `, 'plain']);
	// The least important stands first and is the first to go.
	const right: Span[] = [];
	if (width >= 110) right.push([` ${resourceWords(snapshot, glyphs)} `, 'dim']);
	const lanes = laneSpan(snapshot, width, glyphs);
	if (!isSmall && lanes !== undefined) right.push(lanes);
	if (isAttached && !isSmall) right.push([' attached ', 'accent']);
	for (let from = 0; from < right.length; from++) {
		const kept = right.slice(from);
		if (widthOf([...left, ...marks, ...kept]) <= width) return justify([...left, ...marks], kept, width, glyphs);
	}

	return justify([...left, ...marks], [], width, glyphs);
};

const limitWords = ({limit}: EngineSnapshot, isSmall: boolean): string =>
	limit === undefined || isSmall ? '' : `of ${speed(limit)} `;

const headerMarks = (snapshot: EngineSnapshot, isSmall: boolean, glyphs: Glyphs): readonly Span[] => {
	const marks: Span[] = [];
	if (!snapshot.isScheduling) marks.push([' NO SCHEDULER ', 'bad']);
	if (snapshot.isStopping) marks.push([' STOPPING ', 'warning']);
	if (snapshot.isQueuePaused) marks.push([` ${glyphs.paused} ${isSmall ? 'PAUSED' : 'QUEUE PAUSED'} `, 'warning']);
	return marks;
};

/** In steps that change seldom: nobody needs each megabyte, and each change is written to the terminal. */
const resourceWords = ({resources: {memory, cpu}}: EngineSnapshot, {separator}: Glyphs): string =>
	`${size(Math.round(memory / 1e7) * 1e7)} ${separator} cpu ${percent(cpu)}`;

/** Holds that shut a lane, other than that it is busy. */
const shutReasons: ReadonlySet<string> = new Set(['lane-cooling', 'breaker-open', 'probing', 'tool-missing']);

/** How many lanes may start jobs; where some may not, until when the next of them. */
const laneSpan = ({lanes, at: now}: EngineSnapshot, width: number, {notice}: Glyphs): Span | undefined => {
	if (lanes.length === 0) return undefined;
	const shut = lanes.filter(({hold}) => hold !== undefined && shutReasons.has(hold.reason));
	if (shut.length === 0) return width < 80 ? undefined : [` ${plural(lanes.length, 'lane')} open `, 'dim'];
	const until = Math.min(...shut.map(({hold}) => (hold !== undefined && 'until' in hold ? hold.until : Infinity)));
	const when = width < 110 || !Number.isFinite(until) ? '' : ` until ${clockTime(until, now)}`;
	return [` ${notice} ${shut.length} of ${plural(lanes.length, 'lane')} shut${when} `, 'warning'];
};

/**
 * The last minute of the rate in so many cells. Where one cell stands for several seconds, they are counted by the clock, so
 * that a cell keeps what it shows until the picture moves on by a whole one.
 */
const minuteLine = ({rateHistory, at}: EngineSnapshot, width: number, glyphs: Pick<Glyphs, 'spark'>): string => {
	const each = Math.max(1, Math.round(60 / width));
	if (each === 1) return sparkline(rateHistory, width, glyphs);
	const newest = (Math.floor(at / 1000) % each) + 1;
	const cells: number[] = [];
	for (let end = rateHistory.length, length = newest; end > 0 && cells.length < width; end -= length, length = each) {
		const part = rateHistory.slice(Math.max(0, end - length), end);
		cells.unshift(part.reduce((sum, value) => sum + value, 0) / part.length);
	}

	return sparkline(cells, width, glyphs);
};

/** The last values of a series, newest on the right, as tall as the highest of them. */
export const sparkline = (values: readonly number[], width: number, glyphs: Pick<Glyphs, 'spark'>): string => {
	const shown = values.slice(-width);
	const top = Math.max(...shown, 1);
	const steps = [...glyphs.spark];
	return shown
		.map(
			value => steps[Math.min(steps.length - 1, Math.floor((Math.max(0, value) / top) * (steps.length - 0.01)))] ?? ' ',
		)
		.join('')
		.padStart(width);
};

export type PaneTitle = {
	readonly pane: PaneId;
	/** The key that leads there. */
	readonly key: string;
	readonly isFocused: boolean;
	readonly filter: string;
	/** `3 marked`, or empty. */
	readonly marks: string;
	readonly isFiltering: boolean;
	/** How the rows stand where that is not as usual: another sort, or by batch. */
	readonly order: string;
	/** The key that goes back, while the pane has the window for itself; otherwise empty. */
	readonly unzoomKey: string;
	/** Number of the row under the cursor, from 1, where not all rows are seen and it is known. */
	readonly row: number | undefined;
	/** Rows of the list, where they are not the jobs that the title counts. */
	readonly rows: number | undefined;
	/** Rows above and below what is shown, as far as that is known. */
	readonly hasAbove: boolean;
	readonly hasBelow: boolean;
};

/** A rule with the pane's number, name and counts in it. The focused one is heavier and says so with the cursor's shape. */
export const paneTitleLine = (view: PaneTitle, snapshot: EngineSnapshot, width: number, style: Style): Line => {
	const {glyphs} = style;
	const rule = view.isFocused ? glyphs.focusedRule : glyphs.rule;
	const tone: Tone = view.isFocused ? 'title' : 'dim';
	const remark = paneRemark(view.pane, snapshot);
	const name: readonly Span[] = [
		[rule, tone],
		[
			` ${view.key} ${paneNames[view.pane]} ${count(paneTotals(snapshot)[view.pane])} `,
			view.isFocused ? 'title' : 'strong',
		],
	];
	const spans: Span[] = [];
	if (view.marks !== '') spans.push([`${glyphs.separator} ${view.marks} `, 'mark']);
	if (view.order !== '') spans.push([`${glyphs.separator} ${view.order} `, 'accent']);
	if (view.unzoomKey !== '')
		spans.push([`${glyphs.separator} zoomed${width < 60 ? '' : `, ${view.unzoomKey} goes back`} `, 'accent']);
	if (view.filter !== '' || view.isFiltering) spans.push([`${glyphs.separator} filter: ${view.filter} `, 'accent']);
	// What the person did goes before what the queue says of itself.
	const said: Span = [remark === '' ? '' : `${glyphs.separator} ${remark} `, 'dim'];
	spans.unshift(...name, ...(widthOf([...name, said, ...spans]) <= width ? [said] : []));
	const more = `${view.hasAbove ? glyphs.up : ''}${view.hasBelow ? glyphs.down : ''}`;
	const of = view.rows === undefined ? '' : ` of ${count(view.rows)}`;
	const ends = [view.row === undefined ? '' : `row ${count(view.row)}${of} ${more}`, more]
		.filter(text => text !== '')
		.map((text): readonly Span[] => [
			[` ${text} `, 'accent'],
			[rule, tone],
		]);
	const end = ends.find(one => widthOf(spans) + widthOf(one) <= width) ?? [];
	return justify(spans, end, width, glyphs, [rule, tone]);
};

/** All panes in one line, for windows that show one at a time. */
export const tabsLine = (
	focus: PaneId,
	keys: Readonly<Record<PaneId, string>>,
	snapshot: EngineSnapshot,
	width: number,
	style: Style,
): Line => {
	const totals = paneTotals(snapshot);
	const isShort = width < 60;
	const spans = (Object.keys(paneNames) as readonly PaneId[]).flatMap((pane): Span[] => {
		const number = count(totals[pane], true);
		const name = isShort
			? `${keys[pane]}${width < 50 ? shortNames[pane] : paneNames[pane]} ${number}`
			: `${keys[pane]} ${paneNames[pane]} ${number}`;
		return pane === focus
			? [[`[${name}]`, 'title']]
			: [
					[isShort ? ' ' : '  ', 'plain'],
					[name, 'dim'],
				];
	});
	return fitLine(spans, width, style.glyphs.ellipsis);
};

/** What the cursor stands on, in full: what a row had no room for. */
export const selectionText = (pane: PaneId, job: JobView | undefined, now: Instant, separator: string): string => {
	if (job === undefined) return '';
	const join = (...parts: readonly string[]): string => parts.filter(part => part !== '').join(` ${separator} `);
	switch (pane) {
		case 'active':
			return join(`${job.status} by ${job.provider}`, `attempt ${attemptsMade(job)} of ${job.maxAttempts}`, job.source);
		case 'queued':
			return join(holdText(job, now), job.title);
		case 'failed':
			return job.error === undefined
				? job.title
				: join(failureHelp(job.error.code), `${job.error.code}: ${job.error.message}`);
		case 'done':
			return join(job.status, job.outputPath ?? job.title);
	}
};

/** The line above the keys: a message where there is one, otherwise the selection in full. */
export const statusLine = (message: Message | undefined, selection: string, width: number, {glyphs}: Style): Line => {
	if (message === undefined)
		return fitLine(
			[
				[' ', 'plain'],
				[clip(selection, width - 1, glyphs.ellipsis), 'dim'],
			],
			width,
			glyphs.ellipsis,
		);
	const mark = message.kind === 'info' ? glyphs.completed : message.kind === 'warning' ? glyphs.notice : glyphs.failed;
	const tone: Tone = message.kind === 'info' ? 'good' : message.kind === 'warning' ? 'warning' : 'bad';
	return fitLine(
		[
			[` ${mark} `, tone],
			[clip(message.text, width - 3, glyphs.ellipsis), tone],
		],
		width,
		glyphs.ellipsis,
	);
};

/** Notices of the engine, one a line; the last line tells how many more there are. */
export const noticeLines = (
	notices: readonly string[],
	rows: number,
	width: number,
	{glyphs}: Style,
): readonly Line[] =>
	notices.slice(0, rows).map((notice, index) => {
		const hidden = index === rows - 1 ? notices.length - rows : 0;
		const more = hidden > 0 ? ` (+${hidden} more)` : '';
		return fitLine(
			[
				[` ${glyphs.notice} `, 'mark'],
				[clip(notice, width - 3 - more.length, glyphs.ellipsis) + more, 'warning'],
			],
			width,
			glyphs.ellipsis,
		);
	});

type Hint = {readonly key: string; readonly hint: string};

/** Key hints, whole ones only, as many as there is room for; then why others are not possible. */
export const footerLine = (hints: readonly Hint[], missed: readonly Hint[], width: number, {glyphs}: Style): Line => {
	const spans: Span[] = [];
	let left = width - 1;
	const add = (key: Span, hint: Span): boolean => {
		const needed = widthOf([key, hint]) + (spans.length === 0 ? 0 : 2);
		if (needed > left) return false;
		if (spans.length > 0) spans.push(['  ', 'plain']);
		spans.push(key, hint);
		left -= needed;
		return true;
	};
	if (hints.every(({key, hint}) => add([key, 'key'], [` ${hint}`, 'dim'])))
		for (const {key, hint} of missed) add([`not ${key}:`, 'dim'], [` ${hint}`, 'dim']);

	return fitLine([[' ', 'plain'], ...spans], width, glyphs.ellipsis);
};

const widthOf = (spans: readonly Span[]): number => spans.reduce((sum, [text]) => sum + cellWidth(text), 0);

/** Left and right part with filling in between; the right part goes where there is no room for both. */
const justify = (
	left: readonly Span[],
	right: readonly Span[],
	width: number,
	{ellipsis}: Pick<Glyphs, 'ellipsis'>,
	filling: Span = [' ', 'plain'],
): Line => {
	const free = width - widthOf(left) - widthOf(right);
	if (free < 0)
		return right.length === 0 ? fitLine(left, width, ellipsis) : justify(left, [], width, {ellipsis}, filling);
	return fitLine([...left, [filling[0].repeat(free), filling[1]], ...right], width, ellipsis);
};
