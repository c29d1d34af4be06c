import {describe, expect, test} from 'vitest';
import {catalogOfReference, readMusicReference} from '../../../source/domain/music-reference.ts';

const id = '1b022e01-4da6-387b-8658-8678046e4cef';
const spotify = '4aawyAB9vmqN3uQ7FjRGTy';

describe('what people write for an album', () => {
	test.each([
		['deezer:123', 'deezer', 'album', '123'],
		['deezer:album/123', 'deezer', 'album', '123'],
		['deezer:playlist:908622995', 'deezer', 'playlist', '908622995'],
		[' Deezer:Artist/27 ', 'deezer', 'artist', '27'],
		['https://www.deezer.com/album/302127', 'deezer', 'album', '302127'],
		['https://www.deezer.com/en/track/3135556?utm_source=deezer#x', 'deezer', 'track', '3135556'],
		['http://deezer.com/pt-br/playlist/1', 'deezer', 'playlist', '1'],
		[`musicbrainz:${id.toUpperCase()}`, 'musicbrainz', 'album', id],
		[`musicbrainz:release-group/${id}`, 'musicbrainz', 'release-group', id],
		[`https://musicbrainz.org/release/${id}/cover-art`, 'musicbrainz', 'album', id],
		[`https://beta.musicbrainz.org/recording/${id}`, 'musicbrainz', 'track', id],
		[`https://musicbrainz.org/artist/${id}/releases`, 'musicbrainz', 'artist', id],
		[`spotify:album:${spotify}`, 'spotify', 'album', spotify],
		[`https://open.spotify.com/intl-de/playlist/${spotify}?si=abc`, 'spotify', 'playlist', spotify],
		[`https://open.spotify.com/embed/track/${spotify}`, 'spotify', 'track', spotify],
	])('%s', (text, catalog, kind, found) => {
		expect(readMusicReference(text)).toEqual({reference: {catalog, kind, id: found}});
		expect(catalogOfReference(text)).toBe(catalog);
	});

	test('a bare number is what the command is for', () => {
		expect(readMusicReference('deezer:5', 'playlist')).toMatchObject({reference: {kind: 'playlist'}});
		expect(readMusicReference(`musicbrainz:${id}`, 'playlist')).toMatchObject({reference: {kind: 'album'}});
	});
});

describe('what cannot be one says what helps', () => {
	test.each([
		['deezer:abc', 'a number'],
		['deezer:0', 'a number'],
		['deezer:', 'a number'],
		['deezer:episode/1', 'deezer has no episode; write one of: track, album, playlist, artist'],
		['musicbrainz:123', 'an MBID such as'],
		['spotify:album:short', '22 letters and digits'],
		['https://link.deezer.com/s/30abc', 'open the short link in a browser'],
		['https://spotify.link/abc', 'open the short link in a browser'],
		['https://www.deezer.com/en/podcast/12', 'is none of: track, album'],
		['https://open.spotify.com/', 'is none of'],
	])('%s', (text, words) => {
		const read = readMusicReference(text) ?? {problem: 'nobody takes it'};
		expect('problem' in read ? read.problem : '').toContain(words);
		expect(catalogOfReference(text)).toBeDefined();
	});

	test.each([
		'https://example.org/album/1',
		'/music/list.m3u',
		'Artist - Title',
		'',
		'https://deezer.com.evil.org/album/1',
	])('%j is nobody’s', text => {
		expect(readMusicReference(text)).toBeUndefined();
		expect(catalogOfReference(text)).toBeUndefined();
	});
});
