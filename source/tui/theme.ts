import {sgrOf, type Depth, type Sgr} from './colour.ts';

/**
 * Looks, as data. A tone says what a text means; a theme says how that looks. No meaning hangs on a tone alone: every
 * state also has a word and a shape, so that the screen can be read without colours.
 */
export type Tone =
	'plain' | 'dim' | 'strong' | 'title' | 'accent' | 'good' | 'warning' | 'bad' | 'reserved' | 'mark' | 'key';

/** A name of the terminal's own palette of 16. */
export type PaletteName =
	| 'red'
	| 'green'
	| 'yellow'
	| 'blue'
	| 'magenta'
	| 'cyan'
	| 'redBright'
	| 'greenBright'
	| 'yellowBright'
	| 'blueBright'
	| 'magentaBright'
	| 'cyanBright';

/** A colour of the palette, which looks as the person has set it, or an exact one, which terminals of fewer colours get by rule. */
export type Colour = PaletteName | `#${string}`;

export type Look = {
	readonly color?: Colour;
	readonly bold?: boolean;
	readonly dim?: boolean;
};

/** What a theme is drawn on. The screen never paints the background: that is the terminal's. */
export type Ground = 'dark' | 'light';

export type Theme = {
	/** In a few words, said when the theme is chosen. */
	readonly about: string;
	readonly ground: Ground;
	readonly tones: Readonly<Record<Tone, Look>>;
};

export const themeNames = ['terminal', 'dark', 'light', 'colour-blind', 'colour-blind-light', 'mono'] as const;
export type ThemeName = (typeof themeNames)[number];

/** The tones of a theme from the few colours that tell them apart. */
const tonesOf = (colours: {
	readonly quiet: Colour;
	readonly accent: Colour;
	readonly good: Colour;
	readonly warning: Colour;
	readonly bad: Colour;
	readonly reserved: Colour;
}): Readonly<Record<Tone, Look>> => ({
	plain: {},
	dim: {color: colours.quiet},
	strong: {bold: true},
	title: {bold: true, color: colours.accent},
	accent: {color: colours.accent},
	good: {color: colours.good},
	warning: {color: colours.warning},
	bad: {color: colours.bad},
	reserved: {color: colours.reserved},
	mark: {bold: true, color: colours.warning},
	key: {bold: true},
});

/**
 * `terminal` uses names of the terminal's own palette, so that its light or dark colours hold here too. The others are
 * exact: at least 4.5 : 1 (WCAG 2.2) on the grounds that are common, and in those for the colour-blind every two colours
 * are at least 9 apart (CIEDE2000) in the eyes of deuteranopes, protanopes and tritanopes. A test holds them to it.
 */
export const themes = {
	terminal: {
		about: "the terminal's own colours",
		ground: 'dark',
		tones: {
			plain: {},
			dim: {dim: true},
			strong: {bold: true},
			title: {bold: true, color: 'cyan'},
			accent: {color: 'cyan'},
			good: {color: 'green'},
			warning: {color: 'yellow'},
			bad: {color: 'red'},
			reserved: {color: 'blue'},
			mark: {bold: true, color: 'yellow'},
			key: {bold: true},
		},
	},
	dark: {
		about: 'for dark backgrounds',
		ground: 'dark',
		tones: tonesOf({
			quiet: '#a3abb5',
			accent: '#5fd7ff',
			good: '#87d787',
			warning: '#ffd75f',
			bad: '#ff8787',
			reserved: '#afafff',
		}),
	},
	light: {
		about: 'for light backgrounds',
		ground: 'light',
		tones: tonesOf({
			quiet: '#50565e',
			accent: '#005f87',
			good: '#005f00',
			warning: '#875f00',
			bad: '#af0000',
			reserved: '#5f00af',
		}),
	},
	'colour-blind': {
		about: 'safe for the colour-blind, for dark backgrounds',
		ground: 'dark',
		tones: tonesOf({
			quiet: '#a3abb5',
			accent: '#00afaf',
			good: '#afd7ff',
			warning: '#ffd700',
			bad: '#ff8787',
			reserved: '#d787ff',
		}),
	},
	'colour-blind-light': {
		about: 'safe for the colour-blind, for light backgrounds',
		ground: 'light',
		tones: tonesOf({
			quiet: '#50565e',
			accent: '#005f5f',
			good: '#0000af',
			warning: '#875f00',
			bad: '#5f0000',
			reserved: '#8700ff',
		}),
	},
	mono: {
		about: 'no colours',
		ground: 'dark',
		tones: {
			plain: {},
			dim: {},
			strong: {bold: true},
			title: {bold: true},
			accent: {},
			good: {},
			warning: {bold: true},
			bad: {bold: true},
			reserved: {},
			mark: {bold: true},
			key: {bold: true},
		},
	},
} as const satisfies Record<ThemeName, Theme>;

/** Shapes. Each is one cell wide in every terminal that was tried (tmux 3.3a, xterm.js), `ellipsis` included. */
export const unicodeGlyphs = {
	cursor: '▌',
	marked: '▐',
	markedCursor: '█',
	ellipsis: '…',
	caret: '▏',
	rule: '─',
	focusedRule: '━',
	column: '│',
	separator: '·',
	barFull: '━',
	barHalf: '╸',
	barEmpty: '─',
	used: '■',
	reserved: '□',
	free: '·',
	spark: '▁▂▃▄▅▆▇█',
	down: '↓',
	up: '↑',
	waiting: '?',
	queued: '·',
	paused: '‖',
	starting: '○',
	downloading: '↓',
	finishing: '◆',
	completed: '✓',
	failed: '✗',
	cancelled: '∅',
	notice: '!',
	folded: '▸',
	unfolded: '▾',
} as const;

export type GlyphName = keyof typeof unicodeGlyphs;
export type Glyphs = Readonly<Record<GlyphName, string>>;

/** The same in seven bits, for locales that are not UTF-8 and for consoles with few glyphs. */
export const asciiGlyphs: Glyphs = {
	cursor: '>',
	marked: '*',
	markedCursor: '#',
	ellipsis: '~',
	caret: '_',
	rule: '-',
	focusedRule: '=',
	column: '|',
	separator: '-',
	barFull: '#',
	barHalf: '=',
	barEmpty: '.',
	used: '#',
	reserved: '+',
	free: '.',
	spark: '_.-:=+*#',
	down: 'v',
	up: '^',
	waiting: '?',
	queued: '.',
	paused: '=',
	starting: 'o',
	downloading: 'v',
	finishing: '+',
	completed: '*',
	failed: 'x',
	cancelled: '/',
	notice: '!',
	folded: '>',
	unfolded: 'v',
};

/** Everything that decides how a line looks. */
export type Style = {
	readonly theme: ThemeName;
	readonly depth: Depth;
	readonly tones: Readonly<Record<Tone, Sgr>>;
	readonly glyphs: Glyphs;
	readonly isAscii: boolean;
};

/** A theme for a terminal. Without colours `terminal` and the others are drawn as `mono` is: their bold words stay. */
export const styleOf = (theme: ThemeName, isAscii: boolean, depth: Depth = 'truecolour'): Style => {
	const {ground, tones}: Theme = themes[depth === 'none' ? 'mono' : theme];
	const painted = Object.entries(tones).map(([tone, look]) => [tone, sgrOf(look, depth, ground)]);
	return {
		theme,
		depth,
		tones: Object.fromEntries(painted) as Record<Tone, Sgr>,
		glyphs: isAscii ? asciiGlyphs : unicodeGlyphs,
		isAscii,
	};
};
