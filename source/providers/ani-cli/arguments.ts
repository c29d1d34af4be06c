import {join} from 'node:path';
import {aniCliFields, catalogueOf, titleOfAniCli, type AniCliCatalogue} from '../../domain/ani-cli.ts';
import type {Job} from '../../domain/job.ts';
import {createProfiles, type QualityProfiles} from '../../domain/quality-profiles.ts';
import {aniCliQuality} from '../../domain/quality-tools.ts';
import {cleanText} from '../../domain/text.ts';

export type AniCliDefaults = {
	/** `sub` or `dub`, for jobs that ask for no language. */
	readonly language: 'sub' | 'dub';
	/** For jobs that ask for no quality. */
	readonly quality: string;
	/** What a quality may name beside its own words. Default: the built-in profiles. */
	readonly profiles?: QualityProfiles;
};

/** What a job asks for, in the terms of ani-cli. */
export type Wish = {
	readonly title: string;
	/** What is searched for, before it is made fit for a catalogue. */
	readonly query: string;
	/** As it stands in the catalogue's list of episodes: `7`, `12.5`. */
	readonly episode: string;
	readonly mode: 'sub' | 'dub';
	readonly quality: string;
	/** What of a profile it cannot be asked for, in words. */
	readonly lost?: string | undefined;
	/** A place among the hits, and the catalogue that it belongs to. */
	readonly cached: {readonly index: number; readonly catalogue: AniCliCatalogue} | undefined;
};

/** Reads a job's source and options, or says what is wrong with them. */
export const wishOf = (
	job: Pick<Job, 'source' | 'options'>,
	defaults: AniCliDefaults,
): Wish | {readonly problem: string} => {
	const title = titleOfAniCli(job.source);
	if (title === undefined) return {problem: 'the source names no title; it looks like ani-cli:TITLE'};
	const {episode, language, quality, fields = {}} = job.options;
	if (episode === undefined)
		return {problem: 'no episode is named; give --episodes, such as 1-12; a film is episode 1'};
	if (!(Number.isFinite(episode) && episode >= 0)) return {problem: `there is no episode ${episode}`};
	const mode = (language ?? defaults.language).toLowerCase();
	if (mode !== 'sub' && mode !== 'dub') return {problem: `knows no language "${language ?? mode}"; use sub or dub`};
	const wanted = qualityOf(quality ?? defaults.quality, defaults.profiles ?? createProfiles());
	if ('problem' in wanted) return wanted;

	const query = cleanText(fields[aniCliFields.query] ?? '') || title;
	return {
		title,
		query,
		episode: String(episode),
		mode,
		quality: wanted.term,
		lost: wanted.lost,
		cached: cachedIn(fields),
	};
};

/** Its own words first, unless a person has made a profile of that name. */
const qualityOf = (
	text: string,
	profiles: QualityProfiles,
): {readonly term: string; readonly lost: string | undefined} | {readonly problem: string} => {
	const plain = text.trim().toLowerCase();
	const own = plain === 'best' || plain === 'worst' ? plain : /^(\d{3,4})p?$/.exec(plain)?.[1];
	if (own !== undefined && !profiles.isOwn(plain)) return {term: own, lost: undefined};
	const profile = profiles.find(plain);
	if (profile === undefined) {
		const words = `use best, worst or a height such as 720, or a profile for films: ${filmProfiles(profiles)}`;
		return {problem: `knows no quality "${text}"; ${words}`};
	}

	return (
		aniCliQuality(profile) ?? {
			problem: `the profile ${profile.name} says nothing of films; those for films are ${filmProfiles(profiles)}`,
		}
	);
};

const filmProfiles = (profiles: QualityProfiles): string =>
	profiles.names.filter(name => (profiles.find(name)?.video.length ?? 0) > 0).join(', ');

const cachedIn = (fields: Readonly<Record<string, string>>): Wish['cached'] => {
	const index = fields[aniCliFields.index] ?? '';
	const catalogue = catalogueOf(fields[aniCliFields.version] ?? '');
	if (!/^[1-9]\d{0,3}$/.test(index) || catalogue === undefined) return undefined;
	return {index: Number(index), catalogue};
};

/** More than this of a title is not searched for: the hit is told by its whole title all the same. In code points. */
const longestQuery = 100;

/**
 * What is searched for, as one argument. ani-cli 5.0 pastes it into an address that curl also expands, 4.x into a JSON
 * string: what means something there is encoded or left out. It never begins with a dash, which would be an option.
 */
export const queryArgument = (query: string, catalogue: AniCliCatalogue): string => {
	const cut = Array.from(cleanText(query)).slice(0, longestQuery).join('');
	const fit =
		catalogue === 'anidb'
			? cut.replaceAll(/[%&#+?=@$[\]{}<>^|`"\\]|[^\0-\u007F]/gu, character => encodeURIComponent(character))
			: cut.replaceAll(/["\\]/g, ' ');
	return fit
		.replaceAll(/\s+/g, ' ')
		.replace(/^[-\s]+/, '')
		.trim();
};

/** The arguments of one download. `-S` stands before `-e`: only then 4.8 goes without fzf. */
export const downloadArguments = (wish: Wish, index: number, query: string): readonly string[] => [
	'-d',
	'-q',
	wish.quality,
	...lookArguments(wish, index, query, wish.episode),
];

/** The arguments of a look at the hits, one of them or all; nothing is downloaded with the player `debug`. */
export const lookArguments = (
	wish: Pick<Wish, 'mode'>,
	index: number | undefined,
	query: string,
	// The last one: every series has it.
	episode = '-1',
): readonly string[] => [
	...(index === undefined ? [] : ['-S', String(index)]),
	'-e',
	episode,
	...(wish.mode === 'dub' ? ['--dub'] : []),
	query,
];

/** The folder of one attempt that holds nothing of the download: the history of ani-cli and what is asked of it. */
export const ownFolder = '.hist';

export const historyFile = 'ani-hsts';

/** What yt-dlp calls its file, because a title may be too long, hold a slash or mean something to yt-dlp. */
const fileName = 'episode.%(ext)s';
export const ownName = /^episode\.\w+$/;

export type Surroundings = {
	readonly directory: string;
	readonly catalogue: AniCliCatalogue;
	/** Where helpers look for their configuration, if not where they always do. */
	readonly configHome?: string | undefined;
};

/** The environment of one download. */
export const downloadEnvironment = (given: Surroundings): Readonly<Record<string, string>> => ({
	...lookEnvironment(join(given.directory, ownFolder)),
	// A player is looked for before the arguments are read (5.0).
	ANI_CLI_PLAYER: 'download',
	ANI_CLI_DOWNLOAD_DIR: given.directory,
	// It has to exist, though it is never shown: hit and episode are named.
	ANI_CLI_MENU: 'true',
	// One word, which ani-cli 5.0 puts behind its own arguments of yt-dlp; of two names the last counts. ffmpeg, which it
	// starts when yt-dlp has failed, ends at once at a word that it does not know: it would leave out in silence what yt-dlp
	// could not get (5.1).
	...(given.catalogue === 'anidb' ? {ANI_CLI_PLAYER_FLAGS: `-o${fileName}`} : {}),
	...(given.configHome === undefined ? {} : {XDG_CONFIG_HOME: given.configHome}),
});

/** The environment of a look: links are resolved and printed, and the title of the hit is written into the history. */
export const lookEnvironment = (history: string): Readonly<Record<string, string>> => ({
	ANI_CLI_PLAYER: 'debug',
	ANI_CLI_HIST_DIR: history,
});

/** The menu of a look at all hits, and the file that it writes into the folder where it is started: its prompt. */
export const listingMenu = {ANI_CLI_MENU: 'tee'} as const;
export const listingFile = 'Select anime: ';
