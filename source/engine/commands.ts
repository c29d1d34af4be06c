import {assertNever} from '../domain/assert-never.ts';
import type {JobId} from '../domain/job.ts';
import {cleanText, maskSecrets, shorten} from '../domain/text.ts';
import {act} from './act.ts';
import {admit, problemOfPriority} from './admit.ts';
import type {Core} from './core.ts';
import type {CommandResult, EngineCommand, Refusal} from './ports.ts';
import {leastWorkers, mostWorkers} from './settings.ts';

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
