import {createHash} from 'node:crypto';
import {copyFile, mkdir, mkdtemp, readFile, rm, stat, writeFile} from 'node:fs/promises';
import {createServer, type Server} from 'node:http';
import type {AddressInfo} from 'node:net';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {afterAll, beforeAll, beforeEach, describe, expect, test, type TestContext} from 'vitest';
import type {Job} from '../../source/domain/job.ts';
import {tagFields, type Track} from '../../source/domain/track.ts';
import type {RefineHelp} from '../../source/engine/ports.ts';
import {createFinisher} from '../../source/finish/finisher.ts';
import type {RefineOutcome} from '../../source/finish/refine.ts';
import {soundDigest} from '../../source/finish/tags-audio.ts';
import {createCovers, type CoverOptions} from '../../source/finish/tags-cover.ts';
import type {TagKind} from '../../source/finish/tags-kind.ts';
import {createTagger, type Tagger} from '../../source/finish/tags-tagger.ts';
import {createTagStep, type TagSettings} from '../../source/finish/tags.ts';
import {systemClock} from '../../source/system/clock.ts';
import {realFiles} from '../../source/system/files.ts';
import {createHttp, type Http} from '../../source/system/http.ts';
import {jobWith} from '../support/arbitraries.ts';
import {hasFfmpeg} from '../support/films.ts';
import {mountTmpfs} from '../support/mounts.ts';
import {foreignKinds, makeSounds, pictureOf, retag, soundKinds, soundOf, soundsOf, tagsOf} from '../support/sounds.ts';
import {temporaryDirectory} from '../support/temp.ts';

const cover = Buffer.alloc(4_000_000, 'what stands behind the end of a picture');
let [sounds, url] = ['', ''];
let [isReady, server, http, tagger]: [boolean, Server | undefined, Http | undefined, Tagger | undefined] = [
	false,
	undefined,
	undefined,
	undefined,
];
const asked: string[] = [];

/** A server of covers, and of what passes for them. */
const answers: Readonly<
	Record<string, (send: (status: number, body: Uint8Array | string, length?: number) => void) => void>
> = {
	'/cover.jpg': send => send(200, cover),
	'/small.jpg': send => send(200, cover.subarray(0, 20_000)),
	'/page.jpg': send => send(200, '<html>no cover here</html>'),
	'/cut.jpg': send => send(200, cover.subarray(0, 1000), 4_000_000),
	'/gone.jpg': send => send(404, 'gone'),
};

beforeAll(async () => {
	isReady = await hasFfmpeg();
	if (!isReady) return;
	sounds = await mkdtemp(join(tmpdir(), 'tidegate-sounds-'));
	await makeSounds(sounds, {...soundKinds, ...foreignKinds});
	// A real picture of 4 MB: what stands behind its end is not looked at.
	(await readFile(join(sounds, 'cover.jpg'))).copy(cover);
	server = createServer((request, response) => {
		asked.push(request.url ?? '');
		if (request.url === '/moved.jpg') return response.writeHead(302, {location: '/cover.jpg'}).end();
		const answer = answers[request.url ?? ''];
		if (answer === undefined) return undefined;
		return answer((status, body, length) => {
			response.writeHead(status, {'content-type': 'image/jpeg', 'content-length': length ?? body.length});
			if (length === undefined) response.end(body);
			else response.write(body, () => response.destroy());
		});
	});
	await new Promise<void>(resolve => server?.listen(0, '127.0.0.1', resolve));
	url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
	http = createHttp();
	tagger = createTagger();
});

afterAll(async () => {
	server?.closeAllConnections();
	server?.close();
	await http?.close();
	await tagger?.close();
	if (sounds !== '') await rm(sounds, {recursive: true, force: true});
});

beforeEach((context: TestContext) => {
	if (!isReady) context.skip('needs ffmpeg');
});

const track: Track = {
	title: 'Ænima = 日本語 🎵',
	artists: ['First', 'Sécond Ärtist'],
	album: 'An Album',
	albumArtist: 'Various',
	number: 3,
	numberOf: 12,
	disc: 1,
	discOf: 2,
	date: '2001-05-14',
	isrc: 'GB-AYE-06-01498',
	genre: 'Rock',
	musicBrainz: {recording: 'rec-1', track: 'trk-2', release: 'rel-3', releaseGroup: 'grp-4', artist: 'art-5'},
};

const withCover = (name: string): Track => ({...track, cover: `${url}/${name}`});

const coversOf = (more: Partial<CoverOptions> = {}) => {
	if (http === undefined) throw new Error('there is no HTTP');
	return createCovers({http, clock: systemClock, userAgent: 'tidegate-test', mostBytes: 5e6, patience: 2000, ...more});
};

type Tagged = {
	readonly result: RefineOutcome;
	readonly path: string;
	readonly lines: readonly string[];
	readonly reserved: readonly number[];
	readonly wrote: readonly number[];
};

type Wish = Partial<TagSettings> & {
	readonly track?: Track;
	readonly folder?: string;
	readonly help?: Partial<RefineHelp>;
};

const settingsOf = (wish: Wish): TagSettings => {
	if (tagger === undefined) throw new Error('there is no tagger');
	return {fields: tagFields, isOverwriting: true, covers: coversOf(), tagger, ...wish};
};

/** Lets the step work on a file; its answer, and the new file. */
const tag = async (path: string, wish: Wish = {}): Promise<Tagged> => {
	const [lines, reserved, wrote]: [string[], number[], number[]] = [[], [], []];
	const directory = wish.folder ?? (await temporaryDirectory());
	const result = await createTagStep(settingsOf(wish)).run({
		job: jobWith({id: 1, options: {track: wish.track ?? track}}),
		file: {path, name: basename(path), size: (await stat(path)).size},
		directory,
		help: {
			signal: new AbortController().signal,
			phase: () => undefined,
			log: line => lines.push(line),
			reserve: async bytes => {
				reserved.push(bytes);
				return 'fits';
			},
			wrote: bytes => wrote.push(bytes),
			...wish.help,
		},
	});
	return {result, lines, reserved, wrote, path: result.type === 'changed' ? result.path : ''};
};

const sumOf = async (path: string): Promise<string> =>
	createHash('sha256')
		.update(await readFile(path))
		.digest('hex');

const all = Object.keys(soundKinds);

describe('tags that another tool reads', () => {
	type Made = Tagged & {readonly from: string; readonly before: string; readonly heard: string; readonly meant: string};
	const made = new Map<string, Made>();

	beforeAll(async () => {
		if (!isReady) return;
		const folder = join(sounds, 'made');
		await mkdir(folder);
		for (const name of all) {
			const from = join(sounds, name);
			const before = await sumOf(from);
			await mkdir(join(folder, name));
			const tagged = await tag(from, {track: withCover('small.jpg'), folder: join(folder, name)});
			made.set(name, {...tagged, from, before, heard: '', meant: ''});
		}

		const [heard, meant] = [
			await soundsOf(
				[...made.values()].map(({path}) => path),
				folder,
			),
			await soundsOf(
				[...made.values()].map(({from}) => from),
				folder,
			),
		];
		for (const [at, [name, one]] of [...made].entries()) {
			made.set(name, {...one, heard: heard[at] ?? 'none', meant: meant[at] ?? ''});
		}
	});

	test.for(all)('%s says what the catalog knows, and sounds the same bit for bit', async name => {
		const one = made.get(name);
		if (one === undefined) throw new Error(`${name} was not made`);
		const {result, path, from, before, wrote, reserved, heard, meant} = one;
		expect(result).toMatchObject({type: 'changed', name});
		const {tags, codecs} = await tagsOf(path);
		const isWave = name.endsWith('.wav');
		expect(tags).toMatchObject({
			title: track.title,
			artist: 'First, Sécond Ärtist',
			album: 'An Album',
			date: '2001-05-14',
			genre: 'Rock',
			track: isWave ? '3' : expect.stringMatching(/^3(\/12)?$/),
		});
		if (!isWave) {
			expect(tags['album_artist']).toBe('Various');
			expect([tags['track'], tags['tracktotal']].join()).toContain('12');
			expect(tags['disc']).toMatch(/^1(\/2)?$/);
			expect([tags['disc'], tags['disctotal']].join()).toContain('2');
			expect(tags['isrc'] ?? tags['tsrc']).toBe('GBAYE0601498');
			const ids = Object.entries(tags).filter(([key]) => /musicbrainz/.test(key));
			const values = ids.map(([, value]) => value);
			expect(values).toEqual(expect.arrayContaining(['trk-2', 'rel-3', 'grp-4', 'art-5']));
		}

		expect(codecs).toEqual([expect.any(String), 'mjpeg']);
		expect(heard).toMatch(/^MD5=/);
		expect(heard).toBe(meant);
		expect(await sumOf(from)).toBe(before);
		expect((await stat(path)).size).toBe(wrote.at(-1));
		expect(reserved[0]).toBeGreaterThanOrEqual(wrote.at(-1) ?? 0);
	});

	test('every artist is there by himself, and the recording has its id', async () => {
		const flac = await tag(join(sounds, 'song.flac'));
		expect((await tagsOf(flac.path)).tags).toMatchObject({
			artists: 'First;Sécond Ärtist',
			musicbrainz_trackid: 'rec-1',
		});
		for (const name of ['song.mp3', 'song.m4a']) {
			const bytes = (await readFile((await tag(join(sounds, name))).path)).toString('latin1');
			expect(bytes).toContain('ARTISTS');
			expect(bytes).toContain('rec-1');
		}
	});

	test.for(['song.mp3', 'song.opus', 'song.m4a'])('hostile texts become plain ones in %s', async name => {
		const hostile: Track = {
			title: `-=${'漢字🎵'.repeat(200)}\n[31m\u0000x`,
			artists: ['a=b\r\nALBUM=forged', '\u202Eevil', ...Array.from({length: 80}, (_, at) => `Artist ${at}`)],
			album: '=',
			date: '2001; rm -rf',
			isrc: '../../x',
			number: 1e9,
			genre: '(17)\u0007',
		};
		const {result, path} = await tag(join(sounds, name), {track: hostile});
		expect(result.type).toBe('changed');
		const {tags} = await tagsOf(path);
		expect(tags['title']?.length).toBeGreaterThan(400);
		expect(tags['title']?.length).toBeLessThanOrEqual(500);
		expect(tags['artist']).toMatch(/^a=b ALBUM=forged, evil, Artist 0, /);
		expect(tags['album']).toBe('=');
		// oxlint-disable-next-line no-control-regex -- what must not be there
		expect(JSON.stringify(tags)).not.toMatch(/\\[nr]|\\u00|rm -rf|\.\./);
		expect(tags['track']).toBeUndefined();
		expect(await soundOf(path)).toBe(await soundOf(join(sounds, name)));
	});

	test('what a file says already stays where that is wished, and what it does not say is added', async () => {
		const from = join(sounds, 'old.mp3');
		const kept = await tag(from, {isOverwriting: false});
		expect((await tagsOf(kept.path)).tags).toMatchObject({title: 'Old', album: 'An Album', date: '2001-05-14'});
		const replaced = await tag(from);
		expect((await tagsOf(replaced.path)).tags).toMatchObject({title: track.title});
		// The old tag at the end, which some programs believe, does not contradict it.
		expect((await readFile(replaced.path)).subarray(-128).toString('latin1')).not.toContain('TAGOld');
	});

	test('only the fields that are wished are written', async () => {
		const {path} = await tag(join(sounds, 'song.flac'), {fields: ['album', 'date']});
		const {tags} = await tagsOf(path);
		expect(tags).toMatchObject({album: 'An Album', date: '2001-05-14'});
		expect(tags).not.toHaveProperty('title');
		expect(tags).not.toHaveProperty('artists');
	});

	test('tagged twice, a file says everything once and has one cover', async () => {
		const wish = {track: withCover('small.jpg')};
		for (const name of ['song.mp3', 'song.flac', 'song.m4a', 'song.opus']) {
			const once = await tag(join(sounds, name), wish);
			const again = join(await temporaryDirectory(), name);
			await copyFile(once.path, again);
			const twice = await tag(again, wish);
			expect(await tagsOf(twice.path)).toEqual(await tagsOf(once.path));
		}
	});
});

describe('a cover', () => {
	test.for(['song.mp3', 'song.flac', 'song.m4a', 'song.opus'])('of 4 MB is whole in %s', async name => {
		const {path} = await tag(join(sounds, name), {track: withCover('cover.jpg')});
		expect(await pictureOf(path)).toBe(`MD5=${createHash('md5').update(cover).digest('hex')}`);
	});

	test('is fetched once for all tracks of an album', async () => {
		asked.length = 0;
		const covers = coversOf();
		const signal = new AbortController().signal;
		const got = await Promise.all(Array.from({length: 12}, () => covers.get(`${url}/moved.jpg`, signal)));
		expect(got.map(({type}) => type)).toEqual(Array.from({length: 12}, () => 'cover'));
		expect(asked).toEqual(['/moved.jpg', '/cover.jpg']);
	});

	test.for([
		['page.jpg', 'neither JPEG nor PNG'],
		['cut.jpg', 'did not come whole'],
		['gone.jpg', 'HTTP 404'],
		['silent.jpg', 'did not come in time'],
	] as const)('that is none (%s) is left out and told, and the tags are written', async ([name, why]) => {
		const covers = coversOf({patience: 300});
		const {path, lines} = await tag(join(sounds, 'song.mp3'), {track: withCover(name), covers});
		expect(lines).toEqual([expect.stringMatching(`^the cover is left out: .*${why}`)]);
		expect(await tagsOf(path)).toMatchObject({codecs: ['mp3'], tags: {title: track.title}});
	});

	test('that is too large, or no address of the web, is not taken', async () => {
		const signal = new AbortController().signal;
		const small = coversOf({mostBytes: 100_000});
		expect(await small.get(`${url}/cover.jpg`, signal)).toMatchObject({why: 'it is larger than 100000 bytes'});
		for (const address of ['file:///etc/passwd', 'cover.jpg', 'data:image/png;base64,AAAA']) {
			expect(await small.get(address, signal)).toMatchObject({why: 'its address is none of the web'});
		}
	});

	test('that could not be had is asked for again a while later, and not before', async () => {
		let now = 1000;
		const covers = coversOf({clock: {now: () => now}});
		const get = () => covers.get(`${url}/gone.jpg`, new AbortController().signal);
		asked.length = 0;
		await get();
		await get();
		expect(asked).toHaveLength(1);
		now += 61_000;
		await get();
		expect(asked).toHaveLength(2);
	});
});

describe('a file that cannot be tagged', () => {
	test.for(Object.keys(foreignKinds))('%s keeps its bytes, and the log says why', async name => {
		const {result, lines} = await tag(join(sounds, name));
		expect(result).toEqual({type: 'unchanged'});
		expect(lines).toEqual([expect.stringMatching(`^${name} stays without tags: `)]);
	});

	test('neither does one that is damaged, or that is another thing than its name says', async () => {
		const folder = await temporaryDirectory();
		const whole = await readFile(join(sounds, 'song.m4a'));
		const cases: Readonly<Record<string, Uint8Array>> = {
			'noise.flac': Buffer.from(Array.from({length: 5000}, (_, at) => (at * 7919) % 256)),
			'empty.mp3': new Uint8Array(),
			'cut.m4a': whole.subarray(0, 40),
			'head.flac': Buffer.concat([Buffer.from('fLaC'), Buffer.alloc(4, 0xff)]),
			'head.ogg': Buffer.concat([Buffer.from('OggS'), Buffer.alloc(40)]),
			'head.wav': Buffer.from('RIFF\u0000\u0000\u0000\u0000WAVEdata\u0010\u0000\u0000\u0000'),
		};
		for (const [name, bytes] of Object.entries(cases)) {
			await writeFile(join(folder, name), bytes);
			expect(await tag(join(folder, name)), name).toMatchObject({result: {type: 'unchanged'}});
			expect(await readFile(join(folder, name))).toEqual(Buffer.from(bytes));
		}
	});

	test('a library that does not come to an end is ended, and the next file is tagged', async () => {
		const hasty = createTagger({patience: 1});
		const {result, lines} = await tag(join(sounds, 'song.mp3'), {tagger: hasty});
		expect(result.type).toBe('unchanged');
		expect(lines[0]).toContain('did not come to an end');
		await hasty.close();
		expect((await tag(join(sounds, 'song.mp3'))).result.type).toBe('changed');
	});

	test('a stop in the middle leaves the file as it came', async () => {
		const stop = new AbortController();
		const {result} = await tag(join(sounds, 'song.mp3'), {
			help: {
				signal: stop.signal,
				reserve: async () => {
					stop.abort();
					return 'fits';
				},
			},
		});
		expect(result).toEqual({type: 'stopped'});
	});
});

describe('room', () => {
	test('that is not there now is waited for, and for what never fits the file stays untagged', async () => {
		const later = await tag(join(sounds, 'song.mp3'), {help: {reserve: async () => 'later'}});
		expect(later.result).toMatchObject({type: 'no-room', needs: expect.any(Number) as number});
		const never = await tag(join(sounds, 'song.mp3'), {help: {reserve: async () => 'never'}});
		expect(never.result).toEqual({type: 'unchanged'});
		expect(never.lines[0]).toContain('never be room');
	});

	test('that ends in the middle is told as a full disk, and the file stays as it came', async context => {
		const folder = join(await temporaryDirectory(), 'small');
		await mountTmpfs(context, folder, 'size=1m');
		const from = join(sounds, 'song.flac');
		const before = await sumOf(from);
		const wish = {folder, track: {...track, cover: `${url}/cover.jpg`}};
		await expect(tag(from, wish)).rejects.toMatchObject({code: 'ENOSPC'});
		expect(await sumOf(from)).toBe(before);
	});
});

const scene = async (job: Job) => {
	const storage = await temporaryDirectory();
	const step = createTagStep(settingsOf({}));
	const finisher = createFinisher({storage, queue: 'q', template: '{artist}/{title}.{ext}', steps: [step]});
	await finisher.prepare(job.id);
	const directory = finisher.directoryOf(job.id);
	await mkdir(join(directory, 'in'));
	await copyFile(join(sounds, 'bare.mp3'), join(directory, 'in', 'song.mp3'));
	const outcome = {type: 'fetched', path: 'in/song.mp3', name: 'song.mp3'} as const;
	const phases: string[] = [];
	const help: RefineHelp = {
		signal: new AbortController().signal,
		phase: word => phases.push(word),
		log: () => undefined,
		reserve: async () => 'fits',
		wrote: () => undefined,
	};
	const refine = async () => {
		const verdict = await finisher.verify(job, outcome, help.signal);
		if (!verdict.ok) throw new Error(verdict.failure.message);
		const refined = await finisher.refine?.(job, outcome, verdict, help);
		if (refined?.type !== 'refined') throw new Error(`it was ${refined?.type}`);
		return refined;
	};
	return {finisher, refine, phases};
};

test('a copy that the disk has cut short without a word is never taken for the file', async context => {
	const folder = join(await temporaryDirectory(), 'small');
	await mountTmpfs(context, folder, 'size=1m');
	// Nobody can tell how much room there is, as on some network drives.
	const files = {...realFiles, statfs: () => Promise.reject(new Error('not here'))} as typeof realFiles;
	for (const name of ['song.flac', 'song.mp3', 'song.opus']) {
		const {result, lines} = await tag(join(sounds, name), {folder, files, track: withCover('cover.jpg')});
		expect(result).toEqual({type: 'unchanged'});
		expect(lines[0]).toMatch(/stays without tags: (its sound would not be the same|what was written cannot)/);
		await rm(join(folder, 'tagged'));
	}
});

describe('between the check of a file and its place', () => {
	test('size and sum are those of what came, and what is placed is tagged; a crash later finds it again', async () => {
		const from = join(sounds, 'bare.mp3');
		const job = jobWith({
			id: 7,
			status: 'downloading',
			options: {track},
			checksum: `sha256:${await sumOf(from)}`,
			expectedSize: (await stat(from)).size,
		});
		const {finisher, refine, phases} = await scene(job);
		// The first one is lost, as by a crash: the next begins with the file that came.
		await refine();
		const {outcome, size, identity} = await refine();
		expect(phases).toEqual(['tagging', 'tagging']);
		expect(size).toBeGreaterThan((await stat(from)).size);
		const target = await finisher.target(job, undefined, outcome.name);
		const placing = {artefact: outcome.path, target, size, identity};
		const placed = await finisher.place(job, placing);
		if (!placed.ok) throw new Error(placed.failure.message);
		expect(placed.path).toContain('/First/');
		expect((await tagsOf(placed.path)).tags).toMatchObject({title: track.title});
		expect(await finisher.place(job, placing)).toEqual(placed);
		expect(await soundOf(placed.path)).toBe(await soundOf(from));
	});

	test('a job without a track is left alone', async () => {
		const job = jobWith({id: 8, status: 'downloading'});
		const {refine, phases} = await scene(job);
		expect(await refine()).toMatchObject({outcome: {path: 'in/song.mp3'}});
		expect(phases).toEqual([]);
	});
});

test('the digest of the sound does not hear tags, and hears every change of the sound', async () => {
	const folder = await temporaryDirectory();
	const kinds: Readonly<Record<string, TagKind>> = {
		'song.mp3': 'mp3',
		'song.flac': 'flac',
		'song.ogg': 'ogg',
		'song.opus': 'ogg',
		'song.m4a': 'm4a',
		'song.wav': 'wav',
		'song.aiff': 'aiff',
	};
	for (const [name, kind] of Object.entries(kinds)) {
		const from = join(sounds, name);
		const digest = soundDigest(from, kind);
		expect(digest, name).toMatch(/^[\da-f]{64}$/);
		const other = join(folder, name);
		await retag(from, other);
		// ffmpeg writes a header of its own before the frames of an MP3.
		if (kind !== 'mp3') expect(soundDigest(other, kind), name).toBe(digest);
		const bytes = await readFile(from);
		const middle = kind === 'm4a' ? bytes.indexOf('mdat') + 100 : bytes.length - 2000;
		bytes[middle] = (bytes[middle] ?? 0) ^ 1;
		await writeFile(other, bytes);
		expect(soundDigest(other, kind), name).not.toBe(digest);
	}
});
