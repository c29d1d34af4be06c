import {existsSync} from 'node:fs';
import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {createProgram, type Program} from '../support/program.ts';

/** Nothing was written: neither a queue nor a storage folder. */
const expectUntouched = (program: Program): void => {
	expect(existsSync(join(program.data, 'tidegate.db'))).toBe(false);
	expect(existsSync(program.storage)).toBe(false);
};

const url = 'http://127.0.0.1:9/file.mkv';

describe('what is wrong is told with exit code 2, and nothing is changed', () => {
	test.each<[name: string, args: readonly string[], words: readonly string[]]>([
		['no workers', ['--workers', '0', 'run'], ['--workers must be a whole number from 1 to 32, not `0`']],
		['33 workers', ['-w', '33', 'add', url], ['--workers must be a whole number from 1 to 32, not `33`']],
		['33 workers while running', ['workers', '33'], ['workers must be a whole number from 1 to 32, not `33`']],
		[
			'a range of episodes that runs backwards',
			['add', `${url}?e={episode}`, '--episodes', '7-3'],
			['the range `7-3` in --episodes runs backwards; write 3-7'],
		],
		[
			'episodes of a source that has no place for them',
			['add', url, '--episodes', '1-3'],
			['source 1: --episodes needs {episode} or {episode:03} in the source'],
		],
		[
			'a series without the episodes that are wanted',
			['add', 'ani-cli:Some Series'],
			['source 1: say which episodes with --episodes, such as 1-12; a film is --episodes 1'],
		],
		[
			'a series while nobody has asked for ani-cli',
			['add', 'ani-cli:Some Series', '--episodes', '1-3'],
			['no provider takes ani-cli: addresses; enable one in config.toml'],
		],
		[
			'a checksum of the wrong length',
			['add', url, '--checksum', 'sha256:abc123'],
			['--checksum: a sha256 checksum has 64 hexadecimal digits; this one has 6'],
		],
		['a checksum of no kind', ['add', url, '--checksum', 'crc:1'], ['--checksum: the checksum must begin with one of']],
		[
			'an output outside of the storage',
			['add', url, '--output', '../x'],
			['--output: an output template may not leave'],
		],
		['a size that is none', ['add', url, '--expect-size', 'big'], ['--expect-size must be a size in bytes']],
		['a priority that is none', ['add', url, '--priority', '11'], ['the priority must be a whole number from 0 to 9']],
		[
			'a scheme that no provider takes',
			['add', 'gopher://host/x'],
			['source 1: gopher://host/x: no provider takes gopher:'],
		],
		['a source that is no address', ['add', 'just words'], ['it is no address; addresses look like https://host/file']],
		[
			'a provider that does not exist',
			['add', url, '--provider', 'ytdlp'],
			['there is no provider `ytdlp`; did you mean yt-dlp?'],
		],
		[
			'a title for several sources',
			['add', url, `${url}2`, '--title', 'x'],
			['--title is for one source; there are several'],
		],
		['an empty list', ['add', '-'], ['stdin holds no source; write one a line']],
		['no source at all', ['add'], ["missing required argument 'source'"]],
		['an unknown option', ['list', '--bogus'], ["unknown option '--bogus'"]],
		['an unknown command', ['lst'], ["unknown command 'lst'", 'Did you mean list?']],
		['no selection', ['cancel'], ['say which jobs: ids, or --all, --status, --batch, --provider, --filter']],
		['ids and a selection', ['cancel', '1', '--all'], ['give either ids or a selection']],
		['an id that is none', ['show', 'x'], ['`x` is no job id; ids are numbers such as 7']],
		['an empty filter', ['cancel', '--filter', ''], ['--filter is empty; leave it out, or say which jobs']],
		['a batch without a name', ['cancel', '--batch', ' '], ['--batch is empty']],
		['a batch to add to without a name', ['add', url, '--batch', ''], ['--batch is empty; leave it out, or name']],
		['a source that is empty', ['add', ''], ['source 1: the source is empty']],
		[
			'a cursor that no page gave',
			['list', '--after', 'xyz'],
			['the cursor is not one that a page of this list has given'],
		],
		['a word that config does not know', ['config', 'nope'], ['there is no `config nope`; there are check, print']],
		['a file to import that is not there', ['import', 'nope.jsonl'], ['nope.jsonl: there is no such file']],
		['a whole queue and a selection', ['pause', '--queue', '--all'], ['--queue means the whole queue']],
		['all jobs and one page of them', ['list', '--jsonl', '--limit', '5'], ['--jsonl prints all jobs']],
		[
			'a status that does not exist',
			['list', '--status', 'done'],
			['there is no status `done`; there are waiting, searching'],
		],
		['a configuration that is not there', ['-c', 'nope.toml', 'status'], ['nope.toml: there is no such file']],
		[
			'a series of a pipeline that nobody has named',
			['--anime-id', '5', 'run'],
			['--anime-id needs the database of the pipeline; name it with [pipeline] database'],
		],
		['a series that is no number', ['--anime-id', 'five', 'run'], ['--anime-id must be the number of a series']],
		['a series where nothing is taken', ['--anime-id', '5', 'list'], ['`list` takes nothing']],
	])('%s', async (_name, args, words) => {
		const program = await createProgram();
		const ended = await program.run(args);
		for (const word of words) expect(ended.stderr).toContain(word);
		expect(ended).toMatchObject({code: 2, stdout: ''});
		expect(await program.json(['list'])).toEqual({jobs: [], next: null});
	});

	test.each<[name: string, toml: string, words: string]>([
		[
			'an unknown key',
			'[queue]\nmax_atempts = 3',
			'config.toml:2: [queue] max_atempts is unknown; did you mean max_attempts?',
		],
		[
			'marks in the wrong order',
			'[disk_management]\nhard_limit_gb = 1\npause_threshold_gb = 2\nresume_threshold_gb = 3',
			'config.toml:3: [disk_management] pause_threshold_gb is 2; it must be more than resume_threshold_gb, which is 3',
		],
		['a file that is no TOML', '[queue\n', 'config.toml:1:7: this is no TOML'],
	])('a configuration with %s', async (_name, toml, words) => {
		const program = await createProgram();
		await writeFile(join(program.directory, 'config.toml'), toml);
		for (const args of [['status'], ['run', '--until-idle'], ['config', 'check']]) {
			const ended = await program.run(args);
			expect(ended).toMatchObject({code: 2, stdout: ''});
			expect(ended.stderr).toContain(words);
		}

		expectUntouched(program);
	});

	test('a storage folder that cannot be made', async () => {
		const program = await createProgram();
		await writeFile(program.storage, 'a file');
		for (const args of [
			['add', url],
			['run', '--until-idle'],
		]) {
			const ended = await program.run(args);
			expect(ended.code).toBe(2);
			expect(ended.stderr).toContain('cannot be a folder');
			expect(ended.stderr).toContain('--storage or [data] storage_dir');
		}

		expect(existsSync(join(program.data, 'tidegate.db'))).toBe(false);
	});

	test('a storage folder where nothing can be written', async () => {
		const program = await createProgram();
		const ended = await program.run(['--storage', '/proc/tidegate', 'add', url]);
		expect(ended.code).toBe(2);
		expect(ended.stderr).toContain('/proc/tidegate cannot be created in /proc');
	});

	test('a provider whose tool is not installed, with how to install it', async () => {
		const program = await createProgram();
		const empty = join(program.directory, 'empty');
		await mkdir(empty);
		const ended = await program.run(['add', url, '--provider', 'yt-dlp'], {env: {PATH: empty}});
		expect(ended).toMatchObject({code: 2, stdout: ''});
		expect(ended.stderr).toContain('the provider yt-dlp is not usable');
		expect(ended.stderr).toContain('apt install yt-dlp');
		expect(await program.json(['list'])).toEqual({jobs: [], next: null});
	});
});

describe('a long list with three bad lines', () => {
	const lines = Array.from({length: 10_000}, (_unused, index) => `http://127.0.0.1:9/${index + 1}.bin`);
	lines[6] = 'not an address';
	lines[4999] = 'gopher://host/x';
	lines[9998] = 'http://';

	test('names the three with their line numbers and adds nothing', async () => {
		const program = await createProgram();
		const ended = await program.run(['add', '-'], {stdin: lines.join('\n')});
		expect(ended).toMatchObject({code: 2, stdout: ''});
		const told = ended.stderr.split('\n').filter(line => line.includes('stdin:'));
		expect(told.map(line => /stdin:(\d+)/.exec(line)?.[1])).toEqual(['7', '5000', '9999']);
		expect(await program.json(['list'])).toEqual({jobs: [], next: null});
	});

	test('with --skip-bad adds the others and names what was left out', async () => {
		const program = await createProgram();
		const ended = await program.run(['--json', 'add', '-', '--skip-bad', '--batch', 'Long'], {stdin: lines.join('\n')});
		expect(ended.code).toBe(0);
		expect(JSON.parse(ended.stdout)).toMatchObject({
			success: true,
			episode_count: 9997,
			provider: 'http',
			duplicates: [],
		});
		expect(ended.stderr.split('\n').filter(line => line.startsWith('left out: stdin:'))).toHaveLength(3);
	});

	test('as a file it is the same', async () => {
		const program = await createProgram();
		await writeFile(join(program.directory, 'list.txt'), lines.join('\n'));
		const ended = await program.run(['import', 'urls', 'list.txt']);
		expect(ended.code).toBe(2);
		expect(ended.stderr).toContain('list.txt:5000: gopher://host/x: no provider takes gopher:');
		expect(await program.json(['import', 'urls', 'list.txt', '--skip-bad'])).toMatchObject({imported: 9997});
	});
});
