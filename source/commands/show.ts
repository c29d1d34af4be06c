import type {Candidate} from '../domain/candidate.ts';
import {attemptsMade, type Attempt, type JobDetail} from '../domain/job.ts';
import {failureHelp} from '../domain/failure.ts';
import {holdSentence} from '../domain/hold.ts';
import type {Instant} from '../domain/time.ts';
import {parseId} from './arguments.ts';
import {printJson} from './answer.ts';
import {duration, facts, percent, plain, rate, size} from './format.ts';
import {detailJson} from './json.ts';
import {exitCodes, noSuchJob, type Verb} from './verb.ts';

export const show: Verb = {
	name: 'show',
	summary: 'Show one job whole: attempts, reasons, files',
	arguments: [['<id>', 'job id']],
	run: async (context, [text = '']) =>
		context.withEngine(async engine => {
			const id = parseId(text);
			const job = await engine.show(id);
			if (job === undefined) throw noSuchJob(id);
			if (context.globals.isJson) printJson(context, detailJson(job));
			else context.io.out(`${describe(job)}\n`);
			return exitCodes.done;
		}),
};

const when = (instant: Instant | undefined): string | undefined =>
	instant === undefined ? undefined : new Date(instant).toISOString();

const describe = (job: JobDetail): string => {
	const {progress, error, hold} = job;
	const done = [size(progress.bytes), progress.total === undefined ? '' : `of ${size(progress.total)}`];
	return facts([
		['id', String(job.id)],
		['title', plain(job.title)],
		['status', job.status],
		['why', hold === undefined ? undefined : plain(holdSentence(hold, size))],
		['until', hold !== undefined && 'until' in hold ? when(hold.until) : undefined],
		['error', error === undefined ? undefined : plain(error.message)],
		['what helps', error === undefined ? undefined : failureHelp(error.code)],
		['batch', job.batchTitle === undefined ? undefined : plain(job.batchTitle)],
		['provider', job.provider],
		['source', plain(job.source)],
		['priority', String(job.priority)],
		['attempts', `${attemptsMade(job)} of ${job.maxAttempts}`],
		['progress', `${done.join(' ').trim()} ${percent(progress.bytes, progress.total)}`.trim()],
		['speed', progress.speed > 0 ? rate(progress.speed) : undefined],
		['time left', duration(progress.eta)],
		['file', job.outputPath === undefined ? undefined : plain(job.outputPath)],
		['size', job.size === undefined ? undefined : size(job.size)],
		['added', when(job.createdAt)],
		['started', when(job.startedAt)],
		['ended', when(job.endedAt)],
		...(job.candidates ?? []).map((one, index) => [`candidate ${index + 1}`, candidateLine(one)] as const),
		...job.history.map(attempt => [`attempt ${attempt.number}`, attemptLine(attempt)] as const),
	]);
};

const candidateLine = ({score, peer, file, size: bytes, reasons, state}: Candidate): string =>
	[
		state.is === 'failed' ? `failed: ${plain(state.reason)}` : state.is,
		`score ${score.toFixed(0)}`,
		plain(peer),
		plain(file),
		size(bytes),
		...(state.is === 'failed' ? [] : [plain(reasons.join(', '))]),
	].join(' · ');

/** What an event did to the attempt that it ended. */
const outcomeWords: Readonly<Record<string, string>> = {
	complete: 'completed',
	defer: 'put back',
	fail: 'failed',
	yield: 'stood back',
	stop: 'stopped',
	lose: 'lost with its scheduler',
	find: 'found a source',
};

const attemptLine = ({startedAt, endedAt, outcome, error, bytes}: Attempt): string =>
	[
		when(startedAt),
		endedAt === undefined
			? 'running'
			: `${outcomeWords[outcome ?? ''] ?? 'ended'} after ${duration(endedAt - startedAt)}`,
		size(bytes),
		error === undefined ? '' : plain(error.message),
	]
		.filter(part => part !== '')
		.join(' · ');
