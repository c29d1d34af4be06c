/** What a look at one part of the machine has shown: a tool, a folder, the configuration, the free space. */
export type Finding = {
	/** What was looked at, in a word: `storage`, `yt-dlp`. */
	readonly name: string;
	readonly ok: boolean;
	readonly detail: string;
	/** What to do about it, where it is not well. */
	readonly fix: string | undefined;
	/** Jobs in line that wait for it, where some do. */
	readonly waiting?: number;
	/** The provider whose tool this is. */
	readonly provider?: string;
};

export const well = (name: string, detail: string): Finding => ({name, ok: true, detail, fix: undefined});

export const unwell = (name: string, detail: string, fix: string): Finding => ({name, ok: false, detail, fix});

/** What somebody has to see to first: what jobs wait for, then the other problems, then what is well; each in its order. */
export const byUrgency = (first: Finding, second: Finding): number => urgency(second) - urgency(first);

const urgency = (finding: Finding): number => (finding.ok ? 0 : (finding.waiting ?? 0) > 0 ? 2 : 1);
