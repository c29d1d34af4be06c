import {describe, expect, test} from 'vitest';
import {toEngineSettings} from '../../../source/config/engine-settings.ts';
import {parseConfig} from '../../../source/config/load.ts';
import {lineOfKey} from '../../../source/config/locate.ts';
import {nearest} from '../../../source/config/nearest.ts';
import {resolvePaths} from '../../../source/config/paths.ts';
import {resolveSecret} from '../../../source/config/secrets.ts';
import {parseSize} from '../../../source/domain/size.ts';
import type {OwnerId} from '../../../source/domain/job.ts';

const configOf = (text: string) => {
	const loaded = parseConfig(text, 'config.toml');
	if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
	return loaded.config;
};

const owner = 'owner' as OwnerId;

describe('sizes', () => {
	test.each([
		['0', 0],
		['1048576', 1_048_576],
		['500kB', 500_000],
		['2 MiB', 2_097_152],
		['1.5M', 1_500_000],
		['2M/s', 2_000_000],
		['1GiB', 1_073_741_824],
		['fast', undefined],
		['-1', undefined],
		['1e9', undefined],
		['', undefined],
		['99999999999999999T', undefined],
	])('%s', (text, bytes) => {
		expect(parseSize(text)).toBe(bytes);
	});
});

describe('folders', () => {
	const where = {cwd: '/srv', env: {HOME: '/home/me', XDG_DATA_HOME: undefined}};

	test('without configuration everything is below the person’s data folder', () => {
		expect(resolvePaths(configOf(''), {file: undefined}, where)).toMatchObject({
			root: '/home/me/.local/share/tidegate',
			storage: '/home/me/.local/share/tidegate/downloads',
			database: '/home/me/.local/share/tidegate/tidegate.db',
			trees: ['/home/me/.local/share/tidegate/downloads'],
		});
	});

	test('a relative root starts at config.toml, a relative storage at the root, trees at the storage', () => {
		const config = configOf(
			'[data]\nroot_dir = "data"\nstorage_dir = "films"\n[disk_management]\ntrees = ["videos", "/a"]',
		);
		expect(resolvePaths(config, {file: '/etc/tidegate/config.toml'}, where)).toMatchObject({
			root: '/etc/tidegate/data',
			storage: '/etc/tidegate/data/films',
			trees: ['/etc/tidegate/data/films/videos', '/a'],
		});
	});

	test('options go before the file and start at the working directory; a tilde is the home', () => {
		const config = configOf('[data]\nroot_dir = "~/queue"');
		expect(resolvePaths(config, {file: '/x/config.toml', storage: 'here'}, where)).toMatchObject({
			root: '/home/me/queue',
			storage: '/srv/here',
		});
		expect(resolvePaths(config, {file: undefined, data: 'd'}, where).root).toBe('/srv/d');
	});

	test('an XDG folder counts only where it is absolute', () => {
		const roots = ['/data', 'data'].map(
			base => resolvePaths(configOf(''), {file: undefined}, {cwd: '/', env: {HOME: '/h', XDG_DATA_HOME: base}}).root,
		);
		expect(roots).toEqual(['/data/tidegate', '/h/.local/share/tidegate']);
	});
});

describe('what the engine is told', () => {
	test('gigabytes are powers of ten and seconds become milliseconds', () => {
		const config = configOf(
			'[disk_management]\nhard_limit_gb = 300\npause_threshold_gb = 280\nresume_threshold_gb = 0.25\nresume_dwell_seconds = 2.5',
		);
		expect(toEngineSettings(config, {owner, isScheduling: true})).toMatchObject({
			workers: 5,
			marks: {used: {hard: 300_000_000_000, pause: 280_000_000_000, resume: 250_000_000}},
			dwell: 2500,
			rateLimit: undefined,
			isScheduling: true,
		});
	});

	test('without the three marks only free space counts', () => {
		expect(toEngineSettings(configOf(''), {owner, isScheduling: false}).marks).toEqual({
			used: undefined,
			free: {stop: 500_000_000, pause: 2_000_000_000, resume: 4_000_000_000},
		});
	});

	test('each provider has a lane, and --workers goes before the file', () => {
		const settings = toEngineSettings(configOf('[providers.yt-dlp]\nmax_active = 2\nstart_interval_seconds = 1.5'), {
			owner,
			isScheduling: true,
			workers: 9,
		});
		expect(settings.workers).toBe(9);
		expect(settings.lanes['yt-dlp']).toEqual({
			maxActive: 2,
			startInterval: 1500,
			breaker: {threshold: 3, openFor: 60_000},
		});
		expect(Object.keys(settings.lanes)).toEqual([
			'http',
			'yt-dlp',
			'aria2',
			'ani-cli',
			'aniworld',
			'orpheus',
			'slskd',
			'slskd:search',
		]);
	});

	test('a speed limit is bytes a second', () => {
		expect(toEngineSettings(configOf('[bandwidth]\nlimit = "2MB"'), {owner, isScheduling: true}).rateLimit).toBe(
			2_000_000,
		);
	});
});

describe('the line of a key', () => {
	const text = 'a = 1\n[x]\n# b = 0\nb = 2\n[providers.yt-dlp]\n"c d" = 3\nin.ner = 4\n[ providers . http ]\nb = 5';
	test.each([
		[['a'], 1],
		[['x', 'b'], 4],
		[['x', 'missing'], 2],
		[['providers', 'yt-dlp', 'c d'], 6],
		[['providers', 'yt-dlp', 'in', 'ner'], 7],
		[['providers', 'http', 'b'], 9],
		[['nowhere'], undefined],
	])('%j', (path, line) => {
		expect(lineOfKey(text, path)).toBe(line);
	});
});

test('a near name is suggested, a far one is not', () => {
	const known = ['yt-dlp', 'aria2', 'http'];
	expect(['ytdl', 'aria', 'YT_DLP', 'htpp', 'wget'].map(name => nearest(name, known))).toEqual([
		'yt-dlp',
		'aria2',
		'yt-dlp',
		'http',
		undefined,
	]);
});

test('a secret that is not there is named without being told', () => {
	const where = {env: {TOKEN: 'abc', EMPTY: ''}};
	expect(resolveSecret('env:TOKEN', '/', where)).toEqual({ok: true, value: 'abc'});
	expect(resolveSecret('env:EMPTY', '/', where)).toEqual({ok: false, problem: 'the environment has no EMPTY'});
	expect(resolveSecret('file:none', '/nowhere', where)).toEqual({
		ok: false,
		problem: '/nowhere/none cannot be read (ENOENT)',
	});
});
