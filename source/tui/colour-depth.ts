import {supportsColor} from 'chalk';
import {depths, type Depth} from './colour.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * The colours to draw with: what is asked for in the settings, otherwise what the terminal says of itself. chalk reads
 * NO_COLOR (see entry.ts), FORCE_COLOR, TERM and COLORTERM of this process; `env` has to be the same.
 */
export const colourDepth = (env: Environment, asked: Depth | 'auto', sensed = supportsColor): Depth => {
	if (asked !== 'auto') return asked;
	if ((env['NO_COLOR'] ?? '') !== '') return 'none';
	const level = sensed === false ? 0 : sensed.level;
	if (/^\d$/.test(env['FORCE_COLOR'] ?? '')) return depths[level] ?? 'none';
	// chalk 6 knows only the other spelling.
	const full = env['COLORTERM'] === '24bit' && level > 0 ? 3 : level;
	return depths[Math.min(full, mostOf(env))] ?? 'none';
};

/** GNU screen 4 takes 24-bit colours for something else, and COLORTERM is that of the terminal around it. */
const mostOf = ({TERM = '', TMUX = ''}: Environment): number =>
	TMUX === '' && TERM.startsWith('screen') ? (TERM.includes('256') ? 2 : 1) : 3;
