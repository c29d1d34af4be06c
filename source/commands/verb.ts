import type {JobId} from '../domain/job.ts';
import type {Engine} from '../engine/ports.ts';
import type {LocalEngine} from '../engine/index.ts';
import type {Config} from '../config/load.ts';
import type {Paths} from '../config/paths.ts';

/** What a command ends with, as scripts may rely on it. */
export const exitCodes = {
	done: 0,
	someFailed: 1,
	usage: 2,
	noSuchJob: 3,
	refused: 4,
	noScheduler: 5,
	interrupted: 130,
} as const;

export type ExitCode = number;

/** Ends a command with a sentence on stderr and an exit code. Anything else that is thrown is a defect. */
export class CommandError extends Error {
	readonly exitCode: ExitCode;

	constructor(exitCode: ExitCode, message: string) {
		super(message);
		this.exitCode = exitCode;
	}
}

/** Wrong usage: says what, and what would be right. */
export const usageError = (message: string): CommandError => new CommandError(exitCodes.usage, message);

export const noSuchJob = (id: JobId): CommandError => new CommandError(exitCodes.noSuchJob, `there is no job ${id}`);

/** Options that every command has. */
export type Globals = {
	readonly config: string | undefined;
	readonly data: string | undefined;
	readonly storage: string | undefined;
	/** 1 to 32. */
	readonly workers: number | undefined;
	/** A series of the pipeline, by its MyAnimeList number, 1 and up. */
	readonly animeId: number | undefined;
	readonly isDryRun: boolean;
	readonly isVerbose: boolean;
	readonly isJson: boolean;
};

/** Nothing was said. */
export const noGlobals: Globals = {
	config: undefined,
	data: undefined,
	storage: undefined,
	workers: undefined,
	animeId: undefined,
	isDryRun: false,
	isVerbose: false,
	isJson: false,
};

/** The world of a command. */
export type Io = {
	/** The answer. */
	readonly out: (text: string) => void;
	/** Resolves when a slow reader has taken what was written; false where the reader has left. */
	readonly isHeard: () => Promise<boolean>;
	/** The words about it, each on lines of its own; the level, default `info`, is for the journal. */
	readonly err: (text: string, level?: Config['logging']['level']) => void;
	/** Whether the words go to the journal, which notes the time itself. Default: no. */
	readonly isJournal?: boolean;
	/** Everything on stdin. */
	readonly readStdin: () => Promise<string>;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly cwd: string;
	/** Whether a person sits in front of both stdin and stdout. */
	readonly isInteractive: boolean;
	/** Columns of the terminal that stdout is, undefined where it is none. */
	readonly columns: number | undefined;
	/** The same of stderr. */
	readonly errColumns: number | undefined;
};

export type Setup = {
	readonly config: Config;
	readonly file: string | undefined;
	readonly notes: readonly string[];
	readonly paths: Paths;
};

/** A scheduler in this process: it holds the data directory. */
export type Scheduler = {
	readonly engine: LocalEngine;
	/** What holds now: another one after it was read again. */
	config(): Config;
	/** Answers on its socket, takes over what a crash left, and runs jobs. */
	start(): Promise<void>;
	/** Stops what runs with its bytes kept, and gives the data directory back. */
	close(): Promise<void>;
};

export type CommandContext = {
	readonly globals: Globals;
	readonly io: Io;
	readonly version: string;
	/** The same world under other global options. */
	using(globals: Globals): CommandContext;
	/** The checked configuration; a CommandError where it is none. */
	setup(): Promise<Setup>;
	/**
	 * Lets the function use the running scheduler, or the queue itself where none runs: then commands are written down
	 * for the next one. Closes what it opened.
	 */
	withEngine<Result>(use: (engine: Engine, isAttached: boolean) => Promise<Result>): Promise<Result>;
	/** The running scheduler, or undefined. */
	attach(): Promise<Engine | undefined>;
	/** A queue in memory with the configured providers: tells what would happen and writes nothing. */
	rehearse(): Promise<Engine>;
	/** Becomes the scheduler of the data directory; a CommandError where another one is. */
	openScheduler(): Promise<Scheduler>;
};

export type Options = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

/** A command that a person types. */
export type Verb = {
	readonly name: string;
	/** One sentence without a full stop. */
	readonly summary: string;
	/** In commander's notation, such as `<id...>`. */
	readonly arguments?: ReadonlyArray<readonly [name: string, about: string]>;
	readonly options?: ReadonlyArray<readonly [flags: string, about: string]>;
	/** What stands after the name in the usage, where the arguments alone do not say it. */
	readonly usage?: string;
	/** Printed after the options. */
	readonly help?: string;
	readonly verbs?: readonly Verb[];
	/** Not in the help: called by programs. */
	readonly isHidden?: boolean;
	readonly run?: (context: CommandContext, args: readonly string[], options: Options) => Promise<ExitCode>;
};
