import {mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {holdSentence} from '../domain/hold.ts';
import {attemptsMade, type JobView} from '../domain/job.ts';
import type {LocalEngine, RunSummary} from '../engine/index.ts';
import {startReader} from '../demo/reader.ts';
import {startTour, type Tour} from '../demo/tour.ts';
import {printJson} from './answer.ts';
import {isSet} from './arguments.ts';
import {duration, plain, size, table} from './format.ts';
import {printEvents} from './run.ts';
import {openOn} from './open-on.ts';
import {aborted, listenForStop} from './signals.ts';
import {exitCodes, usageError, type CommandContext, type ExitCode, type Verb} from './verb.ts';

const megabyte = 1e6;

/** The small disk of the tour, in bytes. */
const marks = {hard: 14 * megabyte, pause: 10 * megabyte, resume: 6 * megabyte};

/** What the tour needs on the filesystem of the temporary directory: its marks, and some air. */
const needed = 200 * megabyte;

export const demo: Verb = {
	name: 'demo',
	summary: 'A self-contained tour: real downloads from loopback onto a disk that is too small for them',
	options: [
		['--fast', 'without the brakes that make it worth watching'],
		['--keep', 'leave the directory of the tour behind'],
	],
	help: 'In a terminal it is the live screen; otherwise a line per event and a summary that tells what became of each file.',
	run: async (context, _args, options) => {
		await requireSpace();
		const directory = await mkdtemp(join(tmpdir(), 'tidegate-demo-'));
		try {
			return await playTour(context, directory, isSet(options, 'fast'));
		} finally {
			if (isSet(options, 'keep')) context.io.err(`kept: ${directory}\n`);
			else await rm(directory, {recursive: true, force: true});
		}
	},
};

const requireSpace = async (): Promise<void> => {
	const {spaceOf} = await import('../system/disk.ts');
	const space = await spaceOf(tmpdir());
	if (space !== undefined && space.free < needed) {
		throw usageError(`the tour needs ${size(needed)} in ${tmpdir()}; name a roomier directory in TMPDIR`);
	}
};

/** The configuration of the tour, as a person could have written it. */
const configText = (): string => `# What \`tidegate demo\` runs with.
[data]
root_dir = "data"
storage_dir = "library"

[disk_management]
hard_limit_gb = ${marks.hard / 1e9}
pause_threshold_gb = ${marks.pause / 1e9}
resume_threshold_gb = ${marks.resume / 1e9}
pause_below_free_gb = 0.05
resume_above_free_gb = 0.06
stop_below_free_gb = 0.02
check_interval_seconds = 1
cache_duration_seconds = 1
resume_dwell_seconds = 1
max_concurrent_downloads = 4

[queue]
max_attempts = 3
retry_base_seconds = 1
retry_cap_seconds = 4
`;

const playTour = async (context: CommandContext, directory: string, isFast: boolean): Promise<ExitCode> => {
	const config = join(directory, 'config.toml');
	await writeFile(config, configText());
	const tour = await startTour(isFast ? undefined : 0.6 * megabyte, marks.hard);
	const inner = context.using({...context.globals, config, data: undefined, storage: undefined, isDryRun: false});
	const isWatched = context.io.isInteractive && !context.globals.isJson;
	// In the screen, Ctrl-C is a key.
	const stop = listenForStop(() => undefined);
	try {
		const scheduler = await inner.openScheduler();
		const {engine} = scheduler;
		const gates = countGates(engine);
		const reader = startReader(engine, isFast ? 150 : 600);
		try {
			if (!isWatched) printEvents(inner, engine, () => (context.globals.isVerbose ? 'debug' : 'info'));
			for (const {title, requests} of tour.batches) await engine.send({type: 'add', requests, batch: title});
			await scheduler.start();
			if (isWatched) {
				await Promise.race([openOn(inner, engine, {isAttached: false, canDetach: false}), aborted(stop.signal)]);
			}

			// With an aborted signal this only sums up.
			const summary = await engine.untilIdle(isWatched ? AbortSignal.abort() : stop.signal);
			const jobs = await engine.list({sort: 'added', limit: 1000});
			if (context.globals.isJson) printJson(context, summary);
			else context.io.out(report(jobs.rows, tour, summary, {...gates, taken: reader.taken()}, context.io.columns));
		} finally {
			reader.stop();
			await scheduler.close();
		}

		return stop.signal.aborted ? exitCodes.interrupted : exitCodes.done;
	} finally {
		stop.release();
		await tour.close();
	}
};

const countGates = (engine: LocalEngine): {closed: number; opened: number} => {
	const gates = {closed: 0, opened: 0};
	let isOpen = true;
	engine.onEvent(event => {
		if (event.type !== 'gate' || (event.gate.state === 'open') === isOpen) return;
		isOpen = !isOpen;
		if (isOpen) gates.opened++;
		else gates.closed++;
	});
	return gates;
};

type Story = {readonly closed: number; readonly opened: number; readonly taken: number};

const report = (
	jobs: readonly JobView[],
	tour: Tour,
	summary: RunSummary,
	story: Story,
	columns: number | undefined,
): string => {
	const rows = jobs.map(job => [
		String(job.id),
		plain(job.title),
		job.status,
		job.size === undefined ? '' : size(job.size),
		String(attemptsMade(job)),
		outcomeOf(job, tour),
	]);
	const {completed, failed, cancelled, remaining, bytes, seconds} = summary;
	return [
		table(
			['id', 'title', 'status', 'size', 'tries', 'what happened'].map(title => ({title})),
			rows,
			columns,
		),
		'',
		`${completed} completed, ${failed} failed, ${cancelled} cancelled, ${remaining} held; ${size(bytes)} in ${duration(seconds * 1000)}`,
		`the disk gate (pause ${size(marks.pause)}, resume ${size(marks.resume)}, hard limit ${size(marks.hard)}) closed ${story.closed}× and opened ${story.opened}×; the reader took ${story.taken} files away`,
		'',
	].join('\n');
};

const outcomeOf = (job: JobView, tour: Tour): string => {
	const fault = tour.faults.get(job.source);
	const end = job.error !== undefined ? job.error.message : job.hold === undefined ? '' : holdSentence(job.hold, size);
	return plain([fault ?? '', end].filter(part => part !== '').join('; '));
};
