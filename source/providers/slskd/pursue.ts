import type {Duration} from '../../domain/time.ts';
import {enqueue} from './downloads.ts';
import {currentOf, follow, newFollowed, type Followed, type Patience, type Verdict} from './follow.ts';
import {hasEndedThere, type Transfer} from './parse.ts';
import {letGo, patientLook, tell, type Pursued, type Pursuit, type Seen, type Target} from './pursuit.ts';
import {received} from './receive.ts';
import {keyOf} from './watch.ts';

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

/** A request from before that goes on by now. */
const lateOf = ({inDoubt}: Pursuit, target: Target, look: Seen): Target | undefined =>
	[...inDoubt.values()].find(
		other =>
			other.candidate.source !== target.candidate.source &&
			(look.transfers.get(keyOf(other.wanted)) ?? []).some(({state}) => state === 'moving' || state === 'succeeded'),
	);
