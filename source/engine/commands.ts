import {assertNever} from '../domain/assert-never.ts';
import {jobStatuses, type Job, type JobId} from '../domain/job.ts';
import {cleanText, maskSecrets, shorten} from '../domain/text.ts';
import {isLegal, type JobEvent} from '../domain/transitions.ts';
import {admit, problemOfPriority} from './admit.ts';
import type {Core} from './core.ts';
import {dropBytes, stopAttempt} from './conclude.ts';
import type {CommandResult, EngineCommand, JobFilter, Refusal, Selection} from './ports.ts';
import {leastWorkers, mostWorkers} from './settings.ts';

/** Jobs that are changed in one transaction. */
const chunkSize = 1000;

/** What the commands need beyond the core. */
export type CommandContext = Core & {
	readonly setWorkers: (count: number) => void;
	readonly measureDisk: () => Promise<void>;
	readonly sampleDisk: () => Promise<void>;
};

/** Carries out a command. Refusals are answers; a store that fails is one too. */
export const execute = async (core: CommandContext, command: EngineCommand): Promise<CommandResult> => {
	try {
		return await dispatch(core, command);
	} catch (error) {
		const message = error instanceof Error ? error.message : String(error);
		return {ok: false, code: 'store-failed', message: `the queue could not be changed: ${message}`};
	} finally {
		core.touch('state');
		core.wake();
	}
};

const done = (changed: readonly JobId[] = [], refused: readonly Refusal[] = []): CommandResult => ({
	ok: true,
	changed,
	refused,
});

const dispatch = async (core: CommandContext, command: EngineCommand): Promise<CommandResult> => {
	switch (command.type) {
		case 'add':
			return add(core, command);
		case 'pause':
		case 'resume':
		case 'retry':
		case 'cancel':
		case 'remove':
			return act(core, command.type, command.selection);
		case 'pause-queue':
		case 'resume-queue':
			return pauseQueue(core, command.type === 'pause-queue');
		case 'prioritise': {
			const problem = problemOfPriority(command.priority);
			if (problem !== undefined) return {ok: false, code: 'bad-request', message: problem};
			const {changed, refused} = await core.store.prioritise(command.ids, command.priority);
			return done(changed, refused);
		}

		case 'reorder': {
			const {changed, refused} = await core.store.reorder(command.ids, command.place);
			return done(changed, refused);
		}

		case 'set-workers':
			return setWorkers(core, command.count);
		case 'measure-disk':
			await core.measureDisk();
			return done();
		case 'cancel-work':
			return core.works.cancel(command.id)
				? done()
				: {ok: false, code: 'refused', message: 'that has ended already, or cannot be stopped'};
		case 'wake':
			// Where nothing runs, nobody else looks.
			if (!core.settings.isScheduling) await core.sampleDisk();
			return done();
		default:
			return assertNever(command);
	}
};

const add = async (core: CommandContext, command: Extract<EngineCommand, {type: 'add'}>): Promise<CommandResult> => {
	const {jobs, bad} = admit(command.requests, core.providers, core.settings.maxAttempts);
	if (bad.length > 0 && command.skipBad !== true) {
		const what = bad.length === 1 ? '1 source' : `${bad.length} sources`;
		return {ok: false, code: 'bad-request', message: `${what} cannot be added; nothing was added`, bad};
	}

	const added = await core.store.add({title: batchTitle(command.batch), jobs}, core.clock.now());
	core.events.emit({type: 'added', at: core.clock.now(), count: added.ids.length});
	const duplicates = added.duplicates.map(duplicate => ({...duplicate, source: maskSecrets(duplicate.source)}));
	return {ok: true, changed: added.ids, refused: [], duplicates, bad};
};

const longestBatchTitle = 500;

/** Titles that look the same are the same batch, however Unicode writes their letters; one that says nothing is none. */
export const batchTitle = (title: string | undefined): string | undefined =>
	title === undefined ? undefined : shorten(cleanText(title), longestBatchTitle) || undefined;

type PersonsEvent = Extract<JobEvent, 'pause' | 'resume' | 'retry' | 'cancel' | 'remove'>;

const act = async (core: CommandContext, event: PersonsEvent, selection: Selection): Promise<CommandResult> => {
	const changed: JobId[] = [];
	const refused: Refusal[] = [];
	for await (const ids of chunksOf(core, event, selection)) {
		// The store may answer at once: what runs gets its turn between two chunks.
		if (changed.length + refused.length > 0) await new Promise(resolve => setImmediate(resolve));
		// The bytes of what is cancelled go: if it is retried, it begins anew.
		const kept = event === 'cancel' ? {bytes: 0} : {};
		const moved = await core.store.moveMany(ids, {event, at: core.clock.now(), ...kept});
		for (const job of moved.changed) {
			changed.push(job.id);
			follow(core, event, job);
		}

		// Attempts end first: removing the bytes of a thousand jobs takes a moment.
		await giveUp(
			core,
			event,
			moved.changed.filter(({status}) => event === 'remove' || status === 'cancelled'),
		);

		if (event === 'remove') {
			for (const job of moved.changed)
				core.events.emit({type: 'job', at: core.clock.now(), job, from: job.status, to: 'removed'});
		}

		refused.push(...moved.refused);
	}

	return done(changed, refused);
};

/** What a person's event means beyond the store: running attempts end. */
const follow = (core: Core, event: PersonsEvent, job: Job): void => {
	if (event === 'remove') return;
	core.events.emit({type: 'job', at: core.clock.now(), job, from: job.status, to: job.status});
	if (event === 'pause' || event === 'cancel') stopAttempt(core, job.id, job);
};

/** Directories that are removed at once: enough to keep a slow disk busy, few enough to leave threads to the downloads. */
const clearedAtOnce = 8;

/** Bytes of jobs that are given up go, and nothing stays of those that are removed. */
const giveUp = async (core: Core, event: PersonsEvent, jobs: readonly Job[]): Promise<void> => {
	for (const {id} of jobs) core.live.leaving.add(id);
	const inLine = jobs.values();
	const clearNext = async (): Promise<void> => {
		for (const {id} of inLine) {
			await dropBytes(core, id);
			if (event === 'remove') await core.log.remove(id);
			core.live.leaving.delete(id);
		}
	};

	await Promise.all(Array.from({length: clearedAtOnce}, clearNext));
};

/** Ids in chunks. A filter takes in only jobs that the event is legal for: "pause all" is not refused by what has ended. */
const chunksOf = async function* (core: Core, event: JobEvent, selection: Selection): AsyncGenerator<readonly JobId[]> {
	if ('ids' in selection) {
		for (let from = 0; from < selection.ids.length; from += chunkSize)
			yield selection.ids.slice(from, from + chunkSize);
		return;
	}

	const wanted = selection.filter.statuses ?? jobStatuses;
	const filter: JobFilter = {...selection.filter, statuses: wanted.filter(status => isLegal(status, event))};
	if (filter.statuses?.length === 0) return;
	let after: JobId | undefined;
	for (;;) {
		const ids = await core.store.ids(filter, chunkSize, after);
		if (ids.length === 0) return;
		after = ids.at(-1);
		yield ids;
		if (ids.length < chunkSize) return;
	}
};

const pauseQueue = async (core: Core, isPaused: boolean): Promise<CommandResult> => {
	await core.store.writeSetting('queue-paused', isPaused ? 'yes' : 'no');
	core.live.isQueuePaused = isPaused;
	core.events.emit({type: 'queue', at: core.clock.now(), isPaused});
	return done();
};

const setWorkers = (core: CommandContext, count: number): CommandResult => {
	if (!Number.isInteger(count) || count < leastWorkers || count > mostWorkers) {
		const message = `workers must be a whole number from ${leastWorkers} to ${mostWorkers}, not ${count}`;
		return {ok: false, code: 'bad-request', message};
	}

	core.live.workers = count;
	core.setWorkers(count);
	return done();
};
