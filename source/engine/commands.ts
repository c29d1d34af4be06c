import {assertNever} from '../domain/assert-never.ts';
import {leastRate} from '../domain/bandwidth.ts';
import {act} from './act.ts';
import {add} from './add.ts';
import {problemOfPriority} from './admit.ts';
import {regulateSpeeds} from './bandwidth.ts';
import type {Core} from './core.ts';
import type {CommandResult, EngineCommand} from './ports.ts';
import {prioritise, reorder} from './order.ts';
import {reload} from './reload.ts';
import {asStep, redo, undo} from './undo.ts';
import {upgrade} from './upgrade.ts';
import {leastWorkers, mostWorkers, type EngineSettings} from './settings.ts';

/** What the commands need beyond the core. */
export type CommandContext = Core & {
	readonly setWorkers: (count: number) => void;
	/** False where it was stopped. */
	readonly measureDisk: () => Promise<boolean>;
	readonly sampleDisk: () => Promise<void>;
	readonly replaceSettings: (settings: EngineSettings) => void;
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
		core.wake('queue');
	}
};

const done = (): CommandResult => ({ok: true, changed: [], refused: []});

const dispatch = async (core: CommandContext, command: EngineCommand): Promise<CommandResult> => {
	switch (command.type) {
		case 'add':
			return add(core, command);
		case 'upgrade':
			return upgrade(core, command);
		case 'pause':
		case 'resume':
			return act(core, command.type, command.selection);
		case 'retry':
		case 'cancel':
		case 'remove':
			return asStep(core, {kind: command.type, continues: command.continues === true}, step =>
				act(core, command.type, command.selection, step),
			);
		case 'undo':
			return undo(core);
		case 'redo':
			return redo(core);
		case 'pause-queue':
		case 'resume-queue':
			return pauseQueue(core, command.type === 'pause-queue');
		case 'prioritise': {
			const problem = problemOfPriority(command.priority);
			if (problem !== undefined) return {ok: false, code: 'bad-request', message: problem};
			return asStep(core, {kind: 'prioritise', detail: String(command.priority)}, step =>
				prioritise(core, command.ids, command.priority, step),
			);
		}

		case 'reorder':
			return asStep(core, {kind: 'reorder'}, step => reorder(core, command.ids, command.place, step));
		case 'set-workers':
			return setWorkers(core, command.count);
		case 'set-limit':
			return setLimit(core, command.rate);
		case 'measure-disk':
			return (await core.measureDisk()) ? done() : {ok: true, changed: [], refused: [], isStopped: true};
		case 'cancel-work':
			return core.works.cancel(command.id)
				? done()
				: {ok: false, code: 'refused', message: 'that has ended already, or cannot be stopped'};
		case 'wake':
			// Where nothing runs, nobody else looks.
			if (!core.settings.isScheduling) await core.sampleDisk();
			return done();
		case 'reload':
			return reload(core);
		default:
			return assertNever(command);
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

const setLimit = (core: Core, rate: number | null | undefined): CommandResult => {
	if (typeof rate === 'number' && !(rate >= leastRate && Number.isFinite(rate))) {
		return {
			ok: false,
			code: 'bad-request',
			message: `the limit must be at least ${leastRate} bytes a second, not ${rate}`,
		};
	}

	core.live.limit = rate === undefined ? 'configured' : {rate: rate ?? undefined};
	regulateSpeeds(core);
	return done();
};
