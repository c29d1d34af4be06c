import {existsSync} from 'node:fs';
import {mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, expect, test} from 'vitest';
import {findProgram} from '../../source/system/find-program.ts';
import {installAniCli, makeFilm, quickPath, startCatalogue} from '../support/ani-cli.ts';
import {createProgram} from '../support/program.ts';

let media = '';
const missing: string[] = [];

beforeAll(async () => {
	for (const tool of ['curl', 'ffmpeg']) if ((await findProgram(tool)) === undefined) missing.push(tool);
	media = await mkdtemp(join(tmpdir(), 'tidegate-film-'));
	if (missing.length === 0) await makeFilm(media);
}, 60_000);

afterAll(() => rm(media, {recursive: true, force: true}));

/** A title, and what its file is called: what no file system takes is an underscore, dots and dashes in front are gone. */
const titles: ReadonlyArray<readonly [title: string, file: RegExp]> = [
	["It's Dr. K-On!!", /^It's Dr\. K-On!! Episode 1\.mp4$/],
	['$(touch canary) `touch canary`', /^\$\(touch canary\) `touch canary` Episode 1\.mp4$/],
	['../../AC/DC: 100% %(id)s', /^_\.\._AC_DC_ 100% %\(id\)s Episode 1\.mp4$/],
	['-rf --exec=touch canary', /^rf --exec=touch canary Episode 1\.mp4$/],
	['進撃の巨人 鋼の錬金術師', /^進撃の巨人 鋼の錬金術師 Episode 1\.mp4$/],
	['❤ 🦊 sea', /^❤ 🦊 sea Episode 1\.mp4$/],
	['long '.repeat(60).trim(), /^(?:long )+.*\.mp4$/],
];

test('whatever a title holds, its film is in its place and nowhere else', async context => {
	if (missing.length > 0) context.skip(`needs ${missing.join(' and ')}`);
	const series = titles.map(([title]) => ({title, episodes: {1: {sub: ['720>film.m3u8']}}}));
	const catalogue = await startCatalogue(series, media);
	const program = await createProgram();
	const command = await installAniCli('5.0.0', catalogue.url);
	const keys = [
		'[providers.ani-cli]',
		`command = ${JSON.stringify(command)}`,
		'start_interval_seconds = 0',
		'max_active = 4',
	];
	await writeFile(join(program.directory, 'config.toml'), `${keys.join('\n')}\n`);
	const env = {PATH: await quickPath()};

	const list = titles.map(([title]) => `ani-cli:${title}`).join('\n');
	const added = await program.run(['add', '-', '--episodes', '1'], {env, stdin: list});
	expect(added).toMatchObject({code: 0, stdout: '1\n2\n3\n4\n5\n6\n7\n'});
	const ran = await program.run(['run', '--until-idle'], {env});
	expect([ran.code, ran.stderr]).toEqual([0, expect.any(String)]);

	const {jobs} = (await program.json(['list'])) as {
		readonly jobs: ReadonlyArray<{id: number; status: string; output_path: string}>;
	};
	const film = await readFile(join(media, 'film.mp4'));
	for (const {id, status, output_path: path} of jobs) {
		expect([id, status]).toEqual([id, 'completed']);
		expect(path.slice(0, program.storage.length + 1)).toBe(`${program.storage}/`);
		expect(path.slice(program.storage.length + 1)).toMatch(titles[id - 1]?.[1] ?? /^$/);
		expect(film.equals(await readFile(path))).toBe(true);
	}

	expect((await readdir(program.storage)).filter(name => name !== '.tidegate')).toHaveLength(titles.length);
	expect([program.directory, program.storage, program.data].some(folder => existsSync(join(folder, 'canary')))).toBe(
		false,
	);
}, 40_000);
