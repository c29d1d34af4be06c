import {Text} from 'ink';
import {memo, type ReactElement} from 'react';
import {paint} from '../paint.ts';
import type {Style} from '../theme.ts';
import type {Line} from '../view/spans.ts';

type Props = {
	readonly line: Line;
	readonly tones: Style['tones'];
	/** The whole line inverted: the cursor of the focused pane. */
	readonly isInverse?: boolean;
};

/** One line of the screen. Lines are made to measure, so nothing is wrapped or cut here. */
export const LineView = memo(
	({line, tones, isInverse = false}: Props): ReactElement => (
		<Text wrap="truncate">{paint(line, tones, isInverse)}</Text>
	),
	(before, after) =>
		before.tones === after.tones &&
		(before.isInverse ?? false) === (after.isInverse ?? false) &&
		isSameLine(before.line, after.line),
);

LineView.displayName = 'LineView';

const isSameLine = (first: Line, second: Line): boolean =>
	first === second ||
	(first.length === second.length &&
		first.every(([text, tone], index) => text === second[index]?.[0] && tone === second[index]?.[1]));
