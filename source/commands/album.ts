import {expandVerb} from './expanding.ts';
import type {Verb} from './verb.ts';

export const album: Verb = expandVerb('album', {
	summary: 'Add the tracks of an album, or of all albums of an artist, as a batch',
	help: `A reference is one of:

  deezer:123, deezer:artist/27, musicbrainz:MBID, spotify:album:ID
  an address of these services, such as https://musicbrainz.org/release/MBID
  a file: M3U, CSV, JSON, or one \`Artist - Title\` or address a line

The tracks are fetched by --provider, else by [catalogs] provider, else by the
first provider that can look for music by its name. Each album of an artist is
a batch of its own.

  tidegate album deezer:302127
  tidegate album https://musicbrainz.org/artist/MBID --dry-run`,
});
