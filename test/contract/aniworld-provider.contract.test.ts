import {mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {afterAll, beforeAll, describe, expect, onTestFinished, test, vi, type TestContext} from 'vitest';
import {createAniworldProvider, type AniworldOptions} from '../../source/providers/aniworld/index.ts';
import type {Provider} from '../../source/engine/ports.ts';
import {findProgram} from '../../source/system/find-program.ts';
import {findSurvivors} from '../../source/system/survivors.ts';
import {makeFilm} from '../support/ani-cli.ts';
import {captcha, dead, installAniworld, startAniworldSite, type AniworldSite, type Offer} from '../support/aniworld.ts';
import {jobFor, newAttempt, type Attempt} from '../support/attempts.ts';

/*
 * What the engine may rely on: the claims of provider.contract.ts that mean something for a tool which is given a page and
 * not a file, for both command lines. In the place of going on where it stopped: the next hoster.
 */

let media = '';
const missing: string[] = [];

beforeAll(async () => {
	for (const tool of ['ffmpeg', 'yt-dlp']) if ((await findProgram(tool)) === undefined) missing.push(tool);
	media = await mkdtemp(join(tmpdir(), 'tidegate-film-'));
	if (missing.length === 0) await makeFilm(media);
}, 60_000);

afterAll(() => rm(media, {recursive: true, force: true}));

const address = 'https://aniworld.to/anime/stream/some-series/staffel-1/episode-3';
const good: Offer = {'German Dub': {VOE: 'film.m3u8', Vidmoly: 'film.m3u8'}};

type World = {
	readonly site: AniworldSite;
	readonly provider: Provider;
	readonly attempt: Attempt;
	readonly folder: string;
};

const open = async (
	context: TestContext,
	version: string,
	links: Offer = good,
	more: AniworldOptions = {},
): Promise<World> => {
	if (missing.length > 0) context.skip(`needs ${missing.join(' and ')}`);
	const site = await startAniworldSite(path => (path === 'nothing' ? undefined : {title: 'Some Series', links}), media);
	const {command, folder, remove} = await installAniworld(version, site.url);
	onTestFinished(async () => {
		site.close();
		await remove();
	});
	const provider = createAniworldProvider({
		command,
		stallTimeout: 20_000,
		hosters: ['VOE', 'Vidmoly'],
		home: folder,
		...more,
	});
	return {site, provider, attempt: await newAttempt(), folder};
};

const filesIn = async ({directory}: Attempt): Promise<readonly string[]> => {
	const entries = await readdir(directory, {recursive: true, withFileTypes: true});
	return entries.filter(entry => entry.isFile()).map(entry => entry.name);
};

describe.each(['3.8.2', '4.6.1'])('aniworld %s as a provider', version => {
	test('fetches an episode whole, into its own directory, and tells how far it is', async context => {
		const {provider, attempt, site} = await open(context, version);
		const {promise: isTold, resolve} = Promise.withResolvers<void>();
		site.gates.set('film7.ts', isTold);
		const running = attempt.run(provider, jobFor(address, {title: 'Some Series S01E003'}));
		// The end waits until there is something to tell.
		await vi.waitFor(
			() => expect(attempt.reports.filter(({total}) => total !== undefined).length).toBeGreaterThan(1),
			15_000,
		);
		resolve();
		const outcome = await running;
		expect(outcome).toMatchObject({
			type: 'fetched',
			name: expect.stringMatching(/^Some Series S01E003 \(German Dub\)\.(?:mp4|mkv)$/),
		});
		if (outcome.type !== 'fetched') return;
		expect(outcome.path).not.toMatch(/^\/|(?:^|\/)\.\.(?:\/|$)/);
		const {size} = await stat(join(attempt.directory, outcome.path));
		expect(outcome.size).toBe(size);
		expect(size).toBeGreaterThan(50_000);
		const told = attempt.reports.flatMap(report => report.bytes ?? []);
		expect(told.length).toBeGreaterThan(1);
		expect(told).toEqual(told.toSorted((left, right) => left - right));
		const shares = attempt.reports.flatMap(({bytes, total}) =>
			bytes === undefined || total === undefined ? [] : bytes / total,
		);
		expect(shares.length).toBeGreaterThan(0);
		expect(shares).toEqual(shares.toSorted((left, right) => left - right));
		expect(await readdir(dirname(attempt.directory))).toEqual(['job']);
	});

	test('stops when it is told to, and leaves neither a process nor a copy of settings behind', async context => {
		const {provider, attempt, site} = await open(context, version);
		site.faults.set('film3.ts', 'silence');
		const running = attempt.run(provider, jobFor(address));
		await vi.waitFor(() => expect(site.asked).toContain('film3.ts'), 15_000);
		attempt.stop();
		expect(await running).toEqual({type: 'stopped'});
		expect(findSurvivors(attempt.token)).toEqual([]);
		const left = await filesIn(attempt);
		expect(left).not.toContain('.env');
		expect(left.filter(name => name.includes('.temp_'))).toEqual([]);
	}, 20_000);

	test('does nothing when it was stopped before it began', async context => {
		const {provider, attempt, site} = await open(context, version);
		attempt.stop();
		expect(await attempt.run(provider, jobFor(address))).toEqual({type: 'stopped'});
		expect(site.asked).toEqual([]);
	});

	test('a hoster that fails is one attempt, the next hoster the next, and the last tells of all', async context => {
		const {provider, site, attempt} = await open(context, version, {
			'German Dub': {VOE: dead, Vidmoly: dead, Vidoza: 'film.m3u8'},
		});
		const first = await attempt.run(provider, jobFor(address));
		expect(first).toMatchObject({
			type: 'failed',
			failure: {
				code: 'no-sources',
				waitAtMost: 0,
				message: expect.stringMatching(/^aniworld: VOE: .*Not Found.*; Vidmoly is next$/),
			},
		});
		const again = await newAttempt(dirname(attempt.directory));
		const second = await again.run(provider, jobFor(address), {attempt: 1});
		expect(second).toMatchObject({
			type: 'failed',
			failure: {
				code: 'no-sources',
				message: expect.stringMatching(
					/^aniworld: no hoster gave the episode\. VOE: .*Not Found.*; Vidmoly: .*Not Found/,
				),
			},
		});
		expect(site.asked).not.toContain('film0.ts');
		// A round later, the first one again.
		const third = await newAttempt(dirname(attempt.directory));
		const outcome = await third.run(provider, jobFor(address, {options: {hoster: 'Vidoza'}}), {attempt: 3});
		expect(outcome).toMatchObject({type: 'fetched'});
	}, 30_000);

	test('an episode without the language is no matter of hosters', async context => {
		const {provider, attempt} = await open(context, version, {
			'German Sub': {VOE: 'film.m3u8'},
			'English Sub': {VOE: 'film.m3u8'},
		});
		const outcome = await attempt.run(provider, jobFor(address));
		const there = version.startsWith('3')
			? '; there is German Sub, English Sub'
			: ', or not there at all; 4.x does not tell which';
		expect(outcome).toMatchObject({
			type: 'failed',
			failure: {
				code: 'unavailable',
				message: expect.stringContaining(`the episode is not offered in German Dub${there}`),
			},
		});
	});

	test('what arrives no more is a stall', async context => {
		const {provider, attempt, site} = await open(context, version, good, {stallTimeout: 1000});
		site.faults.set('film3.ts', 'silence');
		const outcome = await attempt.run(provider, jobFor(address));
		expect(outcome).toMatchObject({
			type: 'failed',
			failure: {code: 'stalled', message: expect.stringContaining('Vidmoly is next')},
		});
		expect(findSurvivors(attempt.token)).toEqual([]);
	}, 20_000);

	test('a missing tool is named, with how to install it', async () => {
		const provider = createAniworldProvider({command: '/nowhere/aniworld'});
		const attempt = await newAttempt();
		const outcome = await attempt.run(provider, jobFor(address));
		expect(outcome).toMatchObject({
			type: 'failed',
			failure: {code: 'tool-missing', message: expect.stringMatching(/is not installed .*; try: pipx install/)},
		});
		expect(await provider.check()).toMatchObject({
			ok: false,
			version: undefined,
			fix: expect.stringContaining('install'),
		});
	});

	test('its tool tells a version, and nothing of that is written into the home', async context => {
		const {provider, folder} = await open(context, version);
		expect(await provider.check()).toMatchObject({ok: true, version});
		expect((await readdir(folder)).toSorted()).toEqual(['aniworld', 'site', 'stats', 'version']);
	});

	test('what is no address is a failure, not a crash; a directory that is gone as well', async context => {
		const {provider, attempt} = await open(context, version);
		for (const source of ['', '--help', 'https://', '\u0000', 'https://aniworld.to/', `${address}/more`]) {
			const again = await newAttempt(dirname(attempt.directory));
			expect(await again.run(provider, jobFor(source))).toMatchObject({type: 'failed'});
		}

		await rm(dirname(attempt.directory), {recursive: true});
		expect(['failed', 'fetched']).toContain((await attempt.run(provider, jobFor(address))).type);
	}, 20_000);
});

test('3.x goes on with the parts that it left', async context => {
	const {provider, attempt, site} = await open(context, '3.8.2');
	site.faults.set('film5.ts', 'silence');
	const running = attempt.run(provider, jobFor(address));
	await vi.waitFor(async () => expect(await filesIn(attempt)).toContainEqual(expect.stringMatching(/Frag7$/)), 15_000);
	attempt.stop();
	expect(await running).toEqual({type: 'stopped'});
	expect(await filesIn(attempt)).toContainEqual(expect.stringMatching(/\.mp4\.part$/));
	site.faults.clear();
	const before = site.asked.length;
	const again = await newAttempt(dirname(attempt.directory));
	expect(await again.run(provider, jobFor(address))).toMatchObject({type: 'fetched'});
	expect(site.asked.slice(before)).not.toContain('film0.ts');
}, 20_000);

test('what 4.x has not made whole is never the film, and is gone before the next run', async context => {
	const {provider, attempt} = await open(context, '4.6.1', {'German Sub': {VOE: 'film.m3u8'}});
	const folder = join(attempt.directory, 'files');
	await mkdir(folder);
	for (const name of ['episode.temp_full.mkv', 'episode.new.mkv', 'Old S01E003.temp_video.mkv']) {
		await writeFile(join(folder, name), 'half a film');
	}

	expect(await attempt.run(provider, jobFor(address))).toMatchObject({type: 'failed'});
	// It takes the empty folder away itself.
	expect(await filesIn(attempt)).toEqual([]);
});

test('a run has a copy of the settings of the person, whose own stay as they are', async context => {
	const {provider, attempt, folder, site} = await open(context, '4.6.1');
	const settings = join(folder, '.aniworld', '.env');
	await mkdir(dirname(settings));
	await writeFile(settings, 'ANIWORLD_VIDEO_CODEC=av1\nANIWORLD_PROVIDER=Vidoza\n');
	await writeFile(join(folder, 'browser'), join(folder, '.cache', 'ms-playwright'));
	site.faults.set('film3.ts', 'silence');
	const running = attempt.run(provider, jobFor(address));
	await vi.waitFor(() => expect(site.asked).toContain('film3.ts'), 15_000);
	const copy = await readFile(join(attempt.directory, '.aniworld', 'home', '.aniworld', '.env'), 'utf8');
	expect(copy).toContain('ANIWORLD_VIDEO_CODEC=av1');
	attempt.stop();
	await running;
	expect(await readFile(settings, 'utf8')).toBe('ANIWORLD_VIDEO_CODEC=av1\nANIWORLD_PROVIDER=Vidoza\n');
	// The browser that it finds is the person's, and root is not asked for another.
	expect(await readdir(folder)).not.toContainEqual(expect.stringMatching(/fetched-browser|sudo/));
	expect(site.asked).toContain('VOE/film.m3u8');
});

test('a hoster that a version does not know is passed over, and one that has not the episode is told so', async context => {
	const {provider, attempt} = await open(
		context,
		'4.6.1',
		{'German Dub': {Vidmoly: 'film.m3u8'}},
		{hosters: ['Filemoon', 'VOE', 'Vidmoly']},
	);
	expect(await attempt.run(provider, jobFor(address))).toMatchObject({
		type: 'failed',
		failure: {message: 'aniworld: VOE: does not have the episode in German Dub; Vidmoly is next'},
	});
	const again = await newAttempt(dirname(attempt.directory));
	expect(await again.run(provider, jobFor(address), {attempt: 1})).toMatchObject({type: 'fetched'});
});

test('a captcha wants a person, who is told where', async context => {
	const {provider, attempt, site} = await open(context, '4.6.1', {'German Dub': {VOE: captcha, Vidmoly: 'film.m3u8'}});
	const outcome = await attempt.run(provider, jobFor(address));
	expect(outcome).toMatchObject({
		type: 'failed',
		failure: {code: 'captcha', message: `aniworld: a page asks for a captcha: ${site.url}/hoster/VOE/captcha`},
	});
});
