import type {Entry} from './journal.ts';

/** What a judge asks a double for, told from its journal alone. Times are milliseconds since 1970. */
export type Counters = {
	readonly searches: ReadonlyArray<{readonly at: number; readonly text: string; readonly timeout: number}>;
	readonly mostSearchesAtOnce: number;
	/** Between the starts of two searches, in milliseconds; undefined before the second one. */
	readonly leastSearchGap: number | undefined;
	/** By `peerFile`: when this file was asked for from this peer, by the client and not by slskd itself. */
	readonly enqueues: ReadonlyMap<string, readonly number[]>;
	/** By `peerFile`. */
	readonly bytesSent: ReadonlyMap<string, number>;
	readonly delivered: ReadonlyArray<{
		readonly at: number;
		readonly user: string;
		readonly file: string;
		readonly path: string;
		readonly size: number;
	}>;
	readonly mostRequestsPerSecond: number;
	/** How often each answer such as `search 429` was given instead of accepting. */
	readonly refusals: ReadonlyMap<string, number>;
	readonly starts: number;
};

/** Names a file of a peer. */
export const peerFile = (user: string, file: string): string => `${user}\u0000${file}`;

export const countersOf = (entries: readonly Entry[]): Counters => {
	const searches: Array<{at: number; text: string; timeout: number}> = [];
	const open = new Set<string>();
	const enqueues = new Map<string, number[]>();
	const bytesSent = new Map<string, number>();
	const delivered: Array<Counters['delivered'][number]> = [];
	const refusals = new Map<string, number>();
	const requests = new Map<number, number>();
	let [mostSearchesAtOnce, starts] = [0, 0];
	for (const entry of entries) {
		switch (entry.type) {
			case 'start':
				starts++;
				open.clear();
				break;
			case 'search':
				searches.push({at: entry.at, text: entry.text, timeout: entry.timeout});
				open.add(entry.id);
				mostSearchesAtOnce = Math.max(mostSearchesAtOnce, open.size);
				break;
			case 'search-end':
				open.delete(entry.id);
				break;
			case 'enqueue': {
				const key = peerFile(entry.user, entry.file);
				enqueues.set(key, [...(enqueues.get(key) ?? []), entry.at]);
				break;
			}

			case 'bytes': {
				const key = peerFile(entry.user, entry.file);
				bytesSent.set(key, (bytesSent.get(key) ?? 0) + entry.count);
				break;
			}

			case 'delivered':
				delivered.push(entry);
				break;
			case 'refused': {
				const key = `${entry.what} ${entry.status}`;
				refusals.set(key, (refusals.get(key) ?? 0) + 1);
				break;
			}

			case 'requests':
				requests.set(entry.second, (requests.get(entry.second) ?? 0) + entry.count);
				break;
			case 'transfer':
			case 'batch':
			case 'left':
			case 'event':
				break;
		}
	}

	const gaps = searches.slice(1).map(({at}, index) => at - (searches[index]?.at ?? at));
	return {
		searches,
		mostSearchesAtOnce,
		leastSearchGap: gaps.length === 0 ? undefined : Math.min(...gaps),
		enqueues,
		bytesSent,
		delivered,
		mostRequestsPerSecond: Math.max(0, ...requests.values()),
		refusals,
		starts,
	};
};
