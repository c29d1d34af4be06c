/*
 * What eyes make of colours, by published formulas: contrast of WCAG 2.2, difference of CIEDE2000, and the matrices of
 * Machado, Oliveira and Fernandes 2009 (severity 1.0) for colour-blindness, on linear light.
 */

export type Rgb = readonly [red: number, green: number, blue: number];

/** `#rrggbb` as parts from 0 to 1. */
export const parseHex = (hex: string): Rgb => {
	const part = (at: number): number => Number.parseInt(hex.slice(at, at + 2), 16) / 255;
	return [part(1), part(3), part(5)];
};

const linear = (colour: Rgb): Rgb =>
	colour.map(part => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)) as unknown as Rgb;

const luminance = (hex: string): number => {
	const [red, green, blue] = linear(parseHex(hex));
	return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};

/** 1 for equal ones, 21 for black on white. */
export const contrast = (first: string, second: string): number => {
	const [one, other] = [luminance(first) + 0.05, luminance(second) + 0.05];
	return Math.max(one, other) / Math.min(one, other);
};

type Matrix = readonly [Rgb, Rgb, Rgb];

export const sights = {
	normal: [
		[1, 0, 0],
		[0, 1, 0],
		[0, 0, 1],
	],
	protanopia: [
		[0.152286, 1.052583, -0.204868],
		[0.114503, 0.786281, 0.099216],
		[-0.003882, -0.048116, 1.051998],
	],
	deuteranopia: [
		[0.367322, 0.860646, -0.227968],
		[0.280085, 0.672501, 0.047413],
		[-0.01182, 0.04294, 0.968881],
	],
	tritanopia: [
		[1.255528, -0.076749, -0.178779],
		[-0.078411, 0.930809, 0.147602],
		[0.004733, 0.691367, 0.3039],
	],
} as const satisfies Record<string, Matrix>;

export type Sight = keyof typeof sights;

/** How far apart two colours are for somebody with this sight; 1 is the least that anybody sees, 10 is plain at a glance. */
export const difference = (first: string, second: string, sight: Sight): number =>
	ciede2000(labOf(seenBy(first, sight)), labOf(seenBy(second, sight)));

const seenBy = (hex: string, sight: Sight): Rgb => {
	const light = linear(parseHex(hex));
	return sights[sight].map(row =>
		Math.min(1, Math.max(0, row[0] * light[0] + row[1] * light[1] + row[2] * light[2])),
	) as unknown as Rgb;
};

type Lab = readonly [lightness: number, a: number, b: number];

const bend = (value: number): number => (value > 216 / 24_389 ? Math.cbrt(value) : ((24_389 / 27) * value + 16) / 116);

// sRGB to CIELAB with the white of D65.
const labOf = ([red, green, blue]: Rgb): Lab => {
	const x = bend((0.4124564 * red + 0.3575761 * green + 0.1804375 * blue) / 0.95047);
	const y = bend(0.2126729 * red + 0.7151522 * green + 0.072175 * blue);
	const z = bend((0.0193339 * red + 0.119192 * green + 0.9503041 * blue) / 1.08883);
	return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
};

const radians = (degrees: number): number => (degrees * Math.PI) / 180;
const angle = (b: number, a: number): number =>
	a === 0 && b === 0 ? 0 : ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360;

/** Sharma, Wu and Dalal 2005. */
export const ciede2000 = ([l1, a1, b1]: Lab, [l2, a2, b2]: Lab): number => {
	const mean = (Math.hypot(a1, b1) + Math.hypot(a2, b2)) / 2;
	const stretch = 1.5 - 0.5 * Math.sqrt(mean ** 7 / (mean ** 7 + 25 ** 7));
	const [c1, c2] = [Math.hypot(a1 * stretch, b1), Math.hypot(a2 * stretch, b2)];
	const [h1, h2] = [angle(b1, a1 * stretch), angle(b2, a2 * stretch)];
	const isGrey = c1 * c2 === 0;
	const turn = isGrey ? 0 : ((h2 - h1 + 540) % 360) - 180;
	const hue = isGrey ? h1 + h2 : Math.abs(h1 - h2) <= 180 ? (h1 + h2) / 2 : ((h1 + h2 + 360) / 2) % 360;
	const [lightness, chroma] = [(l1 + l2) / 2, (c1 + c2) / 2];
	const weight =
		1 -
		0.17 * Math.cos(radians(hue - 30)) +
		0.24 * Math.cos(radians(2 * hue)) +
		0.32 * Math.cos(radians(3 * hue + 6)) -
		0.2 * Math.cos(radians(4 * hue - 63));
	const byLightness = (l2 - l1) / (1 + (0.015 * (lightness - 50) ** 2) / Math.sqrt(20 + (lightness - 50) ** 2));
	const byChroma = (c2 - c1) / (1 + 0.045 * chroma);
	const byHue = (2 * Math.sqrt(c1 * c2) * Math.sin(radians(turn / 2))) / (1 + 0.015 * chroma * weight);
	const twist =
		-2 *
		Math.sqrt(chroma ** 7 / (chroma ** 7 + 25 ** 7)) *
		Math.sin(radians(60 * Math.exp(-(((hue - 275) / 25) ** 2))));
	return Math.sqrt(byLightness ** 2 + byChroma ** 2 + byHue ** 2 + twist * byChroma * byHue);
};
