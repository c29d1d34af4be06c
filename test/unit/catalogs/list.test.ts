import {mkdir, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {describe, expect, test} from 'vitest';
import {createListCatalog} from '../../../source/catalogs/list/index.ts';
import type {CatalogOutcome} from '../../../source/engine/ports.ts';
import {temporaryDirectory} from '../../support/temp.ts';

type Expanded = Extract<CatalogOutcome, {type: 'expanded'}>;

const readFile = async (name: string, content: string | Uint8Array): Promise<CatalogOutcome> => {
	const path = join(await temporaryDirectory(), name);
	await writeFile(path, content);
	return createListCatalog().expand(path, {signal: new AbortController().signal, onProgress: () => undefined});
};

const read = async (name: string, content: string | Uint8Array): Promise<Expanded> => {
	const outcome = await readFile(name, content);
	if (outcome.type !== 'expanded') throw new Error(JSON.stringify(outcome));
	return outcome;
};

const problem = async (name: string, content: string | Uint8Array): Promise<string> => {
	const outcome = await readFile(name, content);
	if (outcome.type !== 'failed') throw new Error(JSON.stringify(outcome));
	return outcome.failure.message;
};

/** `Artist - Title`, or the address, of each entry. */
const names = ({groups}: Expanded): readonly string[] =>
	groups.flatMap(({entries}) =>
		entries.map(({track, source, title}) => source ?? (track === undefined ? '?' : (title ?? '?'))),
	);

const utf16 = (text: string, mark: boolean): Uint8Array =>
	Buffer.concat([mark ? Buffer.from([0xff, 0xfe]) : Buffer.alloc(0), Buffer.from(text, 'utf16le')]);

const bigEndian = (text: string): Uint8Array => Buffer.from(Buffer.from(`\uFEFF${text}`, 'utf16le')).swap16();

describe('plain text', () => {
	const text =
		'# my list\r\nBjörk - Jóga\r\n\r\nhttps://example.org/a.flac\r\n12. Mötley Crüe – Théâtre\r\nNina\tFjord\r\n';
	const expected = ['Björk - Jóga', 'https://example.org/a.flac', 'Mötley Crüe - Théâtre', 'Nina - Fjord'];

	test.each([
		['UTF-8', Buffer.from(text)],
		['UTF-8 with a mark', Buffer.from(`\uFEFF${text}`)],
		['UTF-16', utf16(text, true)],
		['UTF-16 without a mark', utf16(text, false)],
		['UTF-16, big end first', bigEndian(text)],
		['line ends of an old Mac', Buffer.from(text.replaceAll('\r\n', '\r'))],
	])('in %s', async (_, bytes) => {
		expect(names(await read('list.txt', bytes))).toEqual(expected);
	});

	test('in Latin-1', async () => {
		const latin = Buffer.from('Björk - Jóga\nMötley Crüe - Théâtre\n', 'latin1');
		expect(names(await read('list.txt', latin))).toEqual(['Björk - Jóga', 'Mötley Crüe - Théâtre']);
	});

	test('what a line is not is told with its number, and the others go on', async () => {
		const found = await read('My party.txt', 'A - B\n\njust words\nC - D\n');
		expect(names(found)).toEqual(['A - B', 'C - D']);
		expect(found.leftOut).toEqual([{what: 'line 3', why: 'it is neither an address nor `Artist - Title`'}]);
		expect(found.groups[0]?.title).toBe('My party');
	});

	test('a dash inside of a word separates nothing, and the first one between blanks does', async () => {
		expect((await read('a.txt', 'Jay-Z - Song - Live\n')).groups[0]?.entries[0]?.track).toEqual({
			title: 'Song - Live',
			artists: ['Jay-Z'],
		});
	});

	test('a list of 100,000 lines is read piece by piece, while others get their turn', async () => {
		const text2 = Array.from({length: 100_000}, (_, index) => `Artist ${index} - Title ${index}`).join('\n');
		let turns = 0;
		const timer = setInterval(() => turns++, 1);
		try {
			const found = await read('long.txt', text2);
			expect(found.groups[0]?.entries).toHaveLength(100_000);
			expect(found.groups[0]?.entries.at(-1)?.title).toBe('Artist 99999 - Title 99999');
			expect(turns).toBeGreaterThan(5);
		} finally {
			clearInterval(timer);
		}
	});
});

describe('M3U', () => {
	test('a list of addresses keeps their labels, one of files is looked for by name', async () => {
		const found = await read(
			'mix.m3u8',
			[
				'#EXTM3U',
				'#PLAYLIST:Night drive',
				'#EXTINF:213,Daft Punk - One More Time',
				String.raw`C:\Music\one.mp3`,
				'#EXTINF:-1 tvg-id="a,b" group-title="x",Radio: Paris',
				'https://example.org/live.mp3',
				'#EXTALB:Discovery',
				'#EXTART:Daft Punk',
				'#EXTINF:301,Aerodynamic',
				'../discovery/02.flac',
				'music/Air - La femme d’argent.mp3',
				'music/track01.mp3',
			].join('\n'),
		);
		expect(found.groups).toEqual([
			{
				title: 'Night drive',
				entries: [
					{
						title: 'Daft Punk - One More Time',
						track: {title: 'One More Time', artists: ['Daft Punk'], duration: 213_000},
					},
					{title: 'Radio: Paris', source: 'https://example.org/live.mp3'},
					{
						title: 'Daft Punk - Aerodynamic',
						track: {title: 'Aerodynamic', artists: ['Daft Punk'], album: 'Discovery', duration: 301_000},
					},
					{title: 'Air - La femme d’argent', track: {title: 'La femme d’argent', artists: ['Air']}},
				],
			},
		]);
		expect(found.leftOut).toEqual([
			{what: 'line 12', why: 'it is a path on this machine, and nothing says whose track it is'},
		]);
	});

	test('it is known by how it begins, too', async () => {
		expect(names(await read('list', '#EXTM3U\n#EXTINF:1,A - B\nx.mp3\n'))).toEqual(['A - B']);
	});

	test('the pieces of a stream are no list', async () => {
		const words = await problem('s.m3u8', '#EXTM3U\n#EXT-X-TARGETDURATION:4\n#EXTINF:4,\ns1.ts\n');
		expect(words).toContain('line 2: it is a stream in pieces');
	});
});

describe('CSV', () => {
	test('columns stand in any order, as Exportify writes them', async () => {
		const found = await read(
			'liked.csv',
			'\uFEFF"ISRC","Track URI","Track Name","Artist Name(s)","Album Name","Album Release Date","Track Duration (ms)"\r\n' +
				'GBDUW0000053,spotify:track:x,"One More ""Time"", live",Daft Punk;Romanthony,Discovery,2001-03-07,320357\r\n',
		);
		expect(found.groups[0]?.entries).toEqual([
			{
				title: 'Daft Punk, Romanthony - One More "Time", live',
				track: {
					title: 'One More "Time", live',
					artists: ['Daft Punk', 'Romanthony'],
					album: 'Discovery',
					date: '2001-03-07',
					duration: 320_357,
					isrc: 'GBDUW0000053',
				},
			},
		]);
	});

	test.each([
		['semicolons', 'artist;title;track\nA;B;3\n'],
		['tabs', 'track\tartist\ttitle\n3\tA\tB\n'],
		['commas in quotes', 'title,"artist",track\n"B",A,3\n'],
	])('with %s', async (_, text) => {
		const found = await read('x.csv', text);
		expect(found.groups[0]?.entries[0]?.track).toEqual({title: 'B', artists: ['A'], number: 3});
	});

	test('an address is the source, and what else is said belongs to it', async () => {
		const found = await read(
			'x.csv',
			'url,title,artist,length\nhttps://e.org/1.mp3,B,A,3:45\nhttps://e.org/2.mp3,,,\n',
		);
		expect(found.groups[0]?.entries).toEqual([
			{title: 'A - B', source: 'https://e.org/1.mp3', track: {title: 'B', artists: ['A'], duration: 225_000}},
			{source: 'https://e.org/2.mp3'},
		]);
	});

	test('a field over several lines keeps the numbers right', async () => {
		const found = await read('x.csv', 'artist,title\n"A","B\nC"\n,\nD,E\n,no artist\n');
		expect(names(found)).toEqual(['A - B C'.replace(' C', '\nC'), 'D - E']);
		expect(found.leftOut.map(({what}) => what)).toEqual(['line 4', 'line 6']);
	});

	test.each([
		['no column that helps', 'a,b\n1,2\n', 'line 1: no column is called title, artist or url; the columns are: a, b'],
		['a quote that is never closed', 'artist,title\nA,"B\nC,D\n', 'a quote that begins a field is never closed'],
		['nothing at all', '', 'there is nothing in it'],
	])('%s', async (_, text, words) => {
		expect(await problem('x.csv', text)).toContain(words);
	});
});

describe('JSON', () => {
	test.each([
		['texts', ['A - B', 'https://e.org/1.mp3'], ['A - B', 'https://e.org/1.mp3']],
		['objects', [{artist: 'A', title: 'B'}], ['A - B']],
		['Spotify’s page', {tracks: {items: [{track: {name: 'B', artists: [{name: 'A'}, {name: 'C'}]}}]}}, ['A, C - B']],
		['Spotify’s page since 2026', {items: {items: [{item: {name: 'B', artists: [{name: 'A'}]}}]}}, ['A - B']],
		['Deezer’s page', {data: [{title: 'B', artist: {name: 'A'}, album: {title: 'X'}}]}, ['A - B']],
		['JSPF', {playlist: {title: 'T', track: [{title: 'B', creator: 'A', duration: 60_000}]}}, ['A - B']],
		['songs', {name: 'T', songs: [{song: 'B', artist: 'A'}]}, ['A - B']],
	])('%s', async (_, value, expected) => {
		expect(names(await read('x.json', JSON.stringify(value)))).toEqual(expected);
	});

	test('the list is called what it calls itself', async () => {
		const found = await read('x.json', '{"playlist": {"title": "Mine", "track": [{"title": "B", "creator": "A"}]}}');
		expect(found.groups[0]?.title).toBe('Mine');
	});

	test('a mistake is told with its line, or with what stands around it', async () => {
		expect(await problem('x.json', '[\n"A - B"\n"C - D"\n]')).toContain('line 3: this is no JSON: Expected');
		expect(await problem('x.json', '[\n"A - B",\noops\n]')).toMatch(/this is no JSON: .*oops/);
		expect(await problem('x.json', '{"a": 1}')).toContain('it holds no list');
	});
});

describe('what is no list', () => {
	test('a file that is not there, a folder, and what is no text', async () => {
		const directory = await temporaryDirectory();
		await mkdir(join(directory, 'folder'));
		await writeFile(join(directory, 'song.mp3'), Buffer.from([0x49, 0x44, 0x33, 0, 0, 1, 0xff]));
		const ask = async (name: string): Promise<unknown> =>
			createListCatalog().expand(join(directory, name), {
				signal: new AbortController().signal,
				onProgress: () => undefined,
			});
		expect(await ask('none.txt')).toMatchObject({failure: {message: expect.stringContaining('there is no such file')}});
		expect(await ask('folder')).toMatchObject({failure: {message: expect.stringContaining('it is a folder')}});
		expect(await ask('song.mp3')).toMatchObject({failure: {message: expect.stringContaining('it is no text')}});
	});

	test('a line without an end is not read for ever', async () => {
		expect(await problem('x.txt', 'x'.repeat(1_000_000))).toContain('line 1: it is longer than');
	});
});
