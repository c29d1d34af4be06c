/**
 * Looks, as data. A tone says what a text means; a theme says how that looks. No meaning hangs on a tone alone: every
 * state also has a word and a shape, so that the screen can be read without colours.
 */
export type Tone =
	'plain' | 'dim' | 'strong' | 'title' | 'accent' | 'good' | 'warning' | 'bad' | 'reserved' | 'mark' | 'key';

/** A name of the terminal's own palette. */
export type Colour = 'cyan' | 'green' | 'yellow' | 'red' | 'blue';

export type Look = {
	readonly color?: Colour;
	readonly bold?: boolean;
	readonly dimColor?: boolean;
};

export type ThemeName = 'terminal' | 'mono';

/** Colours are names of the terminal's own palette, so that its light or dark theme holds here too. */
export const themes = {
	terminal: {
		plain: {},
		dim: {dimColor: true},
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
	mono: {
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
} as const satisfies Record<ThemeName, Record<Tone, Look>>;

/** Shapes. Each is one cell wide in every terminal that was tried (tmux 3.3a, xterm.js), `ellipsis` included. */
export const unicodeGlyphs = {
	cursor: '▌',
	ellipsis: '…',
	caret: '▏',
	rule: '─',
	focusedRule: '━',
	column: '│',
	separator: '·',
	barFull: '━',
	barHalf: '╸',
	barEmpty: '─',
	used: '█',
	reserved: '▒',
	free: '░',
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
} as const;

export type GlyphName = keyof typeof unicodeGlyphs;
export type Glyphs = Readonly<Record<GlyphName, string>>;

/** The same in seven bits, for locales that are not UTF-8 and for consoles with few glyphs. */
export const asciiGlyphs: Glyphs = {
	cursor: '>',
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
};

export type Style = {readonly tones: Readonly<Record<Tone, Look>>; readonly glyphs: Glyphs; readonly isAscii: boolean};

export const styleOf = (theme: ThemeName, isAscii: boolean): Style => ({
	tones: themes[theme],
	glyphs: isAscii ? asciiGlyphs : unicodeGlyphs,
	isAscii,
});
