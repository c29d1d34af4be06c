import type {ReactElement} from 'react';
import {useScreen} from '../hooks/use-screen.ts';
import {keyOf} from '../key-of.ts';
import type {ActionName} from '../keymap.ts';
import type {Screen} from '../layout.ts';
import {topOverlay} from '../ui-store.ts';
import {paletteView} from '../palette-view.ts';
import {addLines} from '../view/add-lines.ts';
import {paletteLines} from '../view/palette-lines.ts';
import {panelLines} from '../view/panel-lines.ts';
import {LinesView} from '../widgets/lines-view.tsx';

/** A question or a line of text below the panes. */
export const Panel = ({layout}: {readonly layout: Screen}): ReactElement | null => {
	const screen = useScreen();
	const {style, canDetach} = screen.settings;
	const overlay = topOverlay(screen.ui.getState());
	const {width, height} = layout.panel;
	switch (overlay?.type) {
		case 'palette': {
			const lines = paletteLines(paletteView(screen, overlay), width, height, style);
			return <LinesView lines={lines} width={width} height={height} tones={style.tones} />;
		}

		case 'add': {
			const lines = addLines(overlay, screen.adding.getState(), {width, rows: height}, style);
			return <LinesView lines={lines} width={width} height={height} tones={style.tones} />;
		}

		case 'workers':
		case 'confirm':
		case 'quit': {
			const room = {
				width,
				canDetach,
				keyOf: (action: ActionName) => keyOf(screen.settings, action, overlay.type),
			};
			const lines = panelLines(overlay, screen.live.getSnapshot(), room, style);
			return <LinesView lines={lines} width={width} height={height} tones={style.tones} />;
		}

		default:
			return null;
	}
};
