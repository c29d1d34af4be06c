import {findMatches, openLogSearch, searchLog, switchPart} from '../details.ts';
import {scrollBy, scrollTo, scrollToLine} from '../moving.ts';
import type {ScreenModel} from '../screen.ts';
import {say, send} from '../sending.ts';
import {topOverlay} from '../ui-store.ts';
import type {Acts} from './act.ts';

/** Pages over the panes: opening, closing, scrolling. */
export const pageActions = {
	statistics: screen => openStatistics(screen),
	disk: screen => screen.ui.dispatch({type: 'open', overlay: {type: 'disk', scroll: 0}}),
	'measure-disk': screen => {
		say(screen, 'info', 'the folders are being measured');
		void send(screen, {type: 'measure-disk'}, () => 'the folders have been measured');
	},
	findings: screen => {
		screen.ui.dispatch({type: 'open', overlay: {type: 'findings', scroll: 0}});
		screen.findings.look();
	},
	'look-again': screen => screen.findings.look(),
	'other-part': switchPart,
	'search-log': openLogSearch,
	'find-in-log': screen => void searchLog(screen),
	'next-match': (screen, {count = 1}) => void findMatches(screen, 1, count),
	'previous-match': (screen, {count = 1}) => void findMatches(screen, -1, count),
	help: screen => screen.ui.dispatch({type: 'open', overlay: {type: 'help', scroll: 0, filter: ''}}),
	close: screen => screen.ui.dispatch({type: 'close'}),
	'scroll-down': (screen, {count = 1}) => scrollBy(screen, count),
	'scroll-up': (screen, {count = 1}) => scrollBy(screen, -count),
	'scroll-page-down': (screen, {count = 1}) => scrollBy(screen, count * half(screen)),
	'scroll-page-up': (screen, {count = 1}) => scrollBy(screen, -count * half(screen)),
	'scroll-top': (screen, {count}) => (count === undefined ? scrollTo(screen, 'top') : scrollToLine(screen, count)),
	follow: (screen, {count}) => (count === undefined ? scrollTo(screen, 'end') : scrollToLine(screen, count)),
	count: (screen, {key}) => {
		const digits = screen.ui.getState().count * 10 + Number(key);
		if (digits <= mostCount) screen.ui.dispatch({type: 'count', count: digits});
	},
	'filter-help': screen => {
		const overlay = topOverlay(screen.ui.getState());
		if (overlay?.type === 'help')
			screen.ui.dispatch({type: 'open', overlay: {type: 'help-filter', text: overlay.filter}});
	},
	'keep-help-filter': screen => screen.ui.dispatch({type: 'close'}),
	'drop-help-filter': screen => {
		screen.ui.dispatch({type: 'close'});
		const overlay = topOverlay(screen.ui.getState());
		if (overlay?.type === 'help') screen.ui.dispatch({type: 'update', overlay: {...overlay, filter: '', scroll: 0}});
	},
} as const satisfies Acts;

/** Further than any page is long. */
const mostCount = 99_999;

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
