import {randomInt} from 'node:crypto';
import type {Journal} from './journal.ts';
import type {Contact, Network} from './network.ts';
import type {Pace} from './pace.ts';
import type {SharedFile} from './scenario.ts';

export type SearchRequest = {
	readonly id: string;
	readonly searchText: string;
	/** Milliseconds, counted from the last response. */
	readonly searchTimeout?: number;
	readonly responseLimit?: number;
	readonly fileLimit?: number;
	readonly filterResponses?: boolean;
	readonly minimumResponseFileCount?: number;
	readonly maximumPeerQueueLength?: number;
	readonly minimumPeerUploadSpeed?: number;
};

export type Searches = {
	/** False where there is one of this id already. */
	readonly start: (request: SearchRequest) => boolean;
	/** As the API shows it; undefined where there is none. */
	readonly show: (id: string, includeResponses: boolean) => object | undefined;
	/** What it has found, or nothing before it is complete. */
	readonly responses: (id: string) => readonly object[] | undefined;
	readonly list: () => readonly object[];
	readonly stop: (id: string) => boolean;
	readonly remove: (id: string) => boolean;
	readonly textOf: (id: string) => string | undefined;
};

type Search = {
	readonly request: SearchRequest;
	readonly token: number;
	readonly startedAt: string;
	readonly abort: AbortController;
	endedAt: string | undefined;
	state: string;
	readonly found: FoundResponse[];
};

type FoundResponse = {
	readonly username: string;
	readonly fileCount: number;
	readonly lockedFileCount: number;
} & Readonly<Record<string, unknown>>;

/** Searches of this life: a restart loses them. */
export const createSearches = (network: Network, journal: Journal, pace: Pace): Searches => {
	const searches = new Map<string, Search>();
	const end = (search: Search, how: string): void => {
		if (search.endedAt !== undefined) return;
		search.state = `Completed, ${how}`;
		search.endedAt = new Date().toISOString();
		search.abort.abort();
		journal.write({type: 'search-end', id: search.request.id});
	};

	const listen = async (search: Search): Promise<void> => {
		const {request, abort} = search;
		const answers = network.contacts
			.map(contact => ({after: contact.peer.answersAfter ?? 1000, response: answerOf(contact, request, search.token)}))
			.flatMap(({after, response}) => (response === undefined ? [] : [{after, response}]))
			.toSorted((one, other) => one.after - other.after);
		let last = 0;
		for (const {after, response} of answers) {
			// Nothing has come for as long as the search is allowed to be quiet.
			if (after - last > (request.searchTimeout ?? 15_000)) break;
			await pace.wait(after - last, abort.signal);
			last = after;
			search.found.push(response);
			if (search.found.length >= (request.responseLimit ?? 250)) return end(search, 'ResponseLimitReached');
			if (countOf(search, 'fileCount') >= (request.fileLimit ?? 25_000)) return end(search, 'FileLimitReached');
		}

		await pace.wait(request.searchTimeout ?? 15_000, abort.signal);
		end(search, 'TimedOut');
	};

	const show = (search: Search, includeResponses: boolean): object => ({
		id: search.request.id,
		searchText: search.request.searchText,
		token: search.token,
		state: search.state,
		isComplete: search.endedAt !== undefined,
		startedAt: search.startedAt,
		...(search.endedAt === undefined ? {} : {endedAt: search.endedAt}),
		fileCount: countOf(search, 'fileCount'),
		lockedFileCount: countOf(search, 'lockedFileCount'),
		responseCount: search.found.length,
		responses: includeResponses && search.endedAt !== undefined ? search.found : [],
	});

	return {
		start(request) {
			if (searches.has(request.id)) return false;
			const search: Search = {
				request,
				token: randomInt(2 ** 31),
				startedAt: new Date().toISOString(),
				abort: new AbortController(),
				endedAt: undefined,
				state: 'InProgress',
				found: [],
			};
			searches.set(request.id, search);
			journal.write({
				type: 'search',
				id: request.id,
				text: request.searchText,
				timeout: request.searchTimeout ?? 15_000,
			});
			listen(search).catch(() => undefined);
			return true;
		},
		show(id, includeResponses) {
			const search = searches.get(id);
			return search === undefined ? undefined : show(search, includeResponses);
		},
		responses(id) {
			const search = searches.get(id);
			if (search === undefined) return undefined;
			return search.endedAt === undefined ? [] : search.found;
		},
		list: () => [...searches.values()].map(search => show(search, false)),
		stop(id) {
			const search = searches.get(id);
			if (search !== undefined) end(search, 'Cancelled');
			return search !== undefined;
		},
		remove(id) {
			const search = searches.get(id);
			if (search !== undefined) end(search, 'Cancelled');
			return searches.delete(id);
		},
		textOf: id => searches.get(id)?.request.searchText,
	};
};

const countOf = ({found}: Search, name: 'fileCount' | 'lockedFileCount'): number =>
	found.reduce((sum, response) => sum + response[name], 0);

/** What a peer answers, or nothing where it has nothing or the searcher does not want to hear of it. */
const answerOf = (contact: Contact, request: SearchRequest, token: number): FoundResponse | undefined => {
	const {peer} = contact;
	// Who has left is silent; those who cannot be connected to are heard all the same.
	if (peer.temper === 'leaves' && !contact.isOnline()) return undefined;
	const words = wordsOf(request.searchText);
	const matching = peer.files.filter(({path}) => {
		const names = new Set(wordsOf(path));
		return words.every(word => names.has(word));
	});
	if (words.length === 0 || matching.length === 0) return undefined;
	const isLying = peer.temper === 'slot-liar';
	const hasQueue = peer.temper === 'queue-slow' || peer.temper === 'queue-stuck';
	const files = matching.filter(({isLocked}) => isLocked !== true).map(file => fileAnswer(contact, file));
	const lockedFiles = matching.filter(({isLocked}) => isLocked === true).map(file => fileAnswer(contact, file));
	const response = {
		username: peer.username,
		token,
		hasFreeUploadSlot: isLying || !hasQueue,
		uploadSpeed: peer.speed ?? (peer.temper === 'slow' ? 4000 : 400_000),
		queueLength: hasQueue ? (peer.queue ?? (peer.temper === 'queue-slow' ? 3 : 40)) : 0,
		fileCount: files.length,
		lockedFileCount: lockedFiles.length,
		files,
		lockedFiles,
	};
	const isUnwanted =
		request.filterResponses !== false &&
		(response.fileCount + response.lockedFileCount < (request.minimumResponseFileCount ?? 1) ||
			response.queueLength > (request.maximumPeerQueueLength ?? 1_000_000) ||
			response.uploadSpeed < (request.minimumPeerUploadSpeed ?? 0));
	return isUnwanted ? undefined : response;
};

const wordsOf = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];

const fileAnswer = (contact: Contact, file: SharedFile): object => {
	const {length, bitRate, sampleRate, bitDepth, isVariableBitRate} = file;
	return {
		filename: file.path,
		size: contact.sizeOf(file),
		extension: /\.(\w+)$/.exec(file.path)?.[1] ?? '',
		code: 1,
		...(bitRate === undefined ? {} : {bitRate}),
		...(bitDepth === undefined ? {} : {bitDepth}),
		...(sampleRate === undefined ? {} : {sampleRate}),
		...(length === undefined ? {} : {length}),
		...(isVariableBitRate === undefined ? {} : {isVariableBitRate}),
		isLocked: false,
	};
};
