import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterAll, beforeAll, describe, expect, onTestFinished, test, vi, type TestContext} from 'vitest';
import type {Job} from '../../source/domain/job.ts';
import {createOrpheusProvider, type OrpheusOptions} from '../../source/providers/orpheus/index.ts';
import {probeTool} from '../../source/system/run-tool.ts';
import {findSurvivors} from '../../source/system/survivors.ts';
import {jobFor, newAttempt, type Attempt} from '../support/attempts.ts';
import {
	installOrpheus,
	makeMusic,
	runsOf,
	startService,
	type InstallOptions,
	type Service,
	type Song,
} from '../support/orpheus.ts';

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

type World = {readonly service: Service; readonly directory: string; readonly attempt: Attempt};

const world = async (
	context: TestContext,
	songs: Readonly<Record<string, Song>>,
	options: InstallOptions = {},
): Promise<World> => {
	if (missing.length > 0) context.skip(`needs ${missing.join(' and ')}`);
	const service = await startService(media, songs);
	return {service, directory: await installOrpheus(service.url, options), attempt: await newAttempt()};
};

const run = (
	{directory, attempt}: World,
	source: string,
	options: Job['options'] = {},
	more: Partial<OrpheusOptions> = {},
	context: object = {},
) => attempt.run(createOrpheusProvider({directories: [directory], ...more}), jobFor(source, {options}), context);

const again = async (here: World): Promise<World> => ({
	...here,
	attempt: await newAttempt(dirname(here.attempt.directory)),
});

const ready = (id: string): string => `orpheus:loopback/track/${id}`;

describe('OrpheusDL', () => {
	test('fetches a track whole, into its own folder, tells how far it is, and leaves the installation as it was', async context => {
		const here = await world(context, {t1: {name: 'AC/DC: "Tide" & $HOME', slowness: 4}});
		const settings = await readFile(join(here.directory, 'config/settings.json'), 'utf8');
		const outcome = await run(here, ready('t1'));
		expect(outcome).toMatchObject({
			type: 'fetched',
			path: 'music/ACDC -  Tide & HOME.mp3',
			name: 'ACDC -  Tide & HOME.mp3',
			duration: 60,
		});
		if (outcome.type !== 'fetched') return;
		const whole = await readFile(join(media, 'song.mp3'));
		expect(await readFile(join(here.attempt.directory, outcome.path))).toEqual(whole);
		const numbers = here.attempt.reports.flatMap(report => report.bytes ?? []);
		expect(numbers.length).toBeGreaterThan(3);
		expect(numbers).toEqual(numbers.toSorted((one, other) => one - other));
		expect(
			Math.abs((here.attempt.reports.findLast(({total}) => total !== undefined)?.total ?? 0) - whole.length),
		).toBeLessThan(1024);
		expect(here.attempt.reports).toContainEqual({phase: 'tagging'});
		expect(JSON.parse(await readFile(join(here.directory, 'config/settings.json'), 'utf8'))).toEqual(
			JSON.parse(settings),
		);
		expect(await readdir(dirname(here.attempt.directory))).toEqual(['job']);
		expect(here.attempt.log.join('\n')).not.toContain('hunter2');
	});

	test.each([
		['the variant whose markers hold signs and no ids', {hasSigns: true}, 'music/Song.mp3'],
		['the variant with a folder for each service', {hasFolders: true}, 'music/Loopback/Song.mp3'],
	] as const)('%s is understood', async (_, options, path) => {
		const service = await startService(media, {t1: {name: 'Song'}});
		const here = {service, directory: await installOrpheus(service.url, options), attempt: await newAttempt()};
		expect(await run(here, ready('t1'))).toMatchObject({type: 'fetched', path});
	});

	test('an address of a service is handed on as it is', async context => {
		const here = await world(context, {t1: {name: 'Song'}});
		expect(await run(here, `${here.service.url}/track/t1/`)).toMatchObject({type: 'fetched', path: 'music/Song.mp3'});
	});

	test('an address that turns out to be an album is ended before its tracks come one after the other', async context => {
		const here = await world(context, {t1: {name: 'One', slowness: 20}, t2: {name: 'Two'}});
		here.service.albums.set('a1', {name: 'All', tracks: ['t1', 't2']});
		expect(await run(here, `${here.service.url}/collection/a1`)).toMatchObject({
			type: 'failed',
			failure: {code: 'unsupported', message: expect.stringContaining('is of an album, which is many files')},
		});
		expect(here.service.fetched).not.toContain('t2');
		expect(await readdir(join(here.attempt.directory, 'music'))).toEqual([]);
	});

	test('a title that looks like the words of the tool is nothing but a title', async context => {
		const forged =
			'x ===\n=== Track t1 downloaded ===\nNew settings detected\n^C pressed\n=== Downloading album y (1) ===';
		const here = await world(context, {
			t1: {name: '=== Track t1 failed ==='},
			t2: {name: forged, lie: 'nothing'},
			t3: {name: forged.replace('t1', 't3'), warning: 'Too many requests'},
			t4: {name: 'x ===\n=== Track t4 downloaded ===', error: 'Track is not available in your country'},
		});
		expect(await run(here, ready('t1'))).toMatchObject({type: 'fetched'});
		expect(await run(await again(here), ready('t2'))).toMatchObject({type: 'failed'});
		expect(await run(await again(here), ready('t3'))).toMatchObject({type: 'failed', failure: {code: 'rate-limited'}});
		expect(await run(await again(here), ready('t4'))).toMatchObject({
			type: 'failed',
			failure: {code: 'region-blocked'},
		});
	});
});

describe('what OrpheusDL says of a track that it did not get', () => {
	test.each<readonly [string, Song, string]>([
		['half of a file', {name: 'Song', lie: 'half'}, 'connection-lost'],
		['no file', {name: 'Song', lie: 'nothing'}, 'no-artefact'],
		['a file that was there before', {name: 'Song', lie: 'skipped'}, 'no-artefact'],
		['another track', {name: 'Song', lie: 'other-id'}, 'no-artefact'],
		['an empty file of a status that it does not look at', {name: 'Song', status: 404}, 'no-artefact'],
		['a page in the place of the music', {name: 'Song', file: 'page.html'}, 'not-media'],
		['too poor a quality', {name: 'Song', lie: 'strict'}, 'unavailable'],
		['a country', {name: 'Song', error: 'This track is not available in your region'}, 'region-blocked'],
		[
			'what a module throws',
			{name: 'Song', warning: 'HTTPSConnectionPool: too many 429 error responses'},
			'rate-limited',
		],
	])('%s is no success, and nothing of it stays', async (_, song, code) => {
		const service = await startService(media, {t1: song});
		const here = {service, directory: await installOrpheus(service.url), attempt: await newAttempt()};
		expect(await run(here, ready('t1'))).toMatchObject({type: 'failed', failure: {code}});
		expect(await readdir(join(here.attempt.directory, 'music'))).toEqual([]);
	});

	test('a traceback is told by its last line, and a login that is missing needs a person', async context => {
		const here = await world(context, {t1: {name: 'Song'}}, {password: ''});
		const outcome = await run(here, ready('t1'));
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'login-required'}});
		expect(outcome).toMatchObject({failure: {message: expect.stringContaining('User authentication is required')}});
		const other = await world(context, {t1: {name: 'Song'}});
		expect(await run(other, ready('nowhere'))).toMatchObject({type: 'failed', failure: {code: 'not-found'}});
	});

	test('new settings are told in words, once they are there', async context => {
		const here = await world(context, {t1: {name: 'Song'}}, {isSetUp: false});
		expect(await run(here, ready('t1'))).toMatchObject({type: 'failed', failure: {code: 'tool-missing'}});
		expect((await runsOf(here.directory)).runs).toBe(0);
		await writeFile(join(await madeFolder(here.directory, 'config'), 'settings.json'), '{}');
		expect(await run(await again(here), ready('t1'))).toMatchObject({
			type: 'failed',
			failure: {code: 'bad-arguments', message: expect.stringContaining('new settings')},
		});
	});

	test('another quality than that of its settings cannot be asked for', async context => {
		const here = await world(context, {t1: {name: 'Song'}}, {quality: 'lossless'});
		expect(await run(here, ready('t1'), {quality: 'high'})).toMatchObject({
			type: 'failed',
			failure: {code: 'bad-arguments', message: expect.stringContaining('is lossless; change that')},
		});
		expect(await run(await again(here), ready('t1'), {quality: 'Lossless'})).toMatchObject({type: 'fetched'});
	});

	test('a search takes the first hit, and only if it is what was wanted', async context => {
		const here = await world(context, {
			t1: {name: 'Tide (Live)', artists: ['Somebody']},
			t2: {name: 'Wave', artists: ['The Tides']},
		});
		const source = 'orpheus:loopback/search/The Tides Tide';
		const track = {title: 'Tide', artists: ['The Tides'], duration: 60_000};
		expect(await run(here, source, {track})).toMatchObject({
			type: 'failed',
			failure: {code: 'no-sources', message: expect.stringContaining('"Tide (Live)" was found, not "Tide"')},
		});
		const found = {title: 'Wave', artists: ['Tides, The', 'The Tides'], duration: 62_000};
		expect(await run(await again(here), 'orpheus:loopback/search/-x Wave', {track: found})).toMatchObject({
			type: 'fetched',
		});
		expect(here.service.queries).toEqual(['The Tides Tide', '-x Wave']);
		const nothing = await run(await again(here), 'orpheus:loopback/search/Zebra');
		expect(nothing).toMatchObject({type: 'failed', failure: {code: 'no-sources'}});
	});
});

describe('one run at a time', () => {
	test('a stop in the middle leaves neither a process nor half a file, and the next attempt gets the whole', async context => {
		const here = await world(context, {t1: {name: 'Song', slowness: 40}});
		const running = run(here, ready('t1'));
		await vi.waitFor(() => expect(here.attempt.bytes()).toBeGreaterThan(20_000), 15_000);
		here.attempt.stop();
		expect(await running).toEqual({type: 'stopped'});
		expect(findSurvivors(here.attempt.token)).toEqual([]);
		expect(here.attempt.log.join('\n')).toContain('Deleting partially downloaded file');
		expect(await readdir(join(here.attempt.directory, 'music'))).toEqual([]);
		here.service.songs.set('t1', {name: 'Song'});
		const next = await again(here);
		await writeFile(join(await madeFolder(next.attempt.directory, 'music'), 'Song.mp3'), 'a leftover');
		const outcome = await run(next, ready('t1'));
		expect(outcome).toMatchObject({type: 'fetched', path: 'music/Song.mp3'});
		expect(await readFile(join(next.attempt.directory, 'music/Song.mp3'))).toEqual(
			await readFile(join(media, 'song.mp3')),
		);
	});

	test('who runs it by hand is waited for, and so is another tidegate', async context => {
		const here = await world(context, {t1: {name: 'Song', slowness: 20}, t2: {name: 'Other'}});
		const byHand = spawn('python3', ['orpheus.py', '-o', here.attempt.directory, `${here.service.url}/track/t1`], {
			cwd: here.directory,
			stdio: 'ignore',
		});
		onTestFinished(() => void byHand.kill('SIGKILL'));
		await vi.waitFor(() => expect(here.service.fetched).toEqual(['t1']), 15_000);
		const held = await run(await again(here), ready('t2'), {}, {busyRecheck: 7000});
		expect(held).toMatchObject({type: 'failed', failure: {code: 'tool-busy', retryAfter: 7000}});
		expect(held).toMatchObject({failure: {message: expect.stringContaining('somebody runs orpheus.py')}});
		expect(here.service.fetched).toEqual(['t1']);
		byHand.kill('SIGINT');
		await once(byHand, 'exit');
		here.service.songs.set('t1', {name: 'Song', slowness: 20});
		const [first, second] = [await again(here), await world(context, {})];
		const running = run(first, ready('t1'));
		await vi.waitFor(() => expect(first.attempt.bytes()).toBeGreaterThan(0), 15_000);
		expect(await run({...second, directory: here.directory}, ready('t2'))).toMatchObject({
			type: 'failed',
			failure: {code: 'tool-busy', message: expect.stringContaining('another tidegate')},
		});
		expect(await running).toMatchObject({type: 'fetched'});
		expect((await runsOf(here.directory)).overlaps).toBe(0);
	});

	test('without that rule two runs break each other: the stand-in is as careless as the tool', async context => {
		const here = await world(context, {t1: {name: 'Song', pause: 1}, t2: {name: 'Other'}});
		const start = (id: string) =>
			spawn('python3', ['orpheus.py', '-o', here.attempt.directory, `${here.service.url}/track/${id}`], {
				cwd: here.directory,
				stdio: 'ignore',
			});
		const slow = start('t1');
		const ended = once(slow, 'exit');
		await vi.waitFor(async () => expect(await readdir(join(here.directory, 'temp'))).toHaveLength(1), 15_000);
		await once(start('t2'), 'exit');
		expect(await ended).toEqual([1, null]);
	});
});

describe('an installation', () => {
	test('tells its modules and its quality, and what is missing', async context => {
		const here = await world(context, {}, {modules: ['qobuz', 'deezer'], quality: 'lossless'});
		expect(await check(here.directory)).toMatchObject({
			ok: true,
			version: expect.stringMatching(/^deezer qobuz, lossless \(Python \d/),
		});
		expect(await check(here.directory, 'no-such-python')).toMatchObject({
			ok: false,
			fix: expect.stringContaining('python'),
		});
		await rm(join(here.directory, 'config'), {recursive: true});
		expect(await check(here.directory)).toMatchObject({ok: false, fix: expect.stringContaining('settings refresh')});
		await rm(join(here.directory, 'modules'), {recursive: true});
		expect(await check(here.directory)).toMatchObject({ok: false, problem: expect.stringContaining('no module')});
		expect(await check(join(here.directory, 'nowhere'))).toMatchObject({
			ok: false,
			fix: expect.stringMatching(/install/),
		});
		expect((await runsOf(here.directory)).runs).toBe(0);
	});

	test('is asked for music by the address at a service whose module it has, or by a search', async context => {
		const here = await world(context, {}, {modules: ['deezer', 'spotify']});
		const ask = (link: string | undefined, searchModule?: string) =>
			createOrpheusProvider({directories: [here.directory], searchModule}).sourceOfTrack?.({
				title: 'Tide',
				artists: ['The Tides', 'Others'],
				...(link === undefined ? {} : {link}),
			});
		expect(ask('https://www.deezer.com/track/3135556')).toBe('https://www.deezer.com/track/3135556');
		expect(ask('https://open.qobuz.com/track/5')).toBeUndefined();
		expect(ask('https://open.spotify.com/track/5')).toBeUndefined();
		expect(ask('https://www.deezer.com/album/5')).toBeUndefined();
		expect(ask(undefined)).toBeUndefined();
		expect(ask('https://open.qobuz.com/track/5', 'deezer')).toBe('orpheus:deezer/search/The Tides Tide');
	});

	test('is not started for a job that was stopped before', async context => {
		const here = await world(context, {t1: {name: 'Song'}});
		here.attempt.stop();
		expect(await run(here, ready('t1'))).toEqual({type: 'stopped'});
		expect((await runsOf(here.directory)).runs).toBe(0);
	});
});

const check = (directory: string, python = 'python3') =>
	createOrpheusProvider({directories: [directory], python}).check();

const madeFolder = async (directory: string, name: string): Promise<string> => {
	await mkdir(join(directory, name), {recursive: true});
	return join(directory, name);
};
