import {Box} from 'ink';
import type {ReactElement} from 'react';
import {useScreen} from '../hooks/use-screen.ts';
import type {Screen} from '../layout.ts';
import {LinesView} from '../widgets/lines-view.tsx';
import type {Line} from '../view/spans.ts';
import {JobPane} from './job-pane.tsx';

/** The panes as the layout has placed them: above each other, or the active ones above two columns. */
export const Body = ({layout}: {readonly layout: Screen}): ReactElement => {
	const {panes, body, arrangement} = layout;
	const [active, queued, ...right] = panes;
	if (arrangement !== 'columns' || active === undefined || queued === undefined)
		return (
			<Box width={body.width} height={body.height} flexDirection="column" overflow="hidden" flexShrink={0}>
				{panes.map(box => (
					<JobPane key={box.id} box={box} />
				))}
			</Box>
		);
	return (
		<Box width={body.width} height={body.height} flexDirection="column" overflow="hidden" flexShrink={0}>
			<JobPane box={active} />
			<Box flexShrink={0} height={queued.rect.height}>
				<JobPane box={queued} />
				<Separator height={queued.rect.height} />
				<Box flexDirection="column" flexShrink={0}>
					{right.map(box => (
						<JobPane key={box.id} box={box} />
					))}
				</Box>
			</Box>
		</Box>
	);
};

const Separator = ({height}: {readonly height: number}): ReactElement => {
	const {style} = useScreen().settings;
	const lines = Array.from({length: height}, (): Line => [[style.glyphs.column, 'dim']]);
	return <LinesView lines={lines} width={1} height={height} tones={style.tones} />;
};
