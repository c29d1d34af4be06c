import {describe, expect, test} from 'vitest';
import type {OwnerId} from '../../../source/domain/job.ts';
import {toEngineSettings} from '../../../source/config/engine-settings.ts';
import {parseConfig, type Config} from '../../../source/config/load.ts';
import {changeLine, changesBetween, createReread} from '../../../source/config/reload.ts';

const config = (text: string): Config => {
	const loaded = parseConfig(text, 'config.toml');
	if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
	return loaded.config;
};

const toSettings = (from: Config) => toEngineSettings(from, {owner: 'x' as OwnerId, isScheduling: true});

/** The lines told of going from one text to another. */
const told = (before: string, after: string): readonly string[] =>
	changesBetween(config(before), config(after)).map(change => changeLine(change));

const marks = (hard: number, pause: number, resume: number): string =>
	`[disk_management]\nhard_limit_gb = ${hard}\npause_threshold_gb = ${pause}\nresume_threshold_gb = ${resume}\n`;

const section = (value: string): string =>
	`[providers.mine]\ntype = "command"\ncommand = "mine"\nargs = ["{source}"]\naccepts = "^mine:"\nenv = {MINE_TOKEN = "${value}"}\n`;

describe('each key that changes is told in a line', () => {
	test.each([
		['', '[bandwidth]\nlimit = "2MB"', '[bandwidth] limit: "off" → "2MB"'],
		['', '[disk_management]\nmax_concurrent_downloads = 3', '[disk_management] max_concurrent_downloads: 5 → 3'],
		['', '[providers.http]\nmax_active = 2', '[providers.http] max_active: 16 → 2'],
		['', '[logging]\nlevel = "warn"', '[logging] level: "info" → "warn"'],
		['[queue]\nmax_active_batches = 2', '', '[queue] max_active_batches: 2 → nothing'],
		['', '[screen]\nascii = true', '[screen] ascii: false → true; the next screen shows it'],
		['', '[data]\nstorage_dir = "x"', '[data] storage_dir: "downloads" → "x"; this needs a restart'],
		['', '[providers.http]\nsegments = 2', '[providers.http] segments: 4 → 2; this needs a restart'],
		[
			'',
			'[providers.mine]\ntype = "command"\ncommand = "mine"\nargs = ["{source}"]\naccepts = "^mine:"',
			'[providers.mine] is new; this needs a restart',
		],
	])('%j then %j', (before, after, line) => {
		expect(told(before, after)).toEqual([line]);
	});

	test('and what did not change is not', () => {
		expect(told(marks(3, 2, 1), marks(3, 2, 1))).toEqual([]);
		expect(told(marks(3, 2, 1), marks(4, 2, 1))).toEqual(['[disk_management] hard_limit_gb: 3 → 4']);
	});

	test('without what may be a secret', () => {
		expect(told(section('hunter2'), section('hunter3')).join('')).not.toMatch(/hunter/);
	});
});

describe('what is said to change at once is what the engine is given, and nothing else', () => {
	const samples: readonly string[] = [
		marks(3, 2, 1),
		'[disk_management]\npause_below_free_gb = 3',
		'[disk_management]\nresume_above_free_gb = 9',
		'[disk_management]\nstop_below_free_gb = 1',
		'[disk_management]\ncheck_interval_seconds = 9',
		'[disk_management]\ncache_duration_seconds = 9',
		'[disk_management]\nresume_dwell_seconds = 9',
		'[disk_management]\nmax_concurrent_downloads = 9',
		'[disk_management]\ntrees = ["x"]',
		'[queue]\nmax_attempts = 9',
		'[queue]\nretry_base_seconds = 9',
		'[queue]\nretry_cap_seconds = 9000',
		'[queue]\nmax_active_batches = 9',
		'[queue]\nmax_active_per_batch = 9',
		'[queue]\noutput = "{name}.{ext}"',
		'[bandwidth]\nlimit = "2MB"',
		'[bandwidth]\nwindows = ["daily 22:00-06:00 off"]',
		'[bandwidth]\ndaily_quota = "2GB"',
		'[bandwidth]\nmonthly_quota = "2GB"',
		'[catalogs]\nprovider = "yt-dlp"\n[providers.yt-dlp]\ntrack_search = "ytsearch1:"',
		'[providers.http]\nmax_active = 9',
		'[providers.http]\nstart_interval_seconds = 9',
		'[providers.aria2]\nbreaker_failures = 9',
		'[providers.aria2]\nbreaker_open_seconds = 9',
		'[providers.http]\nstall_timeout_seconds = 9',
		'[finish]\nffprobe = "off"',
		'[tags]\nenabled = false',
		'[data]\nroot_dir = "x"',
	];
	test.each(samples)('%j', text => {
		const isTold = changesBetween(config(''), config(text)).some(({effect}) => effect === 'now');
		expect(isTold).toBe(JSON.stringify(toSettings(config(text))) !== JSON.stringify(toSettings(config(''))));
	});
});

describe('a configuration that is read again', () => {
	test('keeps telling what needs a restart, and tells the rest once', async () => {
		const texts = [
			'[queue]\nmax_attempts = 9\n[tags]\nenabled = false',
			'[queue]\nmax_attempts = 9\n[tags]\nenabled = false',
			'',
		];
		const load = () => parseConfig(texts.shift() ?? '', 'config.toml');
		const reread = createReread({config: config(''), load, toSettings});
		const restart = '[tags] enabled: true → false; this needs a restart';
		expect(await reread()).toMatchObject({ok: true, told: ['[queue] max_attempts: 4 → 9', restart]});
		expect(await reread()).toMatchObject({ok: true, told: [restart]});
		expect(await reread()).toMatchObject({ok: true, told: ['[queue] max_attempts: 9 → 4']});
		expect(await reread()).toMatchObject({ok: true, told: ['the configuration has not changed']});
	});

	test('says where it is wrong', async () => {
		const reread = createReread({
			config: config(''),
			load: () => parseConfig('[queue]\nmax_attempts = 0', 'config.toml'),
			toSettings,
		});
		expect(await reread()).toEqual({
			ok: false,
			problems: [expect.stringContaining('config.toml:2: [queue] max_attempts')],
		});
	});

	test('cannot change the number that --workers has set', () => {
		const [change] = changesBetween(config(''), config('[disk_management]\nmax_concurrent_downloads = 3'));
		expect(change && changeLine(change, 2)).toBe(
			'[disk_management] max_concurrent_downloads: 5 → 3, but --workers 2 holds',
		);
	});
});
