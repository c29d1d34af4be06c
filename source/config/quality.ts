import {z} from 'zod';
import {
	audioFormats,
	videoCodecs,
	videoContainers,
	type AudioStep,
	type Bounds,
	type QualityProfile,
	type VideoStep,
} from '../domain/quality.ts';
import {createProfiles, type QualityProfiles} from '../domain/quality-profiles.ts';
import {count, key} from './keys.ts';
import type {ConfigProblem} from './rules.ts';

const oneOrMore = <Word extends string>(words: readonly [Word, ...Word[]]) =>
	z.union([z.enum(words).transform(word => [word]), z.array(z.enum(words)).min(1).max(20)], {
		error: `must be one or a list of ${words.join(', ')}`,
	});

const bound = z.number().min(0).max(1e9).optional();

const audioStep = z.strictObject({
	format: oneOrMore(audioFormats).optional(),
	min_kbps: bound,
	max_kbps: bound,
	min_sample_rate: bound,
	max_sample_rate: bound,
	min_bit_depth: bound,
	max_bit_depth: bound,
	min_size_mb: bound,
	max_size_mb: bound,
});

const videoStep = z.strictObject({
	min_height: bound,
	max_height: bound,
	codec: oneOrMore(videoCodecs).optional(),
	container: oneOrMore(videoContainers).optional(),
	min_size_mb: bound,
	max_size_mb: bound,
});

/** `[quality.NAME]`: what is preferred, step by step. */
export const profileSchema = z.strictObject({
	audio: key(z.array(audioStep).max(50).default([]), {
		about: `For music: what is taken, the best first. Of each step any of format (${audioFormats.join(', ')}; one or a list; ogg is Vorbis), min_kbps, max_kbps, min_sample_rate, max_sample_rate (in Hz), min_bit_depth, max_bit_depth, min_size_mb, max_size_mb. What is unknown of a file reaches no least value.`,
		example: [{format: 'flac'}, {format: 'mp3', min_kbps: 310}, {format: ['aac', 'ogg'], min_kbps: 180}],
	}),
	video: key(z.array(videoStep).max(50).default([]), {
		about: `For films: the same, of min_height, max_height (in lines), codec (${videoCodecs.join(', ')}), container (${videoContainers.join(', ')}), min_size_mb, max_size_mb.`,
		example: [{min_height: 530, max_height: 720, codec: 'h264'}, {max_height: 720}],
	}),
	good_enough: key(count(1, 50).optional(), {
		about: 'So many steps from the top are good enough to look no further; default: all of them.',
		unit: 'steps',
		example: 2,
	}),
	take_others: key(z.boolean().default(false), {
		about: 'Whether what fits no step is taken all the same, after all that does.',
	}),
});

export const qualitySchema = z.record(z.string(), profileSchema);
type RawProfiles = z.infer<typeof qualitySchema>;
type RawProfile = RawProfiles[string];

/** The keys that may stand at a place below `quality`. */
export const qualityKeys = ([, , kind = '']: readonly string[]): readonly string[] =>
	Object.keys((kind === 'audio' ? audioStep : kind === 'video' ? videoStep : profileSchema).shape);

/** The profiles of a configuration with the built-in ones that it leaves as they are. */
export const profilesOf = ({quality}: {readonly quality: RawProfiles}): QualityProfiles =>
	createProfiles(Object.entries(quality).map(([title, raw]) => profileOf(title, raw)));

const profileOf = (title: string, raw: RawProfile): QualityProfile => ({
	name: title,
	audio: raw.audio.map(step => audioStepOf(step)),
	video: raw.video.map(step => videoStepOf(step)),
	goodEnough: raw.good_enough,
	takesOthers: raw.take_others,
});

const audioStepOf = (raw: RawProfile['audio'][number]): AudioStep => ({
	...(raw.format === undefined ? {} : {formats: raw.format}),
	...within('bitRate', raw.min_kbps, raw.max_kbps),
	...within('sampleRate', raw.min_sample_rate, raw.max_sample_rate),
	...within('bitDepth', raw.min_bit_depth, raw.max_bit_depth),
	...within('size', raw.min_size_mb, raw.max_size_mb, 1e6),
});

const videoStepOf = (raw: RawProfile['video'][number]): VideoStep => ({
	...within('height', raw.min_height, raw.max_height),
	...(raw.codec === undefined ? {} : {codecs: raw.codec}),
	...(raw.container === undefined ? {} : {containers: raw.container}),
	...within('size', raw.min_size_mb, raw.max_size_mb, 1e6),
});

const within = <Name extends string>(
	title: Name,
	least: number | undefined,
	most: number | undefined,
	unit = 1,
): {readonly [Key in Name]?: Bounds} => {
	if (least === undefined && most === undefined) return {};
	const bounds: Bounds = {
		...(least === undefined ? {} : {least: least * unit}),
		...(most === undefined ? {} : {most: most * unit}),
	};
	return {[title]: bounds} as {readonly [Key in Name]?: Bounds};
};

/** What no single key can check: steps that nothing can fit, profiles that say nothing, two of one name. */
export const problemsOfQuality = (quality: RawProfiles): readonly ConfigProblem[] =>
	Object.entries(quality).flatMap(([title, raw], index) => {
		const path = ['quality', title];
		const steps = Math.max(raw.audio.length, raw.video.length);
		const twin = Object.keys(quality).findIndex(other => other.toLowerCase() === title.toLowerCase());
		return [
			...(/^[\w.-]{1,40}$/.test(title)
				? []
				: [{path, message: 'must be a name of letters, digits, `_`, `.` and `-`, 40 at most'}]),
			...(twin === index ? [] : [{path, message: 'differs from another profile by capitals alone'}]),
			...(steps > 0 ? [] : [{path, message: 'says nothing: give it `audio` or `video`'}]),
			...((raw.good_enough ?? 1) <= Math.max(1, steps)
				? []
				: [
						{
							path: [...path, 'good_enough'],
							message: `is ${raw.good_enough}; there are ${steps} steps`,
						},
					]),
			...[...raw.audio.entries()].flatMap(([at, step]) => emptySteps([...path, 'audio'], at, step)),
			...[...raw.video.entries()].flatMap(([at, step]) => emptySteps([...path, 'video'], at, step)),
		];
	});

const emptySteps = (path: readonly string[], at: number, step: object): readonly ConfigProblem[] => {
	const values = step as Readonly<Record<string, unknown>>;
	return Object.entries(values)
		.filter(([least, value]) => {
			const most = values[least.replace(/^min_/, 'max_')];
			return least.startsWith('min_') && typeof value === 'number' && typeof most === 'number' && value > most;
		})
		.map(([least]) => ({
			path,
			message: `has a step that nothing can fit: ${least} of the ${ordinal(at)} is more than ${least.replace(/^min_/, 'max_')}`,
		}));
};

const ordinal = (at: number): string => ['first', 'second', 'third'][at] ?? `${at + 1}th`;
