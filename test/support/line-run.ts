import {createHash} from 'node:crypto';
import {readFileSync} from 'node:fs';
import {mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {contentSha256, startMediaServer, type MediaRoute} from '../../source/demo/media-server.ts';
import {openLine, untilShown, type Drop, type Line} from './line.ts';
import {program, runTidegate} from './tidegate.ts';

export type LineRunOptions = {
	/** One drop each: the first cuts the screen that the scheduler runs in, the others screens that attach to it. */
	readonly drops: readonly Drop[];
	/** Downloads that run meanwhile. */
	readonly files: number;
	/** How long each of them takes, in seconds. */
	readonly seconds: number;
};

export type LineRunResult = {
	readonly drops: number;
	/** Milliseconds from the start of the next `tidegate` until it shows all downloads. */
	readonly shownAfter: readonly number[];
	/** Screens on which the downloads did not move. */
	readonly still: number;
	/** Times that the scheduler was another process after a drop than before. */
	readonly schedulersLost: number;
	/** Requests beyond one for each file. */
	readonly interrupted: number;
	readonly completed: number;
	readonly wrongChecksums: number;
	/** Processes whose screen was dropped and that are still there, other than the scheduler. */
	readonly leftBehind: number;
};

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
`;

/** Cuts the line of running screens again and again while files are fetched, and looks at what became of the files. */
export const runLine = async (options: LineRunOptions): Promise<LineRunResult> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-line-'));
	const size = 600_000;
	const routes = Object.fromEntries(
		Array.from({length: options.files}, (_, index): [string, MediaRoute] => [
			`/file-${index}.bin`,
			{content: {seed: index + 1, size}, answers: [{type: 'file', rate: Math.round(size / options.seconds)}]},
		]),
	);
	const server = await startMediaServer({routes});
	const tidegate = (args: readonly string[]) => runTidegate(['--json', ...args], {cwd: directory});
	const holder = (): number =>
		(JSON.parse(readFileSync(join(directory, 'data', 'scheduler.json'), 'utf8')) as {readonly pid: number}).pid;
	const open = (drop: Drop): Promise<Line> =>
		openLine(drop, {
			file: process.execPath,
			args: [program],
			cwd: directory,
			env: {HOME: directory, LANG: 'C.UTF-8', TERM: 'xterm-256color'},
		});
	const paths = Object.keys(routes);
	const showsAll = (text: string): boolean => paths.every(path => runs(text, path.slice(1)));
	const dropped: number[] = [];
	try {
		await writeFile(join(directory, 'config.toml'), config);
		await tidegate(['add', ...paths.map(path => `${server.url}${path}`)]);
		const shownAfter: number[] = [];
		let still = 0;
		let schedulersLost = 0;
		let scheduler: number | undefined;
		for (const [index, drop] of options.drops.entries()) {
			const begun = performance.now();
			const line = await open(drop);
			const before = await untilShown(line, showsAll, 'every download');
			if (index > 0) shownAfter.push(performance.now() - begun);
			await untilShown(line, text => text !== before, 'a change', 3000).catch(() => still++);
			scheduler ??= await line.pid();
			dropped.push(await line.pid());
			await line.drop();
			if (holder() !== scheduler || !isAlive(scheduler)) schedulersLost++;
		}

		const waited = await Promise.race([tidegate(['wait']), giveUp(options.seconds * 4 + 60)]);
		if (waited.stdout === '') throw new Error(`wait ended with ${waited.exitCode}: ${waited.stderr}`);
		const {jobs} = JSON.parse(waited.stdout) as {
			readonly jobs: ReadonlyArray<{readonly source: string; readonly status: string; readonly output_path: string}>;
		};
		let wrongChecksums = 0;
		for (const job of jobs) {
			const {content} = routes[new URL(job.source).pathname] ?? {};
			const bytes = await readFile(job.output_path).catch(() => Buffer.of());
			if (content === undefined || createHash('sha256').update(bytes).digest('hex') !== contentSha256(content))
				wrongChecksums++;
		}

		await delay(200);
		return {
			drops: options.drops.length,
			shownAfter,
			still,
			schedulersLost,
			interrupted: paths.reduce((sum, path) => sum + server.served(path).requests - 1, 0),
			completed: jobs.filter(job => job.status === 'completed').length,
			wrongChecksums,
			leftBehind: dropped.filter(pid => pid !== scheduler && isAlive(pid)).length,
		};
	} finally {
		for (const pid of new Set([...dropped, ...pidOf(holder)])) endHard(pid);
		await server.close();
		await rm(directory, {recursive: true, force: true, maxRetries: 5});
	}
};

const giveUp = async (seconds: number): Promise<never> => {
	await delay(seconds * 1000, undefined, {ref: false});
	throw new Error(`the downloads did not end within ${seconds} s`);
};

/** Whether the screen shows a job as one that is being fetched. */
const runs = (text: string, title: string): boolean =>
	text.split('\n').some(line => line.includes('↓') && line.includes(`${title} `));

const pidOf = (holder: () => number): readonly number[] => {
	try {
		return [holder()];
	} catch {
		return [];
	}
};

const isAlive = (pid: number): boolean => {
	try {
		// What has ended and is not waited for yet counts as gone.
		return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
	} catch {
		return false;
	}
};

const endHard = (pid: number): void => {
	try {
		process.kill(pid, 'SIGKILL');
	} catch {
		// It has ended.
	}
};
