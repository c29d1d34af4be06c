/** One line of the table that `npm run bench` prints. */
export type BenchRow = {
	readonly what: string;
	readonly measured: string;
	/** What was aimed at, in words; empty where it is only told. */
	readonly aim: string;
	/** Whether the aim was met, where there is one. */
	readonly isMet: boolean | undefined;
	readonly note: string;
};

/** A file `test/bench/NAME.bench.ts` exports this as its default. Bounded in count and time, on loopback, ends what it starts. */
export type Bench = {
	readonly name: string;
	readonly run: () => Promise<readonly BenchRow[]>;
};

export const median = (values: readonly number[]): number => {
	const sorted = values.toSorted((a, b) => a - b);
	const middle = Math.floor(sorted.length / 2);
	const high = sorted[middle] ?? Number.NaN;
	return sorted.length % 2 === 1 ? high : ((sorted[middle - 1] ?? high) + high) / 2;
};

/** The value below which so large a share (0 to 1) of the values lies. */
export const percentile = (values: readonly number[], share: number): number =>
	values.toSorted((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))] ?? Number.NaN;
