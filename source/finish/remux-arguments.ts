import type {Media, MediaStream} from './media.ts';

export type RemuxPlan = {
	readonly args: readonly string[];
	/** Streams that the new file will have. */
	readonly kept: number;
	/** In words, what is not as it was: streams that are left out, and subtitles that are written in another way. */
	readonly notes: readonly string[];
};

/** How ffmpeg is asked to put the streams of a file into Matroska without changing them. Both paths are absolute. */
export const planRemux = (input: string, output: string, {streams}: Media): RemuxPlan => {
	const kept: Array<readonly string[]> = [];
	const notes: string[] = [];
	let subtitles = 0;
	for (const stream of streams) {
		const fate = fateOf(stream);
		if (fate === 'leave-out') {
			notes.push(`${nameOf(stream)} is left out: Matroska does not take it`);
			continue;
		}

		if (fate === 'as-text') notes.push(`${nameOf(stream)} is written as SubRip: Matroska does not take it as it is`);
		kept.push(['-map', `0:${stream.index}`, ...(fate === 'as-text' ? [`-c:s:${subtitles}`, 'subrip'] : [])]);
		if (stream.kind === 'subtitle') subtitles += 1;
	}

	return {
		args: [
			'-nostdin',
			'-hide_banner',
			'-v',
			'error',
			// What is there is never replaced.
			'-n',
			// A playlist in disguise must not make it ask the network, nor read another file.
			'-protocol_whitelist',
			'file',
			// Transport streams and AVI have packets without a time, which Matroska needs.
			'-fflags',
			'+genpts',
			'-i',
			`file:${input}`,
			'-c',
			'copy',
			...kept.flat(),
			'-map_metadata',
			'0',
			'-map_chapters',
			'0',
			'-f',
			'matroska',
			`file:${output}`,
		],
		kept: kept.length,
		notes,
	};
};

// What the muxer of FFmpeg 5.1 takes (libavformat/matroska.c, ff_mkv_codec_tags).
const takenSubtitles = new Set([
	'ass',
	'ssa',
	'subrip',
	'text',
	'webvtt',
	'dvd_subtitle',
	'dvb_subtitle',
	'hdmv_pgs_subtitle',
	'hdmv_text_subtitle',
]);

/** Subtitles of MP4, which have an equal in Matroska. */
const textSubtitles = new Set(['mov_text']);

const fateOf = ({kind, codec}: MediaStream): 'copy' | 'as-text' | 'leave-out' => {
	switch (kind) {
		case 'video':
		case 'audio':
			return codec === '' || codec === 'unknown' ? 'leave-out' : 'copy';
		case 'attachment':
			return 'copy';
		case 'subtitle':
			if (takenSubtitles.has(codec)) return 'copy';
			return textSubtitles.has(codec) ? 'as-text' : 'leave-out';
		default:
			return 'leave-out';
	}
};

const nameOf = ({index, kind, codec, language}: MediaStream): string =>
	`stream ${index} (${[kind, codec, language].filter(word => word !== undefined && word !== '').join(' ')})`;
