import {addRows} from './adding/draft.ts';
import type {Overlay, OverlayType, UiState} from './ui-store.ts';

/** How an overlay is shown: as a page in the place of the panes, as a panel below them, or within the pane itself. */
export const overlayKinds = {
	help: 'page',
	details: 'page',
	statistics: 'page',
	disk: 'page',
	findings: 'page',
	add: 'panel',
	workers: 'panel',
	confirm: 'panel',
	quit: 'panel',
	palette: 'panel',
	filter: 'inline',
	'help-filter': 'inline',
	'log-search': 'inline',
} as const satisfies Record<OverlayType, 'page' | 'panel' | 'inline'>;

type Kinds = typeof overlayKinds;

/** Overlays that take the place of the panes. */
export type PageOverlay = Extract<
	Overlay,
	{type: {[Type in OverlayType]: Kinds[Type] extends 'page' ? Type : never}[OverlayType]}
>;

/** The uppermost page; a panel may lie over it. */
export const topPage = (state: UiState): PageOverlay | undefined =>
	state.overlays.findLast((overlay): overlay is PageOverlay => overlayKinds[overlay.type] === 'page');

/** Rows that the uppermost overlay needs below the panes. */
export const panelRowsOf = (overlay: Overlay | undefined): number => {
	switch (overlay?.type) {
		case 'add':
			return addRows(overlay);
		case 'palette':
			return 12;
		case 'confirm':
			return overlay.keeps === undefined ? 2 : 3;
		case 'workers':
			return 2;
		case 'quit':
			return 5;
		default:
			return 0;
	}
};
