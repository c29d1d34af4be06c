/*
 * What runs a job.
 */
import type {Candidate, CandidateState} from '../../domain/candidate.ts';
import type {Failure} from '../../domain/failure.ts';
import type {AttemptToken, Job, JobOptions, LaneId, ProviderId} from '../../domain/job.ts';
import type {Track} from '../../domain/track.ts';

export type ToolReport = {
	readonly name: string;
	readonly ok: boolean;
	readonly version: string | undefined;
	/** What is wrong, and what to do about it, where something is. */
	readonly problem: string | undefined;
	readonly fix: string | undefined;
};

/** What a provider tells while it runs. All fields are what is known now; `bytes` are those on the disk. */
export type ProviderReport = {
	readonly bytes?: number;
	readonly total?: number;
	readonly title?: string;
	/** A word for what is being done, such as `merging`. */
	readonly phase?: string;
	/** The service that does the work has answered: its lane is sound, whatever becomes of the job. */
	readonly isAnswered?: boolean;
};

/** What a search has found for the job of an attempt. */
export type CandidateList = {
	/** Best first; none where there was no search. */
	list(): Promise<readonly Candidate[]>;
	/** Says what became of one. */
	note(source: string, state: CandidateState): Promise<void>;
	/** Another search has found these. */
	replace(candidates: readonly Candidate[]): Promise<void>;
};

export type RunContext = {
	/** The job's private directory: exists, is empty or holds what earlier attempts left. Absolute. */
	readonly directory: string;
	/** Aborted when the attempt must end; bytes on the disk stay. Its reason is `closing` (see domain/job.ts) where only the scheduler ends. */
	readonly signal: AbortSignal;
	/** May be called as often as it likes; never after the run has settled. */
	readonly report: (report: ProviderReport) => void;
	/** Writes a line to the job's log; control characters and secrets are taken out on the way. */
	readonly log: (line: string) => void;
	/** Attempts spent before this one. */
	readonly attempt: number;
	/** In the environment of every process that is started, so that survivors of a crash are found. */
	readonly token: AttemptToken;
	/** Bytes per second at the start, or undefined for none. */
	readonly rateLimit: number | undefined;
	/** Hears of another limit while it runs, where its abilities say `liveRateLimit`; one listener. */
	readonly onRateLimit?: (listener: (rateLimit: number | undefined) => void) => void;
	readonly candidates?: CandidateList;
};

export type RunOutcome =
	/** The provider says that this file, inside the directory, is what was asked for. It is verified before it is believed. */
	| {
			readonly type: 'fetched';
			readonly path: string;
			readonly name: string;
			readonly size?: number;
			readonly checksum?: string;
			readonly isWebPageExpected?: boolean;
			/** Seconds that it plays, where the provider was told so before it fetched it. */
			readonly duration?: number;
	  }
	| {readonly type: 'failed'; readonly failure: Failure}
	/** It ended because the signal was aborted. */
	| {readonly type: 'stopped'};

export type SearchOutcome =
	| {
			readonly type: 'found';
			readonly source: string;
			/** The lane in which it is fetched, where that is another one. */
			readonly lane?: LaneId;
			/** All that was found, best first. */
			readonly candidates?: readonly Candidate[];
			/** Nobody had to be asked: the next search need not keep its distance from this one. */
			readonly isFree?: boolean;
	  }
	| {readonly type: 'failed'; readonly failure: Failure}
	| {readonly type: 'stopped'};

/** A file that was fetched and did not stand the check, and why. */
export type Refused = {readonly outcome: Extract<RunOutcome, {type: 'fetched'}>; readonly failure: Failure};

export type Provider = {
	readonly id: ProviderId;
	readonly abilities: {readonly resume: boolean; readonly liveRateLimit: boolean; readonly needsSearch: boolean};
	/** Pure: whether this provider takes the source. */
	accepts(source: string): boolean;
	/** Pure: the lane of a source; most providers have one lane, named like themselves. */
	laneOf(source: string): LaneId;
	/** Pure: whether this source needs no search, where the provider can search; default: it needs one. */
	isSourced?(source: string): boolean;
	/** Pure: the one form of all spellings of the same source. */
	canonical(source: string): string;
	/** Pure: what the source itself says: a title, and the options in the provider's own spelling with what is left open. */
	describe?(source: string, options: JobOptions): {readonly title: string; readonly options: JobOptions} | undefined;
	/** Learns of the tool what `problemWith` wants to know, for a few seconds at most; asked before sources of its are added. */
	prepare?(): Promise<void>;
	/** Pure: what is wrong with what a person asks for beyond the source, in words; such a job is not added. */
	problemWith?(source: string, options: JobOptions): string | undefined;
	/** Pure: how this provider is asked for a piece of music, where it can look for one. */
	sourceOfTrack?(track: Track): string | undefined;
	check(): Promise<ToolReport>;
	search?(job: Job, context: RunContext): Promise<SearchOutcome>;
	/** Never throws for what can happen; never reports after it has settled; leaves no process behind. */
	run(job: Job, context: RunContext): Promise<RunOutcome>;
	/** Is told that what it has fetched is not what was asked for. */
	refused?(job: Job, refused: Refused, context: Pick<RunContext, 'candidates' | 'log'>): Promise<void>;
	/** What earlier attempts have left under way elsewhere is wanted no more, though none runs now; `close` waits for it. */
	abandon?(job: Job, candidates: readonly Candidate[]): void;
	/** What a person should know of it, in sentences. */
	notices?(): readonly string[];
	/** Ends what the provider itself keeps running, such as a daemon. */
	close?(): Promise<void>;
};
