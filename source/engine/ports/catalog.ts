/*
 * What turns an album, a playlist or a list into jobs.
 */
import type {Failure} from '../../domain/failure.ts';
import type {ProviderId} from '../../domain/job.ts';
import type {UsualKind} from '../../domain/music-reference.ts';
import type {Track} from '../../domain/track.ts';
import type {AddRequest} from './engine.ts';

/** One thing that a catalog names: what it is, where it is, or both. */
export type CatalogEntry = {
	/** Undefined where its source says as much. */
	readonly title?: string;
	readonly track?: Track;
	/** Where it is to be had, where the catalog says so; else a provider looks for the track. */
	readonly source?: string;
	/** Who fetches the source, where only one can. */
	readonly provider?: ProviderId;
};

/** What becomes one batch. */
export type CatalogGroup = {
	/** Undefined for a single track, which needs no batch. */
	readonly title: string | undefined;
	readonly entries: readonly CatalogEntry[];
};

export type LeftOut = {readonly what: string; readonly why: string};

export type CatalogOutcome =
	| {
			readonly type: 'expanded';
			/** One, or one for each album of an artist. */
			readonly groups: readonly CatalogGroup[];
			readonly leftOut: readonly LeftOut[];
			/** What a person should know about it, such as which edition was taken. */
			readonly notes: readonly string[];
	  }
	| {readonly type: 'failed'; readonly failure: Failure}
	/** It ended because the signal was aborted. */
	| {readonly type: 'stopped'};

export type CatalogContext = {
	readonly signal: AbortSignal;
	/** Entries read so far, and how many there are where that is known. */
	readonly onProgress: (done: number, total?: number) => void;
	/** What a bare id means. Default: `album`. */
	readonly kind?: UsualKind;
	/** Nothing may be written, not even what would be kept for the next time. */
	readonly isDryRun?: boolean;
};

export type Catalog = {
	readonly id: string;
	/** Whether entries may come with a source of their own, so that no provider has to look for them. */
	readonly hasSources: boolean;
	/** Pure: whether this catalog is asked about the reference; `kind` is what it was said to be. */
	accepts(reference: string, kind?: UsualKind): boolean;
	/** Never rejects for what can happen. */
	expand(reference: string, context: CatalogContext): Promise<CatalogOutcome>;
	close?(): Promise<void>;
};

export type ExpandOptions = {
	/** What a bare id such as `deezer:123` means, and whether any address may be a playlist. */
	readonly kind?: UsualKind;
	/** Who fetches. Default: the configured one, else the first that can look for music. */
	readonly provider?: ProviderId;
	/** Nothing is written, not even what catalogs keep. */
	readonly isDryRun?: boolean;
	/** Ends it; what was read stays in the catalogs' memory. */
	readonly signal?: AbortSignal;
};

export type ExpandedGroup = {readonly title: string | undefined; readonly requests: readonly AddRequest[]};

/** Requests that can be added as they are, or why there are none. */
export type Expanded =
	| {
			readonly ok: true;
			readonly groups: readonly ExpandedGroup[];
			readonly leftOut: readonly LeftOut[];
			readonly notes: readonly string[];
	  }
	| {
			readonly ok: false;
			/** `bad-request`: the reference or the configuration has to change. `failed`: the catalog could not be read. */
			readonly code: 'bad-request' | 'failed' | 'stopped' | 'no-scheduler';
			readonly message: string;
	  };
