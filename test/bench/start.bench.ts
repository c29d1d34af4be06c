import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {readFileSync} from 'node:fs';
import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import type {NewJob} from '../../source/engine/ports.ts';
import {openSqliteStore} from '../../source/store/sqlite.ts';
import {startInTerminal} from '../support/terminal.ts';
import {program} from '../support/tidegate.ts';
import {median, type Bench, type BenchRow} from './bench.ts';

const queueLength = 200_000;
const runs = 9;

const config = `[data]
root_dir = "data"
storage_dir = "storage"
[disk_management]
pause_below_free_gb = 0.2
resume_above_free_gb = 0.3
stop_below_free_gb = 0.1
`;

const run = async (): Promise<readonly BenchRow[]> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-bench-'));
	try {
		await writeFile(join(directory, 'config.toml'), config);
		const bare = await times(() => runOnce(['-e', '0'], directory));
		const version = await times(() => runOnce([program, '--version'], directory));
		await fill(directory);
		const screens: Array<Awaited<ReturnType<typeof openOnce>>> = [];
		for (let index = 0; index < runs; index++) screens.push(await openOnce(directory));
		const first = median(screens.map(({firstFrame}) => firstFrame));
		const memory = median(screens.map(({resident}) => resident));
		return [
			row(
				'process start to --version',
				`${median(version).toFixed(0)} ms`,
				'',
				undefined,
				`node -e 0: ${median(bare).toFixed(0)} ms`,
			),
			row(
				`the screen's first frame at ${queueLength} jobs`,
				`${first.toFixed(0)} ms`,
				'≤ 150 ms',
				first <= 150,
				`from spawn, in a pseudo-terminal, lock held and queue open; recovery and socket follow; median of ${runs}`,
			),
			row(
				`resident memory then`,
				`${(memory / 1e6).toFixed(0)} MB`,
				'≤ 130 MB',
				memory <= 130e6,
				'5 s after the first frame, nothing running',
			),
		];
	} finally {
		await rm(directory, {recursive: true, force: true});
	}
};

export default {name: 'start', run} satisfies Bench;

const row = (what: string, measured: string, aim: string, isMet: boolean | undefined, note: string): BenchRow => ({
	what,
	measured,
	aim,
	isMet,
	note,
});

const times = async (once_: () => Promise<number>): Promise<readonly number[]> => {
	await once_();
	const measured: number[] = [];
	for (let index = 0; index < runs; index++) measured.push(await once_());
	return measured;
};

const environment = (directory: string): Record<string, string> => ({
	PATH: process.env['PATH'] ?? '',
	HOME: directory,
	LANG: 'C.UTF-8',
	TERM: 'xterm-256color',
});

const runOnce = async (args: readonly string[], directory: string): Promise<number> => {
	const begun = performance.now();
	const child = spawn(process.execPath, args, {cwd: directory, env: environment(directory), stdio: 'ignore'});
	await once(child, 'close');
	return performance.now() - begun;
};

/** A paused queue, so that the screen shows it and nothing leaves this machine. */
const fill = async (directory: string): Promise<void> => {
	const {mkdir} = await import('node:fs/promises');
	await mkdir(join(directory, 'data'), {mode: 0o700});
	const store = openSqliteStore({path: join(directory, 'data', 'tidegate.db')});
	const jobs = Array.from({length: queueLength}, (_, index): NewJob => ({
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
	await store.add({title: 'bench', jobs}, 1);
	await store.writeSetting('queue-paused', 'yes');
	await store.close();
};

const openOnce = async (directory: string): Promise<{readonly firstFrame: number; readonly resident: number}> => {
	const begun = performance.now();
	await using session = startInTerminal(process.execPath, [program], {
		cwd: directory,
		columns: 120,
		rows: 40,
		env: {...environment(directory), CI: undefined},
	});
	await session.until(text => text.includes('Episode 0 of'), 'the queue');
	const firstFrame = performance.now() - begun;
	await new Promise(resolve => setTimeout(resolve, 5000));
	const status = readFileSync(`/proc/${session.pid}/status`, 'utf8');
	const resident = Number(/^VmRSS:\s+(\d+)/m.exec(status)?.[1] ?? 0) * 1024;
	session.type('q');
	await session.ended();
	return {firstFrame, resident};
};
