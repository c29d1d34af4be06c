import type {Job} from '../../domain/job.ts';
import {createProfiles, type QualityProfiles} from '../../domain/quality-profiles.ts';
import {ytDlpFormat} from '../../domain/quality-yt-dlp.ts';

export type YtDlpSettings = {
	/** A format selection for jobs that ask for no quality; undefined leaves it to yt-dlp. */
	readonly format: string | undefined;
	/** Put before our own, which therefore win. Never secrets: they can be read in the process table. */
	readonly extraArgs: readonly string[];
	/** What a quality may name beside our words. Default: the built-in profiles. */
	readonly profiles?: QualityProfiles | undefined;
};

/** Files of one attempt, all inside the job's directory. */
export type YtDlpFiles = {
	readonly directory: string;
	readonly partial: string;
	/** Holds the address: addresses carry signatures, and the process table can be read by everyone. */
	readonly source: string;
	readonly cookies: string | undefined;
};

export type YtDlpArguments =
	{readonly ok: true; readonly args: readonly string[]} | {readonly ok: false; readonly problem: string};

/**
 * yt-dlp's arguments for a job (checked with 2023.03.04). The file gets a fixed name, so that a title that changes between
 * two attempts cannot lose the partial file; the title travels in JSON instead.
 *
 * @param seal stands behind each mark, letters and digits only: nobody who writes titles can know it, so that a title with a
 * line end in it cannot say anything in our place
 */
export const ytDlpArguments = (
	job: Pick<Job, 'options'>,
	settings: YtDlpSettings,
	files: YtDlpFiles,
	rateLimit: number | undefined,
	seal = '',
): YtDlpArguments => {
	const format = formatFor(job.options.quality, settings.format, settings.profiles);
	if (!format.ok) return format;
	const rows: ReadonlyArray<readonly string[]> = [
		['--ignore-config'],
		settings.extraArgs,
		['--no-color', '--newline', '--progress', '--no-simulate', '--no-mtime'],
		// A job is one file. A list is recognised by its count and refused, not cut to its first entry in silence.
		['--no-playlist', '--playlist-items', '1'],
		// The default leaves a hole in the file where a fragment is missing, and exits 0.
		['--abort-on-unavailable-fragment'],
		['--socket-timeout', '30', '--retries', '3', '--fragment-retries', '5'],
		['-P', `home:${files.directory}`, '-P', `temp:${files.partial}`, '-o', 'download.%(ext)s'],
		['--progress-template', `download:${marks.progress}${seal} %(progress.{${progressFields}})j`],
		['--print', `before_dl:${marks.info}${seal} %(.{title,ext,playlist_count,duration})j`],
		['--print', `before_dl:${marks.formats}${seal} %(requested_formats.:.{format_id,filesize})j`],
		['--print', `post_process:${marks.phase}${seal} %(.{ext})j`],
		['--print', `after_move:${marks.file}${seal} %(.{filepath,title,ext})j`],
		rateLimit === undefined ? [] : ['--limit-rate', String(Math.max(1, Math.floor(rateLimit)))],
		format.format === undefined ? [] : ['-f', format.format],
		files.cookies === undefined ? [] : ['--cookies', files.cookies],
		['--batch-file', files.source],
	];
	return {ok: true, args: rows.flat()};
};

/** What the lines start with that our templates print; the rest of a line is JSON. */
export const marks = {progress: 'DLM', info: 'DLB', formats: 'DLR', phase: 'DLP', file: 'DLF'} as const;

const progressFields = 'status,downloaded_bytes,total_bytes,total_bytes_estimate,filename';

type Format = {readonly ok: true; readonly format: string | undefined} | {readonly ok: false; readonly problem: string};

/** What is wrong with a quality, in words. */
export const qualityProblem = (quality: string | undefined, profiles?: QualityProfiles): string | undefined => {
	const format = formatFor(quality, undefined, profiles);
	return format.ok ? undefined : format.problem;
};

/**
 * Words of our own first, unless a person has made a profile of that name. Heights are an upper bound; a format whose height
 * is unknown is let through, as direct links have none.
 */
const formatFor = (
	quality: string | undefined,
	configured: string | undefined,
	profiles: QualityProfiles = createProfiles(),
): Format => {
	if (quality === undefined) return {ok: true, format: configured};
	if (profiles.isOwn(quality)) return formatOfProfile(quality, profiles);
	const height = /^(\d{3,4})p?$/i.exec(quality)?.[1];
	if (height !== undefined) {
		const most = `[height<=?${height}]`;
		return {ok: true, format: `bv*${most}+ba/b${most}/wv*+ba/w`};
	}

	switch (quality.toLowerCase()) {
		case 'best':
			return {ok: true, format: 'bv*+ba/b'};
		case 'worst':
			return {ok: true, format: 'wv*+wa/w'};
		case 'audio':
			return {ok: true, format: 'ba/b'};
		default:
			return formatOfProfile(quality, profiles);
	}
};

const formatOfProfile = (quality: string, profiles: QualityProfiles): Format => {
	const profile = profiles.find(quality);
	if (profile === undefined) {
		const words = `use best, worst, audio or a height such as 720, or a profile: ${profiles.names.join(', ')}`;
		return {ok: false, problem: `knows no quality "${quality}"; ${words}`};
	}

	const format = ytDlpFormat(profile);
	return format === undefined
		? {ok: false, problem: `can tell nothing apart that the profile ${profile.name} asks for`}
		: {ok: true, format};
};

// `--help` of yt-dlp 2026.08.19: what makes a file shorter than the site says. Any abbreviation of an option counts.
const cutting =
	/^--(?:download-s|sponsorblock-r|remove-c|split-c|external-downloader-a|downloader-a|postprocessor-a|ppa|exec|use-postp|live-from)/;

/** Whether these arguments may make the file play for another time than the site announces. */
export const changesDuration = (extraArgs: readonly string[]): boolean =>
	extraArgs.some(argument => cutting.test(argument));
