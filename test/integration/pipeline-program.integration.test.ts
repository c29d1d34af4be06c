import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {mkdir, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import {hasFfmpeg, makeFilm, probeFilm} from '../support/films.ts';
import {makePipeline, pipelineToml, quickAniCli, type TestPipeline} from '../support/pipeline.ts';
import {processTable} from '../support/process-table.ts';
import {createProgram, type Program} from '../support/program.ts';

/** The program with the configuration of a pipeline in its working directory. */
const makeScene = async (
	more = '',
): Promise<{program: Program; pipeline: TestPipeline; fetched: () => Promise<readonly string[]>}> => {
	const program = await createProgram();
	const aniCli = await quickAniCli(join(program.directory, 'tools'));
	const path = join(program.directory, 'jobs.db');
	const pipeline = makePipeline(path);
	onTestFinished(() => {
		pipeline.database.close();
	});
	await writeFile(join(program.directory, 'config.toml'), pipelineToml(path, aniCli.command, more));
	return {program, pipeline, fetched: aniCli.fetched};
};

/** Every file below a folder, with its content's sum, but for what Node has compiled of the program. */
const treeOf = async (folder: string): Promise<Readonly<Record<string, string>>> => {
	const files = await readdir(folder, {recursive: true, withFileTypes: true});
	return Object.fromEntries(
		await Promise.all(
			files
				.filter(file => file.isFile() && !file.parentPath.includes('/.cache/'))
				.map(async file => {
					const path = join(file.parentPath, file.name);
					return [
						path,
						createHash('sha256')
							.update(await readFile(path))
							.digest('hex'),
					] as const;
				}),
		),
	);
};

describe('what is taken', () => {
	test('--anime-id takes one series, and leaves the others queued', async () => {
		const {program, pipeline, fetched} = await makeScene();
		pipeline.add({mal: 1, title: 'First', episodes: 3}, {mal: 5114, title: 'Wanted', episodes: 2});
		const ended = await program.run(['--anime-id', '5114', 'run', '--until-idle']);
		expect(ended).toMatchObject({code: 0});
		expect(pipeline.stages()).toEqual({downloaded: 2, queued: 3});
		expect((await fetched()).every(line => line.startsWith('Wanted'))).toBe(true);
	});

	test('jobs of other series that wait from before give way to --anime-id, and their rows stay queued', async () => {
		const {program, pipeline, fetched} = await makeScene();
		pipeline.add({mal: 1, title: 'It hangs', episodes: 3});
		const first = program.start(['run']);
		await vi.waitFor(() => expect(pipeline.stages()['downloading']).toBeGreaterThan(0), {timeout: 20_000});
		first.process.kill('SIGTERM');
		await first.ended;
		expect(pipeline.stages()).toEqual({queued: 3});
		pipeline.add({mal: 5114, title: 'Wanted', episodes: 1});
		expect(await program.run(['--anime-id', '5114', 'run', '--until-idle'])).toMatchObject({code: 0});
		expect(pipeline.stages()).toEqual({downloaded: 1, queued: 3});
		expect(await fetched()).toEqual(['Wanted\t1']);
	});

	test.each(['delete', 'wal'])(
		'a dry run tells what would run, and writes nothing anywhere (journal: %s)',
		async journal => {
			const {program, pipeline} = await makeScene();
			pipeline.add(
				{mal: 1, title: 'First', episodes: 2},
				{mal: 2, title: 'None', episodes: 1, selected: -1, reason: 'an advert'},
			);
			pipeline.database.pragma(`journal_mode = ${journal}`);
			pipeline.database.close();
			await mkdir(program.storage);
			const before = await treeOf(program.directory);
			const told = (await program.json(['--dry-run', 'run'])) as {readonly pipeline: readonly object[]};
			expect(told.pipeline).toEqual([
				{anime_id: 1, mal_id: 1, episode: 1, title: 'First 01', skip: null},
				{anime_id: 1, mal_id: 1, episode: 2, title: 'First 02', skip: null},
				{anime_id: 2, mal_id: 2, episode: 1, title: 'None', skip: 'no candidates: an advert'},
			]);
			const one = await program.json(['--dry-run', '--anime-id', '2', 'run']);
			expect(one).toMatchObject({pipeline: [{mal_id: 2}]});
			expect(await treeOf(program.directory)).toEqual(before);
		},
	);

	test('a dry run beside a queue that has begun changes neither database', async () => {
		const {program, pipeline} = await makeScene();
		pipeline.add({mal: 1, title: 'First', episodes: 1}, {mal: 2, title: 'Second', episodes: 1});
		await program.run(['--anime-id', '1', 'run', '--until-idle']);
		const before = await treeOf(program.directory);
		expect(await program.json(['--dry-run', 'run'])).toMatchObject({jobs: [], pipeline: [{mal_id: 2, episode: 1}]});
		expect(await treeOf(program.directory)).toEqual(before);
	});

	test('a pipeline that is not there is told before anything is written', async () => {
		const {program, pipeline} = await makeScene();
		pipeline.database.close();
		await rm(pipeline.path);
		const ended = await program.run(['run', '--until-idle']);
		expect(ended).toMatchObject({code: 2, stdout: ''});
		expect(ended.stderr).toContain(`[pipeline] database: there is no file ${pipeline.path}`);
		expect(existsSync(program.data)).toBe(false);
	});

	test('rows wait, and it is said why, where ani-cli is switched off', async () => {
		const {program, pipeline} = await makeScene();
		const file = join(program.directory, 'config.toml');
		await writeFile(
			file,
			(await readFile(file, 'utf8')).replace('[providers.ani-cli]', '[providers.ani-cli]\nenabled = false'),
		);
		pipeline.add({mal: 1, title: 'First', episodes: 1});
		const ended = await program.run(['run', '--until-idle']);
		expect(ended.stderr).toContain('rows of the pipeline wait: ani-cli is switched off');
		expect(pipeline.stages()).toEqual({queued: 1});
	});
});

test('a program that is killed goes on where it was, and fetches nothing twice', async () => {
	const {program, pipeline, fetched} = await makeScene();
	pipeline.add({mal: 1, title: 'It is slow', episodes: 2}, {mal: 2, title: 'Quick', episodes: 8});
	for (const goal of [1, 5]) {
		const life = program.start(['run', '--until-idle']);
		await vi.waitFor(() => expect(pipeline.stages()['downloaded'] ?? 0).toBeGreaterThanOrEqual(goal), {
			timeout: 20_000,
		});
		life.process.kill('SIGKILL');
		await life.ended;
	}

	expect(await program.run(['run', '--until-idle'])).toMatchObject({code: 0});
	expect(pipeline.stages()).toEqual({downloaded: 10});
	expect(new Set(await fetched()).size).toBe(10);
	expect(await fetched()).toHaveLength(10);
	expect(await program.json(['list', '--limit', '50'])).toMatchObject({
		jobs: Array.from({length: 10}, () => ({status: 'completed'})),
	});
	expect(pipeline.database.prepare('SELECT * FROM workers').all()).toEqual([]);
});

test('a remux that a kill interrupts is done again, and nothing is fetched again', async context => {
	if (!(await hasFfmpeg())) context.skip('needs ffmpeg');
	const {program, pipeline, fetched} = await makeScene('[finish]\ncontainer = "mkv"');
	const tools = join(program.directory, 'tools');
	await makeFilm(join(tools, 'film.mp4'), 3);
	const slow = join(program.directory, 'slow');
	await mkdir(slow);
	const half = 'for out; do :; done; echo half >"${out#file:}"; echo $$ >>"$0.pids"; exec sleep 600';
	await writeFile(join(slow, 'ffmpeg'), `#!/bin/sh\n${half}\n`, {mode: 0o755});
	pipeline.add({mal: 1, title: 'A real film', episodes: 1});
	const path = `${slow}:${process.env['PATH'] ?? ''}`;
	for (let life = 1; life <= 2; life++) {
		const {process: child, ended} = program.start(['run'], {env: {PATH: path}});
		const begun = async (): Promise<number> =>
			(await readFile(join(slow, 'ffmpeg.pids'), 'utf8').catch(() => '')).split('\n').length - 1;
		await vi.waitFor(async () => expect(await begun()).toBe(life), {timeout: 20_000});
		child.kill('SIGKILL');
		await ended;
		expect(pipeline.stages()).toEqual({downloading: 1});
	}

	expect(await program.run(['run', '--until-idle'])).toMatchObject({code: 0});
	expect(await fetched()).toEqual(['A real film\t1']);
	const row = pipeline.row(1, 1);
	expect(row).toMatchObject({stage: 'downloaded', retry_count: 0});
	expect((await probeFilm(row.video_path ?? '')).container).toContain('matroska');
	expect(row.video_path).toMatch(/ep001\.mkv$/);
	// What the kills have left of ffmpeg is gone as well.
	const pids = new Set((await readFile(join(slow, 'ffmpeg.pids'), 'utf8')).split('\n').map(Number));
	expect(processTable().filter(({pid, state, name}) => pids.has(pid) && name === 'sleep' && state !== 'Z')).toEqual([]);
});

/** 004: "Monitor Progress", "Check if ready", "Statistics Queries" and "Issue: High Failure Rate", word for word. */
const documents = {
	success: `SELECT
    COUNT(CASE WHEN stage = 'downloaded' THEN 1 END) as success,
    COUNT(CASE WHEN stage = 'failed' THEN 1 END) as failed,
    ROUND(100.0 * COUNT(CASE WHEN stage = 'downloaded' THEN 1 END) /
          (COUNT(CASE WHEN stage = 'downloaded' THEN 1 END) +
           COUNT(CASE WHEN stage = 'failed' THEN 1 END)), 2) as success_rate_pct
FROM jobs
WHERE stage IN ('downloaded', 'failed');`,
	sizes: `SELECT
    AVG(video_size_bytes) / 1000000 as avg_size_mb,
    MIN(video_size_bytes) / 1000000 as min_size_mb,
    MAX(video_size_bytes) / 1000000 as max_size_mb
FROM jobs
WHERE video_size_bytes IS NOT NULL;`,
	series: `SELECT
    anime_title,
    COUNT(*) as total_episodes,
    SUM(CASE WHEN stage = 'downloaded' THEN 1 ELSE 0 END) as downloaded,
    SUM(CASE WHEN stage = 'failed' THEN 1 ELSE 0 END) as failed
FROM jobs
GROUP BY anime_id, anime_title
HAVING total_episodes > 0
ORDER BY downloaded DESC
LIMIT 20;`,
	errors: `SELECT error_message, COUNT(*) as count
FROM jobs
WHERE stage = 'failed'
GROUP BY error_message
ORDER BY count DESC
LIMIT 5;`,
	stages: `SELECT stage, COUNT(*) as count
FROM jobs
GROUP BY stage;`,
	failures: `SELECT anime_title, episode, error_message
FROM jobs
WHERE stage = 'failed'
LIMIT 10;`,
	selections: `SELECT COUNT(*) as total,
       SUM(CASE WHEN confidence = 'high' THEN 1 ELSE 0 END) as high_conf
FROM anime_selection_cache;`,
} as const;

type Stats = {
	readonly stages: Readonly<Record<string, number>>;
	readonly success: {
		readonly downloaded: number;
		readonly failed: number;
		readonly rate: number;
		readonly beyond: number;
	};
	readonly sizes: {readonly average: number; readonly least: number; readonly most: number};
	readonly series: ReadonlyArray<Readonly<Record<'title' | 'episodes' | 'downloaded' | 'failed', unknown>>>;
	readonly top_errors: ReadonlyArray<{readonly message: string; readonly count: number}>;
	readonly failures: ReadonlyArray<Readonly<Record<'title' | 'episode' | 'message', unknown>>>;
	readonly selections: {readonly total: number; readonly high: number};
};

test("stats answers each query of the pipeline's document, and the document's own SQL agrees", async () => {
	const {program, pipeline} = await makeScene();
	const {database} = pipeline;
	pipeline.add(
		...Array.from({length: 25}, (_, index) => ({mal: index + 1, title: `Series ${index}`, episodes: 3 + (index % 7)})),
	);
	database.exec(`UPDATE jobs SET stage = 'downloaded', video_size_bytes = 1234567 * (1 + id % 300) WHERE (id * 7 + anime_id) % 5 > 1;
		UPDATE jobs SET stage = 'transcribed', video_size_bytes = 350000001 WHERE id % 13 = 0;
		UPDATE jobs SET stage = 'failed', error_message = 'error ' || (id % 6) WHERE id % 4 = 1`);
	const {pipeline: stats} = (await program.json(['stats'])) as {readonly pipeline: Stats};
	const all = (sql: string): ReadonlyArray<Readonly<Record<string, unknown>>> =>
		database.prepare(sql).all() as ReadonlyArray<Readonly<Record<string, unknown>>>;
	expect(all(documents.success)).toEqual([
		{
			success: stats.success.downloaded,
			failed: stats.success.failed,
			success_rate_pct: Math.round(stats.success.rate * 10_000) / 100,
		},
	]);
	expect(all(documents.sizes)).toEqual([
		{
			avg_size_mb: stats.sizes.average / 1e6,
			min_size_mb: Math.floor(stats.sizes.least / 1e6),
			max_size_mb: Math.floor(stats.sizes.most / 1e6),
		},
	]);
	expect(all(documents.series)).toEqual(
		stats.series.map(({title, episodes, downloaded, failed}) => ({
			anime_title: title,
			total_episodes: episodes,
			downloaded,
			failed,
		})),
	);
	expect(all(documents.errors)).toEqual(stats.top_errors.map(({message, count}) => ({error_message: message, count})));
	expect(all(documents.stages)).toEqual(Object.entries(stats.stages).map(([stage, count]) => ({stage, count})));
	expect(all(documents.failures)).toEqual(
		stats.failures.map(({title, episode, message}) => ({anime_title: title, episode, error_message: message})),
	);
	expect(all(documents.selections)).toEqual([{total: stats.selections.total, high_conf: stats.selections.high}]);
	expect(stats.success.beyond).toBe((stats.stages['downloaded'] ?? 0) + (stats.stages['transcribed'] ?? 0));
	const {stdout} = await program.run(['stats']);
	expect(stdout).toContain(`rows failed`);
	expect(stdout).toContain('Series 24');
});

describe('files', () => {
	test('each series has a metadata.json with titles, ids, episodes, sizes and sums', async () => {
		const {program, pipeline} = await makeScene();
		pipeline.add({mal: 5114, title: "It's $(touch x)!/漢字 🐙", episodes: 3});
		await program.run(['run', '--until-idle']);
		const folder = join(program.storage, 'videos/5114');
		const metadata = JSON.parse(await readFile(join(folder, 'metadata.json'), 'utf8')) as {
			readonly episodes: ReadonlyArray<{readonly file: string; readonly size: number; readonly sha256: string}>;
		};
		expect(metadata).toMatchObject({
			generator: 'tidegate',
			ids: {mal_id: 5114, anime_id: 1},
			titles: {
				title: "It's $(touch x)!/漢字 🐙",
				english: "It's $(touch x)!/漢字 🐙 in English",
				synonyms: ["It's $(touch x)!/漢字 🐙!"],
			},
			episodes_total: 3,
		});
		expect(metadata.episodes).toHaveLength(3);
		for (const [index, {file, size, sha256}] of metadata.episodes.entries()) {
			expect(file).toBe(`episodes/ep00${index + 1}.mp4`);
			const content = await readFile(join(folder, file));
			expect([size, sha256]).toEqual([content.byteLength, createHash('sha256').update(content).digest('hex')]);
		}
	});

	test('a metadata.json of somebody else stays as it is', async () => {
		const {program, pipeline} = await makeScene();
		pipeline.add({mal: 7, title: 'Mine', episodes: 1});
		const path = join(program.storage, 'videos/7/metadata.json');
		await mkdir(join(program.storage, 'videos/7'), {recursive: true});
		await writeFile(path, '{"ids": {"anime_id": 1}}');
		const ended = await program.run(['run', '--until-idle']);
		expect(ended.stderr).toContain('another file of that name is there');
		expect(await readFile(path, 'utf8')).toBe('{"ids": {"anime_id": 1}}');
		expect(pipeline.stages()).toEqual({downloaded: 1});
	});
});
