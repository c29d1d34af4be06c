import {Box} from 'ink';
import type {ReactElement} from 'react';
import {useScreen} from '../hooks/use-screen.ts';
import {listRows, type PaneBox} from '../layout.ts';
import {LineView} from '../widgets/line-view.tsx';
import {LinesView} from '../widgets/lines-view.tsx';
import {paneLines} from './pane-lines.ts';

/** One pane: its title, and the rows around its cursor. */
export const JobPane = ({box}: {readonly box: PaneBox}): ReactElement => {
	const screen = useScreen();
	const {tones} = screen.settings.style;
	const {rect} = box;
	const {title, lines, inverse} = paneLines(screen, box);
	return (
		<Box width={rect.width} height={rect.height} flexDirection="column" overflow="hidden" flexShrink={0}>
			{box.hasTitle ? <LineView line={title} tones={tones} /> : null}
			<LinesView
				lines={lines}
				width={rect.width}
				height={listRows(box)}
				tones={tones}
				{...(inverse === undefined ? {} : {inverse})}
			/>
		</Box>
	);
};
