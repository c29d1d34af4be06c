import type {PaneId} from '../layout.ts';

/**
 * Scopes: `always` works over everything; `panes` while nothing lies over the panes; the others belong to the overlay of
 * the same name, which has all keys for itself. Overlays with a line of text take every character that has no row.
 */
export const scopes = [
	'panes',
	'details',
	'log-search',
	'help',
	'help-filter',
	'statistics',
	'disk',
	'findings',
	'add',
	'filter',
	'workers',
	'palette',
	'confirm',
	'quit',
	'always',
] as const;
export type Scope = (typeof scopes)[number];

/** Conditions of an action; `needs.ts` says whether they are met, and if not, why. */
export type Need =
	| 'row'
	| 'job'
	| 'pausable'
	| 'retryable'
	| 'cancellable'
	| 'removable'
	| 'queued-job'
	| 'failures'
	| 'detach'
	| 'work'
	| 'undo'
	| 'redo';

/** For rows that concern this screen alone, which no shell command could do. */
export const screenOnly = undefined;

export type Row = {
	readonly scope: Scope;
	readonly keys: readonly string[];
	/** Its name in the palette and in config.toml's `[keys]`. */
	readonly action: string;
	/** What it does, for help, palette and README. */
	readonly label: string;
	/** The shell command that does the same, without `tidegate`; capitals stand for values. Or `screenOnly`. */
	readonly command: string | undefined;
	/** What the palette takes behind its name, such as `8` in `:workers 8`: a word for it. The act gets it as `argument`. */
	readonly argument?: string;
	/** The same in a word or two for the footer; without one it is not shown there. */
	readonly hint?: string;
	/** The smaller, the further left in the footer. */
	readonly rank?: number;
	/** The panes whose footer shows it, where not all do. */
	readonly hintIn?: readonly PaneId[];
	/** The panes where the footer says why it is not possible, where it is not. */
	readonly mattersIn?: readonly PaneId[];
	readonly needs?: Need;
};
