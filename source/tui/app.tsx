import {Box, Text} from 'ink';
import type {ReactElement} from 'react';
import {ScreenContext, useChanges} from './hooks/use-screen.ts';
import {Keyboard} from './keyboard.tsx';
import {leastColumns, leastRows} from './layout.ts';
import {Page} from './overlays/page.tsx';
import {Panel} from './overlays/panel.tsx';
import {topPage} from './panels.ts';
import {Body} from './panes/body.tsx';
import {Bottom, Top} from './panes/frame.tsx';
import type {ScreenModel} from './screen.ts';

/** The whole screen. It only places; what is drawn is made in `view/`, what happens in `actions/`. */
export const App = ({screen}: {readonly screen: ScreenModel}): ReactElement => {
	useChanges(screen);
	const layout = screen.layout();
	const page = topPage(screen.ui.getState());
	return (
		<ScreenContext value={screen}>
			<Keyboard screen={screen} />
			<Box width={layout.columns} height={layout.rows} flexDirection="column" overflow="hidden">
				{layout.kind === 'too-small' ? (
					<Text wrap="wrap">{`tidegate needs ${leastColumns}x${leastRows}; this is ${layout.columns}x${layout.rows}. Downloads go on.`}</Text>
				) : (
					<>
						<Top layout={layout} />
						{page === undefined ? <Body layout={layout} /> : <Page layout={layout} overlay={page} />}
						<Panel layout={layout} />
						<Bottom layout={layout} />
					</>
				)}
			</Box>
		</ScreenContext>
	);
};
