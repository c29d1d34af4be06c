import {failureHelp} from '../../domain/failure.ts';
import type {JobDetail, JobError} from '../../domain/job.ts';
import type {EngineSnapshot, LaneView} from '../../domain/snapshot.ts';
import type {Instant} from '../../domain/time.ts';
import type {Statistics} from '../../engine/ports.ts';
import {cellWidth, clockTime, count, duration, graphemes, percent, size} from '../format.ts';
import type {Watched} from '../job-watch.ts';
import {keyLabel} from '../keys.ts';
import {keymapTable, scopeNames, scopes, type Scope} from '../keymap.ts';
import type {Style, Tone} from '../theme.ts';
import {cleanText} from '../../domain/text.ts';
import {holdText, stateGlyph} from './job-rows.ts';
import {fitLine, type Line, type Span} from './spans.ts';

/** Help from the keymap: the scope that was open first, all others below. */
export const helpLines = (first: Scope, width: number, style: Style): readonly Line[] => {
	const ordered = [first, ...scopes.filter(scope => scope !== first && scope !== 'help')];
	return ordered.flatMap(scope => [
		text(scopeNames[scope], 'title', width, style),
		...keymapTable()
			.filter(row => row.scope === scope)
			.map(row =>
				fitLine(
					[
						[`  ${row.keys.map(key => keyLabel(key, style.isAscii)).join(' ')}`.padEnd(18), 'key'],
						[` ${row.label}`, 'plain'],
					],
					width,
					style.glyphs.ellipsis,
				),
			),
		blank(width),
	]);
};

/** Everything about one job, then the end of its log. */
export const detailLines = (watched: Watched, width: number, now: Instant, style: Style): readonly Line[] => {
	const {detail} = watched;
	if (watched.problem !== undefined) return [text(`cannot read this job: ${watched.problem}`, 'bad', width, style)];
	if (detail === undefined)
		return [text(watched.isLoading ? 'reading' : 'this job is not in the queue any more', 'dim', width, style)];
	return [
		...factsOf(detail, now, style).flatMap(([name, value, tone]) => field(name, value, tone, width, style)),
		blank(width),
		text(`Attempts ${detail.history.length}`, 'title', width, style),
		...attemptLines(detail, width, now, style),
		blank(width),
		text('Log', 'title', width, style),
		...(watched.log.length === 0
			? [text('nothing was logged yet', 'dim', width, style)]
			: watched.log.flatMap(line => wrap(cleanText(line), width - 1).map(part => text(part, 'plain', width, style)))),
	];
};

type Fact = readonly [name: string, value: string, tone: Tone];

const factsOf = (job: JobDetail, now: Instant, style: Style): readonly Fact[] => {
	const [glyph, tone] = stateGlyph(job.status, style.glyphs);
	const {bytes, total, speed, eta} = job.progress;
	const at = (instant: Instant | undefined): string => (instant === undefined ? '' : clockTime(instant, now));
	const facts: readonly Fact[] = [
		['State', `${glyph} ${job.status}`, tone],
		['Waits', job.hold === undefined ? '' : holdText(job, now), 'warning'],
		['Source', job.source, 'plain'],
		['Goes to', job.outputPath ?? job.placing?.target ?? job.output ?? 'by the configured template', 'plain'],
		['Works in', job.directory, 'dim'],
		['Provider', job.lane === job.provider ? job.provider : `${job.provider}, lane ${job.lane}`, 'plain'],
		['Batch', job.batchTitle ?? '', 'plain'],
		[
			'Size',
			total === undefined
				? bytes > 0
					? `${size(bytes)} so far, of unknown size`
					: ''
				: `${size(bytes)} of ${size(total)} (${percent(total === 0 ? 1 : bytes / total)})`,
			'plain',
		],
		['Speed', speed >= 1 ? `${size(speed)}/s${eta === undefined ? '' : `, ${duration(eta)} left`}` : '', 'plain'],
		['Checksum', job.checksum ?? '', 'dim'],
		['Priority', `${job.priority} of 9`, 'plain'],
		['Added', at(job.createdAt), 'dim'],
		['Started', at(job.startedAt), 'dim'],
		['Ended', at(job.endedAt), 'dim'],
		...errorFacts(job.error),
	];
	return facts.filter(([, value]) => value !== '');
};

const errorFacts = (error: JobError | undefined): readonly Fact[] =>
	error === undefined
		? []
		: [
				['Failure', `${error.code} (${error.class}): ${error.message}`, 'bad'],
				['Helps', failureHelp(error.code), 'warning'],
			];

const attemptLines = (job: JobDetail, width: number, now: Instant, style: Style): readonly Line[] =>
	job.history.length === 0
		? [text('none yet', 'dim', width, style)]
		: job.history.map(attempt => {
				const ended = attempt.endedAt;
				const span = ended === undefined ? 'runs' : duration(ended - attempt.startedAt);
				const words = attempt.error === undefined ? '' : ` ${attempt.error.code}: ${cleanText(attempt.error.message)}`;
				return fitLine(
					[
						[
							`  ${String(attempt.number).padStart(2)}  ${clockTime(attempt.startedAt, now)}  ${span.padStart(7)}  `,
							'plain',
						],
						[`${attempt.outcome ?? 'running'}`.padEnd(9), attempt.error === undefined ? 'good' : 'warning'],
						[` ${size(attempt.bytes)}`, 'dim'],
						[words, 'bad'],
					],
					width,
					style.glyphs.ellipsis,
				);
			});

const nameWidth = 10;

const field = (name: string, value: string, tone: Tone, width: number, style: Style): readonly Line[] =>
	wrap(cleanText(value), width - nameWidth - 2).map((part, index) =>
		fitLine(
			[
				[`  ${(index === 0 ? name : '').padEnd(nameWidth)}`, 'dim'],
				[part, tone],
			],
			width,
			style.glyphs.ellipsis,
		),
	);

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

/** Lanes as the rows of a table: short words of seven bits, because ink-table measures by length and cuts nothing. */
export const laneRows = (snapshot: EngineSnapshot, width: number): ReadonlyArray<Readonly<Record<string, string>>> =>
	shownLanes(snapshot.lanes).map(lane => {
		const base = {
			lane: ascii(lane.id, width < 70 ? 12 : 24),
			runs: lane.limit === 0 ? String(lane.running) : `${lane.running}/${lane.limit}`,
			breaker: lane.breaker,
			fails: String(lane.failures),
		};
		return width < 60
			? base
			: {...base, 'last success': lane.lastSuccessAt === undefined ? '-' : clockTime(lane.lastSuccessAt, snapshot.at)};
	});

/** A provider with more lanes than this is shown as one: it may have one for each server. */
const mostLanes = 4;

const badness = {closed: 0, 'half-open': 1, open: 2} as const;

const shownLanes = (lanes: readonly LaneView[]): readonly LaneView[] =>
	[...Map.groupBy(lanes, lane => lane.provider)].flatMap(([provider, own]) =>
		own.length <= mostLanes ? own : [summaryOf(provider, own)],
	);

/** As well as the worst of them; without a limit, because each has its own. */
const summaryOf = (provider: string, lanes: readonly LaneView[]): LaneView => {
	const [worst] = lanes.toSorted((a, b) => badness[b.breaker] - badness[a.breaker]);
	const times = lanes.map(lane => lane.lastSuccessAt).filter(at => at !== undefined);
	return {
		id: `${provider} (${lanes.length} lanes)`,
		provider,
		running: lanes.reduce((sum, lane) => sum + lane.running, 0),
		limit: 0,
		breaker: worst?.breaker ?? 'closed',
		failures: Math.max(...lanes.map(lane => lane.failures)),
		lastSuccessAt: times.length === 0 ? undefined : Math.max(...times),
		lastFailureAt: undefined,
		hold: worst?.hold,
	};
};

const ascii = (value: string, most: number): string => {
	const clean = cleanText(value).replaceAll(/[^ -~]/gu, '?');
	return clean.length > most ? `${clean.slice(0, most - 1)}~` : clean;
};

const blank = (width: number): Line => [[' '.repeat(width), 'plain']];

const text = (words: string, tone: Tone, width: number, style: Style): Line =>
	fitLine([[' ', 'plain'], [words, tone] satisfies Span], width, style.glyphs.ellipsis);

/** A text in lines of at most so many cells, broken at spaces where there are some. At least one line. */
export const wrap = (words: string, width: number): readonly string[] => {
	const lines: string[] = [];
	let line = '';
	let taken = 0;
	let lastSpace = -1;
	for (const character of graphemes(words)) {
		const next = cellWidth(character);
		if (taken + next > width && line !== '') {
			const keep = lastSpace > width / 2 ? lastSpace : line.length;
			lines.push(line.slice(0, keep));
			line = line.slice(keep).trimStart();
			taken = cellWidth(line);
			lastSpace = -1;
		}

		if (character === ' ') lastSpace = line.length;
		line += character;
		taken += next;
	}

	return line === '' && lines.length > 0 ? lines : [...lines, line];
};
