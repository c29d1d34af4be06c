/*
 * OrpheusDL, a45ff479 and its variants. Sources: the address of a track with `--provider orpheus`,
 * `orpheus:MODULE/track/ID`, and `orpheus:MODULE/search/WORDS`, which takes the first hit.
 */
import {join} from 'node:path';
import type {Failure, FailureCode} from '../../domain/failure.ts';
import type {Job} from '../../domain/job.ts';
import {cleanText, maskArguments} from '../../domain/text.ts';
import type {QualityProfiles} from '../../domain/quality-profiles.ts';
import type {Duration} from '../../domain/time.ts';
import type {Provider, RunContext, RunOutcome} from '../../engine/ports.ts';
import {emptyFolder, makePrivateDirectory} from '../../system/attempt-files.ts';
import {supervise, type Supervised} from '../supervision/supervise.ts';
import {startFailure, toolFailure, writeFailure} from '../supervision/tool-failure.ts';
import {environment, outputFolder, pythonOf, qualityNote, qualityProblem, runArguments} from './arguments.ts';
import {findArtefact} from './artefact.ts';
import {failureOf} from './failures.ts';
import {checkInstalls, modulesIn, readInstall} from './install.ts';
import {placeOf, placesOf} from './lanes.ts';
import {name, script} from './names.ts';
import {createSession, type Heard, type Session} from './session.ts';
import {canonicalSource, isOrpheusSource, sourceOfTrack, wishOf, type Wish} from './source.ts';
import {foreignRun, takeTurn} from './turn.ts';

export type OrpheusOptions = {
	/** Install directories, absolute, one at the least; each runs one job at a time. */
	readonly directories: readonly string[];
	/** Default: `python3`, looked up in PATH. */
	readonly python?: string;
	/** The module that looks for pieces of music whose address is not known; default: none does. */
	readonly searchModule?: string | undefined;
	/** Default: 300 s. */
	readonly stallTimeout?: Duration;
	/** What a quality may name beside the tool's own words. Default: the built-in profiles. */
	readonly profiles?: QualityProfiles;
	/** How long it may take to end when it is asked to, before it is killed. Default: 5 s. */
	readonly patience?: Duration;
	/** When to look again where somebody else runs the tool. Default: 30 s. */
	readonly busyRecheck?: Duration;
};

type Settings = Required<Omit<OrpheusOptions, 'searchModule' | 'profiles'>> & Pick<OrpheusOptions, 'profiles'>;

const id = 'orpheus';

/**
 * Fetches one track with OrpheusDL: one run at a time in each install directory, whatever the workers say. Nothing is gone on
 * with: the tool takes any file that is there for a whole one, so that every attempt begins with an empty folder.
 */
export const createOrpheusProvider = (options: OrpheusOptions): Provider => {
	const {searchModule, ...given} = options;
	const settings: Settings = {python: 'python3', stallTimeout: 300_000, patience: 5000, busyRecheck: 30_000, ...given};
	const places = placesOf(id, settings.directories);
	const placeFor = (source: string) => placeOf(places, canonicalSource(source));
	return {
		id,
		abilities: {resume: false, liveRateLimit: false, needsSearch: false},
		accepts: isOrpheusSource,
		laneOf: source => placeFor(source)?.lane ?? id,
		canonical: canonicalSource,
		problemWith: (source, {quality}) => {
			const wish = wishOf(source);
			const problem = 'problem' in wish ? wish.problem : qualityProblem(quality, undefined, settings.profiles);
			return problem === undefined ? undefined : `${id}: ${problem}`;
		},
		sourceOfTrack: track => {
			// Whichever directory the job is dealt to, it has to have the module.
			const [first = [], ...others] = places.map(({directory}) => modulesIn(directory));
			const modules = first.filter(module => others.every(list => list.includes(module)));
			return sourceOfTrack(track, modules, searchModule);
		},
		check: () =>
			checkInstalls(
				places.map(({directory}) => directory),
				settings.python,
			),
		run: (job, context) => runOrpheus(job, context, placeFor(job.source)?.directory ?? '', settings),
	};
};

const failed = (code: FailureCode, words: string): RunOutcome => ({
	type: 'failed',
	failure: toolFailure(name, code, words),
});

const runOrpheus = async (
	job: Job,
	context: RunContext,
	directory: string,
	settings: Settings,
): Promise<RunOutcome> => {
	const wish = wishOf(job.source);
	if ('problem' in wish) return failed('unsupported', wish.problem);
	const problem = await problemOf({wish, job, context, directory, settings});
	if (problem !== undefined) return {type: 'failed', failure: problem};
	if (context.signal.aborted) return {type: 'stopped'};
	const turn = takeTurn(directory, settings.busyRecheck);
	if ('failure' in turn) return {type: 'failed', failure: turn.failure};
	const output = join(context.directory, outputFolder);
	try {
		await makePrivateDirectory(output);
		// The job's whole folder: what lies in it is of an attempt that came to nothing.
		await emptyFolder(context.directory);
		await makePrivateDirectory(output);
		const outcome = await download({job, wish, context, directory, settings});
		if (outcome.type !== 'fetched') await emptyFolder(output).catch(() => undefined);
		return outcome;
	} catch (error) {
		return {type: 'failed', failure: writeFailure(name, error)};
	} finally {
		turn.release();
	}
};

/** Why the job cannot be run in this install directory, before anything is started. */
const problemOf = async ({wish, job, context, directory, settings}: Order): Promise<Failure | undefined> => {
	const install = await readInstall(directory);
	if (install.type === 'unfit') return toolFailure(name, 'tool-missing', `${install.problem}; ${install.fix}`);
	if ('module' in wish && !install.modules.includes(wish.module)) {
		const words = `the module ${wish.module} is not installed in ${directory}; there are ${install.modules.join(', ')}`;
		return toolFailure(name, 'unsupported', words);
	}

	const {quality} = job.options;
	const words = qualityProblem(quality, install.quality, settings.profiles);
	const note = qualityNote(quality, install.quality, settings.profiles);
	if (words === undefined && note !== undefined) context.log(note);
	return words === undefined ? undefined : toolFailure(name, 'bad-arguments', words);
};

type Order = {
	readonly job: Job;
	readonly wish: Wish;
	readonly context: RunContext;
	readonly directory: string;
	readonly settings: Settings;
};

const download = async (order: Order): Promise<RunOutcome> => {
	const {job, wish, context, directory, settings} = order;
	const output = join(context.directory, outputFolder);
	const session = createSession(context, {
		output,
		temporary: join(directory, 'temp'),
		id: wish.type === 'track' ? wish.id : undefined,
		wanted: wish.type === 'search' ? job.options.track : undefined,
	});
	const command = pythonOf(settings.python, directory);
	const args = [script, ...runArguments(wish, output)];
	context.log(`${command} ${maskArguments(args).join(' ')}`);
	if (context.rateLimit !== undefined) context.log(`${name} knows no limit of speed: it takes what it gets`);
	try {
		const limits = {stallTimeout: settings.stallTimeout, refusal: session.refusal};
		const ended = await supervise(context, limits, watchdog => {
			session.start(watchdog);
			return {
				command,
				args,
				cwd: directory,
				env: environment,
				// Only then it takes its half file away (a45ff479).
				stopSignal: 'SIGINT',
				killAfter: settings.patience,
				onStdoutLine: session.hear,
				onStderrLine: session.hearError,
			};
		});
		session.stop();
		return await outcomeOf(ended, session, order);
	} finally {
		session.stop();
	}
};

const outcomeOf = async (ended: Supervised, session: Session, order: Order): Promise<RunOutcome> => {
	const heard = session.heard();
	switch (ended.type) {
		case 'stopped':
			return {type: 'stopped'};
		case 'not-started':
			return {
				type: 'failed',
				failure:
					ended.problem === 'no-directory'
						? toolFailure(name, 'tool-missing', ended.message)
						: startFailure('python', ended, 'install python3, or correct `python` in config.toml'),
			};
		case 'stalled':
		case 'timed-out': {
			const last = heard.last === undefined ? '' : `; its last words: ${heard.last}`;
			return failed('stalled', `nothing arrived for too long${last}`);
		}

		case 'refused':
			return refused(heard);
		case 'ended':
			// Of the exit code only what is not 0 says something.
			return heard.isDownloaded && ended.exitCode === 0 ? fetched(heard, ended, order) : explained(heard, ended, order);
	}
};

const refused = ({refused: reason}: Heard): RunOutcome =>
	reason?.why === 'other'
		? failed('no-sources', reason.words)
		: failed(
				'unsupported',
				`the address is of an ${reason?.what ?? 'album'}, which is many files, and a job is one: add its tracks`,
			);

type Ended = Extract<Supervised, {type: 'ended'}>;

const fetched = async (heard: Heard, ended: Ended, order: Order): Promise<RunOutcome> => {
	const {context, job} = order;
	if (heard.share !== undefined && heard.share < 0.99) {
		return failed(
			'connection-lost',
			`reported success, but only ${Math.round(heard.share * 100)} % of the file had come`,
		);
	}

	const artefact = await findArtefact(context.directory);
	switch (artefact.type) {
		case 'none':
			return explained(heard, ended, order);
		case 'empty':
			return failed('no-artefact', 'reported success, but there is nothing in the file');
		case 'several': {
			const words = `left ${artefact.count} files of one track; set conversion_keep_original to false in its config/settings.json`;
			return failed('bad-arguments', words);
		}

		case 'found': {
			const {path, size} = artefact;
			const seconds = heard.duration ?? (job.options.track?.duration ?? 0) / 1000;
			const called = cleanText(path.slice(path.lastIndexOf('/') + 1));
			return {type: 'fetched', path, size, name: called, ...(seconds > 0 ? {duration: seconds} : {})};
		}
	}
};

const explained = async (heard: Heard, ended: Ended, {context, directory, settings}: Order): Promise<RunOutcome> => {
	// Whoever runs it meanwhile takes the `temp` folder of ours away at the end.
	const other = foreignRun(directory, settings.busyRecheck);
	if (other !== undefined) return {type: 'failed', failure: other};
	const failure = failureOf(heard, ended, directory);
	const isEmpty = (await findArtefact(context.directory)).type === 'empty';
	// It saves whatever a server answers, and a status of 404 comes without a byte.
	const isNothing = isEmpty && (failure.code === 'tool-failed' || failure.code === 'not-media');
	return {
		type: 'failed',
		failure: isNothing
			? {...failure, code: 'no-artefact', message: `${name}: nothing came but an empty file`}
			: failure,
	};
};
