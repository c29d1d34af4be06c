import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import type {JobId} from '../../source/domain/job.ts';
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
	isOpen,
	isRunning,
	until,
	type DiskWorld,
} from './disk-world.ts';
import {fillUp, freeUp} from './full-disk.ts';
import {tryMount, unmount} from './mounts.ts';

/** What is full: the storage, the data folder, one filesystem with both, or only the folder of the logs. */
export const places = ['storage', 'data', 'both', 'logs'] as const;
export type Place = (typeof places)[number];

/** What happens to the scheduler while the disk is full. */
export const fates = ['lives', 'is stopped and started', 'is killed and started'] as const;

export type DiskRun = {
	readonly seed: number;
	readonly place: Place;
	readonly fate: (typeof fates)[number];
	/** What was not as it must be, in words; nothing where all was right. */
	readonly wrong: readonly string[];
	/** From the moment when space was back until jobs ran again, in milliseconds; undefined where none had waited. */
	readonly goneOnAfter: number | undefined;
	/** How long the level must stay above the resume mark, in milliseconds. */
	readonly dwell: number;
	/** Changes of state that were written while the data folder had no byte left. */
	readonly writtenAtZero: number;
	/** Attempts that were ended by the full disk. */
	readonly stopped: number;
	/** Bytes of the built-in provider's files, and how many more than those the server has sent. */
	readonly fetched: number;
	readonly fetchedAgain: number;
};

const jobCount = 8;
const sizes: Record<Place, string> = {storage: '12m', data: '28m', both: '40m', logs: '1m'};

/**
 * One run: the built program downloads with two providers; at a moment of chance a real filesystem is filled to its last
 * byte, for a while, and emptied again. Undefined where mounting is not allowed.
 */
export const runFullDisk = async (seed: number, place: Place): Promise<DiskRun | undefined> => {
	const chance = chances(seed);
	const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(chance() * values.length)] as Value;
	const dwell = pick([200, 500, 1000]);
	const world = await createDiskWorld({
		chance,
		data: 'disk/data',
		storage: 'disk/storage',
		jobs: jobCount,
		sizes: [150_000, 500_000],
		disk: [
			'max_concurrent_downloads = 4',
			'stop_below_free_gb = 0.0002',
			'pause_below_free_gb = 0.0005',
			'resume_above_free_gb = 0.001',
			`resume_dwell_seconds = ${dwell / 1000}`,
			`cache_duration_seconds = ${pick([0.1, 1, 5])}`,
		],
	});
	const {data, storage, directory} = world;
	const mounted = {storage, data, both: join(directory, 'disk'), logs: join(data, 'logs')}[place];
	try {
		await mkdir(mounted, {recursive: true});
		if (!(await tryMount(['-t', 'tmpfs', '-o', `size=${sizes[place]}`, 'tmpfs', mounted]))) return undefined;
		for (const path of [data, storage]) await mkdir(path, {recursive: true});
		const fate = chance() < 0.6 ? 'lives' : chance() < 0.6 ? fates[1] : fates[2];
		return {seed, place, fate, dwell, ...(await fillAndFree(world, mounted, {place, fate, chance}))};
	} finally {
		await end(world, 'SIGKILL');
		await unmount(mounted);
		await dropDiskWorld(world);
	}
};

type Seen = Omit<DiskRun, 'seed' | 'place' | 'fate' | 'dwell'>;

const fillAndFree = async (
	world: DiskWorld,
	mounted: string,
	{place, fate, chance}: Pick<DiskRun, 'place' | 'fate'> & {readonly chance: () => number},
): Promise<Seen> => {
	const wrong: string[] = [];
	const expect = (isSo: boolean, what: string): void => {
		if (!isSo) wrong.push(what);
	};

	const problem = await addAll(world);
	expect(problem === undefined, problem ?? '');
	await begin(world);
	await until(() => countsOf(world).downloading > 0 || isDone(world));
	await sleep(chance() * 1500);
	const filledAt = Date.now();
	await fillUp(mounted);
	await sleep(chance() * 300);
	let written = await changeStates(world, wrong);
	if (fate !== 'lives') {
		await end(world, fate === 'is killed and started' ? 'SIGKILL' : 'SIGTERM');
		await fillUp(mounted);
		await begin(world);
	}

	await sleep(chance() * 800);
	written += await changeStates(world, wrong);
	expect(await until(() => isDone(world) || saysWhatIsFull(world, place), 8000), `nobody says that ${place} is full`);
	const rowsAtZero = (await world.engine?.list({limit: 100}))?.rows.length;
	expect(rowsAtZero === jobCount, `${rowsAtZero} of ${jobCount} jobs can be read`);
	const freedAt = Date.now();
	const hadWork = !isDone(world) && !(isRunning(world) && place !== 'both' && place !== 'storage');
	await freeUp(mounted);
	const freed = performance.now();
	expect(await until(() => isDone(world) || (isRunning(world) && isOpen(world))), 'nothing went on');
	const goneOnAfter = hadWork ? performance.now() - freed : undefined;
	expect(await until(() => isDone(world)), `stuck: ${JSON.stringify(world.engine?.getSnapshot().counts)}`);
	const histories = await Promise.all(
		Array.from({length: jobCount}, async (_, index) => (await world.engine?.show((index + 1) as JobId))?.history ?? []),
	);
	const attempts = histories.flat();
	const within = (instant: number | undefined): boolean =>
		instant !== undefined && instant > filledAt + 50 && instant < freedAt;
	written += attempts.filter(({startedAt}) => within(startedAt)).length;
	written += attempts.filter(({endedAt}) => within(endedAt)).length;
	expect((await end(world, 'SIGTERM')) === 0, 'the scheduler did not end well');
	wrong.push(...(await auditFiles(world)));
	const own = [...world.contents].filter(([path]) => path.startsWith('/http-'));
	const fetched = own.reduce((sum, [, {size}]) => sum + size, 0);
	const sent = own.reduce((sum, [path]) => sum + world.server.served(path).bytes, 0);
	if (wrong.length > 0) wrong.push(`it said: ${world.told.slice(-1500)}`);
	return {
		wrong,
		fetched,
		fetchedAgain: sent - fetched,
		goneOnAfter,
		writtenAtZero: place === 'data' || place === 'both' ? written : 0,
		stopped: attempts.filter(({error}) => error?.code === 'disk-full').length,
	};
};

/** What a person does meanwhile: pauses a job and lets it go on. Returns how many changes were accepted. */
const changeStates = async (world: DiskWorld, wrong: string[]): Promise<number> => {
	const {engine} = world;
	const {rows} = (await engine?.list({statuses: ['queued', 'downloading'], limit: 100})) ?? {rows: []};
	const id = rows.at(-1)?.id;
	if (engine === undefined || id === undefined) return 0;
	let count = 0;
	const send = async (type: 'pause' | 'resume'): Promise<boolean> => {
		const result = await engine.send({type, selection: {ids: [id]}});
		if (!result.ok) wrong.push(`${type} was not written: ${result.message}`);
		else if (result.changed.length > 0) count++;
		return !result.ok || result.changed.length > 0;
	};

	await send('pause');
	await until(async () => {
		const status = (await engine.show(id))?.status;
		return status === 'completed' || status === 'finishing' || (status === 'paused' && (await send('resume')));
	}, 10_000);
	return count;
};

/** A closed gate with the path, or a notice with it. Nothing is said of logs before a line is lost. */
const saysWhatIsFull = ({engine, storage, data}: DiskWorld, place: Place): boolean => {
	const {volumes, notices} = engine?.getSnapshot() ?? {volumes: [], notices: []};
	const isStorageTold = volumes.some(({path, gate}) => path === storage && gate.state !== 'open');
	const isDataTold = notices.some(text => text.includes(`the data folder ${data} `));
	const isTold = {storage: isStorageTold, data: isDataTold, both: isStorageTold && isDataTold, logs: true};
	return isTold[place];
};
