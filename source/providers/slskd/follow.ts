import type {Duration, Instant} from '../../domain/time.ts';
import {told} from './failures.ts';
import {hasEndedThere, type Transfer} from './parse.ts';

/** How long a download may stand still in each of its states. */
export type Patience = {
	/** Without a new byte. */
	readonly stall: Duration;
	/** In a queue that does not move. */
	readonly queue: Duration;
	/** Not in the list: retention hides what has ended, and a restart gives new records after the login. */
	readonly missing: Duration;
};

/** What was seen of a download so far. */
export type Followed = {
	readonly since: Instant;
	/** Records that had ended before this request: they say nothing of it. */
	readonly oldIds: ReadonlySet<string>;
	readonly bytes: number;
	readonly place: number | undefined;
	/** When a byte came, or its place in a queue moved, last. */
	readonly movedAt: Instant;
	readonly state: Transfer['state'] | undefined;
	/** Since when nothing of it can be seen. */
	readonly missingSince: Instant | undefined;
};

export type Verdict =
	| {readonly type: 'waits'}
	| {readonly type: 'succeeded'; readonly transfer: Transfer}
	/** `isBlamed`: it speaks against the peer. */
	| {readonly type: 'failed'; readonly reason: string; readonly isBlamed: boolean}
	/** slskd knows nothing of it any more, and never said how it ended. */
	| {readonly type: 'vanished'};

export const newFollowed = (now: Instant, oldIds: ReadonlySet<string> = new Set()): Followed => ({
	since: now,
	oldIds,
	bytes: 0,
	place: undefined,
	movedAt: now,
	state: undefined,
	missingSince: undefined,
});

/** The record that speaks for a download: one that goes on, else the one that came last. */
export const currentOf = (transfers: readonly Transfer[], oldIds: ReadonlySet<string>): Transfer | undefined => {
	const own = transfers.filter(({id}) => !oldIds.has(id));
	const byAge = own.toSorted((a, b) => b.requestedAt - a.requestedAt || (b.endedAt ?? 0) - (a.endedAt ?? 0));
	return byAge.find(transfer => !hasEndedThere(transfer)) ?? byAge.find(({state}) => state === 'succeeded') ?? byAge[0];
};

/** What a look at the list says about a download; `place` is what is known of its place in the queue. */
export const follow = (
	followed: Followed,
	transfer: Transfer | undefined,
	place: number | undefined,
	now: Instant,
	patience: Patience,
): readonly [Followed, Verdict] => {
	if (transfer === undefined || isShutDown(transfer)) {
		const missingSince = followed.missingSince ?? now;
		const isGone = now - missingSince >= patience.missing;
		return [{...followed, missingSince}, isGone ? {type: 'vanished'} : {type: 'waits'}];
	}

	if (transfer.state === 'succeeded') return [followed, {type: 'succeeded', transfer}];
	if (hasEndedThere(transfer)) return [followed, ending(transfer)];
	const hasMoved =
		transfer.state !== followed.state ||
		transfer.bytes !== followed.bytes ||
		(place !== undefined && (followed.place === undefined || place < followed.place));
	const next: Followed = {
		...followed,
		bytes: transfer.bytes,
		// A place that grows is none that moves: the least one counts.
		place: place === undefined ? followed.place : Math.min(place, followed.place ?? Infinity),
		movedAt: hasMoved ? now : followed.movedAt,
		state: transfer.state,
		missingSince: undefined,
	};
	return [next, standstill(next, now, patience)];
};

/** slskd ends what it has under way when it stops, and begins it anew after its login: under another id. */
const isShutDown = ({state, exception}: Transfer): boolean =>
	(state === 'errored' || state === 'aborted' || state === 'cancelled') &&
	/application (?:is )?shut(?:ting)? ?down/i.test(exception ?? '');

const words: Partial<Record<Transfer['state'], string>> = {
	cancelled: 'it was cancelled at slskd',
	'timed-out': 'the peer did not answer in time',
	errored: 'the transfer broke',
	rejected: 'the peer refuses it',
	aborted: 'the transfer was aborted',
};

const ending = ({state, exception}: Transfer): Verdict => {
	const why = told(exception ?? '');
	return {
		type: 'failed',
		reason: `${words[state] ?? 'the transfer ended'}${why === '' ? '' : `: ${why}`}`,
		isBlamed: state !== 'cancelled',
	};
};

const standstill = ({state, movedAt, place}: Followed, now: Instant, patience: Patience): Verdict => {
	const still = now - movedAt;
	if (state === 'moving' && still >= patience.stall) {
		return {type: 'failed', reason: `no byte came for ${spanOf(still)}`, isBlamed: true};
	}

	if (state !== 'moving' && still >= patience.queue) {
		const where = place === undefined ? '' : ` at place ${place}`;
		return {type: 'failed', reason: `its queue has not moved for ${spanOf(still)}${where}`, isBlamed: true};
	}

	return {type: 'waits'};
};

const spanOf = (duration: Duration): string =>
	duration < 120_000 ? `${Math.round(duration / 1000)} s` : `${Math.round(duration / 60_000)} min`;
