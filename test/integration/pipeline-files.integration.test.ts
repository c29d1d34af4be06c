import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {chmod, mkdir, readdir, readFile, readlink, rm, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {expect, onTestFinished, test, vi, type TestContext} from 'vitest';
import type {LocalEngine} from '../../source/engine/index.ts';
import {hasFfmpeg, makeRichFilm, probeFilm} from '../support/films.ts';
import {makePipeline, pipelineToml, quickAniCli, type TestPipeline} from '../support/pipeline.ts';
import {makeEnginePlace, type EnginePlace} from '../support/temp-engine.ts';

const which = promisify(execFile);

type Scene = {
	readonly pipeline: TestPipeline;
	readonly place: EnginePlace;
	readonly tools: string;
	readonly fetched: () => Promise<readonly string[]>;
	readonly run: () => Promise<void>;
	readonly start: () => Promise<LocalEngine>;
};

const script = async (path: string, lines: string): Promise<void> => {
	await writeFile(path, `#!/bin/sh\n${lines}\n`);
	await chmod(path, 0o755);
};

/** A pipeline whose ani-cli brings a real film with two languages; PATH is a folder of the test's own, with `programs` in it. */
const makeScene = async (
	context: TestContext,
	{more = '', programs = ['ffmpeg', 'ffprobe']}: {readonly more?: string; readonly programs?: readonly string[]} = {},
): Promise<Scene> => {
	if (!(await hasFfmpeg())) context.skip('needs ffmpeg');
	const place = await makeEnginePlace('');
	onTestFinished(place.remove);
	const tools = join(place.directory, 'tools');
	const aniCli = await quickAniCli(tools);
	await makeRichFilm(tools, 'film.mp4');
	const path = join(place.directory, 'jobs.db');
	const pipeline = makePipeline(path);
	onTestFinished(() => {
		pipeline.database.close();
	});
	await place.configure(pipelineToml(path, aniCli.command, more));
	const bin = join(place.directory, 'bin');
	await mkdir(bin);
	for (const name of ['sh', 'cat', 'cp', 'mv', 'dirname', 'tr', 'cut', 'head', 'sleep', 'printf', ...programs]) {
		await symlink((await which('which', [name])).stdout.trim(), join(bin, name));
	}

	// What ani-cli is not used without; its double uses none of them.
	for (const name of ['yt-dlp', 'aria2c', 'curl', 'openssl', 'fzf']) await script(join(bin, name), 'exit 0');
	const before = process.env['PATH'];
	process.env['PATH'] = bin;
	onTestFinished(() => {
		process.env['PATH'] = before;
	});
	return {
		pipeline,
		place,
		tools,
		fetched: aniCli.fetched,
		async run() {
			const engine = await place.open();
			try {
				await engine.start();
				await engine.untilIdle();
			} finally {
				await engine.close();
			}
		},
		async start() {
			const engine = await place.open();
			onTestFinished(() => engine.close());
			await engine.start();
			return engine;
		},
	};
};

const inMatroska = '[finish]\ncontainer = "mkv"';

const durationOf = ({database}: TestPipeline): unknown =>
	database.prepare('SELECT duration_seconds FROM jobs ORDER BY id').pluck().get();

const metadataOf = async ({place}: Scene): Promise<unknown> =>
	JSON.parse(await readFile(join(place.paths.storage, 'videos/5114/metadata.json'), 'utf8'));

test('an episode tells how long it plays and in which languages, in its row and beside it', async context => {
	const scene = await makeScene(context);
	scene.pipeline.add({mal: 5114, title: 'A real film', episodes: 1});
	await scene.run();
	expect(scene.pipeline.row(5114, 1)).toMatchObject({
		stage: 'downloaded',
		video_path: join(scene.place.paths.storage, 'videos/5114/episodes/ep001.mp4'),
	});
	expect(durationOf(scene.pipeline)).toBe(4);
	const languages = {audio: ['jpn', 'deu'], subtitles: ['eng']};
	expect(await metadataOf(scene)).toMatchObject({
		languages: {audio: ['deu', 'jpn'], subtitles: ['eng']},
		episodes: [{file: 'episodes/ep001.mp4', duration_seconds: expect.closeTo(4, 0), languages}],
	});
});

test('without ffprobe nothing breaks: both say that nobody knows', async context => {
	const scene = await makeScene(context, {programs: []});
	scene.pipeline.add({mal: 5114, title: 'A real film', episodes: 1});
	await scene.run();
	expect(scene.pipeline.stages()).toEqual({downloaded: 1});
	expect(durationOf(scene.pipeline)).toBeNull();
	expect(await metadataOf(scene)).toMatchObject({
		languages: null,
		episodes: [{sha256: expect.any(String) as string, duration_seconds: null, languages: null}],
	});
});

test('an episode that is put into Matroska says so by its extension, and its row by path and size', async context => {
	const scene = await makeScene(context, {more: inMatroska});
	scene.pipeline.add({mal: 5114, title: 'A real film', episodes: 2});
	await scene.run();
	const row = scene.pipeline.row(5114, 2);
	const path = join(scene.place.paths.storage, 'videos/5114/episodes/ep002.mkv');
	expect(row).toMatchObject({stage: 'downloaded', progress: 1, video_path: path, retry_count: 0});
	const film = await probeFilm(path);
	expect(film.container).toContain('matroska');
	expect(film.streams.map(({codec}) => codec)).toEqual(['h264', 'aac', 'aac', 'subrip']);
	expect((await readFile(path)).byteLength).toBe(row.video_size_bytes);
	expect(await readdir(join(scene.place.paths.storage, 'videos/5114/episodes'))).toEqual(['ep001.mkv', 'ep002.mkv']);
	// Neither what was fetched nor what was made of it stays anywhere else.
	expect((await readdir(scene.place.paths.storage, {recursive: true})).filter(name => /film|\.mp4/.test(name))).toEqual(
		[],
	);
});

test('a name that is taken is not taken again: the new film gets a number', async context => {
	const scene = await makeScene(context, {more: inMatroska});
	const folder = join(scene.place.paths.storage, 'videos/5114/episodes');
	await mkdir(folder, {recursive: true});
	await writeFile(join(folder, 'ep001.mkv'), 'mine');
	scene.pipeline.add({mal: 5114, title: 'A real film', episodes: 1});
	await scene.run();
	expect(await readFile(join(folder, 'ep001.mkv'), 'utf8')).toBe('mine');
	expect(scene.pipeline.row(5114, 1).video_path).toBe(join(folder, 'ep001 (2).mkv'));
});

test('a remux that a stop interrupts is done again, and nothing is fetched again', async context => {
	const scene = await makeScene(context, {more: inMatroska});
	const {place, pipeline, fetched} = scene;
	const ffmpeg = join(place.directory, 'bin/ffmpeg');
	const real = await readlink(ffmpeg);
	await rm(ffmpeg);
	await script(ffmpeg, 'for out; do :; done\necho half >"${out#file:}"\nsleep 600');
	pipeline.add({mal: 5114, title: 'A real film', episodes: 1});
	const first = await scene.start();
	await vi.waitFor(() => expect(first.getSnapshot().active).toMatchObject([{phase: 'remuxing'}]), {timeout: 20_000});
	expect(pipeline.stages()).toEqual({downloading: 1});
	await first.close();
	expect(pipeline.stages()).toEqual({queued: 1});
	await rm(ffmpeg);
	await symlink(real, ffmpeg);
	await scene.run();
	expect(await fetched()).toEqual(['A real film\t1']);
	expect(pipeline.row(5114, 1)).toMatchObject({stage: 'downloaded', retry_count: 0});
	expect((await probeFilm(pipeline.row(5114, 1).video_path ?? '')).container).toContain('matroska');
});

test('without ffmpeg the film waits, fetched, and its row with it; nothing is lost and no attempt is spent', async context => {
	const scene = await makeScene(context, {more: inMatroska, programs: ['ffprobe']});
	const {pipeline, fetched} = scene;
	pipeline.add({mal: 5114, title: 'A real film', episodes: 1});
	const engine = await scene.start();
	await vi.waitFor(
		async () => {
			const {rows} = await engine.list({limit: 1});
			expect(rows[0]).toMatchObject({status: 'queued', attempts: 0, hold: {reason: 'tool-missing'}});
		},
		{timeout: 20_000},
	);
	expect(engine.getSnapshot().notices.join('\n')).toContain('ffmpeg was not found; [finish] container = "mkv" needs');
	const findings = await engine.findings();
	expect(findings.find(({name}) => name === 'ffmpeg')).toMatchObject({
		ok: false,
		fix: expect.stringContaining('install ffmpeg') as string,
	});
	expect(findings.find(({name}) => name === 'ffprobe')).toMatchObject({ok: true});
	await vi.waitFor(() => expect(pipeline.stages()).toEqual({queued: 1}), {timeout: 20_000});
	const [row] = (await engine.list({limit: 1})).rows;
	const detail = await engine.show(row!.id);
	expect(existsSync(join(detail?.directory ?? '', '.fetched.json'))).toBe(true);
	expect(await fetched()).toEqual(['A real film\t1']);
});

test('a row has the attempts that it asks for itself', async context => {
	const scene = await makeScene(context);
	scene.pipeline.add({mal: 1, title: 'It fails', episodes: 2});
	scene.pipeline.database.exec('UPDATE jobs SET max_retries = CASE episode WHEN 1 THEN 0 ELSE 2 END');
	await scene.run();
	expect(scene.pipeline.stages()).toEqual({failed: 2});
	expect([scene.pipeline.row(1, 1).retry_count, scene.pipeline.row(1, 2).retry_count]).toEqual([0, 2]);
});
