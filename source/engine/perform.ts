import {failureClass, type Failure} from '../domain/failure.ts';
import {gateAfterDiskFull, type Gate} from '../domain/disk-guard.ts';
import {knownSize, type AttemptToken, type Job, type JobError, type JobId, type Placing} from '../domain/job.ts';
import {laneFailed, laneStarted, laneSucceeded} from '../domain/lane.ts';
import {measure, newMeter} from '../domain/progress.ts';
import {judge} from '../domain/retry.ts';
import {cleanText, maskSecrets, shorten} from '../domain/text.ts';
import type {Core} from './core.ts';
import {freeSlot, laneOf, type RunningJob} from './live.ts';
import type {Change, Provider, ProviderReport, RunContext, RunOutcome} from './ports.ts';
import {untilStored} from './until-stored.ts';

/** Takes a worker slot for a job, at once, so that the next turn counts it. */
export const reserve = (core: Core, job: Job): RunningJob => {
	const {clock, live, settings} = core;
	const now = clock.now();
	const attempt: RunningJob = {
		job,
		token: clock.uniqueName() as AttemptToken,
		slot: freeSlot(live),
		abort: new AbortController(),
		startedAt: now,
		meter: newMeter(now, job.bytes),
		bytes: job.bytes,
		total: knownSize(job),
		phase: '',
		isUnsaved: false,
		isSettling: false,
	};
	live.running.set(job.id, attempt);
	live.lanes.set(job.lane, laneStarted(laneOf(live, settings, job.lane, job.provider), now));
	return attempt;
};

/** Makes the attempt, from the claim to the outcome in the store, and gives the slot back. Never rejects. */
export const perform = async (core: Core, attempt: RunningJob): Promise<void> => {
	try {
		await carryOut(core, attempt);
	} finally {
		core.live.running.delete(attempt.job.id);
		core.touch('state');
		core.wake();
	}
};

const carryOut = async (core: Core, attempt: RunningJob): Promise<void> => {
	const {store, clock, settings} = core;
	const {job, token} = attempt;
	const claimed = await untilStored(core, () => store.claim(job.id, token, settings.owner, clock.now()));
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
	const outcome = await provider.run(job, contextOf(core, attempt, prepared.directory));
	attempt.isSettling = true;
	if (outcome.type === 'fetched') return finish(core, attempt, outcome);
	// Whatever a tool says about being ended: it was we who ended it.
	if (outcome.type === 'failed' && !attempt.abort.signal.aborted) return outcome.failure;
	await conclude(core, attempt, {event: 'yield', at: core.clock.now(), bytes: attempt.bytes});
	return undefined;
};

/** What a provider gets to know, and the ways in which it may speak while its attempt lasts. */
const contextOf = (core: Core, attempt: RunningJob, directory: string): RunContext => ({
	directory,
	signal: attempt.abort.signal,
	attempt: attempt.job.attempts,
	token: attempt.token,
	rateLimit: core.settings.rateLimit,
	log: line => core.log.write(attempt.job.id, line),
	report(report) {
		if (!attempt.isSettling) hear(core, attempt, report);
	},
});

const findSource = async (
	core: Core,
	attempt: RunningJob,
	provider: Provider,
	directory: string,
): Promise<Failure | undefined> => {
	const outcome = await provider.search?.(attempt.job, contextOf(core, attempt, directory));
	const at = core.clock.now();
	if (outcome === undefined) return {code: 'unsupported', message: `${provider.id} cannot search`};
	if (outcome.type === 'failed') return outcome.failure;
	await conclude(
		core,
		attempt,
		outcome.type === 'found' ? {event: 'find', at, source: outcome.source} : {event: 'yield', at},
	);
	return undefined;
};

/** Takes in what a provider tells while it runs. */
const hear = (core: Core, attempt: RunningJob, report: ProviderReport): void => {
	const {clock, disk} = core;
	if (report.phase !== undefined) attempt.phase = shorten(cleanText(report.phase), 40);
	if (report.total !== undefined && report.total !== attempt.total && report.total >= 0) {
		attempt.total = report.total;
		attempt.isUnsaved = true;
		// It may not fit: the plan looks again.
		core.wake();
	}

	if (report.bytes !== undefined && report.bytes !== attempt.bytes) {
		disk.wrote(report.bytes - attempt.bytes);
		attempt.bytes = report.bytes;
		attempt.meter = measure(attempt.meter, clock.now(), report.bytes);
		attempt.isUnsaved = true;
		if (attempt.job.status === 'starting') void begin(core, attempt);
	}

	core.touch('progress');
};

const begin = async (core: Core, attempt: RunningJob): Promise<void> => {
	// At once, so that the next report does not begin it a second time.
	attempt.job = {...attempt.job, status: 'downloading'};
	await move(core, attempt, {event: 'begin', at: core.clock.now()});
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
			await conclude(core, attempt, {event: 'yield', at: clock.now(), bytes: attempt.bytes});
			return undefined;
		}

		core.disk.wrote(-attempt.bytes);
		attempt.bytes = await finisher.sizeOf(attempt.job.id);
		core.disk.wrote(attempt.bytes);
		return verdict.failure;
	}

	const batch = attempt.job.batch === undefined ? undefined : await store.batch(attempt.job.batch);
	const placing: Placing = {
		artefact: outcome.path,
		target: await finisher.target(attempt.job, batch?.title, outcome.name),
		size: verdict.size,
		identity: verdict.identity,
	};
	core.disk.wrote(verdict.size - attempt.bytes);
	attempt.bytes = verdict.size;
	attempt.total = verdict.size;
	const moved = await conclude(core, attempt, {
		event: 'finish',
		at: clock.now(),
		placing,
		bytes: verdict.size,
		total: verdict.size,
	});
	return moved === 'finishing' ? placeArtefact(core, attempt, placing) : undefined;
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
	await conclude(core, attempt, {event: 'complete', at: clock.now(), outputPath: placed.path, size: placing.size});
	live.lanes.set(job.lane, laneSucceeded(laneOf(live, settings, job.lane, job.provider), clock.now()));
	await finisher.clear(job.id);
	return undefined;
};

/** Writes a failure to the store in the way its class asks for, and lets the lane and the disk know. */
const setAside = async (core: Core, attempt: RunningJob, failure: Failure): Promise<void> => {
	const {clock, live, settings} = core;
	const {job} = attempt;
	const now = clock.now();
	const said = {...failure, message: shorten(maskSecrets(cleanText(failure.message)), 500)};
	const error: JobError = {code: said.code, message: said.message, class: failureClass(said.code)};
	core.log.write(job.id, `${said.code}: ${said.message}${said.detail === undefined ? '' : ` (${said.detail})`}`);
	live.lanes.set(job.lane, laneFailed(laneOf(live, settings, job.lane, job.provider), said, now));
	if (said.code === 'disk-full') closeGate(core, gate => gateAfterDiskFull(gate, now));
	if (said.code === 'volume-missing') closeGate(core, () => ({state: 'missing', since: now}));
	const verdict = judge(said, {spent: job.attempts, maxAttempts: job.maxAttempts}, settings.retry, now, clock.chance());
	await conclude(core, attempt, {
		event: verdict.event,
		at: now,
		error,
		bytes: attempt.bytes,
		...(attempt.total === undefined ? {} : {total: attempt.total}),
		...('retryAt' in verdict ? {retryAt: verdict.retryAt} : {}),
	});
};

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

/**
 * Moves the job on; where a person's pause or cancel has come first, that is carried out instead.
 * Returns the status that the job has now.
 */
const conclude = async (core: Core, attempt: RunningJob, change: Change): Promise<Job['status'] | undefined> => {
	const moved = await move(core, attempt, change);
	if (moved.ok) return moved.job?.status;
	if (moved.reason !== 'refused' || (moved.status !== 'pausing' && moved.status !== 'cancelling')) return undefined;
	const isCancelled = moved.status === 'cancelling';
	const stopped = await move(core, attempt, {event: 'stop', at: core.clock.now(), bytes: attempt.bytes});
	if (isCancelled && stopped.ok) await dropBytes(core, attempt.job.id);
	return stopped.ok ? stopped.job?.status : undefined;
};

const move = async (core: Core, attempt: RunningJob, change: Change) => {
	const moved = await untilStored(core, () => core.store.move(attempt.job.id, attempt.token, change));
	if (moved.ok && moved.job !== undefined) {
		attempt.job = moved.job;
		core.events.emit({
			type: 'job',
			at: change.at,
			job: moved.job,
			from: moved.from,
			to: moved.job.status,
			...(change.error === undefined ? {} : {error: change.error}),
		});
	}

	core.touch('state');
	return moved;
};

/** Takes away what a cancelled or removed job has on the disk. */
export const dropBytes = async (core: Core, id: JobId): Promise<void> => {
	const bytes = await core.finisher.sizeOf(id);
	await core.finisher.clear(id);
	core.disk.wrote(-bytes);
};

/** Ends the running attempt of a job; what becomes of it is decided when the provider has stopped. */
export const stopAttempt = (core: Core, id: JobId, job?: Job): void => {
	const attempt = core.live.running.get(id);
	if (attempt === undefined) return;
	if (job !== undefined) attempt.job = job;
	attempt.abort.abort();
};
