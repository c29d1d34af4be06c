import {existsSync} from 'node:fs';
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, onTestFinished, test} from 'vitest';
import {createCatalogDouble, groupId, releaseId, type CatalogDouble} from '../support/catalog-double.ts';
import {createProgram, type Program} from '../support/program.ts';

/** A tool that writes what it was asked for. */
const finder = `
[providers.finder]
type = "command"
command = "sh"
args = ["-c", "printf '%s' \\"$1\\" > song.bin", "--", "{source}"]
accepts = "^.+ - .+$"
version_args = ["-c", "echo 1"]
`;

const setUp = async (more = finder): Promise<{readonly program: Program; readonly double: CatalogDouble}> => {
	const double = await createCatalogDouble();
	onTestFinished(() => double.close());
	const program = await createProgram();
	await writeFile(
		join(program.directory, 'config.toml'),
		`[catalogs.deezer]\nurl = "${double.deezer}"\n[catalogs.musicbrainz]\nurl = "${double.musicbrainz}/"\n${more}`,
	);
	return {program, double};
};

type Answer = {
	readonly queue_ids: readonly number[];
	readonly provider: string;
	readonly duplicates: readonly unknown[];
	readonly batches: readonly (string | null)[];
	readonly left_out: readonly unknown[];
};

describe('an album', () => {
	test('becomes a batch whose files are named after its tracks', async () => {
		const {program} = await setUp();
		const output = '{album_artist}/{album} ({year})/{track:02} {artist}.{ext}';
		const added = (await program.json(['album', 'deezer:3', '--output', output])) as Answer;
		expect(added).toMatchObject({
			success: true,
			message: '3 jobs added',
			queue_ids: [1, 2, 3],
			provider: 'finder',
			duplicates: [],
			batches: ['Daft Punk - Discovery'],
			left_out: [],
		});
		const again = (await program.json(['album', 'deezer:3'])) as Answer;
		expect(again.duplicates).toHaveLength(3);
		expect(await program.json(['list', '--batch', 'Daft Punk - Discovery'])).toMatchObject({
			jobs: [1, 2, 3].map(number => ({title: `Daft Punk - Track ${number} (Remastered)`})),
		});
		await program.json(['run', '--until-idle']);
		const album = join(program.storage, 'Daft Punk', 'Discovery (2001)');
		expect((await readdir(album)).toSorted()).toEqual(['01 Daft Punk.bin', '02 Daft Punk.bin', '03 Daft Punk.bin']);
		expect(await readFile(join(album, '02 Daft Punk.bin'), 'utf8')).toBe('Daft Punk - Track 2 (Remastered)');
	});

	test('is read by the scheduler where one runs, so that what it knows is known to all', async () => {
		const {program, double} = await setUp();
		const scheduler = program.start(['run']);
		await expect.poll(() => scheduler.stderr(), {timeout: 20_000}).not.toBe('');
		await program.json(['playlist', 'deezer:5', '--paused', '--batch', 'Mine']);
		const again = (await program.json(['playlist', 'deezer:5'])) as Answer;
		expect(again.duplicates).toHaveLength(5);
		expect(double.asked.map(({path}) => path)).toEqual(['/playlist/5']);
		expect(await program.json(['list', '--batch', 'Mine', '--status', 'paused'])).toMatchObject({jobs: {length: 5}});
		scheduler.process.kill('SIGTERM');
		await scheduler.ended;
	});

	test('is only shown in a dry run: nothing is written at all', async () => {
		const {program} = await setUp();
		const ended = await program.run(['album', 'deezer:2', '--dry-run']);
		expect(ended).toMatchObject({
			code: 0,
			stdout: 'Daft Punk - Discovery\n  Daft Punk - Track 1 (Remastered)\n  Daft Punk - Track 2 (Remastered)\n',
		});
		expect(ended.stderr).toContain('would add 2 jobs; nothing was written');
		expect([existsSync(program.data), existsSync(program.storage)]).toEqual([false, false]);
	});

	test('that is not answered is given up with Ctrl-C, and nothing is added', async () => {
		const {program, double} = await setUp();
		double.fault(() => 'hang');
		const running = program.start(['album', 'deezer:3']);
		await expect.poll(() => double.asked.length, {timeout: 20_000}).toBeGreaterThan(0);
		running.process.kill('SIGINT');
		expect(await running.ended).toMatchObject({code: 130, stdout: '', stderr: expect.stringContaining('stopped')});
		expect(await program.json(['list'])).toMatchObject({jobs: []});
	});
});

describe('what cannot be read', () => {
	test.each([
		['deezer:999999', 1, 'Deezer has nothing of that id'],
		[`musicbrainz:${releaseId(3)}`, 2, '[catalogs.musicbrainz] contact'],
		['spotify:album:4aawyAB9vmqN3uQ7FjRGTy', 2, 'set enabled = true in [catalogs.spotify]'],
		['none.m3u', 2, 'there is no file none.m3u'],
	])('%s', async (reference, code, words) => {
		const {program} = await setUp();
		const ended = await program.run(['album', reference]);
		expect(ended).toMatchObject({code, stdout: '', stderr: expect.stringContaining(words)});
	});

	test('nobody who looks for music: it says what to set up, and no service is asked', async () => {
		const {program, double} = await setUp('');
		const ended = await program.run(['album', 'deezer:3']);
		expect(ended).toMatchObject({code: 2, stderr: expect.stringContaining('track_search = "ytsearch1:"')});
		expect(double.asked).toEqual([]);
	});

	test('a provider that does not exist, and one that cannot look for music', async () => {
		const {program, double} = await setUp();
		expect(await program.run(['album', 'deezer:3', '--provider', 'nobody'])).toMatchObject({code: 2});
		const ended = await program.run(['album', 'deezer:3', '--provider', 'http']);
		expect(ended).toMatchObject({code: 2, stderr: expect.stringContaining('cannot look for music by its name')});
		expect(double.asked).toEqual([]);
	});
});

test('a list file of the person’s folder, with what was left out', async () => {
	const {program} = await setUp();
	await writeFile(join(program.directory, 'Party.csv'), 'Artist;Title\nA;B\n;\nC;D\n');
	const added = (await program.json(['playlist', 'Party.csv'])) as Answer;
	expect(added).toMatchObject({
		queue_ids: [1, 2],
		batches: ['Party'],
		left_out: [{what: 'line 3', why: 'it has neither an address nor both artist and title'}],
	});
});

test('the one edition of several that is taken is told', async () => {
	const {program} = await setUp();
	const file = join(program.directory, 'config.toml');
	await writeFile(
		file,
		(await readFile(file, 'utf8')).replace('[catalogs.musicbrainz]', '$&\ncontact = "me@example.org"'),
	);
	const ended = await program.run(['album', `musicbrainz:release-group/${groupId(1)}`]);
	expect(ended).toMatchObject({code: 0, stderr: expect.stringContaining('of 4 editions, the one of 1990 (US)')});
});
