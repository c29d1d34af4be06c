import {replay, type RecordedMoment} from './recorded.ts';
import type {Size} from './scenes.ts';
import {shoot, type Shot} from './shoot.ts';
import {svgOf, type SvgOptions} from './svg.ts';

type Picture = {
	readonly name: string;
	readonly size: Size;
	readonly theme: NonNullable<Shot['look']['theme']>;
	readonly ground: SvgOptions['ground'];
	readonly keys: readonly string[];
	readonly see: RegExp;
};

const pictures: readonly Picture[] = [
	{name: 'screen', size: [100, 37], theme: 'dark', ground: 'dark', keys: [], see: /Harbour Lights/},
	{name: 'failed', size: [100, 27], theme: 'dark', ground: 'dark', keys: ['3', '\r'], see: /Helps/},
	{name: 'narrow', size: [40, 12], theme: 'dark', ground: 'dark', keys: ['2'], see: /Talk/},
	{name: 'light', size: [100, 29], theme: 'light', ground: 'light', keys: ['u'], see: /Marks/},
];

/** The README's pictures by file name: the recorded moment of the demo on the real screen. */
export const readmePictures = async (moment: RecordedMoment): Promise<ReadonlyMap<string, string>> => {
	const drawn = new Map<string, string>();
	for (const {name, size, theme, ground, keys, see} of pictures) {
		const look = {theme, colours: 'truecolour', ascii: false} as const;
		const grid = await shoot({engine: replay(moment), size, look, keys, see, isAttached: false});
		drawn.set(`${name}.svg`, svgOf(grid, {ground, title: `tidegate demo, ${size.join(' by ')}`}));
	}

	return drawn;
};
