import type {ScreenOptions} from '../../../source/tui/open-screen.ts';
import {textOf, wordsOf, type Grid} from './grid.ts';
import {scenesAt, sizes, tooSmall, type Scene, type Size} from './scenes.ts';
import {shoot} from './shoot.ts';

export type Mode = {
	readonly name: string;
	readonly theme: NonNullable<ScreenOptions['theme']>;
	readonly colours: NonNullable<ScreenOptions['colours']>;
	readonly ground: 'dark' | 'light';
};

/** Themes and depths. The first one tells the looks apart; what the others make of them is in the table of looks. */
export const modes: readonly Mode[] = [
	{name: 'dark', theme: 'dark', colours: 'truecolour', ground: 'dark'},
	{name: 'light', theme: 'light', colours: 'truecolour', ground: 'light'},
	{name: 'colour-blind', theme: 'colour-blind', colours: 'truecolour', ground: 'dark'},
	{name: 'colour-blind-light', theme: 'colour-blind-light', colours: 'truecolour', ground: 'light'},
	{name: 'dark, 256', theme: 'dark', colours: '256', ground: 'dark'},
	{name: 'light, 256', theme: 'light', colours: '256', ground: 'light'},
	{name: 'dark, 16', theme: 'dark', colours: '16', ground: 'dark'},
	{name: 'light, 16', theme: 'light', colours: '16', ground: 'light'},
	{name: 'terminal, 16', theme: 'terminal', colours: '16', ground: 'dark'},
	{name: 'none', theme: 'terminal', colours: 'none', ground: 'dark'},
];

const glyphSets = ['unicode', 'ascii'] as const;

// The panes are taken in every mode. What else there is in ASCII has no looks of its own, and is taken in two.
const modesOf = (glyphs: Taken['glyphs'], scene: Scene): readonly Mode[] =>
	glyphs === 'unicode' || scene.name === 'panes' ? modes : modes.filter(({name}) => name === 'dark' || name === 'none');

export type Taken = {
	readonly scene: string;
	readonly size: Size;
	readonly glyphs: (typeof glyphSets)[number];
	readonly mode: Mode;
	readonly grid: Grid;
};

/** Every screen in every mode, as it is drawn now. */
export const takeAll = async (
	isWanted: (scene: Scene, size: Size) => boolean = () => true,
): Promise<readonly Taken[]> => {
	const places = [...sizes.flatMap(size => scenesAt(size).map(scene => ({size, scene}))), tooSmall];
	const wanted = places
		.filter(({scene, size}) => isWanted(scene, size))
		.flatMap(place =>
			glyphSets.flatMap(glyphs => modesOf(glyphs, place.scene).map(mode => ({...place, glyphs, mode}))),
		);
	return inLanes(wanted, take);
};

type Wanted = {readonly scene: Scene; readonly size: Size; readonly glyphs: Taken['glyphs']; readonly mode: Mode};

const take = async ({scene, size, glyphs, mode}: Wanted): Promise<Taken> => {
	const isAscii = glyphs === 'ascii';
	const {keys, isAttached = false} = scene;
	// Of what ASCII has not, something else stands there.
	const see = isAscii ? new RegExp(scene.see.source.replaceAll(/[^ -~]/g, '.'), scene.see.flags) : scene.see;
	const look = {theme: mode.theme, colours: mode.colours, ascii: isAscii};
	const grid = await shoot({engine: scene.queue(), size, look, keys, see, isAttached});
	return {scene: scene.name, size, glyphs, mode, grid};
};

/** Screens that are open at once: most of the time each waits for its own quiet. */
const lanes = 24;

const inLanes = async <Item, Result>(
	items: readonly Item[],
	work: (item: Item) => Promise<Result>,
): Promise<readonly Result[]> => {
	const results: Result[] = [];
	let next = 0;
	const lane = async (): Promise<void> => {
		while (next < items.length) {
			const at = next++;
			const item = items[at];
			if (item !== undefined) results[at] = await work(item);
		}
	};
	await Promise.all(Array.from({length: lanes}, lane));
	return results;
};

/**
 * The screens as files: per size and glyph set the text of each screen, and next to it a letter for the look of each cell;
 * and one table of what the letters look like in each mode.
 */
export const goldenFiles = (taken: readonly Taken[]): ReadonlyMap<string, string> => {
	const letters: Letters = new Map();
	const files = new Map<string, string>();
	for (const shots of Map.groupBy(taken, ({size, glyphs, scene}) => `${size.join('x')} ${glyphs} ${scene}`).values()) {
		const [first] = shots;
		if (first === undefined) continue;
		const text = textOf(first.grid).join('\n');
		for (const {grid, mode, scene} of shots)
			if (textOf(grid).join('\n') !== text)
				throw new Error(`"${scene}" says other words in ${mode.name}:\n${textOf(grid).join('\n')}\n\nthan:\n${text}`);
		const path = `${first.size.join('x')}.${first.glyphs}.txt`;
		const looks = lookRows(shots, letters).join('\n');
		files.set(path, `${files.get(path) ?? ''}==== ${first.scene}\n${text}\n---- looks\n${looks}\n`);
	}

	files.set('looks.txt', legend(letters));
	return files;
};

/** Letters for the looks as the dark theme has them; those that only another mode tells apart get capitals. */
const usual: Readonly<Record<string, string>> = {
	plain: '.',
	'#a3abb5': 'd',
	bold: 's',
	'bold #5fd7ff': 't',
	'#5fd7ff': 'a',
	'#87d787': 'g',
	'#ffd75f': 'w',
	'#ff8787': 'b',
	'#afafff': 'r',
	'bold #ffd75f': 'm',
	inverse: 'i',
};

/** What a letter stands for: the look in each mode. */
type Letters = Map<string, ReadonlyMap<string, string>>;

const lookRows = (shots: readonly Taken[], letters: Letters): readonly string[] => {
	const [first] = shots;
	return (first?.grid ?? []).map((row, y) =>
		row
			.map(({text, width}, x) => {
				if (width === 0) return '';
				const looks = new Map(
					shots.map(({grid, mode}) => {
						const cell = grid[y]?.[x];
						return [mode.name, cell === undefined ? '' : wordsOf(cell.look)];
					}),
				);
				if (text === ' ' && [...looks.values()].every(look => look === 'plain')) return ' ';
				return letterOf(looks, letters);
			})
			.join('')
			.trimEnd(),
	);
};

const letterOf = (looks: ReadonlyMap<string, string>, letters: Letters): string => {
	const known = [...letters].find(([, row]) => [...looks].every(([mode, look]) => row.get(mode) === look));
	if (known !== undefined) return known[0];
	const free = [usual[looks.get('dark') ?? ''], ...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'];
	const letter = free.find(one => one !== undefined && !letters.has(one)) ?? '?';
	letters.set(letter, looks);
	return letter;
};

const legend = (letters: Letters): string => {
	const names = [...letters.keys()].toSorted();
	const rows = modes.map(({name}) => [name, ...names.map(letter => letters.get(letter)?.get(name) ?? '')]);
	const table = [['', ...names], ...rows];
	const widths = table[0]?.map((_, column) => Math.max(...table.map(row => row[column]?.length ?? 0))) ?? [];
	const line = (row: readonly string[]): string =>
		row
			.map((text, column) => text.padEnd(widths[column] ?? 0))
			.join('  ')
			.trimEnd();
	return `${table.map(row => line(row)).join('\n')}\n`;
};
