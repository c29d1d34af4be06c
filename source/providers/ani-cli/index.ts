/*
 * ani-cli, 4.8 to 5.x. What a job for it looks like, source, options and the index of a cached selection, stands in
 * domain/ani-cli.ts: `aniCliSource(title)` with `options.episode`; `options.fields.ani_cli_index` counts only together
 * with `options.fields.ani_cli_version`, and only where the catalogue of that version is the one that is installed.
 * Without an index the hit is chosen by its title.
 */
import {join} from 'node:path';
import {aniCliSource, titleOfAniCli} from '../../domain/ani-cli.ts';
import type {FailureCode} from '../../domain/failure.ts';
import type {Job} from '../../domain/job.ts';
import {cleanText, maskArguments} from '../../domain/text.ts';
import type {Duration} from '../../domain/time.ts';
import type {Provider, RunContext, RunOutcome} from '../../engine/ports.ts';
import {emptyFolder, makePrivateDirectory, writePrivateFile} from '../../system/attempt-files.ts';
import {supervise, type Supervised} from '../supervision/supervise.ts';
import {startFailure, toolFailure, writeFailure} from '../supervision/tool-failure.ts';
import {
	downloadArguments,
	downloadEnvironment,
	ownFolder,
	ownName,
	queryArgument,
	wishOf,
	type AniCliDefaults,
} from './arguments.ts';
import {findArtefact, removeFilms, removeStrangers} from './artefact.ts';
import {checkAniCli} from './check.ts';
import {createSilence, failureOfWords, type Circumstances, type Silence} from './failures.ts';
import {findTool, install, name, type Tool} from './look.ts';
import {chooseHit, readTitle, type Choice} from './selection.ts';
import {createSession, type Session} from './session.ts';
import {hitNamed, plainTitle} from './titles.ts';

export type AniCliOptions = Partial<AniCliDefaults> & {
	/** Default: `ani-cli`, looked up in PATH. */
	readonly command?: string;
	/** Default: 300 s. */
	readonly stallTimeout?: Duration;
	/** How long an episode that is not out yet is left alone. Default: 6 h. */
	readonly unreleasedWait?: Duration;
};

type Settings = Required<Omit<AniCliOptions, 'profiles'>> & Pick<AniCliOptions, 'profiles'>;

/** Fetches one episode with ani-cli: one process at a time, one file. Goes on from the parts that yt-dlp or aria2c left. */
export const createAniCliProvider = (options: AniCliOptions = {}): Provider => {
	const settings: Settings = {
		command: name,
		language: 'sub',
		quality: 'best',
		stallTimeout: 300_000,
		unreleasedWait: 6 * 3_600_000,
		...options,
	};
	const silence = createSilence();
	return {
		id: name,
		abilities: {resume: true, liveRateLimit: false, needsSearch: false},
		accepts: source => titleOfAniCli(source) !== undefined,
		laneOf: () => name,
		canonical: source =>
			aniCliSource(
				plainTitle(titleOfAniCli(source) ?? '')
					.replaceAll(/\s+/g, ' ')
					.toLowerCase(),
			),
		problemWith: (source, wanted) => {
			const wish = wishOf({source, options: wanted}, settings);
			return 'problem' in wish ? `${name}: ${wish.problem}` : undefined;
		},
		check: () => checkAniCli(settings.command),
		run: (job, context) => runAniCli(job, context, settings, silence),
	};
};

const failed = (code: FailureCode, words: string): RunOutcome => ({
	type: 'failed',
	failure: toolFailure(name, code, words),
});

const runAniCli = async (job: Job, context: RunContext, settings: Settings, silence: Silence): Promise<RunOutcome> => {
	const wish = wishOf(job, settings);
	if ('problem' in wish) return failed('bad-arguments', wish.problem);
	if (wish.lost !== undefined) context.log(wish.lost);
	const own = join(context.directory, ownFolder);
	try {
		await makePrivateDirectory(own);
		await emptyFolder(own);
	} catch (error) {
		return {type: 'failed', failure: writeFailure(name, error)};
	}

	const tool = await findTool(context, settings.command);
	if ('outcome' in tool) return tool.outcome;
	const query = queryArgument(wish.query, tool.version.catalogue);
	if (query === '') return failed('bad-arguments', `"${wish.query}" leaves nothing to search for`);
	const given: Circumstances = {
		wish,
		query,
		index: undefined,
		isByTitle: true,
		spent: context.attempt,
		silence,
		unreleasedWait: settings.unreleasedWait,
		otherwise: 'tool-failed',
	};
	const choice = await chooseHit(wish, tool, query, context, words => failureOfWords(words, given));
	if ('outcome' in choice) return choice.outcome;
	silence.end();
	return download({
		context,
		settings,
		tool,
		choice,
		given: {...given, index: choice.index, isByTitle: choice.isByTitle},
	});
};

type Download = {
	readonly context: RunContext;
	readonly settings: Settings;
	readonly tool: Tool;
	readonly choice: Choice;
	readonly given: Circumstances;
};

const download = async (order: Download): Promise<RunOutcome> => {
	const {context, settings, tool, choice, given} = order;
	const {directory} = context;
	const {catalogue} = tool.version;
	let configHome: string | undefined;
	try {
		if (catalogue === 'anidb') await removeStrangers(directory, ownName);
		configHome = await writeLimits(context);
	} catch (error) {
		return {type: 'failed', failure: writeFailure(name, error)};
	}

	const args = downloadArguments(given.wish, choice.index, given.query);
	context.log(`${tool.command} ${maskArguments(args).join(' ')}`);
	const session = createSession(context);
	try {
		const ended = await supervise(context, {stallTimeout: settings.stallTimeout}, watchdog => {
			session.start(watchdog);
			return {
				command: tool.command,
				args,
				env: downloadEnvironment({directory, catalogue, configHome}),
				onStdoutLine: session.hear,
				onStderrLine: session.hear,
			};
		});
		session.stop();
		return await outcomeOf(ended, session, order);
	} finally {
		session.stop();
	}
};

/** yt-dlp and aria2c, which ani-cli starts, know a limit of speed only from their own configuration. Returns its home. */
const writeLimits = async ({directory, rateLimit}: RunContext): Promise<string | undefined> => {
	if (rateLimit === undefined) return undefined;
	const home = join(directory, ownFolder, 'config');
	const rate = Math.max(1024, Math.floor(rateLimit));
	await makePrivateDirectory(join(home, 'yt-dlp'));
	await makePrivateDirectory(join(home, 'aria2'));
	await writePrivateFile(join(home, 'yt-dlp', 'config'), `--limit-rate ${rate}\n`);
	await writePrivateFile(join(home, 'aria2', 'aria2.conf'), `max-overall-download-limit=${rate}\n`);
	return home;
};

const outcomeOf = async (ended: Supervised, session: Session, order: Download): Promise<RunOutcome> => {
	const {given} = order;
	const words = session.words();
	switch (ended.type) {
		case 'stopped':
			return {type: 'stopped'};
		case 'not-started':
			return {type: 'failed', failure: startFailure(name, ended, install)};
		case 'stalled':
		case 'timed-out':
		case 'refused': {
			const last = words.at(-1);
			return failed('stalled', `nothing arrived for too long${last === undefined ? '' : `; its last words: ${last}`}`);
		}

		case 'ended':
			// It ends with 0 whatever became of the download.
			if (ended.exitCode === 0) return fetched(session, order);
			return {type: 'failed', failure: failureOfWords(words, given)};
	}
};

const fetched = async (session: Session, {context, choice, given}: Download): Promise<RunOutcome> => {
	const {directory} = context;
	const artefact = await findArtefact(directory);
	if (artefact === undefined) {
		return {type: 'failed', failure: failureOfWords(session.words(), {...given, otherwise: 'no-artefact'})};
	}

	// It only gets a turn where yt-dlp has failed, and leaves out in silence what cannot be read.
	if (session.helpers().has('ffmpeg')) {
		await removeFilms(directory);
		return {type: 'failed', failure: failureOfWords(session.words(), {...given, otherwise: 'no-artefact'})};
	}

	const title = await readTitle(join(directory, ownFolder));
	const {wish} = given;
	if (choice.isByTitle && title !== undefined && hitNamed(wish.title, [{index: choice.index, title}]) === undefined) {
		await removeFilms(directory);
		return failed('source-changed', `"${plainTitle(title)}" came instead of "${wish.title}": the hits have changed`);
	}

	const {path, size, extension} = artefact;
	const called = cleanText(`${plainTitle(title ?? wish.title)} Episode ${wish.episode}.${extension}`);
	return {type: 'fetched', path, size, name: called};
};
