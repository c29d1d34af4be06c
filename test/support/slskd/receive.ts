import {closeSync, mkdirSync, openSync, statSync, truncateSync, writeSync} from 'node:fs';
import {dirname} from 'node:path';
import type {DownloadWorld} from './downloads.ts';
import type {Contact} from './network.ts';
import type {SharedFile} from './scenario.ts';
import type {Transfer} from './transfer.ts';

export type Receiving = {
	readonly id: string;
	readonly signal: AbortSignal;
	readonly world: DownloadWorld;
	readonly update: (id: string, change: Partial<Transfer>) => Transfer;
	readonly current: () => Transfer | undefined;
};

/** A step between two states takes so long, in the scenario's milliseconds. */
const stepTime = 200;

/** Progress is told at most every so many real milliseconds, and bytes come more often. */
const progressTime = 250;
const tick = 50;

/**
 * Brings a file into `incomplete`, with slskd's own tries again where the connection breaks; resolves when all bytes that come
 * have come. Throws an error named `Rejected` where the peer refuses, and another one where it breaks for good.
 */
export const receive = async (receiving: Receiving): Promise<void> => {
	const {id, signal, world, update, current} = receiving;
	const {scenario, traits, pace} = world;
	const retry = scenario.retry ?? {attempts: 3, delay: 5000};
	for (let attempt = 0; ; attempt++) {
		try {
			return await tryOnce(receiving);
		} catch (error) {
			const isBroken = error instanceof Error && error.name === 'Broken';
			if (signal.aborted || !isBroken || !traits.isRetrying || attempt + 1 >= retry.attempts) throw error;
			const nextAttemptAt = new Date(Date.now() + retry.delay / (scenario.haste ?? 1)).toISOString();
			update(id, {state: 'Queued, Locally', attempts: (current()?.attempts ?? 0) + 1, nextAttemptAt});
			await pace.wait(retry.delay, signal);
		}
	}
};

const named = (name: 'Rejected' | 'Broken' | 'Mismatch', message: string): Error =>
	Object.assign(new Error(message), {name});

const tryOnce = async (receiving: Receiving): Promise<void> => {
	const {id, signal, world, update, current} = receiving;
	const {network, pace} = world;
	const {username, filename, size} = current() ?? {username: '', filename: '', size: 0};
	await pace.wait(stepTime, signal);
	update(id, {state: 'Queued, Locally'});
	await pace.wait(stepTime, signal);
	const contact = network.contact(username);
	if (contact === undefined || !contact.isOnline())
		throw named('Broken', `Failed to connect to user ${username}: the connection timed out`);
	const file = contact.find(filename);
	if (file === undefined || contact.peer.temper === 'rejecting')
		throw named('Rejected', 'Transfer rejected: File not shared.');
	update(id, {state: 'Queued, Remotely', enqueuedAt: new Date().toISOString()});
	const giveBack = await contact.takeSlot(id, signal);
	try {
		update(id, {state: 'Initializing'});
		await pace.wait(stepTime, signal);
		const real = contact.sizeOf(file);
		if (size !== real)
			throw named('Mismatch', `The remote size of ${real} does not match the requested size of ${size}`);
		update(id, {state: 'InProgress', startedAt: new Date().toISOString()});
		await send(receiving, contact, file);
	} finally {
		giveBack();
	}
};

/** Writes what the peer sends, from where the partial file ends if this version goes on with it. */
const send = async ({id, signal, world, update, current}: Receiving, contact: Contact, file: SharedFile) => {
	const {peer} = contact;
	const {journal, pace, files, traits} = world;
	const transfer = current();
	if (transfer === undefined) return;
	const path = files.partialOf(transfer);
	mkdirSync(dirname(path), {recursive: true});
	const output = openSync(path, 'a');
	try {
		if (!traits.isResuming) truncateSync(path, 0);
		const bytes = contact.bytesOf(file);
		const speed = peer.speed ?? (peer.temper === 'slow' ? 4000 : 400_000);
		const [beganAt, beganWith] = [performance.now(), statSync(path).size];
		let [position, told] = [beganWith, 0];
		const tell = (): void => {
			const seconds = (performance.now() - beganAt) / 1000;
			update(id, {bytesTransferred: position, averageSpeed: (position - beganWith) / Math.max(seconds, 0.001)});
			told = performance.now();
		};
		while (position < bytes.length) {
			// No byte ever comes, and nobody says so.
			if (peer.temper === 'stalled') await pace.waitReally(2 ** 30, signal);
			await pace.waitReally(tick, signal);
			if (peer.temper === 'leaves' && position >= bytes.length / 2) contact.leave();
			if (!contact.isOnline()) throw named('Broken', 'Transfer failed: Remote connection closed');
			const due = beganWith + ((performance.now() - beganAt) / 1000) * speed;
			const chunk = bytes.subarray(position, Math.max(position, Math.floor(due)));
			// Those who leave do so when half has come, whatever their speed.
			const part = peer.temper === 'leaves' ? chunk.subarray(0, Math.ceil(bytes.length / 2) - position) : chunk;
			if (part.length === 0) continue;
			writeSync(output, part);
			journal.write({type: 'bytes', user: peer.username, file: file.path, count: part.length});
			position += part.length;
			if (performance.now() - told >= progressTime) tell();
		}

		tell();
	} finally {
		closeSync(output);
	}
};
