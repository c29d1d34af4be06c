import {describe, expect, test} from 'vitest';
import {currentOf, follow, newFollowed, type Patience} from '../../../../source/providers/slskd/follow.ts';
import type {Transfer} from '../../../../source/providers/slskd/parse.ts';
import {
	formatPeers,
	mostPeers,
	mostRefused,
	noPeers,
	parsePeers,
	pastOf,
	withPast,
	withRefused,
} from '../../../../source/providers/slskd/peers.ts';
import {expectedPath, mappedPath} from '../../../../source/providers/slskd/place.ts';
import {
	albumSearch,
	cancelDownload,
	enqueue,
	removeDownload,
	startSearch,
	trackSearch,
} from '../../../../source/providers/slskd/requests.ts';
import {problemOfHead} from '../../../../source/providers/slskd/sound.ts';
import {
	canonicalSource,
	parsePeerFile,
	peerFileSource,
	problemOfSource,
	typedWish,
	wishOf,
} from '../../../../source/providers/slskd/source.ts';

describe('a source', () => {
	const hostile = {
		peer: 'pe/er @1\u202E%2F?#',
		file: '@@ab\\Mus ic\\..\\a&b=c\n日本.flac',
		size: 123,
		length: 200,
		wish: 'AC/DC - Back & Black?',
	};

	test('that names peer and file keeps both as they are, whatever is in them', () => {
		const source = peerFileSource(hostile);
		expect(source).toMatch(/^slskd:\/\/[\w%.@()!~*'-]+\/[\w%./()!~*'-]+\?size=123&length=200&for=[\w%.()!~*'-]+$/);
		expect(parsePeerFile(source!)).toEqual(hostile);
		expect(wishOf(source!, undefined)).toEqual({artists: ['AC/DC'], title: 'Back & Black?'});
	});

	test('of a peer whose name is no Unicode cannot be named', () => {
		expect(peerFileSource({...hostile, peer: '\uD800'})).toBeUndefined();
	});

	test.each([
		'slskd://',
		'slskd://peer',
		'slskd://peer/',
		'slskd://%zz/a',
		'slskd://p/%E0%A4%A',
		'slskd:',
		'slskd: - ',
	])('%s is none, and the words say how one is written', source => {
		expect(problemOfSource(source)).toMatch(/^slskd: .*(slskd:ARTIST - TITLE|slskd:\/\/USER)/);
	});

	test('spelled in several ways is one', () => {
		const canonical = canonicalSource('slskd:Björk - Jóga');
		expect(canonicalSource('SLSKD: bjork  -  joga ')).toBe(canonical);
		expect(canonicalSource('slskd:Björk - Army of Me')).not.toBe(canonical);
		expect(canonicalSource('slskd://p/a/b.flac?size=1')).toBe(canonicalSource('slskd://p/a/b.flac'));
	});

	test('typed as a title alone asks for no artist', () => {
		expect(typedWish('Some Song')).toEqual({title: 'Some Song', artists: []});
		expect(typedWish('A - B - C')).toEqual({title: 'B - C', artists: ['A']});
		expect(typedWish(' … ')).toBeUndefined();
	});
});

const version = (minor: number) => ({major: 0, minor, text: `0.${minor}.0`});

describe('a request', () => {
	const wanted = {peer: 'a/b ü', file: 'x\\y.flac', size: 5};

	test('to enqueue takes the route of the version', () => {
		expect(enqueue(version(25), wanted)).toEqual({
			method: 'POST',
			path: '/transfers/downloads/a%2Fb%20%C3%BC',
			body: [{filename: 'x\\y.flac', size: 5}],
		});
		expect(enqueue(version(26), wanted)).toEqual({
			method: 'POST',
			path: '/transfers/downloads/batches',
			body: {username: 'a/b ü', files: [{filename: 'x\\y.flac', size: 5}]},
		});
		expect(enqueue({major: 1, minor: 0, text: '1.0.0'}, wanted).path).toContain('batches');
	});

	test('to search has its timeout in milliseconds', () => {
		expect(startSearch('id', 'words', 15_000).body).toMatchObject({searchTimeout: 15_000, searchText: 'words'});
	});

	test('to cancel is not the one that hides the record', () => {
		expect(cancelDownload('p', 'i')).toEqual({method: 'DELETE', path: '/transfers/downloads/p/i'});
		expect(removeDownload('p', 'i').path).toBe('/transfers/downloads/p/i?remove=true');
	});

	test('to search says what peers write: no signs, no guests, no edition', () => {
		expect(trackSearch({artists: ['AC/DC', 'X'], title: "Don't Stop (feat. Someone) - 2011 Remaster"})).toBe(
			'AC DC Stop',
		);
		expect(trackSearch({artists: [], title: '日本語 (Remastered)'})).toBe('日本語');
		expect(albumSearch({artists: ['A'], title: 't', album: 'The Album (Deluxe Edition)'})).toBe('A The Album');
		expect(albumSearch({artists: ['A'], title: 't', album: 'Hits', albumArtist: 'Various Artists'})).toBe('Hits');
		expect(albumSearch({artists: ['A'], title: 't'})).toBeUndefined();
	});
});

describe('a place in the container', () => {
	test('is found by the longest beginning that the map names', () => {
		const map = {'/app': '/srv/app', '/app/downloads/': '/data/music/'};
		expect(mappedPath('/app/downloads/x/y.flac', map)).toBe('/data/music/x/y.flac');
		expect(mappedPath('/app/other', map)).toBe('/srv/app/other');
		expect(mappedPath('/application/x', map)).toBe('/application/x');
		expect(mappedPath('C:\\slskd\\dl\\a\\b.mp3', {'C:\\slskd\\dl': '/mnt/dl'})).toBe('/mnt/dl/a/b.mp3');
	});

	test('is guessed as slskd builds it: the last folder, signs that no file may have replaced', () => {
		expect(expectedPath('/d/', '@@x\\Music\\What? Album\\01: a.flac')).toBe('/d/What_ Album/01_ a.flac');
		expect(expectedPath('/d', 'a.flac')).toBe('/d/a.flac');
		expect(expectedPath('/d', '..\\..\\etc/passwd')).toBe('/d/_/etc_passwd');
	});
});

const transfer = (facts: Partial<Transfer>): Transfer => ({
	id: '1',
	peer: 'p',
	file: 'f',
	size: 100,
	state: 'moving',
	bytes: 0,
	speed: 0,
	place: undefined,
	remaining: undefined,
	exception: undefined,
	requestedAt: 0,
	endedAt: undefined,
	...facts,
});

const moved = (bytes: number) => transfer({bytes});

describe('a download that is followed', () => {
	const patience: Patience = {stall: 60_000, queue: 600_000, missing: 100_000};
	const judged = (looks: ReadonlyArray<readonly [at: number, transfer: Transfer | undefined, place?: number]>) => {
		let followed = newFollowed(0);
		let verdict;
		for (const [at, seen, place] of looks) [followed, verdict] = follow(followed, seen, place, at, patience);
		return verdict;
	};

	test('stalls when no byte comes for long, and not while some do', () => {
		expect(
			judged([
				[0, moved(1)],
				[59_000, moved(1)],
			]),
		).toEqual({type: 'waits'});
		expect(
			judged([
				[0, moved(1)],
				[60_000, moved(1)],
			]),
		).toMatchObject({type: 'failed', reason: 'no byte came for 60 s', isBlamed: true});
		expect(
			judged([
				[0, moved(1)],
				[50_000, moved(2)],
				[100_000, moved(2)],
			]),
		).toEqual({type: 'waits'});
	});

	test('leaves a queue in which its place has not become less', () => {
		const queued = transfer({state: 'queued'});
		expect(
			judged([
				[0, queued, 9],
				[500_000, queued, 8],
				[1_000_000, queued, 8],
			]),
		).toEqual({type: 'waits'});
		expect(
			judged([
				[0, queued, 9],
				[500_000, queued, 12],
				[700_000, queued, 9],
			]),
		).toMatchObject({
			type: 'failed',
			reason: 'its queue has not moved for 12 min at place 9',
		});
	});

	test('is not failed because it is missing, or because slskd was shut down', () => {
		const shut = transfer({state: 'errored', exception: 'Application shut down'});
		expect(
			judged([
				[0, transfer({})],
				[1000, undefined],
				[90_000, undefined],
			]),
		).toEqual({type: 'waits'});
		expect(
			judged([
				[0, undefined],
				[100_000, undefined],
			]),
		).toEqual({type: 'vanished'});
		expect(
			judged([
				[0, shut],
				[99_000, shut],
			]),
		).toEqual({type: 'waits'});
		expect(
			judged([
				[0, shut],
				[50_000, transfer({id: '2', state: 'queued'})],
				[140_000, shut],
			]),
		).toEqual({type: 'waits'});
	});

	test.each<[Transfer['state'], boolean]>([
		['rejected', true],
		['errored', true],
		['timed-out', true],
		['aborted', true],
		['cancelled', false],
	])('that ended as %s says why, in words without controls', (state, isBlamed) => {
		const verdict = judged([[0, transfer({state, exception: 'bad\u001B[31m\nthing'})]]);
		expect(verdict).toMatchObject({type: 'failed', isBlamed, reason: expect.stringMatching(/: bad thing$/) as string});
	});

	test('is the record that goes on, else one that succeeded, else the last', () => {
		const failed = transfer({id: 'a', state: 'errored', requestedAt: 9});
		const done = transfer({id: 'b', state: 'succeeded', requestedAt: 1});
		const live = transfer({id: 'c', state: 'queued', requestedAt: 0});
		expect(currentOf([failed, done, live], new Set())?.id).toBe('c');
		expect(currentOf([failed, done], new Set())?.id).toBe('b');
		expect(currentOf([failed], new Set())?.id).toBe('a');
		expect(currentOf([failed, done], new Set(['a', 'b']))).toBeUndefined();
	});
});

describe('what is remembered of peers', () => {
	test('survives being written and read', () => {
		const peers = withRefused(
			withPast(withPast(noPeers, 'p\n"', {succeeded: 1}, 5), 'q', {failed: 1}, 6),
			'p\u0000f',
			'damaged',
		);
		expect(parsePeers(formatPeers(peers))).toEqual(peers);
	});

	test.each([
		'',
		'{',
		'[]',
		'{"version":2}',
		'{"version":1,"peers":[["a",-1,0,0]],"refused":[]}',
		'{"version":1,"peers":{},"refused":[]}',
	])('is none where the file says %s', text => {
		expect(parsePeers(text)).toBeUndefined();
	});

	test('is bounded: the oldest are forgotten, and the past of one counts for so much', () => {
		let peers = noPeers;
		for (let count = 0; count < 100; count++) peers = withPast(peers, 'often', {succeeded: 1}, count);
		expect(pastOf(peers, 'often').succeeded).toBe(20);
		peers = withPast(peers, 'often', {failed: 1}, 101);
		expect(pastOf(peers, 'often').failed).toBeGreaterThan(0.9);
		for (let count = 0; count < mostPeers; count++) peers = withPast(peers, `p${count}`, {failed: 1}, count);
		expect(peers.pasts.size).toBe(mostPeers);
		expect(pastOf(peers, 'often')).toEqual({succeeded: 0, failed: 0});
		for (let count = 0; count < mostRefused + 5; count++) peers = withRefused(peers, `r${count}`, 'x');
		expect(peers.refused.size).toBe(mostRefused);
		expect(peers.refused.has('r0')).toBe(false);
	});
});

/** STREAMINFO of a FLAC file: 44,100 Hz and so many seconds. */
const flac = (seconds: number): Buffer => {
	const head = Buffer.alloc(42);
	head.write('fLaC', 'latin1');
	head[7] = 34;
	head.writeUIntBE((44_100 << 4) >>> 0, 18, 3);
	head.writeUInt32BE(seconds * 44_100, 22);
	return head;
};

describe('the beginning of a file', () => {
	test('tells what the name says, or that it does not', () => {
		expect(problemOfHead(flac(200), 'a.flac', 201)).toBeUndefined();
		expect(problemOfHead(Buffer.from('not at all what it says'), 'a.flac', undefined)).toMatch(/no flac file/);
		expect(problemOfHead(Buffer.from('OggS\0\0'), 'a.ogg', undefined)).toBeUndefined();
		expect(problemOfHead(Buffer.alloc(5000, 0x41), 'a.mp3', undefined)).toMatch(/no mp3 file/);
		expect(problemOfHead(Buffer.alloc(50), 'a.xyz', undefined)).toBeUndefined();
	});

	test('tells of another recording by its length', () => {
		expect(problemOfHead(flac(200), 'a.flac', 214)).toBeUndefined();
		expect(problemOfHead(flac(200), 'a.flac', 230)).toBe('it plays 200 seconds instead of 230: another recording');
		expect(problemOfHead(flac(0), 'a.flac', 230)).toBeUndefined();
	});

	test('finds two frames of MP3 behind a tag and padding', () => {
		// 128 kbit/s, 44,100 Hz: 417 bytes.
		const frame = Buffer.alloc(417);
		frame.writeUInt32BE(0xff_fb_90_00);
		const tag = Buffer.from([0x49, 0x44, 0x33, 3, 0, 0, 0, 0, 0, 4, 1, 2, 3, 4]);
		expect(problemOfHead(Buffer.concat([tag, Buffer.alloc(30), frame, frame]), 'a.mp3', 3)).toBeUndefined();
		expect(problemOfHead(Buffer.concat([frame, Buffer.alloc(500)]), 'a.mp3', 3)).toMatch(/no mp3 file/);
	});
});
