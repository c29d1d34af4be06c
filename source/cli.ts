import type {EngineOrder} from './compose.ts';
import {writeSync} from 'node:fs';
import {createContext} from './commands/context.ts';
import type {Call} from './commands/program.ts';
import {screen} from './commands/screen.ts';
import {CommandError, exitCodes, noGlobals, usageError, type ExitCode, type Io} from './commands/verb.ts';
import {maskSecrets} from './domain/text.ts';
import type {LocalEngine} from './engine/index.ts';
import {createCrashReporter, reportCrashes, type CrashReporter} from './system/crash-report.ts';
import {isJournal, withPriority} from './system/journal.ts';
import {programVersion} from './system/runtime.ts';
import {boundNewSpace} from './system/new-space.ts';

/** Arguments become a command, the command an exit code. What is thrown and is no CommandError is a defect, and leaves a report. */
export const main = async (args: readonly string[]): Promise<ExitCode> => {
	const io = processIo();
	const version = programVersion();
	const crash = createCrashReporter(version);
	reportCrashes(crash, sayAtExit);
	boundNewSpace();
	try {
		const call = await callOf(args, io, version);
		if (typeof call === 'number') return call;
		const {verb, globals} = call;
		if (globals.animeId !== undefined && !pipelineVerbs.has(verb.name)) {
			throw usageError(`--anime-id says what the scheduler takes of the pipeline; \`${verb.name}\` takes nothing`);
		}

		const context = createContext({globals, io, version, compose, crash});
		return (await verb.run?.(context, call.args, call.options)) ?? exitCodes.usage;
	} catch (error) {
		return tell(error, io, crash);
	}
};

/** They become the scheduler, or say what it would do. */
const pipelineVerbs: ReadonlySet<string> = new Set([screen.name, 'run', 'serve']);

/** The screen is what needs to be there at once: commander and the other commands are not loaded for it. */
const callOf = async (args: readonly string[], io: Io, version: string): Promise<Call | ExitCode> => {
	if (args.length === 0) return {verb: screen, args: [], options: {}, globals: noGlobals};
	const {parseArguments} = await import('./commands/program.ts');
	return parseArguments(args, io, version);
};

/** The parts are loaded when a command first needs an engine: SQLite, the providers, the disk. */
const compose = async (order: EngineOrder): Promise<LocalEngine> => {
	const {composeEngine} = await import('./compose.ts');
	return composeEngine(order);
};

const tell = (error: unknown, io: Io, crash: CrashReporter): ExitCode => {
	if (error instanceof CommandError) {
		for (const line of error.message.split('\n')) io.err(`tidegate: ${maskSecrets(line)}\n`, 'error');
		return error.exitCode;
	}

	const code = error instanceof Error && 'code' in error ? codeOf(error.code) : undefined;
	if (error instanceof Error && code !== undefined) {
		io.err(`tidegate: ${maskSecrets(error.message)}\n`, 'error');
		return code;
	}

	const report = crash.write(error);
	if (report === undefined) throw error;
	io.err(`${crash.line(error, report)}\n`, 'error');
	return 1;
};

/** The exit code of what an engine rejects with; undefined for a defect. */
const codeOf = (code: unknown): ExitCode | undefined => {
	if (code === 'no-scheduler') return exitCodes.noScheduler;
	if (code === 'bad-request') return exitCodes.usage;
	return typeof code === 'string' && code.startsWith('SQLITE_') ? exitCodes.someFailed : undefined;
};

/** The event loop does not turn any more, so that a stream might not write it. */
const sayAtExit = (line: string): void => {
	try {
		writeSync(process.stderr.fd, `${line}\n`);
	} catch {
		// The terminal is gone.
	}
};

const processIo = (): Io => {
	const {stdin, stdout, stderr} = process;
	// A reader such as `head` may leave early; that ends the answer, not the work.
	let isGone = false;
	stdout.on('error', () => {
		isGone = true;
	});
	let hasRoom = true;
	const isForJournal = isJournal(stderr.fd, process.env['JOURNAL_STREAM']);
	stderr.on('error', () => undefined);
	return {
		out(text) {
			if (!isGone) hasRoom = stdout.write(text);
		},
		async isHeard() {
			if (!isGone && !hasRoom) {
				await new Promise<void>(resolve => {
					stdout.once('drain', resolve).once('close', resolve).once('error', resolve);
				});
				hasRoom = true;
			}

			return !isGone;
		},
		err(text, level = 'info') {
			stderr.write(isForJournal ? withPriority(text, level) : text);
		},
		isJournal: isForJournal,
		async readStdin() {
			const chunks: Buffer[] = [];
			for await (const chunk of stdin) chunks.push(Buffer.from(chunk as Uint8Array));
			return Buffer.concat(chunks).toString('utf8');
		},
		env: process.env,
		cwd: process.cwd(),
		isInteractive: stdin.isTTY && stdout.isTTY,
		columns: stdout.isTTY ? stdout.columns : undefined,
		errColumns: stderr.isTTY ? stderr.columns : undefined,
	};
};
