import {withState, type Candidate} from '../domain/candidate.ts';
import {laneSucceeded} from '../domain/lane.ts';
import {measure} from '../domain/progress.ts';
import {cleanText, shorten} from '../domain/text.ts';
import {move} from './conclude.ts';
import type {Core} from './core.ts';
import {laneOf, type RunningJob} from './live.ts';
import {countTraffic} from './quota.ts';
import type {CandidateList, ProviderReport, RunContext} from './ports.ts';

/** What a provider gets to know, and the ways in which it may speak while its attempt lasts. */
export const contextOf = (core: Core, attempt: RunningJob, directory: string): RunContext => ({
	directory,
	signal: attempt.abort.signal,
	attempt: attempt.job.attempts,
	token: attempt.token,
	rateLimit: attempt.allowance.ceiling,
	onRateLimit(listener) {
		attempt.allowance.tell = listener;
	},
	candidates: candidatesOf(core, attempt),
	log(line) {
		if (!attempt.isSettling) core.log.write(attempt.job.id, line);
	},
	report(report) {
		if (!attempt.isSettling) hear(core, attempt, report);
	},
});

/** Read when they are first asked for; what is noted is kept for as long as the attempt is the current one. */
const candidatesOf = (core: Core, attempt: RunningJob): CandidateList => {
	const {job, token} = attempt;
	let known: readonly Candidate[] | undefined;
	const keep = async (candidates: readonly Candidate[], source?: string): Promise<void> => {
		known = candidates;
		if (source !== undefined) attempt.job = {...attempt.job, source};
		// A store that fails now is told by the attempt's own outcome.
		await core.store.keepCandidates(job.id, token, candidates, source).catch(() => undefined);
		core.touch('state');
	};
	const list = async (): Promise<readonly Candidate[]> => (known ??= await core.store.candidatesOf(job.id));
	return {
		list,
		// What is being tried is what the job's source names from now on.
		note: async (source, state) =>
			keep(withState(await list(), source, state), state.is === 'tried' ? source : undefined),
		replace: candidates => keep(candidates),
	};
};

/** Takes in what a provider tells while it runs. */
const hear = (core: Core, attempt: RunningJob, report: ProviderReport): void => {
	const {clock, disk} = core;
	if (report.phase !== undefined) attempt.phase = shorten(cleanText(report.phase), 40);
	if (report.isAnswered === true) answered(core, attempt);
	const total = wholeBytes(report.total);
	if (total !== undefined && total !== attempt.total) {
		attempt.total = total;
		attempt.isUnsaved = true;
		// It may not fit: the plan looks again.
		core.wake();
	}

	const bytes = wholeBytes(report.bytes);
	if (bytes !== undefined && bytes !== attempt.bytes) {
		disk.wrote(bytes - attempt.bytes);
		countTraffic(core, bytes - attempt.bytes);
		attempt.bytes = bytes;
		attempt.meter = measure(attempt.meter, clock.now(), bytes);
		attempt.isUnsaved = true;
		if (attempt.job.status === 'starting') void begin(core, attempt);
	}

	core.touch('progress');
};

/** Its lane need not wait for the end of the job to be well again. */
const answered = ({live, settings, clock, wake}: Core, {job, startedAt}: RunningJob): void => {
	const lane = laneOf(live, settings, job.lane, job.provider);
	if (lane.missing === undefined && lane.breaker.failures === 0) return;
	live.lanes.set(job.lane, laneSucceeded(lane, startedAt, clock.now()));
	wake();
};

/** A size that can be believed: one `NaN` in the sums would hold or stop the jobs of all other providers. */
const wholeBytes = (bytes: number | undefined): number | undefined =>
	bytes === undefined || !Number.isFinite(bytes) || bytes < 0 ? undefined : Math.round(bytes);

const begin = async (core: Core, attempt: RunningJob): Promise<void> => {
	// At once, so that the next report does not begin it a second time.
	attempt.job = {...attempt.job, status: 'downloading'};
	try {
		await move(core, attempt, {event: 'begin', at: core.clock.now()});
	} catch {
		// Nobody waits for it, and a store that fails while the engine closes is told by the attempt's own outcome.
	}
};
