import {failureHelp} from '../../domain/failure.ts';
import {attemptsMade, type JobView} from '../../domain/job.ts';
import type {EngineSnapshot} from '../../domain/snapshot.ts';
import type {Instant} from '../../domain/time.ts';
import {cellWidth, clip, count, percent, size, speed} from '../format.ts';
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

const paneKeys: Readonly<Record<PaneId, string>> = {active: '1', queued: '2', failed: '3', done: '4'};

/** Name, rate with its last minute, workers, and what a person must know about the whole. */
export const headerLine = (snapshot: EngineSnapshot, width: number, isAttached: boolean, style: Style): Line => {
	const {glyphs} = style;
	const left: Span[] = [
		[' tidegate ', 'title'],
		[` ${glyphs.down} ${(speed(snapshot.rate) || '0 B/s').padStart(10)} `, 'plain'],
	];
	if (width >= 60) left.push([sparkline(snapshot.rateHistory, width >= 110 ? 60 : 20, glyphs), 'good'], [' ', 'plain']);
	left.push([` ${snapshot.active.length}/${snapshot.workers} workers `, 'plain']);
	const marks: Span[] = [];
	if (!snapshot.isScheduling) marks.push([' NO SCHEDULER ', 'bad']);
	if (snapshot.isStopping) marks.push([' STOPPING ', 'warning']);
	if (snapshot.isQueuePaused) marks.push([` ${glyphs.paused} ${width < 60 ? 'PAUSED' : 'QUEUE PAUSED'} `, 'warning']);
	const right: Span[] = [];
	if (isAttached && width >= 60) right.push([' attached ', 'accent']);
	if (width >= 110) {
		const {memory, cpu} = snapshot.resources;
		right.push([` ${size(Math.round(memory / 1e6) * 1e6)} ${glyphs.separator} cpu ${percent(cpu)} `, 'dim']);
	}

	return justify([...left, ...marks], right, width, glyphs);
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
	readonly isFocused: boolean;
	readonly filter: string;
	/** `3 marked`, or empty. */
	readonly marks: string;
	readonly isFiltering: boolean;
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
	const spans: Span[] = [
		[rule, tone],
		[
			` ${paneKeys[view.pane]} ${paneNames[view.pane]} ${count(paneTotals(snapshot)[view.pane])} `,
			view.isFocused ? 'title' : 'strong',
		],
	];
	if (remark !== '') spans.push([`${glyphs.separator} ${remark} `, 'dim']);
	if (view.marks !== '') spans.push([`${glyphs.separator} ${view.marks} `, 'mark']);
	if (view.filter !== '' || view.isFiltering)
		spans.push([`${glyphs.separator} filter: ${view.filter}${view.isFiltering ? glyphs.caret : ''} `, 'accent']);
	const more = `${view.hasAbove ? glyphs.up : ''}${view.hasBelow ? glyphs.down : ''}`;
	const end: Span[] =
		more === ''
			? []
			: [
					[` ${more} `, 'accent'],
					[rule, tone],
				];
	return justify(spans, end, width, glyphs, [rule, tone]);
};

/** All panes in one line, for windows that show one at a time. */
export const tabsLine = (focus: PaneId, snapshot: EngineSnapshot, width: number, style: Style): Line => {
	const totals = paneTotals(snapshot);
	const isShort = width < 60;
	const spans = (Object.keys(paneNames) as readonly PaneId[]).flatMap((pane): Span[] => {
		const number = count(totals[pane], true);
		const name = isShort
			? `${paneKeys[pane]}${width < 50 ? shortNames[pane] : paneNames[pane]} ${number}`
			: `${paneKeys[pane]} ${paneNames[pane]} ${number}`;
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

/** Key hints, whole ones only, as many as there is room for. */
export const footerLine = (
	hints: ReadonlyArray<{readonly key: string; readonly hint: string}>,
	width: number,
	{glyphs}: Style,
): Line => {
	const spans: Span[] = [];
	let left = width - 1;
	for (const {key, hint} of hints) {
		const needed = cellWidth(key) + 1 + cellWidth(hint) + (spans.length === 0 ? 0 : 2);
		if (needed > left) break;
		if (spans.length > 0) spans.push(['  ', 'plain']);
		spans.push([key, 'key'], [` ${hint}`, 'dim']);
		left -= needed;
	}

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
