import type {Failure} from '../../domain/failure.ts';
import type {Duration, Instant} from '../../domain/time.ts';
import type {Clock} from '../../engine/ports.ts';
import type {Client} from './client.ts';
import {unexpected, unreadable} from './failures.ts';
import {parseDownloads, type Transfer} from './parse.ts';
import {listDownloads, readPlace} from './requests.ts';
import {unlessAborted} from './wait.ts';

/** The downloads of slskd at one moment, or why nobody can tell. */
export type Look =
	| {readonly type: 'seen'; readonly transfers: ReadonlyMap<string, readonly Transfer[]>}
	| {readonly type: 'unseen'; readonly failure: Failure};

/** One poll for all jobs, never more often than the gap allows. */
export type Watch = {
	/** The next look; as soon as the gap allows, or so long after the last one. Undefined where the signal was aborted. */
	next(signal: AbortSignal, after?: Duration): Promise<Look | undefined>;
	/** The place in the peer's queue as it was asked for last. */
	placeOf(transfer: Transfer): number | undefined;
	/** Asks for it when there is time. */
	wantPlace(transfer: Transfer): void;
	close(): void;
};

type Waiting = {readonly due: Instant; readonly resolve: (look: Look) => void};

/** Of so many requests in a row one may be for a place in a queue. */
const placeEvery = 4;
/** Places that are remembered. */
const mostPlaces = 500;

/** What tells a download from every other one, also where slskd has given it a new id. */
export const keyOf = ({peer, file}: {readonly peer: string; readonly file: string}): string => `${peer}\u0000${file}`;

/** @param gap the least time between two requests */
export const createWatch = (client: Client, clock: Pick<Clock, 'now' | 'at'>, gap: Duration): Watch => {
	let waiting: Waiting[] = [];
	let startedAt = -Infinity;
	let requests = 0;
	let isAsking = false;
	let cancelTimer: (() => void) | undefined;
	const closed = new AbortController();
	const places = new Map<string, number | undefined>();
	const wanted = new Map<string, Transfer>();

	const arm = (): void => {
		cancelTimer?.();
		cancelTimer = undefined;
		if (isAsking || closed.signal.aborted || waiting.length === 0) return;
		const due = Math.max(startedAt + gap, Math.min(...waiting.map(one => one.due)), clock.now());
		cancelTimer = clock.at(due, () => void fire());
	};

	const fire = async (): Promise<void> => {
		isAsking = true;
		startedAt = clock.now();
		requests++;
		const [key, transfer] = requests % placeEvery === 0 ? (wanted.entries().next().value ?? []) : [];
		if (key !== undefined && transfer !== undefined) {
			wanted.delete(key);
			await askPlace(key, transfer);
		} else {
			const served = waiting;
			waiting = [];
			const look = await askList();
			for (const {resolve} of served) resolve(look);
		}

		isAsking = false;
		arm();
	};

	const askPlace = async (key: string, transfer: Transfer): Promise<void> => {
		const reply = await client.ask(readPlace(transfer.peer, transfer.id), {signal: closed.signal, timeout: 10_000});
		const place = reply.type === 'answer' && reply.status === 200 ? Number(reply.text) : Number.NaN;
		places.delete(key);
		if (Number.isSafeInteger(place) && place >= 0) places.set(key, place);
		for (const old of places.keys()) {
			if (places.size <= mostPlaces) break;
			places.delete(old);
		}
	};

	const askList = async (): Promise<Look> => {
		const reply = await client.ask(listDownloads, {signal: closed.signal});
		if (reply.type === 'stopped') return {type: 'unseen', failure: {code: 'internal', message: 'slskd: closed'}};
		if (reply.type === 'failed') return {type: 'unseen', failure: reply.failure};
		if (reply.status !== 200) {
			return {type: 'unseen', failure: unexpected('the list of downloads', reply.status, reply.text)};
		}

		const transfers = parseDownloads(reply.text);
		return transfers === undefined
			? {type: 'unseen', failure: unreadable('the list of downloads')}
			: {type: 'seen', transfers: Map.groupBy(transfers, keyOf)};
	};

	return {
		next(signal, after = gap) {
			const {promise, resolve} = Promise.withResolvers<Look>();
			waiting.push({due: startedAt + after, resolve});
			arm();
			return unlessAborted(promise, AbortSignal.any([signal, closed.signal]));
		},
		placeOf: ({id, place}) => places.get(id) ?? place,
		wantPlace(transfer) {
			wanted.set(transfer.id, transfer);
		},
		close() {
			closed.abort();
			cancelTimer?.();
		},
	};
};
