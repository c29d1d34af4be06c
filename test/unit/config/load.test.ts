import {mkdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {describe, expect, test} from 'vitest';
import {loadConfig, parseConfig, type Config} from '../../../source/config/load.ts';
import {temporaryDirectory} from '../../support/temp.ts';

const fixture = fileURLToPath(new URL('../../fixtures/config/pipeline-004.toml', import.meta.url));

const problemsOf = (text: string): readonly string[] => {
	const loaded = parseConfig(text, 'config.toml');
	return loaded.ok ? [] : loaded.problems;
};

const configOf = (text: string): Config => {
	const loaded = parseConfig(text, 'config.toml');
	if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
	return loaded.config;
};

describe('a config.toml of the anime pipeline', () => {
	test('loads unchanged, without a word about the sections of its other programs', async () => {
		const loaded = parseConfig(await readFile(fixture, 'utf8'), fixture);
		expect(loaded).toMatchObject({
			ok: true,
			notes: [],
			config: {
				data: {root_dir: 'data', storage_dir: '/media/external/GDA2025'},
				disk_management: {
					hard_limit_gb: 300,
					pause_threshold_gb: 280,
					resume_threshold_gb: 250,
					check_interval_seconds: 30,
					cache_duration_seconds: 5,
					max_concurrent_downloads: 5,
				},
			},
		});
	});

	test('keeps the keys of the other programs out of the configuration', async () => {
		const loaded = parseConfig(await readFile(fixture, 'utf8'), fixture);
		expect(JSON.stringify(loaded)).not.toContain('sk-not-a-real-key');
	});

	test('may hold a section that nobody knows, and is told so', () => {
		expect(parseConfig('[whisper]\nmodel = "x"', 'c.toml')).toMatchObject({
			ok: true,
			notes: ["c.toml: [whisper] is none of tidegate's sections and is left alone"],
		});
	});
});

describe('what is wrong is told with file, line, key, value and remedy', () => {
	test.each<[name: string, text: string, problems: readonly string[]]>([
		[
			'a misspelt key',
			'[disk_management]\npause_treshold_gb = 280',
			['config.toml:2: [disk_management] pause_treshold_gb is unknown; did you mean pause_threshold_gb?'],
		],
		['a misspelt section', '\n[disk]', ['config.toml:2: disk is unknown; did you mean disk_management?']],
		[
			'a misspelt provider',
			'[providers.ytdlp]\nformat = "b"',
			['config.toml:1: [providers] ytdlp is unknown; did you mean yt-dlp? A tool of your own needs type = "command"'],
		],
		[
			'a key of a provider that is unknown',
			'[providers.http]\nsegment = 3',
			['config.toml:2: [providers.http] segment is unknown; did you mean segments?'],
		],
		[
			'33 workers',
			'[disk_management]\nmax_concurrent_downloads = 33',
			['config.toml:2: [disk_management] max_concurrent_downloads is 33; it must be at most 32'],
		],
		[
			'no workers',
			'[disk_management]\nmax_concurrent_downloads = 0',
			['config.toml:2: [disk_management] max_concurrent_downloads is 0; it must be at least 1'],
		],
		[
			'a text where a number belongs',
			'[queue]\nmax_attempts = "many"',
			['config.toml:2: [queue] max_attempts is "many"; it must be a number'],
		],
		[
			'used marks in the wrong order',
			'[disk_management]\nhard_limit_gb = 300\npause_threshold_gb = 320\nresume_threshold_gb = 250',
			['config.toml:2: [disk_management] hard_limit_gb is 300; it must be more than pause_threshold_gb, which is 320'],
		],
		[
			'a band without width',
			'[disk_management]\nhard_limit_gb = 300\npause_threshold_gb = 250\nresume_threshold_gb = 250',
			[
				'config.toml:3: [disk_management] pause_threshold_gb is 250; it must be more than resume_threshold_gb, which is 250',
			],
		],
		[
			'one mark of three',
			'[disk_management]\npause_threshold_gb = 250',
			[
				'config.toml:2: [disk_management] pause_threshold_gb is given without hard_limit_gb and resume_threshold_gb; give all three marks or none',
			],
		],
		[
			'free marks in the wrong order',
			'[disk_management]\npause_below_free_gb = 10\nresume_above_free_gb = 5',
			[
				'config.toml:3: [disk_management] resume_above_free_gb is 5; it must be more than pause_below_free_gb, which is 10',
			],
		],
		[
			'a template that leaves the storage',
			'[queue]\noutput = "../{name}"',
			[
				'config.toml:2: [queue] output is "../{name}"; it is no output template: an output template may not leave the storage folder with `..`',
			],
		],
		[
			'a secret in the file itself',
			'[providers.yt-dlp]\ncookies = "SID=abc"',
			[
				'config.toml:2: [providers.yt-dlp] cookies is something else; it must say where the file is, as "file:PATH"; the secret itself does not belong here',
			],
		],
		[
			'a login in arguments',
			'[providers.yt-dlp]\nextra_args = ["--password", "hunter2"]',
			[
				'config.toml:2: [providers.yt-dlp] extra_args holds --password, which every user of the machine could read; use `cookies = "file:PATH"`, or a .netrc file with `--netrc`',
			],
		],
		[
			'a rate that is none',
			'[bandwidth]\nlimit = "fast"',
			[
				'config.toml:2: [bandwidth] limit is "fast"; it must be `off` or a rate of at least 1 KiB a second, such as "500kB" or "2MiB"',
			],
		],
		[
			'a tool of one’s own without a source',
			'[providers.x]\ntype = "command"\ncommand = "x"\nargs = ["-o"]',
			[
				'config.toml:4: [providers.x] args is ["-o"]; it must hold {source} or {source_file} somewhere, or the tool would not know what to fetch',
			],
		],
		['a file that is no TOML', 'a = [1\nb =', ['config.toml:2:1: this is no TOML: expected comma or end of structure']],
	])('%s', (_name, text, problems) => {
		expect(problemsOf(text)).toEqual(problems);
	});

	test('a secret in an address is masked in the error', () => {
		expect(problemsOf('[data]\nroot_dir = 1\n[bandwidth]\nlimit = "http://u:hunter2@h/"').join()).not.toContain(
			'hunter2',
		);
	});

	test('all problems are told at once', () => {
		expect(problemsOf('[queue]\nmax_attempts = 0\nretry_base_seconds = -1\nbogus = 1')).toHaveLength(3);
	});
});

describe('where the configuration comes from', () => {
	test('without any file the defaults hold', async () => {
		const cwd = await temporaryDirectory();
		expect(loadConfig(undefined, {cwd, env: {HOME: cwd}})).toMatchObject({ok: true, file: undefined});
	});

	test('the working directory goes before the person’s own, a named file before both', async () => {
		const cwd = await temporaryDirectory();
		const env = {HOME: cwd, XDG_CONFIG_HOME: join(cwd, 'xdg')};
		await mkdir(join(cwd, 'xdg', 'tidegate'), {recursive: true});
		await writeFile(join(cwd, 'xdg', 'tidegate', 'config.toml'), '');
		expect(loadConfig(undefined, {cwd, env}).file).toBe(join(cwd, 'xdg', 'tidegate', 'config.toml'));
		await writeFile(join(cwd, 'config.toml'), '');
		expect(loadConfig(undefined, {cwd, env}).file).toBe(join(cwd, 'config.toml'));
		await writeFile(join(cwd, 'other.toml'), '');
		expect(loadConfig('other.toml', {cwd, env}).file).toBe(join(cwd, 'other.toml'));
	});

	test('a named file that is not there is an error', async () => {
		const cwd = await temporaryDirectory();
		expect(loadConfig('no.toml', {cwd, env: {}})).toMatchObject({
			ok: false,
			problems: [`${join(cwd, 'no.toml')}: there is no such file; name another with --config`],
		});
	});

	test('a byte order mark and Windows line ends do no harm', () => {
		expect(configOf('\uFEFF[queue]\r\nmax_attempts = 7\r\n').queue.max_attempts).toBe(7);
	});
});
