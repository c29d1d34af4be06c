import type {SourcePreview} from '../../domain/preview.ts';
import type {AddRequest} from '../../engine/ports.ts';

/** A line of the draft with all that it stands for. */
export type CheckedLine = {
	readonly line: string;
	/** What would be asked for it: one request, one for each episode, or one for each source of a list. */
	readonly requests: readonly AddRequest[];
	/** What each of the requests is; undefined while nobody has answered. */
	readonly previews: readonly SourcePreview[] | undefined;
	/** What is wrong with the line itself, and what helps. */
	readonly problem: string | undefined;
	/** It is the path of a file with sources, or stands for an album or the like. */
	readonly isList: boolean;
	/** What the line stands for where a catalog was asked: a batch, or one for each album of an artist. */
	readonly batches?: readonly LineBatch[] | undefined;
	/** Parts of it that cannot be asked for. */
	readonly leftOut?: number;
};

/** A batch of so many of the line's requests, in their order; without a title it is none. */
export type LineBatch = {readonly title: string | undefined; readonly count: number};

export type Verdict = 'checking' | 'bad' | 'known' | 'new';

/** What a line is as a whole: bad where nothing of it can be added, known where all of it is there already. */
export const verdictOf = ({previews, problem}: CheckedLine): Verdict => {
	if (problem !== undefined) return 'bad';
	if (previews === undefined) return 'checking';
	if (previews.some(({type}) => type === 'new')) return 'new';
	return previews.some(({type}) => type !== 'bad') ? 'known' : 'bad';
};

/** How many files are new, known and bad, over all lines; lines that are not answered yet are `waiting`. */
export type Tally = {
	readonly fresh: number;
	readonly known: number;
	readonly bad: number;
	readonly waiting: number;
	/** One that is known and one that is bad, to be named where there is no other. */
	readonly anyKnown: SourcePreview | undefined;
	readonly anyBad: {readonly problem: string} | undefined;
	/** What is missing for those that are new, such as a tool. */
	readonly lacking: string | undefined;
};

export const tallyOf = (lines: readonly CheckedLine[]): Tally => {
	let [fresh, known, bad, waiting] = [0, 0, 0, 0];
	let anyKnown: SourcePreview | undefined;
	let anyBad: {readonly problem: string} | undefined;
	let lacking: string | undefined;
	for (const line of lines) {
		if (line.problem !== undefined) {
			bad++;
			anyBad ??= {problem: line.problem};
		} else if (line.previews === undefined) waiting++;
		else
			for (const preview of line.previews) {
				if (preview.type === 'new') {
					fresh++;
					lacking ??= preview.toolProblem;
				} else if (preview.type === 'bad') {
					bad++;
					anyBad ??= preview;
				} else {
					known++;
					anyKnown ??= preview;
				}
			}
	}

	return {fresh, known, bad, waiting, anyKnown, anyBad, lacking};
};

const urgency: Readonly<Record<Verdict, number>> = {bad: 0, known: 1, checking: 2, new: 2};

/** Places of the lines in the order in which they are shown: what needs a look first, the others as they were written. */
export const shownOrder = (lines: readonly CheckedLine[]): readonly number[] => {
	const groups: number[][] = [[], [], []];
	for (const [place, line] of lines.entries()) {
		const isShort = line.previews?.some(({type}) => type === 'bad') ?? false;
		groups[isShort ? 0 : urgency[verdictOf(line)]]?.push(place);
	}

	return groups.flat();
};
