import {copyFile, mkdir, writeFile} from 'node:fs/promises';
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {beforeAll, beforeEach, expect, test} from 'vitest';
import {judgeAlbums} from '../support/slskd/albums-judge.ts';
import {frameSum, missingForAudio} from '../support/slskd/audio.ts';
import type {Entry} from '../support/slskd/journal.ts';
import {makeMusic, type Copy, type Music} from '../support/slskd/music.ts';
import {seeded} from '../support/soak-stream.ts';
import {temporaryDirectory} from '../support/temp.ts';

/*
 * What the judge of the lab `albums` must see: an album that was fetched as it should be, and every fault beside it.
 */

const missing = missingForAudio();
let music: Music = {albums: [], peers: [], copies: [], recordings: new Map()};

beforeAll(async () => {
	if (missing === undefined) music = await makeMusic({count: 2, bad: 0.4, chance: seeded(1)});
});

beforeEach(context => {
	if (missing !== undefined) context.skip(`needs ${missing}`);
});

const tracks = () => music.albums.flatMap(album => album.tracks);
const copyOf = (key: number, isWanted: (copy: Copy) => boolean): Copy => {
	const copy = music.copies.find(one => one.track === key && isWanted(one));
	if (copy === undefined) throw new Error(`there is no such copy of ${key}`);
	return copy;
};
const isGood = ({temper}: Copy): boolean => temper === 'good';

/** One copy after the other, each a second apart. */
const came = (copies: readonly Copy[]): Entry[] =>
	copies.flatMap(({user, file, size}, index) => {
		const at = 1000 * index;
		return [
			{at, type: 'enqueue', user, file, answer: 'enqueued'},
			{at: at + 1, type: 'bytes', user, file, count: size},
			{at: at + 2, type: 'delivered', user, file, path: file, size},
		] satisfies Entry[];
	});

const ffmpeg = (...args: string[]) => execFileSync('ffmpeg', ['-v', 'error', '-nostdin', '-y', ...args]);

/** A storage with every track in it. */
const fullStorage = async (): Promise<string> => {
	const storage = await temporaryDirectory();
	for (const {key, album, title} of tracks()) {
		const path = join(storage, album, `${title}.flac`);
		await mkdir(dirname(path), {recursive: true});
		await copyFile(music.recordings.get(key)?.[0] ?? '', path);
	}

	return storage;
};

test('every track of a peer who delivers, each once, is an album without a fault', async () => {
	const copies = tracks().map(({key}) => copyOf(key, isGood));
	const verdict = await judgeAlbums(music, await fullStorage(), came(copies));
	expect(verdict).toMatchObject({complete: 2, lost: 0, strangers: [], repeats: [], thrown: [], missing: []});
	expect(verdict.sent).toBe(verdict.worth);
	expect(verdict.worth).toBe(copies.reduce((sum, {size}) => sum + size, 0));
});

test('an album lacks a track, and a right copy that had come is missing', async () => {
	const copies = tracks().map(({key}) => copyOf(key, isGood));
	const verdict = await judgeAlbums(music, await temporaryDirectory(), came(copies));
	expect(verdict.complete).toBe(0);
	expect(verdict.missing).toHaveLength(copies.length);
	expect(verdict.thrown).toHaveLength(copies.length);
});

test('a second right copy of the same track was thrown away, and costs its bytes', async () => {
	const copies = tracks().map(({key}) => copyOf(key, isGood));
	const again = [copies[0] as Copy];
	const verdict = await judgeAlbums(music, await fullStorage(), came([...copies, ...again]));
	expect(verdict.thrown).toHaveLength(1);
	expect(verdict.sent - verdict.worth).toBe(again[0]?.size);
});

test('a bad copy costs no bytes of good ones, and asking for it again is told', async () => {
	const bad = music.copies.find(({isRight}) => !isRight) as Copy;
	const once = await judgeAlbums(music, await fullStorage(), came([bad]));
	expect(once).toMatchObject({sent: 0, lost: bad.size, repeats: [], thrown: []});
	const twice = await judgeAlbums(music, await fullStorage(), came([bad, bad]));
	expect(twice.repeats).toHaveLength(1);
});

test('what is no song, another song under the name, and a song that is there twice are strangers', async () => {
	const storage = await fullStorage();
	const [one, other] = tracks();
	await writeFile(join(storage, 'noise.flac'), 'nothing');
	await copyFile(music.recordings.get(one?.key ?? 0)?.[0] ?? '', join(storage, `${one?.title} again.flac`));
	await copyFile(
		music.recordings.get(one?.key ?? 0)?.[0] ?? '',
		join(storage, one?.album ?? '', `${other?.title}.flac`),
	);
	const verdict = await judgeAlbums(music, storage, []);
	expect(verdict.strangers).toHaveLength(4);
	expect(verdict.complete).toBe(1);
});

test.each(['flac', 'mp3'])('the audio of a %s file is known whatever its tags say', async format => {
	const directory = await temporaryDirectory();
	const [from, tagged] = [join(directory, `from.${format}`), join(directory, `tagged.${format}`)];
	ffmpeg('-f', 'lavfi', '-i', 'sine=d=2', '-metadata', 'title=One', from);
	ffmpeg('-i', from, '-c', 'copy', '-metadata', 'title=Another', '-metadata', 'comment=long '.repeat(200), tagged);
	const [before, after] = [readFileSync(from), readFileSync(tagged)];
	expect(after.equals(before)).toBe(false);
	expect(frameSum(before)).toBeDefined();
	expect(frameSum(after)).toBe(frameSum(before));
	expect(frameSum(before.subarray(0, -100))).not.toBe(frameSum(before));
});
