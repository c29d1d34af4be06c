import {canonicalAddress} from '../../domain/address.ts';
import type {Clock, Provider, RunContext, RunOutcome} from '../../engine/ports.ts';
import type {Duration} from '../../domain/time.ts';
import type {Http} from '../../system/http.ts';
import {canonicalUrl, isHttpUrl, laneOfUrl} from './address.ts';
import {defectFailure, diskFailure, isSystemError, safeText} from './failures.ts';
import {fetchFile} from './fetch-file.ts';

export type HttpProviderOptions = {
	readonly http: Http;
	readonly clock: Pick<Clock, 'now' | 'at'>;
	readonly userAgent: string;
	/** Headers for the server of the source, such as a referer; they do not travel to another server. */
	readonly headers?: Readonly<Record<string, string>>;
	/** Connections for one large file, 1 to 16. */
	readonly segments?: number;
	/** Bytes from which on a file is fetched in segments. */
	readonly segmentThreshold?: number;
	/** The longest time without a byte. */
	readonly stallTimeout?: Duration;
	/** The longest wait for an answer. */
	readonly headersTimeout?: Duration;
	/** How often the resume record is written: what a crash costs at most. */
	readonly checkpointEvery?: Duration;
};

/** What holds where the options say nothing. */
export const httpDefaults = {
	segments: 4,
	segmentThreshold: 32 * 1024 * 1024,
	stallTimeout: 60_000,
	headersTimeout: 60_000,
	checkpointEvery: 3000,
} as const;

/** The built-in provider: fetches http: and https: URLs, resumes, and takes several connections for large files. */
export const createHttpProvider = (given: HttpProviderOptions): Provider => {
	const options = {headers: {}, ...httpDefaults, ...given};
	return {
		id: 'http',
		abilities: {resume: true, liveRateLimit: true, needsSearch: false},
		accepts: isHttpUrl,
		laneOf: laneOfUrl,
		canonical: source => canonicalAddress(canonicalUrl(source)),
		check: () => Promise.resolve({name: 'http', ok: true, version: undefined, problem: undefined, fix: undefined}),
		run: (job, context) => runGuarded(context, guarded => fetchFile(options, job.source, guarded)),
	};
};

/** Nothing is reported or left open after the end, and nothing that can happen is thrown. */
const runGuarded = async (
	context: RunContext,
	run: (guarded: RunContext) => Promise<RunOutcome>,
): Promise<RunOutcome> => {
	let hasSettled = false;
	// Whatever happens, no connection outlives the attempt.
	const end = new AbortController();
	const guarded: RunContext = {
		...context,
		signal: AbortSignal.any([context.signal, end.signal]),
		report: report => {
			if (!hasSettled) context.report(report);
		},
		log: line => {
			if (!hasSettled) context.log(safeText(line));
		},
	};
	try {
		return context.signal.aborted ? {type: 'stopped'} : await run(guarded);
	} catch (error) {
		// What is left to be thrown comes from the filesystem, or is a defect.
		const failure = isSystemError(error) ? diskFailure(error) : defectFailure(error);
		return context.signal.aborted ? {type: 'stopped'} : {type: 'failed', failure};
	} finally {
		hasSettled = true;
		end.abort();
	}
};
