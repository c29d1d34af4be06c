import {cleanText, shorten} from './text.ts';

/** What became of a candidate. One that was tried and has not failed is on its way, or is what the job's file was made of. */
export type CandidateState =
	{readonly is: 'untried'} | {readonly is: 'tried'} | {readonly is: 'failed'; readonly reason: string};

/** A file that a search has found for a job. */
export type Candidate = {
	/** The form of the job's source that names it. */
	readonly source: string;
	/** Who offers it. */
	readonly peer: string;
	/** What it is called there, with its folders. */
	readonly file: string;
	/** In bytes. */
	readonly size: number;
	/** 0 to 100, the best has most. */
	readonly score: number;
	/** What makes up the score, in short words. */
	readonly reasons: readonly string[];
	readonly state: CandidateState;
};

/** More are not kept with a job. */
export const mostCandidates = 20;

const longestSource = 16_384;
const longestName = 1000;
const longestReason = 120;
const mostReasons = 12;

/** Candidates as they may be kept and shown: the names of peers and files come from strangers. The order stays. */
export const cleanCandidates = (candidates: readonly Candidate[]): readonly Candidate[] =>
	candidates
		.filter(({source}) => source.length <= longestSource)
		.slice(0, mostCandidates)
		.map(({source, peer, file, size, score, reasons, state}) => ({
			source,
			peer: shorten(cleanText(peer), longestName),
			file: shorten(cleanText(file), longestName),
			size: Number.isSafeInteger(size) && size > 0 ? size : 0,
			score: Number.isFinite(score) ? Math.min(100, Math.max(0, Math.round(score * 10) / 10)) : 0,
			reasons: reasons.slice(0, mostReasons).map(reason => shorten(cleanText(reason), longestReason)),
			state: state.is === 'failed' ? {is: state.is, reason: shorten(cleanText(state.reason), 300)} : state,
		}));

/** The list with what became of one of them. */
export const withState = (
	candidates: readonly Candidate[],
	source: string,
	state: CandidateState,
): readonly Candidate[] => candidates.map(one => (one.source === source ? {...one, state} : one));
