import {regulateSpeeds} from './bandwidth.ts';
import type {Core} from './core.ts';
import {limitsOf} from './live.ts';
import type {CommandResult} from './ports.ts';
import type {EngineSettings} from './settings.ts';

/** The configuration, read again: what it says now and what is to be told about that, or why it cannot be used. */
export type Reread =
	| {readonly ok: true; readonly settings: EngineSettings; readonly told: readonly string[]}
	| {readonly ok: false; readonly problems: readonly string[]};

export type ReloadContext = Core & {
	readonly replaceSettings: (settings: EngineSettings) => void;
	readonly setWorkers: (count: number) => void;
	readonly sampleDisk: () => Promise<void>;
};

/** Puts what the configuration says now in force. What cannot be used changes nothing, and says why. */
export const reload = async (core: ReloadContext): Promise<CommandResult> => {
	if (core.reread === undefined || !core.settings.isScheduling) {
		return {ok: false, code: 'no-scheduler', message: 'no scheduler runs that could read its configuration again'};
	}

	const read = await core.reread();
	if (!read.ok) {
		say(core, ['the configuration stays as it was, because the new one is wrong:', ...read.problems]);
		return {ok: false, code: 'bad-request', message: read.problems.join('\n')};
	}

	adopt(core, read.settings);
	say(core, read.told);
	await core.sampleDisk();
	return {ok: true, changed: [], refused: [], told: read.told};
};

const say = ({events, clock}: Core, lines: readonly string[]): void => {
	for (const text of lines) events.emit({type: 'notice', at: clock.now(), text});
};

/** Carries new settings to everything that keeps a part of them. */
const adopt = (core: ReloadContext, after: EngineSettings): void => {
	const {live, settings: before} = core;
	core.replaceSettings(after);
	// A number that a person has set meanwhile gives way only to a new one.
	if (after.workers !== before.workers) {
		live.workers = after.workers;
		core.setWorkers(after.workers);
	}

	for (const lane of live.lanes.values()) {
		live.lanes.set(lane.id, {...lane, limits: limitsOf(after, lane.id, lane.provider)});
	}

	for (const volume of live.volumes.values()) live.volumes.set(volume.id, {...volume, marks: after.marks});
	if (before.batchLimits === undefined && after.batchLimits !== undefined) {
		for (const {job} of live.running.values()) if (job.batch !== undefined) live.begun.add(job.batch);
	}

	regulateSpeeds({...core, settings: after});
};
