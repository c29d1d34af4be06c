import {readFileSync, statSync} from 'node:fs';
import type {Journal} from './journal.ts';
import type {Pace} from './pace.ts';
import type {Peer, Scenario, SharedFile} from './scenario.ts';

/** What a peer does with a request for one of its files. */
export type Contact = {
	readonly peer: Peer;
	readonly isOnline: () => boolean;
	readonly find: (path: string) => SharedFile | undefined;
	/** What the peer says the size is. */
	readonly sizeOf: (file: SharedFile) => number;
	/** The bytes that really come. */
	readonly bytesOf: (file: SharedFile) => Buffer;
	/** Resolves when it is this request's turn, with what gives the slot back. Rejects when the signal is aborted. */
	readonly takeSlot: (request: string, signal: AbortSignal) => Promise<() => void>;
	/** The place in its queue, from 1; 0 where the request does not wait. */
	readonly placeOf: (request: string) => number;
	readonly leave: () => void;
};

export type Network = {readonly contacts: readonly Contact[]; readonly contact: (user: string) => Contact | undefined};

/** Everyone on the network, as the scenario says, less those who have left in an earlier life. */
export const createNetwork = (scenario: Scenario, journal: Journal, pace: Pace): Network => {
	const gone = new Set(journal.past.flatMap(entry => (entry.type === 'left' ? [entry.user] : [])));
	const contacts = new Map(
		scenario.peers.map(peer => [peer.username, createContact(peer, gone.has(peer.username), journal, pace)]),
	);
	return {contacts: [...contacts.values()], contact: user => contacts.get(user)};
};

/** How long a queue takes to move by one place, in the scenario's milliseconds. */
const queueStep = 1000;

const createContact = (peer: Peer, hasLeft: boolean, journal: Journal, pace: Pace): Contact => {
	const files = new Map(peer.files.map(file => [file.path, file]));
	const sizes = new Map<string, number>();
	/** Strangers that are before each request, in the order in which the requests came. */
	const waiting = new Map<string, number>();
	const woken = new Set<() => void>();
	let isGone = hasLeft || peer.temper === 'offline';
	let active = 0;

	const isTurn = (request: string): boolean =>
		active < (peer.slots ?? 2) && [...waiting].find(([, strangers]) => strangers === 0)?.[0] === request;
	const change = (): void => {
		for (const wake of woken) wake();
	};
	const changed = (signal: AbortSignal): Promise<void> =>
		new Promise(resolve => {
			const wake = (): void => {
				woken.delete(wake);
				signal.removeEventListener('abort', wake);
				resolve();
			};
			woken.add(wake);
			signal.addEventListener('abort', wake, {once: true});
		});

	return {
		peer,
		isOnline: () => !isGone,
		find: path => files.get(path),
		sizeOf(file) {
			const known = sizes.get(file.content) ?? statSync(file.content).size;
			sizes.set(file.content, known);
			return known;
		},
		bytesOf: file => bytesFrom(peer, readFileSync(file.content)),
		async takeSlot(request, signal) {
			waiting.set(request, strangersOf(peer));
			try {
				while (peer.temper === 'queue-stuck' || (waiting.get(request) ?? 0) > 0) {
					await pace.wait(queueStep, signal);
					if (peer.temper !== 'queue-stuck') waiting.set(request, (waiting.get(request) ?? 1) - 1);
					change();
				}

				while (!isTurn(request)) {
					await changed(signal);
					signal.throwIfAborted();
				}
			} finally {
				waiting.delete(request);
			}

			active++;
			change();
			return () => {
				active--;
				change();
			};
		},
		placeOf(request) {
			if (!waiting.has(request)) return 0;
			return (waiting.get(request) ?? 0) + [...waiting.keys()].indexOf(request) + 1;
		},
		leave() {
			isGone = true;
			journal.write({type: 'left', user: peer.username});
		},
	};
};

const strangersOf = ({temper, queue}: Peer): number => {
	if (temper === 'queue-slow') return queue ?? 3;
	if (temper === 'slot-liar') return queue ?? 8;
	return temper === 'queue-stuck' ? (queue ?? 40) : 0;
};

const bytesFrom = ({temper}: Peer, bytes: Buffer): Buffer => {
	if (temper === 'half-file') return bytes.subarray(0, Math.floor(bytes.length / 2));
	// Any permutation of all 256 values leaves nothing of what formats are recognised by.
	return temper === 'damaged' ? Buffer.from(bytes.map((byte, index) => byte ^ ((index * 31 + 0xa5) & 0xff))) : bytes;
};
