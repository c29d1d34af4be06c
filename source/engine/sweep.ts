import type {Duration, Instant} from '../domain/time.ts';
import type {JobId} from '../domain/job.ts';
import {forgettable, nextLook, safeUntil, type UndoStep} from '../domain/undo.ts';
import {asideOf, bringBytesBack, dropAside} from './aside.ts';
import type {Core} from './core.ts';

/** Forgets what can no longer be undone, and removes what it has set aside. */
export type Sweeper = {
	/** Looks now, and where there is a scheduler that was started, again when a step may have become old. */
	look(): void;
	/** Finishes what a crash has left half done, then looks. Never rejects. */
	start(): Promise<void>;
	/** Resolves when nothing is being swept. */
	settled(): Promise<void>;
	stop(): void;
};

/** How long it waits before it tries again what the store has refused. */
const retryAfter: Duration = 10_000;

export const createSweeper = (core: () => Core): Sweeper => {
	let cancelTimer: (() => void) | undefined;
	let sweeping: Promise<void> | undefined;
	let isAskedAgain = false;
	let isRunning = false;

	const sweep = async (): Promise<void> => {
		do {
			isAskedAgain = false;
			// Where the store cannot be read or written now, it is tried again.
			const nextAt = await sweepOnce(core()).catch(() => core().clock.now() + retryAfter);
			cancelTimer?.();
			cancelTimer = nextAt === undefined || !isRunning ? undefined : core().clock.at(nextAt, look);
		} while (isAskedAgain && isRunning);
		sweeping = undefined;
	};

	const look = (): void => {
		// Who has no scheduler looks when something was done, and sets no timers.
		if (!isRunning && core().settings.isScheduling) return;
		if (sweeping === undefined) sweeping = sweep();
		else isAskedAgain = true;
	};

	return {
		look,
		async start() {
			await settleAsides(core()).catch(() => undefined);
			isRunning = true;
			core().events.on(event => {
				if (event.type === 'gate' && event.gate.state !== 'open') look();
			});
			look();
		},
		async settled() {
			await sweeping;
		},
		stop() {
			isRunning = false;
			cancelTimer?.();
		},
	};
};

/** Returns when to look again. */
const sweepOnce = async (core: Core): Promise<Instant | undefined> => {
	// What becomes old while this goes on is looked at right after it.
	const now = core.clock.now();
	const gone = await core.turns.besideActs(async () => {
		const steps = await core.store.steps.list();
		const expired = forgettable(steps, now);
		for (const {id} of expired) await core.store.steps.expire(id);
		if (isShortOfSpace(core)) await freeSpace(core, steps);
		return expired;
	});
	for (const step of gone) await forget(core, step);
	if (gone.length > 0) core.touch('state');
	return nextLook(await core.store.steps.list(), now);
};

const isShortOfSpace = ({live}: Core): boolean => [...live.volumes.values()].some(({gate}) => gate.state !== 'open');

/** Bytes that are aside make room for others when they have been kept for as long as was promised. */
const freeSpace = async (core: Core, steps: readonly UndoStep[]): Promise<void> => {
	for (const step of steps.filter(one => core.clock.now() >= safeUntil(one))) {
		const jobs = await asideOf(core, step.id);
		if (jobs.length === 0) continue;
		await core.store.steps.forgetBytes(step.id, jobs);
		await dropAside(core, step.id);
	}
};

/** How many jobs are read at once. */
const pageSize = 1000;

/** The rows go last: until then, a crash leaves something that knows of the rest. */
const forget = async (core: Core, step: UndoStep): Promise<void> => {
	if (step.kind === 'remove' && !step.isUndone) await removeLogs(core, step);
	await dropAside(core, step.id);
	await core.store.steps.drop(step.id);
};

const removeLogs = async ({store, log}: Core, {id, jobs}: UndoStep): Promise<void> => {
	const logged = jobs > pageSize ? new Set(await log.kept()) : undefined;
	for (let page: readonly JobId[] = [], after: JobId | undefined; ; after = page.at(-1)) {
		page = await store.steps.jobs(id, pageSize, after);
		for (const job of page) if (logged?.has(job) !== false) await log.remove(job);
		if (page.length < pageSize) return;
	}
};

/** A crash may have come between the rows of an undo and its files, or between the last row of a step and its files. */
const settleAsides = async (core: Core): Promise<void> => {
	const steps = new Map((await core.store.steps.list()).map(step => [step.id, step]));
	for (const id of await core.finisher.asides()) {
		const step = steps.get(id);
		if (step === undefined) await dropAside(core, id);
		else if (step.isUndone) {
			const back = new Set<JobId>();
			for (const job of await asideOf(core, id)) {
				const status = (await core.store.get(job))?.status;
				if (status !== undefined && status !== 'completed' && (status !== 'cancelled' || step.kind === 'remove'))
					back.add(job);
			}

			await bringBytesBack(core, id, job => back.has(job));
		}
	}
};
