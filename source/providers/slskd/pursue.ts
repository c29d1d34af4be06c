import {join} from 'node:path';
import type {Candidate, CandidateState} from '../../domain/candidate.ts';
import type {Failure} from '../../domain/failure.ts';
import type {Duration} from '../../domain/time.ts';
import type {RunContext} from '../../engine/ports.ts';
import {removeFile} from '../../system/attempt-files.ts';
import {arrive, type Arrival} from './arrive.ts';
import {drop, enqueue, remove} from './downloads.ts';
import {currentOf, follow, newFollowed, type Followed, type Patience, type Verdict} from './follow.ts';
import type {Kit} from './kit.ts';
import {hasEndedThere, type Transfer} from './parse.ts';
import {soundProblem} from './sound.ts';
import type {PeerFile} from './source.ts';
import {keyOf, type Look} from './watch.ts';

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

type Seen = Extract<Look, {type: 'seen'}>;

/** So long a request that was answered with an error may take to appear in the list all the same. */
const doubtPatience: Duration = 8000;

/** Follows a candidate to its end: adopts what slskd has of it already, or asks for it. */
export const pursue = async (pursuit: Pursuit, target: Target, look: Seen): Promise<Pursued> => {
	const {kit, context, inDoubt} = pursuit;
	const {candidate, wanted} = target;
	const {source} = candidate;
	pursuit.tried.add(source);
	const there = look.transfers.get(keyOf(wanted)) ?? [];
	const found = adoptable(target, look);
	if (found !== undefined) {
		context.log(`slskd has it already from ${wanted.peer}, ${found.state}: that is adopted`);
		// What somebody else has begun there is neither cancelled nor taken away.
		const isOurs = candidate.state.is === 'tried' || inDoubt.has(source);
		inDoubt.delete(source);
		if (isOurs) pursuit.current = target;
		return toItsEnd(pursuit, target, {followed: newFollowed(kit.clock.now()), isOurs, isSure: true});
	}

	await pursuit.note(source, {is: 'tried'});
	pursuit.current = target;
	context.log(`asking ${wanted.peer} for ${wanted.file}`);
	context.report({phase: `asking ${wanted.peer}`, ...(wanted.size > 0 ? {total: wanted.size} : {})});
	const oldIds = new Set(there.map(({id}) => id));
	const asked = await enqueue(kit, wanted, context.signal);
	switch (asked.type) {
		case 'stopped':
		case 'failed':
			return asked;
		case 'refused':
			pursuit.current = undefined;
			return {type: 'next', reason: asked.reason, isBlamed: asked.isBlamed};
		case 'in-doubt':
			inDoubt.set(source, target);
			context.log(`${asked.reason}; looking whether it is under way all the same`);
			break;
		case 'enqueued':
			break;
	}

	const isSure = asked.type === 'enqueued';
	const ended = await toItsEnd(pursuit, target, {
		followed: newFollowed(kit.clock.now(), oldIds),
		isOurs: true,
		isSure,
	});
	return ended.type === 'next' && asked.type === 'in-doubt' && inDoubt.has(source)
		? {...ended, reason: asked.reason, isBlamed: true}
		: ended;
};

/** What slskd has of a candidate that is worth going on with. */
export const adoptable = ({candidate, wanted}: Target, look: Seen): Transfer | undefined => {
	const transfer = currentOf(look.transfers.get(keyOf(wanted)) ?? [], new Set());
	if (transfer === undefined) return undefined;
	// A file that somebody has fetched there long ago may have gone anywhere since.
	return !hasEndedThere(transfer) || (transfer.state === 'succeeded' && candidate.state.is === 'tried')
		? transfer
		: undefined;
};

type Course = {
	readonly followed: Followed;
	readonly isOurs: boolean;
	/** slskd has said that it has taken the request, or it was seen in the list. */
	readonly isSure: boolean;
};

const toItsEnd = async (pursuit: Pursuit, target: Target, course: Course): Promise<Pursued> => {
	const {kit, inDoubt} = pursuit;
	const {candidate, wanted} = target;
	let {followed, isSure} = course;
	let last: Transfer | undefined;
	for (;;) {
		const look = await patientLook(
			pursuit,
			last?.state === 'queued' && inDoubt.size === 0 ? kit.patience.idle : undefined,
		);
		if (look.type !== 'seen') return look;
		const transfer = currentOf(look.transfers.get(keyOf(wanted)) ?? [], followed.oldIds);
		if (transfer !== undefined) {
			last = transfer;
			isSure = true;
			inDoubt.delete(candidate.source);
		}

		const place = transfer === undefined ? undefined : kit.watch.placeOf(transfer);
		const patience: Patience = {...kit.patience, missing: isSure ? kit.patience.missing : doubtPatience};
		const [next, verdict] = follow(followed, transfer, place, kit.clock.now(), patience);
		followed = next;
		tell(pursuit, target, transfer, place);
		const late = lateOf(pursuit, target, look);
		if (late !== undefined && transfer?.state !== 'moving' && verdict.type !== 'succeeded') {
			await letGo(pursuit, target, course.isOurs);
			return {type: 'late', target: late};
		}

		const hidden = verdict.type === 'succeeded' || transfer !== undefined ? undefined : await hiddenOf(pursuit, last);
		if (verdict.type === 'waits' && hidden === undefined) continue;
		return concluded(pursuit, target, {...course, isSure}, hidden ?? verdict, last);
	}
};

/** What ended while nobody looked, and was hidden by retention since: its event tells. */
const hiddenOf = async ({kit, context}: Pursuit, last: Transfer | undefined): Promise<Verdict | undefined> => {
	if (last === undefined) return undefined;
	const event = await kit.events.find(last, context.signal);
	return event === undefined || 'type' in event ? undefined : {type: 'succeeded', transfer: last};
};

const concluded = async (
	pursuit: Pursuit,
	target: Target,
	course: Course,
	verdict: Exclude<Verdict, {type: 'waits'}> | Verdict,
	last: Transfer | undefined,
): Promise<Pursued> => {
	const {context, again} = pursuit;
	const {source} = target.candidate;
	switch (verdict.type) {
		case 'waits':
			throw new Error('a download that goes on has not ended');
		case 'succeeded':
			return received(pursuit, target, verdict.transfer, course.isOurs);
		case 'failed':
			await letGo(pursuit, target, course.isOurs);
			return {type: 'next', reason: verdict.reason, isBlamed: verdict.isBlamed};
		case 'vanished': {
			pursuit.current = undefined;
			if (last === undefined || again.has(source)) {
				return {type: 'next', reason: 'slskd knows nothing of it any more', isBlamed: false};
			}

			again.add(source);
			context.log('slskd has lost it on the way; it is asked for once more');
			const look = await patientLook(pursuit, undefined);
			return look.type === 'seen' ? pursue(pursuit, target, look) : look;
		}
	}
};

const received = async (
	pursuit: Pursuit,
	{candidate, wanted}: Target,
	transfer: Transfer,
	isOurs: boolean,
): Promise<Pursued> => {
	const {kit, context} = pursuit;
	context.report({phase: 'taking it over from slskd', bytes: transfer.size});
	const arrival: Arrival = await arrive(kit, {
		transfer,
		source: candidate.source,
		size: wanted.size,
		directory: context.directory,
		isOurs,
		signal: context.signal,
		log: context.log,
	});
	if (arrival.type === 'failed' || arrival.type === 'stopped') return arrival;
	pursuit.current = undefined;
	// Its record has done its work: without it the list stays short, and nothing is adopted twice.
	if (isOurs && !(kit.isKept && arrival.type === 'arrived')) await remove(kit, transfer, AbortSignal.timeout(5000));
	const wrong = await wrongIn(pursuit, wanted, arrival);
	if (wrong !== undefined) {
		await kit.peers.refuse(wanted, wrong);
		return {type: 'next', reason: wrong, isBlamed: false};
	}

	switch (arrival.type) {
		case 'arrived':
			kit.peers.succeeded(wanted.peer);
			return arrival;
		case 'wrong':
			return {type: 'next', reason: arrival.reason, isBlamed: false};
		case 'lost':
			return {type: 'next', reason: arrival.reason, isBlamed: false};
	}
};

/** What speaks against the file that came: this peer is never asked for it again. */
const wrongIn = async (
	{context, seconds}: Pursuit,
	wanted: PeerFile,
	arrival: Arrival,
): Promise<string | undefined> => {
	if (arrival.type === 'wrong') return arrival.reason;
	if (arrival.type !== 'arrived') return undefined;
	const path = join(context.directory, arrival.name);
	const problem = await soundProblem(path, wanted.file, seconds ?? wanted.length);
	if (problem !== undefined) await removeFile(path);
	return problem;
};

/** Cancels what this attempt has begun; where that is not sure, it is looked for again at the end. */
const letGo = async (pursuit: Pursuit, target: Target, isOurs: boolean): Promise<void> => {
	pursuit.current = undefined;
	if (isOurs && !(await drop(pursuit.kit, [target.wanted]))) pursuit.inDoubt.set(target.candidate.source, target);
};

/** A request from before that goes on by now. */
const lateOf = ({inDoubt}: Pursuit, target: Target, look: Seen): Target | undefined =>
	[...inDoubt.values()].find(
		other =>
			other.candidate.source !== target.candidate.source &&
			(look.transfers.get(keyOf(other.wanted)) ?? []).some(({state}) => state === 'moving' || state === 'succeeded'),
	);

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

const tell = (
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
