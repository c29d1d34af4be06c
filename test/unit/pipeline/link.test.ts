import {mkdtempSync, renameSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {expect, onTestFinished, test} from 'vitest';
import {createLink, type Link} from '../../../source/pipeline/link.ts';
import {stageOfRow, tellRow} from '../../../source/pipeline/writes.ts';
import {createOutbox} from '../../../source/pipeline/outbox.ts';
import type {Tell} from '../../../source/pipeline/stages.ts';
import {createFakeClock, type FakeClock} from '../../support/fake-clock.ts';
import {makePipeline, type TestPipeline} from '../../support/pipeline.ts';

const makeLink = (): {
	pipeline: TestPipeline;
	link: Link;
	clock: FakeClock;
	troubles: Array<string | undefined>;
	folder: string;
} => {
	const folder = mkdtempSync(join(tmpdir(), 'tidegate-test-'));
	const pipeline = makePipeline(join(folder, 'jobs.db'));
	pipeline.add({mal: 1, title: 'One', episodes: 2});
	const clock = createFakeClock();
	const troubles: Array<string | undefined> = [];
	const link = createLink({path: pipeline.path, clock, onTrouble: () => troubles.push(link.trouble())});
	onTestFinished(() => {
		link.close();
		pipeline.database.close();
		rmSync(folder, {recursive: true});
	});
	return {pipeline, link, clock, troubles, folder};
};

const key = {anime: 1, episode: 1};

test('a database that is locked for a moment is waited for without a word', async () => {
	const {pipeline, link, clock, troubles} = makeLink();
	pipeline.database.exec('BEGIN EXCLUSIVE');
	const asked = link.use(connection => stageOfRow(connection, key));
	await clock.advance(5000);
	pipeline.database.exec('COMMIT');
	await clock.advance(1000);
	expect(await asked).toEqual({result: 'queued'});
	expect(troubles).toEqual([]);
});

test('a database that stays locked is told, and told to be back', async () => {
	const {pipeline, link, clock, troubles} = makeLink();
	pipeline.database.exec('BEGIN EXCLUSIVE');
	const asked = link.use(connection => stageOfRow(connection, key));
	await clock.advance(16_000);
	expect(link.trouble()).toMatch(/^another program keeps the pipeline's database .* locked; its rows wait$/);
	pipeline.database.exec('COMMIT');
	await clock.advance(1000);
	await asked;
	expect(troubles).toHaveLength(2);
	expect(link.trouble()).toBeUndefined();
}, 60_000);

test('a database that goes away is told, and used again when it is back', async () => {
	const {pipeline, link, clock, folder} = makeLink();
	renameSync(pipeline.path, join(folder, 'away.db'));
	const asked = link.use(connection => stageOfRow(connection, key));
	await clock.advance(3000);
	expect(link.trouble()).toContain('it is not there, or cannot be read; see [pipeline] database');
	renameSync(join(folder, 'away.db'), pipeline.path);
	await clock.advance(3000);
	expect(await asked).toEqual({result: 'queued'});
});

test('who waits is let go by the signal, and by the end', async () => {
	const {pipeline, link, clock} = makeLink();
	pipeline.database.exec('BEGIN EXCLUSIVE');
	const abort = new AbortController();
	const first = link.use(connection => stageOfRow(connection, key), abort.signal);
	abort.abort();
	expect(await first).toBeUndefined();
	const second = link.use(connection => stageOfRow(connection, key));
	second.catch(() => undefined);
	link.hurry(1000);
	await clock.advance(3000);
	await expect(second).rejects.toThrow(/locked/);
	pipeline.database.exec('COMMIT');
});

test('one row that refuses what it is told keeps no other from being told', async () => {
	const {pipeline, link, clock} = makeLink();
	pipeline.database.exec(`CREATE TRIGGER stubborn BEFORE UPDATE ON jobs WHEN NEW.stage = 'failed' AND NEW.episode = 1
		BEGIN SELECT RAISE(ABORT, 'never'); END`);
	const refused: Tell[] = [];
	const told: Tell[] = [];
	const outbox = createOutbox({
		link,
		clock,
		together: () => undefined,
		onTold: tell => told.push(tell),
		onRefused: tell => refused.push(tell),
	});
	for (const episode of [1, 2]) outbox.put({key: {anime: 1, episode}, stage: 'failed', error: 'x', retries: 0});
	await outbox.flush();
	expect(pipeline.rows().map(({stage}) => stage)).toEqual(['queued', 'failed']);
	expect(refused.map(tell => tell.key.episode)).toEqual([1]);
	expect(told.map(tell => tell.key.episode)).toEqual([2]);
});

test('of what a row is to be told while the database is locked, the newest is told', async () => {
	const {pipeline, link, clock} = makeLink();
	const outbox = createOutbox({
		link,
		clock,
		together: () => undefined,
		onTold: () => undefined,
		onRefused: () => undefined,
	});
	pipeline.database.exec("UPDATE jobs SET stage = 'downloading'; BEGIN EXCLUSIVE");
	outbox.put({key, stage: 'queued', from: ['downloading'], error: 'first', retries: 1});
	await clock.advance(1000);
	outbox.put({key, stage: 'failed', error: 'last', retries: 2});
	pipeline.database.exec('COMMIT');
	await clock.advance(1000);
	await outbox.flush();
	expect(pipeline.row(1, 1)).toMatchObject({stage: 'failed', error_message: 'last', retry_count: 2});
});

test('what is told twice counts no retry twice', async () => {
	const {pipeline, link} = makeLink();
	const tell: Tell = {key, stage: 'queued', from: ['downloading', 'queued'], error: 'x', retries: 2};
	await link.use(connection => [tellRow(connection, tell, 0), tellRow(connection, tell, 0)]);
	expect(pipeline.row(1, 1).retry_count).toBe(2);
});
