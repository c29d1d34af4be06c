import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {existsSync} from 'node:fs';
import {readdir, readFile, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describe, expect, onTestFinished, test, vi} from 'vitest';
import type {LocalEngine} from '../../source/engine/index.ts';
import {makePipeline, pipelineToml, quickAniCli, type CacheShape, type TestPipeline} from '../support/pipeline.ts';
import {makeEnginePlace, type EnginePlace} from '../support/temp-engine.ts';

type Scene = {
	readonly pipeline: TestPipeline;
	readonly place: EnginePlace;
	readonly fetched: () => Promise<readonly string[]>;
	/** Lets a scheduler live until nothing is left to do. */
	readonly run: () => Promise<readonly string[]>;
	/** A scheduler that has begun; closed with the test. */
	readonly start: () => Promise<LocalEngine>;
};

/** A pipeline, a storage and an ani-cli that notes what it fetches. */
const makeScene = async ({shape = 'migrated' as CacheShape, more = ''} = {}): Promise<Scene> => {
	const place = await makeEnginePlace('');
	onTestFinished(place.remove);
	const aniCli = await quickAniCli(join(place.directory, 'tools'));
	const path = join(place.directory, 'jobs.db');
	const pipeline = makePipeline(path, shape);
	onTestFinished(() => {
		pipeline.database.close();
	});
	await place.configure(pipelineToml(path, aniCli.command, more));
	return {
		pipeline,
		place,
		fetched: aniCli.fetched,
		async run() {
			const engine = await place.open();
			const said: string[] = [];
			engine.onEvent(event => {
				if (event.type === 'notice') said.push(event.text);
			});
			try {
				await engine.start();
				await engine.untilIdle();
			} finally {
				await engine.close();
			}

			return said;
		},
		async start() {
			const engine = await place.open();
			onTestFinished(() => engine.close());
			await engine.start();
			return engine;
		},
	};
};

const until = (look: () => void | Promise<void>): Promise<void> => vi.waitFor(look, {timeout: 20_000, interval: 20});

const time = /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/;

describe('rows become files', () => {
	test.each<CacheShape>(['fresh', 'migrated'])('with a %s cache of selections', async shape => {
		const {pipeline, place, fetched, run} = await makeScene({shape});
		pipeline.add({mal: 5114, title: 'Death Note', episodes: 3}, {mal: 1535, title: 'Mushishi', episodes: 2});
		await run();
		expect(pipeline.stages()).toEqual({downloaded: 5});
		expect(await fetched()).toHaveLength(5);
		const row = pipeline.row(5114, 2);
		expect(row).toMatchObject({
			progress: 1,
			error_message: null,
			retry_count: 0,
			video_path: join(place.paths.storage, 'videos/5114/episodes/ep002.mp4'),
			video_deleted: 0,
		});
		expect(row.started_at).toMatch(time);
		expect(row.completed_at).toMatch(time);
		expect((await readFile(row.video_path ?? '')).byteLength).toBe(row.video_size_bytes);
	});

	test('in the order of the pipeline: by priority, then as they came', async () => {
		const {pipeline, fetched, run} = await makeScene({more: '[disk_management]\nmax_concurrent_downloads = 1'});
		pipeline.add({mal: 1, title: 'Last', episodes: 2, priority: -1}, {mal: 2, title: 'Middle', episodes: 16});
		pipeline.add({mal: 3, title: 'First', episodes: 2, priority: 3});
		await run();
		const order = (await fetched()).map(line => line.split('\t')[0]);
		expect(order.slice(0, 2)).toEqual(['First', 'First']);
		expect(order.slice(-2)).toEqual(['Last', 'Last']);
		expect(order).toHaveLength(20);
	});

	test('two series of the same title are two series', async () => {
		const {pipeline, place, run} = await makeScene();
		pipeline.add({mal: 1, title: 'Kanon', episodes: 1}, {mal: 2, title: 'Kanon', episodes: 1});
		await run();
		expect(pipeline.stages()).toEqual({downloaded: 2});
		expect(await readdir(join(place.paths.storage, 'videos'))).toEqual(['1', '2']);
	});

	test('a row is downloading while a tool runs for it, and queued while it waits', async () => {
		const {pipeline, start} = await makeScene({more: '[disk_management]\nmax_concurrent_downloads = 2'});
		pipeline.add({mal: 1, title: 'It hangs', episodes: 6});
		const engine = await start();
		await until(() => expect(pipeline.stages()).toEqual({downloading: 2, queued: 4}));
		expect((await engine.list({statuses: ['queued']})).rows).toHaveLength(4);
		await until(() => {
			const [worker] = pipeline.database.prepare('SELECT * FROM workers').all();
			expect(worker).toMatchObject({worker_type: 'downloader', status: 'busy', current_job_id: 1});
		});
		await engine.close();
		// Whoever stops gives back what is not done, and is no worker any more.
		expect(pipeline.stages()).toEqual({queued: 6});
		expect(pipeline.database.prepare('SELECT * FROM workers').all()).toEqual([]);
	});

	test('two downloaders on one pipeline never fetch the same row', async () => {
		const scene = await makeScene();
		const other = await makeEnginePlace('');
		onTestFinished(other.remove);
		await other.configure(pipelineToml(scene.pipeline.path, join(scene.place.directory, 'tools', 'ani-cli')));
		scene.pipeline.add({mal: 1, title: 'Shared', episodes: 16});
		const rival = await other.open();
		const runRival = async (): Promise<void> => {
			await rival.start();
			await rival.untilIdle();
			await rival.close();
		};

		await Promise.all([scene.run(), runRival()]);
		await scene.run();
		expect(scene.pipeline.stages()).toEqual({downloaded: 16});
		const fetched = await scene.fetched();
		expect(new Set(fetched).size).toBe(16);
		expect(fetched).toHaveLength(16);
	});
});

describe('what is not downloaded', () => {
	test('a series without candidates is set aside with the reason of the selector', async () => {
		const {pipeline, fetched, run} = await makeScene();
		pipeline.add({mal: 1, title: 'Nowhere', episodes: 2, selected: -1, reason: 'a music video'});
		pipeline.add({mal: 2, title: 'Somewhere', episodes: 1});
		await run();
		expect(pipeline.row(1, 1)).toMatchObject({stage: 'failed', error_message: 'no candidates: a music video'});
		expect(pipeline.stages()).toEqual({failed: 2, downloaded: 1});
		expect(await fetched()).toEqual(['Somewhere\t1']);
	});

	test('a series that the selector has not looked at waits for it', async () => {
		const {pipeline, run} = await makeScene();
		pipeline.add({mal: 1, title: 'Later', episodes: 1, selected: 'none'}, {mal: 2, title: 'Now', episodes: 1});
		await run();
		expect(pipeline.stages()).toEqual({queued: 1, downloaded: 1});
	});

	test('an episode that fails is tried again three times, then set aside with the error', async () => {
		const {pipeline, run} = await makeScene();
		pipeline.add({mal: 1, title: 'It always fails', episodes: 1}, {mal: 2, title: 'Fine', episodes: 1});
		await run();
		expect(pipeline.row(1, 1)).toMatchObject({stage: 'failed', video_path: null});
		expect(pipeline.row(1, 1)).toMatchObject({
			retry_count: 3,
			error_message: expect.stringMatching(/^no-sources: .*HTTP Error 404/) as string,
		});
		expect(pipeline.row(2, 1).stage).toBe('downloaded');
	});

	test('stages of others are left alone, known or not', async () => {
		const {pipeline, fetched, run} = await makeScene();
		pipeline.add({mal: 1, title: 'Strange', episodes: 4});
		pipeline.database.pragma('ignore_check_constraints = ON');
		pipeline.database.exec(`UPDATE jobs SET stage = 'reviewing' WHERE episode = 1;
			UPDATE jobs SET stage = 'transcribing' WHERE episode = 2; UPDATE jobs SET stage = 'complete' WHERE episode = 3`);
		await run();
		expect(pipeline.stages()).toEqual({reviewing: 1, transcribing: 1, complete: 1, downloaded: 1});
		expect(await fetched()).toEqual(['Strange\t4']);
	});

	test('a row that goes, or is taken by somebody else, while it waits takes its job with it', async () => {
		const {pipeline, fetched, start} = await makeScene({more: '[disk_management]\nmax_concurrent_downloads = 1'});
		pipeline.add({mal: 1, title: 'It is slow', episodes: 3});
		const engine = await start();
		await until(() => expect(pipeline.row(1, 1).stage).toBe('downloading'));
		pipeline.database.exec(
			"UPDATE jobs SET stage = 'downloading' WHERE episode = 2; DELETE FROM jobs WHERE episode = 3",
		);
		await engine.untilIdle();
		await until(async () => expect((await engine.list({})).rows.map(({status}) => status)).toEqual(['completed']));
		expect(pipeline.stages()).toEqual({downloaded: 1, downloading: 1});
		expect(await fetched()).toHaveLength(1);
		expect((await engine.send({type: 'undo'})).ok).toBe(false);
	});
});

describe('rows and jobs agree again', () => {
	test('a job that was done before anybody could say so is told, and not fetched again', async () => {
		const {pipeline, fetched, run} = await makeScene();
		pipeline.add({mal: 1, title: 'Done', episodes: 2});
		await run();
		// As a crash leaves it, between the file and the word of it; and as another program makes of it that finds it stuck.
		pipeline.database.exec(`UPDATE jobs SET stage = 'downloading', video_path = NULL, progress = 0.4 WHERE episode = 1;
			UPDATE jobs SET stage = 'queued', video_path = NULL WHERE episode = 2`);
		await run();
		expect(pipeline.stages()).toEqual({downloaded: 2});
		expect(pipeline.row(1, 1)).toMatchObject({progress: 1, video_size_bytes: expect.any(Number) as number});
		expect(await fetched()).toHaveLength(2);
	});

	test('a video that is gone is fetched anew when its row is queued again', async () => {
		const {pipeline, fetched, run} = await makeScene();
		pipeline.add({mal: 1, title: 'Lost', episodes: 1});
		await run();
		await rm(pipeline.row(1, 1).video_path ?? '');
		pipeline.database.exec("UPDATE jobs SET stage = 'queued'");
		await run();
		expect(pipeline.row(1, 1).stage).toBe('downloaded');
		expect(await fetched()).toHaveLength(2);
		expect(existsSync(pipeline.row(1, 1).video_path ?? '')).toBe(true);
	});

	test('rows of a dead downloader are given back, those of a living one are not', async () => {
		const {pipeline, run} = await makeScene();
		pipeline.add({mal: 1, title: 'Stuck', episodes: 4});
		pipeline.database.exec(`DROP TRIGGER update_jobs_timestamp;
			UPDATE jobs SET stage = 'downloading', started_at = datetime('now', '-2 days'), updated_at = datetime('now', '-2 days');
			UPDATE jobs SET updated_at = datetime('now') WHERE episode = 2;
			INSERT INTO workers (worker_type, status, current_job_id, last_heartbeat) VALUES
				('downloader', 'busy', 3, datetime('now')), ('downloader', 'busy', 4, datetime('now', '-1 day'))`);
		const said = await run();
		expect([1, 2, 3, 4].map(episode => pipeline.row(1, episode).stage)).toEqual([
			'downloaded',
			'downloading',
			'downloading',
			'downloaded',
		]);
		expect(said).toContain("episode 1 of the pipeline's series 1 is queued again: its downloader is dead");
	});

	test('what another downloader has taken while this one was away is left to it', async () => {
		const {pipeline, fetched, start, run} = await makeScene({more: '[disk_management]\nmax_concurrent_downloads = 1'});
		pipeline.add({mal: 1, title: 'It is slow', episodes: 2});
		const engine = await start();
		await until(() => expect(pipeline.stages()).toEqual({downloading: 1, queued: 1}));
		await engine.close();
		// Both are jobs of ours that wait; one of them has begun with us.
		pipeline.database.exec("UPDATE jobs SET stage = 'downloading', started_at = datetime('now', '+2 seconds')");
		await run();
		expect(pipeline.stages()).toEqual({downloading: 2});
		expect(await fetched()).toEqual([]);
	});

	test('a failed row that another program puts back is tried again', async () => {
		const {pipeline, start} = await makeScene();
		pipeline.add({mal: 1, title: 'It always fails', episodes: 1});
		const engine = await start();
		await until(() => expect(pipeline.row(1, 1).stage).toBe('failed'));
		pipeline.database.exec("UPDATE jobs SET stage = 'queued', error_message = NULL");
		await until(() => expect(pipeline.row(1, 1).error_message).not.toBeNull());
		await engine.untilIdle();
		const {rows} = await engine.list({});
		expect(rows).toHaveLength(1);
		expect((await engine.show(rows[0]!.id))?.history.length).toBeGreaterThan(1);
		// It was the pipeline's wish: a person's undo is for what a person has done.
		expect((await engine.send({type: 'undo'})).ok).toBe(false);
	});
});

describe('what a person does', () => {
	test('a cancelled job fails its row in so many words; a retry queues it again', async () => {
		const {pipeline, start} = await makeScene({more: '[disk_management]\nmax_concurrent_downloads = 1'});
		pipeline.add({mal: 1, title: 'It hangs', episodes: 2});
		const engine = await start();
		await until(() => expect(pipeline.stages()).toEqual({downloading: 1, queued: 1}));
		const {rows} = await engine.list({});
		await engine.send({type: 'cancel', selection: {ids: rows.map(({id}) => id)}});
		await until(() => expect(pipeline.stages()).toEqual({failed: 2}));
		expect(pipeline.row(1, 2).error_message).toBe('cancelled in tidegate');
		await engine.send({type: 'retry', selection: {ids: rows.map(({id}) => id)}});
		await until(() => expect(pipeline.stages()).toEqual({downloading: 1, queued: 1}));
		expect(pipeline.rows().map(row => row.error_message)).toEqual([null, null]);
	});

	test('what was cancelled or retried while no scheduler ran is told at the next start', async () => {
		const {pipeline, place, start} = await makeScene({more: '[disk_management]\nmax_concurrent_downloads = 1'});
		pipeline.add({mal: 1, title: 'It hangs', episodes: 2});
		const engine = await start();
		await until(() => expect(pipeline.stages()).toEqual({downloading: 1, queued: 1}));
		const ids = (await engine.list({})).rows.map(({id}) => id);
		await engine.close();
		const between = async (type: 'cancel' | 'retry'): Promise<void> => {
			const quiet = await place.open(false);
			await quiet.send({type, selection: {ids}});
			await quiet.close();
		};

		await between('cancel');
		expect(pipeline.stages()).toEqual({queued: 2});
		const second = await start();
		await until(() => expect(pipeline.stages()).toEqual({failed: 2}));
		await second.close();
		await between('retry');
		await start();
		await until(() => expect(pipeline.stages()).toEqual({downloading: 1, failed: 1}));
	});
});

describe('beside other programs', () => {
	const reader = fileURLToPath(new URL('../support/pipeline-reader.ts', import.meta.url));

	test('one that transcribes, deletes videos and changes rows finds every video that it is promised', async () => {
		const {pipeline, place, fetched, run} = await makeScene();
		pipeline.add(
			...Array.from({length: 5}, (_, index) => ({mal: index + 1, title: `Series ${index + 1}`, episodes: 8})),
		);
		const child = spawn(process.execPath, [reader, pipeline.path, '5'], {stdio: ['ignore', 'pipe', 'inherit']});
		onTestFinished(() => void child.kill('SIGKILL'));
		let said = '';
		child.stdout.setEncoding('utf8').on('data', (text: string) => {
			said += text;
		});
		await until(() => expect(said).toContain('ready'));
		await run();
		await until(() => expect(Object.keys(pipeline.stages())).toEqual(['transcribed']));
		child.kill('SIGTERM');
		await once(child, 'close');
		expect(said).not.toContain('has no file');
		expect(said).not.toContain('another size');
		const lines = await fetched();
		expect(new Set(lines).size).toBe(lines.length);
		expect(lines.length).toBeGreaterThanOrEqual(pipeline.stages()['transcribed'] ?? 0);
		expect(pipeline.rows('video_deleted = 0')).toEqual([]);
		expect(existsSync(join(place.paths.storage, 'videos/1/episodes/ep001.mp4'))).toBe(false);
	});

	test('a database that is locked when the scheduler starts is waited for', async () => {
		const {pipeline, place} = await makeScene();
		pipeline.add({mal: 1, title: 'Patience', episodes: 2});
		pipeline.database.exec('BEGIN EXCLUSIVE');
		const engine = await place.open();
		onTestFinished(() => engine.close());
		await engine.start();
		const idle = engine.untilIdle();
		// What has nothing to do with the pipeline goes on meanwhile.
		await until(async () => expect((await engine.send({type: 'measure-disk'})).ok).toBe(true));
		expect(pipeline.database.inTransaction).toBe(true);
		pipeline.database.exec('COMMIT');
		await idle;
		expect(pipeline.stages()).toEqual({downloaded: 2});
	});
});
