import PQueue from 'p-queue';
import {waitsForItself} from '../domain/hold.ts';
import type {Job} from '../domain/job.ts';
import {explain, holdOfLane, holdOfQueue, imagine, plan, type Plan, type World} from '../domain/plan.ts';
import {earliest, type Instant} from '../domain/time.ts';
import type {Core} from './core.ts';
import {laneOf, pruneLanes, worldOf} from './live.ts';
import {stopAttempt} from './conclude.ts';
import {perform, reserve} from './perform.ts';

/** Jobs of a lane that are read at once. */
const pageSize = 64;

/** Pages of a lane that one turn reads at most, when all jobs so far are held for reasons of their own. */
const mostPages = 32;

export type Scheduler = {
	/** Looks at the world again, soon. */
	wake(): void;
	/** Starts jobs without asking the plan: only for what has to be finished and fetches nothing. */
	startAtOnce(jobs: readonly Job[]): void;
	/** The worker limit changed. */
	setWorkers(count: number): void;
	/** Nothing runs, and nothing will without a person: also when the queue is empty. */
	isIdle(): Promise<boolean>;
	/** Resolves when no attempt runs and no turn is under way. */
	settled(): Promise<void>;
	stop(): void;
};

/** What the scheduler asks of its surroundings. */
export type Surroundings = {
	/** Makes sure that the level is not older than a sample may be. */
	readonly freshenLevel: () => Promise<void>;
	readonly onTurn: () => void;
};

/** Runs turns: gather the world, plan, carry out, set one timer. Woken by whoever changes something; nothing polls. */
export const createScheduler = (core: Core, {freshenLevel, onTurn}: Surroundings): Scheduler => {
	const workers = new PQueue({concurrency: core.live.workers});
	let turning: Promise<void> | undefined;
	let isAskedAgain = false;
	let isStopped = false;
	let cancelTimer: (() => void) | undefined;

	const turn = async (): Promise<void> => {
		do {
			isAskedAgain = false;
			await freshenLevel();
			const world = worldOf(core.live, core.settings, core.disk.volume, core.clock.now());
			const candidates = await gather(core, world);
			// Reading took a moment: decide on the world as it is now.
			const current = worldOf(core.live, core.settings, core.disk.volume, core.clock.now());
			core.live.isShortOfRoom = candidates.some(job => explain(job, current)?.reason === 'no-room');
			const decided = plan(current, candidates);
			carryOut(decided);
			// Counted from the instant of the reading: what became due since then was not among the candidates.
			setTimer(earliest(decided.wakeAt, await core.store.nextRetryAt(world.now)));
		} while (isAskedAgain && !isStopped);
	};

	const start = (job: Job): void => {
		const attempt = reserve(core, job);
		void workers.add(() => perform(core, attempt));
	};

	const carryOut = ({decisions}: Plan): void => {
		for (const decision of decisions) {
			switch (decision.type) {
				case 'start':
					start(decision.job);
					break;
				case 'yield':
					core.log.write(decision.id, `stopped for now: ${decision.detail}`);
					stopAttempt(core, decision.id);
					break;
			}
		}
	};

	const setTimer = (wakeAt: Instant | undefined): void => {
		cancelTimer?.();
		cancelTimer = wakeAt === undefined || isStopped ? undefined : core.clock.at(wakeAt, wake);
	};

	const run = async (): Promise<void> => {
		try {
			await turn();
		} catch (error) {
			// The store could not be read; nothing was decided. Try again when it may be back.
			core.events.emit({type: 'notice', at: core.clock.now(), text: `the queue cannot be read: ${String(error)}`});
			setTimer(core.clock.now() + 1000);
		}

		turning = undefined;
		// Between the end of the last turn and now somebody may have asked for another one.
		if (isAskedAgain) wake();
		onTurn();
	};

	const wake = (): void => {
		if (isStopped) return;
		if (turning === undefined) turning = run();
		else isAskedAgain = true;
	};

	return {
		wake,
		startAtOnce(jobs) {
			for (const job of jobs) start(job);
		},
		setWorkers(count) {
			workers.concurrency = count;
		},
		async isIdle() {
			const isBusy = (): boolean => turning !== undefined || core.live.running.size > 0;
			return !isBusy() && !(await hasPatientJob(core)) && !isBusy();
		},
		async settled() {
			await turning;
			await workers.onIdle();
		},
		stop() {
			isStopped = true;
			cancelTimer?.();
		},
	};
};

/** Jobs next in line of every lane that is not held: enough of each to fill all workers. */
const gather = async (core: Core, world: World): Promise<readonly Job[]> => {
	if (holdOfQueue(world) !== undefined) return [];
	// With one volume, a closed gate holds everything.
	if ([...world.volumes.values()].every(({gate}) => gate.state !== 'open')) return [];
	const gathered: Job[] = [];
	const loads = await core.store.lanes();
	pruneLanes(
		core.live,
		loads.map(({lane}) => lane),
		world.now,
	);
	for (const load of loads) {
		const lane = laneOf(core.live, core.settings, load.lane, load.provider);
		// As if the jobs that are found were started: one that takes the room of the next must not end the search.
		const imagined = imagine({...world, lanes: new Map([[lane.id, lane]])});
		if (holdOfLane(lane.id, imagined) !== undefined) continue;
		for await (const job of inLine(core, lane.id, world.now)) {
			// It may be on its way to its claim, or its directory on its way out.
			if (core.live.running.has(job.id) || core.live.leaving.has(job.id)) continue;
			gathered.push(job);
			if (explain(job, imagined) === undefined) imagined.start(job);
			if ((holdOfQueue(imagined) ?? holdOfLane(lane.id, imagined)) !== undefined) break;
		}
	}

	return gathered;
};

const inLine = async function* (core: Core, lane: string, now: Instant): AsyncGenerator<Job> {
	let after: number | undefined;
	for (let page = 0; page < mostPages; page++) {
		const jobs = await core.store.candidates(lane, pageSize, now, after);
		yield* jobs;
		if (jobs.length < pageSize) return;
		after = jobs.at(-1)?.order;
	}
};

/** Whether some job in line will start by itself when time passes or space comes back. */
const hasPatientJob = async (core: Core): Promise<boolean> => {
	const now = core.clock.now();
	if (core.live.isQueuePaused || core.live.isStopping || core.live.isDraining) return false;
	if ((await core.store.nextRetryAt(now)) !== undefined) return true;
	const world = worldOf(core.live, core.settings, core.disk.volume, now);
	for (const {lane} of await core.store.lanes()) {
		for await (const job of inLine(core, lane, now)) {
			const hold = explain(job, world);
			if (hold === undefined || waitsForItself(hold)) return true;
		}
	}

	return false;
};
