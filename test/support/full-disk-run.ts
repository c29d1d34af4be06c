import {spawn, type ChildProcess} from 'node:child_process';
import {mkdir, mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {contentSha256, startMediaServer, type Content, type MediaServer} from '../../source/demo/media-server.ts';
import type {JobId} from '../../source/domain/job.ts';
import type {Engine} from '../../source/engine/ports.ts';
import {connectEngine} from '../../source/remote/client.ts';
import {programVersion} from '../../source/system/runtime.ts';
import {fillUp, freeUp} from './full-disk.ts';
import {sha256OfFile} from './http-run.ts';
import {tryMount, unmount} from './mounts.ts';
import {auditDatabase} from './queue-audit.ts';
import {program, runTidegate} from './tidegate.ts';

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
	/** Jobs that were stopped by the full disk. */
	readonly stopped: number;
};

const jobCount = 8;
const sizes: Record<Place, string> = {storage: '12m', data: '28m', both: '40m', logs: '1m'};

/** A sequence of chances, 0 up to 1, that is the same for the same seed (mulberry32). */
const chances = (seed: number): (() => number) => {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d_2b_79_f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
};

const configOf = (dwell: number, sampleSeconds: number): string => `[data]
root_dir = "disk/data"
storage_dir = "../storage"
[disk_management]
max_concurrent_downloads = 4
stop_below_free_gb = 0.0002
pause_below_free_gb = 0.0005
resume_above_free_gb = 0.001
resume_dwell_seconds = ${dwell / 1000}
cache_duration_seconds = ${sampleSeconds}
[queue]
max_attempts = 1
[providers.curl]
type = "command"
command = "curl"
args = ["--silent", "--show-error", "--continue-at", "-", "--output", "{directory}/file.bin", "--", "{source}"]
accepts = "/curl-"
max_active = 4
`;

/** The built program in a small world of its own. */
type World = {
	readonly directory: string;
	readonly data: string;
	readonly storage: string;
	/** Where the small filesystem is mounted. */
	readonly mounted: string;
	readonly server: MediaServer;
	readonly contents: ReadonlyMap<string, Content>;
	readonly dwell: number;
	child: ChildProcess | undefined;
	engine: Engine | undefined;
	told: string;
};

const patience = 45_000;

/** Waits until something is so; false where it takes too long. */
const until = async (isSo: () => boolean | Promise<boolean>, time = patience): Promise<boolean> => {
	const end = performance.now() + time;
	while (!(await isSo())) {
		if (performance.now() > end) return false;
		await sleep(20);
	}

	return true;
};

/** Half of the files for the built-in provider, half for curl. */
const contentsFor = (chance: () => number): Map<string, Content> =>
	new Map(
		Array.from({length: jobCount}, (_, index) => [
			`/${index % 2 === 0 ? 'http' : 'curl'}-${index}.bin`,
			{seed: 1 + Math.floor(chance() * 1e6), size: 150_000 + Math.floor(chance() * 500_000)},
		]),
	);

/**
 * One run: the built program downloads with two providers; at a moment of chance a real filesystem is filled to its last
 * byte, for a while, and emptied again. Undefined where mounting is not allowed.
 */
export const runFullDisk = async (seed: number, place: Place): Promise<DiskRun | undefined> => {
	const chance = chances(seed);
	const pick = <Value>(values: readonly Value[]): Value => values[Math.floor(chance() * values.length)] as Value;
	const contents = contentsFor(chance);
	const dwell = pick([200, 500, 1000]);
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-disk-'));
	const disk = join(directory, 'disk');
	const [data, storage] = [join(disk, 'data'), join(disk, 'storage')];
	const mounted = {storage, data, both: disk, logs: join(data, 'logs')}[place];
	const server = await startMediaServer({
		routes: Object.fromEntries([...contents].map(([path, content]) => [path, {content}])),
		rate: 400_000,
	});
	const world: World = {
		directory,
		data,
		storage,
		mounted,
		server,
		contents,
		dwell,
		child: undefined,
		engine: undefined,
		told: '',
	};
	try {
		await mkdir(mounted, {recursive: true});
		if (!(await tryMount(['-t', 'tmpfs', '-o', `size=${sizes[place]}`, 'tmpfs', mounted]))) return undefined;
		for (const path of [data, storage]) await mkdir(path, {recursive: true});
		await writeFile(join(directory, 'config.toml'), configOf(dwell, pick([0.1, 1, 5])));
		const fate = chance() < 0.6 ? 'lives' : chance() < 0.6 ? fates[1] : fates[2];
		return {seed, place, fate, dwell, ...(await fillAndFree(world, {place, fate, chance}))};
	} finally {
		await world.engine?.close();
		await end(world, 'SIGKILL');
		await server.close();
		await unmount(mounted);
		await rm(directory, {recursive: true, force: true, maxRetries: 3});
	}
};

type Seen = Pick<DiskRun, 'wrong' | 'goneOnAfter' | 'writtenAtZero' | 'stopped'>;

const fillAndFree = async (
	world: World,
	{place, fate, chance}: Pick<DiskRun, 'place' | 'fate'> & {readonly chance: () => number},
): Promise<Seen> => {
	const wrong: string[] = [];
	const expect = (isSo: boolean, what: string): void => {
		if (!isSo) wrong.push(what);
	};

	const sources = [...world.contents.keys()].map(path => `${world.server.url}${path}\n`);
	const added = await runTidegate(['--config', 'config.toml', 'add', '-'], {
		cwd: world.directory,
		input: sources.join(''),
	});
	expect(added.exitCode === 0, `adding ended with ${added.exitCode}: ${added.stderr}`);
	await begin(world);
	await until(() => countsOf(world).downloading > 0 || isDone(world));
	await sleep(chance() * 1500);
	const filledAt = Date.now();
	await fillUp(world.mounted);
	await sleep(chance() * 300);
	let written = await changeStates(world, wrong);
	if (fate !== 'lives') {
		await world.engine?.close();
		await end(world, fate === 'is killed and started' ? 'SIGKILL' : 'SIGTERM');
		await fillUp(world.mounted);
		await begin(world);
	}

	await sleep(chance() * 800);
	written += await changeStates(world, wrong);
	expect(await until(() => isDone(world) || saysWhatIsFull(world, place), 8000), `nobody says that ${place} is full`);
	const rowsAtZero = (await world.engine?.list({limit: 100}))?.rows.length;
	expect(rowsAtZero === jobCount, `${rowsAtZero} of ${jobCount} jobs can be read`);
	const freedAt = Date.now();
	const hadWork = !isDone(world) && !(isRunning(world) && place !== 'both' && place !== 'storage');
	await freeUp(world.mounted);
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
	await world.engine?.close();
	world.engine = undefined;
	expect((await end(world, 'SIGTERM')) === 0, 'the scheduler did not end well');
	wrong.push(...(await auditFiles(world)));
	if (wrong.length > 0) wrong.push(`it said: ${world.told.slice(-1500)}`);
	return {
		wrong,
		goneOnAfter,
		writtenAtZero: place === 'data' || place === 'both' ? written : 0,
		stopped: attempts.filter(({error}) => error?.code === 'disk-full').length,
	};
};

/** What a person does meanwhile: pauses a job and lets it go on. Returns how many changes were accepted. */
const changeStates = async (world: World, wrong: string[]): Promise<number> => {
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

const countsOf = ({engine}: World) => engine?.getSnapshot().counts ?? {downloading: 0, completed: 0};
const isDone = (world: World): boolean => countsOf(world).completed === jobCount;
const isRunning = ({engine}: World): boolean => (engine?.getSnapshot().active.length ?? 0) > 0;
const isOpen = ({engine}: World): boolean =>
	engine?.getSnapshot().volumes.every(({gate}) => gate.state === 'open') ?? false;

/** A closed gate with the path, or a notice with it. Nothing is said of logs before a line is lost. */
const saysWhatIsFull = ({engine, storage, data}: World, place: Place): boolean => {
	const {volumes, notices} = engine?.getSnapshot() ?? {volumes: [], notices: []};
	const isStorageTold = volumes.some(({path, gate}) => path === storage && gate.state !== 'open');
	const isDataTold = notices.some(text => text.includes(`the data folder ${data} `));
	const isTold = {storage: isStorageTold, data: isDataTold, both: isStorageTold && isDataTold, logs: true};
	return isTold[place];
};

/** Starts the scheduler and connects to it. */
const begin = async (world: World): Promise<void> => {
	const {directory, data} = world;
	const child = spawn(process.execPath, [program, '--config', 'config.toml', 'run', '--verbose'], {
		cwd: directory,
		env: {PATH: process.env['PATH'] ?? '', HOME: directory, LANG: 'C.UTF-8'},
		stdio: ['ignore', 'ignore', 'pipe'],
	});
	world.child = child;
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		world.told += text;
	});
	const isUp = await until(async () => {
		if (child.exitCode !== null) return true;
		const connection = await connectEngine({
			socketPath: () => join(data, 'tidegate.sock'),
			version: programVersion(),
		}).catch(() => undefined);
		if (connection?.ok !== true) return false;
		world.engine = connection.engine;
		return true;
	});
	if (!isUp || child.exitCode !== null) throw new Error(`the scheduler did not start: ${world.told.slice(-1500)}`);
};

/** Ends the scheduler, if it runs; its exit code. */
const end = async (world: World, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> => {
	const {child} = world;
	if (child === undefined) return null;
	world.child = undefined;
	const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
	if (!isOver()) child.kill(signal);
	if (!(await until(isOver, 15_000))) child.kill('SIGKILL');
	return child.exitCode;
};

/** The database against itself, and each file against what the server has. */
const auditFiles = async ({data, storage, server, contents}: World): Promise<readonly string[]> => {
	const {jobs, contradictions} = auditDatabase(join(data, 'tidegate.db'));
	const wrong = contradictions.map(what => `the database: ${what}`);
	for (const job of jobs) {
		const content = contents.get(job.source.slice(server.url.length));
		const path = job.output_path;
		if (job.status !== 'completed' || job.attempts !== 0 || job.error_code !== null) {
			wrong.push(`job ${job.id} is ${job.status} after ${job.attempts} attempts: ${job.error_message}`);
		}

		if (content === undefined || path === null || (await sha256OfFile(path)) !== contentSha256(content)) {
			wrong.push(`the file of job ${job.id} is not what the server has`);
		}
	}

	const files = (await readdir(storage, {recursive: true, withFileTypes: true}))
		.filter(entry => entry.isFile())
		.map(({parentPath, name}) => join(parentPath, name).slice(storage.length + 1))
		.filter(path => path !== '.tidegate/volume.json' && !path.startsWith('filler'));
	if (files.length !== jobCount) wrong.push(`${files.length} files instead of ${jobCount}: ${files.join(' ')}`);
	return wrong;
};
