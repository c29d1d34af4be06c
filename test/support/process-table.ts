import {readdirSync, readFileSync} from 'node:fs';

/** A process as /proc shows it. `token` is that of the attempt it was started for. */
export type TableRow = {
	readonly pid: number;
	readonly parent: number;
	readonly group: number;
	readonly state: string;
	readonly startedAt: string;
	readonly name: string;
	readonly token: string | undefined;
};

/** All processes of this machine that can be read, zombies too. */
export const processTable = (): readonly TableRow[] =>
	readdirSync('/proc')
		.filter(name => /^\d+$/.test(name))
		.flatMap(name => rowOf(Number(name)) ?? []);

const rowOf = (pid: number): TableRow | undefined => {
	try {
		const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
		const end = stat.lastIndexOf(')');
		const fields = stat.slice(end + 2).split(' ');
		return {
			pid,
			name: stat.slice(stat.indexOf('(') + 1, end),
			state: fields[0] ?? '?',
			parent: Number(fields[1]),
			group: Number(fields[2]),
			startedAt: fields[19] ?? '',
			token: tokenOf(pid),
		};
	} catch {
		return undefined;
	}
};

const tokenOf = (pid: number): string | undefined => {
	try {
		const environment = readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0');
		return environment.find(entry => entry.startsWith('TIDEGATE_ATTEMPT='))?.slice('TIDEGATE_ATTEMPT='.length);
	} catch {
		return undefined;
	}
};

/** Remembers the process groups that were seen with one of our tokens, and tells what is left of them. */
export type GroupWatch = {
	look(): void;
	/** How many groups were seen. */
	seen(): number;
	/** Members of those groups that are there now, without zombies. */
	left(): readonly TableRow[];
	stop(): void;
};

/** Looks at the process table now and then. `isOurs` tells the tokens of this run from those of others. */
export const watchGroups = (isOurs: (token: string) => boolean, interval = 150): GroupWatch => {
	const seen = new Map<number, Set<string>>();
	const look = (): void => {
		for (const {group, pid, startedAt, token} of processTable()) {
			if (token === undefined || !isOurs(token)) continue;
			const members = seen.get(group) ?? new Set();
			seen.set(group, members.add(`${pid}:${startedAt}`));
		}
	};

	const timer = setInterval(look, interval);
	return {
		look,
		seen: () => seen.size,
		// By the processes that were seen: the number of a group that has ended is given to somebody else sooner or later.
		left: () =>
			processTable().filter(
				({group, pid, startedAt, state}) => state !== 'Z' && seen.get(group)?.has(`${pid}:${startedAt}`) === true,
			),
		stop: () => clearInterval(timer),
	};
};
