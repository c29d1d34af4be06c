import {mkdir, open, statfs} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {
	addAll,
	auditFiles,
	begin,
	chances,
	createDiskWorld,
	dropDiskWorld,
	end,
	isDone,
	until,
	type DiskWorld,
} from './disk-world.ts';
import {tryMount, unmount} from './mounts.ts';

const megabyte = 1_000_000;

/**
 * A reader takes files away and a writer brings others, around both marks of a real filesystem; in truth the level crosses
 * the pause mark once, and the resume mark for longer than the dwell time once. How often the gate closed and opened, and
 * what was wrong; undefined where mounting is not allowed.
 */
export const runOscillating = async (
	seed: number,
): Promise<{readonly closed: number; readonly opened: number; readonly wrong: readonly string[]} | undefined> => {
	const world = await createDiskWorld({
		chance: chances(seed),
		data: 'data',
		storage: 'storage',
		jobs: 100,
		sizes: [20_000, 20_000],
		disk: [
			'max_concurrent_downloads = 1',
			'stop_below_free_gb = 0.002',
			'pause_below_free_gb = 0.008',
			'resume_above_free_gb = 0.012',
			'resume_dwell_seconds = 2',
			'cache_duration_seconds = 0.1',
		],
	});
	try {
		for (const path of [world.data, world.storage]) await mkdir(path, {recursive: true});
		if (!(await tryMount(['-t', 'tmpfs', '-o', 'size=40m', 'tmpfs', world.storage]))) return undefined;
		const wrong: string[] = [];
		const problem = await addAll(world);
		if (problem !== undefined) wrong.push(problem);
		await begin(world);
		// Above the pause mark all the time.
		await swing(world, 9, 20, 3000);
		if (countOf(world, 'paused') + countOf(world, 'stopped') > 0) wrong.push('closed above the pause mark');
		await setFree(world, 7);
		await until(() => countOf(world, 'paused') > 0, 10_000);
		// Around the pause mark, never above the resume mark; then above it, never for as long as the dwell time.
		await swing(world, 7, 11, 4000);
		await swing(world, 9, 14, 4000);
		if (countOf(world, 'open') > 0) wrong.push('opened before the space had stayed');
		await setFree(world, 25);
		if (!(await until(() => isDone(world)))) wrong.push('stuck');
		await end(world, 'SIGTERM');
		wrong.push(...(await auditFiles(world)));
		return {closed: countOf(world, 'paused') + countOf(world, 'stopped'), opened: countOf(world, 'open'), wrong};
	} finally {
		await end(world, 'SIGKILL');
		await unmount(world.storage);
		await dropDiskWorld(world);
	}
};

/** How often the gate was told to be in this state, but for what it says while it is closed already. */
const countOf = ({told}: DiskWorld, state: string): number => told.split(`Z disk ${state}`).length - 1;

/** From one level of free space to the other and back, in megabytes, a few times a second. */
const swing = async (world: DiskWorld, low: number, high: number, time: number): Promise<void> => {
	const over = performance.now() + time;
	for (let isHigh = false; performance.now() < over; isHigh = !isHigh) {
		await setFree(world, isHigh ? high : low);
		await sleep(300);
	}
};

/** Makes a file so long that this much is free, in megabytes. */
const setFree = async ({storage}: DiskWorld, free: number): Promise<void> => {
	const handle = await open(join(storage, 'filler'), 'a');
	try {
		const {bavail, bsize} = await statfs(storage);
		const more = bavail * bsize - free * megabyte;
		const {size} = await handle.stat();
		if (more > 0) await handle.write(Buffer.alloc(more, 1));
		else await handle.truncate(Math.max(0, size + more));
	} finally {
		await handle.close();
	}
};
