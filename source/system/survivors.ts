import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import type {Duration} from '../domain/time.ts';

/** The environment variable that names the attempt a process belongs to. Children inherit it, whatever group they are in. */
export const attemptVariable = 'TIDEGATE_ATTEMPT';

/**
 * Names this process as the owner of attempts: `QUEUE:PID:START:BOOT`, the start in clock ticks since boot. Tokens of
 * attempts begin with it, so that whoever finds a process of an attempt can tell whether its scheduler still lives: pids
 * are used again, but not with the same start in the same boot.
 */
export const ownerName = (queue: string): string =>
	[queue, process.pid, readProcess(process.pid)?.startedAt ?? '', bootId()].join(':');

/** Whether the process that a token names as its owner is there. */
export const isOwnerAlive = (token: string): boolean => {
	const [, pid = '', startedAt = '', boot = ''] = token.split(':');
	return boot === bootId() && startedAt !== '' && readProcess(Number(pid))?.startedAt === startedAt;
};

const bootId = (): string => {
	try {
		return readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
	} catch {
		return '';
	}
};

/**
 * Ends what dead schedulers of a queue have left: every process of these attempts, and of any other one that belongs to the
 * queue and whose owner is gone, such as a daemon or a tool of an attempt that was concluded just before the end. A process
 * that only has the pid of an old one is nobody's. Resolves with the number that could not be ended.
 */
export const endOrphans = async (queue: string, tokens: readonly string[]): Promise<number> => {
	const known = new Set(tokens);
	const isOrphaned = (token: string): boolean =>
		known.has(token) || (token.startsWith(`${queue}:`) && !isOwnerAlive(token));
	return endAll(() => findWith(isOrphaned), {killAfter: orphanGrace});
};

/** What a tool needs to write down how far it is; all of them are asked at the same time. */
const orphanGrace: Duration = 1500;

/** A process that belongs to an attempt. */
export type Survivor = {
	readonly pid: number;
	readonly group: number;
	readonly session: number;
	/** In clock ticks since boot; tells a process from a later one with the same pid. */
	readonly startedAt: string;
};

/**
 * The living processes of an attempt, by the token in their environment and, where given, by their process group.
 * Reads /proc: on systems without one the answer is empty, and process groups alone have to do.
 */
export const findSurvivors = (token: string, group?: number): readonly Survivor[] =>
	findWith(found => found === token, group);

const findWith = (isWanted: (token: string) => boolean, group?: number): readonly Survivor[] => {
	const all = listProcesses().flatMap(name => {
		const pid = Number(name);
		const survivor = pid === process.pid ? undefined : readProcess(pid);
		return survivor === undefined ? [] : [survivor];
	});
	const marked = new Set(all.filter(({pid}) => isWanted(tokenOf(pid) ?? '')).map(({pid}) => pid));
	// A process that has overwritten its environment is known by the one that leads its group or session.
	return all.filter(
		one => marked.has(one.pid) || marked.has(one.group) || marked.has(one.session) || one.group === group,
	);
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
export const endSurvivors = (token: string, options: EndOptions = {}): Promise<number> =>
	endAll(() => findSurvivors(token, options.group), options);

const endAll = async (find: () => readonly Survivor[], options: EndOptions): Promise<number> => {
	const {group, signal = 'SIGTERM', killAfter = 1000, isGroupAsked = false} = options;
	const isUnasked = (survivor: Survivor): boolean => !(isGroupAsked && survivor.group === group);
	const asked = new Set<string>();
	let living = find();
	for (let waited = 0; living.length > 0 && waited < killAfter; waited += pause) {
		for (const survivor of living) {
			if (asked.has(nameOf(survivor))) continue;
			asked.add(nameOf(survivor));
			if (isUnasked(survivor)) send(survivor, signal);
		}

		living = await lookAgain(living, find);
	}

	for (let waited = 0; living.length > 0 && waited < killGrace; waited += pause) {
		for (const survivor of living) send(survivor, 'SIGKILL');
		living = await lookAgain(living, find);
	}

	return living.length;
};

const pause: Duration = 40;
const killGrace: Duration = 2000;

const nameOf = (survivor: Survivor): string => `${survivor.pid}:${survivor.startedAt}`;

/** Looks at the known ones first, which is cheap; only when they are gone does it look for others. */
const lookAgain = async (
	living: readonly Survivor[],
	find: () => readonly Survivor[],
): Promise<readonly Survivor[]> => {
	await delay(pause);
	const remaining = living.filter(survivor => readProcess(survivor.pid)?.startedAt === survivor.startedAt);
	return remaining.length > 0 ? remaining : find();
};

const send = (survivor: Survivor, signal: NodeJS.Signals): void => {
	try {
		if (readProcess(survivor.pid)?.startedAt === survivor.startedAt) process.kill(survivor.pid, signal);
	} catch {
		// It ended by itself, or belongs to someone else: the next look tells.
	}
};

/** The ids of all processes that are there. */
export const listProcesses = (): readonly string[] => {
	try {
		return readdirSync('/proc').filter(name => /^\d+$/.test(name));
	} catch {
		return [];
	}
};

/** Fields of /proc/PID/stat (proc(5)); undefined when it has ended, also when only its zombie is left. */
export const readProcess = (pid: number): Survivor | undefined => {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
		// The name in parentheses may hold blanks and parentheses itself, hence the last one.
		const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
		const [state, , group, session] = fields;
		const startedAt = fields[19];
		if (state === 'Z' || state === 'X' || startedAt === undefined) return undefined;
		return {pid, group: Number(group), session: Number(session), startedAt};
	} catch {
		return undefined;
	}
};

/** The attempt that a process belongs to. Of processes of other users the environment cannot be read: they are none of ours. */
export const tokenOf = (pid: number): string | undefined => {
	try {
		const entries = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
		return entries.find(entry => entry.startsWith(`${attemptVariable}=`))?.slice(attemptVariable.length + 1);
	} catch {
		return undefined;
	}
};
