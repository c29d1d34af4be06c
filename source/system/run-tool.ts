import {randomUUID} from 'node:crypto';
import {statSync} from 'node:fs';
import {setTimeout as delay} from 'node:timers/promises';
import type {ResultPromise} from 'execa';
import type {Duration} from '../domain/time.ts';
import {toolEnvironment} from './environment.ts';
import {createLineSplitter, type LineSplitter} from './lines.ts';
import {attemptVariable, endSurvivors} from './survivors.ts';

export type ToolRun = {
	/** A program's path, or its name to be looked up in PATH. Never a command line. */
	readonly command: string;
	readonly args: readonly string[];
	readonly cwd: string;
	/** Added to the few variables that every tool gets. */
	readonly env?: Readonly<Record<string, string>>;
	/** Stands in the environment of the tool and of all its children, so that each of them can be found and ended. */
	readonly token: string;
	/** Aborted: the whole process tree is asked to end, then killed. */
	readonly signal: AbortSignal;
	readonly onStdoutLine?: (line: string) => void;
	readonly onStderrLine?: (line: string) => void;
	/** How the tool is asked to end. Default: SIGTERM. */
	readonly stopSignal?: 'SIGTERM' | 'SIGINT';
	/** How long it may take to end before it is killed. Default: 3 s. */
	readonly killAfter?: Duration;
};

export type ToolExit =
	| {
			readonly type: 'not-started';
			readonly problem: 'missing' | 'not-executable' | 'no-directory' | 'other';
			readonly message: string;
	  }
	| {
			readonly type: 'ended';
			readonly exitCode: number | undefined;
			/** The signal that ended it, such as `SIGTERM`. */
			readonly signal: string | undefined;
			/** The signal was aborted before the tool had ended by itself. */
			readonly isStopped: boolean;
			/** The last lines of each stream, 20 at most. */
			readonly lastStdoutLines: readonly string[];
			readonly lastStderrLines: readonly string[];
	  };

/**
 * Runs a tool to its end: no shell, no stdin, a process group of its own, output line by line. Never throws.
 * When it resolves, no process of the tool is left and no line will follow: not even where a grandchild moved to a session of
 * its own and keeps the pipes open, on which a plain wait for the end of the output hangs (seen with execa 10.2).
 */
export const runTool = async (run: ToolRun): Promise<ToolExit> => {
	const {execa} = await import('execa');
	if (run.signal.aborted) return endedWithoutStart;
	const child = execa(run.command, run.args, {
		cwd: run.cwd,
		env: {...toolEnvironment(process.env), ...run.env, [attemptVariable]: run.token},
		extendEnv: false,
		stdin: 'ignore',
		stdout: 'pipe',
		stderr: 'pipe',
		buffer: false,
		reject: false,
		killDescendants: true,
		// Escalation is done below, for the processes outside the group too.
		forceKillAfterDelay: false,
	});
	return supervise(run, child as unknown as Child);
};

export type ToolAnswer =
	| {readonly type: 'answered'; readonly exitCode: number | undefined; readonly lines: readonly string[]}
	| {readonly type: 'missing'; readonly message: string}
	| {readonly type: 'timed-out'};

/**
 * Asks a tool something short, such as its version: its first 20 lines of output, stdout before stderr. Never throws.
 *
 * @param env added to the few variables that every tool gets
 */
export const probeTool = async (
	command: string,
	args: readonly string[],
	timeout: Duration = 10_000,
	env: Readonly<Record<string, string>> = {},
): Promise<ToolAnswer> => {
	const stdout: string[] = [];
	const stderr: string[] = [];
	const exit = await runTool({
		command,
		args,
		cwd: '/',
		env,
		token: `probe-${randomUUID()}`,
		signal: AbortSignal.timeout(timeout),
		killAfter: 500,
		onStdoutLine: line => stdout.length < 20 && stdout.push(line),
		onStderrLine: line => stderr.length < 20 && stderr.push(line),
	});
	if (exit.type === 'not-started') return {type: 'missing', message: exit.message};
	if (exit.isStopped) return {type: 'timed-out'};
	return {type: 'answered', exitCode: exit.exitCode, lines: [...stdout, ...stderr]};
};

// What is used of execa's subprocess. Its own type depends on every option and does not survive being passed on.
type Child = Pick<ResultPromise<{buffer: false}>, 'pid' | 'kill' | 'nodeChildProcess'> &
	PromiseLike<{readonly code?: string; readonly originalMessage?: string}>;

const endedWithoutStart: ToolExit = {
	type: 'ended',
	exitCode: undefined,
	signal: undefined,
	isStopped: true,
	lastStdoutLines: [],
	lastStderrLines: [],
};

const defaultKillAfter: Duration = 3000;
/** How long the output may take to arrive once the tool itself has ended. */
const drainGrace: Duration = 500;

const supervise = async (run: ToolRun, child: Child): Promise<ToolExit> => {
	const output = listen(run, child);
	const process = child.nodeChildProcess;
	const exited = new Promise<void>(resolve => process.once('exit', () => resolve()));
	const closed = new Promise<void>(resolve => process.once('close', () => resolve()));
	// execa's own promise answers first only when the tool could not be started.
	const settled = Promise.resolve(child);
	if (child.pid === undefined) {
		const result = await settled;
		return notStarted(run, result.code, result.originalMessage);
	}

	const stopping = stopOnAbort(run, child, child.pid);
	await exited;
	const isStopped = stopping.isStopped();
	if (isStopped) await stopping.done();
	else await Promise.race([closed, delay(drainGrace, undefined, {ref: false})]);
	stopping.release();
	await endSurvivors(run.token, {group: child.pid, killAfter: run.killAfter ?? defaultKillAfter});
	await Promise.race([closed, delay(drainGrace, undefined, {ref: false})]);
	output.close();
	return {
		type: 'ended',
		exitCode: process.exitCode ?? undefined,
		signal: process.signalCode ?? undefined,
		isStopped,
		...output.last,
	};
};

/** Asks the tool to end when the signal is aborted, and kills what is left of its tree. */
const stopOnAbort = (
	run: ToolRun,
	child: Child,
	group: number,
): {readonly isStopped: () => boolean; readonly done: () => Promise<unknown>; readonly release: () => void} => {
	const {signal, stopSignal = 'SIGTERM', killAfter = defaultKillAfter} = run;
	let ending: Promise<unknown> | undefined;
	const stop = (): void => {
		child.kill(stopSignal);
		ending = endSurvivors(run.token, {group, signal: stopSignal, killAfter, isGroupAsked: true})
			// Where there is no /proc, the group is all that can be reached.
			.finally(() => child.kill('SIGKILL'));
	};
	if (signal.aborted) stop();
	else signal.addEventListener('abort', stop, {once: true});
	return {
		isStopped: () => ending !== undefined,
		done: () => ending ?? Promise.resolve(),
		release: () => signal.removeEventListener('abort', stop),
	};
};

const mostLastLines = 20;

const listen = (
	run: ToolRun,
	child: Child,
): {readonly last: Pick<Extract<ToolExit, {type: 'ended'}>, 'lastStdoutLines' | 'lastStderrLines'>; close(): void} => {
	let isOpen = true;
	const {stdout, stderr} = child.nodeChildProcess;
	const splitters: LineSplitter[] = [];
	const follow = (stream: typeof stdout, onLine: ((line: string) => void) | undefined): string[] => {
		const last: string[] = [];
		const splitter = createLineSplitter(line => {
			last.push(line);
			if (last.length > mostLastLines) last.shift();
			onLine?.(line);
		});
		splitters.push(splitter);
		// A pipe that breaks ends the output; the exit tells the rest.
		stream?.on('error', () => {});
		stream?.on('data', (chunk: Uint8Array) => isOpen && splitter.push(chunk));
		return last;
	};

	const lastStdoutLines = follow(stdout, run.onStdoutLine);
	const lastStderrLines = follow(stderr, run.onStderrLine);
	return {
		last: {lastStdoutLines, lastStderrLines},
		close: () => {
			isOpen = false;
			for (const splitter of splitters) splitter.end();
			stdout?.destroy();
			stderr?.destroy();
		},
	};
};

const notStarted = (run: ToolRun, code: string | undefined, words: string | undefined): ToolExit => {
	if (!isDirectory(run.cwd)) {
		return {type: 'not-started', problem: 'no-directory', message: `${run.cwd} is no directory`};
	}

	if (code === 'ENOENT') return {type: 'not-started', problem: 'missing', message: `${run.command} was not found`};
	if (code === 'EACCES') {
		return {type: 'not-started', problem: 'not-executable', message: `${run.command} may not be executed`};
	}

	return {
		type: 'not-started',
		problem: 'other',
		message: `${run.command} could not be started: ${words ?? code ?? 'no reason given'}`,
	};
};

const isDirectory = (path: string): boolean => {
	try {
		return statSync(path).isDirectory();
	} catch {
		return false;
	}
};
