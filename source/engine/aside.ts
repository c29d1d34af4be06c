import type {JobId} from '../domain/job.ts';
import type {StepId} from '../domain/undo.ts';
import type {Core} from './core.ts';

/*
 * What jobs that were given up have on the disk is moved aside for as long as that can be undone, and counts as used until
 * it is removed. Nothing here rejects: a job is what it is without its bytes.
 */

/** Directories that are moved at once: enough to keep a slow disk busy, few enough to leave threads to the downloads. */
const movedAtOnce = 8;

/** For so many jobs it is quicker to ask for each directory than to list them all. */
const fewJobs = 64;

/** Jobs that are not started until it is ended: something is done with their bytes. */
export type HeldBack = {
	add(jobs: readonly JobId[]): void;
	/** Resolves when whoever held some of them before has ended. */
	earlier(): Promise<void>;
	end(): void;
};

export const holdBack = ({live}: Core): HeldBack => {
	const {promise, resolve} = Promise.withResolvers<void>();
	const held: JobId[] = [];
	const before = new Set<Promise<void>>();
	return {
		add(jobs) {
			for (const id of jobs) {
				const other = live.leaving.get(id);
				if (other !== undefined && other !== promise) before.add(other);
				live.leaving.set(id, promise);
				held.push(id);
			}
		},
		async earlier() {
			await Promise.all(before);
		},
		end() {
			for (const id of held) if (live.leaving.get(id) === promise) live.leaving.delete(id);
			resolve();
		},
	};
};

/** Keeps jobs from being started until the work with their bytes is done. */
export const holdingBack = async <Result>(
	core: Core,
	jobs: readonly JobId[],
	work: () => Promise<Result>,
): Promise<Result> => {
	const held = holdBack(core);
	held.add(jobs);
	try {
		await held.earlier();
		return await work();
	} finally {
		held.end();
	}
};

/** Moves the bytes of many jobs aside, which a step has cancelled or removed. */
export const putAside = async (core: Core, step: StepId, jobs: readonly JobId[]): Promise<void> => {
	const there = jobs.length <= fewJobs ? jobs : await withDirectory(core, new Set(jobs));
	await eachOf(there, id => moveAside(core, id, step));
};

const withDirectory = async ({finisher}: Core, jobs: ReadonlySet<JobId>): Promise<readonly JobId[]> =>
	(await finisher.directories()).filter(id => jobs.has(id));

const moveAside = (core: Core, id: JobId, step: StepId): Promise<unknown> =>
	orLogged(core, id, 'its directory cannot be moved aside', () => core.finisher.setAside(id, step));

/**
 * What a job that has just ended as cancelled has on the disk goes aside with the step that has cancelled it; without one,
 * it goes for good.
 */
export const giveUpBytes = async (core: Core, id: JobId): Promise<void> => {
	const step = await core.store.steps.of(id).catch(() => undefined);
	if (step === undefined) {
		await dropBytes(core, id);
		return;
	}

	// What the attempt has told last may be a moment old.
	await orLogged(core, id, 'its directory cannot be measured', async () =>
		core.store.steps.noteBytes(step, id, await core.finisher.sizeOf(id)),
	);
	await moveAside(core, id, step);
};

const dropBytes = (core: Core, id: JobId): Promise<unknown> =>
	orLogged(core, id, 'its directory cannot be measured', async () => {
		const bytes = await core.finisher.sizeOf(id);
		if (await clearDirectory(core, id)) core.disk.wrote(-bytes);
	});

/** Removes the job's private directory. Never rejects; whether it is gone. */
export const clearDirectory = async (core: Core, id: JobId): Promise<boolean> =>
	(await orLogged(core, id, 'its directory cannot be removed', async () => {
		await core.finisher.clear(id);
		return true;
	})) ?? false;

const orLogged = async <Result>(
	core: Core,
	id: JobId,
	what: string,
	work: () => Promise<Result>,
): Promise<Result | undefined> => {
	try {
		return await work();
	} catch (error) {
		core.log.write(id, `${what}: ${String(error)}`);
		return undefined;
	}
};

/** Brings back the bytes of the jobs that are wanted; what else the step has set aside is removed. */
export const bringBytesBack = async (core: Core, step: StepId, isWanted: (id: JobId) => boolean): Promise<void> => {
	const aside = (await asideOf(core, step)).filter(id => isWanted(id));
	await eachOf(aside, id =>
		orLogged(core, id, 'its directory cannot be brought back', () => core.finisher.bringBack(id, step)),
	);
	await dropAside(core, step);
};

/** Jobs whose bytes the step has set aside; none where nobody can look. */
export const asideOf = ({finisher}: Core, step: StepId): Promise<readonly JobId[]> =>
	finisher.aside(step).catch(() => []);

/** Removes what a step has set aside. */
export const dropAside = async (core: Core, step: StepId): Promise<void> => {
	try {
		const bytes = await core.finisher.sizeAside(step);
		await core.finisher.dropAside(step);
		core.disk.wrote(-bytes);
	} catch {
		// It is tried again at the next start.
	}
};

const eachOf = async <Item>(items: readonly Item[], work: (item: Item) => Promise<unknown>): Promise<void> => {
	const inLine = items.values();
	const next = async (): Promise<void> => {
		for (const item of inLine) await work(item);
	};

	await Promise.all(Array.from({length: Math.min(movedAtOnce, items.length)}, next));
};
