import {readRow, sourceIn, type ReadRow} from './rows.ts';

/**
 * A line of a plain list: an address, or `Artist - Title`. Undefined for blank lines and comments. Pure.
 */
export const readPlainLine = (line: string, number: number): ReadRow | undefined => {
	const text = line.trim();
	if (text === '' || text.startsWith('#')) return undefined;
	const source = sourceIn(text);
	if (source !== undefined) return {entry: {source}};
	const read = readRow({title: text}, `line ${number}`);
	return 'entry' in read ? read : {...read, why: 'it is neither an address nor `Artist - Title`'};
};
