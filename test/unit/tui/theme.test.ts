import {expect, test} from 'vitest';
import {depths, type Depth} from '../../../source/tui/colour.ts';
import {styleOf, themeNames, themes, type Theme, type ThemeName, type Tone} from '../../../source/tui/theme.ts';
import {ciede2000, contrast, difference, parseHex, sights, type Sight} from '../../support/colour-science.ts';

const tones = Object.keys(themes.terminal.tones) as readonly Tone[];
/** Tones that stand for different things side by side. */
const meanings = ['accent', 'good', 'warning', 'bad', 'reserved'] as const;

const exact: readonly ThemeName[] = ['dark', 'light', 'colour-blind', 'colour-blind-light'];
const colourBlind: readonly ThemeName[] = ['colour-blind', 'colour-blind-light'];

/** Backgrounds that people have: black and white, Windows Terminal, VS Code, Dracula, Nord, Solarized, Ubuntu. */
const grounds = {
	dark: ['#000000', '#0c0c0c', '#1e1e1e', '#282a36', '#2e3440', '#002b36', '#300a24'],
	light: ['#ffffff', '#fafafa', '#fdf6e3', '#eee8d5'],
} as const;
const inks = {dark: '#e5e5e5', light: '#1c1c1c'} as const;

/** The 16 colours of xterm 390 and of VGA, in their order. */
const palettes = {
	xterm:
		'#000000 #cd0000 #00cd00 #cdcd00 #0000ee #cd00cd #00cdcd #e5e5e5 #7f7f7f #ff0000 #00ff00 #ffff00 #5c5cff #ff00ff #00ffff #ffffff',
	vga: '#000000 #aa0000 #00aa00 #aa5500 #0000aa #aa00aa #00aaaa #aaaaaa #555555 #ff5555 #55ff55 #ffff55 #5555ff #ff55ff #55ffff #ffffff',
};

const cube = [0, 95, 135, 175, 215, 255];
const hex = (...parts: readonly number[]): string =>
	`#${parts.map(part => part.toString(16).padStart(2, '0')).join('')}`;

/** The colours that a terminal shows after these sequences, one for each palette; undefined: its own ink. */
const shownBy = (open: string): readonly string[] | undefined => {
	// oxlint-disable-next-line no-control-regex
	const codes = [...open.matchAll(/\u001B\[([\d;]+)m/g)].map(([, code = '']) => code.split(';').map(Number));
	const colour = codes.find(([first = 0]) => first >= 30);
	if (colour === undefined) return undefined;
	const [first = 0, kind, ...rest] = colour;
	if (first === 38 && kind === 2) return [hex(...rest)];
	if (first !== 38) {
		const index = first >= 90 ? first - 82 : first - 30;
		return Object.values(palettes).map(palette => palette.split(' ')[index] ?? '');
	}

	const [number = 0] = rest;
	const grey = 8 + 10 * (number - 232);
	const step = number - 16;
	return number >= 232
		? [hex(grey, grey, grey)]
		: [hex(cube[Math.floor(step / 36)] ?? 0, cube[Math.floor(step / 6) % 6] ?? 0, cube[step % 6] ?? 0)];
};

const openOf = (theme: ThemeName, depth: Depth, tone: Tone): string => styleOf(theme, false, depth).tones[tone].open;

const groundOf = (name: ThemeName): Theme['ground'] => themes[name].ground;

test('the judge of differences knows the published pairs', () => {
	// Sharma, Wu and Dalal 2005, table 1: pairs 1, 7, 17 and 25.
	expect(ciede2000([50, 2.6772, -79.7751], [50, 0, -82.7485])).toBeCloseTo(2.0425, 4);
	expect(ciede2000([50, 0, 0], [50, -1, 2])).toBeCloseTo(2.3669, 4);
	expect(ciede2000([50, 2.5, 0], [73, 25, -18])).toBeCloseTo(27.1492, 4);
	expect(ciede2000([60.2574, -34.0099, 36.2677], [60.4626, -34.1751, 39.4387])).toBeCloseTo(1.2644, 4);
	expect(contrast('#000000', '#ffffff')).toBeCloseTo(21, 5);
	expect(contrast('#777777', '#ffffff')).toBeCloseTo(4.48, 2);
});

test.each(exact.flatMap(theme => (['truecolour', '256'] as const).map(depth => [theme, depth] as const)))(
	'every tone of %s in %s reaches a contrast of 4.5 on the backgrounds that it is for',
	(theme, depth) => {
		for (const tone of tones) {
			for (const colour of shownBy(openOf(theme, depth, tone)) ?? []) {
				for (const ground of grounds[groundOf(theme)])
					expect(contrast(colour, ground), `${tone} ${colour} on ${ground}`).toBeGreaterThanOrEqual(4.5);
			}
		}
	},
);

test.each(exact)('in 16 colours every tone of %s can be read with the palettes of xterm and VGA', theme => {
	const ground = groundOf(theme) === 'dark' ? '#000000' : '#ffffff';
	for (const tone of tones) {
		for (const colour of shownBy(openOf(theme, '16', tone)) ?? [])
			expect(contrast(colour, ground), `${tone} ${colour}`).toBeGreaterThanOrEqual(3);
	}
});

test.each(exact)('in 16 colours the coloured tones of %s keep a hue: none is washed out to white or grey', theme => {
	for (const tone of meanings) expect(openOf(theme, '16', tone), tone).toMatch(/\[(3[1-6]|9[1-6])m/);
	const [good, warning, bad] = (['good', 'warning', 'bad'] as const).map(tone => openOf(theme, '16', tone));
	expect(new Set([good, warning, bad]).size).toBe(3);
});

test.each(
	colourBlind.flatMap(theme => (Object.keys(sights) as readonly Sight[]).map(sight => [theme, sight] as const)),
)('in %s every two meanings are told apart with %s, in all depths of exact colours', (theme, sight) => {
	for (const depth of ['truecolour', '256'] as const) {
		const shown = meanings.map(tone => [tone, shownBy(openOf(theme, depth, tone))?.[0] ?? ''] as const);
		const all = [...shown, ['plain', inks[groundOf(theme)]] as const];
		for (const [tone, colour] of all) {
			for (const [other, another] of all) {
				if (tone >= other) continue;
				const least = ['good', 'warning', 'bad'].includes(tone) && ['good', 'warning', 'bad'].includes(other) ? 15 : 9;
				expect(difference(colour, another, sight), `${tone} and ${other}`).toBeGreaterThanOrEqual(least);
			}
		}
	}
});

test.each(['dark', 'light'] as const)('in %s every two meanings are told apart', theme => {
	const shown = meanings.map(tone => shownBy(openOf(theme, 'truecolour', tone))?.[0] ?? '');
	for (const [index, colour] of shown.entries())
		for (const other of shown.slice(index + 1)) expect(difference(colour, other, 'normal')).toBeGreaterThanOrEqual(9);
});

test('the theme of the terminal uses nothing but names of its palette, at every depth', () => {
	for (const depth of ['16', '256', 'truecolour'] as const) {
		for (const tone of tones) {
			expect(openOf('terminal', depth, tone)).not.toContain('38;');
			expect(openOf('terminal', depth, tone)).toBe(openOf('terminal', '16', tone));
		}
	}
});

const distance = (first: string, second: string): number =>
	parseHex(first).reduce((sum, part, index) => sum + (part - (parseHex(second)[index] ?? 0)) ** 2, 0);

test('a colour of 256 is the nearest of them, so that none comes out paler', () => {
	const all = Array.from({length: 240}, (_, index) => shownBy(`\u001B[38;5;${16 + index}m`)?.[0] ?? '');
	for (const theme of exact) {
		for (const tone of meanings) {
			const wanted = shownBy(openOf(theme, 'truecolour', tone))?.[0] ?? '';
			const given = shownBy(openOf(theme, '256', tone))?.[0] ?? '';
			expect(distance(wanted, given)).toBeCloseTo(Math.min(...all.map(one => distance(wanted, one))), 10);
		}
	}
});

test('without colours nothing but weights is sent, and mono sends no colours at any depth', () => {
	for (const theme of themeNames) {
		for (const tone of tones) expect(openOf(theme, 'none', tone)).toMatch(/^(\u001B\[1m)?$/);
	}

	for (const depth of depths) for (const tone of tones) expect(openOf('mono', depth, tone)).toMatch(/^(\u001B\[1m)?$/);
});

test('whatever a tone switches on, it switches off again', () => {
	for (const theme of themeNames) {
		for (const depth of depths) {
			for (const {open, close} of Object.values(styleOf(theme, false, depth).tones)) {
				expect(close.includes('[39m')).toBe(/\[(3|9)/.test(open));
				expect(close.includes('[22m')).toBe(/\[[12]m/.test(open));
			}
		}
	}
});
