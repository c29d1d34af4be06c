import {readdirSync, readFileSync} from 'node:fs';
import {readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';

/** Figures of one moment, by name. Sizes in MB, instants in milliseconds. */
export type Sample = {readonly at: number; readonly [key: string]: number};

const megabyte = 1e6;

/** What /proc says about a process: resident memory, open files, children. */
export const sampleProcess = (name: string, pid: number): Readonly<Record<string, number>> => {
	try {
		const status = readFileSync(`/proc/${pid}/status`, 'utf8');
		const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).length;
		return {
			[`${name}Rss`]: (Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024) / megabyte,
			[`${name}Fds`]: readdirSync(`/proc/${pid}/fd`).length,
			[`${name}Children`]: children,
		};
	} catch {
		throw new Error(`the ${name} (pid ${pid}) has gone`);
	}
};

/** What lies in the data directory and in the folder of running jobs. */
export const sampleData = async ({data, storage}: {readonly data: string; readonly storage: string}) => ({
	database: (await sizeOf(join(data, 'tidegate.db'))) / megabyte,
	wal: (await sizeOf(join(data, 'tidegate.db-wal'))) / megabyte,
	logs: await countIn(join(data, 'logs')),
	directories: await countIn(join(storage, '.tidegate')),
});

const sizeOf = async (path: string): Promise<number> => {
	try {
		return (await stat(path)).size;
	} catch {
		return 0;
	}
};

const countIn = async (path: string): Promise<number> => {
	try {
		return (await readdir(path)).length;
	} catch {
		return 0;
	}
};

/** What the probe in the process has written. The heap in MB. */
export const readProbe = async (path: string): Promise<readonly Sample[]> =>
	(await readFile(path, 'utf8'))
		.trim()
		.split('\n')
		.map(line => JSON.parse(line) as Record<string, number>)
		.map(({at = 0, heap = 0, handles = 0, delayP99 = 0, delayMax = 0}) => ({
			at,
			heap: heap / megabyte,
			handles,
			delayP99,
			delayMax,
		}));
