/** Where everything stands: plain rectangles from plain numbers, so that any size can be checked without a terminal. */

export const paneIds = ['active', 'queued', 'failed', 'done'] as const;
export type PaneId = (typeof paneIds)[number];

export type Rect = {readonly x: number; readonly y: number; readonly width: number; readonly height: number};

/** A pane: its title is the first row of the rectangle, except in tabs, where the tab line mostly is enough. */
export type PaneBox = {readonly id: PaneId; readonly rect: Rect; readonly hasTitle: boolean};

/** `zoom`: one pane, with a title that says so, and no more around it than must be. */
export type Arrangement = 'zoom' | 'tabs' | 'stack' | 'columns';

export type Screen = {
	readonly kind: 'screen';
	readonly arrangement: Arrangement;
	readonly columns: number;
	readonly rows: number;
	readonly header: Rect;
	readonly gauges: Rect;
	/** 1: bar and words in one line; 2: words below the bar. */
	readonly rowsPerGauge: 1 | 2;
	readonly notices: Rect;
	readonly tabs: Rect;
	/** What panes, or a page over them, may use. */
	readonly body: Rect;
	readonly panes: readonly PaneBox[];
	readonly panel: Rect;
	readonly status: Rect;
	readonly footer: Rect;
};

export type Layout = Screen | {readonly kind: 'too-small'; readonly columns: number; readonly rows: number};

export type LayoutInput = {
	readonly columns: number;
	readonly rows: number;
	readonly focus: PaneId;
	/** The focused pane has the window for itself. */
	readonly isZoomed?: boolean;
	/** Something holds in the focused pane that only its title says, such as a filter: then it has one in tabs, too. */
	readonly needsTitle?: boolean;
	/** Rows that the active pane would like: one per worker and not per job, so that nothing jumps when a job ends. */
	readonly workers: number;
	/** Failed jobs: their pane is no larger than it needs to be. */
	readonly failed: number;
	readonly volumes: number;
	readonly notices: number;
	/** Rows of a panel above the status line, 0 for none. */
	readonly panelRows: number;
};

export const leastColumns = 40;
export const leastRows = 10;

/** The rectangles of the screen; together they cover it exactly and never overlap. */
export const layoutOf = (input: LayoutInput): Layout => {
	const {columns, rows} = input;
	if (columns < leastColumns || rows < leastRows) return {kind: 'too-small', columns, rows};
	const isZoomed = input.isZoomed === true;
	const rowsPerGauge = !isZoomed && (rows >= 30 || (rows >= 20 && input.volumes === 1)) ? 2 : 1;
	const mostGauges = isZoomed ? (rows < 16 ? 0 : 1) : rows < 16 ? 1 : rows < 30 ? 2 : 4;
	const gauges = Math.min(input.volumes, mostGauges) * rowsPerGauge;
	const hasNotices = input.notices > 0 && rows >= 16 && !isZoomed;
	const noticeRows = hasNotices ? Math.min(input.notices, rows >= 30 ? 2 : 1) : 0;
	// Header, status and footer take three. With a panel open there may be no room left for four titles.
	const free = rows - 3 - gauges - noticeRows;
	const isShort = !isZoomed && (rows < 16 || free - input.panelRows < 8);
	const arrangement = isZoomed ? 'zoom' : isShort ? 'tabs' : columns >= 110 ? 'columns' : 'stack';
	const tabRows = isShort ? 1 : 0;
	const panelRows = Math.min(input.panelRows, free - tabRows - 2);
	const strip = stripsDown(columns);
	const header = strip(1);
	const gaugeRect = strip(gauges);
	const notices = strip(noticeRows);
	const tabs = strip(tabRows);
	const body = strip(free - tabRows - panelRows);
	const panel = strip(panelRows);
	const status = strip(1);
	const footer = strip(1);
	const panes = paneBoxes(arrangement, body, input);
	return {
		kind: 'screen',
		arrangement,
		columns,
		rows,
		header,
		gauges: gaugeRect,
		rowsPerGauge,
		notices,
		tabs,
		body,
		panes,
		panel,
		status,
		footer,
	};
};

/** Rows of a pane that can show jobs. */
export const listRows = (box: PaneBox): number => Math.max(0, box.rect.height - (box.hasTitle ? 1 : 0));

const stripsDown = (width: number): ((height: number) => Rect) => {
	let y = 0;
	return height => {
		const rect = {x: 0, y, width, height};
		y += height;
		return rect;
	};
};

const paneBoxes = (arrangement: Arrangement, body: Rect, input: LayoutInput): readonly PaneBox[] => {
	switch (arrangement) {
		case 'zoom':
			return [{id: input.focus, rect: body, hasTitle: true}];
		case 'tabs':
			return [{id: input.focus, rect: body, hasTitle: input.needsTitle === true}];
		case 'stack':
			return stacked(paneIds, body, input);
		case 'columns': {
			const [top, rest] = shareRows(body.height, [
				{want: input.workers + 1, weight: input.focus === 'active' ? 3 : 2, least: 3},
				{want: Infinity, weight: 3, least: 8},
			]);
			const activeRect = {...body, height: top ?? 0};
			const below = {...body, y: body.y + activeRect.height, height: rest ?? 0};
			const leftWidth = Math.floor((body.width - 1) / 2);
			return [
				{id: 'active', rect: activeRect, hasTitle: true},
				{id: 'queued', rect: {...below, width: leftWidth}, hasTitle: true},
				...stacked(
					['failed', 'done'],
					{...below, x: leftWidth + 1, width: body.width - leftWidth - 1},
					{...input, isRoomy: true},
				),
			];
		}
	}
};

/** Panes above each other. The focused one gets most; `done` is only its title until it is focused or there is much room. */
const stacked = (
	ids: readonly PaneId[],
	rect: Rect,
	input: LayoutInput & {readonly isRoomy?: boolean},
): readonly PaneBox[] => {
	const isDoneOpen = input.focus === 'done' || input.isRoomy === true || rect.height >= 30;
	const heights = shareRows(
		rect.height,
		ids.map(id => ({
			want: wantOf(id, input, isDoneOpen),
			weight: id === input.focus ? 3 : id === 'done' ? 1 : 2,
			least: id === 'done' && !isDoneOpen ? 1 : 3,
		})),
	);
	let y = rect.y;
	return ids.map((id, index) => {
		const height = heights[index] ?? 0;
		const box = {id, rect: {...rect, y, height}, hasTitle: true};
		y += height;
		return box;
	});
};

/** In steps of four rows for the failed ones, so that the panes do not move with each of them. */
const wantOf = (id: PaneId, input: LayoutInput, isDoneOpen: boolean): number => {
	switch (id) {
		case 'active':
			return input.workers + 1;
		case 'failed':
			return 1 + 4 * Math.max(1, Math.ceil(input.failed / 4));
		case 'done':
			return isDoneOpen ? Infinity : 1;
		case 'queued':
			return Infinity;
	}
};

type Demand = {readonly want: number; readonly weight: number; readonly least: number};

/** Shares rows by weight: nobody gets more than wanted or less than the least, as far as the rows reach. The sum is `total`. */
export const shareRows = (total: number, demands: readonly Demand[]): readonly number[] => {
	const given = demands.map(() => 0);
	let left = total;
	const give = (index: number): void => {
		given[index] = (given[index] ?? 0) + 1;
		left--;
	};
	const byWeight = [...demands.entries()].toSorted(([, first], [, second]) => second.weight - first.weight);
	for (const floor of [1, Infinity]) {
		for (const [index, demand] of byWeight) {
			while (left > 0 && (given[index] ?? 0) < Math.min(demand.least, floor)) give(index);
		}
	}

	while (left > 0) {
		const open = demands
			.map((demand, index) => ({
				index,
				load: ((given[index] ?? 0) + 1) / demand.weight,
				isOpen: (given[index] ?? 0) < demand.want,
			}))
			.filter(one => one.isOpen);
		const next =
			open.length === 0 ? demands.length - 1 : open.reduce((best, one) => (one.load < best.load ? one : best)).index;
		give(next);
	}

	return given;
};
