import {rank, type AudioFacts, type QualityProfile, type Rank} from './quality.ts';

/*
 * What profiles of quality mean to tools that know little of it: each function says a profile in the tool's own term, and
 * what of it the tool cannot be asked for.
 */

/** A term of a tool, and in words what it leaves out of the profile. */
export type Said = {readonly term: string; readonly lost: string | undefined};

/** `ani-cli -q` (4.8 to 5.0): a height, `best` or `worst`. Undefined where the profile says nothing of films. */
export const aniCliQuality = ({name, video}: QualityProfile): Said | undefined => {
	const [first, ...others] = video;
	if (first === undefined) return undefined;
	const most = first.height?.most;
	const term = most === undefined || most > 9999 ? 'best' : most < 100 ? 'worst' : String(Math.floor(most));
	const isMore = [first.codecs, first.containers, first.size].some(part => part !== undefined);
	const lost = isMore
		? `of the profile ${name}, codec, container and size cannot be asked of ani-cli`
		: others.length > 0
			? `ani-cli is asked for ${term}; where there is none it takes the best that there is, whatever ${name} says`
			: undefined;
	return {term, lost};
};

/** `download_quality` in the settings.json of OrpheusDL (2023-12-16), the best first. */
export const orpheusLevels = ['hifi', 'lossless', 'high', 'medium', 'low'] as const;
export type OrpheusLevel = (typeof orpheusLevels)[number];

/** What the levels mean, by the README of OrpheusDL: more than CDs hold, as on CDs, and lossy ones. */
const offers: Readonly<Record<OrpheusLevel, readonly AudioFacts[]>> = {
	hifi: [{extension: 'flac', bitDepth: 24, sampleRate: 96_000, bitRate: 2800}],
	lossless: [{extension: 'flac', bitDepth: 16, sampleRate: 44_100, bitRate: 900}],
	high: lossy(320),
	medium: lossy(192),
	low: lossy(96),
};

function lossy(bitRate: number): readonly AudioFacts[] {
	return ['mp3', 'aac', 'ogg', 'opus'].map(extension => ({extension, bitRate, sampleRate: 44_100}));
}

/** The levels that bring what the profile takes, the one that it likes best first. */
export const orpheusLevelsFor = (profile: QualityProfile): readonly OrpheusLevel[] =>
	profile.audio.length === 0
		? orpheusLevels
		: orpheusLevels
				.filter(level => bestOf(profile, level).score > 0)
				.toSorted((a, b) => bestOf(profile, b).score - bestOf(profile, a).score);

const bestOf = (profile: QualityProfile, level: OrpheusLevel): Rank =>
	offers[level]
		.map(facts => rank(profile, {kind: 'audio', ...facts}))
		.reduce((best, found) => (found.score > best.score ? found : best));

/**
 * What is to be told where OrpheusDL is set to another level than the profile asks for; its settings are read and never
 * written. Undefined where they agree.
 */
export const orpheusDifference = (profile: QualityProfile, configured: string): string | undefined => {
	const [first, ...others] = orpheusLevelsFor(profile);
	if (profile.audio.length === 0) return undefined;
	if (first === undefined) return `OrpheusDL has no download_quality for the profile ${profile.name}`;
	const {step} = bestOf(profile, first);
	const fit = [first, ...others.filter(level => bestOf(profile, level).step === step)];
	return (fit as readonly string[]).includes(configured)
		? undefined
		: `OrpheusDL is set to download_quality "${configured}"; the profile ${profile.name} asks for ${fit.map(level => `"${level}"`).join(' or ')}: change its config/settings.json`;
};
