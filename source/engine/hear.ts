import {measure} from '../domain/progress.ts';
import {cleanText, shorten} from '../domain/text.ts';
import {move} from './conclude.ts';
import type {Core} from './core.ts';
import type {RunningJob} from './live.ts';
import type {ProviderReport, RunContext} from './ports.ts';

/** What a provider gets to know, and the ways in which it may speak while its attempt lasts. */
export const contextOf = (core: Core, attempt: RunningJob, directory: string): RunContext => ({
	directory,
	signal: attempt.abort.signal,
	attempt: attempt.job.attempts,
	token: attempt.token,
	rateLimit: core.settings.rateLimit,
	log(line) {
		if (!attempt.isSettling) core.log.write(attempt.job.id, line);
	},
	report(report) {
		if (!attempt.isSettling) hear(core, attempt, report);
	},
});

/** Takes in what a provider tells while it runs. */
const hear = (core: Core, attempt: RunningJob, report: ProviderReport): void => {
	const {clock, disk} = core;
	if (report.phase !== undefined) attempt.phase = shorten(cleanText(report.phase), 40);
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
		attempt.bytes = bytes;
		attempt.meter = measure(attempt.meter, clock.now(), bytes);
		attempt.isUnsaved = true;
		if (attempt.job.status === 'starting') void begin(core, attempt);
	}

	core.touch('progress');
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
