import type {Candidate, CandidateState} from '../../domain/candidate.ts';
import type {Failure} from '../../domain/failure.ts';
import type {Duration} from '../../domain/time.ts';
import type {RunContext} from '../../engine/ports.ts';
import {drop} from './downloads.ts';
import type {Kit} from './kit.ts';
import type {Transfer} from './parse.ts';
import type {PeerFile} from './source.ts';
import type {Look} from './watch.ts';

/*
 * What an attempt knows while it goes through its candidates, and what it does with each of them.
 */

/** A candidate that is being asked for. */
export type Target = {readonly candidate: Candidate; readonly wanted: PeerFile};

/** What one attempt knows while it goes through its candidates. */
export type Pursuit = {
	readonly kit: Kit;
	readonly context: RunContext;
	/** Seconds that it should play, as a catalog says. */
	readonly seconds: number | undefined;
	readonly note: (source: string, state: CandidateState) => Promise<void>;
	/** Sources that were asked for in this attempt. */
	readonly tried: Set<string>;
	/** Requests that may yet succeed, though nothing was seen of them so far. */
	readonly inDoubt: Map<string, Target>;
	/** Downloads that slskd lost on the way and that were asked for once more. */
	readonly again: Set<string>;
	/** What is under way at slskd because of this attempt. */
	current: Target | undefined;
};

export type Pursued =
	| {readonly type: 'arrived'; readonly name: string; readonly size: number}
	/** `isBlamed`: it speaks against the peer. */
	| {readonly type: 'next'; readonly reason: string; readonly isBlamed: boolean}
	/** An earlier request has succeeded after all. */
	| {readonly type: 'late'; readonly target: Target}
	| {readonly type: 'failed'; readonly failure: Failure}
	| {readonly type: 'stopped'};

export type Seen = Extract<Look, {type: 'seen'}>;

/** Looks at the list; slskd may be away for a while, as it is while it restarts. */
export const patientLook = async (
	{kit, context}: Pick<Pursuit, 'kit' | 'context'>,
	after: Duration | undefined,
	patience: Duration = kit.patience.away,
): Promise<Seen | Extract<Pursued, {type: 'failed' | 'stopped'}>> => {
	const since = kit.clock.now();
	for (;;) {
		const look = await kit.watch.next(context.signal, after);
		if (look === undefined) return {type: 'stopped'};
		if (look.type === 'seen') {
			context.report({isAnswered: true});
			return look;
		}

		// A refused key does not come back by waiting.
		const isOver = look.failure.code !== 'service-unreachable' || kit.clock.now() - since >= patience;
		if (isOver) return {type: 'failed', failure: look.failure};
		context.report({phase: 'slskd is away; waiting for it'});
	}
};

/** Cancels what this attempt has begun; where that is not sure, it is looked for again at the end. */
export const letGo = async (pursuit: Pursuit, target: Target, isOurs: boolean): Promise<void> => {
	pursuit.current = undefined;
	if (isOurs && !(await drop(pursuit.kit, [target.wanted]))) pursuit.inDoubt.set(target.candidate.source, target);
};

/** Tells where a download is. */
export const tell = (
	{kit, context}: Pursuit,
	{wanted}: Target,
	transfer: Transfer | undefined,
	place: number | undefined,
): void => {
	if (transfer === undefined) return;
	const {peer} = wanted;
	switch (transfer.state) {
		case 'moving':
			context.report({phase: `from ${peer}`, bytes: transfer.bytes, total: transfer.size});
			break;
		case 'queued':
			kit.watch.wantPlace(transfer);
			context.report({phase: place === undefined ? `queued at ${peer}` : `place ${place} at ${peer}`});
			break;
		case 'preparing':
			context.report({phase: `asking ${peer}`});
			break;
		default:
			break;
	}
};
