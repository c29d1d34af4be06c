import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import type {Duration} from '../domain/time.ts';

/** The environment variable that names the attempt a process belongs to. Children inherit it, whatever group they are in. */
export const attemptVariable = 'TIDEGATE_ATTEMPT';

/** A process that belongs to an attempt. */
export type Survivor = {
	readonly pid: number;
	readonly group: number;
	/** In clock ticks since boot; tells a process from a later one with the same pid. */
	readonly startedAt: string;
};

/**
 * The living processes of an attempt, by the token in their environment and, where given, by their process group.
 * Reads /proc: on systems without one the answer is empty, and process groups alone have to do.
 */
export const findSurvivors = (token: string, group?: number): readonly Survivor[] => {
	const found: Survivor[] = [];
	for (const name of listProcesses()) {
		const pid = Number(name);
		if (pid === process.pid) continue;
		const survivor = readProcess(pid);
		if (survivor !== undefined && (survivor.group === group || hasToken(pid, token))) found.push(survivor);
	}

	return found;
};

export type EndOptions = {
	/** The group that the tool leads, if it is known: its members count even where they changed their environment. */
	readonly group?: number;
	/** How they are asked to end. */
	readonly signal?: NodeJS.Signals;
	/** They are killed when they are still there after this time. */
	readonly killAfter?: Duration;
	/** The group was asked already; a second signal would mean something else to some tools. */
	readonly isGroupAsked?: boolean;
};

/**
 * Ends every process of an attempt: asks, waits, kills. Resolves with the number that could not be ended, which is 0 unless
 * the kernel holds a process (uninterruptible sleep) or it belongs to another user.
 */
export const endSurvivors = async (token: string, options: EndOptions = {}): Promise<number> => {
	const {group, signal = 'SIGTERM', killAfter = 1000, isGroupAsked = false} = options;
	const isUnasked = (survivor: Survivor): boolean => !(isGroupAsked && survivor.group === group);
	const asked = new Set<string>();
	let living = findSurvivors(token, group);
	for (let waited = 0; living.length > 0 && waited < killAfter; waited += pause) {
		for (const survivor of living) {
			if (asked.has(nameOf(survivor))) continue;
			asked.add(nameOf(survivor));
			if (isUnasked(survivor)) send(survivor, signal);
		}

		living = await lookAgain(living, token, group);
	}

	for (let waited = 0; living.length > 0 && waited < killGrace; waited += pause) {
		for (const survivor of living) send(survivor, 'SIGKILL');
		living = await lookAgain(living, token, group);
	}

	return living.length;
};

const pause: Duration = 40;
const killGrace: Duration = 2000;

const nameOf = (survivor: Survivor): string => `${survivor.pid}:${survivor.startedAt}`;

/** Looks at the known ones first, which is cheap; only when they are gone does it look for others. */
const lookAgain = async (
	living: readonly Survivor[],
	token: string,
	group: number | undefined,
): Promise<readonly Survivor[]> => {
	await delay(pause);
	const remaining = living.filter(survivor => readProcess(survivor.pid)?.startedAt === survivor.startedAt);
	return remaining.length > 0 ? remaining : findSurvivors(token, group);
};

const send = (survivor: Survivor, signal: NodeJS.Signals): void => {
	try {
		if (readProcess(survivor.pid)?.startedAt === survivor.startedAt) process.kill(survivor.pid, signal);
	} catch {
		// It ended by itself, or belongs to someone else: the next look tells.
	}
};

const listProcesses = (): readonly string[] => {
	try {
		return readdirSync('/proc').filter(name => /^\d+$/.test(name));
	} catch {
		return [];
	}
};

/** Fields of /proc/PID/stat (proc(5)); undefined when it has ended, also when only its zombie is left. */
const readProcess = (pid: number): Survivor | undefined => {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
		// The name in parentheses may hold blanks and parentheses itself, hence the last one.
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		const [state, , group] = fields;
		const startedAt = fields[19];
		if (state === 'Z' || state === 'X' || startedAt === undefined) return undefined;
		return {pid, group: Number(group), startedAt};
	} catch {
		return undefined;
	}
};

const hasToken = (pid: number, token: string): boolean => {
	try {
		return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes(`${attemptVariable}=${token}`);
	} catch {
		return false;
	}
};
