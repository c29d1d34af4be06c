import {failureClass, mayHideFullDisk, type Failure} from '../domain/failure.ts';
import {gateAfterDiskFull, isUsedUp, type Gate} from '../domain/disk-guard.ts';
import {isStartable, knownSize, type AttemptToken, type Job, type JobError, type Placing} from '../domain/job.ts';
import {laneFailed, laneStarted, laneSucceeded, type Lane} from '../domain/lane.ts';
import {newMeter} from '../domain/progress.ts';
import {judge} from '../domain/retry.ts';
import {cleanText, maskSecrets, shorten} from '../domain/text.ts';
import type {Duration, Instant} from '../domain/time.ts';
import {clearDirectory} from './aside.ts';
import {newAllowance} from './bandwidth.ts';
import {claim, conclude, progressOfAttempt} from './conclude.ts';
import type {Core} from './core.ts';
import {heard} from './give-up.ts';
import {contextOf} from './hear.ts';
import {meetMount} from './mounts.ts';
import {freeSlot, laneOf, type RunningJob} from './live.ts';
import type {Provider, RunOutcome} from './ports.ts';
import {forgetBeside, keepBeside, refine} from './refine.ts';

/** Takes a worker slot for a job, at once, so that the next turn counts it. */
export const reserve = (core: Core, job: Job): RunningJob => {
	const {clock, live, settings} = core;
	const now = clock.now();
	const lane = laneOf(live, settings, job.lane, job.provider);
	const attempt: RunningJob = {
		job,
		token: `${settings.owner}:${clock.uniqueName()}` as AttemptToken,
		slot: freeSlot(live),
		abort: new AbortController(),
		startedAt: now,
		lastStartAt: lane.lastStartAt,
		meter: newMeter(now, job.bytes),
		bytes: job.bytes,
		total: knownSize(job),
		phase: '',
		beside: {promised: 0, written: 0, wanted: 0},
		isUnsaved: false,
		allowance: newAllowance(core),
		isSettling: false,
	};
	live.running.set(job.id, attempt);
	live.lanes.set(job.lane, laneStarted(lane, now));
	return attempt;
};

/** Makes the attempt, from the claim to the outcome in the store, and gives the slot back. Never rejects. */
export const perform = async (core: Core, attempt: RunningJob): Promise<void> => {
	try {
		await carryOut(core, attempt);
	} catch (error) {
		// Only what cannot be written down gets here, such as a store that fails while the engine closes: the job stays
		// as it is in the store, and the next start recovers it.
		const text = `job ${attempt.job.id} could not be concluded: ${error instanceof Error ? error.message : String(error)}`;
		core.events.emit({type: 'notice', at: core.clock.now(), text});
	} finally {
		core.live.running.delete(attempt.job.id);
		core.touch('state');
		core.wake(isStartable(attempt.job.status) ? 'queue' : undefined);
	}
};

const carryOut = async (core: Core, attempt: RunningJob): Promise<void> => {
	const {clock} = core;
	const {job} = attempt;
	const claimed = await claim(core, attempt);
	if (claimed === undefined) return;
	attempt.job = claimed;
	core.events.emit({type: 'job', at: clock.now(), job: claimed, from: job.status, to: claimed.status});
	core.touch('state');
	try {
		const failure = await fetchAndPlace(core, attempt);
		if (failure !== undefined) await setAside(core, attempt, failure);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		core.log.write(job.id, `defect: ${error instanceof Error ? (error.stack ?? message) : message}`);
		await setAside(core, attempt, {code: 'internal', message: `tidegate itself failed: ${message}`});
	}
};

/** Fetches, verifies and places. Returns the failure, or undefined when the outcome is in the store already. */
const fetchAndPlace = async (core: Core, attempt: RunningJob): Promise<Failure | undefined> => {
	const {finisher} = core;
	const {job} = attempt;
	const prepared = await finisher.prepare(job.id);
	if (!prepared.ok) return prepared.failure;
	if (job.placing !== undefined) return placeArtefact(core, attempt, job.placing);
	const provider = core.providerOf(job.provider);
	if (provider === undefined) {
		return {code: 'bad-arguments', message: `no provider is called ${job.provider} any more; see config.toml`};
	}

	if (job.status === 'searching') return findSource(core, attempt, provider, prepared.directory);
	const outcome = await heard(core, attempt, () => provider.run(job, contextOf(core, attempt, prepared.directory)));
	if (outcome.type === 'fetched') return finish(core, attempt, outcome);
	// Whatever a tool says about being ended: it was we who ended it.
	if (!attempt.abort.signal.aborted) return failureOf(outcome);
	await conclude(core, attempt, {event: 'yield', at: core.clock.now(), ...progressOfAttempt(attempt)});
	return undefined;
};

/**
 * What to make of an end that nobody asked for. One without a reason is a failure as well: to put the job back would start
 * it again at once, for ever, and to believe it would leave the job in the middle of its life.
 */
const failureOf = (outcome: {readonly type: string; readonly failure?: Failure}): Failure =>
	(outcome.type === 'failed' ? outcome.failure : undefined) ?? {
		code: 'tool-failed',
		message: 'the provider ended without a file, and without saying why',
	};

const findSource = async (
	core: Core,
	attempt: RunningJob,
	provider: Provider,
	directory: string,
): Promise<Failure | undefined> => {
	const {search} = provider;
	if (search === undefined) return {code: 'unsupported', message: `${provider.id} cannot search`};
	const outcome = await heard(core, attempt, () =>
		search.call(provider, attempt.job, contextOf(core, attempt, directory)),
	);
	const at = core.clock.now();
	if (outcome.type !== 'found' && !attempt.abort.signal.aborted) return failureOf(outcome);
	if (outcome.type !== 'found') {
		await conclude(core, attempt, {event: 'yield', at});
		return undefined;
	}

	searched(core, attempt, outcome.isFree ?? false);
	const {source, lane, candidates} = outcome;
	await conclude(core, attempt, {
		event: 'find',
		at,
		source,
		...(lane === undefined ? {} : {lane}),
		...(candidates === undefined ? {} : {candidates}),
	});
	return undefined;
};

/** The lane of the search is well; one that cost nothing does not count among its starts. */
const searched = ({live, settings, clock}: Core, {job, startedAt, lastStartAt}: RunningJob, isFree: boolean): void => {
	const lane = laneSucceeded(laneOf(live, settings, job.lane, job.provider), startedAt, clock.now());
	const isLast = lane.lastStartAt === startedAt;
	live.lanes.set(job.lane, isFree && isLast ? {...lane, lastStartAt} : lane);
};

const finish = async (
	core: Core,
	attempt: RunningJob,
	outcome: Extract<RunOutcome, {type: 'fetched'}>,
): Promise<Failure | undefined> => {
	const {finisher, store, clock} = core;
	attempt.phase = 'verifying';
	core.touch('progress');
	const verdict = await finisher.verify(attempt.job, outcome, attempt.abort.signal);
	if (!verdict.ok) {
		if (attempt.abort.signal.aborted) {
			await conclude(core, attempt, {event: 'yield', at: clock.now(), ...progressOfAttempt(attempt)});
			return undefined;
		}

		core.disk.wrote(-attempt.bytes);
		attempt.bytes = await finisher.sizeOf(attempt.job.id);
		core.disk.wrote(attempt.bytes);
		return notWanted(core, attempt, outcome, verdict.failure);
	}

	core.disk.wrote(verdict.size - attempt.bytes);
	attempt.bytes = verdict.size;
	attempt.total = verdict.size;
	const refined = await refine(core, attempt, outcome, verdict);
	if (refined.type === 'failed') return refined.failure;
	if (refined.type === 'concluded') return undefined;
	const batch = attempt.job.batch === undefined ? undefined : await store.batch(attempt.job.batch);
	const {size, identity} = refined;
	const placing: Placing = {
		artefact: refined.outcome.path,
		target: await finisher.target(attempt.job, batch?.title, refined.outcome.name),
		size,
		identity,
	};
	keepBeside(attempt, size);
	const moved = await conclude(core, attempt, {event: 'finish', at: clock.now(), placing, bytes: size, total: size});
	return moved === 'finishing' ? placeArtefact(core, attempt, placing) : undefined;
};

/** Lets the provider know, unless it is the disk that is to blame. */
const notWanted = async (
	core: Core,
	attempt: RunningJob,
	outcome: Extract<RunOutcome, {type: 'fetched'}>,
	failure: Failure,
): Promise<Failure> => {
	const told = await unlessDiskFull(core, failure);
	if (told.code !== failure.code) return told;
	const provider = core.providerOf(attempt.job.provider);
	const context = contextOf(core, {...attempt, isSettling: false}, core.finisher.directoryOf(attempt.job.id));
	await provider?.refused?.(attempt.job, {outcome, failure}, context).catch(() => undefined);
	return failure;
};

/** Puts the verified artefact in its place; also what a crash interrupted. */
const placeArtefact = async (core: Core, attempt: RunningJob, placing: Placing): Promise<Failure | undefined> => {
	const {clock, finisher, live, settings} = core;
	const {job} = attempt;
	attempt.isSettling = true;
	attempt.phase = 'placing';
	if (job.status === 'starting') {
		const moved = await conclude(core, attempt, {event: 'finish', at: clock.now(), placing});
		if (moved !== 'finishing') return undefined;
	}

	const placed = await finisher.place(job, placing);
	if (!placed.ok) return placed.failure;
	const moved = await conclude(core, attempt, {
		event: 'complete',
		at: clock.now(),
		outputPath: placed.path,
		size: placing.size,
	});
	const lane = laneOf(live, settings, job.lane, job.provider);
	live.lanes.set(job.lane, laneSucceeded(lane, attempt.startedAt, clock.now()));
	// Where another scheduler has taken the job over, the directory is that one's.
	if (moved === 'completed') await clearDirectory(core, job.id);
	if (moved === 'completed') forgetBeside(core, attempt);
	return undefined;
};

/** Writes a failure to the store in the way its class asks for, and lets the lane and the disk know. */
const setAside = async (core: Core, attempt: RunningJob, failure: Failure): Promise<void> => {
	const {clock, live, settings} = core;
	const {job} = attempt;
	const told = await unlessDiskFull(core, failure);
	const now = clock.now();
	const said = {...told, message: shorten(maskSecrets(cleanText(told.message)), 500)};
	const error: JobError = {code: said.code, message: said.message, class: failureClass(said.code)};
	core.log.write(job.id, `${said.code}: ${said.message}${said.detail === undefined ? '' : ` (${said.detail})`}`);
	const lane = laneOf(live, settings, job.lane, job.provider);
	const failed = laneFailed(lane, said, attempt.startedAt, now);
	live.lanes.set(job.lane, failed);
	if (said.code === 'disk-full' && said.elsewhere === undefined) closeGate(core, gate => gateAfterDiskFull(gate, now));
	if (said.code === 'volume-missing') closeGate(core, () => ({state: 'missing', since: now}));
	const spent = {
		spent: job.attempts,
		maxAttempts: job.maxAttempts,
		isShutOut: lane.breaker.state === 'open',
	};
	// It waits for room there, and no longer than that.
	const isHeld = said.elsewhere !== undefined && (await meetMount(core, job, said.elsewhere));
	const verdict = judge(said, spent, settings.retry, now, clock.chance());
	await conclude(core, attempt, {
		event: verdict.event,
		at: now,
		error,
		...progressOfAttempt(attempt),
		...('retryAt' in verdict && verdict.retryAt !== undefined && !isHeld
			? {retryAt: afterProbe(failed, verdict.retryAt)}
			: {}),
	});
};

/** What tools make of a disk that is full or gone is no failure of the job. */
const unlessDiskFull = async (core: Core, failure: Failure): Promise<Failure> => {
	if (!mayHideFullDisk(failure.code)) return failure;
	const before = core.live.volumes.get(core.disk.volume)?.level;
	// Looked at now, and as it was when it was looked at last: a tool that gives up may have taken its file away.
	const level = await core.disk.sample().catch(() => before);
	const {path} = core.disk;
	if (level === undefined) {
		return {...failure, code: 'volume-missing', message: `${path} is not mounted (${failure.message})`};
	}

	return isUsedUp([before, level])
		? {...failure, code: 'disk-full', message: `no space is left in ${path} (${failure.message})`}
		: failure;
};

/** The lane's next probe is another job, where there is one: the same might fail for a reason of its own, again and again. */
const afterProbe = ({breaker}: Lane, retryAt: Instant): Instant =>
	breaker.state === 'open' ? Math.max(retryAt, breaker.until + headStart) : retryAt;

/** How long before a job that has failed as a probe others may be the next one: longer than a timer is late. */
const headStart: Duration = 1000;

/** What a job has met closes the gate at once; the next sample says what follows. */
const closeGate = (core: Core, close: (gate: Gate) => Gate): void => {
	const volume = core.live.volumes.get(core.disk.volume);
	if (volume === undefined) return;
	const gate = close(volume.gate);
	core.live.volumes.set(volume.id, {...volume, gate});
	if (volume.gate.state !== gate.state) {
		core.events.emit({type: 'gate', at: core.clock.now(), volume: volume.id, path: volume.path, gate});
	}
};
