import {execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {link, mkdir, readdir, stat, symlink, writeFile} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {Job} from '../../../source/domain/job.ts';
import type {RunOutcome} from '../../../source/engine/ports.ts';
import {createFinisher} from '../../../source/finish/finisher.ts';
import {realFiles, type FileOperations} from '../../../source/system/files.ts';
import {jobWith} from '../../support/arbitraries.ts';
import {temporaryDirectory} from '../../support/temp.ts';

type Fetched = Extract<RunOutcome, {type: 'fetched'}>;

// The first byte is of no text: a film that is nothing but words would be refused.
const content = '\u0000the whole film';
const sum = (algorithm: string, text = content): string =>
	`${algorithm}:${createHash(algorithm).update(text).digest('hex')}`;

/** A job whose private directory holds `film.mkv`, and what verifying it says. */
const fetched = async (text = content, files: FileOperations = realFiles) => {
	const storage = await temporaryDirectory();
	const finisher = createFinisher({queue: 'q', storage, template: '{name}.{ext}', files});
	const id = jobWith({id: 7}).id;
	const prepared = await finisher.prepare(id);
	if (!prepared.ok) throw new Error(prepared.failure.message);
	const {directory} = prepared;
	await writeFile(join(directory, 'film.mkv'), text);
	return {
		storage,
		directory,
		verify: (
			changes: Partial<Omit<Job, 'id'>> = {},
			outcome: Partial<Fetched> = {},
			signal: AbortSignal = new AbortController().signal,
		) =>
			finisher.verify(
				jobWith({id: 7, source: 'https://example.org/film', ...changes}),
				{type: 'fetched', path: join(directory, 'film.mkv'), name: 'film.mkv', ...outcome},
				signal,
			),
	};
};

describe('a good file', () => {
	test('is accepted with its size and identity, by absolute path or by one in the job folder', async () => {
		const {directory, verify} = await fetched();
		const {dev, ino} = await stat(join(directory, 'film.mkv'), {bigint: true});
		const good = {ok: true, size: content.length, identity: `${dev}:${ino}`};
		expect(await verify()).toEqual(good);
		expect(await verify({}, {path: 'film.mkv'})).toEqual(good);
		expect(await verify({expectedSize: content.length}, {size: content.length})).toEqual(good);
	});

	test('is durable before it is accepted: its bytes, then its name', async () => {
		const synced: string[] = [];
		const files: FileOperations = {
			...realFiles,
			async open(path, flags, mode) {
				const handle = await realFiles.open(path, flags, mode);
				const sync = handle.sync.bind(handle);
				handle.sync = async () => {
					synced.push(basename(String(path)));
					return sync();
				};
				return handle;
			},
		};
		const {directory, verify} = await fetched(content, files);
		expect(await verify()).toMatchObject({ok: true});
		expect(synced).toEqual(['film.mkv', basename(directory)]);
		synced.length = 0;
		expect(await verify({expectedSize: 3})).toMatchObject({ok: false});
		expect(synced).toEqual([]);
	});

	test.each(['md5', 'sha1', 'sha256', 'sha512'])('is accepted by its %s', async algorithm => {
		const {verify} = await fetched();
		expect(await verify({checksum: sum(algorithm)}, {checksum: sum('md5')})).toMatchObject({ok: true});
		expect(await verify({checksum: sum(algorithm).toUpperCase()})).toMatchObject({ok: true});
	});

	test('is accepted beside files of other names', async () => {
		const {directory, verify} = await fetched();
		await writeFile(join(directory, 'film.mkvtoolnix.part'), '');
		await writeFile(join(directory, 'other.mkv.part'), '');
		await writeFile(join(directory, 'film.en.srt'), '');
		expect(await verify()).toMatchObject({ok: true});
	});

	test('is accepted where the server names a checksum of a kind that nobody knows', async () => {
		const {verify} = await fetched();
		expect(await verify({}, {checksum: 'crc32:00000000'})).toMatchObject({ok: true});
	});

	test('may be empty only where a person said so', async () => {
		const {verify} = await fetched('');
		expect(await verify({expectedSize: 0})).toMatchObject({ok: true, size: 0});
		expect(await verify()).toMatchObject({ok: false, failure: {code: 'no-artefact'}});
	});
});

describe('wrong bytes are refused, and the next attempt starts afresh', () => {
	test.each<[string, string, Partial<Omit<Job, 'id'>>, Partial<Fetched>, string]>([
		['a size other than the person said', content, {expectedSize: 3}, {}, 'wrong-size'],
		['a size other than the server said', content, {}, {size: 999}, 'wrong-size'],
		["another sum than the person's", content, {checksum: sum('sha256', 'x')}, {}, 'wrong-checksum'],
		["another sum than the server's", content, {checksum: sum('md5')}, {checksum: sum('sha1', 'x')}, 'wrong-checksum'],
		['a web page', '<!doctype html><title>Log in</title>', {}, {}, 'not-media'],
		['a page of the announced length', '<html>', {expectedSize: 6}, {isWebPageExpected: true}, 'not-media'],
		['nothing', '', {}, {}, 'no-artefact'],
	])('%s', async (_what, text, changes, outcome, code) => {
		const {directory, verify} = await fetched(text);
		await mkdir(join(directory, 'fragments'));
		await writeFile(join(directory, 'fragments', 'resume.json'), '{}');
		expect(await verify(changes, outcome)).toMatchObject({ok: false, failure: {code}});
		expect(await readdir(directory)).toEqual([]);
	});
});

describe('what is no finished file of this job is refused, and stays', () => {
	test.each([
		['.part', 'yt-dlp'],
		['.ytdl', 'yt-dlp'],
		['.part-Frag12.part', 'yt-dlp'],
		['.aria2', 'aria2'],
		['.temp', 'a tool'],
	])('a file beside which lies %s, the mark of %s', async suffix => {
		const {directory, verify} = await fetched();
		await writeFile(join(directory, `film.mkv${suffix}`), '');
		expect(await verify()).toMatchObject({ok: false, failure: {code: 'no-artefact'}});
		expect(await readdir(directory)).toHaveLength(2);
	});

	test('a file that is not there', async () => {
		const {verify} = await fetched();
		expect(await verify({}, {path: 'other.mkv'})).toMatchObject({ok: false, failure: {code: 'no-artefact'}});
		expect(await verify({}, {path: 'film.mkv/inner'})).toMatchObject({ok: false, failure: {code: 'no-artefact'}});
	});

	test('a folder, a pipe and a symbolic link', async () => {
		const {directory, verify} = await fetched();
		await mkdir(join(directory, 'folder'));
		await symlink('film.mkv', join(directory, 'link'));
		execFileSync('mkfifo', [join(directory, 'pipe')]);
		for (const path of ['folder', 'link', 'pipe', '.']) {
			expect(await verify({}, {path})).toMatchObject({ok: false, failure: {code: 'no-artefact'}});
		}
	});

	test("a file outside the job's folder, also by way of a link to a folder", async () => {
		const {storage, directory, verify} = await fetched();
		await writeFile(join(storage, 'precious'), 'theirs');
		await symlink(storage, join(directory, 'up'));
		for (const path of ['../../precious', join(storage, 'precious'), 'up/precious']) {
			expect(await verify({}, {path})).toMatchObject({ok: false, failure: {code: 'no-artefact'}});
		}

		expect(await readdir(storage)).toContain('precious');
	});

	test('any file, where the checksum that a person gave is none', async () => {
		const {directory, verify} = await fetched();
		expect(await verify({checksum: 'sha256:abc'})).toMatchObject({ok: false, failure: {code: 'bad-arguments'}});
		expect(await readdir(directory)).toEqual(['film.mkv']);
	});

	test('a file whose check was interrupted', async () => {
		const {directory, verify} = await fetched();
		expect(await verify({checksum: sum('sha256')}, {}, AbortSignal.abort())).toMatchObject({ok: false});
		expect(await readdir(directory)).toEqual(['film.mkv']);
	});
});

test('emptying the folder of a job follows no link out of it', async () => {
	const {storage, directory, verify} = await fetched();
	await mkdir(join(storage, 'library'));
	await writeFile(join(storage, 'library', 'old.mkv'), 'theirs');
	await symlink(join(storage, 'library'), join(directory, 'library'));
	await link(join(storage, 'library', 'old.mkv'), join(directory, 'hard'));
	expect(await verify({expectedSize: 1})).toMatchObject({ok: false});
	expect(await readdir(join(storage, 'library'))).toEqual(['old.mkv']);
});
