import {join} from 'node:path';
import {canonicalAddress} from '../../domain/address.ts';
import type {Job} from '../../domain/job.ts';
import type {QualityProfiles} from '../../domain/quality-profiles.ts';
import {cleanText, maskArguments} from '../../domain/text.ts';
import type {Duration} from '../../domain/time.ts';
import {trackName} from '../../domain/track.ts';
import type {Provider, RunContext, RunOutcome} from '../../engine/ports.ts';
import {
	copyPrivateFile,
	makePrivateDirectory,
	removeFile,
	fileInside,
	writePrivateFile,
} from '../../system/attempt-files.ts';
import type {Watchdog} from '../../system/watchdog.ts';
import {checkTool} from '../supervision/check-tool.ts';
import {supervise, type Supervised} from '../supervision/supervise.ts';
import {exitInWords, notAnAddress, startFailure, toolFailure, writeFailure} from '../supervision/tool-failure.ts';
import {canonicalUrl, isUrl} from '../supervision/url.ts';
import {changesDuration, qualityProblem, ytDlpArguments, type YtDlpFiles} from './arguments.ts';
import {failureFromErrors, noProgress, parseYtDlpLine, reportOf, withEvent, type YtDlpEvent} from './parse.ts';

export type YtDlpOptions = {
	/** Default: `yt-dlp`, looked up in PATH. */
	readonly command?: string;
	/** yt-dlp's format selection for jobs that ask for no quality. Default: yt-dlp's own. */
	readonly format?: string | undefined;
	/** Put before our own arguments, which win. No secrets. */
	readonly extraArgs?: readonly string[];
	/** What a quality may name. Default: the built-in profiles. */
	readonly profiles?: QualityProfiles;
	/** A search such as `ytsearch1:`, whose only result is fetched for a piece of music. Default: music is not looked for. */
	readonly trackSearch?: string | undefined;
	/** Cookies in Netscape format, or a file of them. Each attempt works on a copy, because yt-dlp writes it back. */
	readonly cookies?: {readonly text: string} | {readonly file: string} | undefined;
	/** Default: 120 s. */
	readonly stallTimeout?: Duration;
};

const name = 'yt-dlp';
const install = 'apt install yt-dlp, or pipx install yt-dlp';

/** Fetches what yt-dlp can reach: one item, one file. Resumes partial files and fragments. */
export const createYtDlpProvider = (options: YtDlpOptions = {}): Provider => {
	const {command = name, trackSearch} = options;
	const isSearch = (source: string): boolean => isSearchOf(trackSearch, source);
	return {
		id: name,
		abilities: {resume: true, liveRateLimit: false, needsSearch: false},
		accepts: source => isAddress(source) || isSearch(source),
		laneOf: () => name,
		canonical: source => (isSearch(source) ? source.trim().toLowerCase() : canonicalAddress(canonicalUrl(source))),
		...(trackSearch === undefined ? {} : {sourceOfTrack: track => trackSearch + trackName(track)}),
		problemWith: (_source, {quality}) => {
			const problem = qualityProblem(quality, options.profiles);
			return problem === undefined ? undefined : `${name} ${problem}`;
		},
		check: () => checkTool({name, command, args: ['--ignore-config', '--version'], install}),
		run: async (job, context) => runYtDlp(job, context, {...options, command}),
	};
};

const isAddress = (source: string): boolean => isUrl(source, ['http:', 'https:']);

const isSearchOf = (search: string | undefined, source: string): boolean =>
	search !== undefined && source.trim().startsWith(search) && source.trim().length > search.length;

type Settings = YtDlpOptions & {readonly command: string};

const runYtDlp = async (job: Job, context: RunContext, settings: Settings): Promise<RunOutcome> => {
	const isSearch = isSearchOf(settings.trackSearch, job.source);
	if (!isSearch && !isAddress(job.source)) return {type: 'failed', failure: notAnAddress(name)};
	const files = filesIn(context.directory, settings);
	const {format, extraArgs = [], profiles} = settings;
	const seal = context.token.replaceAll(/[^A-Za-z\d]/g, '');
	const built = ytDlpArguments(job, {format, extraArgs, profiles}, files, context.rateLimit, seal);
	if (!built.ok) return {type: 'failed', failure: toolFailure(name, 'bad-arguments', built.problem)};
	const problem = await prepare(isSearch ? job.source.trim() : canonicalUrl(job.source), files, settings);
	if (problem !== undefined) return {type: 'failed', failure: problem};
	try {
		const session = newSession(seal);
		context.log(`${settings.command} ${maskArguments(built.args).join(' ')}`);
		const ended = await supervise(
			context,
			{stallTimeout: settings.stallTimeout ?? 120_000, refusal: session.refusal.signal},
			watchdog => ({
				command: settings.command,
				args: built.args,
				onStdoutLine: line => hear(session, context, watchdog, line),
				onStderrLine: line => hearError(session, context, line),
			}),
		);
		if (changesDuration(extraArgs)) session.duration = undefined;
		return await outcomeOf(ended, session, context.directory);
	} finally {
		await Promise.all([removeFile(files.source), files.cookies === undefined ? undefined : removeFile(files.cookies)]);
	}
};

const filesIn = (directory: string, settings: Settings): YtDlpFiles => ({
	directory,
	partial: join(directory, 'partial'),
	source: join(directory, 'source.txt'),
	cookies: settings.cookies === undefined ? undefined : join(directory, 'cookies.txt'),
});

/** Writes what must not stand in the arguments. Returns what stood in the way. */
const prepare = async (source: string, files: YtDlpFiles, settings: Settings) => {
	try {
		await makePrivateDirectory(files.partial);
		await writePrivateFile(files.source, `${source}\n`);
	} catch (error) {
		return writeFailure(name, error);
	}

	try {
		const {cookies} = settings;
		if (cookies === undefined || files.cookies === undefined) return undefined;
		if ('text' in cookies) await writePrivateFile(files.cookies, cookies.text);
		else await copyPrivateFile(cookies.file, files.cookies);
		return undefined;
	} catch (error) {
		return toolFailure(name, 'bad-arguments', `the cookie file cannot be read: ${String(error)}`);
	}
};

/** What yt-dlp has said so far in one attempt. */
type Session = {
	readonly seal: string;
	progress: typeof noProgress;
	title: string | undefined;
	entries: number | undefined;
	duration: number | undefined;
	file: Extract<YtDlpEvent, {type: 'file'}> | undefined;
	readonly errors: string[];
	readonly refusal: AbortController;
};

const newSession = (seal: string): Session => ({
	seal,
	progress: noProgress,
	title: undefined,
	entries: undefined,
	duration: undefined,
	file: undefined,
	errors: [],
	refusal: new AbortController(),
});

const hear = (session: Session, context: RunContext, watchdog: Watchdog, line: string): void => {
	const event = parseYtDlpLine(line, session.seal);
	if (event === undefined) {
		watchdog.feed();
		return context.log(line);
	}

	const before = session.progress.reported;
	session.progress = withEvent(session.progress, event);
	switch (event.type) {
		case 'info':
			watchdog.feed();
			session.title = event.title;
			session.entries = event.entries;
			session.duration = event.duration;
			if (event.entries !== undefined && event.entries > 1) session.refusal.abort();
			else if (event.title !== undefined) context.report({title: event.title});
			return;
		case 'formats':
			return;
		case 'progress':
			// A line that repeats itself is no sign of life.
			if (session.progress.reported > before) watchdog.feed();
			if (event.isFinished) watchdog.rest();
			return context.report(reportOf(session.progress));
		case 'phase':
			watchdog.rest();
			return context.report({phase: 'post-processing'});
		case 'file':
			session.file = event;
	}
};

const mostErrors = 20;

const hearError = (session: Session, context: RunContext, line: string): void => {
	context.log(line);
	// The first errors name the cause; what follows are its consequences.
	if (session.errors.length < mostErrors && line.trim() !== '' && !line.startsWith('WARNING: '))
		session.errors.push(line);
};

const outcomeOf = async (ended: Supervised, session: Session, directory: string): Promise<RunOutcome> => {
	switch (ended.type) {
		case 'stopped':
			return {type: 'stopped'};
		case 'not-started':
			return {type: 'failed', failure: startFailure(name, ended, install)};
		case 'stalled':
		case 'timed-out':
			return {type: 'failed', failure: toolFailure(name, 'stalled', 'no bytes arrived for too long')};
		case 'refused':
			return {
				type: 'failed',
				failure: toolFailure(
					name,
					'unsupported',
					`the address is a list of ${session.entries ?? 0} items; add it as a playlist`,
				),
			};
		case 'ended':
			return ended.exitCode === 0
				? fetchedFile(session, directory)
				: {type: 'failed', failure: failureOf(ended, session)};
	}
};

const failureOf = (ended: Extract<Supervised, {type: 'ended'}>, session: Session) =>
	failureFromErrors(session.errors, ended.exitCode) ??
	toolFailure(name, 'tool-failed', exitInWords(ended), session.errors.at(-1));

/** The file that yt-dlp names after moving it; its word alone is not enough. */
const fetchedFile = async ({file, title, duration}: Session, directory: string): Promise<RunOutcome> => {
	const found = file === undefined ? undefined : await fileInside(directory, file.path);
	if (file === undefined || found === undefined) {
		return {type: 'failed', failure: toolFailure(name, 'no-artefact', 'reported success but left no file')};
	}

	const given = cleanText(file.title ?? title ?? 'download');
	const full = file.extension === undefined ? given : `${given}.${file.extension}`;
	return {type: 'fetched', ...found, name: full, ...(duration === undefined ? {} : {duration})};
};
