import {expandVerb} from './expanding.ts';
import type {Verb} from './verb.ts';

export const playlist: Verb = expandVerb('playlist', {
	summary: 'Add what a playlist or a list file holds as a batch',
	help: `A reference is one of:

  deezer:123, spotify:playlist:ID, or an address of these services
  a file: M3U, M3U8, CSV with named columns, JSON, or one \`Artist - Title\` or
  address a line
  any other address: a list of videos that yt-dlp knows

  tidegate playlist deezer:908622995
  tidegate playlist ~/party.m3u8 --provider slskd
  tidegate playlist https://example.org/videos --quality 720`,
});
