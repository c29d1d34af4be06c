import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {createInterface} from 'node:readline';
import {fileURLToPath} from 'node:url';
import {afterAll, beforeAll, expect, onTestFinished, test, vi, type TestContext} from 'vitest';
import type {JobView} from '../../source/domain/job.ts';
import type {LocalEngine} from '../../source/engine/index.ts';
import {createOrpheusProvider} from '../../source/providers/orpheus/index.ts';
import {runsIn} from '../../source/system/foreign-runs.ts';
import {probeTool} from '../../source/system/run-tool.ts';
import {jobFor, newAttempt} from '../support/attempts.ts';
import {layOutOrpheus, makeMusic, runsOf, startService, type Service, type Song} from '../support/orpheus.ts';
import {makeEnginePlace, type EnginePlace} from '../support/temp-engine.ts';

let media = '';
const missing: string[] = [];

beforeAll(async () => {
	for (const [tool, flag] of [
		['python3', '--version'],
		['ffmpeg', '-version'],
	] as const) {
		if ((await probeTool(tool, [flag])).type !== 'answered') missing.push(tool);
	}

	media = await mkdtemp(join(tmpdir(), 'tidegate-music-'));
	if (missing.length === 0) await makeMusic(media);
}, 60_000);

afterAll(() => rm(media, {recursive: true, force: true}));

type World = {readonly place: EnginePlace; readonly service: Service; readonly installs: readonly string[]};

const patience = {timeout: 30_000, interval: 50};

/** A place for engines with so many installations of OrpheusDL, and a service with these songs. */
const world = async (context: TestContext, songs: Readonly<Record<string, Song>>, installs = 1): Promise<World> => {
	if (missing.length > 0) context.skip(`needs ${missing.join(' and ')}`);
	const place = await makeEnginePlace('');
	onTestFinished(() => place.remove());
	const service = await startService(media, songs);
	const directories = Array.from({length: installs}, (_, number) => join(place.directory, `orpheus-${number}`));
	for (const directory of directories) {
		await mkdir(directory);
		await layOutOrpheus(directory, service.url);
	}

	const paths = directories.map((_, number) => `"orpheus-${number}"`).join(', ');
	await place.configure(
		`[disk_management]\nmax_concurrent_downloads = 5\n[queue]\noutput = "{name}.{ext}"\nretry_base_seconds = 0.1\n[providers.orpheus]\ndirectories = [${paths}]\nstart_interval_seconds = 0\n`,
	);
	return {place, service, installs: directories};
};

const open = async ({place}: World): Promise<LocalEngine> => {
	const engine = await place.open();
	onTestFinished(() => engine.close());
	await engine.start();
	return engine;
};

const add = (engine: LocalEngine, ids: readonly string[]) =>
	engine.send({type: 'add', requests: ids.map(id => ({source: `orpheus:loopback/track/${id}`}))});

const rows = async (engine: LocalEngine): Promise<readonly JobView[]> => (await engine.list({limit: 1000})).rows;

const ended = (engine: LocalEngine, statuses: readonly string[]) =>
	vi.waitFor(async () => expect((await rows(engine)).map(({status}) => status)).toEqual(statuses), patience);

const song = (): Promise<Buffer> => readFile(join(media, 'song.mp3'));
const fileOf = ({place}: World, name: string): Promise<Buffer> => readFile(join(place.paths.storage, name));

test('six tracks and five workers are one run after the other, and a failure among them stops none', async context => {
	const names = ['One', 'Two', 'Three', 'Four', 'Five'];
	const songs = Object.fromEntries(names.map((name, index) => [`t${index}`, {name, pause: 0.1}]));
	const here = await world(context, {
		...songs,
		gone: {name: 'Gone', error: 'This track is not available in your region'},
	});
	const engine = await open(here);
	await add(engine, ['t0', 't1', 'gone', 't2', 't3', 't4']);
	await vi.waitFor(() => expect(here.service.fetched.length).toBeGreaterThan(0), patience);
	const held = (await rows(engine)).filter(({hold}) => hold !== undefined);
	expect(held.every(({hold}) => hold?.reason === 'lane-busy')).toBe(true);
	await ended(engine, ['completed', 'completed', 'failed', 'completed', 'completed', 'completed']);
	expect(await runsOf(here.installs[0] ?? '')).toEqual({runs: 6, overlaps: 0});
	for (const name of names) expect(await fileOf(here, `${name}.mp3`)).toEqual(await song());
	expect((await readdir(here.place.paths.storage)).filter(name => !name.startsWith('.'))).toHaveLength(5);
});

test('two installations have a run each, and never two', async context => {
	const names = Array.from({length: 8}, (_, number) => `t${number}`);
	const here = await world(context, Object.fromEntries(names.map(name => [name, {name, pause: 0.1}])), 2);
	const engine = await open(here);
	await add(engine, names);
	await vi.waitFor(() => {
		const lanes = engine.getSnapshot().active.map(({lane}) => lane);
		expect(lanes.toSorted()).toEqual(['orpheus:orpheus-0', 'orpheus:orpheus-1']);
	}, patience);
	await ended(
		engine,
		names.map(() => 'completed'),
	);
	const runs = await Promise.all(here.installs.map(directory => runsOf(directory)));
	expect(runs.reduce((sum, one) => sum + one.runs, 0)).toBe(8);
	expect(runs.map(({overlaps}) => overlaps)).toEqual([0, 0]);
});

test('a track that is cancelled half-way leaves nothing that a retry takes for a whole one', async context => {
	const here = await world(context, {t1: {name: 'Song', slowness: 30}});
	const engine = await open(here);
	await add(engine, ['t1']);
	await vi.waitFor(async () => expect((await rows(engine))[0]?.progress.bytes).toBeGreaterThan(20_000), patience);
	const id = (await rows(engine)).map(row => row.id);
	await engine.send({type: 'cancel', selection: {ids: id}});
	await ended(engine, ['cancelled']);
	expect(runsIn(here.installs[0] ?? '', 'orpheus.py')).toEqual([]);
	here.service.songs.set('t1', {name: 'Song'});
	await engine.send({type: 'retry', selection: {ids: id}});
	await ended(engine, ['completed']);
	expect(await fileOf(here, 'Song.mp3')).toEqual(await song());
});

test('somebody who runs it by hand holds the queue, and spends no attempt of it', async context => {
	const here = await world(context, {t1: {name: 'Song', slowness: 25}, t2: {name: 'Other'}});
	const [directory = ''] = here.installs;
	const byHand = spawn('python3', ['orpheus.py', '-o', here.place.directory, `${here.service.url}/track/t1`], {
		cwd: directory,
		stdio: 'ignore',
	});
	onTestFinished(() => void byHand.kill('SIGKILL'));
	await vi.waitFor(() => expect(here.service.fetched).toEqual(['t1']), patience);
	const engine = await open(here);
	await add(engine, ['t2']);
	await vi.waitFor(async () => {
		expect((await rows(engine))[0]).toMatchObject({
			status: 'queued',
			attempts: 0,
			hold: {reason: 'lane-cooling', detail: expect.stringContaining('somebody runs orpheus.py')},
		});
	}, patience);
	byHand.kill('SIGINT');
	await once(byHand, 'exit');
	expect(await runsOf(directory)).toEqual({runs: 1, overlaps: 0});
});

const child = fileURLToPath(new URL('../support/orpheus-process.ts', import.meta.url));

test('after kill -9 in the middle of a track the next start ends what was left, and gets the whole file', async context => {
	const here = await world(context, {t1: {name: 'Song', slowness: 40}});
	const [directory = ''] = here.installs;
	const scheduler = spawn(process.execPath, [child, here.place.directory, 'orpheus:loopback/track/t1'], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	onTestFinished(() => void scheduler.kill('SIGKILL'));
	for await (const line of createInterface({input: scheduler.stdout})) if (Number(line) > 20_000) break;
	const gone = once(scheduler, 'exit');
	scheduler.kill('SIGKILL');
	await gone;
	expect(runsIn(directory, 'orpheus.py')).toMatchObject([{owner: 'gone'}]);
	here.service.songs.set('t1', {name: 'Song'});
	const engine = await open(here);
	await ended(engine, ['completed']);
	expect(await fileOf(here, 'Song.mp3')).toEqual(await song());
	expect(runsIn(directory, 'orpheus.py')).toEqual([]);
	expect(await runsOf(directory)).toEqual({runs: 2, overlaps: 0});
});

test('the run of another tidegate is waited for, and so is what it leaves behind when it is killed', async context => {
	const here = await world(context, {t1: {name: 'Song', slowness: 100}, t2: {name: 'Other'}});
	const [directory = ''] = here.installs;
	const scheduler = spawn(process.execPath, [child, here.place.directory, 'orpheus:loopback/track/t1'], {
		stdio: ['ignore', 'pipe', 'inherit'],
	});
	onTestFinished(() => void scheduler.kill('SIGKILL'));
	for await (const line of createInterface({input: scheduler.stdout})) if (Number(line) > 0) break;
	const left = runsIn(directory, 'orpheus.py');
	onTestFinished(() => {
		for (const {pid, startedAt} of left) {
			if (runsIn(directory, 'orpheus.py').some(one => one.startedAt === startedAt)) process.kill(pid, 'SIGKILL');
		}
	});
	expect(left).toMatchObject([{owner: 'living'}]);
	const provider = createOrpheusProvider({directories: [directory]});
	const attempt = await newAttempt();
	const busy = async (words: string) => {
		const outcome = await attempt.run(provider, jobFor('orpheus:loopback/track/t2'));
		expect(outcome).toMatchObject({
			type: 'failed',
			failure: {code: 'tool-busy', retryAfter: 30_000, message: expect.stringContaining(words)},
		});
	};
	await busy('another tidegate downloads with');
	const gone = once(scheduler, 'exit');
	scheduler.kill('SIGKILL');
	await gone;
	await busy(`a tidegate that is gone has left orpheus.py running in ${directory} (process ${left[0]?.pid})`);
	expect(here.service.fetched).toEqual(['t1']);
	process.kill(left[0]?.pid ?? 0, 'SIGINT');
	await vi.waitFor(() => expect(runsIn(directory, 'orpheus.py')).toEqual([]), patience);
	expect(await attempt.run(provider, jobFor('orpheus:loopback/track/t2'))).toMatchObject({type: 'fetched'});
});

test('a tool that lies gets nothing into the storage', async context => {
	const here = await world(context, {
		t1: {name: 'Half', lie: 'half'},
		t2: {name: 'Silent', lie: 'half-silent'},
		t3: {name: 'Nothing', lie: 'nothing'},
		t4: {name: 'Page', lie: 'untagged', file: 'page.html'},
		t5: {name: 'Empty', lie: 'untagged', status: 404},
	});
	const engine = await open(here);
	await add(engine, ['t1', 't2', 't3', 't4', 't5']);
	await vi.waitFor(async () => {
		for (const {error} of await rows(engine)) expect(error).toBeDefined();
	}, patience);
	expect((await rows(engine)).map(({error}) => error?.code)).toEqual([
		'connection-lost',
		'wrong-size',
		'no-artefact',
		'not-media',
		'no-artefact',
	]);
	expect((await readdir(here.place.paths.storage)).filter(name => !name.startsWith('.'))).toEqual([]);
});
