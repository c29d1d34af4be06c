import {mkdir, readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {
	addAll,
	auditFiles,
	begin,
	chances,
	countsOf,
	createDiskWorld,
	dropDiskWorld,
	end,
	isDone,
	until,
	type DiskWorld,
} from './disk-world.ts';
import {tryMount, unmount} from './mounts.ts';

/**
 * The storage is a disk of its own that is pulled out while downloads run, and plugged in again; the scheduler may be
 * started anew in between. What was wrong, in words; undefined where mounting is not allowed.
 */
export const runUnplugged = async (
	seed: number,
	{isRestarted}: {readonly isRestarted: boolean},
): Promise<readonly string[] | undefined> => {
	const chance = chances(seed);
	const world = await createDiskWorld({
		chance,
		data: 'data',
		storage: 'storage',
		jobs: 6,
		sizes: [300_000, 500_000],
		disk: [
			'max_concurrent_downloads = 4',
			'stop_below_free_gb = 0.0002',
			'pause_below_free_gb = 0.0005',
			'resume_above_free_gb = 0.001',
			'resume_dwell_seconds = 0.2',
			'cache_duration_seconds = 0.2',
		],
	});
	const disk = join(world.directory, 'disk');
	const plugIn = (): Promise<boolean> => tryMount(['--bind', disk, world.storage]);
	try {
		for (const path of [disk, world.data, world.storage]) await mkdir(path, {recursive: true});
		if (!(await tryMount(['-t', 'tmpfs', '-o', 'size=32m', 'tmpfs', disk])) || !(await plugIn())) return undefined;
		return await pullOut(world, plugIn, isRestarted, chance);
	} finally {
		await end(world, 'SIGKILL');
		for (const path of [world.storage, disk]) await unmount(path);
		await dropDiskWorld(world);
	}
};

const pullOut = async (
	world: DiskWorld,
	plugIn: () => Promise<boolean>,
	isRestarted: boolean,
	chance: () => number,
): Promise<readonly string[]> => {
	const wrong: string[] = [];
	const expect = (isSo: boolean, what: string): void => {
		if (!isSo) wrong.push(what);
	};

	const problem = await addAll(world);
	expect(problem === undefined, problem ?? '');
	await begin(world);
	await until(() => countsOf(world).downloading > 0);
	await sleep(chance() * 600);
	await unmount(world.storage);
	const isTold = (): boolean => world.engine?.getSnapshot().volumes[0]?.gate.state === 'missing';
	expect(await until(isTold, 10_000), 'nobody says that the volume is missing');
	expect(
		await until(() => world.engine?.getSnapshot().active.length === 0, 10_000),
		'jobs run on though the volume is missing',
	);
	if (isRestarted) {
		await end(world, 'SIGTERM');
		await begin(world);
		expect(await until(isTold, 10_000), 'nobody says that the volume is missing after a start');
	}

	await sleep(500);
	const {rows} = (await world.engine?.list({statuses: ['queued'], limit: 100})) ?? {rows: []};
	expect(rows.length > 0, 'no job waits for the volume');
	for (const {id, hold, attempts} of rows) {
		expect(hold?.reason === 'volume-missing', `job ${id} is held by ${hold?.reason ?? 'nothing'}`);
		expect(attempts === 0, `job ${id} has spent ${attempts} attempts`);
	}

	const strange = await readdir(world.storage);
	expect(strange.length === 0, `written below the mount point: ${strange.join(' ')}`);
	expect(await plugIn(), 'the volume could not be mounted again');
	expect(await until(() => isDone(world)), `stuck: ${JSON.stringify(countsOf(world))}`);
	expect((await end(world, 'SIGTERM')) === 0, 'the scheduler did not end well');
	wrong.push(...(await auditFiles(world)));
	if (wrong.length > 0) wrong.push(`it said: ${world.told.slice(-1500)}`);
	return wrong;
};
