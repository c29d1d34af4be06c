import {join} from 'node:path';
import {canonicalAddress} from '../../domain/address.ts';
import type {FailureCode} from '../../domain/failure.ts';
import {knownSize, type Job, type ProviderId} from '../../domain/job.ts';
import {cleanText, maskArguments} from '../../domain/text.ts';
import type {Duration} from '../../domain/time.ts';
import {trackName, type Track} from '../../domain/track.ts';
import type {Provider, RunContext, RunOutcome} from '../../engine/ports.ts';
import {emptyFolder, fileInside, listFiles, removeFile, writePrivateFile} from '../../system/attempt-files.ts';
import {checkTool} from '../supervision/check-tool.ts';
import {supervise, type Supervised} from '../supervision/supervise.ts';
import {exitInWords, startFailure, toolFailure, writeFailure} from '../supervision/tool-failure.ts';
import {canonicalUrl, isUrl} from '../supervision/url.ts';
import {fillArguments, valuesFor} from './arguments.ts';
import {chooseArtefact, type LeftFile} from './artefact.ts';
import {failureFromWords, type Patterns} from './parse.ts';
import {createSession, type Session} from './session.ts';

export type CommandOptions = {
	readonly id: ProviderId;
	readonly command: string;
	/** The arguments, with fields such as `{source}` in them. */
	readonly args: readonly string[];
	/** All patterns are regular expressions with the `u` flag. Sources that match go to this tool; default: http and https. */
	readonly accepts?: string | undefined;
	/** Finds progress in a line, by the named groups `percent`, `bytes` and `total`. */
	readonly progress?: string | undefined;
	/** A line that has to appear for the run to count as a success. */
	readonly success?: string | undefined;
	/**
	 * A line that means, in an attempt that has found the file of an earlier one, that this file is whole: then the exit code
	 * does not count. (curl 7.88 ends with 22 and `error: 416` there, with `--fail` and `--continue-at -`.)
	 */
	readonly complete?: string | undefined;
	/** Which file is the result, by its path in the directory; default: the only one. */
	readonly artefact?: string | undefined;
	/** Lines that tell of a failure, also where the exit code does not. Without a code, the line's words decide. */
	readonly failures?: ReadonlyArray<{readonly pattern: string; readonly code?: FailureCode}>;
	readonly env?: Readonly<Record<string, string>>;
	/** Default: SIGTERM. */
	readonly stopSignal?: 'SIGTERM' | 'SIGINT';
	/** The longest that a run may take; default: as long as it likes. */
	readonly timeout?: Duration | undefined;
	/** Without a new line of progress or a new byte in its directory for so long it is ended. Default: 300 s. */
	readonly stallTimeout?: Duration;
	/** Arguments that make it print its version. Default: `--version`. */
	readonly versionArgs?: readonly string[];
	/** What to do where it is missing. */
	readonly install?: string;
};

/** Any tool that writes one file into a directory, described in config.toml. Throws for a pattern that is none. */
export const createCommandProvider = (options: CommandOptions): Provider => {
	const {
		id,
		command,
		versionArgs = ['--version'],
		install = `install ${command}, or correct its path in config.toml`,
	} = options;
	const accepted = compile(options.accepts);
	const patterns: Patterns = {
		progress: compile(options.progress),
		success: compile(options.success),
		complete: compile(options.complete),
		artefact: compile(options.artefact),
		failures: (options.failures ?? []).map(({pattern, code}) => ({pattern: new RegExp(pattern, 'u'), code})),
	};
	return {
		id,
		// Tools that can resume find their partial files where they left them.
		abilities: {resume: true, liveRateLimit: false, needsSearch: false},
		accepts: source => accepted?.test(source.trim()) ?? isUrl(source, ['http:', 'https:']),
		// Only where a person has said what the tool takes: an address is what every tool takes, a name is not.
		...(accepted === undefined ? {} : {sourceOfTrack: track => sourceFor(track, accepted)}),
		laneOf: () => id,
		canonical: source => (isUrl(source, ['http:', 'https:']) ? canonicalAddress(canonicalUrl(source)) : source.trim()),
		check: () => checkTool({name: id, command, args: versionArgs, install}),
		run: (job, context) => runCommand(job, context, {...options, install}, patterns),
	};
};

/** `Artist - Title`, for tools that take such words. */
const sourceFor = (track: Track, accepted: RegExp): string | undefined => {
	const name = trackName(track);
	return accepted.test(name) ? name : undefined;
};

const compile = (pattern: string | undefined): RegExp | undefined =>
	pattern === undefined ? undefined : new RegExp(pattern, 'u');

type Settings = CommandOptions & {readonly install: string};

const runCommand = async (
	job: Job,
	context: RunContext,
	settings: Settings,
	patterns: Patterns,
): Promise<RunOutcome> => {
	const {id, command, env, stopSignal, timeout, stallTimeout = 300_000} = settings;
	const sourceFile = join(context.directory, sourceFileName);
	const filled = fillArguments(settings.args, valuesFor(job, {...context, sourceFile}));
	if (!filled.ok) return {type: 'failed', failure: toolFailure(id, 'bad-arguments', filled.problem)};
	const earlier = (await listFiles(context.directory)).filter(({path}) => path !== sourceFileName);
	const needsFile = settings.args.some(argument => argument.includes('{source_file}'));
	if (needsFile) {
		try {
			await writePrivateFile(sourceFile, `${job.source.trim()}\n`);
		} catch (error) {
			return {type: 'failed', failure: writeFailure(id, error)};
		}
	}

	context.log(`${command} ${maskArguments(filled.args).join(' ')}`);
	const session = createSession(context, patterns, knownSize(job));
	try {
		const ended = await supervise(context, {stallTimeout, timeout}, watchdog => {
			session.start(watchdog);
			return {
				command,
				args: filled.args,
				onStdoutLine: session.hear,
				onStderrLine: session.hear,
				...(env === undefined ? {} : {env}),
				...(stopSignal === undefined ? {} : {stopSignal}),
			};
		});
		session.stop();
		// It must not be taken for the result.
		if (needsFile) await removeFile(sourceFile);
		const outcome = await outcomeOf(ended, session, settings, patterns, {directory: context.directory, earlier});
		// It would refuse to go on from there again and again.
		if (outcome.type === 'failed' && outcome.failure.code === 'source-changed' && earlier.length > 0)
			await emptyFolder(context.directory);
		return outcome;
	} finally {
		session.stop();
		if (needsFile) await removeFile(sourceFile);
	}
};

/** Holds the source for tools that read it from a file, while they run. */
const sourceFileName = '.tidegate-source';

const outcomeOf = async (
	ended: Supervised,
	session: Session,
	{id, install}: Settings,
	patterns: Patterns,
	{directory, earlier}: {readonly directory: string; readonly earlier: readonly LeftFile[]},
): Promise<RunOutcome> => {
	const failed = (code: FailureCode, words: string): RunOutcome => ({
		type: 'failed',
		failure: toolFailure(id, code, words),
	});
	switch (ended.type) {
		case 'stopped':
			return {type: 'stopped'};
		case 'not-started':
			return {type: 'failed', failure: startFailure(id, ended, install)};
		case 'stalled':
			return failed('stalled', 'nothing arrived for too long');
		case 'timed-out':
		case 'refused':
			return failed('timeout', 'took longer than it may');
		case 'ended': {
			const {failure, isSuccess, isComplete, lastLines} = session.heard();
			const wasLeft = chooseArtefact(earlier, patterns.artefact).type === 'chosen';
			if (failure === undefined && isComplete && wasLeft) return fetchedFile(id, patterns.artefact, directory);
			if (ended.exitCode !== 0 || failure !== undefined) {
				return {type: 'failed', failure: failureFromWords(id, lastLines, patterns, failure, exitInWords(ended))};
			}

			return patterns.success !== undefined && !isSuccess
				? {
						type: 'failed',
						failure: failureFromWords(id, lastLines, patterns, undefined, 'ended without a word of success'),
					}
				: fetchedFile(id, patterns.artefact, directory);
		}
	}
};

const fetchedFile = async (id: string, pattern: RegExp | undefined, directory: string): Promise<RunOutcome> => {
	const choice = chooseArtefact(await listFiles(directory), pattern);
	if (choice.type === 'unclear') {
		const words = `left ${choice.count} files; say in config.toml which one is the result (artefact = "…")`;
		return {type: 'failed', failure: toolFailure(id, 'bad-arguments', words)};
	}

	const found = choice.type === 'chosen' ? await fileInside(directory, choice.file.path) : undefined;
	if (found === undefined) {
		return {type: 'failed', failure: toolFailure(id, 'no-artefact', 'reported success but left no file')};
	}

	return {type: 'fetched', ...found, name: cleanText(found.path.slice(found.path.lastIndexOf('/') + 1))};
};
