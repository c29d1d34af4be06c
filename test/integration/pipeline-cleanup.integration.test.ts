import {existsSync} from 'node:fs';
import {mkdir, rename, symlink, writeFile} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {expect, onTestFinished, test, vi} from 'vitest';
import {makePipeline, pipelineToml, quickAniCli, type TestPipeline} from '../support/pipeline.ts';
import {makeEnginePlace, type EnginePlace} from '../support/temp-engine.ts';

const until = (look: () => void | Promise<void>): Promise<void> => vi.waitFor(look, {timeout: 20_000, interval: 20});

/** A pipeline with eight episodes that were downloaded. */
const makeScene = async (
	cleanup: string,
): Promise<{pipeline: TestPipeline; place: EnginePlace; live: () => Promise<void>}> => {
	const place = await makeEnginePlace('');
	onTestFinished(place.remove);
	const aniCli = await quickAniCli(join(place.directory, 'tools'));
	const path = join(place.directory, 'jobs.db');
	const pipeline = makePipeline(path);
	onTestFinished(() => {
		pipeline.database.close();
	});
	await place.configure(pipelineToml(path, aniCli.command, cleanup));
	pipeline.add({mal: 1, title: 'Seen', episodes: 8});
	return {
		pipeline,
		place,
		async live() {
			const engine = await place.open();
			await engine.start();
			await engine.untilIdle();
			await engine.close();
		},
	};
};

const videos = (pipeline: TestPipeline): readonly boolean[] =>
	pipeline.rows().map(row => existsSync(row.video_path ?? ''));

test('nothing is deleted unless the configuration says so', async () => {
	const {pipeline, live} = await makeScene('');
	await live();
	pipeline.database.exec("UPDATE jobs SET stage = 'complete'");
	await live();
	expect(videos(pipeline)).toEqual(Array.from({length: 8}, () => true));
});

test('a run that finds nothing to do deletes what was read all the same', async () => {
	const {pipeline, live} = await makeScene('[disk_management.cleanup]\ndelete_video_after_transcription = true');
	await live();
	pipeline.database.exec("UPDATE jobs SET stage = 'complete' WHERE episode < 8");
	await live();
	expect(videos(pipeline)).toEqual([false, false, false, false, false, false, false, true]);
	expect(pipeline.rows('video_deleted = 1')).toHaveLength(7);
});

test('what a later stage has read is deleted, and only what both databases know as ours', async () => {
	const {pipeline, place, live} = await makeScene('[disk_management.cleanup]\ndelete_video_after_transcription = true');
	await live();
	// Not deleted: still to be read (1, 2), of another size (3), another path in the row (4), another file in its place (5).
	const path = (episode: number): string => pipeline.row(1, episode).video_path ?? '';
	await writeFile(path(3), 'somebody has cut it');
	const stranger = join(place.paths.storage, 'somebody.mp4');
	await writeFile(stranger, Buffer.alloc(pipeline.row(1, 4).video_size_bytes ?? 0));
	await rename(path(5), `${path(5)}.kept`);
	await symlink(`${path(5)}.kept`, path(5));
	pipeline.database.exec(`UPDATE jobs SET stage = 'transcribing' WHERE episode = 2;
		UPDATE jobs SET stage = 'transcribed' WHERE episode BETWEEN 3 AND 6;
		UPDATE jobs SET stage = 'tokenizing' WHERE episode = 7; UPDATE jobs SET stage = 'complete' WHERE episode = 8;
		UPDATE jobs SET video_path = '${stranger}' WHERE episode = 4`);
	// A stranger in the storage that no row and no job knows.
	const lone = join(dirname(path(1)), 'ep099.mp4');
	await mkdir(dirname(lone), {recursive: true});
	await writeFile(lone, 'x');
	const engine = await place.open();
	onTestFinished(() => engine.close());
	await engine.start();
	await until(() => expect(pipeline.rows('video_deleted = 1').map(row => row.episode)).toEqual([6, 7, 8]));
	await engine.close();
	expect(videos(pipeline)).toEqual([true, true, true, true, true, false, false, false]);
	expect([lone, stranger].map(file => existsSync(file))).toEqual([true, true]);
	expect(existsSync(`${path(5)}.kept`)).toBe(true);
});
