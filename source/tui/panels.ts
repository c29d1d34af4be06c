import type {Overlay, OverlayType} from './ui-store.ts';

/** How an overlay is shown: as a page in the place of the panes, as a panel below them, or within the pane itself. */
export const overlayKinds = {
	help: 'page',
	details: 'page',
	statistics: 'page',
	add: 'panel',
	workers: 'panel',
	confirm: 'panel',
	quit: 'panel',
	filter: 'inline',
} as const satisfies Record<OverlayType, 'page' | 'panel' | 'inline'>;

/** Rows that the uppermost overlay needs below the panes. */
export const panelRowsOf = (overlay: Overlay | undefined): number => {
	switch (overlay?.type) {
		case 'add':
			return overlay.lines.length > 0 || overlay.bad.length > 0 ? 6 : 2;
		case 'workers':
		case 'confirm':
			return 2;
		case 'quit':
			return 5;
		default:
			return 0;
	}
};
