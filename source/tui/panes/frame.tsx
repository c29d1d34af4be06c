import {Box} from 'ink';
import type {ReactElement} from 'react';
import {useScreen} from '../hooks/use-screen.ts';
import type {Screen} from '../layout.ts';
import {LineView} from '../widgets/line-view.tsx';
import {LinesView} from '../widgets/lines-view.tsx';
import {bottomLines, topLines} from './frame-lines.ts';

/** What stands above the panes. */
export const Top = ({layout}: {readonly layout: Screen}): ReactElement => {
	const screen = useScreen();
	const {tones} = screen.settings.style;
	const {columns} = layout;
	const {header, gauges, notices, tabs} = topLines(screen, layout);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<LineView line={header} tones={tones} />
			<LinesView lines={gauges} width={columns} height={layout.gauges.height} tones={tones} />
			<LinesView lines={notices} width={columns} height={layout.notices.height} tones={tones} />
			{tabs === undefined ? null : <LineView line={tabs} tones={tones} />}
		</Box>
	);
};

/** The two lowest lines. */
export const Bottom = ({layout}: {readonly layout: Screen}): ReactElement => {
	const screen = useScreen();
	const {tones} = screen.settings.style;
	const {status, footer} = bottomLines(screen, layout);
	return (
		<Box flexDirection="column" flexShrink={0}>
			<LineView line={status} tones={tones} />
			<LineView line={footer} tones={tones} />
		</Box>
	);
};
