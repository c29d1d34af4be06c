import {Command, CommanderError} from 'commander';
import {add} from './add.ts';
import {cancel} from './cancel.ts';
import {config} from './config.ts';
import {demo} from './demo.ts';
import {disk} from './disk.ts';
import {doctor} from './doctor.ts';
import {exportQueue} from './export.ts';
import {health} from './health.ts';
import {importQueue} from './import.ts';
import {limit} from './limit.ts';
import {list} from './list.ts';
import {log} from './log.ts';
import {move} from './move.ts';
import {pause} from './pause.ts';
import {priority} from './priority.ts';
import {remove} from './remove.ts';
import {resume} from './resume.ts';
import {retry} from './retry.ts';
import {run} from './run.ts';
import {screen} from './screen.ts';
import {show} from './show.ts';
import {stats} from './stats.ts';
import {status} from './status.ts';
import {wait} from './wait.ts';
import {workers} from './workers.ts';
import {exitCodes, usageError, type ExitCode, type Globals, type Io, type Options, type Verb} from './verb.ts';

/** Every verb, in the order in which help and README list them. */
export const verbs: readonly Verb[] = [
	run,
	add,
	list,
	show,
	log,
	pause,
	resume,
	retry,
	cancel,
	remove,
	priority,
	move,
	workers,
	limit,
	status,
	stats,
	disk,
	health,
	doctor,
	config,
	importQueue,
	exportQueue,
	wait,
	demo,
];

/** A verb with what was typed for it. */
export type Call = {
	readonly verb: Verb;
	readonly args: readonly string[];
	readonly options: Options;
	readonly globals: Globals;
};

/** What the arguments mean: a call, or the exit code where commander has said all there is to say. */
export const parseArguments = async (
	args: readonly string[],
	io: Pick<Io, 'out' | 'err'>,
	version: string,
): Promise<Call | ExitCode> => {
	let call: Call | undefined;
	const program = buildProgram(version, (verb, positional, options) => {
		call = {verb, args: positional, options, globals: globalsOf(program.opts())};
	});
	for (const command of allCommands(program)) {
		command
			.exitOverride()
			.configureOutput({writeOut: io.out, writeErr: text => io.err(text.replace(/^error: /, 'tidegate: '))});
	}

	try {
		const {operands, unknown} = program.parseOptions([...args]);
		if (operands.length === 0 && unknown.length === 0) {
			return {verb: screen, args: [], options: {}, globals: globalsOf(program.opts())};
		}

		await program.parseAsync([...args], {from: 'user'});
	} catch (error) {
		if (!(error instanceof CommanderError)) throw error;
		return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
	}

	return call ?? exitCodes.usage;
};

type Take = (verb: Verb, args: readonly string[], options: Options) => void;

/** The commander program of all verbs; `take` gets the one that was typed. */
export const buildProgram = (version: string, take: Take): Command => {
	const program = new Command('tidegate')
		.description('A download queue for the terminal. Without a command: the screen.')
		.version(version, '-V, --version', 'print the version')
		.option('-c, --config <file>', 'configuration; default: ./config.toml, else $XDG_CONFIG_HOME/tidegate/config.toml')
		.option('-w, --workers <n>', 'jobs at once, 1 to 32')
		.option('--dry-run', 'say what would happen; write nothing')
		.option('--anime-id <id>', 'only the jobs of this series (needs the selection catalog)')
		.option('-v, --verbose', 'tell everything')
		.option('--json', 'print one JSON document')
		.option('--data <dir>', 'data folder, instead of [data] root_dir')
		.option('--storage <dir>', 'storage folder, instead of [data] storage_dir')
		.helpOption('-h, --help', 'print help')
		.helpCommand('help [command]', 'print the help of a command')
		.showSuggestionAfterError();
	for (const verb of verbs) addVerb(program, verb, take);
	return program;
};

const addVerb = (parent: Command, verb: Verb, take: Take): void => {
	const command = parent.command(verb.name).description(verb.summary);
	for (const [name, about] of verb.arguments ?? []) command.argument(name, about);
	for (const [flags, about] of verb.options ?? []) command.option(flags, about);
	if (verb.help !== undefined) command.addHelpText('after', `\n${verb.help}`);
	for (const inner of verb.verbs ?? []) addVerb(command, inner, take);
	command.action(() => {
		take(verb, command.args, command.opts<Options>());
	});
};

const allCommands = (command: Command): readonly Command[] => [
	command,
	...command.commands.flatMap(inner => allCommands(inner)),
];

type RawGlobals = {
	readonly config?: string;
	readonly workers?: string;
	readonly dryRun?: boolean;
	readonly animeId?: string;
	readonly verbose?: boolean;
	readonly json?: boolean;
	readonly data?: string;
	readonly storage?: string;
};

const globalsOf = (raw: RawGlobals): Globals => ({
	config: raw.config,
	data: raw.data,
	storage: raw.storage,
	workers: raw.workers === undefined ? undefined : parseWorkers(raw.workers),
	animeId: raw.animeId,
	isDryRun: raw.dryRun ?? false,
	isVerbose: raw.verbose ?? false,
	isJson: raw.json ?? false,
});

const parseWorkers = (text: string): number => {
	const count = /^\d+$/.test(text) ? Number(text) : 0;
	if (count < 1 || count > 32) throw usageError(`--workers must be a whole number from 1 to 32, not \`${text}\``);
	return count;
};
