import {readdirSync, readFileSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import type {Duration} from '../domain/time.ts';

/** A group that nobody could wake again (its shell is gone) is not stopped by the kernel; this is how long that is waited for. */
const stopPatience: Duration = 300;
/** `fg` sends no signal to a process that `bg` has let go on; so it looks. */
const lookAgainAfter: Duration = 250;

/**
 * Stops this process and its group as Ctrl-Z does, and the tools that it has started, which have groups of their own: while
 * nobody looks at the disk and at what they say, they must not go on. Resolves when the process has the terminal again;
 * where it goes on in the background before that, the tools go on with it.
 */
export const stopUntilForeground = async (): Promise<void> => {
	const groups = groupsOfChildren();
	for (const group of groups) signalGroup(group, 'SIGSTOP');
	await stopOwnGroup();
	for (const group of groups) signalGroup(group, 'SIGCONT');
	while (!isInForeground()) await delay(lookAgainAfter);
};

const stopOwnGroup = (): Promise<void> =>
	new Promise(resolve => {
		const goOn = (): void => {
			process.off('SIGCONT', goOn);
			clearTimeout(timer);
			resolve();
		};
		const timer = setTimeout(goOn, stopPatience);
		process.on('SIGCONT', goOn);
		process.kill(0, 'SIGTSTP');
	});

const signalGroup = (group: number, signal: NodeJS.Signals): void => {
	try {
		process.kill(-group, signal);
	} catch {
		// It has ended.
	}
};

type Entry = {readonly parent: number; readonly group: number; readonly foreground: number};

/** Fields of /proc/PID/stat (proc(5)); undefined where there is none. */
const entryOf = (pid: number | 'self'): Entry | undefined => {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
		// The name in parentheses may hold blanks and parentheses itself, hence the last one.
		const [, parent, group, , , foreground] = stat
			.slice(stat.lastIndexOf(')') + 2)
			.split(' ')
			.map(Number);
		if (parent === undefined || group === undefined || foreground === undefined) return undefined;
		return {parent, group, foreground};
	} catch {
		return undefined;
	}
};

/** Whether the terminal belongs to this process's group; where nobody can tell, it does. */
const isInForeground = (): boolean => {
	const self = entryOf('self');
	return self === undefined || self.foreground <= 0 || self.group === self.foreground;
};

/** Process groups below this process that are not its own. */
const groupsOfChildren = (): readonly number[] => {
	const own = entryOf('self');
	if (own === undefined) return [];
	const entries = new Map<number, Entry>();
	for (const name of readdirSync('/proc')) {
		const entry = /^\d+$/.test(name) ? entryOf(Number(name)) : undefined;
		if (entry !== undefined) entries.set(Number(name), entry);
	}

	const isBelow = (pid: number): boolean => {
		const seen = new Set<number>();
		for (let at = entries.get(pid)?.parent; at !== undefined && !seen.has(at); at = entries.get(at)?.parent) {
			if (at === process.pid) return true;
			seen.add(at);
		}

		return false;
	};

	const below = [...entries].filter(([pid, {group}]) => group !== own.group && isBelow(pid));
	return [...new Set(below.map(([, {group}]) => group))];
};
