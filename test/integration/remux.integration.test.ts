import {chmod, copyFile, mkdir, mkdtemp, open, readdir, readFile, rm, truncate, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {afterAll, beforeAll, beforeEach, describe, expect, test, type TestContext} from 'vitest';
import {createRemuxStep, type RemuxOptions} from '../../source/finish/remux.ts';
import type {RefineOutcome} from '../../source/finish/refine.ts';
import {jobWith} from '../support/arbitraries.ts';
import {hasFfmpeg, makeFilm, makeRichFilm, probeFilm} from '../support/films.ts';
import {fillUp} from '../support/full-disk.ts';
import {mountTmpfs} from '../support/mounts.ts';
import {processTable} from '../support/process-table.ts';
import {temporaryDirectory} from '../support/temp.ts';

const needFfmpeg = async (context: TestContext): Promise<void> => {
	if (!(await hasFfmpeg())) context.skip('needs ffmpeg');
};

type Asked = {
	readonly result: RefineOutcome;
	readonly lines: readonly string[];
	readonly most: number;
	/** Where it writes. */
	readonly folder: string;
};

/** Lets the step work on a file; `name` is what the provider calls it. */
const remux = async (
	path: string,
	name: string,
	options: RemuxOptions & {
		readonly signal?: AbortSignal;
		readonly promise?: 'fits' | 'later' | 'never';
		readonly folder?: string;
		readonly onPhase?: () => void;
	} = {},
): Promise<Asked> => {
	const {signal = new AbortController().signal, promise = 'fits'} = options;
	const lines: string[] = [];
	let most = 0;
	const folder = options.folder ?? join(await temporaryDirectory(), 'made');
	await mkdir(folder, {recursive: true});
	const handle = await open(path);
	const {size} = await handle.stat();
	await handle.close();
	const result = await createRemuxStep(options).run({
		job: jobWith({id: 1}),
		file: {path, name, size},
		directory: folder,
		help: {
			signal,
			phase: () => undefined,
			log: line => lines.push(line),
			reserve: async () => promise,
			wrote: bytes => {
				most = Math.max(most, bytes);
			},
		},
	});
	return {result, lines, most, folder};
};

/** A stand-in for ffmpeg: a shell script, with the last argument in `$out` without its `file:`. */
const standIn = async (folder: string, lines: string): Promise<string> => {
	const path = join(folder, 'ffmpeg');
	await writeFile(path, `#!/bin/sh\nfor last; do out=$last; done\nout=\${out#file:}\n${lines}\n`);
	await chmod(path, 0o755);
	return path;
};

describe('a film', () => {
	beforeEach(needFfmpeg);

	test('keeps its picture, its sound and its subtitles in Matroska; what cannot be kept is told', async () => {
		const folder = await temporaryDirectory();
		const film = await makeRichFilm(folder, "-it's $(odd) 漢.mp4");
		const before = await readFile(film);
		const {result, lines, most} = await remux(film, "-it's $(odd) 漢.mp4");
		expect(result).toMatchObject({type: 'changed', name: "-it's $(odd) 漢.mkv"});
		const made = await probeFilm(result.type === 'changed' ? result.path : '');
		expect(made.container).toContain('matroska');
		expect(made.streams).toEqual([
			{kind: 'video', codec: 'h264', language: undefined},
			{kind: 'audio', codec: 'aac', language: 'jpn'},
			{kind: 'audio', codec: 'aac', language: 'deu'},
			{kind: 'subtitle', codec: 'subrip', language: 'eng'},
		]);
		expect(made.seconds).toBeCloseTo(4, 0);
		expect(lines.filter(line => line.startsWith('remuxing:'))).toEqual([
			'remuxing: stream 3 (subtitle mov_text eng) is written as SubRip: Matroska does not take it as it is',
			'remuxing: stream 4 (data eng) is left out: Matroska does not take it',
		]);
		expect(most).toBeGreaterThan(0);
		expect(await readFile(film)).toEqual(before);
	});

	test.each([
		['a.ts', ['-c:v', 'libx264', '-c:a', 'aac']],
		['a.avi', ['-c:v', 'mpeg4', '-c:a', 'mp3']],
		['a.webm', ['-c:v', 'libvpx', '-c:a', 'libvorbis', '-deadline', 'realtime']],
	])('that came as %s is Matroska afterwards, as long as before', async (name, codecs) => {
		const film = join(await temporaryDirectory(), name);
		await makeFilm(film, 3, codecs);
		const {result} = await remux(film, name);
		expect(result).toMatchObject({type: 'changed', name: 'a.mkv'});
		const made = await probeFilm(result.type === 'changed' ? result.path : '');
		expect(made.seconds).toBeGreaterThan(2.7);
		expect(made.streams).toHaveLength(2);
		expect((await readFile(result.type === 'changed' ? result.path : '')).subarray(0, 64).includes('matroska')).toBe(
			true,
		);
	});

	test('that is Matroska under another name only gets the right one', async () => {
		const folder = await temporaryDirectory();
		await makeFilm(join(folder, 'a.mkv'), 1);
		await copyFile(join(folder, 'a.mkv'), join(folder, 'a.mp4'));
		expect((await remux(join(folder, 'a.mp4'), 'a.mp4')).result).toEqual({type: 'renamed', name: 'a.mkv'});
		expect((await remux(join(folder, 'a.mkv'), 'a.mkv')).result).toEqual({type: 'unchanged'});
	});

	test('that ends before its table is fetched anew', async () => {
		const film = join(await temporaryDirectory(), 'a.mp4');
		await makeFilm(film, 3);
		await truncate(film, 1000);
		expect((await remux(film, 'a.mp4')).result).toMatchObject({type: 'failed', failure: {code: 'not-media'}});
	});

	test('waits where it has no room now, and stays what it is where it will never have any', async () => {
		const film = join(await temporaryDirectory(), 'a.mp4');
		await makeFilm(film, 1);
		const later = await remux(film, 'a.mp4', {promise: 'later'});
		expect(later.result).toMatchObject({type: 'no-room'});
		const never = await remux(film, 'a.mp4', {promise: 'never'});
		expect([never.result, never.lines]).toEqual([
			{type: 'unchanged'},
			[expect.stringContaining('it stays in its container')],
		]);
		expect(await readdir(later.folder)).toEqual([]);
	});

	test('that does not fit on a full disk waits for space, by the words of the real ffmpeg', async context => {
		const film = join(await temporaryDirectory(), 'a.mp4');
		await makeFilm(film, 20, ['-c:v', 'mpeg4', '-b:v', '4M', '-c:a', 'aac']);
		const small = join(await temporaryDirectory(), 'small');
		await mountTmpfs(context, small, 'size=1m');
		const folder = join(small, 'made');
		await mkdir(folder);
		await writeFile(join(folder, 'room'), Buffer.alloc(64 * 1024));
		await fillUp(small);
		await writeFile(join(folder, 'room'), '');
		expect((await remux(film, 'a.mp4', {folder})).result).toMatchObject({
			type: 'failed',
			failure: {code: 'disk-full'},
		});
	});
});

describe('what is no film', () => {
	beforeEach(needFfmpeg);

	test('stays as it is: music with a cover, and a program in TypeScript', async () => {
		const folder = await temporaryDirectory();
		const [song, text] = [join(folder, 'a.m4a'), join(folder, 'a.ts')];
		await makeFilm(song, 1, [
			'-map',
			'1:a',
			'-map',
			'0:v',
			'-c:a',
			'aac',
			'-c:v',
			'mjpeg',
			'-frames:v',
			'1',
			'-disposition:v',
			'attached_pic',
			'-f',
			'mp4',
		]);
		await writeFile(text, 'export const a = 1;\n');
		expect((await remux(song, 'a.m4a')).result).toEqual({type: 'unchanged'});
		expect((await remux(text, 'a.ts')).result).toEqual({type: 'unchanged'});
		const {concerns} = createRemuxStep();
		expect(concerns(jobWith({id: 1}), 'a.zip')).toBe(false);
		expect(concerns(jobWith({id: 1, checksum: 'md5:0'}), 'a.mp4')).toBe(false);
		expect(concerns(jobWith({id: 1, expectedSize: 7}), 'a.mp4')).toBe(false);
	});
});

describe('an ffmpeg that does not do as it should', () => {
	beforeEach(needFfmpeg);

	let film = '';
	let home = '';
	beforeAll(async () => {
		home = await mkdtemp(join(tmpdir(), 'tidegate-test-'));
		film = join(home, 'a.mp4');
		if (await hasFfmpeg()) await makeFilm(film, 8);
	});
	afterAll(() => rm(home, {recursive: true, force: true}));

	test.each([
		['leaves nothing and says that all is well', 'exit 0', 'tool-failed'],
		['leaves rubbish and says that all is well', 'echo rubbish >"$out"', 'tool-failed'],
		['leaves half and says that all is well', 'ffmpeg -v error -i a.mp4 -c copy -t 3 "$out"', 'tool-failed'],
		['leaves out the sound', 'ffmpeg -v error -i a.mp4 -c copy -an "$out"', 'tool-failed'],
		['fails', 'echo "conversion failed!" >&2; exit 1', 'tool-failed'],
		['is killed', 'kill -9 $$', 'tool-failed'],
		[
			'finds the disk full and ends with 0',
			'echo "av_interleaved_write_frame(): No space left on device\nvideo:1kB" >&2',
			'disk-full',
		],
	])('%s: %s', async (_words, lines, code) => {
		const folder = await temporaryDirectory();
		const ffmpeg = await standIn(folder, lines.replace('-i a.mp4', `-i ${film}`));
		expect((await remux(film, 'a.mp4', {ffmpeg})).result).toMatchObject({type: 'failed', failure: {code}});
	});

	test('cannot put it into Matroska: it stays what it is, and that is told', async () => {
		const folder = await temporaryDirectory();
		const ffmpeg = await standIn(
			folder,
			'echo "Could not write header for output file #0 (incorrect codec parameters ?)" >&2; exit 1',
		);
		const {result, lines} = await remux(film, 'a.mp4', {ffmpeg});
		expect(result).toEqual({type: 'unchanged'});
		expect(lines.join('\n')).toContain('it stays in its container: Matroska does not take it');
	});

	test('is not there: the machine lacks it, and the job waits', async () => {
		for (const options of [{ffmpeg: '/nowhere/ffmpeg'}, {ffprobe: '/nowhere/ffprobe'}]) {
			const {result} = await remux(film, 'a.mp4', options);
			expect(result).toMatchObject({type: 'failed', failure: {code: 'tool-missing'}});
			expect(JSON.stringify(result)).toContain('needs ffmpeg');
		}
	});

	test('writes nothing for too long', async () => {
		const folder = await temporaryDirectory();
		const ffmpeg = await standIn(folder, 'exec sleep 600');
		const {result} = await remux(film, 'a.mp4', {ffmpeg, stallTimeout: 200});
		expect(result).toMatchObject({type: 'failed', failure: {code: 'stalled'}});
	});

	test('ends with the attempt, with all that it has started', async () => {
		const folder = await temporaryDirectory();
		const abort = new AbortController();
		const ffmpeg = await standIn(folder, `echo $$ >${folder}/pid; sleep 600 & echo $! >${folder}/child; wait`);
		const remuxing = remux(film, 'a.mp4', {ffmpeg, signal: abort.signal});
		let pids: number[] = [];
		await expect
			.poll(async () => {
				const texts = await Promise.all(
					['pid', 'child'].map(name => readFile(join(folder, name), 'utf8').catch(() => '')),
				);
				pids = texts.map(Number);
				return pids.every(pid => pid > 0);
			})
			.toBe(true);
		abort.abort();
		expect((await remuxing).result).toEqual({type: 'stopped'});
		// One whose parent has ended may be a zombie until init has seen it.
		expect(processTable().filter(({pid, state}) => pids.includes(pid) && state !== 'Z')).toEqual([]);
	});

	test('writes more than was promised: it is asked for, and what does not fit waits', async () => {
		const folder = await temporaryDirectory();
		const ffmpeg = await standIn(folder, 'head -c 3000000 /dev/zero >"$out"; exec sleep 600');
		let asked = 0;
		const made = join(folder, 'made');
		await mkdir(made);
		const result = await createRemuxStep({ffmpeg}).run({
			job: jobWith({id: 1}),
			file: {path: film, name: 'a.mp4', size: 100_000},
			directory: made,
			help: {
				signal: new AbortController().signal,
				phase: () => undefined,
				log: () => undefined,
				wrote: () => undefined,
				reserve: async () => (++asked === 1 ? 'fits' : 'later'),
			},
		});
		expect(result).toEqual({type: 'no-room', needs: 3_750_000});
	});
});
