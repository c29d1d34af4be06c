import {join} from 'node:path';
import {
	aniworldUrl,
	episodeMark,
	isEpisode,
	oldAniworldUrl,
	parseAniworld,
	parseAniworldEpisode,
	seriesTitle,
	type AniworldEpisode,
} from '../../domain/aniworld.ts';
import {
	aniworldHosters,
	aniworldLanguages,
	hosterOrder,
	named,
	type AniworldGeneration,
	type AniworldVersion,
} from '../../domain/aniworld-choices.ts';
import type {Job, JobOptions} from '../../domain/job.ts';
import {safeName} from '../../domain/organise.ts';

export type AniworldDefaults = {
	/** For jobs that ask for no language. */
	readonly language: string;
	/** In the order in which they are tried. */
	readonly hosters: readonly string[];
};

/** What a job asks for, in the terms of aniworld. */
export type Wish = {
	readonly episode: AniworldEpisode;
	readonly language: string;
	/** One for each attempt, in order; then from the first again. Never empty. */
	readonly hosters: readonly string[];
};

/** Reads a job's source and options, or says what is wrong with them for this version, as far as it is known. */
export const wishOf = (
	{source, options}: Pick<Job, 'source' | 'options'>,
	defaults: AniworldDefaults,
	version: AniworldVersion | undefined,
): Wish | {readonly problem: string} => {
	const episode = parseAniworldEpisode(source);
	if (episode === undefined) return {problem: problemOfAddress(source)};
	if (version?.generation === 4 && episode.site === 's.to' && episode.season === 'films') {
		return {problem: `aniworld ${version.text} takes no films of s.to`};
	}

	if (options.quality !== undefined) return {problem: 'knows no qualities; leave the quality out'};
	const whose = version === undefined ? '' : ` (${version.text})`;
	const languages = aniworldLanguages(episode.site, version);
	const language = named(options.language ?? defaults.language, languages);
	if (language === undefined) {
		const wrong = options.language ?? defaults.language;
		return {problem: `knows no language "${wrong}" for ${episode.site}${whose}; use ${list(languages)}`};
	}

	const known = aniworldHosters(version);
	if (options.hoster !== undefined && named(options.hoster, known) === undefined) {
		return {problem: `knows no hoster "${options.hoster}"${whose}; use ${list(known)}`};
	}

	const hosters = hosterOrder(options.hoster, defaults.hosters, version);
	return hosters.length === 0
		? {problem: `none of the configured hosters is known${whose}; there are ${list(known)}`}
		: {episode, language, hosters};
};

const list = (names: readonly string[]): string => new Intl.ListFormat('en', {type: 'disjunction'}).format(names);

const problemOfAddress = (source: string): string => {
	const address = parseAniworld(source);
	if (address === undefined || isEpisode(address))
		return 'the source is no address of an episode or film that it takes';
	return address.season === undefined
		? 'the address names a whole series; add its season, such as /staffel-1, with --episodes 1-12'
		: 'the address names a whole season; say which episodes with --episodes, such as 1-12';
};

/** What the address itself says of a job, and what it asks for in the tool's own spelling. */
export const describeEpisode = (
	source: string,
	options: JobOptions,
	defaults: AniworldDefaults,
): {readonly title: string; readonly options: JobOptions} | undefined => {
	const episode = parseAniworldEpisode(source);
	if (episode === undefined) return undefined;
	const wanted = options.language ?? defaults.language;
	const language = named(wanted, aniworldLanguages(episode.site, undefined)) ?? wanted;
	const hoster =
		options.hoster === undefined ? undefined : (named(options.hoster, aniworldHosters(undefined)) ?? options.hoster);
	const series = seriesTitle(episode);
	return {
		title: `${series} ${episodeMark(episode)}`,
		options: {
			...options,
			language,
			...(hoster === undefined ? {} : {hoster}),
			fields: {
				series,
				...(episode.season === 'films' ? {} : {season: String(episode.season)}),
				episode: String(episode.episode),
				...options.fields,
			},
		},
	};
};

/** Bytes of a title in the name of a file: what tells the episodes apart stands behind it and must not be cut off. */
const mostOfTitle = 180;

/** What the finished file is called where nobody says otherwise: `Some Series S01E003 (German Dub).mkv`. */
export const fileNameOf = (title: string, {episode, language}: Wish, extension: string): string => {
	const mark = episodeMark(episode);
	const series = title.endsWith(mark) ? title.slice(0, -mark.length) : title;
	return `${safeName(series, mostOfTitle)} ${mark} (${language}).${extension}`;
};

/** Folders of one attempt inside the job's directory: the tool's own files, and what it fetches. */
export const ownFolder = '.aniworld';
export const filesFolder = 'files';

export type Run = {
	readonly version: AniworldVersion;
	readonly wish: Wish;
	readonly hoster: string;
	readonly directory: string;
	readonly extraArgs: readonly string[];
};

/** The arguments of one download: one episode, one hoster. */
export const downloadArguments = ({version, wish, hoster, directory, extraArgs}: Run): readonly string[] => {
	const folder = join(directory, filesFolder);
	return version.generation === 3
		? [
				'--action',
				'Download',
				'--language',
				wish.language,
				'--provider',
				hoster,
				'--output-dir',
				folder,
				...extraArgs,
				'--episode',
				oldAniworldUrl(wish.episode),
			]
		: [
				'-nm',
				'-a',
				'Download',
				'-l',
				wish.language,
				'-p',
				hoster,
				'-o',
				folder,
				...extraArgs,
				'--',
				aniworldUrl(wish.episode),
			];
};

/**
 * How it is asked to end. 3.x answers SIGINT by removing the parts that yt-dlp would go on with, SIGTERM by nothing; 4.x
 * has no parts worth keeping, and lets its browser and itself down by SIGINT (3.8.2, 4.6.1).
 */
export const stopSignalOf = (generation: AniworldGeneration): 'SIGINT' | 'SIGTERM' =>
	generation === 3 ? 'SIGTERM' : 'SIGINT';

/** Where things of the person are who runs tidegate. */
export type Person = {
	/** Undefined: the tool uses the real home. */
	readonly home: string | undefined;
	readonly env: Readonly<Record<string, string | undefined>>;
};

/**
 * What keeps runs side by side apart (3.8.2, 4.6.1): `aniworld.log` in the folder for temporary files is emptied by each
 * process, `~/.aniworld/.env` is written anew by each start. A home of its own would hide the browser and the Python packages
 * of the person, hence their addresses.
 */
export const separateEnvironment = (own: string, {home, env}: Person): Readonly<Record<string, string>> => ({
	PYTHONUNBUFFERED: '1',
	TMPDIR: join(own, 'tmp'),
	// 4.6.1 would call sudo to install a virtual display where it finds none, also for a run that needs no browser. One that
	// wants a person to look at it has nobody here: the run ends and says so.
	DISPLAY: 'none',
	...(home === undefined
		? {}
		: {
				HOME: join(own, 'home'),
				PYTHONUSERBASE: env['PYTHONUSERBASE'] ?? join(home, '.local'),
				PLAYWRIGHT_BROWSERS_PATH:
					env['PLAYWRIGHT_BROWSERS_PATH'] ?? join(env['XDG_CACHE_HOME'] ?? join(home, '.cache'), 'ms-playwright'),
			}),
});

/** The environment of one download; it wins over the tool's own configuration. */
export const downloadEnvironment = (run: Run, person: Person): Readonly<Record<string, string>> => ({
	...separateEnvironment(join(run.directory, ownFolder), person),
	ANIWORLD_DEBUG_MODE: '1',
	ANIWORLD_DOWNLOAD_PATH: join(run.directory, filesFolder),
	ANIWORLD_LANGUAGE: run.wish.language,
	ANIWORLD_PROVIDER: run.hoster,
	// 4.6.1 puts all other hosters of the episode behind these: the session ends a run that goes on to one of them.
	ANIWORLD_PROVIDER_FALLBACK_ORDER: run.hoster,
	// A title may be too long for a name, or mean something in one.
	ANIWORLD_NAMING_TEMPLATE: 'episode.mkv',
});
