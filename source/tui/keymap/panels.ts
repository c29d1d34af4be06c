import {screenOnly, type Row, type Scope} from './row.ts';

/** Keys of a line of text. */
const editing = <Panel extends Scope>(scope: Panel) =>
	[
		{scope, keys: ['backspace'], action: 'erase', label: 'Erase the character before the caret', command: screenOnly},
		{scope, keys: ['ctrl-w'], action: 'erase-word', label: 'Erase the word before the caret', command: screenOnly},
		{scope, keys: ['ctrl-u'], action: 'erase-all', label: 'Erase all', command: screenOnly},
	] as const satisfies readonly Row[];

/** Lines of text and questions below the panes. */
export const panelRows = [
	{
		scope: 'add',
		keys: ['enter'],
		action: 'add-sources',
		label: 'Add what was typed or pasted',
		command: 'add SOURCE',
		hint: 'add',
		rank: 10,
	},
	{
		scope: 'add',
		keys: ['escape'],
		action: 'close',
		label: 'Back without adding',
		command: screenOnly,
		hint: 'back',
		rank: 20,
	},
	...editing('add'),

	{
		scope: 'filter',
		keys: ['enter'],
		action: 'keep-filter',
		label: 'Keep the filter',
		command: screenOnly,
		hint: 'keep',
		rank: 10,
	},
	{
		scope: 'filter',
		keys: ['escape'],
		action: 'drop-filter',
		label: 'Clear the filter',
		command: screenOnly,
		hint: 'clear',
		rank: 20,
	},
	...editing('filter'),
	{scope: 'filter', keys: ['down'], action: 'down', label: 'Next row', command: screenOnly},
	{scope: 'filter', keys: ['up'], action: 'up', label: 'Previous row', command: screenOnly},

	{
		scope: 'workers',
		keys: ['enter'],
		action: 'set-workers',
		label: 'Set the number',
		command: 'workers N',
		hint: 'set',
		rank: 10,
	},
	{
		scope: 'workers',
		keys: ['escape'],
		action: 'close',
		label: 'Back',
		command: screenOnly,
		hint: 'back',
		rank: 20,
	},
	...editing('workers'),

	{
		scope: 'confirm',
		keys: ['y'],
		action: 'confirm',
		label: 'Yes, do it',
		command: screenOnly,
		hint: 'yes',
		rank: 10,
	},
	{
		scope: 'confirm',
		keys: ['escape', 'n', 'q'],
		action: 'close',
		label: 'No',
		command: screenOnly,
		hint: 'no',
		rank: 20,
	},

	{
		scope: 'quit',
		keys: ['b'],
		action: 'quit-detach',
		label: 'Go on in the background',
		command: screenOnly,
		hint: 'background',
		rank: 10,
		needs: 'detach',
	},
	{
		scope: 'quit',
		keys: ['f'],
		action: 'quit-finish',
		label: 'Finish what runs, then end',
		command: screenOnly,
		hint: 'finish',
		rank: 20,
	},
	{
		scope: 'quit',
		keys: ['s'],
		action: 'quit-stop',
		label: 'Stop now; every byte is kept and goes on next time',
		command: screenOnly,
		hint: 'stop',
		rank: 30,
	},
	{
		scope: 'quit',
		keys: ['escape', 'n', 'q'],
		action: 'close',
		label: 'Stay',
		command: screenOnly,
		hint: 'stay',
		rank: 40,
	},
] as const satisfies readonly Row[];

/** Keys that work over everything. */
export const alwaysRows = [
	{
		scope: 'always',
		keys: ['ctrl-c'],
		action: 'interrupt',
		label: 'Leave; pressed twice: stop now',
		command: screenOnly,
	},
	{
		scope: 'always',
		keys: ['ctrl-z'],
		action: 'suspend',
		label: 'Back to the shell; `fg` comes back',
		command: screenOnly,
	},
	{scope: 'always', keys: ['ctrl-l'], action: 'redraw', label: 'Draw the screen again', command: screenOnly},
] as const satisfies readonly Row[];
