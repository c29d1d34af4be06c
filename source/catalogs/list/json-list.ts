import {fieldsOf, isRecord, listOf, textOf, type Fields} from '../json.ts';
import {readPlainLine} from './plain.ts';
import {fieldsOfHeader, readRow, type ReadRow, type Row, type RowField} from './rows.ts';

export type JsonList = {readonly title: string | undefined; readonly rows: readonly ReadRow[]};

/**
 * The list in a JSON value: an array of texts or objects, or an object that holds one below `tracks`, `items`, `entries`
 * and the like, as services and players write them (JSPF too). Undefined where there is none. Pure.
 */
export const readJsonList = (value: unknown): JsonList | undefined => {
	const found = findList(value, undefined, 0);
	return found === undefined
		? undefined
		: {title: found.title, rows: found.items.map((item, place) => readItem(item, `item ${place + 1}`))};
};

const holders = ['tracks', 'items', 'entries', 'songs', 'track', 'data', 'list', 'playlist', 'album'];
const deepest = 4;

const findList = (
	value: unknown,
	title: string | undefined,
	depth: number,
): {readonly title: string | undefined; readonly items: readonly unknown[]} | undefined => {
	if (Array.isArray(value)) return {title, items: value};
	if (!isRecord(value) || depth > deepest) return undefined;
	const own = textOf(value['title']) ?? textOf(value['name']) ?? title;
	for (const name of holders) {
		const found = findList(value[name], own, depth + 1);
		if (found !== undefined) return found;
	}

	return undefined;
};

const readItem = (item: unknown, place: string): ReadRow => {
	const text = textOf(item);
	if (text !== undefined) {
		const read = readPlainLine(text, 0);
		return read === undefined || !('entry' in read)
			? {what: place, why: 'it is neither an address nor `Artist - Title`'}
			: read;
	}

	const outer = fieldsOf(item);
	const inner = ['track', 'item'].map(name => outer[name]).find(isRecord);
	return readRow(rowOf(inner ?? outer), place);
};

const rowOf = (fields: Fields): Row => {
	const keys = Object.keys(fields);
	const named = fieldsOfHeader(keys);
	const row: Partial<Record<RowField, string>> = {};
	for (const [place, key] of keys.entries()) {
		const field = named[place];
		const text = field === undefined ? undefined : wordsOf(fields[key]);
		if (field !== undefined && text !== undefined) row[field] = text;
	}

	return row;
};

/** `{name: "x"}` and lists of such, as services write artists and albums. */
const wordsOf = (value: unknown): string | undefined => {
	const text = textOf(value);
	if (text !== undefined) return text;
	if (isRecord(value)) return textOf(value['name']) ?? textOf(value['title']);
	const parts = listOf(value).flatMap(part => textOf(part) ?? textOf(fieldsOf(part)['name']) ?? []);
	return parts.length === 0 ? undefined : parts.join(';');
};
