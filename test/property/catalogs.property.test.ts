import * as fc from 'fast-check';
import {describe, expect, test} from 'vitest';
import {
	judgeDeezer,
	readDeezerAlbum,
	readDeezerList,
	readDeezerPlaylist,
	readDeezerRecord,
	readDeezerTracks,
} from '../../source/catalogs/deezer/parse.ts';
import {readJsonList} from '../../source/catalogs/list/json-list.ts';
import {linesIn} from '../../source/catalogs/list/lines.ts';
import {createM3uReader} from '../../source/catalogs/list/m3u.ts';
import {readPlainLine} from '../../source/catalogs/list/plain.ts';
import {readEdition, readEditions, readRecording, readRelease} from '../../source/catalogs/musicbrainz/parse.ts';
import {
	judgeSpotify,
	readSpotifyAlbum,
	readSpotifyPlaylist,
	readSpotifyRecord,
	readSpotifyTracks,
} from '../../source/catalogs/spotify/parse.ts';
import {readFlatLine} from '../../source/catalogs/yt-dlp/parse.ts';
import {readMusicReference} from '../../source/domain/music-reference.ts';
import type {Track} from '../../source/domain/track.ts';

const numRuns = Number(process.env['RUNS'] ?? 300);

/** Names that the services use, so that anything at all stands where something is looked for. */
const names = fc.constantFrom(
	...(
		'data tracks items item track title name artist artists album id duration error media recording artist-credit ' +
		'position releases release-group isrcs code next total playlist url webpage_url ie_key _type external_ids images ' +
		'genres contributors length'
	).split(' '),
);

const anything = fc.letrec(tie => ({
	value: fc.oneof(
		{depthSize: 'small', withCrossShrink: true},
		fc.jsonValue(),
		fc.constantFrom<unknown>(0, -1, 1.5, 4, 800, '', 'x', '12', true, false, null, '2001-00-99', '0000-00-00'),
		fc.array(tie('value'), {maxLength: 4}),
		fc.dictionary(names, tie('value'), {maxKeys: 6}),
	),
})).value;

const isSound = ({title, artists, number, disc, duration}: Track): boolean =>
	title !== '' &&
	artists.length > 0 &&
	artists.every(name => typeof name === 'string' && name !== '') &&
	[number, disc, duration].every(count => count === undefined || (Number.isFinite(count) && count > 0));

describe('whatever a service answers', () => {
	test('is read without an error, and a track has a title and somebody who made it', () => {
		fc.assert(
			fc.property(anything, page => {
				judgeDeezer(200, page);
				judgeSpotify(200, page);
				readDeezerAlbum(page);
				readDeezerPlaylist(page);
				readDeezerRecord(page);
				readSpotifyPlaylist(page);
				readSpotifyRecord(page);
				readEdition(page);
				readEditions(page, 0);
				const recording = readRecording(page);
				const tracks = [
					...readDeezerTracks(readDeezerList(page).items).tracks,
					...readDeezerTracks([page]).tracks,
					...readSpotifyTracks([page]).tracks,
					...readSpotifyTracks(readSpotifyAlbum(page).first.items).tracks,
					...readRelease(page).tracks,
					...(recording === undefined ? [] : [recording]),
				];
				expect(tracks.filter(track => !isSound(track))).toEqual([]);
				for (const row of readJsonList(page)?.rows ?? []) {
					if ('entry' in row && row.entry.track !== undefined) expect(isSound(row.entry.track)).toBe(true);
				}

				readFlatLine(JSON.stringify(page) ?? '', 'https://e.org/');
			}),
			{numRuns},
		);
	});
});

describe('whatever stands in a list', () => {
	test('each line is an entry, nothing, or told with its number', () => {
		fc.assert(
			fc.property(
				fc.array(fc.oneof(fc.string(), fc.stringMatching(/^#EXT[A-Z]{3}:.{0,20}$/), fc.constant('A - B'))),
				lines => {
					const reader = createM3uReader();
					for (const [index, line] of lines.entries()) {
						for (const row of [reader.read(line, index + 1), readPlainLine(line, index + 1)]) {
							if (row === undefined) continue;
							if ('entry' in row) expect(row.entry.source ?? row.entry.track).toBeDefined();
							else expect(row.what).toBe(`line ${index + 1}`);
						}
					}
				},
			),
			{numRuns},
		);
	});

	test('lines are the same however the text is cut', async () => {
		await fc.assert(
			fc.asyncProperty(
				fc.string({unit: fc.constantFrom('a', '\r', '\n', '\r\n', 'é')}),
				fc.array(fc.nat({max: 30}), {maxLength: 6}),
				async (text, cuts) => {
					const places = [0, ...cuts.filter(cut => cut <= text.length).toSorted((a, b) => a - b), text.length];
					const pieces = places.slice(1).map((end, index) => text.slice(places[index], end));
					const found: string[] = [];
					for await (const line of linesIn(streamOf(pieces))) found.push(line.text);
					expect(found).toEqual(text.split(/\r\n|\r|\n/));
				},
			),
			{numRuns},
		);
	});

	test('a reference is read without an error, and what is read back is the same', () => {
		fc.assert(
			fc.property(
				fc.oneof(fc.string(), fc.webUrl(), fc.stringMatching(/^(deezer|spotify|musicbrainz):[a-z:/\d-]{0,40}$/)),
				text => {
					const read = readMusicReference(text);
					if (read === undefined || 'problem' in read) return;
					const {catalog, kind, id} = read.reference;
					const name =
						catalog === 'musicbrainz' ? ({track: 'recording', album: 'release'}[kind as 'track'] ?? kind) : kind;
					expect(readMusicReference(`${catalog}:${name}/${id}`)).toEqual(read);
				},
			),
			{numRuns},
		);
	});
});

const streamOf = async function* (pieces: readonly string[]): AsyncGenerator<string> {
	yield* pieces;
};
