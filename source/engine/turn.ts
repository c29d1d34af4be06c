import PQueue from 'p-queue';
import {waitsForItself} from '../domain/hold.ts';
import type {Job} from '../domain/job.ts';
import {explain, plan, type Decision, type Plan} from '../domain/plan.ts';
import {earliest, type Instant} from '../domain/time.ts';
import type {Core} from './core.ts';
import {createGatherer, othersTurn, type Gatherer} from './gather.ts';
import {worldOf} from './live.ts';
import {stopAttempt} from './conclude.ts';
import {perform, reserve} from './perform.ts';

export type Scheduler = {
	/** Looks at the world again, soon. `queue`: jobs have come into the line or changed their places in it. */
	wake(what?: 'queue'): void;
	/** Starts jobs without asking the plan: only for what has to be finished and fetches nothing. */
	startAtOnce(jobs: readonly Job[]): void;
	/** The worker limit changed. */
	setWorkers(count: number): void;
	/** Nothing runs, and nothing will without a person: also when the queue is empty. */
	isIdle(): Promise<boolean>;
	/** Resolves when no attempt runs and no turn is under way. */
	settled(): Promise<void>;
	/** Asks for a turn; resolves when one that began from now on has ended, however, or no more will follow. */
	turned(): Promise<void>;
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
	const gatherer = createGatherer(core);
	const workers = new PQueue({concurrency: core.live.workers});
	let turning: Promise<void> | undefined;
	let isAskedAgain = false;
	let isStopped = false;
	let dueAt: Instant | undefined;
	let cancelTimer: (() => void) | undefined;

	/** Who waits for a turn that has not begun yet, and who for the one that goes on. */
	const forNext: Array<() => void> = [];
	const forThis: Array<() => void> = [];
	const tellTurned = (): void => {
		for (const tell of forThis.splice(0)) tell();
	};

	const turn = async (): Promise<void> => {
		do {
			isAskedAgain = false;
			tellTurned();
			forThis.push(...forNext.splice(0));
			// What became due since the last reading may belong before what was passed over.
			if (dueAt !== undefined && dueAt <= core.clock.now()) gatherer.forget();
			await freshenLevel();
			const world = worldOf(core, core.clock.now());
			const {jobs: candidates, isCut} = await gatherer.gather(world);
			// Reading took a moment: decide on the world as it is now.
			const current = worldOf(core, core.clock.now());
			core.live.isShortOfRoom =
				gatherer.isShortOfRoom() || candidates.some(job => explain(job, current)?.reason === 'no-room');
			const decided = plan(current, candidates);
			carryOut(decided);
			// Each lane was read as if its own batches were begun; those that were not leave jobs of the others unread.
			const isHalfRead = core.settings.batchLimits?.maxActive !== undefined && decided.decisions.some(isStart);
			// Counted from the instant of the reading: what became due since then was not among the candidates.
			dueAt = await core.store.nextRetryAt(world.now);
			setTimer(earliest(decided.wakeAt, dueAt));
			if (isCut || isHalfRead) {
				isAskedAgain = true;
				await othersTurn();
			}
		} while (isAskedAgain && !isStopped);
	};

	const start = (job: Job): void => {
		if (job.batch !== undefined && core.settings.batchLimits?.maxActive !== undefined) core.live.begun.add(job.batch);
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
		tellTurned();
		// Between the end of the last turn and now somebody may have asked for another one.
		if (isAskedAgain) wake();
		onTurn();
	};

	const wake = (what?: 'queue'): void => {
		if (what === 'queue') gatherer.forget();
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
			return !isBusy() && !(await hasPatientJob(core, gatherer)) && !isBusy();
		},
		async settled() {
			await turning;
			await workers.onIdle();
		},
		turned() {
			return new Promise(resolve => {
				if (isStopped) {
					resolve();
					return;
				}

				forNext.push(resolve);
				wake();
			});
		},
		stop() {
			isStopped = true;
			cancelTimer?.();
			for (const tell of forNext.splice(0)) tell();
		},
	};
};

const isStart = ({type}: Decision): boolean => type === 'start';

/** Whether some job in line will start by itself when time passes or space comes back. */
const hasPatientJob = async (core: Core, gatherer: Gatherer): Promise<boolean> => {
	const now = core.clock.now();
	if (core.live.isQueuePaused || core.live.isStopping || core.live.isDraining) return false;
	if ((await core.store.nextRetryAt(now)) !== undefined) return true;
	if (gatherer.isShortOfRoom()) return true;
	const world = worldOf(core, now);
	for (const {lane} of await core.store.lanes()) {
		for await (const job of gatherer.rest(lane, world)) {
			const hold = explain(job, world);
			if (hold === undefined || waitsForItself(hold)) return true;
		}
	}

	return false;
};
