import {existsSync, readFileSync} from 'node:fs';
import {mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterAll, afterEach, beforeAll, describe, expect, test, vi, type TestContext} from 'vitest';
import {aniCliSource} from '../../source/domain/ani-cli.ts';
import type {JobOptions} from '../../source/domain/job.ts';
import {createAniCliProvider, type AniCliOptions} from '../../source/providers/ani-cli/index.ts';
import {findProgram} from '../../source/system/find-program.ts';
import {probeTool, runTool} from '../../source/system/run-tool.ts';
import {findSurvivors} from '../../source/system/survivors.ts';
import {
	installAniCli,
	makeFilm,
	ownPrograms,
	pathWith,
	quickPath,
	startCatalogue,
	type Catalogue,
	type Series,
} from '../support/ani-cli.ts';
import {jobFor, newAttempt, type Attempt} from '../support/attempts.ts';

let media = '';
const missing: string[] = [];

beforeAll(async () => {
	for (const [tool, flag] of [
		['curl', '--version'],
		['ffmpeg', '-version'],
		['yt-dlp', '--version'],
		['aria2c', '--version'],
	] as const) {
		if ((await probeTool(tool, [flag])).type !== 'answered') missing.push(tool);
	}

	media = await mkdtemp(join(tmpdir(), 'tidegate-film-'));
	if (missing.length === 0) await makeFilm(media);
}, 60_000);

afterEach(() => void vi.unstubAllEnvs());
afterAll(() => rm(media, {recursive: true, force: true}));

const stream = {sub: ['1080>film.m3u8', '480>small.m3u8'], dub: ['720>small.m3u8']};
const film = (title: string): Series => ({title, episodes: {1: stream, 2: {sub: ['720>film.m3u8']}}});

type World = {readonly catalogue: Catalogue; readonly command: string; readonly attempt: Attempt};

const world = async (context: TestContext, version: string, series: readonly Series[]): Promise<World> => {
	if (missing.length > 0) context.skip(`needs ${missing.join(' and ')}`);
	const catalogue = await startCatalogue(series, media);
	return {catalogue, command: await installAniCli(version, catalogue.url), attempt: await newAttempt()};
};

const run = (
	{command, attempt}: World,
	title: string,
	options: JobOptions = {episode: 1},
	more: AniCliOptions = {},
	context: object = {},
) => {
	const provider = createAniCliProvider({command, stallTimeout: 20_000, ...more});
	return attempt.run(provider, jobFor(aniCliSource(title), {options}), context);
};

/** Seconds that a file plays, as ffprobe reads it. */
const secondsOf = async (path: string): Promise<number> => {
	const lines: string[] = [];
	await runTool({
		command: 'ffprobe',
		args: ['-v', 'error', '-show_entries', 'format=duration', '-of', 'csv=p=0', path],
		cwd: '/',
		token: `probe-${path}`,
		signal: AbortSignal.timeout(20_000),
		onStdoutLine: line => lines.push(line),
	});
	return Number(lines[0]);
};

const expectWhole = async (outcome: Awaited<ReturnType<typeof run>>, attempt: Attempt): Promise<string> => {
	expect(outcome).toMatchObject({type: 'fetched'});
	if (outcome.type !== 'fetched') throw new Error('not fetched');
	const path = join(attempt.directory, outcome.path);
	expect(await secondsOf(path)).toBeCloseTo(8, 0);
	return outcome.name;
};

describe('ani-cli 5', () => {
	test('fetches the episode of the hit that has the title, whatever the title means to others', async context => {
		const title = `../../AC/DC &amp; 100% %(id)s: It's $(touch /tmp/tidegate-hostile) \`id\` $HOME`;
		const here = await world(context, '5.0.0', [film(`${title} 2nd Season`), film(title)]);
		const name = await expectWhole(await run(here, title, {episode: 2}), here.attempt);
		expect(name).toBe(`${title.replace('&amp;', '&')} Episode 2.mp4`);
		const told = here.attempt.reports.flatMap(report => report.bytes ?? []);
		expect(told.length).toBeGreaterThan(3);
		expect(told).toEqual(told.toSorted((left, right) => left - right));
		expect(here.attempt.reports).toContainEqual({phase: 'post-processing'});
		expect((await readdir(here.attempt.directory)).toSorted()).toEqual(['.hist', 'episode.mp4']);
		expect(await readFile(join(here.attempt.directory, '.hist', 'ani-hsts'), 'utf8')).toBe(`2\t1\t${title}\n`);
		expect(await readdir(dirname(here.attempt.directory))).toEqual(['job']);
		expect(existsSync('/tmp/tidegate-hostile')).toBe(false);
	});

	test.for(['-V -d --dub [Oshi no Ko] {2} #1 & Co? "Q" \\ +1 !', `進撃の巨人 ☆ 🦊 ${'word '.repeat(60)}end`, 'K-On!!'])(
		'%s is searched for as it is and found',
		async (title, context) => {
			const here = await world(context, '5.0.0', [film('Other'), film('K-On!'), film(title)]);
			vi.stubEnv('PATH', await quickPath());
			const outcome = await run(here, title);
			expect(outcome).toMatchObject({type: 'fetched', path: 'episode.mp4', name: `${title} Episode 1.mp4`});
			expect(await readdir(dirname(here.attempt.directory))).toEqual(['job']);
		},
	);

	test('goes on with the fragments that are missing, and leaves nobody behind when it is stopped', async context => {
		const here = await world(context, '5.0.0', [film('Tide')]);
		here.catalogue.slowness = 100;
		for (const name of ['film5.ts', 'film6.ts', 'film7.ts']) here.catalogue.faults.set(name, 'silence');
		const running = run(here, 'Tide');
		await vi.waitFor(async () => {
			const state = join(here.attempt.directory, 'episode.mp4.ytdl');
			expect(await readFile(state, 'utf8')).toMatch(/"index": [45]/);
		}, 15_000);
		here.attempt.stop();
		expect(await running).toEqual({type: 'stopped'});
		expect(findSurvivors(here.attempt.token)).toEqual([]);
		const before = here.catalogue.fetched.length;
		here.catalogue.faults.clear();
		const again = {...here, attempt: await newAttempt(dirname(here.attempt.directory))};
		await expectWhole(await run(again, 'Tide'), again.attempt);
		expect(here.catalogue.fetched.slice(before)).not.toContain('film0.ts');
		expect(here.catalogue.fetched.slice(before)).toContain('film7.ts');
	}, 30_000);

	test('a fragment that never comes is a stall, though yt-dlp asks for it for ever', async context => {
		const here = await world(context, '5.0.0', [film('Tide')]);
		here.catalogue.faults.set('film3.ts', 'silence');
		const outcome = await run(here, 'Tide', {episode: 1}, {stallTimeout: 1600});
		expect(here.catalogue.fetched).toContain('film3.ts');
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'stalled'}});
	}, 20_000);

	test('success without a file is the failure of what fetched it', async context => {
		const here = await world(context, '5.0.0', [film('Tide')]);
		here.catalogue.faults.set('film.m3u8', 404);
		const outcome = await run(here, 'Tide');
		expect(outcome).toMatchObject({
			type: 'failed',
			failure: {code: 'no-sources', message: expect.stringContaining('HTTP Error 404')},
		});
	});

	test('quality and dub are asked for', async context => {
		const here = await world(context, '5.0.0', [film('Tide')]);
		vi.stubEnv('PATH', await quickPath());
		await run(here, 'Tide', {episode: 1, quality: '480p'});
		expect(here.catalogue.fetched).toEqual(['small.mp4']);
		const attempt = await newAttempt();
		await run({...here, attempt}, 'Tide', {episode: 1, language: 'dub'});
		expect(attempt.log.join('\n')).toContain('--dub');
		expect(here.catalogue.fetched).toEqual(['small.mp4', 'small.mp4']);
	});

	test('a limit of speed reaches yt-dlp', async context => {
		const here = await world(context, '5.0.0', [film('Tide')]);
		vi.stubEnv('PATH', await quickPath());
		expect(await run(here, 'Tide', {episode: 1}, {}, {rateLimit: 5e6})).toMatchObject({type: 'fetched'});
		expect(here.attempt.log).toContain('configured: --limit-rate 5000000');
	});
});

describe('what ani-cli says of its failures', () => {
	test.for<[name: string, title: string, options: JobOptions, expected: object]>([
		['nothing of that name', 'Nowhere', {episode: 1}, {code: 'no-sources'}],
		['an episode that is not in the list', 'Tide', {episode: 9}, {code: 'not-yet-available', waitAtLeast: 21_600_000}],
		['an episode without a dub', 'Tide', {episode: 2, language: 'dub'}, {code: 'no-sources'}],
		['a language that it does not know', 'Tide', {episode: 1, language: 'German'}, {code: 'bad-arguments'}],
		['a quality that it does not know', 'Tide', {episode: 1, quality: 'nice'}, {code: 'bad-arguments'}],
		['no episode', 'Tide', {}, {code: 'bad-arguments'}],
		[
			'a title that only begins like a hit',
			'Tid',
			{episode: 1},
			{code: 'not-found', message: expect.stringContaining('Tide')},
		],
		['a title of which nothing can be searched', '---', {episode: 1}, {code: 'bad-arguments'}],
	])('%s', async ([, title, options, expected], context) => {
		const here = await world(context, '5.0.0', [film('Tide'), film('Tide Pool')]);
		expect(await run(here, title, options)).toMatchObject({type: 'failed', failure: expected});
		expect(here.catalogue.fetched).toEqual([]);
	});

	test('a block is a block, though it is followed by no results', async context => {
		const here = await world(context, '5.0.0', [film('Tide')]);
		here.catalogue.isBlocking = true;
		expect(await run(here, 'Tide')).toMatchObject({type: 'failed', failure: {code: 'blocked'}});
	});

	test('a name that is not found again and again is not there; many names at once are a catalogue that is away', async context => {
		const here = await world(context, '5.0.0', [film('Tide')]);
		vi.stubEnv('PATH', await quickPath());
		const provider = createAniCliProvider({command: here.command});
		const codes: unknown[] = [];
		for (const [title, attempt] of [
			['A x', 0],
			['A x', 2],
			['B x', 0],
			['C x', 0],
			['C x', 2],
			['Tide', 0],
			['D x', 2],
		] as const) {
			const outcome = await (
				await newAttempt()
			).run(provider, jobFor(aniCliSource(title), {options: {episode: 1}}), {
				attempt,
				...(title === 'Tide' ? {rateLimit: 1e9} : {}),
			});
			codes.push(outcome.type === 'failed' ? outcome.failure.code : outcome.type);
		}

		const away = 'service-unavailable';
		expect(codes).toEqual(['no-sources', 'not-found', 'no-sources', away, away, 'fetched', 'not-found']);
	}, 20_000);
});

describe('ani-cli 4', () => {
	test('tries the hits one after the other for their titles, and fetches a stream by yt-dlp', async context => {
		const here = await world(context, '4.8.0', [film('Tide Pool'), film("Tide: It's (2009)"), film('Tide')]);
		const name = await expectWhole(await run(here, "Tide: It's (2009)"), here.attempt);
		expect(name).toBe("Tide: It's (2009) Episode 1.mp4");
		expect(await readdir(here.attempt.directory)).toContain('Tide Its Episode 1.mp4');
	});

	test('a link that is no stream is fetched by aria2c, with its progress', async context => {
		const here = await world(context, '4.14.0', [{title: 'Tide', episodes: {3: {sub: ['720>film.mp4']}}}]);
		const outcome = await run(here, 'Tide', {episode: 3});
		const {size} = await stat(join(media, 'film.mp4'));
		expect(outcome).toMatchObject({type: 'fetched', size, name: 'Tide Episode 3.mp4'});
	});

	test('an episode that is not released waits for long', async context => {
		const here = await world(context, '4.14.0', [film('Tide')]);
		const outcome = await run(here, 'Tide', {episode: 7}, {unreleasedWait: 5000});
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'not-yet-available', waitAtLeast: 5000}});
	});

	test('a cached index of its catalogue is used as it is; one of another catalogue never', async context => {
		const here = await world(context, '4.14.0', [film('Tide'), film('Tide Pool')]);
		vi.stubEnv('PATH', await quickPath());
		const fields = {ani_cli_index: '2', ani_cli_version: '4.12'};
		expect(await run(here, 'Tide', {episode: 1, fields})).toMatchObject({name: 'Tide Pool Episode 1.mp4'});
		const five = await installAniCli('5.0.0', here.catalogue.url);
		const attempt = await newAttempt();
		const outcome = await run({...here, command: five, attempt}, 'Tide', {episode: 1, fields});
		expect(outcome).toMatchObject({name: 'Tide Episode 1.mp4'});
		expect(attempt.log.join('\n')).toContain('the index 2 is one of allanime, not of anidb');
	});

	test('a cached index that is beyond the hits is a question for a person', async context => {
		const here = await world(context, '4.14.0', [film('Tide')]);
		const fields = {ani_cli_index: '7', ani_cli_version: '4'};
		const outcome = await run(here, 'Tide', {episode: 1, fields});
		expect(outcome).toMatchObject({
			type: 'failed',
			failure: {code: 'bad-arguments', message: 'ani-cli: there is no hit number 7 for "Tide"'},
		});
	});

	test('a helper that it needs and does not find is missing, which is no fault of the job', async context => {
		const here = await world(context, '4.15.0', [film('Tide')]);
		const outcome = await run(here, 'Tide');
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'tool-missing'}});
	});

	test.for(['4.7.0', '6.0.0', 'rolling'])('version %s is not driven', async (version, context) => {
		const here = await world(context, '4.8.0', [film('Tide')]);
		const command = await installAniCli('4', here.catalogue.url);
		await writeFile(join(dirname(command), 'version'), `${version}\n`);
		expect(await run({...here, command}, 'Tide')).toMatchObject({type: 'failed', failure: {code: 'tool-missing'}});
		const report = await createAniCliProvider({command}).check();
		expect(report).toMatchObject({ok: false, fix: expect.stringContaining('4.8 to 5.x')});
		expect(here.catalogue.queries).toEqual([]);
	});
});

/** A PATH with a yt-dlp that fails, and an ffmpeg that takes any word. */
const withOddHelpers = async (): Promise<void> => {
	const folder = await pathWith(ownPrograms);
	const ffmpeg = await findProgram('ffmpeg');
	await writeFile(join(folder, 'yt-dlp'), '#!/bin/sh\nexit 1\n', {mode: 0o755});
	const passOn = `#!/bin/sh\nexec ${ffmpeg} "$1" "$2" "$3" "$4" "$5" "$6" "$7" "$8"\n`;
	await writeFile(join(folder, 'ffmpeg'), passOn, {mode: 0o755});
	vi.stubEnv('PATH', folder);
};

describe('the helpers of ani-cli', () => {
	test('what ffmpeg fetches after yt-dlp has failed may have holes, and is not believed', async context => {
		const here = await world(context, '5.0.0', [film('Tide')]);
		here.catalogue.faults.set('film3.ts', 404);
		await withOddHelpers();
		const outcome = await run(here, 'Tide');
		expect(outcome).toMatchObject({type: 'failed', failure: {code: 'no-artefact'}});
		expect(here.attempt.reports.some(({bytes = 0}) => bytes > 0)).toBe(true);
		expect(await readdir(here.attempt.directory)).toEqual(['.hist']);
	});

	test('somebody who ends yt-dlp alone gets no other film in its place', async context => {
		const here = await world(context, '5.0.0', [film('Tide')]);
		here.catalogue.faults.set('film3.ts', 'silence');
		const running = run(here, 'Tide');
		await vi.waitFor(() => expect(here.catalogue.fetched).toContain('film3.ts'), 10_000);
		const helper = findSurvivors(here.attempt.token).find(({pid}) =>
			readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/yt-dlp\0'),
		);
		process.kill(helper?.pid ?? Number.NaN, 'SIGTERM');
		expect(await running).toMatchObject({type: 'failed'});
		expect((await readdir(here.attempt.directory)).filter(name => name.endsWith('.mp4'))).toEqual([]);
	}, 20_000);

	test('without yt-dlp nothing is begun, and it is no fault of the job', async context => {
		const here = await world(context, '5.0.0', [film('Tide')]);
		vi.stubEnv('PATH', await pathWith([...ownPrograms, 'ffmpeg']));
		expect(await run(here, 'Tide')).toMatchObject({type: 'failed', failure: {code: 'tool-missing'}});
		expect(here.catalogue.queries).toEqual([]);
	});

	test('a film that something else has left is not the result', async context => {
		const here = await world(context, '5.0.0', [film('Tide')]);
		here.catalogue.faults.set('film.m3u8', 404);
		await withOddHelpers();
		await writeFile(join(here.attempt.directory, 'Tide Episode 1.mp4'), 'half a film');
		expect(await run(here, 'Tide')).toMatchObject({type: 'failed'});
	});

	test('hits that change their order between a look and a download bring no other series', async context => {
		const series = [film('Tide'), film('Tide Pool')];
		const here = await world(context, '5.0.0', series);
		vi.stubEnv('PATH', await quickPath());
		here.catalogue.onQuery = () => void series.unshift(...series.splice(1));
		expect(await run(here, 'Tide')).toMatchObject({
			type: 'failed',
			failure: {code: 'source-changed', message: expect.stringContaining('"Tide Pool" came instead of "Tide"')},
		});
		expect(await readdir(here.attempt.directory)).toEqual(['.hist']);
	});

	test('a menu that opens windows is not asked: the hits are tried one by one', async context => {
		const here = await world(context, '5.0.0', [film('Tide Pool'), film('Tide')]);
		const folder = await quickPath();
		await writeFile(join(folder, 'rofi'), '#!/bin/sh\nexit 1\n', {mode: 0o755});
		vi.stubEnv('PATH', folder);
		expect(await run(here, 'Tide')).toMatchObject({name: 'Tide Episode 1.mp4'});
	});

	test('the doctor names what is missing, and leaves nothing in the home', async context => {
		const here = await world(context, '5.0.0', []);
		const home = here.attempt.directory;
		vi.stubEnv('HOME', home);
		vi.stubEnv('XDG_STATE_HOME', undefined);
		const {check} = createAniCliProvider({command: here.command});
		expect(await check()).toEqual({name: 'ani-cli', ok: true, version: '5.0.0', problem: undefined, fix: undefined});
		vi.stubEnv('PATH', await pathWith(ownPrograms));
		expect(await check()).toMatchObject({ok: false, problem: expect.stringContaining('finds no yt-dlp')});
		expect(await createAniCliProvider({command: '/nowhere/ani-cli'}).check()).toMatchObject({ok: false});
		expect(await readdir(home)).toEqual([]);
	});
});
