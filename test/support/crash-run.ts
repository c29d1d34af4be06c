import {spawn} from 'node:child_process';
import {cpSync, existsSync} from 'node:fs';
import {mkdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import Database from 'better-sqlite3';
import {contentChunks, contentSha256, startMediaServer, type MediaServer} from '../../source/demo/media-server.ts';
import {
	checkQueue,
	fetchedAnew,
	notedBytes,
	notesGoBack,
	noViolations,
	processesOf,
	queueNameOf,
	type Violations,
	type Wanted,
} from './invariants.ts';
import {processTable} from './process-table.ts';
import {program, runTidegate} from './tidegate.ts';

const preload = fileURLToPath(new URL('faults.ts', import.meta.url));
const tool = fileURLToPath(new URL('../fixtures/tools/resuming-family.sh', import.meta.url));

export const faultPoints = [
	'before-commit',
	'commit',
	'rename',
	'link',
	'unlink',
	'rm',
	'mkdir',
	'open',
	'write',
	'spawn',
] as const;
export type FaultPoint = (typeof faultPoints)[number];

/** How one life of the scheduler ends. `everything`: all its tools are killed with it, as when a control group is. */
export type Death = {
	readonly how: {readonly after: number} | {readonly point: FaultPoint; readonly number: number};
	readonly everything?: boolean;
};

export type CrashWorld = {
	/** What is downloaded, each with everything that has to be known of it. */
	readonly files: readonly CrashFile[];
	/** Lets the scheduler die as often as is asked for, lets it finish, and looks at everything. */
	readonly run: (deaths: readonly Death[]) => Promise<CrashReport>;
	/** How often each fault point is reached when nothing goes wrong. */
	readonly countPoints: () => Promise<Readonly<Partial<Record<FaultPoint, number>>>>;
};

export type CrashReport = {
	readonly violations: Violations;
	/** Lives that were ended; the others had nothing more to do. */
	readonly deaths: number;
	/** Milliseconds from a start to the scheduler's first word, and from there to the end of the last life. */
	readonly slowestStart: number;
	readonly served: number;
	readonly stderr: string;
};

type CrashFile = {readonly provider: Provider; readonly name: string; readonly seed: number; readonly size: number};
type Provider = 'http' | 'aria2' | 'yt-dlp' | 'family';

/** Bytes per second of each connection: the files take a second or two. */
const rate = 200_000;

/** Files from this size on are fetched over several connections. */
const segmentThreshold = 1_000_000;

/** What a tool of others may fetch a second time: what came before it noted anything, with some room for a slow machine. */
const worthKeeping = 120_000;

const config = (work: string): string => `[data]
root_dir = "${work}/data"
storage_dir = "${work}/storage"
[disk_management]
max_concurrent_downloads = 16
pause_below_free_gb = 0.05
resume_above_free_gb = 0.06
stop_below_free_gb = 0.01
[queue]
output = "{name}.{ext}"
[providers.http]
segment_threshold_mb = ${segmentThreshold / 1e6}
[providers.yt-dlp]
max_active = 8
start_interval_seconds = 0
[providers.aria2]
max_active = 8
[providers.family]
type = "command"
command = "${tool}"
args = ["{source}", "{directory}"]
accepts = "^copy:"
max_active = 8
`;

/**
 * A queue with files of several providers, set up once and copied for each run.
 *
 * @param directory of its own, absolute; it is not cleaned here
 */
export const createCrashWorld = async (
	directory: string,
	port: number,
	counts: Readonly<Record<Provider, number>>,
	isStubborn: boolean,
): Promise<CrashWorld> => {
	const files = filesFor(counts, isStubborn);
	const template = join(directory, 'template');
	await mkdir(join(template, 'content'), {recursive: true});
	await mkdir(join(template, 'data'));
	await writeFile(join(template, 'config.toml'), config(template));
	for (const file of files.filter(({provider}) => provider === 'family')) {
		await writeFile(join(template, 'content', file.name), Buffer.concat([...contentChunks(file)]));
	}

	for (const provider of ['http', 'aria2', 'yt-dlp', 'family'] as const) {
		const sources = files
			.filter(file => file.provider === provider)
			.map(({name}) =>
				provider === 'family' ? `copy:${template}/content/${name}` : `http://127.0.0.1:${port}/${name}`,
			);
		if (sources.length === 0) continue;
		const args = ['--config', join(template, 'config.toml'), 'add', '-', '--provider', provider];
		const added = await runTidegate(args, {cwd: template, input: sources.join('\n')});
		if (added.exitCode !== 0) throw new Error(`adding: ${added.stderr}`);
	}

	const work = join(directory, 'work');
	const database = join(work, 'data', 'tidegate.db');
	const renew = async (): Promise<string> => {
		await rm(work, {recursive: true, force: true, maxRetries: 3});
		cpSync(template, work, {recursive: true});
		await writeFile(join(work, 'config.toml'), config(work));
		const connection = new Database(database);
		// A copy is a queue of its own.
		connection.prepare("UPDATE settings SET value = lower(hex(randomblob(6))) WHERE key = 'queue'").run();
		connection.close();
		return queueNameOf(database);
	};

	return {
		files,
		async countPoints() {
			await renew();
			const server = await serve(files, port);
			const countFile = join(work, 'points.json');
			const life = startLife(work, {TIDEGATE_FAULT_COUNT: countFile});
			await life.ended;
			await server.close();
			return JSON.parse(await readFile(countFile, 'utf8')) as Partial<Record<FaultPoint, number>>;
		},
		async run(deaths) {
			const queue = await renew();
			const server = await serve(files, port);
			try {
				return await crashAndCheck({work, database, queue, files, server}, deaths);
			} finally {
				await server.close();
				endProcessesOf(queue);
			}
		},
	};
};

const filesFor = (counts: Readonly<Record<Provider, number>>, isStubborn: boolean): readonly CrashFile[] =>
	(['http', 'aria2', 'yt-dlp', 'family'] as const).flatMap((provider, place) =>
		Array.from({length: counts[provider]}, (_, index) => ({
			provider,
			name: `${provider}${isStubborn && index === 0 ? '-stubborn' : ''}-${index}.bin`,
			seed: 100 * place + index + 1,
			// The first one is fetched over several connections.
			size: provider === 'http' && index === 0 ? 1_200_000 : 120_000 + ((index * 97_003 + place * 31_007) % 220_000),
		})),
	);

const serve = (files: readonly CrashFile[], port: number): Promise<MediaServer> =>
	startMediaServer({
		port,
		rate,
		routes: Object.fromEntries(files.map(({name, seed, size}) => [`/${name}`, {content: {seed, size}}])),
	});

type Scene = {
	readonly work: string;
	readonly database: string;
	readonly queue: string;
	readonly files: readonly CrashFile[];
	readonly server: MediaServer;
};

type Life = {
	readonly pid: number;
	readonly ended: Promise<number | null>;
	readonly stderr: () => string;
	/** When it said that it runs, in milliseconds after the start; undefined before. */
	readonly upAfter: () => number | undefined;
	readonly kill: () => void;
};

const startLife = (work: string, env: Readonly<Record<string, string>> = {}): Life => {
	const began = performance.now();
	const isFaulty = Object.keys(env).length > 0;
	const child = spawn(
		process.execPath,
		[...(isFaulty ? ['--import', preload] : []), program, '--config', join(work, 'config.toml'), 'run', '--until-idle'],
		{
			cwd: work,
			env: {
				PATH: process.env['PATH'] ?? '',
				HOME: work,
				LANG: 'C.UTF-8',
				// Shared, so that not every run compiles the program anew.
				XDG_CACHE_HOME: join(work, '..', '..', 'cache'),
				...env,
			},
			stdio: ['ignore', 'ignore', 'pipe'],
		},
	);
	let stderr = '';
	let upAfter: number | undefined;
	child.stderr.setEncoding('utf8').on('data', (text: string) => {
		stderr += text;
		if (upAfter === undefined && /runs with \d+ workers/.test(stderr)) upAfter = performance.now() - began;
	});
	return {
		pid: child.pid ?? 0,
		ended: new Promise(resolve => child.once('exit', resolve)),
		stderr: () => stderr,
		upAfter: () => upAfter,
		kill: () => child.kill('SIGKILL'),
	};
};

/** Runs one life to its death; whether it died, and of what was asked for. */
const liveAndDie = async (scene: Scene, {how, everything = false}: Death): Promise<{life: Life; hasDied: boolean}> => {
	const env: Record<string, string> = 'point' in how ? {TIDEGATE_FAULT: `${how.point}:${how.number}`} : {};
	const life = startLife(scene.work, env);
	const timer = 'after' in how ? setTimeout(life.kill, how.after) : setTimeout(life.kill, lifeTimeout);
	const exitCode = await life.ended;
	clearTimeout(timer);
	if (everything) endProcessesOf(scene.queue);
	return {life, hasDied: exitCode === null};
};

/** The longest that a life may take that nobody ends. */
const lifeTimeout = 60_000;

const crashAndCheck = async (scene: Scene, deaths: readonly Death[]): Promise<CrashReport> => {
	const violations = noViolations();
	let count = 0;
	let slowestStart = 0;
	let stderr = '';
	const account = (life: Life): void => {
		slowestStart = Math.max(slowestStart, life.upAfter() ?? 0);
		stderr += `${life.stderr()}---\n`;
	};

	for (const death of deaths) {
		const check = await watchFetches(scene, violations);
		const {life, hasDied} = await liveAndDie(scene, death);
		account(life);
		await check();
		if (!hasDied) break;
		count++;
	}

	const checkLast = await watchFetches(scene, violations);

	const last = startLife(scene.work);
	const timer = setTimeout(last.kill, lifeTimeout);
	const exitCode = await last.ended;
	clearTimeout(timer);
	account(last);
	await checkLast();
	if (exitCode !== 0) violations.stuck.push(`the last run ended with ${exitCode}`);
	await checkScene(
		scene,
		violations,
		deaths.some(({everything}) => everything === true),
	);
	const served = scene.files.reduce((sum, {name}) => sum + scene.server.served(`/${name}`).bytes, 0);
	return {violations, deaths: count, slowestStart, served, stderr};
};

/** Until the connections of a dead scheduler are closed at the other end as well: what is sent on them nobody gets. */
const quiet = async ({files, server}: Scene): Promise<void> => {
	const isQuiet = (): boolean =>
		files.every(({provider, name}) => provider !== 'http' || server.served(`/${name}`).open === 0);
	for (let waited = 0; !isQuiet() && waited < 10_000; waited += 10) await delay(10);
};

/**
 * What is on its way when the first of several connections is cut short where the others have begun: measured up to 170 kB of
 * 1.2 MB on a busy machine. Over one connection nothing comes that is not missing.
 */
const onTheWay = (size: number): number => (size >= segmentThreshold ? size / 4 : 0);

/** Tells, after a life, of files of which more was fetched than was missing at its beginning. */
const watchFetches = async (scene: Scene, violations: Violations): Promise<() => Promise<void>> => {
	const {work, files, server} = scene;
	await quiet(scene);
	const noted = await notedBytes(join(work, 'storage'));
	const before = files
		.filter(({provider}) => provider === 'http')
		.map(({name, size}) => {
			const isPlaced = existsSync(join(work, 'storage', name));
			const missing = isPlaced ? 0 : size - (noted.get(name) ?? 0);
			return {name, size, missing, served: server.served(`/${name}`).bytes};
		});
	return async () => {
		await quiet(scene);
		for (const {name, size, missing, served} of before) {
			const fetched = server.served(`/${name}`).bytes - served;
			if (fetched > missing + onTheWay(size)) {
				violations.refetched.push(`${name}: ${fetched} bytes came where ${missing} were missing`);
			}
		}
	};
};

const checkScene = async (scene: Scene, violations: Violations, isAria2Killed: boolean): Promise<void> => {
	const {work, database, queue, files, server} = scene;
	violations.survivors.push(...processesOf(queue));
	const wanted: readonly Wanted[] = files.map(file => ({path: file.name, sha256: contentSha256(file)}));
	await checkQueue({database, storage: join(work, 'storage')}, wanted, violations);
	for (const {provider, name} of files) {
		if (provider === 'family') {
			const notes = await notesGoBack(join(work, `found-${name}`));
			if (notes !== undefined) violations.refetched.push(`${name}: found ${notes}`);
			continue;
		}

		if (provider === 'http') continue;
		// A daemon that is killed itself loses what it had not written yet: it does so every five seconds (aria2 1.36.0).
		if (provider === 'aria2' && isAria2Killed) continue;
		violations.refetched.push(...fetchedAnew(server.requests(`/${name}`), worthKeeping));
	}
};

const endProcessesOf = (queue: string): void => {
	for (const {pid, token} of processTable()) {
		if (token?.startsWith(`${queue}:`) !== true) continue;
		try {
			process.kill(pid, 'SIGKILL');
		} catch {
			// It has ended by itself.
		}
	}
};

/** A chance that is the same for the same seed: mulberry32. */
export const chanceFrom = (seed: number): (() => number) => {
	let state = seed >>> 0;
	return () => {
		state = (state + 0x6d2b79f5) >>> 0;
		let mixed = Math.imul(state ^ (state >>> 15), state | 1);
		mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
		return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
	};
};

/**
 * How the lives of a seeded run end. Even seeds take the fault points one after the other for the first death, odd ones a
 * moment or a point by chance; up to two more deaths follow.
 */
export const deathsFor = (seed: number, points: Readonly<Partial<Record<FaultPoint, number>>>): readonly Death[] => {
	const chance = chanceFrom(seed);
	const all = faultPoints.flatMap(point =>
		Array.from({length: points[point] ?? 0}, (_, index) => ({point, number: index + 1})),
	);
	const count = chance() < 0.6 ? 1 : chance() < 0.7 ? 2 : 3;
	return Array.from({length: count}, (_, index): Death => {
		const everything = chance() < 0.15;
		const moment = {after: Math.round(200 + chance() * 2200)};
		const byChance = all[Math.floor(chance() * all.length)] ?? moment;
		if (index === 0 && seed % 2 === 0) return {how: all[(seed / 2) % all.length] ?? moment, everything};
		return {how: chance() < 0.6 ? moment : byChance, everything};
	});
};
