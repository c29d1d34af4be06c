import {spawnSync} from 'node:child_process';
import {rename, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import type {Job} from '../../source/domain/job.ts';
import type {RunOutcome} from '../../source/engine/ports.ts';
import {createFinisher} from '../../source/finish/finisher.ts';
import {probeMedia, type ProbeMode} from '../../source/finish/playable.ts';
import {jobWith} from '../support/arbitraries.ts';
import {makeGoodFiles} from '../support/good-files.ts';
import {temporaryDirectory} from '../support/temp.ts';

type Fetched = Extract<RunOutcome, {type: 'fetched'}>;

const hasTool = (tool: string): boolean => spawnSync(tool, ['-version']).error === undefined;

/** What the finisher says of bytes under a name. */
const verifier = async (probe: ProbeMode = 'auto') => {
	const storage = await temporaryDirectory();
	const finisher = createFinisher({queue: 'q', storage, template: '{name}.{ext}', probe});
	const {id} = jobWith({id: 7});
	return async (name: string, bytes: Buffer | string, changes: Partial<Job> = {}, outcome: Partial<Fetched> = {}) => {
		const prepared = await finisher.prepare(id);
		if (!prepared.ok) throw new Error(prepared.failure.message);
		await writeFile(join(prepared.directory, 'download'), bytes);
		await rename(join(prepared.directory, 'download'), join(prepared.directory, 'artefact'));
		const verdict = await finisher.verify(
			jobWith({id: 7, source: 'https://example.org/x', ...changes}),
			{type: 'fetched', path: 'artefact', name, ...outcome},
			new AbortController().signal,
		);
		return verdict.ok ? 'good' : verdict.failure.code;
	};
};

test('files that are right are accepted: more than 50 kinds, real ones, and each media file by ffprobe too', async context => {
	if (!hasTool('ffmpeg')) context.skip('needs ffmpeg');
	const files = await makeGoodFiles(join(await temporaryDirectory(), 'good'));
	const verify = await verifier();
	const refused: string[] = [];
	for (const {name, bytes} of files) {
		const said = await verify(name, bytes);
		if (said !== 'good') refused.push(`${name}: ${said}`);
	}

	expect(refused).toEqual([]);
	expect(files.length).toBeGreaterThan(50);
	const probing = await verifier('on');
	for (const {name, bytes} of files.filter(({isMedia}) => isMedia)) {
		for (const duration of [1, 9]) {
			const said = await probing(name, bytes, {}, {duration});
			if (said !== (duration === 1 ? 'good' : 'wrong-size')) refused.push(`${name}, ${duration} s: ${said}`);
		}
	}

	// What says nothing of its length cannot be too short.
	expect(refused.filter(line => !/^(live\.mkv|a\.flv), 9 s: good/.test(line))).toEqual([]);
}, 60_000);

test('real files that end early are refused by their own headers', async context => {
	if (!hasTool('ffmpeg')) context.skip('needs ffmpeg');
	const files = await makeGoodFiles(join(await temporaryDirectory(), 'good'));
	const verify = await verifier();
	const telling = /^a(?:-faststart)?\.(?:mp4|m4v|m4a|mov|mkv|mka|avi|wav|png|zip|cbz|tar\.xz)$/;
	const cut = files.filter(({name}) => telling.test(name));
	for (const {name, bytes} of cut) {
		for (const part of [0.3, 0.6, 0.95]) {
			const rest = bytes.subarray(0, Math.ceil(bytes.length * part));
			expect([name, part, await verify(name, rest)]).toEqual([name, part, 'wrong-size']);
		}

		// A person who says how large it is, or what its sum is, wants it as it is.
		const half = bytes.subarray(0, bytes.length / 2);
		expect([name, await verify(name, half, {expectedSize: half.length})]).toEqual([name, 'good']);
	}

	expect(cut.length).toBeGreaterThanOrEqual(10);
}, 60_000);

describe('something else than the name says', () => {
	test.each([
		['film.mp4', '{"error":"expired"}'],
		['film.mkv', '[{"message": "no"}]'],
		['film.mp4', '<?xml version="1.0"?><Error><Code>AccessDenied</Code></Error>'],
		['film.mp4', 'Link expired\n'],
		['film.webm', '#EXTM3U\n#EXTINF:10,\n'],
		['song.flac', 'Forbidden'],
		['song.mp3', '<html><body>Sign in</body></html>'],
		['book.zip', '{"status": 403}'],
		['book.zip', '<Error/>'],
		['book.zip', 'rate limit exceeded'],
		['book.pdf', 'Not found'],
		['pack.tar.gz', '{"error": 1}'],
		['subtitles.srt', '{"error": 1}'],
		['picture.png', 'nothing here'],
		['film.mp4', Buffer.from('\u0089PNG\r\n\u001A\n0000', 'latin1')],
		['film.mp4', Buffer.from('%PDF-1.7\n\u00E2\u00E3', 'latin1')],
		['film.mkv', Buffer.from('PK\u0003\u0004\u0000\u0000', 'latin1')],
		['film.mkv', Buffer.from('\u007FELF\u0002\u0001\u0000', 'latin1')],
		['song.mp3', Buffer.from('\u00FF\u00D8\u00FF\u00E0\u0000', 'latin1')],
	])('%s that is %s is refused', async (name, bytes) => {
		const verify = await verifier();
		expect(await verify(name, bytes)).toBe('not-media');
	});

	test('is accepted where a person knows its sum', async () => {
		const verify = await verifier();
		const checksum = 'md5:8b1a9953c4611296a827abf8c47804d7';
		expect(await verify('film.mkv', 'Hello', {checksum})).toBe('good');
		expect(await verify('film.mkv', 'Hallo', {checksum})).toBe('not-media');
	});
});

describe('what was announced to play', () => {
	test('is refused where ffprobe cannot read it, and only where it was announced or wanted', async context => {
		if (!hasTool('ffprobe')) context.skip('needs ffprobe');
		const noise = Buffer.from(Array.from({length: 50_000}, (_, index) => (index * 7919) % 251));
		const [auto, on, off] = [await verifier('auto'), await verifier('on'), await verifier('off')];
		expect(await auto('film.mkv', noise)).toBe('good');
		expect(await auto('film.mkv', noise, {}, {duration: 60})).toBe('not-media');
		expect(await on('film.mkv', noise)).toBe('not-media');
		expect(await on('firmware.bin', noise)).toBe('good');
		expect(await off('film.mkv', noise, {}, {duration: 60})).toBe('good');
	});
});

test('noise under the name of a song is refused where its length was announced', async context => {
	if (!hasTool('ffprobe')) context.skip('needs ffprobe');
	const directory = await temporaryDirectory();
	const {signal} = new AbortController();
	for (const name of ['noise.flac', 'noise.mp3', 'noise.ogg', 'noise.m4a', 'noise.wav', 'noise.aac', 'noise.mkv']) {
		const path = join(directory, name);
		// The same for every run, and without a text, a head or a rhythm in it.
		await writeFile(path, Buffer.from(Array.from({length: 100_000}, (_, n) => (n * n * 2_654_435_761) >>> 13)));
		// Some noise has a frame or two of AAC in it, far fewer than were announced.
		expect((await probeMedia({path, duration: 42, token: 'test', signal}))?.code, name).toMatch(
			name.endsWith('.aac') ? /^(?:not-media|wrong-size)$/ : /^not-media$/,
		);
	}
});
