import {Box} from 'ink';
import type {ReactElement} from 'react';
import {cleanText} from '../../domain/text.ts';
import {useScreen} from '../hooks/use-screen.ts';
import type {Screen} from '../layout.ts';
import type {ScreenModel} from '../screen.ts';
import type {PageOverlay} from '../panels.ts';
import {lineOf} from '../text-line.ts';
import {topOverlay} from '../ui-store.ts';
import {laneRows} from '../view/pages/lanes.ts';
import {panelTitle} from '../view/panel-lines.ts';
import {LineView} from '../widgets/line-view.tsx';
import {LinesView} from '../widgets/lines-view.tsx';
import {Table} from '../widgets/table.tsx';

/** A page in the place of the panes: help, details, statistics. Its lines are made elsewhere; here they are scrolled. */
export const Page = ({layout, overlay}: {readonly layout: Screen; readonly overlay: PageOverlay}): ReactElement => {
	const screen = useScreen();
	const {tones} = screen.settings.style;
	const {width, height} = layout.body;
	const end = screen.scrollEnd();
	// The details scroll by themselves: their lines are those that are seen.
	const scroll = overlay.type === 'details' ? 0 : Math.min(overlay.scroll, end);
	const lines = screen.pageLines();
	return (
		<Box width={width} height={height} flexDirection="column" overflow="hidden" flexShrink={0}>
			<LineView line={panelTitle(titleOf(overlay, screen), width, screen.settings.style)} tones={tones} />
			{overlay.type === 'statistics' ? (
				<Box width={width} height={height - 1} overflow="hidden" flexShrink={0} alignItems="flex-start">
					{/* At its own height: stretched to that of the window, the table would be squeezed to nothing. */}
					<Box flexDirection="column" flexShrink={0} marginTop={-scroll}>
						<Table rows={laneRows(screen.live.getSnapshot(), width)} />
						<LinesView lines={lines} width={width} height={lines.length} tones={tones} />
					</Box>
				</Box>
			) : (
				<LinesView lines={lines.slice(scroll)} width={width} height={height - 1} tones={tones} />
			)}
		</Box>
	);
};

const titleOf = (overlay: PageOverlay, screen: ScreenModel): string => {
	switch (overlay.type) {
		case 'help':
			return helpTitle(overlay, screen);
		case 'statistics':
			return 'Statistics and health';
		case 'details':
			return detailsTitle(overlay, screen);
		case 'disk':
			return 'Disk usage';
		case 'findings':
			return 'Findings';
	}
};

const detailsTitle = ({id}: Extract<PageOverlay, {type: 'details'}>, screen: ScreenModel): string => {
	const top = topOverlay(screen.ui.getState());
	if (top?.type !== 'log-search') return cleanText(screen.watch.getState()?.detail?.title ?? `Job ${id}`);
	return `Look in the log for: ${written(top, screen)}`;
};

/** A line that is being written, with its caret. */
const written = (
	{text, caret}: {readonly text: string; readonly caret?: number | undefined},
	screen: ScreenModel,
): string => {
	const line = lineOf(text, caret);
	return line.text.slice(0, line.caret) + screen.settings.style.glyphs.caret + line.text.slice(line.caret);
};

const helpTitle = ({filter}: Extract<PageOverlay, {type: 'help'}>, screen: ScreenModel): string => {
	const top = topOverlay(screen.ui.getState());
	const {separator} = screen.settings.style.glyphs;
	if (top?.type !== 'help-filter') return filter === '' ? 'Keys' : `Keys ${separator} filter: ${filter}`;
	return `Keys ${separator} filter: ${written(top, screen)}`;
};
