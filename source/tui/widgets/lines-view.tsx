import {Box} from 'ink';
import type {ReactElement} from 'react';
import type {Style} from '../theme.ts';
import type {Line} from '../view/spans.ts';
import {LineView} from './line-view.tsx';

type Props = {
	readonly lines: readonly Line[];
	readonly width: number;
	readonly height: number;
	readonly tones: Style['tones'];
	/** Index of the line under the cursor, where it is to be seen. */
	readonly inverse?: number;
};

/** Lines below each other in a box of fixed size; what does not fit is not drawn. */
export const LinesView = ({lines, width, height, tones, inverse}: Props): ReactElement => (
	<Box width={width} height={height} flexDirection="column" overflow="hidden" flexShrink={0}>
		{lines.slice(0, height).map((line, index) => (
			// Rows of the screen have no identity but their place: what changes is the text in them.
			// oxlint-disable-next-line react/no-array-index-key
			<LineView key={index} line={line} tones={tones} isInverse={index === inverse} />
		))}
	</Box>
);
