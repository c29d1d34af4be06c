import {existsSync} from 'node:fs';
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, describe, expect, onTestFinished, test, vi, type TestContext} from 'vitest';
import {connectEngine} from '../../source/remote/client.ts';
import {usualSocketPath} from '../../source/remote/socket-path.ts';
import {findProgram} from '../../source/system/find-program.ts';
import {programVersion} from '../../source/system/runtime.ts';
import {makeFilm} from '../support/ani-cli.ts';
import {dead, installAniworld, startAniworldSite, type AniworldSite, type Page} from '../support/aniworld.ts';
import {createProgram, type Program} from '../support/program.ts';

/*
 * aniworld through the whole program, with stand-ins for both of its command lines that ask a site on loopback.
 */

let media = '';
const missing: string[] = [];

beforeAll(async () => {
	for (const tool of ['ffmpeg', 'yt-dlp']) if ((await findProgram(tool)) === undefined) missing.push(tool);
	media = await mkdtemp(join(tmpdir(), 'tidegate-film-'));
	if (missing.length === 0) await makeFilm(media);
}, 60_000);

afterAll(() => rm(media, {recursive: true, force: true}));

type World = {readonly program: Program; readonly site: AniworldSite; readonly folder: string};

const open = async (
	context: TestContext,
	version: string,
	pageOf: (path: string) => Page | undefined,
	more = '',
): Promise<World> => {
	if (missing.length > 0) context.skip(`needs ${missing.join(' and ')}`);
	const [program, site] = [await createProgram(), await startAniworldSite(pageOf, media)];
	const {command, folder, remove} = await installAniworld(version, site.url);
	onTestFinished(async () => {
		site.close();
		await remove();
	});
	await mkdir(program.storage, {recursive: true});
	const keys = ['[providers.aniworld]', `command = ${JSON.stringify(command)}`, 'start_interval_seconds = 0'];
	await writeFile(join(program.directory, 'config.toml'), `${keys.join('\n')}\n${more}\n`);
	return {program, site, folder};
};

const german = {VOE: 'film.m3u8', Vidmoly: 'film.m3u8'};
const anyPage = (): Page => ({title: 'Some Series', links: {'German Dub': german}});

type Job = {
	readonly id: number;
	readonly title: string;
	readonly status: string;
	readonly source: string;
	readonly attempts: number;
	readonly output_path: string | null;
	readonly error: {readonly code: string; readonly message: string; readonly class: string} | null;
};

const jobsOf = async (program: Program): Promise<readonly Job[]> =>
	((await program.json(['list', '--limit', '100'])) as {readonly jobs: readonly Job[]}).jobs;

const filesBelow = async (folder: string): Promise<readonly string[]> => {
	const entries = await readdir(folder, {recursive: true, withFileTypes: true});
	return entries
		.filter(entry => entry.isFile() && !entry.parentPath.includes('.tidegate'))
		.map(entry => join(entry.parentPath, entry.name).slice(folder.length + 1))
		.toSorted();
};

const base = 'https://aniworld.to/anime/stream/some-series/staffel-1';

test('twelve episodes, three workers, one hoster dead, one episode without the language: eleven files, one honest failure', async context => {
	const {program, site, folder} = await open(context, '4.6.1', path => ({
		title: 'Some Series',
		links: path.endsWith('episode-7')
			? {'English Sub': german, 'German Sub': german}
			: {'German Dub': {VOE: dead, Vidmoly: 'film.m3u8', Vidoza: 'film.m3u8'}},
	}));
	const urls = Array.from({length: 12}, (_, index) => `${base}/episode-${index + 1}`);
	const added = await program.json(['--workers', '3', 'add', ...urls, '--language', 'german dub', '--hoster', 'voe']);
	expect(added).toEqual({
		success: true,
		message: '12 jobs added',
		episode_count: 12,
		queue_ids: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12],
		max_concurrent: 3,
		provider: 'aniworld',
		language: 'german dub',
		duplicates: [],
	});
	const again = ['HTTP://WWW.ANIWORLD.TO/anime/stream/Some-Series/Staffel-01/Episode-3/?a=1', `${base}/episode-4#top`];
	expect((await program.run(['add', ...again])).stderr).toContain('0 jobs added, 2 already in the queue');

	const ran = await program.run(['--workers', '3', '--json', 'run', '--until-idle']);
	expect([ran.code, JSON.parse(ran.stdout)]).toMatchObject([1, {completed: 11, failed: 1, remaining: 0}]);
	const numbers = [1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12].map(number => String(number).padStart(3, '0'));
	expect(await filesBelow(program.storage)).toEqual(
		numbers.map(number => `Some Series/Some Series S01E${number} (German Dub).mkv`),
	);

	const jobs = await jobsOf(program);
	expect(jobs.find(job => job.title === 'Some Series S01E007')).toMatchObject({
		status: 'failed',
		attempts: 1,
		error: {code: 'unavailable', class: 'permanent', message: expect.stringContaining('not offered in German Dub')},
	});
	const shown = (await program.json(['show', '1'])) as {
		attempts_made?: number;
		history: ReadonlyArray<{outcome: string; error: {message: string} | null; started_at: string; ended_at: string}>;
	};
	expect(shown.history).toMatchObject([
		{outcome: 'defer', error: {message: expect.stringMatching(/VOE: .*Not Found.*; Vidmoly is next/)}},
		{outcome: 'complete'},
	]);

	// One process for each hoster of each episode, and never four at once.
	const steps = [...(await readFile(join(folder, 'runs'), 'utf8'))];
	expect(steps.filter(step => step === '+')).toHaveLength(11 * 2 + 1);
	const running = steps.map((_, index) =>
		steps.slice(0, index + 1).reduce((sum, step) => sum + (step === '+' ? 1 : -1), 0),
	);
	expect([Math.max(...running), running.at(-1)]).toEqual([3, 0]);
	expect(site.asked.filter(path => path.startsWith('Vidoza'))).toEqual([]);
	// Nothing was asked of the system as root, no browser was fetched anew, and the home is as it was.
	expect((await readdir(folder)).toSorted()).toEqual(['aniworld', 'runs', 'site', 'stats', 'version']);
	expect(existsSync(join(program.directory, '.aniworld'))).toBe(false);
}, 60_000);

test('language and hoster are carried to the tool; wrong ones are refused before anything is queued', async context => {
	const {program} = await open(context, '3.8.2', anyPage);
	for (const [args, words] of [
		[
			[`${base}/episode-1`, '--language', 'Klingon'],
			'knows no language "Klingon" for aniworld (3.8.2); use German Dub, English Sub, or German Sub',
		],
		[[`${base}/episode-1`, '--language', 'English Dub'], 'knows no language "English Dub"'],
		[[`${base}/episode-1`, '--hoster', 'MegaKino'], 'knows no hoster "MegaKino" (3.8.2); use VOE, Vidmoly,'],
		[[base], 'this is a whole season; say which episodes, such as 1-12 (--episodes 1-12)'],
		[[base, '--episodes', '0-2'], 'there is no episode 0'],
		[['https://aniworld.to/anime/stream/some-series', '--episodes', '1'], 'write /staffel-1 or /filme behind it'],
		[[`${base}/episode-1`, '--episodes', '1'], 'this is one episode already'],
		[
			[`${base}/episode-1`, 'https://s.to/serie/x/staffel-1/episode-1', '--language', 'English Sub'],
			'for s.to (3.8.2); use German Dub',
		],
	] as const) {
		const refused = await program.run(['add', ...args]);
		expect([args, refused.code, refused.stdout]).toEqual([args, 2, '']);
		expect(refused.stderr).toContain(words);
	}

	expect(await jobsOf(program)).toEqual([]);
	const added = await program.run(['add', base, '--episodes', '3', '--language', 'german-dub', '--hoster', 'vidmoly']);
	expect(added).toMatchObject({code: 0, stdout: '1\n'});
	const films = ['https://aniworld.to/anime/stream/some-series/filme', '--episodes', '2', '--title', "It's a Film!"];
	expect(await program.run(['add', ...films, '--language', 'German Sub'])).toMatchObject({code: 0, stdout: '2\n'});
	const ran = await program.run(['run', '--until-idle']);
	expect(ran.code).toBe(1);
	expect((await program.run(['log', '1'])).stdout).toMatch(
		/--language German Dub --provider Vidmoly --output-dir \S+ --episode https:/,
	);
	expect(await filesBelow(program.storage)).toEqual(['Some Series/Some Series S01E003 (German Dub).mp4']);
	expect((await jobsOf(program))[1]).toMatchObject({
		title: "It's a Film! Film 002",
		status: 'failed',
		error: {code: 'unavailable', message: 'aniworld: the episode is not offered in German Sub; there is German Dub'},
	});
}, 40_000);

const hostileTitles: readonly string[] = [
	"It's Dr. K-On!!",
	'$(touch canary) `touch canary`',
	'../../AC/DC: 100% %(id)s {episode}',
	'-rf --exec=touch canary',
	'進撃の巨人 鋼の錬金術師',
	'👩‍👩‍👧 ❤️ 🦊 ‮txt',
	'long '.repeat(60),
];

describe('titles of people and of pages', () => {
	test.for(['4.6.1', '3.8.2'])(
		'whatever they hold, the right file is in the right place (%s)',
		{timeout: 60_000},
		async (version, context) => runHostile(version, context),
	);
});

/** Each title is that of a job, and that of the page; which film came tells its own name. */
const runHostile = async (version: string, context: TestContext): Promise<void> => {
	// A folder of the page's title is made by 3.x: a name of more than 255 bytes is beyond it.
	const onPages = hostileTitles.map(title =>
		version.startsWith('3') ? Array.from(title).slice(0, 60).join('') : title,
	);
	const {program} = await open(context, version, path => ({
		title: onPages[Number(/\d+$/.exec(path)?.[0] ?? 1) - 1] ?? '',
		links: {'German Dub': {VOE: 'film.m3u8'}},
	}));
	const scheduler = program.start(['run']);
	await vi.waitFor(() => expect(scheduler.stderr()).toContain('runs with'), {timeout: 20_000});
	const connection = await connectEngine({socketPath: () => usualSocketPath(program.data), version: programVersion()});
	if (!connection.ok) throw new Error(connection.message);
	const {engine} = connection;
	for (const [index, title] of hostileTitles.entries()) {
		const answer = await engine.send({
			type: 'add',
			batch: title,
			requests: [{source: `${base}/episode-${index + 1}`, title}],
		});
		expect(answer).toMatchObject({ok: true});
	}

	await vi.waitFor(() => expect(engine.getSnapshot().counts.completed).toBe(hostileTitles.length), {
		timeout: 40_000,
		interval: 100,
	});
	await engine.close();
	const jobs = await jobsOf(program);
	const files = await filesBelow(program.storage);
	expect(files).toHaveLength(hostileTitles.length);
	for (const [index, {output_path: path}] of jobs.entries()) {
		const number = String(index + 1).padStart(3, '0');
		expect(path).toMatch(new RegExp(`/[^/]+/[^/]+ S01E${number} \\(German Dub\\)\\.(mkv|mp4)$`));
		expect(path?.startsWith(`${program.storage}/`)).toBe(true);
		expect((await readFile(path ?? '')).length).toBeGreaterThan(50_000);
	}

	expect(files.map(path => path.split('/').length)).toEqual(files.map(() => 2));
	expect(files.some(path => /(?:^|\/)[-.]|canary$/.test(path))).toBe(false);
	expect(existsSync(join(program.directory, 'canary')) || existsSync('canary')).toBe(false);
};
