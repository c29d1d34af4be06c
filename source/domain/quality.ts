import {assertNever} from './assert-never.ts';

/*
 * How good a file is to be: a named list of steps, the best first. A file is judged by the first step that it fits. What is
 * unknown of it reaches no lower bound, and breaks no upper one.
 */

export const audioFormats = ['flac', 'alac', 'wav', 'aiff', 'mp3', 'aac', 'ogg', 'opus'] as const;
/** `ogg` is Vorbis. */
export type AudioFormat = (typeof audioFormats)[number];

export const videoCodecs = ['h264', 'h265', 'vp9', 'av1'] as const;
export type VideoCodec = (typeof videoCodecs)[number];

export const videoContainers = ['mp4', 'mkv', 'webm'] as const;
export type VideoContainer = (typeof videoContainers)[number];

/** Both ends belong to it; what is absent is no bound. */
export type Bounds = {readonly least?: number; readonly most?: number};

export type AudioStep = {
	/** Any of these; absent: whatever it is. */
	readonly formats?: readonly AudioFormat[];
	/** In kbit/s. */
	readonly bitRate?: Bounds;
	/** In Hz. */
	readonly sampleRate?: Bounds;
	readonly bitDepth?: Bounds;
	/** In bytes. */
	readonly size?: Bounds;
};

export type VideoStep = {
	/** In lines. */
	readonly height?: Bounds;
	readonly codecs?: readonly VideoCodec[];
	readonly containers?: readonly VideoContainer[];
	/** In bytes. */
	readonly size?: Bounds;
};

export type QualityProfile = {
	readonly name: string;
	/** For music, the best first. Empty: it says nothing of music. */
	readonly audio: readonly AudioStep[];
	/** For films, the best first. Empty: it says nothing of films. */
	readonly video: readonly VideoStep[];
	/** So many steps from the top are good enough to look no further; undefined: all of them. */
	readonly goodEnough: number | undefined;
	/** Whether what fits no step is taken all the same, after everything that does. */
	readonly takesOthers: boolean;
};

/** What is known of a piece of music before it is there. */
export type AudioFacts = {
	/** With or without its dot. */
	readonly extension: string;
	/** In kbit/s. */
	readonly bitRate?: number | undefined;
	readonly bitDepth?: number | undefined;
	/** In Hz. */
	readonly sampleRate?: number | undefined;
	/** In bytes. */
	readonly size?: number | undefined;
	/** In seconds. */
	readonly duration?: number | undefined;
};

/** What is known of a film before it is there. */
export type VideoFacts = {
	readonly height?: number | undefined;
	readonly codec?: VideoCodec | undefined;
	readonly container?: VideoContainer | undefined;
	/** In bytes. */
	readonly size?: number | undefined;
};

export type Facts = ({readonly kind: 'audio'} & AudioFacts) | ({readonly kind: 'video'} & VideoFacts);

/** How a file stands in a profile. */
export type Rank = {
	/** The step that it fits, from 1, the best; one more than there are where others are taken; undefined: not wanted. */
	readonly step: number | undefined;
	/** Above 0 and below 1, and 0 for what is not wanted. A better step always has more. */
	readonly score: number;
	/** What it is, or what speaks against it, in short words. */
	readonly reasons: readonly string[];
	readonly isGoodEnough: boolean;
};

/** Judges a piece of music that a peer or a service offers. */
export const qualityOf = (profile: QualityProfile, facts: AudioFacts): Rank => rank(profile, {kind: 'audio', ...facts});

/** Judges a file. A profile that says nothing about its kind takes it, as the last of what it takes. */
export const rank = (profile: QualityProfile, facts: Facts): Rank => {
	const [missed, told, fineness] = judge(profile, facts);
	const steps = missed.length;
	const fit = missed.findIndex(words => words === undefined);
	const step = fit >= 0 ? fit + 1 : profile.takesOthers || steps === 0 ? steps + 1 : undefined;
	if (step === undefined) {
		const against = [...new Set(missed.filter(words => words !== undefined))];
		return {step, score: 0, reasons: against.slice(0, mostReasons), isGoodEnough: false};
	}

	return {
		step,
		score: (steps + 2 - step + Math.min(0.99, Math.max(0, fineness))) / (steps + 2),
		reasons: [...told, fit >= 0 ? `step ${step} of ${steps}` : 'fits no step'],
		isGoodEnough: steps === 0 || step <= Math.min(profile.goodEnough ?? steps, steps),
	};
};

/** Whether a file needs no better one beside it. */
export const isGoodEnough = (profile: QualityProfile, facts: Facts): boolean => rank(profile, facts).isGoodEnough;

const mostReasons = 4;

/** For each step what speaks against the file, what the file is in words, and its place within a step, from 0 to 1. */
const judge = (
	profile: QualityProfile,
	facts: Facts,
): readonly [missed: ReadonlyArray<string | undefined>, told: readonly string[], fineness: number] => {
	switch (facts.kind) {
		case 'audio': {
			const sound = soundOf(facts);
			return [profile.audio.map(step => missedByAudio(step, sound)), toldOfAudio(sound), finenessOfAudio(sound)];
		}

		case 'video':
			return [
				profile.video.map(step => missedByVideo(step, facts)),
				[...(facts.height === undefined ? [] : [`${facts.height}p`]), facts.codec, facts.container].filter(
					word => word !== undefined,
				),
				(facts.height ?? 0) / 10_000,
			];
		default:
			return assertNever(facts);
	}
};

type Sound = Omit<AudioFacts, 'extension' | 'duration'> & {
	readonly format: AudioFormat | undefined;
	readonly word: string;
	/** What the peer says, where the size says less. */
	readonly claimed: number | undefined;
};

const formatsByExtension: Readonly<Record<string, AudioFormat>> = {
	flac: 'flac',
	alac: 'alac',
	wav: 'wav',
	aif: 'aiff',
	aiff: 'aiff',
	mp3: 'mp3',
	aac: 'aac',
	mp4: 'aac',
	m4a: 'aac',
	m4b: 'aac',
	ogg: 'ogg',
	oga: 'ogg',
	opus: 'opus',
};

const lossless: ReadonlySet<AudioFormat> = new Set(['flac', 'alac', 'wav', 'aiff']);

/** Whether a format keeps every bit of what was recorded. */
export const isLossless = (format: AudioFormat): boolean => lossless.has(format);

/** AAC has no bit depth and hardly more than this, in kbit/s: a file called m4a that has is ALAC. */
const mostOfAac = 520;

/** What a peer says may be a lie: no file plays at more than its size allows. Covers and tags make that a little more. */
const trustedShare = 0.9;

const soundOf = (facts: AudioFacts): Sound => {
	const {bitDepth, sampleRate, size, duration} = facts;
	const word = facts.extension.replace(/^\./, '').toLowerCase();
	const measured =
		size !== undefined && duration !== undefined && duration > 0 ? (size * 8) / duration / 1000 : undefined;
	const told = facts.bitRate !== undefined && facts.bitRate > 0 ? facts.bitRate : undefined;
	const isLie = told !== undefined && measured !== undefined && measured < told * trustedShare;
	const bitRate = isLie ? measured : (told ?? measured);
	const named = Object.hasOwn(formatsByExtension, word) ? formatsByExtension[word] : undefined;
	const isAlac = named === 'aac' && word !== 'aac' && ((bitDepth ?? 0) > 0 || (bitRate ?? 0) > mostOfAac);
	return {
		format: isAlac ? 'alac' : named,
		word,
		bitRate: bitRate === undefined ? undefined : Math.round(bitRate),
		claimed: isLie ? told : undefined,
		bitDepth,
		sampleRate,
		size,
	};
};

const missedByAudio = (step: AudioStep, sound: Sound): string | undefined => {
	const {formats} = step;
	if (formats !== undefined && (sound.format === undefined || !formats.includes(sound.format))) {
		return `${sound.format ?? (sound.word || 'an unknown format')} is not asked for`;
	}

	return (
		outside(step.bitRate, sound.bitRate, 'kbit/s') ??
		outside(step.sampleRate, sound.sampleRate, 'Hz') ??
		outside(step.bitDepth, sound.bitDepth, 'bit') ??
		outside(step.size, sound.size, 'bytes')
	);
};

const missedByVideo = (step: VideoStep, facts: VideoFacts): string | undefined => {
	const {codecs, containers} = step;
	if (codecs !== undefined && (facts.codec === undefined || !codecs.includes(facts.codec))) {
		return `${facts.codec ?? 'an unknown codec'} is not asked for`;
	}

	if (containers !== undefined && (facts.container === undefined || !containers.includes(facts.container))) {
		return `${facts.container ?? 'an unknown container'} is not asked for`;
	}

	return outside(step.height, facts.height, 'lines') ?? outside(step.size, facts.size, 'bytes');
};

const outside = (bounds: Bounds | undefined, value: number | undefined, unit: string): string | undefined => {
	if (bounds === undefined) return undefined;
	const {least, most} = bounds;
	if (least !== undefined && value === undefined) return `${unit} unknown, ${least} wanted`;
	if (least !== undefined && value !== undefined && value < least) return `${value} of ${least} ${unit}`;
	return most !== undefined && value !== undefined && value > most ? `${value} ${unit}, more than ${most}` : undefined;
};

const toldOfAudio = ({format, word, bitRate, claimed, bitDepth, sampleRate}: Sound): readonly string[] => [
	format ?? (word === '' ? 'unknown format' : word),
	...(bitRate === undefined || (format !== undefined && isLossless(format)) ? [] : [`${bitRate} kbit/s`]),
	...(claimed === undefined ? [] : [`not ${claimed} as it says`]),
	...(bitDepth === undefined ? [] : [`${bitDepth} bit`]),
	...(sampleRate === undefined ? [] : [`${sampleRate / 1000} kHz`]),
];

const finenessOfAudio = ({format, bitRate = 0, bitDepth = 0, sampleRate = 0}: Sound): number =>
	format !== undefined && isLossless(format)
		? Math.min(1, bitDepth / 64) / 2 + Math.min(1, sampleRate / 768_000) / 2
		: Math.min(1, bitRate / 1000);
