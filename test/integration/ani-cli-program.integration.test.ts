import {mkdtemp, readdir, rm, writeFile} from 'node:fs/promises';
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

test('a person types a title and its episodes: those that are out lie in their places, the others wait for long', async context => {
	if (missing.length > 0) context.skip(`needs ${missing.join(' and ')}`);
	const out = {sub: ['720>film.m3u8']};
	const catalogue = await startCatalogue([{title: "AC/DC: It's!", episodes: {1: out, 2: out}}], media);
	const program = await createProgram();
	const command = await installAniCli('5.0.0', catalogue.url);
	const lines = ['[providers.ani-cli]', `command = ${JSON.stringify(command)}`, 'start_interval_seconds = 0'];
	await writeFile(join(program.directory, 'config.toml'), `${lines.join('\n')}\n`);
	const env = {PATH: `${await quickPath()}`};

	const added = await program.run(['add', "ani-cli:AC/DC: It's!", '--episodes', '1-3', '--batch', 'AC/DC'], {env});
	expect(added).toMatchObject({code: 0, stdout: '1\n2\n3\n'});
	const again = await program.run(['add', "ANI-CLI:ac/dc: it's!", '--episodes', '2'], {env});
	expect(again.stderr).toContain('already in the queue as job 2');
	const german = await program.run(['add', "ani-cli:AC/DC: It's!", '--episodes', '4', '--language', 'German'], {env});
	expect(german).toMatchObject({code: 2, stdout: ''});
	expect(german.stderr).toContain('ani-cli: knows no language "German"; use sub or dub');
	expect((await program.run(['doctor'], {env})).stdout).toMatch(/ani-cli\s.*5\.0\.0/);

	const running = program.start(['run'], {env});
	await expect
		.poll(async () => (await program.json(['list'])) as unknown, {timeout: 15_000, interval: 200})
		.toMatchObject({
			jobs: [
				{title: "AC/DC: It's! 01", status: 'completed'},
				{title: "AC/DC: It's! 02", status: 'completed'},
				{title: "AC/DC: It's! 03", status: 'queued', error: {code: 'not-yet-available'}},
			],
		});
	const {jobs} = (await program.json(['list'])) as {
		jobs: ReadonlyArray<{retry_at: string | null; completed_at: string | null}>;
	};
	const waits = Date.parse(jobs[2]?.retry_at ?? '') - Date.parse(jobs[1]?.completed_at ?? '');
	expect(waits).toBeGreaterThan(5.9 * 3_600_000);
	running.process.kill('SIGTERM');
	expect(await running.ended).toMatchObject({code: 0});
	expect(await readdir(join(program.storage, 'AC_DC'))).toEqual([
		"AC_DC_ It's! Episode 1.mp4",
		"AC_DC_ It's! Episode 2.mp4",
	]);
}, 30_000);
