import {describe, expect, test} from 'vitest';
import type {JobOptions} from '../../../../source/domain/job.ts';
import {
	describeEpisode,
	downloadArguments,
	downloadEnvironment,
	fileNameOf,
	wishOf,
	type Wish,
} from '../../../../source/providers/aniworld/arguments.ts';

const three = {text: '3.8.2', generation: 3} as const;
const four = {text: '4.6.1', generation: 4} as const;
const defaults = {language: 'German Dub', hosters: ['VOE', 'Vidmoly']};
const address = 'https://www.aniworld.to/anime/stream/Some-Series/staffel-1/episode-3/';

const wish = (options: JobOptions = {}, version: typeof three | typeof four = four, source = address): Wish => {
	const found = wishOf({source, options}, defaults, version);
	if ('problem' in found) throw new Error(found.problem);
	return found;
};

describe('the command lines', () => {
	test('4.x takes the address alone, behind everything that is an option', () => {
		const run = {
			version: four,
			wish: wish({language: 'english sub'}),
			hoster: 'VOE',
			directory: '/job',
			extraArgs: ['-d'],
		};
		expect(downloadArguments(run)).toEqual([
			'-nm',
			'-a',
			'Download',
			'-l',
			'English Sub',
			'-p',
			'VOE',
			'-o',
			'/job/files',
			'-d',
			'--',
			'https://aniworld.to/anime/stream/some-series/staffel-1/episode-3',
		]);
	});

	test('3.x names it, and wants another address of s.to', () => {
		const source = 'https://serienstream.to/serie/dark/staffel-1/episode-3';
		const run = {version: three, wish: wish({}, three, source), hoster: 'VOE', directory: '/job', extraArgs: []};
		expect(downloadArguments(run)).toEqual([
			'--action',
			'Download',
			'--language',
			'German Dub',
			'--provider',
			'VOE',
			'--output-dir',
			'/job/files',
			'--episode',
			'https://s.to/serie/stream/dark/staffel-1/episode-3',
		]);
	});

	test('the environment keeps runs apart, and leads back to what belongs to the person', () => {
		const run = {version: four, wish: wish(), hoster: 'VOE', directory: '/job', extraArgs: []};
		const env = downloadEnvironment(run, {home: '/home/me', env: {}});
		expect(env).toMatchObject({
			HOME: '/job/.aniworld/home',
			TMPDIR: '/job/.aniworld/tmp',
			PYTHONUNBUFFERED: '1',
			PYTHONUSERBASE: '/home/me/.local',
			PLAYWRIGHT_BROWSERS_PATH: '/home/me/.cache/ms-playwright',
			ANIWORLD_DEBUG_MODE: '1',
			ANIWORLD_PROVIDER_FALLBACK_ORDER: 'VOE',
			ANIWORLD_NAMING_TEMPLATE: 'episode.mkv',
		});
		expect(downloadEnvironment(run, {home: undefined, env: {}})).not.toHaveProperty('HOME');
		const cache = downloadEnvironment(run, {home: '/home/me', env: {XDG_CACHE_HOME: '/cache'}});
		expect(cache['PLAYWRIGHT_BROWSERS_PATH']).toBe('/cache/ms-playwright');
	});
});

describe('what is asked for', () => {
	test.each<[string, JobOptions, typeof three | typeof four | undefined, string, RegExp]>([
		[
			'a language',
			{language: 'Klingon'},
			four,
			address,
			/knows no language "Klingon" for aniworld \(4\.6\.1\); use German Dub, English Sub, German Sub, or English Dub/,
		],
		[
			'a language of another version',
			{language: 'English Dub'},
			three,
			address,
			/knows no language "English Dub" .*\(3\.8\.2\)/,
		],
		[
			'a language of another site',
			{language: 'English Sub'},
			undefined,
			'https://s.to/serie/x/staffel-1/episode-1',
			/for s\.to; use German Dub, English Dub, or German Sub/,
		],
		[
			'a hoster',
			{hoster: 'Megaupload'},
			four,
			address,
			/knows no hoster "Megaupload" \(4\.6\.1\); use VOE, Vidmoly, Vidoza, or MegaKino/,
		],
		['a hoster of another version', {hoster: 'Streamtape'}, four, address, /knows no hoster "Streamtape"/],
		['a quality', {quality: '720'}, undefined, address, /knows no qualities/],
		[
			'a season',
			{},
			four,
			'https://aniworld.to/anime/stream/x/staffel-1',
			/a whole season; say which episodes with --episodes/,
		],
		['a series', {}, four, 'https://aniworld.to/anime/stream/x', /a whole series; add its season/],
		['a film of s.to', {}, four, 'https://s.to/serie/x/filme/film-1', /4\.6\.1 takes no films of s\.to/],
	])('%s that cannot be had is refused in words that name what can', (_, options, version, source, expected) => {
		const found = wishOf({source, options}, defaults, version);
		expect('problem' in found && found.problem).toMatch(expected);
	});

	test('what some version knows is fine while nobody knows which one is there', () => {
		for (const options of [{language: 'English Dub'}, {hoster: 'streamtape'}, {hoster: 'Doodstream'}]) {
			expect(wishOf({source: address, options}, defaults, undefined)).toHaveProperty('hosters');
		}
	});

	test('the address tells title, season and episode; language and hoster get their right spelling', () => {
		expect(describeEpisode(address, {hoster: 'voe', fields: {mal_id: '7'}}, defaults)).toEqual({
			title: 'Some Series S01E003',
			options: {
				language: 'German Dub',
				hoster: 'VOE',
				fields: {series: 'Some Series', season: '1', episode: '3', mal_id: '7'},
			},
		});
		const film = describeEpisode('https://aniworld.to/anime/stream/x/filme/film-2', {language: 'Klingon'}, defaults);
		expect(film).toEqual({title: 'X Film 002', options: {language: 'Klingon', fields: {series: 'X', episode: '2'}}});
		expect(describeEpisode('https://example.org/x', {}, defaults)).toBeUndefined();
	});

	test.each([
		['Some Series S01E003', 'Some Series S01E003 (German Dub).mkv'],
		['Frieren', 'Frieren S01E003 (German Dub).mkv'],
		["It's $(id)/../x! S01E003", "It's $(id)_.._x! S01E003 (German Dub).mkv"],
		['-rf S01E003', 'rf S01E003 (German Dub).mkv'],
	])('a job called %s makes a file called %s', (title, name) => expect(fileNameOf(title, wish(), 'mkv')).toBe(name));

	test('a very long title keeps what tells the episodes apart', () => {
		const name = fileNameOf('長'.repeat(300), wish(), 'mkv');
		expect(Buffer.byteLength(name)).toBeLessThan(240);
		expect(name).toMatch(/^長+ S01E003 \(German Dub\)\.mkv$/);
	});
});
