import {textLineOf} from './editing.ts';
import {keymapOf} from './keymap.ts';
import {paletteEntries, paletteRows} from './palette.ts';
import {obstacleOf} from './press.ts';
import type {ScreenModel} from './screen.ts';
import {scopeBelow, type Overlay} from './ui-store.ts';
import type {PaletteView} from './view/palette-lines.ts';

/** What the palette shows now. */
export const paletteView = (screen: ScreenModel, overlay: Extract<Overlay, {type: 'palette'}>): PaletteView => {
	const state = screen.ui.getState();
	const offered = paletteRows(keymapOf(screen.settings.keymap), scopeBelow(state));
	return {
		line: textLineOf(overlay, state),
		entries: paletteEntries(offered, overlay.text),
		total: offered.length,
		chosen: overlay.chosen,
		obstacleOf: ({row}) => obstacleOf(screen, row),
	};
};
