import {failureHelp} from '../../../domain/failure.ts';
import type {JobDetail} from '../../../domain/job.ts';
import type {EngineSnapshot} from '../../../domain/snapshot.ts';
import {cleanText} from '../../../domain/text.ts';
import type {Instant} from '../../../domain/time.ts';
import {clockTime, duration, percent, size} from '../../format.ts';
import type {Watched} from '../../job-watch.ts';
import type {Style, Tone} from '../../theme.ts';
import {holdText, stateGlyph} from '../job-rows.ts';
import {fitLine, type Line} from '../spans.ts';
import {whyNot} from '../why-not.ts';
import {candidateLines} from './candidates.ts';
import {blank, field, text} from './words.ts';

/** Everything about one job but its log: what matters now first, then what it is, then its attempts. */
export const detailLines = (
	watched: Watched,
	snapshot: EngineSnapshot,
	width: number,
	style: Style,
): readonly Line[] => {
	const {detail} = watched;
	if (watched.problem !== undefined) return [text(`cannot read this job: ${watched.problem}`, 'bad', width, style)];
	if (detail === undefined) {
		const words = watched.isLoading ? 'reading' : 'This job was removed: it is not in the queue any more.';
		return [text(words, 'dim', width, style)];
	}

	return [
		...factsOf(detail, snapshot, style).flatMap(([name, value, tone]) => field(name, value, tone, width, style)),
		...candidateLines(detail.candidates ?? [], width, style),
		blank(width),
		text(detail.history.length === 0 ? 'No attempt yet' : `Attempts ${detail.history.length}`, 'title', width, style),
		...detail.history.flatMap(attempt =>
			attemptLines(
				attempt.endedAt === undefined ? {...attempt, bytes: detail.progress.bytes} : attempt,
				width,
				snapshot.at,
				style,
			),
		),
	];
};

type Fact = readonly [name: string, value: string, tone: Tone];

const factsOf = (job: JobDetail, snapshot: EngineSnapshot, style: Style): readonly Fact[] => {
	const [glyph, tone] = stateGlyph(job.status, style.glyphs);
	const {at: now} = snapshot;
	const {speed, eta} = job.progress;
	const at = (instant: Instant | undefined): string => (instant === undefined ? '' : clockTime(instant, now));
	const facts: readonly Fact[] = [
		['State', `${glyph} ${job.status}${phaseOf(job, snapshot)}`, tone],
		...holdFacts(job, snapshot),
		...errorFacts(job),
		['Size', sizeWords(job), 'plain'],
		['Speed', speed >= 1 ? `${size(speed)}/s${eta === undefined ? '' : `, ${duration(eta)} left`}` : '', 'plain'],
		['Source', job.source, 'plain'],
		[job.outputPath === undefined ? 'Goes to' : 'File', destinationOf(job, snapshot), 'plain'],
		['Works in', job.directory, 'dim'],
		['Provider', job.lane === job.provider ? job.provider : `${job.provider}, lane ${job.lane}`, 'plain'],
		['Batch', job.batchTitle ?? '', 'plain'],
		['Checksum', job.checksum ?? '', 'dim'],
		['Priority', `${job.priority} of 9`, 'plain'],
		['Added', at(job.createdAt), 'dim'],
		['Started', at(job.startedAt), 'dim'],
		['Ended', at(job.endedAt), 'dim'],
	];
	return facts.filter(([, value]) => value !== '');
};

const phaseOf = ({id}: JobDetail, {active}: EngineSnapshot): string => {
	const phase = active.find(job => job.id === id)?.phase ?? '';
	return phase === '' ? '' : `: ${phase}`;
};

/** Why it does not run, what would change that, and what else is in the way. */
const holdFacts = (job: JobDetail, snapshot: EngineSnapshot): readonly Fact[] => {
	const why = whyNot(job, snapshot);
	if (why === undefined) return [];
	const also = why.also.map((words, index): Fact => [index === 0 ? 'Also' : '', words, 'plain']);
	return [['Waits', holdText(job, snapshot.at), 'warning'], ['Until', why.remedy, 'plain'], ...also];
};

const sizeWords = ({progress: {bytes, total}}: JobDetail): string => {
	if (total === undefined) return bytes > 0 ? `${size(bytes)} so far, of unknown size` : '';
	return `${size(bytes)} of ${size(total)} (${percent(total === 0 ? 1 : bytes / total)})`;
};

/** Where the file is, or will be as far as that is known before the tool has named it. */
const destinationOf = (job: JobDetail, {volumes}: EngineSnapshot): string => {
	if (job.outputPath !== undefined) return job.outputPath;
	const root = volumes[0]?.path ?? 'the storage folder';
	const place = job.placing?.target ?? job.output;
	return place === undefined ? `${root}, named by the output template of config.toml` : `${root}/${place}`;
};

const errorFacts = ({error, hold}: JobDetail): readonly Fact[] => {
	if (error === undefined) return [];
	// The hold may be about this very failure: then it is told already.
	const isTold = hold !== undefined && 'detail' in hold && hold.detail === error.message;
	return [
		['Failure', isTold ? '' : error.message, 'bad'],
		['Helps', failureHelp(error.code), 'warning'],
		['Class', `${error.code}, ${error.class}`, 'dim'],
	];
};

/** An attempt in one line, and below it why it ended where it did not go well. */
const attemptLines = (
	attempt: JobDetail['history'][number],
	width: number,
	now: Instant,
	style: Style,
): readonly Line[] => {
	const {number, startedAt, endedAt, outcome, error, bytes} = attempt;
	const span = endedAt === undefined ? 'runs' : duration(endedAt - startedAt);
	const head = fitLine(
		[
			[` ${String(number).padStart(2)}  ${clockTime(startedAt, now)} `, 'plain'],
			[`${span.padStart(7)}  `, 'plain'],
			[outcomeWords(outcome).padEnd(10), error === undefined ? 'good' : 'warning'],
			[size(bytes).padStart(9), 'dim'],
		],
		width,
		style.glyphs.ellipsis,
	);
	return error === undefined
		? [head]
		: [head, ...field('', `${error.code}: ${cleanText(error.message)}`, 'bad', width, style)];
};

/** What an attempt ended with, as people would say it. */
const outcomeWords = (outcome: string | undefined): string => {
	switch (outcome) {
		case undefined:
			return 'running';
		case 'complete':
			return 'completed';
		case 'defer':
			return 'to retry';
		case 'fail':
			return 'failed';
		case 'yield':
			return 'put back';
		case 'stop':
			return 'stopped';
		case 'lose':
			return 'lost';
		case 'find':
			return 'found';
		default:
			return outcome;
	}
};
