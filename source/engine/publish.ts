import {noCounts, type Counts} from '../domain/batch.ts';
import {breakerPhase} from '../domain/breaker.ts';
import {gateOpensAt, timeToFull} from '../domain/disk-guard.ts';
import {isActive, knownSize, type Job, type JobView} from '../domain/job.ts';
import {explain, holdOfLane, reservedOn} from '../domain/plan.ts';
import {progressOf, speedOf} from '../domain/progress.ts';
import {maskSecrets} from '../domain/text.ts';
import type {ActiveJob, EngineSnapshot, LaneView, UndoView, VolumeView} from '../domain/snapshot.ts';
import type {Duration} from '../domain/time.ts';
import {nextRedo, nextUndo, stepLabel, type UndoStep} from '../domain/undo.ts';
import {limitNow} from './bandwidth.ts';
import type {Core} from './core.ts';
import {worldOf, type RunningJob} from './live.ts';

/** Progress is told at most this often. */
const progressInterval: Duration = 100;

/** Seconds of history that the sparkline shows. */
const historyLength = 60;

export type Publisher = {
	getSnapshot(): EngineSnapshot;
	subscribe(onChange: () => void): () => void;
	touch(kind: 'state' | 'progress'): void;
	/** Called once a second while something runs: moves the history of rates on. */
	tick(): void;
	/** Resolves when what was touched can be seen. */
	flush(): Promise<void>;
};

/** Keeps the snapshot: makes a new one only when something changed, at once for states, ten times a second for progress. */
export const createPublisher = (core: () => Core): Publisher => {
	const listeners = new Set<() => void>();
	let counts: Counts = noCounts;
	let steps: readonly UndoStep[] = [];
	let revision = 0;
	let queueRevision = 0;
	let history: number[] = [];
	let snapshot: EngineSnapshot | undefined;
	let cancelTimer: (() => void) | undefined;
	let building: Promise<void> | undefined;
	let isStateTouched = false;

	const publish = (): void => {
		cancelTimer?.();
		cancelTimer = undefined;
		revision++;
		snapshot = undefined;
		for (const listener of listeners) listener();
	};

	const readState = async (): Promise<void> => {
		while (isStateTouched) {
			isStateTouched = false;
			try {
				counts = await core().store.counts();
				core().live.inLine = counts.queued;
				steps = await core().store.steps.list();
			} catch {
				// The notice about the store says it; the counts stay as they were.
			}

			queueRevision++;
			publish();
		}

		// In the same breath as the last look at the flag: a touch after it begins a new reading.
		building = undefined;
	};

	return {
		getSnapshot() {
			snapshot ??= build(core(), {
				revision,
				queueRevision,
				counts,
				rateHistory: history,
				undo: viewOfStep(nextUndo(steps, core().clock.now())),
				redo: viewOfStep(nextRedo(steps, core().clock.now())),
			});
			return snapshot;
		},
		subscribe(onChange) {
			listeners.add(onChange);
			return () => listeners.delete(onChange);
		},
		touch(kind) {
			if (kind === 'progress') {
				cancelTimer ??= core().clock.at(core().clock.now() + progressInterval, publish);
				return;
			}

			isStateTouched = true;
			building ??= Promise.resolve().then(readState);
		},
		tick() {
			history = [...history, totalRate(core())].slice(-historyLength);
			this.touch('progress');
		},
		async flush() {
			await building;
		},
	};
};

const viewOfStep = (step: UndoStep | undefined): UndoView | undefined =>
	step === undefined ? undefined : {label: stepLabel(step), until: step.until};

const totalRate = ({live, clock}: Core): number => {
	const now = clock.now();
	let rate = 0;
	for (const attempt of live.running.values()) if (!attempt.isSettling) rate += speedOf(attempt.meter, now);
	return Math.round(rate);
};

const build = (
	core: Core,
	kept: Pick<EngineSnapshot, 'revision' | 'queueRevision' | 'counts' | 'rateHistory' | 'undo' | 'redo'>,
): EngineSnapshot => {
	const {clock, live, settings} = core;
	const now = clock.now();
	const rate = totalRate(core);
	const world = worldOf(core, now);
	const volumes = [...live.volumes.values()].map((volume): VolumeView => ({
		...volume,
		reserved: reservedOn(volume.id, world.running),
		timeToFull: volume.level === undefined ? undefined : timeToFull(volume.level, volume.marks, rate),
		fillRate: rate,
		opensAt: gateOpensAt(volume.gate, settings.dwell),
		breakdown: core.disk.breakdown(),
		walkedAt: core.disk.walkedAt?.(),
	}));
	// What the queue itself needs is of interest only where it is not there.
	if (live.data !== undefined && live.data.gate.state !== 'open') {
		volumes.push({...live.data, reserved: 0, timeToFull: undefined, breakdown: undefined});
	}

	const lanes = [...live.lanes.values()].map((lane): LaneView => ({
		id: lane.id,
		provider: lane.provider,
		running: world.running.filter(job => job.lane === lane.id).length,
		limit: lane.limits.maxActive,
		breaker: breakerPhase(lane.breaker, now),
		failures: lane.breaker.failures,
		lastSuccessAt: lane.lastSuccessAt,
		lastFailureAt: lane.lastFailureAt,
		hold: holdOfLane(lane.id, world),
	}));
	return {
		...kept,
		at: now,
		isScheduling: settings.isScheduling,
		isQueuePaused: live.isQueuePaused,
		isStopping: live.isStopping || live.isDraining,
		workers: live.workers,
		limit: limitNow(core),
		// A slot is held a moment longer than its job runs: while its directory is cleared.
		active: [...live.running.values()]
			.filter(attempt => isActive(attempt.job.status))
			.map(attempt => masked({...activeView(attempt, now), volume: core.disk.volume}))
			.toSorted((a, b) => a.slot - b.slot),
		volumes,
		lanes,
		rate,
		resources: core.resources(),
		notices: [
			...live.notices.values(),
			...toolNotices(lanes),
			...core.providers.flatMap(provider => provider.notices?.() ?? []),
		],
		works: core.works.views(),
	};
};

/** Tools that jobs wait for, once for each provider: it may have many lanes. */
const toolNotices = (lanes: readonly LaneView[]): readonly string[] => {
	const missing = lanes.flatMap(({provider, hold}) =>
		hold?.reason === 'tool-missing' ? [`jobs of ${provider} wait: ${hold.detail}`] : [],
	);
	return [...new Set(missing)];
};

/**
 * A job as it is shown. Its address may carry a login or a signature: the queue has to keep those (its database is for this
 * user's eyes only), and nobody has to see them.
 */
const masked = <Shown extends Job>(job: Shown): Shown => ({
	...job,
	source: maskSecrets(job.source),
	identity: maskSecrets(job.identity),
});

const activeView = (attempt: RunningJob, now: number): ActiveJob => ({
	...attempt.job,
	bytes: attempt.bytes,
	total: attempt.total,
	hold: undefined,
	progress: progressOf(attempt.bytes, attempt.total, attempt.isSettling ? 0 : speedOf(attempt.meter, now)),
	slot: attempt.slot,
	phase: attempt.phase,
});

/**
 * Rows of the queue with what only the scheduler knows: why they do not run, and how fast they do. Their addresses are
 * masked unless `hasSecrets`.
 */
export const viewsOf = (core: Core, jobs: readonly Job[], hasSecrets = false): JobView[] => {
	const shown = hasSecrets ? <Row extends Job>(job: Row): Row => job : masked;
	const now = core.clock.now();
	const world = worldOf(core, now);
	return jobs.map(job => {
		const attempt = core.live.running.get(job.id);
		if (attempt !== undefined) return shown(activeView({...attempt, job: {...attempt.job, status: job.status}}, now));
		const isInLine = job.status === 'queued' || job.status === 'waiting';
		return {
			...shown(job),
			hold: isInLine && !core.settings.isScheduling ? {reason: 'no-scheduler'} : explain(job, world),
			progress: progressOf(job.bytes, knownSize(job), 0),
		};
	});
};
