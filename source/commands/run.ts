import {startableStatuses, type JobView} from '../domain/job.ts';
import type {LocalEngine, RunSummary} from '../engine/index.ts';
import {isSet} from './arguments.ts';
import {printJson} from './answer.ts';
import {eventLine, isWanted, type LogLevel} from './events.ts';
import type {ForeseenRow} from '../pipeline/foresee.ts';
import {duration, plain, size, table} from './format.ts';
import {jobTable} from './list.ts';
import {jobJson} from './json.ts';
import {aborted, hasTerminal, listenForStop} from './signals.ts';
import {superviseBy, type Supervised} from './supervised.ts';
import {boundLog} from '../system/bounded-log.ts';
import {exitCodes, usageError, type CommandContext, type ExitCode, type Verb} from './verb.ts';

export const run: Verb = {
	name: 'run',
	summary: 'Run the queue without a screen, one line per event on stderr',
	options: [['--until-idle', 'end when nothing can run any more, with a summary']],
	help: 'SIGTERM and SIGINT stop cleanly and keep every byte; a second one ends at once. SIGHUP reads the configuration again where there is no terminal. `tidegate service install` makes a service of it.',
	run: async (context, _args, options) =>
		context.globals.isDryRun ? foretell(context) : runQueue(context, {isUntilIdle: isSet(options, 'untilIdle')}),
};

type RunOrder = {
	readonly isUntilIdle: boolean;
	/** Opens something beside the scheduler, before it runs jobs; answers with what closes it again. */
	readonly beside?: (engine: LocalEngine) => Promise<() => Promise<void>>;
};

/** Becomes the scheduler and runs the queue until it is idle, or until it is told to stop. */
export const runQueue = async (context: CommandContext, {isUntilIdle, beside}: RunOrder): Promise<ExitCode> => {
	const {paths} = await context.setup();
	let supervised: Supervised | undefined;
	let onHangup: (() => void) | undefined;
	const stop = listenForStop(
		signal => {
			context.io.err(`${signal}: stopping; once more ends at once\n`);
			void supervised?.stopping();
		},
		() => onHangup?.(),
	);
	try {
		const scheduler = await context.openScheduler();
		const {engine} = scheduler;
		let summary: RunSummary;
		let closeBeside: (() => Promise<void>) | undefined;
		try {
			closeBeside = await beside?.(engine);
			const log = boundLog(paths.schedulerLog, process.stderr.fd);
			const level = (): LogLevel => (context.globals.isVerbose ? 'debug' : scheduler.config().logging.level);
			printEvents(context, engine, level, log.look);
			supervised = await superviseBy(context.io, engine);
			await scheduler.start();
			if (!hasTerminal()) onHangup = createHangup(engine, supervised);
			await supervised.ready();
			context.io.err(`tidegate ${context.version} runs with ${engine.getSnapshot().workers} workers\n`);
			if (!isUntilIdle) await aborted(stop.signal);
			// With an aborted signal this only sums up.
			summary = await engine.untilIdle(stop.signal);
		} finally {
			await closeBeside?.();
			onHangup = undefined;
			await supervised?.stopping();
			await scheduler.close();
			supervised?.end();
		}

		printSummary(context, summary, isUntilIdle);
		if (!isUntilIdle) return exitCodes.done;
		if (stop.signal.aborted) return exitCodes.interrupted;
		return summary.failed > 0 ? exitCodes.someFailed : exitCodes.done;
	} finally {
		stop.release();
	}
};

/** Tells what happens as it happens. */
export const printEvents = (
	{io}: CommandContext,
	engine: LocalEngine,
	level: () => LogLevel,
	onPrinted: () => void = () => undefined,
): void => {
	engine.onEvent(event => {
		const line = eventLine(event);
		if (!isWanted(line.level, level())) return;
		io.err(`${io.isJournal === true ? line.untimed : line.text}\n`, line.level);
		onPrinted();
	});
};

/** Without a terminal that could hang up, SIGHUP is what it is for every service: the configuration is read again. */
const createHangup = (engine: LocalEngine, supervised: Supervised): (() => void) => {
	const reload = async (): Promise<void> => {
		await supervised.reloading();
		// What comes of it is told as events.
		await engine.send({type: 'reload'});
		await supervised.ready();
	};

	return () => void reload();
};

const printSummary = (context: CommandContext, summary: RunSummary, isAnswer: boolean): void => {
	const {completed, failed, cancelled, remaining, bytes, seconds} = summary;
	if (context.globals.isJson) {
		printJson(context, {completed, failed, cancelled, remaining, bytes, seconds});
		return;
	}

	const text = `${completed} completed, ${failed} failed, ${cancelled} cancelled, ${remaining} remaining; ${size(bytes)} in ${duration(seconds * 1000)}\n`;
	if (isAnswer) context.io.out(text);
	else context.io.err(text);
};

const mostForetold = 100;

/** What would start first; nothing is started, and nothing is written. */
export const foretell = async (context: CommandContext): Promise<ExitCode> =>
	context.withEngine(async engine => {
		const {rows} = await engine.list({statuses: startableStatuses, limit: mostForetold});
		const pipeline = await foretellPipeline(context, rows);
		if (context.globals.isJson) {
			printJson(context, {
				jobs: rows.map(row => jobJson(row)),
				...(pipeline === undefined ? {} : {pipeline: pipeline.map(rowJson)}),
			});
		} else {
			if (rows.length > 0) context.io.out(`${jobTable(rows, context.io.columns)}\n`);
			if (pipeline !== undefined && pipeline.length > 0) context.io.out(`${rowTable(context, pipeline)}\n`);
		}

		const isMore = rows.length === mostForetold || pipeline?.length === mostForetold;
		context.io.err(`would start ${isMore ? 'these first' : 'these'}; nothing was started\n`);
		return exitCodes.done;
	});

/** The rows of the pipeline that would be taken next; undefined where there is no pipeline. */
const foretellPipeline = async (
	context: CommandContext,
	jobs: readonly JobView[],
): Promise<readonly ForeseenRow[] | undefined> => {
	const {paths, config} = await context.setup();
	const {animeId: mal} = context.globals;
	if (paths.pipeline === undefined) {
		if (mal !== undefined) throw usageError('--anime-id needs the database of the pipeline; see [pipeline] database');
		return undefined;
	}

	const {foreseeRows} = await import('../pipeline/foresee.ts');
	try {
		return foreseeRows(paths.pipeline, {limit: mostForetold, mal, jobs, output: config.pipeline.output});
	} catch (error) {
		throw usageError(error instanceof Error ? error.message : String(error));
	}
};

const rowJson = ({anime, mal, episode, title, skip}: ForeseenRow): unknown => ({
	anime_id: anime,
	mal_id: mal ?? null,
	episode,
	title,
	skip: skip ?? null,
});

const rowTable = ({io}: CommandContext, rows: readonly ForeseenRow[]): string =>
	table(
		[{title: 'SERIES', isRight: true}, {title: 'EPISODE', isRight: true}, {title: 'TITLE'}, {title: 'LEFT OUT'}],
		rows.map(({mal, episode, title, skip}) => [
			mal === undefined ? '' : String(mal),
			String(episode),
			plain(title),
			plain(skip ?? ''),
		]),
		io.columns,
	);
