import type {Colour, Ground, Look, PaletteName} from './theme.ts';

/** How many colours a terminal shows: none, the 16 of its own palette, 256, or 2^24. */
export const depths = ['none', '16', '256', 'truecolour'] as const;
export type Depth = (typeof depths)[number];

/** The control sequences around a text of one look; both are empty where there is nothing to switch. */
export type Sgr = {readonly open: string; readonly close: string};

/** A look as control sequences for a terminal of this depth. Weights stay where there are no colours. */
export const sgrOf = ({color, bold, dim}: Look, depth: Depth, ground: Ground): Sgr => {
	const colour = color === undefined ? undefined : foreground(color, depth, ground);
	// A grey that 16 colours do not have is the terminal's own faint: its "bright black" is invisible in some palettes.
	const isDim = dim === true || (color !== undefined && depth === '16' && colour === undefined);
	const codes = [isDim ? '2' : '', colour ?? '', bold === true ? '1' : ''].filter(code => code !== '');
	const ends = [bold === true || isDim ? '22' : '', colour === undefined ? '' : '39'].filter(code => code !== '');
	return {open: codes.map(sequence).join(''), close: ends.map(sequence).join('')};
};

const sequence = (code: string): string => `\u001B[${code}m`;

const foreground = (colour: Colour, depth: Depth, ground: Ground): string | undefined => {
	if (depth === 'none') return undefined;
	const rgb = rgbOf(colour);
	if (rgb === undefined) return paletteCode(colour as PaletteName);
	if (depth === 'truecolour') return `38;2;${rgb.join(';')}`;
	if (depth === '256') return `38;5;${nearestOf256(rgb)}`;
	const name = nearestOf16(rgb, ground);
	return name === undefined ? undefined : paletteCode(name);
};

type Rgb = readonly [red: number, green: number, blue: number];

const rgbOf = (colour: Colour): Rgb | undefined => {
	const hex = /^#(..)(..)(..)$/.exec(colour);
	return hex === null
		? undefined
		: [Number.parseInt(hex[1] ?? '', 16), Number.parseInt(hex[2] ?? '', 16), Number.parseInt(hex[3] ?? '', 16)];
};

const hues = ['red', 'yellow', 'green', 'cyan', 'blue', 'magenta'] as const;
type Hue = (typeof hues)[number];

const paletteOrder = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

const paletteCode = (name: PaletteName): string => {
	const isBright = name.endsWith('Bright');
	return String((isBright ? 90 : 30) + paletteOrder.indexOf(isBright ? name.slice(0, -6) : name));
};

const cube = [0, 95, 135, 175, 215, 255] as const;

/**
 * The nearest of the 240 colours that all terminals of 256 share. chalk 6 takes the steps of the cube for even, which they
 * are not, and comes out lighter: washed out.
 */
export const nearestOf256 = (rgb: Rgb): number => {
	const steps = rgb.map(value => nearest(cube, value));
	const fromCube: Rgb = [cube[steps[0] ?? 0] ?? 0, cube[steps[1] ?? 0] ?? 0, cube[steps[2] ?? 0] ?? 0];
	const step = Math.max(0, Math.min(23, Math.round(((rgb[0] + rgb[1] + rgb[2]) / 3 - 8) / 10)));
	const grey = 8 + 10 * step;
	return distance(rgb, [grey, grey, grey]) < distance(rgb, fromCube)
		? 232 + step
		: 16 + 36 * (steps[0] ?? 0) + 6 * (steps[1] ?? 0) + (steps[2] ?? 0);
};

const nearest = (values: readonly number[], wanted: number): number =>
	values.reduce(
		(best, value, index) => (Math.abs(value - wanted) < Math.abs((values[best] ?? 0) - wanted) ? index : best),
		0,
	);

const distance = (first: Rgb, second: Rgb): number =>
	first.reduce((sum, value, index) => sum + (value - (second[index] ?? 0)) ** 2, 0);

/**
 * The name in the palette of 16 for a colour: by its hue, never by its lightness, which would make pale colours white. The
 * table leaves out what cannot be read on that ground with the palettes of xterm and VGA. Undefined for greys.
 */
export const nearestOf16 = (rgb: Rgb, ground: Ground): PaletteName | undefined => {
	const most = Math.max(...rgb);
	const chroma = most - Math.min(...rgb);
	if (chroma < leastChroma) return undefined;
	const [red, green, blue] = rgb;
	const turn =
		most === red ? (green - blue) / chroma : most === green ? 2 + (blue - red) / chroma : 4 + (red - green) / chroma;
	return readable[ground][hues[(Math.round(turn) + 6) % 6] ?? 'red'];
};

/** Of 255: greys with a tint have less. */
const leastChroma = 40;

const readable = {
	dark: {
		red: 'redBright',
		yellow: 'yellow',
		green: 'green',
		cyan: 'cyan',
		blue: 'blueBright',
		magenta: 'magenta',
	},
	light: {red: 'red', yellow: 'magenta', green: 'blue', cyan: 'blue', blue: 'blue', magenta: 'magenta'},
} as const satisfies Record<Ground, Record<Hue, PaletteName>>;
