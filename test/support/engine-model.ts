import {expect} from 'vitest';
import {jobStatuses, type Job, type JobId, type JobStatus} from '../../source/domain/job.ts';
import type {JobStore, StepJournal} from '../../source/engine/ports.ts';
import {carryOut, setDisk, type Action, type Done} from './engine-actions.ts';
import {createTestEngine, minutes, seconds, type TestEngine} from './test-engine.ts';

const maxAttempts = 2;

const settings = {
	workers: 3,
	maxAttempts,
	retry: {base: 1000, cap: 4000},
	dwell: 2000,
	walkInterval: 5000,
	defaultLane: {maxActive: 3, startInterval: 0, breaker: {threshold: 3, openFor: 10_000}},
};

// ---------------------------------------------------------------- the model

/** What a person last asked for, and was told that it is so. */
type Word = 'go' | 'pause' | 'cancel' | 'remove';

/** Statuses that a job may have when this was the last word about it. */
const possible: Readonly<Record<Word, readonly JobStatus[]>> = {
	go: ['queued', 'starting', 'downloading', 'finishing', 'completed', 'failed'],
	// The file may have been whole before the tool heard of the pause.
	pause: ['pausing', 'paused', 'finishing', 'completed'],
	cancel: ['cancelling', 'cancelled'],
	remove: [],
};

/** Only a person takes a job out of these, and out of `completed` only by removing it. */
const lasting: ReadonlySet<JobStatus> = new Set(['paused', 'completed', 'failed', 'cancelled']);

const wordOf = (verb: Exclude<Done['verb'], 'order' | 'undo' | 'redo'>, isPaused: boolean): Word =>
	verb === 'resume' || verb === 'retry' ? 'go' : verb === 'add' ? (isPaused ? 'pause' : 'go') : verb;

/** An act that can be taken back: what was asked of its jobs before. */
type ModelStep = {readonly verb: 'cancel' | 'remove' | 'retry' | 'order'; readonly before: ReadonlyMap<JobId, Word>};

type Model = {
	readonly words: Map<JobId, Word>;
	/** What lasts, as it was last seen. */
	readonly seen: Map<JobId, JobStatus>;
	readonly completed: Set<JobId>;
	readonly past: ModelStep[];
	readonly future: ModelStep[];
	running: number;
};

const hear = (model: Model, done: Done | undefined): void => {
	if (done?.answer.ok !== true) return;
	const {verb, isPaused} = done;
	const {changed} = done.answer;
	if (verb === 'undo' || verb === 'redo') {
		turnBack(model, verb, changed);
		return;
	}

	const before = new Map(changed.flatMap(id => wordFor(model, id)));
	if (verb !== 'order') for (const id of changed) say(model, id, wordOf(verb, isPaused));
	if (verb === 'add' || verb === 'pause' || verb === 'resume' || changed.length === 0) return;
	model.past.push({verb, before});
	model.future.length = 0;
};

const wordFor = (model: Model, id: JobId): ReadonlyArray<readonly [JobId, Word]> => {
	const word = model.words.get(id);
	return word === undefined ? [] : [[id, word]];
};

const say = (model: Model, id: JobId, word: Word): void => {
	model.words.set(id, word);
	model.seen.delete(id);
};

/** What was asked before counts again for those that came back; what is redone is asked for once more. */
const turnBack = (model: Model, verb: 'undo' | 'redo', changed: readonly JobId[]): void => {
	const step = verb === 'undo' ? model.past.pop() : model.future.pop();
	must(step !== undefined, `there was something to ${verb} that nobody had done`);
	const now = new Map(changed.flatMap(id => wordFor(model, id)));
	// A place in the order says nothing of what becomes of a job.
	for (const id of step.verb === 'order' ? [] : changed) {
		const word = verb === 'redo' && step.verb !== 'order' ? wordOf(step.verb, false) : step.before.get(id);
		must(word !== undefined, `job ${id} came back and had not gone`);
		say(model, id, word);
	}

	if (changed.length === 0) return;
	if (verb === 'undo') model.future.push(step);
	else model.past.push({...step, before: now});
};

/** As `expect`, for what is asked a million times. */
function must(isSo: boolean, otherwise: string): asserts isSo {
	if (!isSo) throw new Error(otherwise);
}

const check = (model: Model, jobs: ReadonlyMap<JobId, Job>, world: TestEngine): void => {
	for (const [id, word] of model.words) {
		const job = jobs.get(id);
		if (word === 'remove' && job === undefined) continue;
		must(job !== undefined && possible[word].includes(job.status), `after ${word} job ${id} is ${job?.status}`);
		must(job.attempts <= maxAttempts, `job ${id} has spent ${job.attempts} attempts`);
		const before = model.seen.get(id);
		must(before === undefined || before === job.status, `job ${id} was ${before} and is ${job.status}`);
		if (lasting.has(job.status)) model.seen.set(id, job.status);
		if (job.status === 'completed') model.completed.add(id);
	}

	must(
		jobs.size === [...model.words.values()].filter(word => word !== 'remove').length,
		'a job has come or gone by itself',
	);
	must(world.provider.seen.doubled.length === 0, `job ${world.provider.seen.doubled[0]} ran twice at once`);
	const {workers} = world.engine.getSnapshot();
	const running = world.provider.running().length;
	must(running <= Math.max(workers, model.running), `${running} run with ${workers} workers`);
	model.running = running;
};

// ---------------------------------------------------------------- what is asked of the engine beside it

/** A store that refuses to write while there is trouble. */
const troubled = (store: JobStore, trouble: {readonly isOn: boolean}): JobStore =>
	new Proxy(store, {
		get(target, key: keyof JobStore) {
			const call = target[key] as unknown as (...args: unknown[]) => Promise<unknown>;
			if (key === 'steps') return troubledJournal(target.steps, trouble);
			const isWrite = /^(claim|move|moveMany|add|saveProgress|writeSetting|prioritise|reorder)$/.test(key);
			if (!isWrite) return call;
			return async (...args: unknown[]) => {
				if (trouble.isOn) throw new Error('database or disk is full');
				return call(...args);
			};
		},
	});

const troubledJournal = (journal: StepJournal, trouble: {readonly isOn: boolean}): StepJournal =>
	new Proxy(journal, {
		get(target, key: keyof StepJournal) {
			const call = target[key] as unknown as (...args: unknown[]) => Promise<unknown>;
			if (key === 'list' || key === 'jobs' || key === 'of') return call;
			return async (...args: unknown[]) => {
				if (trouble.isOn) throw new Error('database or disk is full');
				return call(...args);
			};
		},
	});

const jobsOf = async (store: JobStore): Promise<ReadonlyMap<JobId, Job>> => {
	const {rows} = await store.page({limit: 1000});
	return new Map(rows.map(job => [job.id, job]));
};

/** Nobody who may start is left standing, and the counts are those of the jobs. */
const checkWhyNot = async (world: TestEngine): Promise<void> => {
	const {rows} = await world.engine.list({limit: 1000});
	const forgotten = rows.filter(({status, hold}) => status === 'queued' && hold === undefined);
	must(forgotten.length === 0, `job ${forgotten[0]?.id} may start and does not`);
	const {counts} = world.engine.getSnapshot();
	for (const status of jobStatuses) {
		const found = rows.filter(row => row.status === status).length;
		must(counts[status] === found, `the snapshot says ${counts[status]} ${status}, there are ${found}`);
	}
};

/** When nothing stands in the way any more, everything ends, once, and the engine falls silent. */
const checkEnd = async (world: TestEngine, model: Model): Promise<void> => {
	world.provider.releaseAll();
	await world.send({type: 'resume-queue'});
	await world.clock.advance(seconds(10));
	const resumed = await world.send({type: 'resume', selection: {filter: {}}});
	hear(model, {verb: 'resume', isPaused: false, answer: resumed});
	let isIdle = false;
	void world.engine.untilIdle().then(() => (isIdle = true));
	for (let minute = 0; minute < 15; minute++) {
		// Somebody takes away what is finished: it would fill the disk.
		setDisk(world, 0);
		await world.clock.advance(minutes(1));
	}

	must(isIdle, 'the engine never says that it is idle');
	const jobs = await jobsOf(world.store);
	check(model, jobs, world);
	const ended = new Set<JobStatus>(['completed', 'failed', 'cancelled']);
	// What never heeds its end keeps the job, and its bytes, from a second run until the next start.
	const {rows} = await world.engine.list({limit: 1000});
	const stillEnding = new Set(rows.filter(({hold}) => hold?.reason === 'still-ending').map(({id}) => id));
	const open = [...jobs.values()].filter(({id, status}) => !ended.has(status) && !stillEnding.has(id));
	expect(open.map(({id, status}) => [id, status])).toEqual([]);
	expect(world.finisher.placed()).toHaveLength(model.completed.size);
	expect(world.provider.running()).toEqual([]);
	expect(world.engine.getSnapshot().active).toEqual([]);
	// What can no longer be taken back has left nothing behind; a real store takes a few turns for that.
	const mayHaveBytes = new Set(
		[...jobs.values()].filter(({id, status}) => status === 'failed' || stillEnding.has(id)).map(({id}) => String(id)),
	);
	const left = (): readonly string[] =>
		[...world.finisher.tree.keys()].filter(
			path => path.startsWith('/storage/.tidegate/') && !mayHaveBytes.has(path.split('/')[3] ?? ''),
		);
	for (let turn = 0; turn < 200 && left().length > 0; turn++) await world.clock.settle();
	expect(left()).toEqual([]);
	expect(world.clock.waiting()).toEqual([]);
};

/** Lets a queue in this store live through the actions; throws where it breaks a promise. */
export const live = async (actions: readonly Action[], inner: JobStore): Promise<void> => {
	const trouble = {isOn: false};
	const store = troubled(inner, trouble);
	const world = await createTestEngine({settings, store});
	const model: Model = {words: new Map(), seen: new Map(), completed: new Set(), past: [], future: [], running: 0};
	for (const action of actions) {
		const done = await carryOut(world, action, [...model.words.keys()], trouble);
		hear(model, done);
		check(model, await jobsOf(store), world);
		if (!trouble.isOn) {
			// Whoever waited to write has to have had his turn.
			await world.clock.advance(1000);
			check(model, await jobsOf(store), world);
			await checkWhyNot(world);
		}
	}

	trouble.isOn = false;
	await checkEnd(world, model);
};
