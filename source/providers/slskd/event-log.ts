import type {Duration, Instant} from '../../domain/time.ts';
import type {Clock} from '../../engine/ports.ts';
import type {Client, Reply} from './client.ts';
import {unexpected, unreadable} from './failures.ts';
import {parseEvents, type FileEvent, type Transfer} from './parse.ts';
import {readEvents} from './requests.ts';
import {keyOf} from './watch.ts';

/** Where finished downloads were put: read for all jobs together. */
export type EventLog = {
	/** The event of this download, where it has come by now. */
	find(transfer: Transfer, signal: AbortSignal): Promise<FileEvent | undefined | Exclude<Reply, {type: 'answer'}>>;
};

const pageSize = 100;
/** Events are of everything that happens there; older ones than these are not looked for. */
const mostPages = 20;
/** Events of files that are remembered. */
const mostFiles = 2000;
const mostIds = 10_000;

/** @param gap the least time between two readings */
export const createEventLog = (client: Client, clock: Pick<Clock, 'now'>, gap: Duration): EventLog => {
	const files = new Map<string, FileEvent>();
	let seen = new Set<string>();
	let readAt: Instant = -Infinity;
	let reading: Promise<Exclude<Reply, {type: 'answer'}> | undefined> | undefined;

	const read = async (signal: AbortSignal): Promise<Exclude<Reply, {type: 'answer'}> | undefined> => {
		const fresh: FileEvent[] = [];
		for (let page = 0; page < mostPages; page++) {
			const reply = await client.ask(readEvents(page * pageSize, pageSize), {signal});
			if (reply.type !== 'answer') return reply;
			// Older versions know no events.
			if (reply.status === 404) return undefined;
			if (reply.status !== 200) {
				const failure = unexpected('its events', reply.status, reply.text);
				return {type: 'failed', failure, isInDoubt: false};
			}

			const found = parseEvents(reply.text);
			if (found === undefined) return {type: 'failed', failure: unreadable('its events'), isInDoubt: false};
			fresh.push(...found.files);
			const isKnown = found.ids.some(id => seen.has(id));
			for (const id of found.ids) seen.add(id);
			if (isKnown || found.ids.length < pageSize) break;
		}

		if (seen.size > mostIds) seen = new Set([...seen].slice(-mostIds / 2));
		// The newest come first: they are kept longest, and win over older ones of the same file.
		for (const event of fresh.toReversed()) {
			files.delete(keyOfEvent(event));
			files.set(keyOfEvent(event), event);
		}

		for (const key of files.keys()) {
			if (files.size <= mostFiles) break;
			files.delete(key);
		}

		return undefined;
	};

	const known = (transfer: Transfer): FileEvent | undefined => {
		const event = files.get(keyOf(transfer)) ?? files.get(keyOf({peer: '', file: transfer.file}));
		if (event === undefined) return undefined;
		// One of an earlier download of the same file says nothing of this one.
		return event.transfer === undefined || event.transfer === transfer.id ? event : undefined;
	};

	return {
		async find(transfer, signal) {
			const event = known(transfer);
			if (event !== undefined) return event;
			if (reading === undefined && clock.now() < readAt + gap) return undefined;
			reading ??= read(signal).finally(() => {
				readAt = clock.now();
				reading = undefined;
			});
			return (await reading) ?? known(transfer);
		},
	};
};

const keyOfEvent = ({peer = '', file}: FileEvent): string => keyOf({peer, file});
