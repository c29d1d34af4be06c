import {readFileSync, readlinkSync, realpathSync} from 'node:fs';
import {basename} from 'node:path';
import {isOwnerAlive, listProcesses, readProcess, tokenOf} from './survivors.ts';

/** A living process that runs a script in a folder. */
export type ForeignRun = {
	readonly pid: number;
	/** In clock ticks since boot. */
	readonly startedAt: string;
	/** A tidegate has started it: one that lives, or one that is gone. */
	readonly owner: 'nobody' | 'living' | 'gone';
};

/**
 * Who runs a script of this name with the folder as the working directory, whoever started it. Reads /proc: on systems
 * without one, and of processes of other users, nothing is found.
 */
export const runsIn = (directory: string, script: string): readonly ForeignRun[] => {
	const home = realPath(directory);
	if (home === undefined) return [];
	return listProcesses().flatMap(name => {
		const pid = Number(name);
		if (pid === process.pid || workingDirectory(pid) !== home) return [];
		if (!argumentsOf(pid).some(argument => basename(argument) === script)) return [];
		const found = readProcess(pid);
		if (found === undefined) return [];
		const token = tokenOf(pid);
		const owner = token === undefined ? 'nobody' : isOwnerAlive(token) ? 'living' : 'gone';
		return [{pid, startedAt: found.startedAt, owner}];
	});
};

const realPath = (path: string): string | undefined => {
	try {
		return realpathSync(path);
	} catch {
		return undefined;
	}
};

const workingDirectory = (pid: number): string | undefined => {
	try {
		return readlinkSync(`/proc/${pid}/cwd`);
	} catch {
		return undefined;
	}
};

const argumentsOf = (pid: number): readonly string[] => {
	try {
		return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
	} catch {
		return [];
	}
};
