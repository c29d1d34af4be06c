import type {Page, PageRange} from '../../source/engine/ports.ts';

/** A row of a list with what the list is sorted by: numbers that are compared one after the other. */
export type Valued<Row> = {readonly row: Row; readonly values: readonly number[]};

/** The asked part of a whole list. A cursor is the values of a row and the side of it. */
export const cutPage = <Row>(
	all: readonly Valued<Row>[],
	range: PageRange,
	order: readonly unknown[],
	isNumbered: boolean,
): Page<Row> => {
	const {limit = 100, after, before, from} = range;
	if (!Number.isInteger(limit) || limit < 1 || limit > 1000) throw new RangeError('a page has 1 to 1000 rows');
	if ([after, before, from].filter(place => place !== undefined).length > 1) throw new Error('one place only');
	if (typeof from === 'number' && (!Number.isInteger(from) || from < 0)) throw new RangeError('from is 0 or more');
	const rows = all.toSorted((a, b) => compare(a.values, b.values));
	const indexOf = (cursor: string): number => {
		const [found, values, side] = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as [
			unknown,
			number[],
			string,
		];
		if (JSON.stringify(found) !== JSON.stringify(order)) throw new Error('the cursor is wrong');
		const index = rows.findIndex(row => compare(row.values, values) >= (side === 'before' ? 0 : 1e-9));
		return index === -1 ? rows.length : index;
	};
	const isLast = from === 'end' || (typeof from === 'number' && from >= rows.length);
	const end = before === undefined ? rows.length : indexOf(before);
	const start =
		after === undefined ? (before !== undefined || isLast ? Math.max(0, end - limit) : (from ?? 0)) : indexOf(after);
	const shown = rows.slice(Number(start), before === undefined ? Number(start) + limit : end);
	const cursor = (row: Valued<Row> | undefined, side: string): string | undefined =>
		row === undefined
			? (after ?? before)
			: Buffer.from(JSON.stringify([order, row.values, side])).toString('base64url');
	const behind = Number(start) + shown.length;
	return {
		rows: shown.map(({row}) => row),
		next: behind < rows.length ? cursor(shown.at(-1), 'after') : undefined,
		here: cursor(shown[0], 'before'),
		previous: Number(start) > 0 ? cursor(shown[0], 'before') : undefined,
		...(range.isNumbered === true && isNumbered ? {numbers: {first: Number(start), total: rows.length}} : {}),
	};
};

const compare = (a: readonly number[], b: readonly number[]): number =>
	a.map((value, index) => value - (b[index] ?? 0)).find(difference => difference !== 0) ?? 0;
