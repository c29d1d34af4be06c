import {progressOfBatch, sumOf, totalOf, type BatchView} from '../../domain/batch.ts';
import {activeStatuses} from '../../domain/job.ts';
import {holdSentence} from '../../domain/hold.ts';
import type {Instant} from '../../domain/time.ts';
import type {EngineSnapshot} from '../../domain/snapshot.ts';
import {clockTime, count, size} from '../format.ts';
import type {PaneId} from '../layout.ts';
import type {BatchRow} from '../rows.ts';
import type {Style, Tone} from '../theme.ts';
import {bar} from './job-rows.ts';
import {fitColumns, rowLine, type Column, type Line} from './spans.ts';

/** The jobs that run, whatever batch they belong to. */
export type Active = EngineSnapshot['active'];

/** How the rows of batches are drawn in a pane of this width. The first cell of the width is left for the cursor. */
export const batchRowMaker = (
	pane: PaneId,
	width: number,
	{at, active}: Pick<EngineSnapshot, 'at' | 'active'>,
	style: Style,
): ((row: BatchRow) => Line) => {
	const fitted = fitColumns(columnsOf(pane, width, at, style, active), width);
	return row => rowLine(row, fitted, style.glyphs.ellipsis);
};

const columnsOf = (
	pane: PaneId,
	width: number,
	now: Instant,
	style: Style,
	active: Active,
): readonly Column<BatchRow>[] => {
	const {glyphs} = style;
	const barWidth = width < 70 ? 8 : 10;
	const columns: readonly Column<BatchRow>[] = [
		{width: 1, rank: 0, cell: row => [row.isOpen ? glyphs.unfolded : glyphs.folded, 'accent']},
		{width: width < 56 ? 14 : 24, grow: 3, rank: 0, keepsEnd: true, cell: row => [row.batch.title, 'strong']},
		{
			width: barWidth,
			rank: 4,
			cell: ({batch}) => [bar(progressOfBatch(batch, active).share, barWidth, style), toneOf(batch)],
		},
		{width: 9, rank: 1, align: 'right', cell: ({batch}) => [doneOf(batch), 'plain']},
		{width: 9, rank: 3, cell: ({batch}) => [failedOf(batch), 'bad']},
		{width: 9, rank: 5, align: 'right', cell: ({batch}) => [bytesOf(batch, active), 'dim']},
	];
	// Why it waits is asked in the queue; elsewhere, how many of its jobs stand here.
	if (pane === 'queued')
		return [
			...columns,
			{width: width < 56 ? 12 : 18, grow: 3, rank: 2, cell: ({batch}) => [waitOf(batch, now), waitTone(batch)]},
		];
	return columns;
};

const bytesOf = (batch: BatchView, active: Active): string => {
	const {bytes} = progressOfBatch(batch, active);
	return bytes === 0 ? '' : size(bytes);
};

const toneOf = ({counts}: BatchView): Tone => (sumOf(counts, activeStatuses) > 0 ? 'good' : 'accent');

/** `12/26`: those with a file, of all. */
const doneOf = ({counts}: BatchView): string => `${count(counts.completed, true)}/${count(totalOf(counts), true)}`;

const failedOf = ({counts}: BatchView): string => (counts.failed === 0 ? '' : `${count(counts.failed, true)} failed`);

/** What its next job waits for, and until when; what runs already is said first. */
const waitOf = ({counts, hold}: BatchView, now: Instant): string => {
	const running = sumOf(counts, activeStatuses);
	if (running > 0) return `${count(running)} running`;
	if (hold === undefined) return sumOf(counts, ['queued', 'waiting']) > 0 ? 'next' : '';
	const sentence = holdSentence(hold, size);
	const until = 'until' in hold ? hold.until : undefined;
	return until === undefined || until <= now ? sentence : `${clockTime(until, now)} ${sentence}`;
};

const waitTone = ({counts, hold}: BatchView): Tone =>
	sumOf(counts, activeStatuses) > 0 || hold === undefined ? 'good' : 'warning';
