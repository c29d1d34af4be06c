import {spawn, type ChildProcess} from 'node:child_process';
import {once} from 'node:events';
import {readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import {fileURLToPath} from 'node:url';
import {makeFilm} from './films.ts';
import {processesOf, queueNameOf} from './invariants.ts';
import {makePipeline, pipelineToml, quickAniCli, type Anime, type TestPipeline} from './pipeline.ts';
import {auditDatabase} from './queue-audit.ts';
import {seeded} from './soak-stream.ts';
import {program} from './tidegate.ts';

export type PipelineRun = {
	readonly rows: number;
	readonly stages: Readonly<Record<string, number>>;
	readonly deaths: number;
	/** The most bytes that were seen in the storage, and what it may hold. */
	readonly most: number;
	readonly hard: number;
	/** How often the gate closed. */
	readonly closed: number;
	readonly seconds: number;
	/** What is wrong, a sentence each. */
	readonly wrong: Readonly<Record<'stages' | 'doubled' | 'promises' | 'files' | 'queue' | 'left', readonly string[]>>;
};

export type PipelineRunOptions = {
	/** Of its own, absolute. */
	readonly directory: string;
	readonly series: number;
	readonly episodes: number;
	readonly deaths: number;
	readonly seed: number;
	/** Files that the storage may hold. */
	readonly budget: number;
	/** Real films, which are put into Matroska, and a transcriber that takes a second for each. */
	readonly isRemuxed?: boolean;
	readonly say: (line: string) => void;
};

const fakeBytes = 400_000;

/**
 * A pipeline at work: an indexer that adds series, tidegate with five workers, which is killed again and again, and a
 * transcriber that deletes what it has read, in a storage that holds few files. What is judged comes from both databases,
 * the tree, and the notes of the tools.
 */
export const runPipeline = async (options: PipelineRunOptions): Promise<PipelineRun> => {
	const {directory, budget, say, isRemuxed = false} = options;
	const began = performance.now();
	const path = join(directory, 'jobs.db');
	const tools = join(directory, 'tools');
	const aniCli = await quickAniCli(tools, fakeBytes - 100);
	if (isRemuxed) await makeFilm(join(tools, 'film.mp4'), 4, filmCodecs);
	const fileBytes = isRemuxed ? (await stat(join(tools, 'film.mp4'))).size : fakeBytes;
	const hard = budget * fileBytes;
	const marks = `${isRemuxed ? '[finish]\ncontainer = "mkv"\n' : ''}[disk_management]
hard_limit_gb = ${hard / 1e9}
pause_threshold_gb = ${(hard * 0.85) / 1e9}
resume_threshold_gb = ${(hard * 0.6) / 1e9}
resume_dwell_seconds = 0
check_interval_seconds = 1
cache_duration_seconds = 0.1
max_concurrent_downloads = 5
`;
	const config = join(directory, 'config.toml');
	await writeFile(
		config,
		`[data]\nroot_dir = "data"\nstorage_dir = "../storage"\n${pipelineToml(path, aniCli.command, marks)}`,
	);
	const pipeline = makePipeline(path);
	const all = seriesFor(options);
	const storage = join(directory, 'storage');
	const watch = watchSize(storage);
	const reader = startReader(path, isRemuxed ? 1000 : 110);
	let closed = 0;
	let deaths = 0;
	try {
		const chance = seeded(options.seed);
		let added = 0;
		const index = (count: number): void => {
			pipeline.add(...all.slice(added, added + count));
			added = Math.min(all.length, added + count);
		};
		index(Math.ceil(all.length / 2));
		const share = Math.ceil(all.length / 2 / Math.max(1, options.deaths));
		for (let life = 0; life <= options.deaths; life++) {
			const child = startLife(directory, config);
			let words = '';
			child.stderr?.setEncoding('utf8').on('data', (text: string) => {
				words += text;
			});
			const ended = once(child, 'exit') as Promise<[number | null]>;
			if (life < options.deaths) {
				const goal = ((life + 0.5) / (options.deaths + 1)) * all.length * options.episodes;
				await Promise.race([until(() => endedIn(pipeline) >= goal), ended]);
				index(share);
				await Promise.race([delay(chance() * 1000), ended]);
				if (child.exitCode === null) deaths++;
				child.kill('SIGKILL');
				await ended;
			} else {
				index(all.length);
				const timer = setTimeout(() => child.kill('SIGKILL'), 600_000);
				const [code] = await ended;
				clearTimeout(timer);
				if (code !== 0 && code !== 1) say(`the last life ended with ${code}: ${words.slice(-500)}`);
			}

			closed += words.match(/ disk (?!open)[a-z]+/g)?.length ?? 0;
			say(`life ${life + 1}: ${JSON.stringify(pipeline.stages())}`);
		}

		await until(() => (pipeline.stages()['downloaded'] ?? 0) + (pipeline.stages()['transcribing'] ?? 0) === 0);
	} finally {
		await reader.end();
		watch.end();
	}

	const wrong = await judge({
		pipeline,
		all,
		storage,
		read: reader.words(),
		fetched: await aniCli.fetched(),
		data: join(directory, 'data'),
		least: fileBytes / 2,
	});
	const stages = pipeline.stages();
	const rows = pipeline.rows().length;
	pipeline.database.close();
	return {rows, stages, deaths, most: watch.most(), hard, closed, seconds: (performance.now() - began) / 1000, wrong};
};

/** Half a megabyte or more, of which nothing can be packed. */
const filmCodecs = ['-c:v', 'mpeg4', '-vf', 'noise=alls=60:allf=t', '-b:v', '1M', '-c:a', 'aac'];

/** Some fail, some have no candidates, one title is there twice. */
const seriesFor = ({series, episodes, isRemuxed = false}: PipelineRunOptions): readonly Anime[] =>
	Array.from({length: series}, (_, index) => ({
		mal: 1000 + index,
		title:
			index % 20 === 7
				? `Series ${index} fails`
				: index === 3 || index === 4
					? `The same title${isRemuxed ? ' film' : ''}`
					: `Series ${index}: it's $(odd) 漢${isRemuxed ? ' film' : ''}`,
		episodes,
		priority: index % 10 === 9 ? 1 : 0,
		...(index % 25 === 11 ? {selected: -1, reason: 'a recap'} : {}),
	}));

const startLife = (directory: string, config: string): ChildProcess =>
	spawn(process.execPath, [program, '--config', config, 'run', '--until-idle'], {
		cwd: directory,
		env: {PATH: process.env['PATH'] ?? '', HOME: directory, LANG: 'C.UTF-8'},
		stdio: ['ignore', 'ignore', 'pipe'],
	});

const endedIn = (pipeline: TestPipeline): number => {
	const stages = Object.entries(pipeline.stages());
	return stages.reduce((sum, [stage, count]) => sum + (stage === 'queued' || stage === 'downloading' ? 0 : count), 0);
};

const readerPath = fileURLToPath(new URL('pipeline-reader.ts', import.meta.url));

const startReader = (
	path: string,
	pause: number,
): {readonly words: () => readonly string[]; readonly end: () => Promise<void>} => {
	const child = spawn(process.execPath, [readerPath, path, String(pause), 'calm'], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	let said = '';
	child.stdout.setEncoding('utf8').on('data', (text: string) => {
		said += text;
	});
	const closed = once(child, 'close');
	return {
		words: () => said.split('\n').filter(line => line !== ''),
		async end() {
			child.kill('SIGTERM');
			await closed;
		},
	};
};

const until = async (isOver: () => boolean): Promise<void> => {
	for (let waited = 0; !isOver() && waited < 120_000; waited += 100) await delay(100);
};

/** Looks again and again at how much lies in a tree. */
const watchSize = (folder: string): {readonly most: () => number; readonly end: () => void} => {
	let most = 0;
	let isOver = false;
	const look = async (): Promise<void> => {
		while (!isOver) {
			most = Math.max(most, await sizeOf(folder));
			await delay(15);
		}
	};
	void look();
	return {
		most: () => most,
		end() {
			isOver = true;
		},
	};
};

const sizeOf = async (folder: string): Promise<number> => {
	const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => []);
	const sizes = await Promise.all(
		entries
			.filter(entry => entry.isFile())
			.map(entry =>
				stat(join(entry.parentPath, entry.name)).then(
					({size, nlink}) => size / nlink,
					() => 0,
				),
			),
	);
	return sizes.reduce((sum, size) => sum + size, 0);
};

type Evidence = {
	readonly pipeline: TestPipeline;
	readonly all: readonly Anime[];
	readonly storage: string;
	readonly data: string;
	/** What the transcriber said. */
	readonly read: readonly string[];
	/** What the tool noted. */
	readonly fetched: readonly string[];
	/** No file is smaller. */
	readonly least: number;
};

const judge = async ({pipeline, all, storage, data, read, fetched, least}: Evidence): Promise<PipelineRun['wrong']> => {
	const wrong = {
		stages: [] as string[],
		doubled: [] as string[],
		promises: read.filter(line => /has no file|another size/.test(line)),
		files: [] as string[],
		queue: [] as string[],
		left: [] as string[],
	};
	const rows = pipeline.rows();
	const wanted = all.reduce((sum, {episodes}) => sum + episodes, 0);
	if (rows.length !== wanted) wrong.stages.push(`there are ${rows.length} rows instead of ${wanted}`);
	for (const row of rows) {
		const anime = all.find(({mal}) => mal === row.mal_id);
		const isHopeless = anime?.selected === -1 || anime?.title.endsWith('fails') === true;
		const name = `${row.anime_title} ${row.episode} (${row.id})`;
		if (row.stage !== (isHopeless ? 'failed' : 'transcribed'))
			wrong.stages.push(`${name} is ${row.stage}: ${row.error_message}`);
		else if (isHopeless && (row.error_message ?? '') === '') wrong.stages.push(`${name} failed without a reason`);
		else if (!isHopeless && (row.video_path === null || row.progress !== 1)) wrong.stages.push(`${name} has no file`);
	}

	for (const [what, lines] of [
		['read', read.filter(line => line.startsWith('read '))],
		['fetched', fetched.filter(line => !line.startsWith('The same title'))],
	] as const) {
		const seen = new Set<string>();
		for (const line of lines) {
			if (seen.has(line)) wrong.doubled.push(`${what} twice: ${line}`);
			seen.add(line);
		}
	}

	await judgeFiles(all, storage, least, wrong.files);
	const {jobs, contradictions} = auditDatabase(join(data, 'tidegate.db'));
	wrong.queue.push(...contradictions);
	for (const job of jobs)
		if (job.status !== 'completed' && job.status !== 'failed') wrong.queue.push(`job ${job.id} is ${job.status}`);
	const taken = rows.filter(row => !(all.find(({mal}) => mal === row.mal_id)?.selected === -1)).length;
	if (jobs.length !== taken) wrong.queue.push(`there are ${jobs.length} jobs for ${taken} rows`);
	wrong.left.push(...processesOf(queueNameOf(join(data, 'tidegate.db'))));
	const workers = pipeline.database.prepare('SELECT count(*) FROM workers').pluck().get() as number;
	if (workers > 0) wrong.left.push(`${workers} rows of workers`);
	return wrong;
};

/** Every video was deleted by who has read it; what is left describes them all. */
const judgeFiles = async (all: readonly Anime[], storage: string, least: number, wrong: string[]): Promise<void> => {
	const left = await readdir(storage, {recursive: true, withFileTypes: true});
	for (const entry of left) {
		if (entry.isFile() && entry.name !== 'metadata.json' && !entry.parentPath.includes('/.tidegate'))
			wrong.push(`${join(entry.parentPath, entry.name)} is left`);
	}

	for (const {mal, title, episodes, selected} of all) {
		if (selected === -1 || title.endsWith('fails')) continue;
		const text = await readFile(join(storage, 'videos', String(mal), 'metadata.json'), 'utf8').catch(() => '{}');
		const {episodes: described = []} = JSON.parse(text) as {
			readonly episodes?: ReadonlyArray<{
				readonly episode: number;
				readonly sha256: string | null;
				readonly size: number;
			}>;
		};
		const whole = described.filter(({sha256, size}) => /^[\da-f]{64}$/.test(sha256 ?? '') && size > least);
		if (whole.length !== episodes) wrong.push(`${title}: ${whole.length} of ${episodes} episodes are described`);
	}
};
