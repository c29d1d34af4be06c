import {screenOnly, type Row} from './row.ts';

/** How the rows of a pane stand, and how much room it has. */
export const arrangeRows = [
	{
		scope: 'panes',
		keys: ['s'],
		action: 'sort',
		label: 'Sort the pane another way; again for the other direction',
		command: 'list --sort KEY --reverse',
		argument: 'KEY',
		hint: 'sort',
		rank: 55,
		hintIn: ['queued', 'failed', 'done'],
	},
	{
		scope: 'panes',
		keys: ['b'],
		action: 'group',
		label: 'Group the pane by batch, or show the jobs alone',
		command: screenOnly,
		hint: 'batches',
		rank: 52,
		hintIn: ['queued', 'failed', 'done'],
	},
	{scope: 'panes', keys: ['l', 'right'], action: 'unfold', label: 'Unfold the batch', command: screenOnly},
	{
		scope: 'panes',
		keys: ['h', 'left'],
		action: 'fold',
		label: 'Fold the batch, or the one that the job belongs to',
		command: screenOnly,
	},
	{
		scope: 'panes',
		keys: ['+'],
		action: 'zoom',
		label: 'Give the pane the window for itself; again: back',
		command: screenOnly,
		hint: 'zoom',
		rank: 65,
	},
] as const satisfies readonly Row[];
