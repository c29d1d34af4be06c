import {cleanText, shorten} from '../domain/text.ts';
import type {FailureCode} from '../domain/failure.ts';
import {runFfprobe, type Look} from './ffprobe.ts';

/** When ffprobe is asked: `auto` for what a provider announced as so many seconds, `on` for every media file, or never. */
export type ProbeMode = 'auto' | 'on' | 'off';

export type ProbeOrder = Look & {
	/** Seconds that it should play, where the provider said so. */
	readonly duration: number | undefined;
};

export type ProbeProblem = {readonly code: FailureCode; readonly message: string};

/**
 * What ffprobe finds wrong with a media file: that it cannot be read, or that it does not play as long as was announced.
 * Undefined where nothing is wrong, and where nobody can tell: no ffprobe, no answer in time, an answer that says neither.
 */
export const probeMedia = async (order: ProbeOrder): Promise<ProbeProblem | undefined> => {
	const {duration} = order;
	const {exit, text} = await runFfprobe(order, entries);
	if (exit.type !== 'ended' || exit.isStopped) return undefined;
	if (exit.exitCode !== 0) return unreadable(exit.lastStderrLines);
	const found = parseProbe(text);
	if (found === undefined) return undefined;
	if (!found.hasMedia) return {code: 'not-media', message: 'there is neither picture nor sound in the file'};
	if (found.isKnownByNameAlone) return {code: 'not-media', message: 'nothing in the file is what its name says'};
	return duration === undefined || found.duration === undefined ? undefined : durationProblem(found.duration, duration);
};

const entries = 'format=duration,probe_score:stream=codec_type';

// What FFmpeg 4 to 8 say about files that are none or that end early. Everything else may be a lack of theirs.
const damage =
	/invalid data found|moov atom not found|end of file|could not find codec parameters|header (?:missing|damaged)/i;

const unreadable = (lines: readonly string[]): ProbeProblem | undefined => {
	const words = lines.findLast(line => damage.test(line));
	return words === undefined
		? undefined
		: {
				code: 'not-media',
				message: `ffprobe cannot read the file: ${shorten(cleanText(words.replace(/^.*: /, '')), 200)}`,
			};
};

/**
 * Whether there is something to see or hear, and for how many seconds; undefined where it is no answer of ffprobe. Noise
 * named `.flac` or `.mp3` is sound to ffprobe 5.1, with the lowest score and without a duration.
 */
export const parseProbe = (
	text: string,
):
	| {readonly hasMedia: boolean; readonly isKnownByNameAlone: boolean; readonly duration: number | undefined}
	| undefined => {
	try {
		const value = JSON.parse(text) as {
			readonly streams?: ReadonlyArray<{readonly codec_type?: unknown}>;
			readonly format?: {readonly duration?: unknown; readonly probe_score?: unknown};
		};
		if (!Array.isArray(value.streams)) return undefined;
		const duration = Number(value.format?.duration ?? Number.NaN);
		return {
			hasMedia: value.streams.some(stream => stream?.codec_type === 'video' || stream?.codec_type === 'audio'),
			isKnownByNameAlone: Number(value.format?.probe_score ?? 100) <= 1 && !(duration > 0),
			duration: Number.isFinite(duration) && duration > 0 ? duration : undefined,
		};
	} catch {
		return undefined;
	}
};

/**
 * Whether the seconds are far from those announced: sites round, cut titles off and announce without advertisements, so that
 * a tenth or ten seconds less is nothing, and more than twice as much, by a minute at the least, is something else.
 */
export const durationProblem = (seconds: number, announced: number): ProbeProblem | undefined => {
	if (!(announced > 0)) return undefined;
	const isShort = seconds < announced - Math.max(10, announced * 0.1) || seconds < announced / 2 - 1;
	const isLong = seconds > announced * 2 && seconds > announced + 60;
	if (!isShort && !isLong) return undefined;
	return {
		code: 'wrong-size',
		message: `it plays ${Math.round(seconds)} seconds, ${Math.round(announced)} were announced`,
	};
};
