import {cellWidth, graphemes} from './format.ts';

const beyondAscii = /[^\u0000-\u007F]+/g;

/** The text in seven bits and in as many cells: box drawing as `- | +`, everything else as question marks. */
export const toAscii = (text: string): string =>
	text.replaceAll(beyondAscii, run =>
		graphemes(run)
			.map(character => drawings[character] ?? '?'.repeat(cellWidth(character)))
			.join(''),
	);

// What ink-table draws its borders with.
const drawings: Readonly<Record<string, string>> = {
	'─': '-',
	'│': '|',
	...Object.fromEntries([...'┌┐└┘├┤┬┴┼'].map(corner => [corner, '+'])),
};
