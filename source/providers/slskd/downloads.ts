import type {Failure} from '../../domain/failure.ts';
import type {Duration} from '../../domain/time.ts';
import type {Kit} from './kit.ts';
import {notConnected, told, unexpected} from './failures.ts';
import {hasEndedThere, isThereAlready, parseEnqueued, type Transfer} from './parse.ts';
import {cancelDownload, enqueue as enqueueQuestion, removeDownload} from './requests.ts';
import {pause, unlessAborted} from './wait.ts';
import {keyOf, type Look} from './watch.ts';

/** What became of a request to enqueue. */
export type Asked =
	| {readonly type: 'enqueued'}
	/** It may be in the list now, or later: a request that was answered with an error, or not at all, can still succeed. */
	| {readonly type: 'in-doubt'; readonly reason: string}
	| {readonly type: 'refused'; readonly reason: string; readonly isBlamed: boolean}
	| {readonly type: 'failed'; readonly failure: Failure}
	| {readonly type: 'stopped'};

type Wanted = {readonly peer: string; readonly file: string; readonly size: number};

/** Two others are being accepted: so often and so long it is asked again. */
const mostTries = 30;
const retryPause: Duration = 2000;

/** Asks slskd for a file of a peer, by the route that its version has. */
export const enqueue = async (kit: Kit, wanted: Wanted, signal: AbortSignal): Promise<Asked> => {
	let hasBegun = false;
	const working = kit.enqueuing.add(async (): Promise<Asked> => {
		if (signal.aborted) return {type: 'stopped'};
		hasBegun = true;
		return enqueueInTurn(kit, wanted, signal);
	});
	const asked = await unlessAborted(working, signal);
	return asked ?? (hasBegun ? working : {type: 'stopped'});
};

const enqueueInTurn = async (kit: Kit, wanted: Wanted, signal: AbortSignal): Promise<Asked> => {
	const known = await kit.client.version(signal);
	if (!('version' in known)) return known.type === 'stopped' ? known : {type: 'failed', failure: known.failure};
	for (let tries = 1; ; tries++) {
		const question = enqueueQuestion(known.version, wanted);
		const reply = await kit.client.ask(question, {signal, timeout: kit.patience.enqueue});
		if (reply.type === 'stopped') return reply;
		if (reply.type === 'failed') {
			return reply.isInDoubt
				? {type: 'in-doubt', reason: 'slskd did not answer'}
				: {type: 'failed', failure: reply.failure};
		}

		if (reply.status !== 429) return meaningOf(reply.status, reply.text);
		if (tries >= mostTries) return {type: 'failed', failure: unexpected('a download', reply.status, reply.text)};
		if (!(await pause(kit.clock, retryPause, signal))) return {type: 'stopped'};
	}
};

const meaningOf = (status: number, text: string): Asked => {
	if (status >= 200 && status < 300) {
		const enqueued = parseEnqueued(text);
		switch (enqueued.type) {
			case 'enqueued':
				return enqueued;
			case 'unknown':
				return {type: 'in-doubt', reason: 'slskd did not take the request'};
			case 'refused':
				return {type: 'refused', reason: told(enqueued.reason), isBlamed: true};
		}
	}

	if (status === 404) return {type: 'refused', reason: 'the peer is offline', isBlamed: true};
	if (status === 409 || (status >= 500 && /must be connected and logged in/i.test(text))) {
		return {type: 'failed', failure: notConnected};
	}

	if (status === 400) return {type: 'refused', reason: `slskd refuses the request: ${told(text)}`, isBlamed: false};
	if (status >= 500) {
		const reason = told(text) || `slskd answered with ${status}`;
		return {type: 'in-doubt', reason: isThereAlready(text) ? 'it is under way already' : reason};
	}

	return {type: 'failed', failure: unexpected('a download', status, text)};
};

/** How long a cancel may take until slskd says that it is done. */
const cancelPatience: Duration = 7000;

/**
 * Cancels downloads and takes their records out of the list, so that nothing of them stays. Whether it is sure that nothing
 * does; takes no longer than a few seconds.
 */
export const drop = async (kit: Kit, files: ReadonlyArray<Omit<Wanted, 'size'>>): Promise<boolean> => {
	if (files.length === 0) return true;
	const {clock, watch} = kit;
	const keys = new Set(files.map(keyOf));
	const until = clock.now() + cancelPatience;
	const patience = AbortSignal.timeout(cancelPatience);
	const asked = new Set<string>();
	// The first look may be older than a request that is still on its way.
	for (let looks = 0; ; looks++) {
		const look = await watch.next(patience);
		if (look?.type !== 'seen') return false;
		const there = ofKeys(look, keys);
		if (there.length === 0 && looks > 0) return true;
		for (const transfer of there) {
			const isOver = hasEndedThere(transfer);
			if (asked.has(`${transfer.id} ${isOver}`)) continue;
			asked.add(`${transfer.id} ${isOver}`);
			await remove(kit, transfer, patience);
		}

		if (clock.now() >= until) return false;
	}
};

const ofKeys = (look: Extract<Look, {type: 'seen'}>, keys: ReadonlySet<string>): readonly Transfer[] =>
	[...keys].flatMap(key => look.transfers.get(key) ?? []);

/** Cancels what goes on; the record of what has ended is hidden. Nobody is told whether that has worked: the list tells. */
export const remove = async (kit: Kit, transfer: Transfer, signal: AbortSignal): Promise<void> => {
	const question = hasEndedThere(transfer) ? removeDownload : cancelDownload;
	await kit.client.ask(question(transfer.peer, transfer.id), {signal, timeout: 5000});
};
