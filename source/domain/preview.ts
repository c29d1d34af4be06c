import type {JobId, JobStatus, LaneId, ProviderId} from './job.ts';

/** What is known of a source that can be fetched. */
type Known = {
	/** Clean and without secrets, as lists show it. */
	readonly source: string;
	readonly title: string;
	readonly provider: ProviderId;
	readonly lane: LaneId;
	/** Undefined while nobody has looked yet. */
	readonly isToolThere: boolean | undefined;
	/** What is wrong with the tool, and what helps, where it is not there. */
	readonly toolProblem: string | undefined;
	/** The same for two sources that are the same thing, and tells nothing else. */
	readonly key: string;
	/** Where its file goes, where that does not depend on the file. */
	readonly destination: string | undefined;
};

/**
 * What a source is before it is added: `new`; a `duplicate` of a job; a `repeat` of an earlier source of the same list; or
 * `bad`, with what is wrong and what helps. `because` says what is taken: the source itself, or the place of its file.
 */
export type SourcePreview =
	| (Known & {readonly type: 'new'})
	| (Known & {
			readonly type: 'duplicate';
			readonly id: JobId;
			readonly status: JobStatus;
			readonly because: Because;
	  })
	/** `of` is the place of the earlier one in the list, from 0. */
	| (Known & {readonly type: 'repeat'; readonly of: number; readonly because: Because})
	| {readonly type: 'bad'; readonly source: string; readonly problem: string};

export type Because = 'source' | 'destination';

/** Finds repeats in a list that comes in pieces. */
export type RepeatMarker = {
	/** Marks the next piece, and remembers what it would take. */
	mark(rows: readonly SourcePreview[]): readonly SourcePreview[];
	/** Marks rows as if they came next, and forgets them. */
	judge(rows: readonly SourcePreview[]): readonly SourcePreview[];
};

/** What earlier rows take, by the place of the row. */
type Taken = {readonly keys: Map<string, number>; readonly destinations: Map<string, number>};

const rivalOf = (
	destination: string | undefined,
	taken: ReadonlyMap<string, number> | undefined,
): number | undefined => (destination === undefined ? undefined : taken?.get(destination));

/** Marks what repeats an earlier source. What is refused itself takes nothing, so that only what is new is remembered. */
export const createRepeatMarker = (): RepeatMarker => {
	const keys = new Map<string, number>();
	const destinations = new Map<string, number>();
	let count = 0;
	const judgeOne = (row: SourcePreview, before?: Taken): SourcePreview => {
		// What was marked within its piece is judged again: its place counts from the start of the list.
		if (row.type !== 'new' && row.type !== 'repeat') return row;
		const same = keys.get(row.key) ?? before?.keys.get(row.key);
		if (same !== undefined) return {...row, type: 'repeat', of: same, because: 'source'};
		const rival = rivalOf(row.destination, destinations) ?? rivalOf(row.destination, before?.destinations);
		if (rival !== undefined) return {...row, type: 'repeat', of: rival, because: 'destination'};
		if (row.type === 'new') return row;
		const {of: _of, because: _because, ...known} = row;
		return {...known, type: 'new'};
	};

	return {
		mark: rows =>
			rows.map(row => {
				const judged = judgeOne(row);
				if (judged.type === 'new') {
					keys.set(judged.key, count);
					if (judged.destination !== undefined) destinations.set(judged.destination, count);
				}

				count++;
				return judged;
			}),
		judge(rows) {
			const before: Taken = {keys: new Map(), destinations: new Map()};
			return rows.map((row, index) => {
				const judged = judgeOne(row, before);
				if (judged.type === 'new') {
					before.keys.set(judged.key, count + index);
					if (judged.destination !== undefined) before.destinations.set(judged.destination, count + index);
				}

				return judged;
			});
		},
	};
};

/** A short name for a text: 53 bits of it, which a list of 100,000 has twice by chance once in two million times. */
export const keyOfText = (text: string): string => {
	let high = 0xde_ad_be_ef;
	let low = 0x41_c6_ce_57;
	for (let index = 0; index < text.length; index++) {
		const unit = text.charCodeAt(index);
		high = Math.imul(high ^ unit, 2_654_435_761);
		low = Math.imul(low ^ unit, 1_597_334_677);
	}

	high = Math.imul(high ^ (high >>> 16), 2_246_822_507) ^ Math.imul(low ^ (low >>> 13), 3_266_489_909);
	low = Math.imul(low ^ (low >>> 16), 2_246_822_507) ^ Math.imul(high ^ (high >>> 13), 3_266_489_909);
	return (4_294_967_296 * (2_097_151 & low) + (high >>> 0)).toString(36);
};
