import {join} from 'node:path';
import type {QualityProfile} from '../../domain/quality.ts';
import {createProfiles, type QualityProfiles} from '../../domain/quality-profiles.ts';
import {orpheusDifference, orpheusLevelsFor} from '../../domain/quality-tools.ts';
import type {Wish} from './source.ts';

/** The folder below the job's own that the tool writes into, and nothing else does. */
export const outputFolder = 'music';

/**
 * The arguments of a run for one track. `-o` is absolute, because the tool's own folder is where it is started. Behind `--`
 * nothing is an option (argparse).
 */
export const runArguments = (wish: Wish, output: string): readonly string[] => [
	'-o',
	output,
	'--',
	...('url' in wish
		? [wish.url]
		: wish.type === 'track'
			? ['download', wish.module, 'track', wish.id]
			: ['luckysearch', wish.module, 'track', wish.query]),
];

/**
 * The python that runs it: a name is looked up in PATH, a path with a slash starts at the install directory, such as
 * `venv/bin/python`.
 */
export const pythonOf = (python: string, directory: string): string =>
	python.includes('/') && !python.startsWith('/') ? join(directory, python) : python;

/** Python has to write what we can read, whatever the language of the machine, and at once. */
export const environment = {PYTHONUNBUFFERED: '1', PYTHONIOENCODING: 'utf-8:replace'} as const;

/** Tiers of OrpheusDL (utils/models.py), the best first. */
export const tiers = ['hifi', 'lossless', 'high', 'medium', 'low', 'minimum'] as const;

/**
 * What is wrong with asking for a quality, in words: the tool knows one, which stands in its settings.json and belongs to
 * the person. Undefined where nobody asked, where it is that one or one that the profile takes, and where nobody knows which
 * it is.
 */
export const qualityProblem = (
	wanted: string | undefined,
	configured: string | undefined,
	profiles: QualityProfiles = createProfiles(),
): string | undefined => {
	if (wanted === undefined) return undefined;
	const profile = profileOf(wanted, profiles);
	if (profile !== undefined) {
		const isTaken = configured === undefined || (orpheusLevelsFor(profile) as readonly string[]).includes(configured);
		return isTaken ? undefined : orpheusDifference(profile, configured);
	}

	if (!isTier(wanted)) {
		const words = `use ${tiers.join(', ')}, or a profile: ${profiles.names.join(', ')}`;
		return `it cannot be asked for the quality "${wanted}"; ${words}`;
	}

	if (configured === undefined || wanted.trim().toLowerCase() === configured.trim().toLowerCase()) return undefined;
	return `it cannot be asked for another quality: "download_quality" in its config/settings.json is ${configured}; change that, or leave --quality out`;
};

/** Where the settings bring something that a profile takes, but not what it likes best: what to change. */
export const qualityNote = (
	wanted: string | undefined,
	configured: string | undefined,
	profiles: QualityProfiles = createProfiles(),
): string | undefined => {
	const profile = wanted === undefined ? undefined : profileOf(wanted, profiles);
	return profile === undefined || configured === undefined ? undefined : orpheusDifference(profile, configured);
};

const isTier = (wanted: string): boolean => (tiers as readonly string[]).includes(wanted.trim().toLowerCase());

/** The tool's own words go first, unless a person has made a profile of that name. */
const profileOf = (wanted: string, profiles: QualityProfiles): QualityProfile | undefined =>
	isTier(wanted) && !profiles.isOwn(wanted) ? undefined : profiles.find(wanted);
