import {existsSync} from 'node:fs';
import {stat, statfs} from 'node:fs/promises';
import {join, resolve, sep} from 'node:path';
import {Worker} from 'node:worker_threads';
import type {Duration, Instant} from '../domain/time.ts';
import type {Level} from '../domain/disk-guard.ts';
import type {Clock, DiskProbe, WalkWatch} from '../engine/ports.ts';
import {freeOf} from './files.ts';
import {openStorageMark} from './volume-marker.ts';
import type {WalkOrder, WalkProgress, WalkResult} from './tree-walk.ts';

export type DiskProbeOptions = {
	/** The storage directory, absolute. */
	readonly path: string;
	/** Trees whose bytes are `used`; those on other filesystems are left out. Default: the storage directory. */
	readonly trees?: readonly string[];
	readonly clock: Clock;
	/** A file in the data directory that remembers the storage over restarts; with it, a new storage folder is created. */
	readonly memory?: string;
	/** Replaces the walk and the look at the filesystem, in tests. */
	readonly walk?: Walk;
	readonly measure?: (path: string) => Promise<Space>;
};

/** Sums trees elsewhere than on the thread that draws. `stop` ends it: the promise rejects then. */
export type Walk = (
	order: WalkOrder,
	onEntries: (entries: number) => void,
) => {readonly result: Promise<WalkResult>; readonly stop: () => Promise<unknown>};

/** Bytes that a filesystem has for us, and in all. */
export type Space = {readonly free: number; readonly total: number};

/** A mount that hangs (NFS whose server is gone) counts as missing after this. */
const patience: Duration = 5000;

/** The probe of the filesystem that a storage directory is on. */
export const createDiskProbe = async (options: DiskProbeOptions): Promise<DiskProbe> => {
	const {path, clock, memory, walk: startWalk = walkInThread, measure = spaceAt} = options;
	const trees = outermost(options.trees ?? [path]);
	const mark = await openStorageMark({path, memory, uniqueName: () => clock.uniqueName()});
	const volume = mark.lastDevice === undefined ? path : String(mark.lastDevice);
	const tally = createTally();
	let isClosed = false;
	let walkedAt: Instant | undefined;
	let stopWalk: (() => Promise<unknown>) | undefined;
	let isGivenUp = false;
	const watches = new Set<WalkWatch>();
	const giveUp = (): void => {
		isGivenUp = true;
		void stopWalk?.();
	};
	const tellEntries = (entries: number): void => {
		for (const {onEntries} of watches) onEntries(entries, mark.lastEntries);
	};

	let looking: Promise<Level | undefined> | undefined;
	const look = async (): Promise<Level | undefined> => {
		try {
			if ((await mark.findDevice()) === undefined) return undefined;
			return {...(await measure(path)), used: tally.used(), at: clock.now()};
		} catch {
			return undefined;
		}
	};

	const walkOnce = async (): Promise<void> => {
		const device = await mark.findDevice();
		if (device === undefined || isClosed) return;
		tally.begin();
		isGivenUp = false;
		tellEntries(0);
		const running = startWalk({trees, device}, tellEntries);
		stopWalk = running.stop;
		try {
			const {breakdown, entries} = await running.result;
			// A disk that was pulled out meanwhile looks empty: the old numbers are nearer to the truth.
			if ((await mark.findDevice()) === device) {
				tally.finish(breakdown);
				walkedAt = clock.now();
				if (entries !== undefined) await mark.noteEntries(entries);
			} else {
				tally.giveUp();
			}
		} catch (error) {
			tally.giveUp();
			if (!isClosed && !isGivenUp) throw error;
		} finally {
			stopWalk = undefined;
		}
	};

	let current: Promise<void> | undefined;
	let next: Promise<void> | undefined;
	const begin = (): Promise<void> => {
		const begun = walkOnce().finally(() => {
			if (current === begun) current = undefined;
		});
		current = begun;
		return begun;
	};

	const walkAfterCurrent = async (): Promise<void> => {
		if (current === undefined) return begin();
		// What was changed just now may lie where the running walk has been already: the next one sees it.
		next ??= current
			.catch(() => undefined)
			.then(() => {
				next = undefined;
				return begin();
			});
		return next;
	};

	return {
		volume,
		path,
		async sample() {
			// One look at a time: each that hangs would hold one of Node's few file threads.
			looking ??= look().finally(() => {
				looking = undefined;
			});
			return within(looking, patience, clock);
		},
		async below(folder) {
			const lookBelow = async (): Promise<{volume: string; free: number; total: number} | undefined> => {
				const at = join(path, folder);
				const [device, {dev}] = await Promise.all([mark.findDevice(), stat(at)]);
				return device === undefined || dev === device ? undefined : {volume: String(dev), ...(await measure(at))};
			};

			return within(
				lookBelow().catch(() => undefined),
				patience,
				clock,
			);
		},
		wrote: tally.wrote,
		async walk(watch) {
			if (isClosed || watch?.signal.aborted === true) return;
			if (watch !== undefined) watches.add(watch);
			watch?.signal.addEventListener('abort', giveUp, {once: true});
			try {
				await walkAfterCurrent();
			} finally {
				watch?.signal.removeEventListener('abort', giveUp);
				if (watch !== undefined) watches.delete(watch);
			}
		},
		breakdown: tally.breakdown,
		walkedAt: () => walkedAt,
		async close() {
			isClosed = true;
			await stopWalk?.();
			await Promise.allSettled([current, next]);
		},
	};
};

/** Looks at free and total space only, at a folder that may be on a filesystem of its own. */
export const createSpaceProbe = ({
	path,
	clock,
}: Pick<DiskProbeOptions, 'path' | 'clock'>): Pick<DiskProbe, 'path' | 'sample'> => {
	let looking: Promise<Level | undefined> | undefined;
	const look = async (): Promise<Level | undefined> => {
		try {
			return {...(await spaceAt(path)), used: undefined, at: clock.now()};
		} catch {
			return undefined;
		}
	};

	return {
		path,
		sample() {
			// One look at a time, as above.
			looking ??= look().finally(() => {
				looking = undefined;
			});
			return within(looking, patience, clock);
		},
	};
};

/**
 * `used`: the sum of the last walk and what was written since that walk BEGAN. A file that was written during the walk
 * may be in both, which lasts until the next walk; none is in neither. What was taken away during the walk is therefore
 * not subtracted from its result.
 */
const createTally = () => {
	let breakdown: Readonly<Record<string, number>> | undefined;
	let walked = 0;
	let since = 0;
	let sinceBegan: number | undefined;
	return {
		used: (): number | undefined => (breakdown === undefined ? undefined : Math.max(0, walked + since)),
		breakdown: () => breakdown,
		wrote(bytes: number): void {
			since += bytes;
			if (sinceBegan !== undefined) sinceBegan += Math.max(0, bytes);
		},
		begin(): void {
			sinceBegan = 0;
		},
		finish(result: Readonly<Record<string, number>>): void {
			breakdown = result;
			walked = Object.values(result).reduce((sum, bytes) => sum + bytes, 0);
			since = sinceBegan ?? 0;
			sinceBegan = undefined;
		},
		giveUp(): void {
			sinceBegan = undefined;
		},
	};
};

/** The trees that lie in no other one, each once, so that no file counts twice. */
const outermost = (trees: readonly string[]): string[] => {
	const all = [...new Set(trees.map(tree => resolve(tree)))];
	return all.filter(
		tree => !all.some(other => tree !== other && tree.startsWith(other.endsWith(sep) ? other : other + sep)),
	);
};

const within = async <Value>(promise: Promise<Value>, time: Duration, clock: Clock): Promise<Value | undefined> => {
	let stop: (() => void) | undefined;
	const late = new Promise<undefined>(done => {
		stop = clock.at(clock.now() + time, () => done(undefined));
	});
	return Promise.race([promise, late]).finally(() => stop?.());
};

/** statfs (14 µs), or check-disk-space (a process) where Node or the filesystem has no statfs. */
const spaceAt = async (path: string): Promise<Space> => {
	try {
		return freeOf(await statfs(path));
	} catch (error) {
		const space = await spaceOf(path);
		if (space === undefined) throw error;
		return space;
	}
};

// check-disk-space 3.4.0 ships an ES module but declares a CommonJS one, so that its default export has the wrong type.
type CheckDiskSpace = {readonly default: (path: string) => Promise<{readonly free: number; readonly size: number}>};

/** Free and total bytes of the filesystem under a path (which need not exist yet), or undefined where nobody can tell. */
export const spaceOf = async (path: string): Promise<Space | undefined> => {
	try {
		const {default: checkDiskSpace} = (await import('check-disk-space')) as unknown as CheckDiskSpace;
		const {free, size} = await checkDiskSpace(path);
		return {free, total: size};
	} catch {
		return undefined;
	}
};

/** The thread's file: beside this one in the sources, beside the bundle or one above its chunks when built. */
const workerFile = (): URL => {
	if (import.meta.url.endsWith('.ts')) return new URL('./tree-walk.ts', import.meta.url);
	const beside = new URL('./tree-walk.js', import.meta.url);
	return existsSync(beside) ? beside : new URL('../tree-walk.js', import.meta.url);
};

const walkInThread: Walk = (order, onEntries) => {
	// Small spaces for what is thrown away at once, which is all that a walk makes: measured over 135,000 files, 40 MB of
	// resident memory instead of 80. Only the inodes of files with several names are kept (100 bytes each).
	const worker = new Worker(workerFile(), {
		workerData: {walk: order},
		execArgv: [],
		resourceLimits: {maxYoungGenerationSizeMb: 2},
	});
	const result = new Promise<WalkResult>((done, fail) => {
		worker.on('message', (message: WalkResult | WalkProgress) => {
			if ('breakdown' in message) done(message);
			else onEntries(message.entries);
		});
		worker.once('error', fail);
		worker.once('exit', () => fail(new Error('measuring the storage tree was stopped')));
	});
	return {result, stop: () => worker.terminate()};
};
