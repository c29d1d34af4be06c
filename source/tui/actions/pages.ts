import {scrollBy, scrollTo} from '../moving.ts';
import type {ScreenModel} from '../screen.ts';
import {say} from '../sending.ts';
import type {Acts} from './act.ts';

/** Pages over the panes: opening, closing, scrolling. */
export const pageActions = {
	statistics: screen => openStatistics(screen),
	help: screen => screen.ui.dispatch({type: 'open', overlay: {type: 'help', scroll: 0}}),
	close: screen => screen.ui.dispatch({type: 'close'}),
	'scroll-down': screen => scrollBy(screen, 1),
	'scroll-up': screen => scrollBy(screen, -1),
	'scroll-page-down': screen => scrollBy(screen, half(screen)),
	'scroll-page-up': screen => scrollBy(screen, -half(screen)),
	'scroll-top': screen => scrollTo(screen, 'top'),
	follow: screen => scrollTo(screen, 'end'),
} as const satisfies Acts;

const half = (screen: ScreenModel): number => {
	const layout = screen.layout();
	return layout.kind === 'screen' ? Math.max(1, Math.floor((layout.body.height - 1) / 2)) : 1;
};

const openStatistics = (screen: ScreenModel): void => {
	screen.ui.dispatch({type: 'open', overlay: {type: 'statistics', statistics: undefined, scroll: 0}});
	screen.settings.engine.statistics().then(
		statistics => screen.ui.dispatch({type: 'update', overlay: {type: 'statistics', statistics, scroll: 0}}),
		(error: unknown) => say(screen, 'error', `cannot read the statistics: ${String(error)}`),
	);
};
