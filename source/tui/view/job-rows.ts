import {assertNever} from '../../domain/assert-never.ts';
import {failureHelp} from '../../domain/failure.ts';
import {holdSentence} from '../../domain/hold.ts';
import {attemptsMade, defaultPriority, type JobStatus, type JobView} from '../../domain/job.ts';
import type {ActiveJob} from '../../domain/snapshot.ts';
import type {Instant} from '../../domain/time.ts';
import {clockTime, duration, percent, size, speed} from '../format.ts';
import type {PaneId} from '../layout.ts';
import type {Glyphs, Style, Tone} from '../theme.ts';
import {fitColumns, rowLine, type Column, type Line, type Span} from './spans.ts';

/** A function from a job to its line in a pane of this width. */
export type RowMaker = (job: JobView) => Line;

/** How the rows of a pane are drawn. The first cell of the width is left for the cursor. */
export const rowMaker = (pane: PaneId, width: number, now: Instant, style: Style): RowMaker => {
	const columns = columnsOf(pane, width, now, style);
	const fitted = fitColumns(columns, width);
	return job => rowLine(job, fitted, style.glyphs.ellipsis);
};

const columnsOf = (pane: PaneId, width: number, now: Instant, style: Style): readonly Column<JobView>[] => {
	switch (pane) {
		case 'active':
			return activeColumns(width, style) as readonly Column<JobView>[];
		case 'queued':
			return queuedColumns(width, now, style);
		case 'failed':
			return failedColumns(width, style);
		case 'done':
			return doneColumns(now, style);
		default:
			return assertNever(pane);
	}
};

const title: Column<JobView> = {width: 14, grow: 1, rank: 0, keepsEnd: true, cell: job => [job.title, 'plain']};

const activeColumns = (width: number, style: Style): readonly Column<ActiveJob>[] => {
	const barWidth = width < 70 ? 8 : width < 110 ? 10 : width < 180 ? 20 : 40;
	const paceWidth = width < 60 ? 10 : 18;
	const isWide = width >= 110;
	return [
		{width: 2, rank: 6, align: 'right', cell: job => [String(job.slot), 'dim']},
		{width: 1, rank: 0, cell: job => stateGlyph(job.status, style.glyphs)},
		{...(title as Column<ActiveJob>), width: Math.max(14, Math.floor(width * 0.3))},
		{width: barWidth, rank: 4, cell: job => [bar(shareOf(job), barWidth, style), barTone(job)]},
		{width: 4, rank: 1, align: 'right', cell: job => [percentOf(job), 'plain']},
		{
			width: paceWidth,
			rank: 2,
			align: 'right',
			cell: job => [paceOf(job, paceWidth, isWide), isMoving(job) ? 'plain' : 'accent'],
		},
		{width: 5, rank: 5, align: 'right', cell: job => [attemptOf(job), job.attempts > 0 ? 'warning' : 'dim']},
		{width: 8, rank: 7, cell: job => [job.provider, 'dim']},
		...(isWide
			? [{width: 12, rank: 8, cell: (job: ActiveJob): Span => [phaseOf(job), isMoving(job) ? 'dim' : 'accent']}]
			: []),
		{width: 20, rank: 9, align: 'right', cell: job => [amountOf(job), 'dim']},
	];
};

// What it is and what it waits for come before all else: they are not cut to a word for the sake of the rest.
const queuedColumns = (width: number, now: Instant, style: Style): readonly Column<JobView>[] => [
	{width: 1, rank: 0, cell: job => stateGlyph(job.status, style.glyphs)},
	{...title, width: width < 56 ? 18 : 24, grow: 3},
	{width: width < 56 ? 15 : 22, grow: 3, rank: 1, cell: job => [holdText(job, now), holdTone(job)]},
	{
		width: 2,
		rank: 2,
		align: 'right',
		cell: job => [job.priority === defaultPriority ? '' : `p${job.priority}`, 'accent'],
	},
	{width: 8, rank: 3, align: 'right', cell: job => [sizeOf(job), 'dim']},
	{width: 8, rank: 4, cell: job => [job.provider, 'dim']},
];

const failedColumns = (width: number, style: Style): readonly Column<JobView>[] => [
	{width: 1, rank: 0, cell: job => stateGlyph(job.status, style.glyphs)},
	{...title, width: width < 110 ? 16 : 24, grow: 2},
	{width: 11, rank: 3, cell: job => [job.error?.class ?? '', 'warning']},
	{width: width < 110 ? 18 : 28, grow: 3, rank: 1, cell: job => [job.error?.message ?? 'no reason was kept', 'bad']},
	{width: 5, rank: 2, align: 'right', cell: job => [attemptOf(job), 'dim']},
	// Where there is much room; otherwise the line above the keys says it of the row under the cursor.
	{width: 44, grow: 3, rank: 4, cell: job => [job.error === undefined ? '' : failureHelp(job.error.code), 'plain']},
];

const doneColumns = (now: Instant, style: Style): readonly Column<JobView>[] => [
	{width: 1, rank: 0, cell: job => stateGlyph(job.status, style.glyphs)},
	{...title, grow: 3},
	{width: 9, rank: 1, align: 'right', cell: job => [job.size === undefined ? job.status : size(job.size), 'plain']},
	{width: 10, rank: 3, align: 'right', cell: job => [averageSpeed(job), 'dim']},
	{width: 12, rank: 2, cell: job => [job.endedAt === undefined ? '' : clockTime(job.endedAt, now), 'dim']},
];

/** A state as a shape; its tone is the same idea again. */
export const stateGlyph = (status: JobStatus, glyphs: Glyphs): Span => {
	switch (status) {
		case 'waiting':
		case 'searching':
			return [glyphs.waiting, 'accent'];
		case 'queued':
			return [glyphs.queued, 'dim'];
		case 'starting':
			return [glyphs.starting, 'accent'];
		case 'downloading':
			return [glyphs.downloading, 'good'];
		case 'finishing':
			return [glyphs.finishing, 'good'];
		case 'pausing':
		case 'paused':
			return [glyphs.paused, 'warning'];
		case 'cancelling':
		case 'cancelled':
			return [glyphs.cancelled, 'warning'];
		case 'completed':
			return [glyphs.completed, 'good'];
		case 'failed':
			return [glyphs.failed, 'bad'];
		default:
			return assertNever(status);
	}
};

/** Why it waits and until when: the instant first, so that it is not what gets cut. */
export const holdText = (job: JobView, now: Instant): string => {
	if (job.hold === undefined) return job.status === 'queued' ? 'next' : job.status;
	const sentence = holdSentence(job.hold, size);
	const until = 'until' in job.hold ? job.hold.until : undefined;
	return until === undefined || until <= now ? sentence : `${clockTime(until, now)} ${sentence}`;
};

const holdTone = (job: JobView): Tone => {
	switch (job.hold?.reason) {
		case undefined:
			return 'good';
		case 'workers-busy':
		case 'batch-busy':
		case 'batches-busy':
		case 'lane-busy':
		case 'lane-paced':
			return 'dim';
		case 'tool-missing':
		case 'larger-than-mark':
		case 'volume-missing':
			return 'bad';
		default:
			return 'warning';
	}
};

const shareOf = (job: JobView): number | undefined => {
	const {bytes, total} = job.progress;
	return total === undefined || total <= 0 ? undefined : Math.min(1, bytes / total);
};

const percentOf = (job: JobView): string => {
	const share = shareOf(job);
	return share === undefined ? '' : percent(share);
};

/** A bar of so many cells; without a known size it stays empty, and the bytes say how far it is. */
export const bar = (share: number | undefined, width: number, {glyphs}: Pick<Style, 'glyphs'>): string => {
	if (share === undefined) return glyphs.barEmpty.repeat(width);
	const halves = Math.floor(share * width * 2);
	const full = Math.floor(halves / 2);
	const half = halves % 2 === 1 && full < width ? glyphs.barHalf : '';
	return glyphs.barFull.repeat(full) + half + glyphs.barEmpty.repeat(width - full - half.length);
};

const barTone = (job: ActiveJob): Tone => (job.status === 'downloading' ? 'good' : 'accent');

const isMoving = (job: ActiveJob): boolean => job.status === 'downloading' && job.progress.speed >= 1;

/** While bytes arrive, how fast and how long still; otherwise what is being done. */
const paceOf = (job: ActiveJob, width: number, isWide: boolean): string => {
	// Where the phase has a column of its own, it is not said twice.
	if (!isMoving(job)) return isWide ? '' : phaseOf(job);
	const {speed: rate, eta, bytes} = job.progress;
	if (width < 18) return speed(rate);
	return `${speed(rate)} ${(eta === undefined ? size(bytes) : duration(eta)).padStart(7)}`;
};

const attemptOf = (job: JobView): string => `${attemptsMade(job)}/${job.maxAttempts}`;

const phaseOf = (job: ActiveJob): string => (job.phase === '' ? job.status : job.phase);

const amountOf = (job: ActiveJob): string => {
	const {bytes, total} = job.progress;
	return total === undefined ? size(bytes) : `${size(bytes)} of ${size(total)}`;
};

const sizeOf = (job: JobView): string => {
	const known = job.total ?? job.expectedSize;
	return known === undefined ? '' : size(known);
};

const averageSpeed = (job: JobView): string => {
	const {size: bytes, ranFor = 0} = job;
	return bytes === undefined || ranFor <= 0 ? '' : speed((bytes * 1000) / ranFor);
};
