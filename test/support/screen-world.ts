import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {mkdirSync, readFileSync} from 'node:fs';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import type {NewJob} from '../../source/engine/ports.ts';
import {openSqliteStore} from '../../source/store/sqlite.ts';
import {programVersion} from '../../source/system/runtime.ts';
import {startInTerminal, type TerminalSession} from './terminal.ts';
import {compiledCode} from './compiled.ts';
import {program, runTidegate} from './tidegate.ts';

export type WorldOptions = {
	/** Downloads that run for as long as anybody looks, from a server in a process of its own. */
	readonly active: number;
	/** Bytes per second of the slowest and the fastest of them. */
	readonly rates: readonly [least: number, most: number];
	/** Jobs that wait behind them. */
	readonly queued: number;
	/** Nothing starts. Default: false. */
	readonly isPaused?: boolean;
};

/** The built program in a directory of its own, with a queue, and a server that its downloads come from. */
export type ScreenWorld = AsyncDisposable & {
	readonly directory: string;
	/** Opens the screen; `argv` stands before the program, for flags of Node. */
	open(size: {readonly columns: number; readonly rows: number}, options?: OpenOptions): TerminalSession;
	/** The scheduler without a screen. */
	run(): ChildProcess;
};

export type OpenOptions = {
	readonly node?: readonly string[];
	readonly env?: Readonly<Record<string, string>>;
	/** Another program than the built one; it gets the data directory and the version as its arguments. */
	readonly program?: string;
};

const server = fileURLToPath(new URL('media-server-process.ts', import.meta.url));

const config = `[data]
root_dir = "data"
storage_dir = "storage"
[disk_management]
max_concurrent_downloads = 32
pause_below_free_gb = 0.2
resume_above_free_gb = 0.3
stop_below_free_gb = 0.1
[providers.http]
max_active = 32
segments = 1
`;

export const createScreenWorld = async (options: WorldOptions): Promise<ScreenWorld> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-screen-world-'));
	await writeFile(
		join(directory, 'config.toml'),
		config.replace('= 32\npause', `= ${Math.max(1, options.active)}\npause`),
	);
	mkdirSync(join(directory, 'data'), {mode: 0o700});
	const media = await startMedia(options);
	const env = {
		...compiledCode,
		HOME: directory,
		LANG: 'C.UTF-8',
		TERM: 'xterm-256color',
		PATH: process.env['PATH'] ?? '',
	};
	if (options.active > 0) {
		const sources = media.paths.map(path => media.url + path);
		const added = await runTidegate(['add', ...sources], {cwd: directory, env});
		if (added.exitCode !== 0) throw new Error(`add ended with ${added.exitCode}: ${added.stderr}`);
	}

	await fillQueue(directory, options.queued, options.isPaused ?? false);
	const children: ChildProcess[] = [];
	return {
		directory,
		open: ({columns, rows}, {node = [], env: more = {}, program: other} = {}) =>
			startInTerminal(
				process.execPath,
				[...node, ...(other === undefined ? [program] : [other, join(directory, 'data'), programVersion()])],
				{
					cwd: directory,
					columns,
					rows,
					env: {...env, ...more, COLORTERM: undefined},
				},
			),
		run() {
			const child = spawn(process.execPath, [program, 'run'], {cwd: directory, env, stdio: 'ignore'});
			children.push(child);
			return child;
		},
		async [Symbol.asyncDispose]() {
			for (const child of children) child.kill('SIGKILL');
			await media.close();
			await rm(directory, {recursive: true, force: true, maxRetries: 5});
		},
	};
};

type Media = {readonly url: string; readonly paths: readonly string[]; readonly close: () => Promise<void>};

/** Names as libraries have them, so that rows are cut and coloured as in real use. */
const fileName = (index: number): string =>
	`/The.Long.Way.Home.S0${1 + (index % 4)}E${String(index + 1).padStart(2, '0')}.1080p.WEB-DL.mkv`;

const startMedia = async ({active, rates: [least, most]}: WorldOptions): Promise<Media> => {
	const paths = Array.from({length: active}, (_, index) => fileName(index));
	const routes = Object.fromEntries(
		paths.map((path, index) => {
			const rate = Math.round(least + ((most - least) * index) / Math.max(1, active - 1));
			// They take between seven and twenty-seven minutes: percents move as they do in life, and none ends meanwhile.
			const content = {seed: index + 1, size: rate * (400 + 300 * (index % 5))};
			return [path, {content, answers: [{type: 'file', rate, pieces: 10}]}];
		}),
	);
	const child = spawn(process.execPath, [server, JSON.stringify({routes})], {stdio: ['pipe', 'pipe', 'inherit']});
	const [url] = (await once(createInterface({input: child.stdout}), 'line')) as [string];
	return {
		url,
		paths,
		async close() {
			const closed = once(child, 'close');
			child.kill('SIGKILL');
			await closed;
		},
	};
};

const fillQueue = async (directory: string, queued: number, isPaused: boolean): Promise<void> => {
	if (queued === 0 && !isPaused) return;
	const store = openSqliteStore({path: join(directory, 'data', 'tidegate.db')});
	const jobs = Array.from({length: queued}, (_, index): NewJob => ({
		title: `Episode ${index} of the long series`,
		provider: 'http',
		lane: 'http:127.0.0.1:9',
		source: `http://127.0.0.1:9/season/episode-${index}.mkv`,
		identity: `http http://127.0.0.1:9/season/episode-${index}.mkv`,
		options: {},
		isSourced: true,
		isPaused: false,
		priority: 5,
		maxAttempts: 4,
		expectedSize: undefined,
		checksum: undefined,
		output: undefined,
	}));
	if (queued > 0) await store.add({title: 'a long list', jobs}, 1);
	if (isPaused) await store.writeSetting('queue-paused', 'yes');
	await store.close();
};

/** Processor time that a process has used so far, in milliseconds (Linux). */
export const processorTime = (pid: number): number => {
	// The name in the second field may hold spaces; the fields after it do not.
	const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
	const ticks = Number(fields[11]) + Number(fields[12]);
	return ticks * 10;
};
