import type {ScriptedEngine} from '../scripted-engine.ts';
import {busyQueue, emptyQueue} from './fixed-queue.ts';

/** What is done on the screen before it is looked at. */
export type Scene = {
	readonly name: string;
	/** What is typed, one read each; after each the screen comes to rest. */
	readonly keys: readonly string[];
	/** What stands there then, whatever the size. */
	readonly see: RegExp;
	readonly queue: () => ScriptedEngine;
	readonly isAttached?: boolean;
};

export type Size = readonly [columns: number, rows: number];

export const sizes: readonly Size[] = [
	[40, 12],
	[60, 20],
	[80, 24],
	[120, 40],
	[250, 80],
];

const escape = '\u001B';
const paste = (text: string): string => `${escape}[200~${text}${escape}[201~`;

const panes: Scene = {name: 'panes', keys: [], see: /8\.4 MB\/s/, queue: busyQueue};

const scene = (name: string, keys: readonly string[], see: RegExp, change: Partial<Scene> = {}): Scene => ({
	name,
	keys,
	see,
	queue: busyQueue,
	...change,
});

/** Pages, panels and states, at the sizes that most people have and at the smallest. */
const others: readonly Scene[] = [
	scene('queue', ['2', 'j', 'j'], /20:26:00/),
	scene('failed', ['3', 'j'], /Members/),
	scene('done', ['4'], /Ich/),
	scene('marked rows', ['2', ' ', ' ', 'j', 'v', 'j'], /4 marked/),
	scene('filter', ['2', '/', 'episode 1'], /filter: ?e?/),
	scene('by batch', ['2', 'b', 'l'], /by batch/),
	scene('zoomed', ['2', '+'], /zoomed/),
	scene('after a cancel', ['2', 'c'], /cancelled: /),
	scene('details of a failed job', ['3', 'j', '\r'], /registered users/),
	scene('details of a running job', ['\r'], /Long Way Home/),
	scene('log', ['3', 'j', '\r', '\t', '/', 'error', '\r'], /ERROR: /),
	scene('help', ['?'], /Next row|j down/i),
	scene('palette', [':', 'ret'], /ret/),
	scene('statistics', ['i'], /Lanes|lane|Rate/),
	scene('disk', ['u'], /Disk usage/),
	scene('findings', ['!'], /gallery-dl/),
	scene(
		'adding',
		[
			paste(
				[
					'https://example.org/a.mkv',
					'https://cdn.example.org/files/301.mkv',
					'gopher://example.org/1',
					'https://example.org/漫画.zip',
				].join('\n'),
			),
		],
		/1 new|2 new|3 new/,
	),
	scene('a question', ['3', 'F'], /\by\b/),
	scene('leaving', ['q'], /background|stop/i),
	scene('a long work', [], /cancelling/, {
		queue: () =>
			busyQueue({
				works: [
					{id: 1 as never, label: 'cancelling jobs', done: 61_000, total: 200_000, isEstimate: false, canCancel: true},
				],
			}),
	}),
	scene('paused and attached', [], /PAUSED/, {queue: () => busyQueue({isQueuePaused: true}), isAttached: true}),
	scene('empty queue', [], /aria2|2 tools/, {queue: emptyQueue}),
];

/** What is looked at in a window of this size. */
export const scenesAt = ([columns, rows]: Size): readonly Scene[] => {
	if (columns === 80 && rows === 24) return [panes, ...others];
	if (columns === 40 && rows === 12) return [panes, ...others];
	return [panes];
};

/** Windows that are too small to show anything but that. */
export const tooSmall: {readonly size: Size; readonly scene: Scene} = {
	size: [30, 6],
	scene: {...panes, name: 'too small', see: /40/},
};
