import {sumOf} from '../../domain/batch.ts';
import {toBeFreed} from '../../domain/forecast.ts';
import {jobStatuses} from '../../domain/job.ts';
import type {EngineSnapshot} from '../../domain/snapshot.ts';
import {clip, clockTime, plural, size} from '../format.ts';
import type {Findings} from '../findings-watch.ts';
import {keyOf as usualKeyOf, type KeyOf} from '../key-of.ts';
import type {PaneId} from '../layout.ts';
import {paneTotals, type PaneRows} from '../select.ts';
import type {Style} from '../theme.ts';
import {wrap} from './pages/words.ts';
import {fitLine, type Line, type Span} from './spans.ts';
import {volumeName} from './volume-words.ts';

/** What the words of an empty pane depend on. */
export type Emptiness = {
	readonly pane: PaneId;
	readonly snapshot: EngineSnapshot;
	readonly held: Pick<PaneRows, 'problem' | 'isLoading'>;
	readonly filter: string;
	readonly findings: Findings;
	/** No other pane is to be seen. */
	readonly isAlone: boolean;
	/** The keys as they are; default: as they come. */
	readonly keyOf?: KeyOf;
};

/** What an empty pane says instead of rows: why it is empty, and what to do. At most so many lines. */
export const emptyLines = (
	view: Emptiness,
	room: {readonly width: number; readonly height: number},
	style: Style,
): readonly Line[] => {
	const {width, height} = room;
	const keyOf = view.keyOf ?? (action => usualKeyOf({keymap: undefined, style}, action));
	const lines = isFirstMinute(view)
		? guideLines({...view, keyOf}, room, style)
		: wrap(emptyText(view, keyOf), Math.max(10, width - 3)).map(words => plainLine(words, width, style));
	return lines.slice(0, Math.max(1, height));
};

const plainLine = (words: string, width: number, {glyphs}: Style): Line =>
	fitLine([[`  ${words}`, 'dim']], width, glyphs.ellipsis);

/** Whether there is no job at all, not even one that has ended. */
export const isQueueEmpty = ({counts}: EngineSnapshot): boolean => sumOf(counts, jobStatuses) === 0;

/** The guide stands once: in the queue, or wherever one is where only one pane is to be seen. */
const isFirstMinute = ({pane, snapshot, held, filter, isAlone}: Emptiness): boolean =>
	isQueueEmpty(snapshot) && (pane === 'queued' || isAlone) && filter === '' && held.problem === undefined;

/** What to press, where files go, and what was found: all that one needs in the first minute. */
const guideLines = (
	{snapshot, findings, keyOf}: Emptiness & {readonly keyOf: KeyOf},
	{width, height}: {readonly width: number; readonly height: number},
	style: Style,
): readonly Line[] => {
	const {glyphs} = style;
	const line = (...spans: readonly Span[]): Line => fitLine([['  ', 'plain'], ...spans], width, glyphs.ellipsis);
	const isNarrow = width < 70;
	const way = (key: string, words: string, narrow: string): Line =>
		line([` ${glyphs.separator} `, 'dim'], [key, 'key'], [isNarrow ? narrow : words, 'plain']);
	const lines = [
		line([
			isNarrow && width < 54 ? 'The queue is empty. To add:' : 'The queue is empty. Three ways to add something:',
			'strong',
		]),
		way('paste', ' links here: one, or a thousand at once', ' links here'),
		way(keyOf('add'), ' to write one, with a look at what it is before it is added', ' to write one'),
		way('tidegate add URL', ' in a shell; `tidegate import` takes other queues over', ' in a shell'),
		whereLine(snapshot, width, line),
		toolsLine(findings, width, line, style, keyOf),
		line(
			[keyOf('help'), 'key'],
			[' all keys   ', 'dim'],
			[keyOf('disk'), 'key'],
			[' disk   ', 'dim'],
			[keyOf('findings'), 'key'],
			[' findings', 'dim'],
		),
	];
	// With a blank line between the three thoughts where there is room for that.
	const blank = line();
	const [title, first = blank, second = blank, third = blank, ...rest] = lines;
	return height >= lines.length + 2
		? [title ?? blank, first, second, third, blank, ...rest.slice(0, 2), blank, ...rest.slice(2)]
		: lines;
};

const whereLine = ({volumes}: EngineSnapshot, width: number, line: (...spans: readonly Span[]) => Line): Line => {
	const [volume] = volumes;
	if (volume === undefined) return line(['Files go to the storage folder of config.toml.', 'plain']);
	const free = volume.level === undefined || width < 54 ? '' : `, ${size(volume.level.free)} free`;
	return line(['Files go to ', 'plain'], [volume.path, 'strong'], [free, 'plain']);
};

const toolsLine = (
	{findings, problem}: Findings,
	width: number,
	line: (...spans: readonly Span[]) => Line,
	{glyphs}: Style,
	keyOf: KeyOf,
): Line => {
	if (problem !== undefined) return line(['the tools could not be looked at', 'dim']);
	if (findings === undefined) return line(['looking which tools are there', 'dim']);
	const tools = findings.filter(({provider}) => provider !== undefined);
	const missing = tools.filter(({ok}) => !ok);
	const troubles = findings.filter(({ok, provider}) => !ok && provider === undefined);
	const more: readonly Span[] =
		missing.length + troubles.length === 0
			? []
			: [
					[`  ${keyOf('findings')}`, 'key'],
					[' tells more', 'dim'],
				];
	if (width < 70) {
		const bad = missing.length + troubles.length;
		return line(
			[`${glyphs.completed} ${plural(tools.length - missing.length, 'tool')}`, 'good'],
			[bad === 0 ? '' : `  ${glyphs.failed} ${plural(bad, 'problem')}`, 'bad'],
			...more,
		);
	}

	const named = tools.flatMap(({name, ok}): readonly Span[] => [
		[`${ok ? glyphs.completed : glyphs.failed} `, ok ? 'good' : 'bad'],
		[`${name}  `, ok ? 'plain' : 'dim'],
	]);
	const trouble: readonly Span[] =
		troubles.length === 0 ? [] : [[`${glyphs.notice} ${plural(troubles.length, 'problem')}`, 'warning']];
	const found: Span = [tools.length === 0 ? 'No provider is switched on in config.toml.  ' : 'Tools: ', 'plain'];
	return line(found, ...named, ...trouble, ...more);
};

const emptyText = (view: Emptiness, keyOf: KeyOf): string => {
	const {pane, snapshot, held, filter} = view;
	if (held.problem !== undefined) return held.problem;
	const totals = paneTotals(snapshot);
	if (held.isLoading && totals[pane] > 0) return 'reading';
	if (filter !== '') return `nothing here matches "${clip(filter, 40)}"; ${keyOf('clear')} clears the filter`;
	switch (pane) {
		case 'active':
			return whyIdle(snapshot, keyOf);
		case 'queued':
			return totals.active > 0
				? `nothing waits: all that is left is running; press ${keyOf('add')}, or paste links, to add more`
				: `nothing waits; press ${keyOf('add')}, or paste links, to add something`;
		case 'failed':
			return 'nothing has failed; what does will stand here with what helps';
		case 'done':
			return 'nothing is finished yet; what is will stand here, the newest first';
	}
};

/** Why nothing runs, and what would change that. */
const whyIdle = (snapshot: EngineSnapshot, keyOf: KeyOf): string => {
	const {at: now, lanes, volumes} = snapshot;
	if (!snapshot.isScheduling) return 'no scheduler is running: `tidegate run` starts one';
	if (snapshot.isStopping) return 'stopping: nothing new starts';
	if (paneTotals(snapshot).queued === 0)
		return `nothing to do; press ${keyOf('add')}, or paste links, to add something`;
	if (snapshot.isQueuePaused) return `the queue is paused; ${keyOf('toggle-queue')} lets it go on`;
	const closed = volumes.find(volume => volume.gate.state !== 'open');
	if (closed !== undefined) {
		const needed = closed.level === undefined ? 0 : toBeFreed(closed.level, closed.marks);
		const what = needed > 0 ? `for ${size(needed)} to be freed on ${volumeName(closed)}` : `for ${volumeName(closed)}`;
		return `everything waits ${what}; ${keyOf('disk')} tells more`;
	}

	const until = lanes.map(({hold}) => (hold !== undefined && 'until' in hold ? hold.until : Infinity));
	const next = Math.min(Infinity, ...until);
	return Number.isFinite(next) && next > now
		? `nothing can start before ${clockTime(next, now)}; the queue says why for each job`
		: 'nothing can start now; the queue says why for each job';
};
