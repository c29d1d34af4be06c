import {closeSync, openSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import type {Engine} from '../engine/ports.ts';
import {expectDone} from './answer.ts';
import {isDumb, openOn, wantsReader} from './open-on.ts';
import {printEvents} from './run.ts';
import {aborted, listenForStop, type StopRequest} from './signals.ts';
import {status} from './status.ts';
import {CommandError, exitCodes, type CommandContext, type ExitCode, type Scheduler, type Verb} from './verb.ts';

/** What `tidegate` without a verb does: the screen, or what `status` prints where there is no terminal for it. */
export const screen: Verb = {
	name: 'screen',
	summary: 'Show the screen',
	run: async context => {
		const isTerminal = context.io.isInteractive && !context.globals.isJson && !context.globals.isDryRun;
		if (!isTerminal || (isDumb(context) && !(await wantsReader(context)))) {
			return (await status.run?.(context, [], {})) ?? exitCodes.done;
		}

		return showScreen(context);
	},
};

const showScreen = async (context: CommandContext): Promise<ExitCode> => {
	const attached = await context.attach();
	if (attached !== undefined) return showAttached(context, attached);
	let scheduler: Scheduler;
	try {
		scheduler = await context.openScheduler();
	} catch (error) {
		// Somebody else was faster.
		const other = error instanceof CommandError && error.exitCode === exitCodes.noScheduler;
		const engine = other ? await context.attach() : undefined;
		if (engine === undefined) throw error;
		return showAttached(context, engine);
	}

	return showOwn(context, scheduler);
};

const showAttached = async (context: CommandContext, engine: Engine): Promise<ExitCode> => {
	try {
		const {workers, animeId} = context.globals;
		if (animeId !== undefined) {
			throw new CommandError(exitCodes.refused, 'a scheduler runs already; --anime-id is for the one that is started');
		}

		if (workers !== undefined) expectDone(await engine.send({type: 'set-workers', count: workers}));
		await openOn(context, engine, {isAttached: true, canDetach: false});
		return exitCodes.done;
	} finally {
		await engine.close();
	}
};

/** The scheduler runs in this process: when the screen ends, it goes on, finishes what runs, or stops. */
const showOwn = async (context: CommandContext, scheduler: Scheduler): Promise<ExitCode> => {
	const stop = listenForStop(() => undefined);
	// What goes wrong behind the first frame ends the screen, and is told when the terminal is given back.
	const broken = new AbortController();
	const either = AbortSignal.any([stop.signal, broken.signal]);
	let hasStarted = false;
	const start = (): void => {
		if (hasStarted) return;
		hasStarted = true;
		scheduler.start().then(settleSoon, (error: unknown) => broken.abort(error));
	};

	try {
		const end = await openOn(context, scheduler.engine, {
			isAttached: false,
			canDetach: true,
			signal: either,
			onShown: start,
		});
		if (end.reason === 'hangup') {
			start();
			await aborted(either);
		} else if (end.choice === 'finish') await finish(context, scheduler, stop);
		broken.signal.throwIfAborted();
		await scheduler.close();
		if (end.reason === 'quit' && end.choice === 'detach') await goOnInBackground(context);
		return exitCodes.done;
	} finally {
		await scheduler.close();
		stop.release();
	}
};

/** After the start, when the first jobs are under way. */
const settleDelay = 1000;

const settleSoon = (): void => {
	setTimeout(() => {
		void import('../system/settle.ts').then(({settleAfterStart}) => settleAfterStart());
	}, settleDelay).unref();
};

const finish = async (context: CommandContext, {engine}: Scheduler, stop: StopRequest): Promise<void> => {
	const {active} = engine.getSnapshot();
	context.io.err(
		`finishing ${active.length === 1 ? '1 job' : `${active.length} jobs`}; Ctrl-C stops them with their bytes kept\n`,
	);
	printEvents(context, engine, () => 'info');
	await Promise.race([engine.drain(), aborted(stop.signal)]);
};

const patience = 10_000;
const lookAgainAfter = 50;

/** Hands the queue over to a process of its own. What ran was stopped with its bytes kept, and goes on there. */
const goOnInBackground = async (context: CommandContext): Promise<void> => {
	const [{startDetached}, {paths}] = await Promise.all([import('../system/runtime.ts'), context.setup()]);
	const log = openSync(paths.schedulerLog, 'a', 0o600);
	const pid = startDetached(process.argv[1] ?? '', [...globalArguments(context), 'run'], log);
	closeSync(log);
	const deadline = performance.now() + patience;
	while (performance.now() < deadline) {
		const engine = await context.attach();
		if (engine !== undefined) {
			await engine.close();
			context.io.err(`the queue goes on in the background (pid ${pid ?? '?'}); \`tidegate\` comes back to it\n`);
			return;
		}

		await delay(lookAgainAfter);
	}

	throw new CommandError(
		exitCodes.noScheduler,
		`the scheduler did not start in the background; see ${paths.schedulerLog}`,
	);
};

const globalArguments = ({globals}: CommandContext): readonly string[] => [
	...(globals.config === undefined ? [] : ['--config', globals.config]),
	...(globals.data === undefined ? [] : ['--data', globals.data]),
	...(globals.storage === undefined ? [] : ['--storage', globals.storage]),
	...(globals.workers === undefined ? [] : ['--workers', String(globals.workers)]),
	...(globals.animeId === undefined ? [] : ['--anime-id', String(globals.animeId)]),
];
