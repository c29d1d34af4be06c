import {screenOnly, type Row, type Scope} from './row.ts';

/** Keys that every page has which can be longer than the window. */
const scrolling = <Page extends Scope>(scope: Page) =>
	[
		{
			scope,
			keys: ['j', 'down'],
			action: 'scroll-down',
			label: 'Scroll down',
			command: screenOnly,
			hint: 'scroll',
			rank: 20,
		},
		{scope, keys: ['k', 'up'], action: 'scroll-up', label: 'Scroll up', command: screenOnly},
		{
			scope,
			keys: ['pagedown', 'ctrl-d'],
			action: 'scroll-page-down',
			label: 'Half a page down',
			command: screenOnly,
		},
		{scope, keys: ['pageup', 'ctrl-u'], action: 'scroll-page-up', label: 'Half a page up', command: screenOnly},
		{scope, keys: ['g', 'home'], action: 'scroll-top', label: 'To the top', command: screenOnly},
		{
			scope,
			keys: ['1', '2', '3', '4', '5', '6', '7', '8', '9', '0'],
			action: 'count',
			label: 'How often the next key is meant: 10j',
			command: screenOnly,
		},
		{scope, keys: [':'], action: 'palette', label: 'Every action by its name', command: 'help'},
	] as const satisfies readonly Row[];

const help = <Page extends Scope>(scope: Page) =>
	({scope, keys: ['?'], action: 'help', label: 'All keys', command: 'help', hint: 'help', rank: 70}) as const;

const back = <Page extends Scope>(scope: Page, ...keys: Row['keys']) =>
	({scope, keys, action: 'close', label: 'Back', command: screenOnly, hint: 'back', rank: 10}) as const;

/** Pages in the place of the panes. */
export const pageRows = [
	back('details', 'escape', 'enter', 'q'),
	help('details'),
	...scrolling('details'),
	{
		scope: 'details',
		keys: ['G', 'end'],
		action: 'follow',
		label: "Follow the log's end",
		command: 'log --follow ID',
		hint: 'follow the log',
		rank: 25,
	},
	{
		scope: 'details',
		keys: ['tab', 'shift-tab'],
		action: 'other-part',
		label: 'From the facts to the log, and back',
		command: screenOnly,
		hint: 'log',
		rank: 15,
	},
	{
		scope: 'details',
		keys: ['/'],
		action: 'search-log',
		label: 'Look for a word in the log',
		command: 'log ID',
		hint: 'search',
		rank: 22,
	},
	{scope: 'details', keys: ['n'], action: 'next-match', label: 'Next place where it stands', command: screenOnly},
	{scope: 'details', keys: ['N'], action: 'previous-match', label: 'Place before that', command: screenOnly},

	back('help', 'escape', '?', 'q', 'enter'),
	{
		scope: 'help',
		keys: ['/'],
		action: 'filter-help',
		label: 'Filter the keys as you type',
		command: screenOnly,
		hint: 'filter',
		rank: 15,
	},
	...scrolling('help'),

	back('statistics', 'escape', 'i', 'q', 'enter'),
	help('statistics'),
	...scrolling('statistics'),

	back('disk', 'escape', 'u', 'q', 'enter'),
	help('disk'),
	{
		scope: 'disk',
		keys: ['r'],
		action: 'measure-disk',
		label: 'Measure the folders again',
		command: 'disk',
		hint: 'measure',
		rank: 15,
	},
	...scrolling('disk'),

	back('findings', 'escape', '!', 'q', 'enter'),
	help('findings'),
	{
		scope: 'findings',
		keys: ['r'],
		action: 'look-again',
		label: 'Look again',
		command: 'doctor',
		hint: 'look again',
		rank: 15,
	},
	...scrolling('findings'),
] as const satisfies readonly Row[];
