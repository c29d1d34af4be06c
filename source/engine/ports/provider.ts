/*
 * What runs a job.
 */
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
};

export type RunContext = {
	/** The job's private directory: exists, is empty or holds what earlier attempts left. Absolute. */
	readonly directory: string;
	/** Aborted when the attempt must end; bytes on the disk stay. */
	readonly signal: AbortSignal;
	/** May be called as often as it likes; never after the run has settled. */
	readonly report: (report: ProviderReport) => void;
	/** Writes a line to the job's log; control characters and secrets are taken out on the way. */
	readonly log: (line: string) => void;
	/** Attempts spent before this one. */
	readonly attempt: number;
	/** In the environment of every process that is started, so that survivors of a crash are found. */
	readonly token: AttemptToken;
	/** Bytes per second, or undefined for none. */
	readonly rateLimit: number | undefined;
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
	| {readonly type: 'found'; readonly source: string}
	| {readonly type: 'failed'; readonly failure: Failure}
	| {readonly type: 'stopped'};

export type Provider = {
	readonly id: ProviderId;
	readonly abilities: {readonly resume: boolean; readonly liveRateLimit: boolean; readonly needsSearch: boolean};
	/** Pure: whether this provider takes the source. */
	accepts(source: string): boolean;
	/** Pure: the lane of a source; most providers have one lane, named like themselves. */
	laneOf(source: string): LaneId;
	/** Pure: the one form of all spellings of the same source. */
	canonical(source: string): string;
	/** Pure: what is wrong with what a person asks for beyond the source, in words; such a job is not added. */
	problemWith?(source: string, options: JobOptions): string | undefined;
	/** Pure: how this provider is asked for a piece of music, where it can look for one. */
	sourceOfTrack?(track: Track): string | undefined;
	check(): Promise<ToolReport>;
	search?(job: Job, context: RunContext): Promise<SearchOutcome>;
	/** Never throws for what can happen; never reports after it has settled; leaves no process behind. */
	run(job: Job, context: RunContext): Promise<RunOutcome>;
	/** Ends what the provider itself keeps running, such as a daemon. */
	close?(): Promise<void>;
};
