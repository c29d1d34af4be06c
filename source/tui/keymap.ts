import {alwaysRows, panelRows} from './keymap/panels.ts';
import {arrangeRows} from './keymap/arrange.ts';
import {pageRows} from './keymap/pages.ts';
import {jobRows, markRows, movingRows, queueRows} from './keymap/panes.ts';
import type {Row, Scope} from './keymap/row.ts';

export {scopes, type Need, type Scope} from './keymap/row.ts';

/**
 * Every key as a row of data. Dispatch, footer, help, palette and the README's table read these rows; a key exists nowhere
 * else. The rows stand in `keymap/`, by where they hold.
 */
export const keymap = [
	...movingRows,
	...arrangeRows,
	...markRows,
	...jobRows,
	...queueRows,
	...pageRows,
	...panelRows,
	...alwaysRows,
] as const satisfies readonly Row[];

export type ActionName = (typeof keymap)[number]['action'];

export type KeymapRow = Row & {readonly action: ActionName};

/** The rows, for whoever reads and does not press: help, README, checks. */
export const keymapTable = (): readonly KeymapRow[] => keymap;

/** The keys that hold: those that were given, otherwise the table's. */
export const keymapOf = (given: readonly KeymapRow[] | undefined): readonly KeymapRow[] => given ?? keymap;

/** The row of a key, looked for in these scopes one after the other. */
export const rowOf = (
	key: string,
	searched: readonly Scope[],
	rows: readonly KeymapRow[] = keymap,
): KeymapRow | undefined => {
	for (const scope of searched) {
		const row = rows.find(one => one.scope === scope && one.keys.includes(key));
		if (row !== undefined) return row;
	}

	return undefined;
};

export const scopeNames: Readonly<Record<Scope, string>> = {
	panes: 'In the panes',
	details: 'In the details of a job',
	'log-search': 'While searching the log',
	help: 'In this help',
	'help-filter': 'While filtering this help',
	statistics: 'In the statistics',
	disk: 'On the page of the disk',
	findings: 'In the findings',
	add: 'While adding',
	filter: 'While filtering',
	workers: 'While setting the workers',
	palette: 'In the list of actions',
	confirm: 'When asked',
	quit: 'When leaving',
	always: 'Everywhere',
};
