/** One thing that a scenario has looked at. */
export type LabRow = {
	readonly what: string;
	readonly expected: string;
	readonly seen: string;
	readonly isRight: boolean;
};

/** A file `test/lab/NAME.lab.ts` exports this as its default. Bounded in count and time, on loopback, ends what it starts. */
export type Lab = {
	readonly name: string;
	/** In one sentence. */
	readonly about: string;
	/** What it needs and this machine lacks, such as a tool; the scenario is skipped by name then. */
	readonly missing?: () => string | undefined;
	readonly run: (say: (line: string) => void) => Promise<readonly LabRow[]>;
};

/** A row that is right when both are the same. */
export const same = (what: string, expected: number | string, seen: number | string): LabRow => ({
	what,
	expected: String(expected),
	seen: String(seen),
	isRight: expected === seen,
});
