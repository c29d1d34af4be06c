import {failureHelp} from '../../../domain/failure.ts';
import type {JobDetail, JobError} from '../../../domain/job.ts';
import {cleanText} from '../../../domain/text.ts';
import type {Instant} from '../../../domain/time.ts';
import {clockTime, duration, percent, size} from '../../format.ts';
import type {Watched} from '../../job-watch.ts';
import type {Style, Tone} from '../../theme.ts';
import {holdText, stateGlyph} from '../job-rows.ts';
import {fitLine, type Line} from '../spans.ts';
import {blank, field, text, wrap} from './words.ts';

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
