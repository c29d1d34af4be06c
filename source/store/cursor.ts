import type {JobQuery, SortKey} from '../engine/ports.ts';

/** Where a page ended: in which part of the list, and at which row. */
export type Position = {readonly segment: number; readonly key: number; readonly id: number};

/** The opaque `next` of a page. */
export const toCursor = (query: JobQuery, {segment, key, id}: Position): string =>
	Buffer.from(JSON.stringify([...orderOf(query), segment, key, id])).toString('base64url');

/**
 * Where to go on.
 *
 * @throws Error with the code `bad-request` when the text is no cursor, or belongs to another sort or direction
 */
export const fromCursor = (query: JobQuery, cursor: string): Position => {
	const parts = parse(cursor);
	if (parts === undefined || parts.length !== 5) {
		throw badCursor('the cursor is not one that a page has given: leave it out to begin at the start');
	}

	const [sort, direction, segment, key, id] = parts;
	const [wantedSort, wantedDirection] = orderOf(query);
	if (sort !== wantedSort || direction !== wantedDirection) {
		throw badCursor(`the cursor belongs to a list in another order (${String(sort)} ${String(direction)})`);
	}

	if (!isKey(segment) || segment > 1 || !isKey(key) || !isKey(id)) {
		throw badCursor('the cursor is damaged: leave it out to begin at the start');
	}

	return {segment, key, id};
};

/** `bad-request`: whoever asked is wrong, not the store. */
const badCursor = (message: string): Error => Object.assign(new Error(message), {code: 'bad-request'});

const orderOf = (query: JobQuery): readonly [SortKey, 'up' | 'down'] => [
	query.sort ?? 'order',
	query.isDescending === true ? 'down' : 'up',
];

const parse = (cursor: string): readonly unknown[] | undefined => {
	try {
		const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
		return Array.isArray(value) ? value : undefined;
	} catch {
		return undefined;
	}
};

const isKey = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;
