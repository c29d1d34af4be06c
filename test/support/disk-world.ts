import {spawn, type ChildProcess} from 'node:child_process';
import {mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as sleep} from 'node:timers/promises';
import {contentSha256, startMediaServer, type Content, type MediaServer} from '../../source/demo/media-server.ts';
import type {Counts} from '../../source/domain/batch.ts';
import {noCounts} from '../../source/domain/batch.ts';
import type {Engine} from '../../source/engine/ports.ts';
import {connectEngine} from '../../source/remote/client.ts';
import {programVersion} from '../../source/system/runtime.ts';
import {sha256OfFile} from './http-run.ts';
import {auditDatabase} from './queue-audit.ts';
import {program, runTidegate} from './tidegate.ts';

/** A sequence of chances, 0 up to 1, that is the same for the same seed (mulberry32). */
export const chances = (seed: number): (() => number) => {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d_2b_79_f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
	};
};

export type WorldOrder = {
	readonly chance: () => number;
	/** Relative to the world's directory. */
	readonly data: string;
	readonly storage: string;
	readonly jobs: number;
	/** Bytes: the smallest file, and how much larger the largest may be. */
	readonly sizes: readonly [least: number, more: number];
	/** Lines of `[disk_management]`. */
	readonly disk: readonly string[];
};

const curl = `[queue]
max_attempts = 1
[providers.curl]
type = "command"
command = "curl"
args = ["--silent", "--show-error", "--continue-at", "-", "--output", "{directory}/file.bin", "--", "{source}"]
accepts = "/curl-"
max_active = 4
`;

/** The built program in a small world of its own. */
export type DiskWorld = {
	readonly directory: string;
	readonly data: string;
	readonly storage: string;
	readonly server: MediaServer;
	readonly contents: ReadonlyMap<string, Content>;
	child: ChildProcess | undefined;
	engine: Engine | undefined;
	told: string;
};

const patience = 45_000;

/** Waits until something is so; false where it takes too long. */
export const until = async (isSo: () => boolean | Promise<boolean>, time = patience): Promise<boolean> => {
	const end = performance.now() + time;
	while (!(await isSo())) {
		if (performance.now() > end) return false;
		await sleep(20);
	}

	return true;
};

/** Nothing is started yet; the folders of data and storage are for the caller to make, or to mount. */
export const createDiskWorld = async (order: WorldOrder): Promise<DiskWorld> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-disk-'));
	const contents = contentsFor(order);
	const server = await startMediaServer({
		routes: Object.fromEntries([...contents].map(([path, content]) => [path, {content}])),
		rate: 400_000,
	});
	const [data, storage] = [join(directory, order.data), join(directory, order.storage)];
	const folders = `[data]\nroot_dir = "${data}"\nstorage_dir = "${storage}"\n[disk_management]\n`;
	await writeFile(join(directory, 'config.toml'), `${folders}${order.disk.join('\n')}\n${curl}`);
	return {directory, data, storage, server, contents, child: undefined, engine: undefined, told: ''};
};

/** Ends what runs and removes everything; what was mounted must be unmounted before. */
export const dropDiskWorld = async (world: DiskWorld): Promise<void> => {
	await world.server.close();
	await rm(world.directory, {recursive: true, force: true, maxRetries: 3});
};

/** Adds one job for each file; what went wrong, if anything. */
export const addAll = async ({directory, server, contents}: DiskWorld): Promise<string | undefined> => {
	const sources = [...contents.keys()].map(path => `${server.url}${path}\n`);
	const {exitCode, stderr} = await runTidegate(['--config', 'config.toml', 'add', '-'], {
		cwd: directory,
		input: sources.join(''),
	});
	return exitCode === 0 ? undefined : `adding ended with ${exitCode}: ${stderr}`;
};

/** Half of the files for the built-in provider, half for curl. */
const contentsFor = ({chance, jobs, sizes}: WorldOrder): Map<string, Content> =>
	new Map(
		Array.from({length: jobs}, (_, index) => [
			`/${index % 2 === 0 ? 'http' : 'curl'}-${index}.bin`,
			{seed: 1 + Math.floor(chance() * 1e6), size: sizes[0] + Math.floor(chance() * sizes[1])},
		]),
	);

export const countsOf = ({engine}: DiskWorld): Counts => engine?.getSnapshot().counts ?? noCounts;
export const isDone = (world: DiskWorld): boolean => countsOf(world).completed === world.contents.size;
export const isRunning = ({engine}: DiskWorld): boolean => (engine?.getSnapshot().active.length ?? 0) > 0;
export const isOpen = ({engine}: DiskWorld): boolean =>
	engine?.getSnapshot().volumes.every(({gate}) => gate.state === 'open') ?? false;

/** Starts the scheduler and connects to it. */
export const begin = async (world: DiskWorld): Promise<void> => {
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
export const end = async (world: DiskWorld, signal: 'SIGTERM' | 'SIGKILL'): Promise<number | null> => {
	const {child, engine} = world;
	await engine?.close();
	world.engine = undefined;
	if (child === undefined) return null;
	world.child = undefined;
	const isOver = (): boolean => child.exitCode !== null || child.signalCode !== null;
	if (!isOver()) child.kill(signal);
	if (!(await until(isOver, 15_000))) child.kill('SIGKILL');
	return child.exitCode;
};

/** The database against itself, and each file against what the server has. */
export const auditFiles = async ({data, storage, server, contents}: DiskWorld): Promise<readonly string[]> => {
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
	if (files.length !== contents.size)
		wrong.push(`${files.length} files instead of ${contents.size}: ${files.join(' ')}`);
	return wrong;
};
