import type {CatalogContext, LeftOut} from '../../engine/ports.ts';
import type {Reply} from './service.ts';

/** What a page of a list says. */
export type ListPage = {
	readonly items: readonly unknown[];
	/** Of the whole list. */
	readonly total: number | undefined;
	readonly hasMore: boolean;
};

export type Collected =
	| {readonly type: 'whole'; readonly items: readonly unknown[]; readonly leftOut: readonly LeftOut[]}
	| Exclude<Reply, {type: 'page'}>;

/** No list is followed for longer: neither a service that never ends nor one that repeats itself holds anybody up. */
const mostPages = 500;
export const mostItems = 100_000;

export type CollectOrder = {
	/** The page that begins at this place, from 0. */
	readonly ask: (from: number) => Promise<Reply>;
	readonly read: (page: unknown) => ListPage;
	/** What was read already. */
	readonly first?: ListPage;
	readonly context: Pick<CatalogContext, 'onProgress'>;
	/** What one of them is, for people, such as `track`. */
	readonly unit: string;
};

/** All items of a list in pages. What the list was said to hold and did not is told as left out. */
export const collect = async ({ask, read, first, context, unit}: CollectOrder): Promise<Collected> => {
	const items: unknown[] = [];
	let total: number | undefined;
	let page = first;
	for (let pages = 0; pages < mostPages; pages++) {
		if (page === undefined) {
			const reply = await ask(items.length);
			if (reply.type !== 'page') return reply;
			page = read(reply.page);
		}

		for (const item of page.items) items.push(item);
		total = page.total ?? total;
		context.onProgress(items.length, total);
		if (!page.hasMore || page.items.length === 0 || items.length >= mostItems) break;
		page = undefined;
	}

	const missing = (total ?? 0) - items.length;
	return {type: 'whole', items, leftOut: missing > 0 ? [missingWords(missing, unit, total ?? 0)] : []};
};

const missingWords = (missing: number, unit: string, total: number): LeftOut => ({
	what: missing === 1 ? `1 ${unit}` : `${missing} ${unit}s`,
	why: `the list is said to hold ${total}, but the rest was not told`,
});
