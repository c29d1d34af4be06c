import {spawn, type ChildProcess} from 'node:child_process';
import {monitorEventLoopDelay} from 'node:perf_hooks';
import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {setTimeout as delay} from 'node:timers/promises';
import {connectEngine} from '../../source/remote/client.ts';
import {usualSocketPath} from '../../source/remote/socket-path.ts';
import {programVersion} from '../../source/system/runtime.ts';
import {startHostFarm} from '../support/host-farm.ts';
import {startStream, type Stream} from '../support/soak-stream.ts';
import {sampleProcess, sampleData, readProbe, type Sample} from '../support/soak-samples.ts';
import {startInTerminal} from '../support/terminal.ts';
import {program} from '../support/tidegate.ts';
import type {Lab, LabRow} from './lab.ts';

const minutes = Number(process.env['LAB_MINUTES'] ?? 60);
const seed = Number(process.env['LAB_SEED'] ?? 1);
const sampleInterval = 5000;
const probe = fileURLToPath(new URL('../support/soak-probe.mjs', import.meta.url));

/** The built program for a long time: what it holds must not grow with what it has done. */
const soak: Lab = {
	name: 'soak',
	about: `${minutes} minutes of small jobs, failures, cancels and a full disk, with a screen attached`,
	missing: () => (process.platform === 'linux' ? undefined : 'Linux with its /proc'),
	async run(say) {
		const directory = await mkdtemp(join(tmpdir(), 'tidegate-soak-'));
		const farm = startHostFarm();
		const paths = {directory, data: join(directory, 'data'), storage: join(directory, 'storage')};
		await writeSetting(paths.directory);
		const scheduler = startScheduler(directory);
		const errors: string[] = [];
		scheduler.stderr?.setEncoding('utf8').on('data', (text: string) => {
			if (/unexpected|Warning|rror:/.test(text) && errors.length < 20) errors.push(text.trim());
		});
		try {
			const engine = await connect(paths.data);
			await using terminal = startInTerminal(
				process.execPath,
				['--expose-gc', '--import', probe, program, '--config', 'config.toml'],
				{
					cwd: directory,
					env: {HOME: directory, SOAK_PROBE: join(directory, 'screen.jsonl'), SOAK_INTERVAL: String(sampleInterval)},
				},
			);
			await terminal.until(text => text.includes('tidegate'), 'the screen');
			const stream = startStream({engine, farm, storage: paths.storage, seed});
			const samples = await watch({
				pid: scheduler.pid ?? 0,
				screen: terminal.pid,
				paths,
				stream,
				say,
				press: terminal.type,
			});
			const done = await stream.stop();
			await engine.close();
			say(
				`added ${done.added}, of these cancelled ${done.cancelled}; taken from the disk ${done.taken}; refused or in error ${done.problems}`,
			);
			for (const error of errors) say(`stderr: ${error}`);
			const probes = {
				scheduler: await readProbe(join(directory, 'scheduler.jsonl')),
				screen: await readProbe(join(directory, 'screen.jsonl')),
			};
			return [
				judgeWork(samples),
				...judge(samples, say),
				...judgeProbes(probes, growthOf(samples, 'ownDelay'), say),
				flatRow('warnings and defects on stderr', 0, errors.length, 0, ''),
			];
		} finally {
			scheduler.kill('SIGTERM');
			await Promise.race([new Promise(resolve => scheduler.once('close', resolve)), delay(10_000)]);
			scheduler.kill('SIGKILL');
			await farm.close();
			await rm(directory, {recursive: true, force: true, maxRetries: 3});
		}
	},
};

export default soak;

const writeSetting = async (directory: string): Promise<void> => {
	await mkdir(join(directory, 'storage'), {recursive: true});
	const tool = join(directory, 'tool.sh');
	await writeFile(tool, toolScript, {mode: 0o755});
	await writeFile(join(directory, 'config.toml'), config(tool));
};

/** A tool that ends as its address says, with some words on the way. */
const toolScript = `#!/bin/sh
[ "$1" = --version ] && { echo tool 1.0; exit 0; }
for n in 1 2 3 4 5 6 7 8 9 10; do echo "line $n of many: [10$n%] of $2"; done
case "$2" in
	*/fail/*) echo "ERROR: HTTP Error 503: Service Unavailable" >&2; exit 1 ;;
	*/hang/*) exec sleep 60 ;;
esac
head -c 30000 /dev/zero > "$1/file.bin"
`;

const config = (tool: string): string => `[data]
root_dir = "data"
storage_dir = "../storage"
[disk_management]
max_concurrent_downloads = 8
hard_limit_gb = 0.03
pause_threshold_gb = 0.02
resume_threshold_gb = 0.01
pause_below_free_gb = 0.2
resume_above_free_gb = 0.3
stop_below_free_gb = 0.1
check_interval_seconds = 5
cache_duration_seconds = 1
resume_dwell_seconds = 1
[queue]
max_attempts = 2
retry_base_seconds = 1
[providers.http]
max_active = 8
breaker_open_seconds = 2
[providers.tool]
type = "command"
command = ${JSON.stringify(tool)}
args = ["{directory}", "{source}"]
accepts = "^tool:"
max_active = 4
breaker_open_seconds = 1
`;

const startScheduler = (directory: string): ChildProcess =>
	spawn(process.execPath, ['--expose-gc', '--import', probe, program, '--config', 'config.toml', 'run'], {
		cwd: directory,
		env: {
			PATH: process.env['PATH'] ?? '',
			HOME: directory,
			LANG: 'C.UTF-8',
			SOAK_PROBE: join(directory, 'scheduler.jsonl'),
			SOAK_INTERVAL: String(sampleInterval),
		},
		stdio: ['ignore', 'ignore', 'pipe'],
	});

const connect = async (data: string) => {
	for (let tries = 0; ; tries++) {
		const connection = await connectEngine({socketPath: () => usualSocketPath(data), version: programVersion()});
		if (connection.ok) return connection.engine;
		if (tries > 100) throw new Error(`the scheduler does not answer: ${connection.message}`);
		await delay(100);
	}
};

type Watch = {
	readonly pid: number;
	readonly screen: number;
	readonly paths: {readonly data: string; readonly storage: string};
	readonly stream: Stream;
	readonly say: (line: string) => void;
	readonly press: (keys: string) => void;
};

const watch = async ({pid, screen, paths, stream, say, press}: Watch): Promise<readonly Sample[]> => {
	const samples: Sample[] = [];
	const own = monitorEventLoopDelay({resolution: 10});
	own.enable();
	const until = Date.now() + minutes * 60_000;
	const keys = ['j', 'k', '2', '3', '4', '1', 's', '\u001B', 'j', '\r', '\u001B'];
	for (let round = 0; Date.now() < until; round++) {
		press(keys[round % keys.length] ?? 'j');
		await delay(sampleInterval);
		const sample = {
			at: Date.now(),
			...sampleProcess('scheduler', pid),
			...sampleProcess('screen', screen),
			...(await sampleData(paths)),
			lanes: stream.lanes(),
			added: stream.added(),
			// What the machine does to a process that has little to do: the yardstick for the others.
			ownDelay: own.percentile(99) / 1e6,
		};
		own.reset();
		samples.push(sample);
		if (round % 12 === 0)
			say(
				`${Math.round((round * sampleInterval) / 60_000)} min: ${JSON.stringify({...sample, at: undefined, jobs: stream.added()})}`,
			);
	}

	return samples;
};

const median = (values: readonly number[]): number =>
	values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

/**
 * What has come on top while things were settled, as medians of the first and the last third say, so that a moment of
 * load at one end does not count; and the same an hour. The first third of the time, 5 minutes at most, is left out.
 */
const slope = (points: ReadonlyArray<readonly [at: number, value: number]>): {perHour: number; growth: number} => {
	const first = points[0]?.[0] ?? 0;
	const last = points.at(-1)?.[0] ?? 0;
	const from = first + Math.min(5 * 60_000, (last - first) / 3);
	const settled = points.filter(([at]) => at >= from);
	const third = Math.max(1, Math.floor(settled.length / 3));
	const valuesOf = (part: typeof settled): number => median(part.map(([, value]) => value));
	const growth = valuesOf(settled.slice(-third)) - valuesOf(settled.slice(0, third));
	// The middles of the two lie two thirds of the time apart.
	const hours = ((last - from) * 2) / 3 / 3_600_000;
	return {perHour: hours === 0 ? 0 : growth / hours, growth};
};

const growthOf = (samples: readonly Sample[], key: string): number =>
	slope(samples.map(sample => [sample.at, sample[key] ?? 0] as const)).growth;

/** What may come together between the first and the last settled sample, by noise alone, and why so much. */
const bounds: ReadonlyArray<readonly [key: string, bound: number, unit: string, why: string]> = [
	['schedulerRss', 24, 'MB', 'the heap breathes by about that much between two collections'],
	['screenRss', 24, 'MB', 'the heap breathes by about that much between two collections'],
	['schedulerFds', 6, 'descriptors', 'as many as there are workers come and go'],
	['screenFds', 2, 'descriptors', 'it has one connection'],
	['schedulerChildren', 3, 'processes', 'four tools may run at once'],
	['database', 2, 'MB', 'a hundred ended jobs are kept, and pages are reused'],
	['wal', 6, 'MB', 'SQLite writes it back at 4 MB'],
	['logs', 60, 'files', 'logs belong to jobs, and their number breathes'],
	['directories', 20, 'folders', 'only running and interrupted jobs have one'],
	['lanes', 24, 'lanes', 'quiet ones are forgotten beyond 32'],
];

/** A queue that has come to a stand is flat as well: jobs have to come and go in each minute. */
const judgeWork = (samples: readonly Sample[]): LabRow => {
	const perMinute = 60_000 / sampleInterval;
	let least = Infinity;
	for (let index = perMinute; index < samples.length; index++) {
		least = Math.min(least, (samples[index]?.['added'] ?? 0) - (samples[index - perMinute]?.['added'] ?? 0));
	}

	const seen = `${Number.isFinite(least) ? least : (samples.at(-1)?.['added'] ?? 0)} jobs`;
	return {what: 'jobs taken in, in the slowest minute', expected: 'at least 30 jobs', seen, isRight: least >= 30};
};

const judge = (samples: readonly Sample[], say: (line: string) => void): readonly LabRow[] =>
	bounds.map(([key, bound, unit, why]) => {
		const points = samples.map(sample => [sample.at, sample[key] ?? 0] as const);
		const {perHour, growth} = slope(points);
		const values = points.map(([, value]) => value);
		say(
			`${key}: ${values[0]?.toFixed(1)} at first, ${Math.max(...values).toFixed(1)} at most, ${values.at(-1)?.toFixed(1)} at last; ${perHour.toFixed(2)} ${unit}/h (${why})`,
		);
		return flatRow(`${key} is flat`, bound, growth, bound, unit);
	});

const judgeProbes = (
	probes: Readonly<Record<string, readonly Sample[]>>,
	machine: number,
	say: (line: string) => void,
): readonly LabRow[] =>
	Object.entries(probes).flatMap(([name, samples]) =>
		(
			[
				['heap', 4, 'MB', 'after a collection, so that nothing is left but what is held'],
				['handles', 8, 'handles', 'as many as workers and connections come and go'],
				['delayP99', 15, 'ms', 'the machine has other things to do as well'],
			] as const
		).map(([key, bound, unit, why]) => {
			const points = samples.map(sample => [sample.at, sample[key] ?? 0] as const);
			const {perHour, growth} = slope(points);
			const values = points.map(([, value]) => value).toSorted((a, b) => a - b);
			say(
				`${name} ${key}: median ${values[Math.floor(values.length / 2)]?.toFixed(1)}, at most ${values.at(-1)?.toFixed(1)}; ${perHour.toFixed(2)} ${unit}/h (${why})`,
			);
			// What the machine itself has slowed down by in this time is not the program's.
			const allowed = key === 'delayP99' ? bound + 3 * Math.max(0, machine) : bound;
			return flatRow(`${name} ${key} is flat`, Math.round(allowed), growth, allowed, unit);
		}),
	);

const flatRow = (what: string, expected: number, growth: number, bound: number, unit: string): LabRow => ({
	what,
	expected: `at most ${expected} ${unit} more`,
	seen: `${growth >= 0 ? '+' : ''}${growth.toFixed(2)} ${unit}`.trim(),
	isRight: growth <= bound,
});
