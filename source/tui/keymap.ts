import type {PaneId} from './layout.ts';

/**
 * Every key as a row of data. Dispatch, footer, help and the README's table read these rows; a key exists nowhere else.
 *
 * Scopes: `always` works over everything; `panes` while nothing lies over the panes; the others belong to the overlay of
 * the same name, which has all keys for itself. Overlays with a line of text take every character that has no row.
 */
export const scopes = [
	'panes',
	'details',
	'help',
	'statistics',
	'add',
	'filter',
	'workers',
	'confirm',
	'quit',
	'always',
] as const;
export type Scope = (typeof scopes)[number];

/** Conditions of an action; `needs.ts` says whether they are met, and if not, why. */
export type Need =
	'job' | 'pausable' | 'retryable' | 'cancellable' | 'removable' | 'queued-job' | 'failures' | 'detach';

type Row = {
	readonly scope: Scope;
	readonly keys: readonly [string, ...string[]];
	readonly action: string;
	/** What it does, for help and README. */
	readonly label: string;
	/** The same in a word or two for the footer; without one it is not shown there. */
	readonly hint?: string;
	/** The smaller, the further left in the footer. */
	readonly rank?: number;
	/** The panes whose footer shows it, where not all do. */
	readonly hintIn?: readonly PaneId[];
	readonly needs?: Need;
};

export const keymap = [
	{scope: 'panes', keys: ['j', 'down'], action: 'down', label: 'Next row'},
	{scope: 'panes', keys: ['k', 'up'], action: 'up', label: 'Previous row'},
	{scope: 'panes', keys: ['g', 'home'], action: 'top', label: 'First row'},
	{scope: 'panes', keys: ['G', 'end'], action: 'end', label: 'Last row'},
	{scope: 'panes', keys: ['ctrl-d'], action: 'half-down', label: 'Half a page down'},
	{scope: 'panes', keys: ['ctrl-u'], action: 'half-up', label: 'Half a page up'},
	{scope: 'panes', keys: ['pagedown', 'ctrl-f'], action: 'page-down', label: 'A page down'},
	{scope: 'panes', keys: ['pageup', 'ctrl-b'], action: 'page-up', label: 'A page up'},
	{scope: 'panes', keys: ['tab'], action: 'next-pane', label: 'Next pane', hint: 'pane', rank: 60},
	{scope: 'panes', keys: ['shift-tab'], action: 'previous-pane', label: 'Previous pane'},
	{scope: 'panes', keys: ['1'], action: 'focus-active', label: 'Active jobs'},
	{scope: 'panes', keys: ['2'], action: 'focus-queued', label: 'Queue'},
	{scope: 'panes', keys: ['3'], action: 'focus-failed', label: 'Failed jobs'},
	{scope: 'panes', keys: ['4'], action: 'focus-done', label: 'Finished jobs'},
	{
		scope: 'panes',
		keys: ['enter'],
		action: 'details',
		label: 'Details of the job, with its log',
		hint: 'details',
		rank: 10,
		needs: 'job',
	},
	{scope: 'panes', keys: ['/'], action: 'filter', label: 'Filter the pane as you type', hint: 'filter', rank: 50},
	{scope: 'panes', keys: ['escape'], action: 'clear', label: 'Clear the filter'},
	{scope: 'panes', keys: ['a'], action: 'add', label: 'Add sources; pasted lines open it too', hint: 'add', rank: 20},
	{
		scope: 'panes',
		keys: ['p'],
		action: 'toggle-pause',
		label: 'Pause the job, or let it go on',
		hint: 'pause',
		rank: 30,
		needs: 'pausable',
	},
	{scope: 'panes', keys: ['P'], action: 'toggle-queue', label: 'Pause the whole queue, or let it go on'},
	{scope: 'panes', keys: ['r'], action: 'retry', label: 'Retry the job', hint: 'retry', rank: 12, needs: 'retryable'},
	{
		scope: 'panes',
		keys: ['R'],
		action: 'retry-all',
		label: 'Retry all failed jobs (asks)',
		hint: 'retry all',
		rank: 13,
		hintIn: ['failed'],
		needs: 'failures',
	},
	{
		scope: 'panes',
		keys: ['c'],
		action: 'cancel',
		label: 'Cancel the job',
		hint: 'cancel',
		rank: 31,
		needs: 'cancellable',
	},
	{
		scope: 'panes',
		keys: ['x'],
		action: 'remove',
		label: 'Remove the job from the list; its file stays (asks where it has not ended)',
		hint: 'remove',
		rank: 32,
		needs: 'removable',
	},
	{scope: 'panes', keys: ['K'], action: 'move-up', label: 'Move the job up in the queue', needs: 'queued-job'},
	{
		scope: 'panes',
		keys: ['J'],
		action: 'move-down',
		label: 'Move the job down in the queue',
		hint: 'move',
		rank: 40,
		needs: 'queued-job',
	},
	{scope: 'panes', keys: ['+'], action: 'priority-up', label: 'Raise the priority of the job', needs: 'queued-job'},
	{scope: 'panes', keys: ['-'], action: 'priority-down', label: 'Lower the priority of the job', needs: 'queued-job'},
	{scope: 'panes', keys: ['w'], action: 'workers', label: 'Set the number of workers'},
	{scope: 'panes', keys: [']'], action: 'more-workers', label: 'One worker more'},
	{scope: 'panes', keys: ['['], action: 'fewer-workers', label: 'One worker less'},
	{scope: 'panes', keys: ['i'], action: 'statistics', label: 'Statistics and the health of each lane'},
	{scope: 'panes', keys: ['?'], action: 'help', label: 'All keys', hint: 'help', rank: 21},
	{scope: 'panes', keys: ['q'], action: 'quit', label: 'Leave (asks while something runs)', hint: 'quit', rank: 34},

	{scope: 'details', keys: ['escape', 'enter', 'q'], action: 'close', label: 'Back', hint: 'back', rank: 10},
	{scope: 'details', keys: ['?'], action: 'help', label: 'All keys', hint: 'help', rank: 70},
	{scope: 'details', keys: ['j', 'down'], action: 'scroll-down', label: 'Scroll down', hint: 'scroll', rank: 20},
	{scope: 'details', keys: ['k', 'up'], action: 'scroll-up', label: 'Scroll up'},
	{scope: 'details', keys: ['pagedown', 'ctrl-d'], action: 'scroll-page-down', label: 'Half a page down'},
	{scope: 'details', keys: ['pageup', 'ctrl-u'], action: 'scroll-page-up', label: 'Half a page up'},
	{scope: 'details', keys: ['g', 'home'], action: 'scroll-top', label: 'To the top', hint: 'top', rank: 30},
	{
		scope: 'details',
		keys: ['G', 'end'],
		action: 'follow',
		label: "Follow the log's end",
		hint: 'follow the log',
		rank: 25,
	},

	{scope: 'help', keys: ['escape', '?', 'q', 'enter'], action: 'close', label: 'Back', hint: 'back', rank: 10},
	{scope: 'help', keys: ['j', 'down'], action: 'scroll-down', label: 'Scroll down', hint: 'scroll', rank: 20},
	{scope: 'help', keys: ['k', 'up'], action: 'scroll-up', label: 'Scroll up'},
	{scope: 'help', keys: ['pagedown', 'ctrl-d'], action: 'scroll-page-down', label: 'Half a page down'},
	{scope: 'help', keys: ['pageup', 'ctrl-u'], action: 'scroll-page-up', label: 'Half a page up'},
	{scope: 'help', keys: ['g', 'home'], action: 'scroll-top', label: 'To the top'},

	{scope: 'statistics', keys: ['escape', 'i', 'q', 'enter'], action: 'close', label: 'Back', hint: 'back', rank: 10},
	{scope: 'statistics', keys: ['?'], action: 'help', label: 'All keys', hint: 'help', rank: 70},
	{scope: 'statistics', keys: ['j', 'down'], action: 'scroll-down', label: 'Scroll down', hint: 'scroll', rank: 20},
	{scope: 'statistics', keys: ['k', 'up'], action: 'scroll-up', label: 'Scroll up'},
	{scope: 'statistics', keys: ['pagedown', 'ctrl-d'], action: 'scroll-page-down', label: 'Half a page down'},
	{scope: 'statistics', keys: ['pageup', 'ctrl-u'], action: 'scroll-page-up', label: 'Half a page up'},
	{scope: 'statistics', keys: ['g', 'home'], action: 'scroll-top', label: 'To the top'},

	{scope: 'add', keys: ['enter'], action: 'add-sources', label: 'Add what was typed or pasted', hint: 'add', rank: 10},
	{scope: 'add', keys: ['escape'], action: 'close', label: 'Back without adding', hint: 'back', rank: 20},
	{scope: 'add', keys: ['backspace'], action: 'erase', label: 'Erase the last character'},
	{scope: 'add', keys: ['ctrl-w'], action: 'erase-word', label: 'Erase the last word'},
	{
		scope: 'add',
		keys: ['ctrl-u'],
		action: 'erase-all',
		label: 'Erase all, the pasted lines too',
		hint: 'erase',
		rank: 30,
	},

	{scope: 'filter', keys: ['enter'], action: 'keep-filter', label: 'Keep the filter', hint: 'keep', rank: 10},
	{scope: 'filter', keys: ['escape'], action: 'drop-filter', label: 'Clear the filter', hint: 'clear', rank: 20},
	{scope: 'filter', keys: ['backspace'], action: 'erase', label: 'Erase the last character'},
	{scope: 'filter', keys: ['ctrl-w'], action: 'erase-word', label: 'Erase the last word'},
	{scope: 'filter', keys: ['ctrl-u'], action: 'erase-all', label: 'Erase all'},
	{scope: 'filter', keys: ['down'], action: 'down', label: 'Next row'},
	{scope: 'filter', keys: ['up'], action: 'up', label: 'Previous row'},

	{scope: 'workers', keys: ['enter'], action: 'set-workers', label: 'Set the number', hint: 'set', rank: 10},
	{scope: 'workers', keys: ['escape'], action: 'close', label: 'Back', hint: 'back', rank: 20},
	{scope: 'workers', keys: ['backspace'], action: 'erase', label: 'Erase the last digit'},
	{scope: 'workers', keys: ['ctrl-u'], action: 'erase-all', label: 'Erase all'},

	{scope: 'confirm', keys: ['y'], action: 'confirm', label: 'Yes, do it', hint: 'yes', rank: 10},
	{scope: 'confirm', keys: ['escape', 'n', 'q'], action: 'close', label: 'No', hint: 'no', rank: 20},

	{
		scope: 'quit',
		keys: ['b'],
		action: 'quit-detach',
		label: 'Go on in the background',
		hint: 'background',
		rank: 10,
		needs: 'detach',
	},
	{scope: 'quit', keys: ['f'], action: 'quit-finish', label: 'Finish what runs, then end', hint: 'finish', rank: 20},
	{
		scope: 'quit',
		keys: ['s'],
		action: 'quit-stop',
		label: 'Stop now; every byte is kept and goes on next time',
		hint: 'stop',
		rank: 30,
	},
	{scope: 'quit', keys: ['escape', 'n', 'q'], action: 'close', label: 'Stay', hint: 'stay', rank: 40},

	{scope: 'always', keys: ['ctrl-c'], action: 'interrupt', label: 'Leave; pressed twice: stop now'},
	{scope: 'always', keys: ['ctrl-z'], action: 'suspend', label: 'Back to the shell; `fg` comes back'},
	{scope: 'always', keys: ['ctrl-l'], action: 'redraw', label: 'Draw the screen again'},
] as const satisfies readonly Row[];

export type ActionName = (typeof keymap)[number]['action'];

export type KeymapRow = Row & {readonly action: ActionName};

/** The rows, for whoever reads and does not press: help, README, checks. */
export const keymapTable = (): readonly KeymapRow[] => keymap;

/** The row of a key, looked for in these scopes one after the other. */
export const rowOf = (key: string, searched: readonly Scope[]): KeymapRow | undefined => {
	for (const scope of searched) {
		const row = keymapTable().find(one => one.scope === scope && one.keys.includes(key));
		if (row !== undefined) return row;
	}

	return undefined;
};

export const scopeNames: Readonly<Record<Scope, string>> = {
	panes: 'In the panes',
	details: 'In the details of a job',
	help: 'In this help',
	statistics: 'In the statistics',
	add: 'While adding',
	filter: 'While filtering',
	workers: 'While setting the workers',
	confirm: 'When asked',
	quit: 'When leaving',
	always: 'Everywhere',
};
