import type {GroupedQuery, JobQuery, SortKey} from '../engine/ports.ts';

/** A row of a list: in which part of the list it stands, and its key there. */
export type Position = {readonly segment: number; readonly key: number; readonly id: number};

/** A place between two rows: right before or right after one of them. */
export type Place<Row> = {readonly row: Row; readonly side: 'before' | 'after'};

/** The opaque cursor of a list of jobs. */
export const toCursor = (query: JobQuery, {row, side}: Place<Position>): string =>
	encode([...orderOf(query), row.segment, row.key, row.id, side]);

/**
 * Where to go on.
 *
 * @throws Error with the code `bad-request` when the text is no cursor, or belongs to another sort or direction
 */
export const fromCursor = (query: JobQuery, cursor: string): Place<Position> => {
	const [sort, direction, segment, key, id, side] = parse(cursor, 6);
	checkOrder([sort, direction], orderOf(query));
	if (!isKey(segment) || segment > 1 || !isKey(key) || !isKey(id) || !isSide(side)) throw damaged();
	return {row: {segment, key, id}, side};
};

/** A row of a grouped list: a batch's own row has no key, and a job without a batch has the batch 0. */
export type GroupedPosition = {readonly batch: number; readonly key: number | undefined};

/** The opaque cursor of a grouped list. */
export const toGroupedCursor = (query: GroupedQuery, {row, side}: Place<GroupedPosition>): string =>
	encode([...groupedOrderOf(query), row.batch, row.key ?? null, side]);

/** The same for a cursor of a grouped list. */
export const fromGroupedCursor = (query: GroupedQuery, cursor: string): Place<GroupedPosition> => {
	const [sort, direction, batch, key, side] = parse(cursor, 5);
	checkOrder([sort, direction], groupedOrderOf(query));
	if (!isKey(batch) || !(isKey(key) || (key === null && batch > 0)) || !isSide(side)) throw damaged();
	return {row: {batch, key: key ?? undefined}, side};
};

const encode = (parts: readonly unknown[]): string => Buffer.from(JSON.stringify(parts)).toString('base64url');

const parse = (cursor: string, length: number): readonly unknown[] => {
	try {
		const value: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString());
		if (Array.isArray(value) && value.length === length) return value;
	} catch {
		// Told below.
	}

	throw badCursor('the cursor is not one that a page of this list has given: leave it out to begin at the start');
};

const checkOrder = (found: readonly unknown[], wanted: readonly string[]): void => {
	if (found.some((part, index) => part !== wanted[index])) {
		throw badCursor(`the cursor belongs to a list in another order (${found.map(String).join(' ')})`);
	}
};

/** `bad-request`: whoever asked is wrong, not the store. */
const badCursor = (message: string): Error => Object.assign(new Error(message), {code: 'bad-request'});

const damaged = (): Error => badCursor('the cursor is damaged: leave it out to begin at the start');

const orderOf = (query: JobQuery): readonly [SortKey, 'up' | 'down'] => [
	query.sort ?? 'order',
	query.isDescending === true ? 'down' : 'up',
];

const groupedOrderOf = (query: GroupedQuery): readonly ['batches', 'up' | 'down'] => [
	'batches',
	query.isDescending === true ? 'down' : 'up',
];

const isKey = (value: unknown): value is number => Number.isSafeInteger(value) && (value as number) >= 0;

const isSide = (value: unknown): value is 'before' | 'after' => value === 'before' || value === 'after';
