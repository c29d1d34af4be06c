import type {RowPage} from './list-rows.ts';
import type {PaneRow, RowKey} from './rows.ts';

/** A number so much further on, where it is known. */
export const add = (number: number | undefined, more: number): number | undefined =>
	number === undefined ? undefined : number + more;

/** What a page tells of numbers. */
export const numbersOf = ({
	numbers,
}: RowPage): {readonly first: number | undefined; readonly total: number | undefined} =>
	numbers ?? {first: undefined, total: undefined};

/** Whether the row is on one of these pages. */
export const hasRow = (pages: readonly RowPage[], key: RowKey): boolean =>
	pages.some(page => page.rows.some(row => row.key === key));

/** The pages within so many rows of this place, and how many rows stand before them among the held ones. */
export const nearest = (
	pages: readonly RowPage[],
	base: number,
	place: number,
	rowsAround: number,
): {readonly pages: readonly RowPage[]; readonly passed: number} => {
	let from = base;
	let passed = 0;
	const near: RowPage[] = [];
	for (const page of pages) {
		const to = from + page.rows.length;
		const isNear = to > place - rowsAround && from < place + rowsAround;
		if (isNear) near.push(page);
		else if (near.length === 0) passed += page.rows.length;
		from = to;
	}

	return near.length === 0 ? {pages: pages.slice(0, 1), passed: 0} : {pages: near, passed};
};

/**
 * By how much places change so that the row at this index keeps its own. Where it has left, the next one of those that are
 * still there takes its place, as in any list.
 */
export const shiftOf = (old: readonly PaneRow[], fresh: readonly PaneRow[], index: number): number => {
	const places = new Map(fresh.map((row, place) => [row.key, place]));
	const placeOf = (row: PaneRow | undefined): number | undefined =>
		row === undefined ? undefined : places.get(row.key);
	for (const row of old.slice(Math.max(0, index))) {
		const place = placeOf(row);
		if (place !== undefined) return Math.max(0, index) - place;
	}

	for (let at = Math.min(index, old.length) - 1; at >= 0; at--) {
		const place = placeOf(old[at]);
		if (place !== undefined) return at - place;
	}

	return 0;
};
