import {cleanText, shorten} from '../domain/text.ts';
import {runFfprobe, type Look} from './ffprobe.ts';

/*
 * What a media file holds, as ffprobe tells it (FFmpeg 4 to 8).
 */

export type MediaStream = {
	readonly index: number;
	/** `video`, `audio`, `subtitle`, `attachment`, `data` or another word of FFmpeg's. */
	readonly kind: string;
	/** FFmpeg's name such as `h264`; empty where it knows none. */
	readonly codec: string;
	/** As the file has it, ISO 639 as a rule; undefined where it says none. */
	readonly language: string | undefined;
	/** A cover or the like, which is a video stream to FFmpeg. */
	readonly isPicture: boolean;
};

export type Media = {
	/** Seconds. */
	readonly duration: number | undefined;
	readonly streams: readonly MediaStream[];
};

export type MediaAnswer =
	| {readonly type: 'described'; readonly media: Media}
	/** There is no ffprobe, or it cannot be started. */
	| {readonly type: 'missing'; readonly message: string}
	/** ffprobe cannot read the file, in its words. */
	| {readonly type: 'unreadable'; readonly message: string}
	/** The signal has ended it, it took too long, or its answer is none. */
	| {readonly type: 'unknown'};

const entries =
	'format=duration:stream=index,codec_name,codec_type:stream_tags=language:stream_disposition=attached_pic';

/** Asks ffprobe what a file holds. Never rejects. */
export const describeMedia = async (order: Look): Promise<MediaAnswer> => {
	const {exit, text} = await runFfprobe(order, entries);
	if (exit.type === 'not-started') return {type: 'missing', message: exit.message};
	if (exit.isStopped) return {type: 'unknown'};
	if (exit.exitCode !== 0) {
		const words = exit.lastStderrLines.at(-1)?.replace(/^.*: /, '') ?? 'it does not say why';
		return {type: 'unreadable', message: shorten(cleanText(words), 200)};
	}

	const media = parseMedia(text);
	return media === undefined ? {type: 'unknown'} : {type: 'described', media};
};

/** No file has more streams that anybody needs. */
const mostStreams = 500;

/** Reads ffprobe's JSON; undefined where it is no answer of ffprobe. */
export const parseMedia = (text: string): Media | undefined => {
	let value: unknown;
	try {
		value = JSON.parse(text);
	} catch {
		return undefined;
	}

	if (!isObject(value) || !Array.isArray(value['streams'])) return undefined;
	const format = isObject(value['format']) ? value['format'] : {};
	const duration = Number(format['duration'] ?? Number.NaN);
	return {
		duration: Number.isFinite(duration) && duration > 0 ? duration : undefined,
		streams: value['streams'].slice(0, mostStreams).flatMap(stream => toStream(stream) ?? []),
	};
};

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
	typeof value === 'object' && value !== null && !Array.isArray(value);

const toStream = (value: unknown): MediaStream | undefined => {
	if (!isObject(value) || !Number.isSafeInteger(value['index'])) return undefined;
	const tags = isObject(value['tags']) ? value['tags'] : {};
	const disposition = isObject(value['disposition']) ? value['disposition'] : {};
	return {
		index: Number(value['index']),
		kind: wordOf(value['codec_type']) || 'unknown',
		codec: wordOf(value['codec_name']),
		language: languageOf(tags['language'] ?? tags['LANGUAGE']),
		isPicture: disposition['attached_pic'] === 1,
	};
};

const wordOf = (value: unknown): string => (typeof value === 'string' && /^\w{1,40}$/.test(value) ? value : '');

/** A language tag as files have it: `jpn`, `ger`, `pt-BR`. `und` says that nobody knows. */
const languageOf = (value: unknown): string | undefined => {
	if (typeof value !== 'string' || !/^[a-z]{2,3}(?:-[a-z\d]{1,8}){0,3}$/i.test(value)) return undefined;
	return value.toLowerCase() === 'und' ? undefined : value;
};

/** The languages of the streams of one kind, each once, in their order. */
export const languagesOf = ({streams}: Media, kind: 'audio' | 'subtitle'): readonly string[] => [
	...new Set(streams.flatMap(stream => (stream.kind === kind ? (stream.language ?? []) : []))),
];
