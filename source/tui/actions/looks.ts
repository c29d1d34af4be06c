import {say} from '../sending.ts';
import {themeNames, themes} from '../theme.ts';
import type {Acts} from './act.ts';

/** How the screen looks. */
export const lookActions = {
	theme: (screen, {argument}) => {
		const {theme, depth} = screen.settings.style;
		if (depth === 'none') {
			say(screen, 'info', 'this terminal is drawn without colours; NO_COLOR, TERM or `colours` in config.toml says so');
			return;
		}

		const next =
			argument === undefined
				? (themeNames[(themeNames.indexOf(theme) + 1) % themeNames.length] ?? 'terminal')
				: themeNames.find(name => name === argument);
		if (next === undefined) {
			say(screen, 'warning', `there is no theme "${argument ?? ''}"; there are ${themeNames.join(', ')}`);
			return;
		}

		screen.ui.dispatch({type: 'theme', theme: next});
		say(screen, 'info', `theme ${next}: ${themes[next].about}`);
	},
	reader: screen => screen.settings.onEnd({reason: 'switch'}),
} as const satisfies Acts;
