/*
 * aniworld (AniWorld-Downloader), 3.x and 4.x. One process for one episode from one hoster; where a hoster fails, the next
 * attempt takes the next one. What addresses look like stands in domain/aniworld.ts, languages and hosters beside it.
 */
import {aniworldUrl, parseAniworld} from '../../domain/aniworld.ts';
import {aniworldLanguages, type AniworldVersion} from '../../domain/aniworld-choices.ts';
import type {Failure, FailureCode} from '../../domain/failure.ts';
import type {Job} from '../../domain/job.ts';
import {maskArguments} from '../../domain/text.ts';
import type {Duration} from '../../domain/time.ts';
import type {Provider, RunContext, RunOutcome} from '../../engine/ports.ts';
import {supervise, type Supervised} from '../supervision/supervise.ts';
import {exitInWords, startFailure, toolFailure, writeFailure} from '../supervision/tool-failure.ts';
import {
	describeEpisode,
	downloadArguments,
	downloadEnvironment,
	fileNameOf,
	stopSignalOf,
	wishOf,
	type AniworldDefaults,
	type Person,
	type Run,
} from './arguments.ts';
import {causeOf, failureOfHoster, hosterOf, name, type Cause, type Round} from './failures.ts';
import {clearFolders, findFilm, makeFolders} from './files.ts';
import {checkAniworld, createLooks, install, lackOf, type Looks} from './look.ts';
import {createSession, type Session} from './session.ts';
import {readTried, writeTried} from './tried.ts';

export type AniworldOptions = Partial<AniworldDefaults> & {
	/** Default: `aniworld`, looked up in PATH. */
	readonly command?: string;
	/** Default: 300 s; its start alone takes up to half a minute. */
	readonly stallTimeout?: Duration;
	/** More arguments of its own. */
	readonly extraArgs?: readonly string[];
	/** Each run gets a home of its own with a copy of the settings in this one; without it, all share the real one. */
	readonly home?: string | undefined;
	/** Where the person's own things are. Default: nothing is said. */
	readonly env?: Person['env'];
};

type Settings = AniworldDefaults & {
	readonly command: string;
	readonly stallTimeout: Duration;
	readonly extraArgs: readonly string[];
	readonly person: Person;
	readonly looks: Looks;
};

/** Nobody waits longer for the version before a source is added: what is wrong then is told by the run. */
const patience: Duration = 15_000;

/** Fetches one episode or film with aniworld. */
export const createAniworldProvider = (options: AniworldOptions = {}): Provider => {
	const {command = name, stallTimeout = 300_000, extraArgs = [], home, env = {}} = options;
	const {language = 'German Dub', hosters = ['VOE', 'Vidmoly', 'Vidoza', 'Filemoon']} = options;
	const person: Person = {home, env};
	const looks = createLooks(command, person);
	const settings: Settings = {command, stallTimeout, extraArgs, language, hosters, person, looks};
	return {
		id: name,
		abilities: {resume: false, liveRateLimit: false, needsSearch: false},
		accepts: source => parseAniworld(source) !== undefined,
		laneOf: () => name,
		canonical(source) {
			const address = parseAniworld(source);
			return address === undefined ? source.trim() : aniworldUrl(address);
		},
		describe: (source, wanted) => describeEpisode(source, wanted, settings),
		async prepare() {
			await orLate(looks.look(), AbortSignal.timeout(patience));
		},
		problemWith(source, wanted) {
			const wish = wishOf({source, options: wanted}, settings, looks.known());
			return 'problem' in wish ? `${name}: ${wish.problem}` : undefined;
		},
		check: () => checkAniworld(looks),
		run: (job, context) => runAniworld(job, context, settings),
	};
};

/** What a promise says, or undefined where the signal comes first. */
const orLate = async <Value>(promise: Promise<Value>, signal: AbortSignal): Promise<Value | undefined> => {
	if (signal.aborted) return undefined;
	const {promise: late, resolve} = Promise.withResolvers<undefined>();
	const onAbort = (): void => resolve(undefined);
	signal.addEventListener('abort', onAbort, {once: true});
	return Promise.race([promise, late]).finally(() => signal.removeEventListener('abort', onAbort));
};

const failed = (failure: Failure): RunOutcome => ({type: 'failed', failure});

const runAniworld = async (job: Job, context: RunContext, settings: Settings): Promise<RunOutcome> => {
	const tool = await findTool(context, settings.looks);
	if ('type' in tool) return tool;
	const wish = wishOf(job, settings, tool);
	if ('problem' in wish) return failed(toolFailure(name, 'bad-arguments', wish.problem));
	const round: Round = {hosters: wish.hosters, attempt: context.attempt, maxAttempts: job.maxAttempts};
	const {directory} = context;
	const run: Run = {version: tool, wish, hoster: hosterOf(round), directory, extraArgs: settings.extraArgs};
	try {
		await makeFolders(directory, tool.generation, settings.person);
		const outcome = await download(run, job, context, settings);
		if ('outcome' in outcome) return outcome.outcome;
		if (outcome.of === 'all') return failed(outcome.failure);
		const tried = [
			...(await readTried(directory, round.attempt)),
			{attempt: round.attempt, hoster: run.hoster, reason: outcome.reason},
		];
		await writeTried(directory, tried);
		return failed(failureOfHoster(outcome, round, tried));
	} catch (error) {
		return failed(writeFailure(name, error));
	}
};

/** The version that is there. Nothing has been started for the job so far. */
const findTool = async ({signal}: RunContext, looks: Looks): Promise<AniworldVersion | RunOutcome> => {
	const found = await orLate(looks.look(), signal);
	if (found === undefined) return {type: 'stopped'};
	if (found.version === undefined) {
		return failed(toolFailure(name, 'tool-missing', `${found.problem.replace(/^aniworld /, '')}; try: ${found.fix}`));
	}

	const lack = await lackOf(found.version);
	return lack === undefined ? found.version : failed(toolFailure(name, 'tool-missing', lack));
};

type Ended = Cause | {readonly outcome: RunOutcome};

const download = async (run: Run, job: Job, context: RunContext, settings: Settings): Promise<Ended> => {
	const {version, directory} = run;
	const args = downloadArguments(run);
	context.log(`${settings.command} ${maskArguments(args).join(' ')}`);
	const session = createSession(context, run.hoster);
	const {refusal, hear} = session;
	try {
		const ended = await supervise(context, {stallTimeout: settings.stallTimeout, refusal}, watchdog => {
			session.start(watchdog);
			return {
				command: settings.command,
				args,
				env: downloadEnvironment(run, settings.person),
				stopSignal: stopSignalOf(version.generation),
				onStdoutLine: hear,
				onStderrLine: hear,
			};
		});
		session.stop();
		return await outcomeOf(ended, session, run, job);
	} finally {
		session.stop();
		await clearFolders(directory, version.generation).catch((error: unknown) => {
			context.log(
				`what ${name} has left could not be removed: ${error instanceof Error ? error.message : String(error)}`,
			);
		});
	}
};

const outcomeOf = async (ended: Supervised, session: Session, run: Run, job: Job): Promise<Ended> => {
	const {wish, hoster, version} = run;
	const asked = {language: wish.language, hoster, languages: aniworldLanguages(wish.episode.site, version)};
	const cause = (otherwise: FailureCode): Cause => causeOf(session.said(), asked, otherwise);
	switch (ended.type) {
		case 'stopped':
			return {outcome: {type: 'stopped'}};
		case 'not-started':
			return {of: 'all', failure: startFailure(name, ended, install)};
		case 'refused':
			return cause('no-sources');
		case 'stalled':
		case 'timed-out': {
			const last = session.said().words.at(-1);
			const reason = `nothing arrived for too long${last === undefined ? '' : `; its last words: ${last}`}`;
			return {of: 'hoster', code: 'stalled', reason};
		}

		case 'ended': {
			// 3.x ends with 0 whatever became of the download.
			if (ended.exitCode !== 0) return orExit(cause('tool-failed'), ended);
			const film = await findFilm(run.directory);
			if (film === undefined) return cause('no-artefact');
			const {path, size, extension} = film;
			const duration = session.duration();
			return {
				outcome: {
					type: 'fetched',
					path,
					size,
					name: fileNameOf(job.title, wish, extension),
					...(duration === undefined ? {} : {duration}),
				},
			};
		}
	}
};

/** Where it said nothing, the way it ended has to do. */
const orExit = (cause: Cause, ended: Extract<Supervised, {type: 'ended'}>): Cause =>
	cause.of === 'hoster' && ended.lastStderrLines.length === 0 && ended.lastStdoutLines.length === 0
		? {...cause, reason: exitInWords(ended)}
		: cause;
