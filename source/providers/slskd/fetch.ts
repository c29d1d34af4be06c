import {join} from 'node:path';
import {cleanCandidates, mostCandidates, withState, type Candidate} from '../../domain/candidate.ts';
import type {Failure} from '../../domain/failure.ts';
import {closing, type Job} from '../../domain/job.ts';
import type {Track} from '../../domain/track.ts';
import type {CandidateList, RunContext, RunOutcome} from '../../engine/ports.ts';
import {removeFile} from '../../system/attempt-files.ts';
import {drop} from './downloads.ts';
import {told} from './failures.ts';
import type {Kit} from './kit.ts';
import {artefactName, landedSize} from './landing.ts';
import {remoteName} from './place.ts';
import {adoptable, pursue} from './pursue.ts';
import {patientLook, type Pursuit, type Target} from './pursuit.ts';
import {wrongSound} from './receive.ts';
import {parsePeerFile, wishOf} from './source.ts';
import type {Look} from './watch.ts';

/** Fetches what a job wants from one candidate after the other, and looks for others where none of them gives it. */
export const fetchFromPeers = async (kit: Kit, job: Job, context: RunContext): Promise<RunOutcome> => {
	await kit.peers.ready();
	const candidates = context.candidates ?? listOfItsOwn();
	if ((await candidates.list()).length === 0) await candidates.replace(implicit(job));
	const seconds = secondsOf(job);
	const kept = await keptArtefact(kit, candidates, context.directory, seconds);
	if (kept !== undefined) return fetched(kept.target, kept.name, kept.size, seconds);
	const pursuit: Pursuit = {
		kit,
		context,
		seconds,
		note: candidates.note,
		tried: new Set(),
		inDoubt: new Map(),
		again: new Set(),
		current: undefined,
	};
	const outcome = await tryAll(pursuit, candidates, job);
	await cleanUp(pursuit, outcome);
	return outcome;
};

/** The file that a source names by itself. */
const implicit = ({source}: Job): readonly Candidate[] => {
	const wanted = parsePeerFile(source);
	if (wanted === undefined) return [];
	const {peer, file, size} = wanted;
	return cleanCandidates([{source, peer, file, size, score: 0, reasons: ['asked for'], state: {is: 'untried'}}]);
};

const tryAll = async (pursuit: Pursuit, candidates: CandidateList, job: Job): Promise<RunOutcome> => {
	const {kit, context} = pursuit;
	let look = await patientLook(pursuit, undefined, 0);
	if (look.type !== 'seen') return look;
	let target = firstTarget(pursuit, await candidates.list(), look);
	let hasSearched = false;
	for (;;) {
		if (target === undefined) {
			if (hasSearched) return failed(spent(await candidates.list()));
			hasSearched = true;
			const more = await searchAgain(pursuit, candidates, job);
			if (more !== undefined) return more;
			target = nextTarget(pursuit, await candidates.list());
			continue;
		}

		const pursued = await pursue(pursuit, target, look);
		switch (pursued.type) {
			case 'arrived':
				return fetched(target, pursued.name, pursued.size, pursuit.seconds);
			case 'failed':
			case 'stopped':
				return pursued;
			case 'late':
				target = pursued.target;
				break;
			case 'next':
				context.log(`${target.wanted.peer}: ${pursued.reason}`);
				await pursuit.note(target.candidate.source, {is: 'failed', reason: pursued.reason});
				if (pursued.isBlamed) kit.peers.failed(target.wanted.peer);
				target = nextTarget(pursuit, await candidates.list());
				break;
		}

		if (context.signal.aborted) return {type: 'stopped'};
		const next = await patientLook(pursuit, undefined);
		if (next.type !== 'seen') return next;
		look = next;
	}
};

const targetOf = (candidate: Candidate): Target | undefined => {
	const wanted = parsePeerFile(candidate.source);
	return wanted === undefined ? undefined : {candidate, wanted};
};

/** What an earlier attempt has under way goes first. */
const firstTarget = (
	pursuit: Pursuit,
	list: readonly Candidate[],
	look: Extract<Look, {type: 'seen'}>,
): Target | undefined => {
	const tried = list.filter(({state}) => state.is === 'tried').flatMap(candidate => targetOf(candidate) ?? []);
	return tried.find(target => adoptable(target, look) !== undefined) ?? nextTarget(pursuit, list);
};

const nextTarget = ({kit, tried}: Pursuit, list: readonly Candidate[]): Target | undefined =>
	list
		.filter(({source, state}) => state.is !== 'failed' && !tried.has(source))
		.flatMap(candidate => targetOf(candidate) ?? [])
		.find(({wanted}) => !kit.peers.isRefused(wanted.peer, wanted.file));

/** Looks for others; an outcome where there are none. */
const searchAgain = async (
	{kit, context, tried}: Pursuit,
	candidates: CandidateList,
	job: Job,
): Promise<RunOutcome | undefined> => {
	const old = await candidates.list();
	const wish: Track | undefined = wishOf(job.source, job.options.track);
	if (wish === undefined) return failed(spent(old));
	context.log('all candidates are spent; looking for others');
	context.report({phase: 'searching again'});
	const {signal, log} = context;
	const found = await kit.finder.find(wish, kit.qualityFor(job.options.quality), {signal, log, isFresh: true});
	if (found.type !== 'found') return found;
	const fresh = found.candidates.filter(({source}) => !tried.has(source));
	if (fresh.length === 0) return failed(spent(old));
	const sources = new Set(fresh.map(({source}) => source));
	// What was tried is shown for as long as there is room.
	await candidates.replace([...fresh, ...old.filter(({source}) => !sources.has(source))].slice(0, mostCandidates));
	return undefined;
};

const spent = (list: readonly Candidate[]): Failure => {
	const reasons = list.flatMap(({peer, state}) => (state.is === 'failed' ? [`${peer}: ${state.reason}`] : []));
	const why = reasons[0] === undefined ? '' : `; ${told(reasons[0])}`;
	return {
		code: 'no-sources',
		message: `slskd: none of ${list.length === 1 ? 'the one candidate' : `${list.length} candidates`} gave it${why}`,
	};
};

const failed = (failure: Failure): RunOutcome => ({type: 'failed', failure});

const fetched = ({wanted}: Target, path: string, size: number, seconds = wanted.length): RunOutcome => ({
	type: 'fetched',
	path,
	name: remoteName(wanted.file),
	size,
	...(seconds === undefined ? {} : {duration: seconds}),
});

/** What it should play: the catalog knows it better than who offers a file. */
const secondsOf = ({options}: Job): number | undefined => {
	const duration = options.track?.duration;
	return duration === undefined || duration <= 0 ? undefined : duration / 1000;
};

/** A file that an attempt has brought here whole before it was interrupted. */
const keptArtefact = async (
	kit: Kit,
	candidates: CandidateList,
	directory: string,
	seconds: number | undefined,
): Promise<{readonly target: Target; readonly name: string; readonly size: number} | undefined> => {
	for (const candidate of await candidates.list()) {
		const target = targetOf(candidate);
		if (target === undefined || candidate.state.is !== 'tried') continue;
		const {wanted} = target;
		const name = artefactName(candidate.source, wanted.file);
		const size = await landedSize(directory, name);
		if (size === undefined || (size !== wanted.size && wanted.size !== 0)) continue;
		const problem = await wrongSound(directory, name, wanted, seconds);
		// Written down before anything is taken away, as when it arrives.
		if (problem !== undefined) await kit.peers.refuse(wanted, problem);
		// Its record may be there still, and nobody else takes it out.
		if (!kit.isKept) await drop(kit, [wanted]);
		if (problem === undefined) return {target, name, size};
		await candidates.note(candidate.source, {is: 'failed', reason: problem});
		await removeFile(join(directory, name));
	}

	return undefined;
};

/** Leaves nothing at slskd that nobody wants any more; what is only interrupted stays, and is adopted by the next attempt. */
const cleanUp = async ({kit, context, current, inDoubt}: Pursuit, outcome: RunOutcome): Promise<void> => {
	if (outcome.type === 'failed' && outcome.failure.code !== 'no-sources') return;
	if (outcome.type === 'stopped' && context.signal.reason === closing) {
		if (current !== undefined) context.log('it goes on at slskd, and is adopted at the next start');
		return;
	}

	const targets = [...inDoubt.values(), ...(current === undefined ? [] : [current])];
	if (targets.length === 0) return;
	const isSure = await drop(
		kit,
		targets.map(({wanted}) => wanted),
	);
	if (outcome.type === 'stopped') {
		context.log(isSure ? 'cancelled at slskd' : 'slskd was asked to cancel it, and has not said that it has');
	}
};

/** For who keeps no list: it lasts as long as the attempt. */
const listOfItsOwn = (): CandidateList => {
	let known: readonly Candidate[] = [];
	return {
		list: () => Promise.resolve(known),
		note(source, state) {
			known = withState(known, source, state);
			return Promise.resolve();
		},
		replace(candidates) {
			known = candidates;
			return Promise.resolve();
		},
	};
};
