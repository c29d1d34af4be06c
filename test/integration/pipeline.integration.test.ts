import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {expect, onTestFinished, test, vi} from 'vitest';
import {makePipeline, pipelineToml, quickAniCli, type CacheShape, type TestPipeline} from '../support/pipeline.ts';
import {makeEnginePlace, type EnginePlace} from '../support/temp-engine.ts';

type Scene = {
	readonly pipeline: TestPipeline;
	readonly place: EnginePlace;
	readonly fetched: () => Promise<readonly string[]>;
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
	return {pipeline, place, fetched: aniCli.fetched};
};

test.each<CacheShape>(['fresh', 'migrated'])(
	'queued rows are downloaded, with a %s cache of selections',
	async shape => {
		const {pipeline, place, fetched} = await makeScene({shape});
		pipeline.add({mal: 5114, title: 'Death Note', episodes: 3}, {mal: 1535, title: 'Mushishi', episodes: 2});
		const engine = await place.open();
		await engine.start();
		await engine.untilIdle();
		await engine.close();
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
		expect(row.started_at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
		expect(row.completed_at).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
		expect((await readFile(row.video_path ?? '')).byteLength).toBe(row.video_size_bytes);
	},
);
void vi;
