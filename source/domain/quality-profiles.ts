import type {AudioStep, QualityProfile} from './quality.ts';

/** The profiles that a job may name: those of the configuration, and the built-in ones that it does not replace. */
export type QualityProfiles = {
	/** By name, whatever its case. */
	find(name: string): QualityProfile | undefined;
	/** Whether a person wrote it: then it goes before a provider's own word. */
	isOwn(name: string): boolean;
	readonly names: readonly string[];
};

/** Profiles of a person come first, and replace built-in ones of their name. */
export const createProfiles = (own: readonly QualityProfile[] = []): QualityProfiles => {
	const profiles = new Map([...builtInProfiles, ...own].map(profile => [profile.name.toLowerCase(), profile]));
	const ownNames = new Set(own.map(({name}) => name.toLowerCase()));
	return {
		find: name => profiles.get(name.trim().toLowerCase()),
		isOwn: name => ownNames.has(name.trim().toLowerCase()),
		names: [...profiles.values()].map(({name}) => name),
	};
};

const lossless: readonly AudioStep[] = [{formats: ['flac']}, {formats: ['alac']}, {formats: ['wav', 'aiff']}];

const lossy: readonly AudioStep[] = [
	{formats: ['mp3'], bitRate: {least: 310}},
	{formats: ['aac', 'ogg'], bitRate: {least: 240}},
	{formats: ['opus'], bitRate: {least: 150}},
	{formats: ['mp3'], bitRate: {least: 220}},
	{formats: ['aac', 'ogg'], bitRate: {least: 180}},
];

const small: readonly AudioStep[] = [
	{formats: ['opus'], bitRate: {least: 60, most: 140}},
	{formats: ['aac', 'ogg'], bitRate: {least: 90, most: 170}},
	{formats: ['mp3'], bitRate: {least: 120, most: 200}},
	{formats: ['aac', 'ogg', 'opus', 'mp3'], bitRate: {most: 330}},
];

const base = {audio: [], video: [], goodEnough: undefined, takesOthers: false} as const;

/** What a height means: films are often a little lower than their format, and wide ones much. In lines. */
const upTo1080 = [
	{height: {least: 790, most: 1080}},
	{height: {least: 530, most: 789}},
	{height: {most: 529}},
] as const;

export const builtInProfiles: readonly QualityProfile[] = [
	{...base, name: 'lossless', audio: lossless},
	// Whoever asks for it takes more all the same, where there is nothing else.
	{...base, name: 'high', audio: [...lossy, ...lossless], goodEnough: lossy.length},
	{...base, name: 'small', audio: small, goodEnough: 3, video: [{height: {most: 480}}], takesOthers: true},
	{
		...base,
		name: 'best',
		audio: [{formats: ['flac', 'alac'], bitDepth: {least: 24}}, ...lossless, ...lossy],
		video: [{height: {least: 1500}}, {height: {least: 790}}, {height: {least: 530}}],
		goodEnough: 2,
		takesOthers: true,
	},
	{...base, name: '1080p', video: upTo1080, goodEnough: 1},
	{...base, name: '720p', video: [{height: {least: 530, most: 720}}, {height: {most: 529}}], goodEnough: 1},
	{...base, name: '480p', video: [{height: {most: 480}}]},
];
