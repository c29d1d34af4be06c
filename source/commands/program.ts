import {Command, CommanderError} from 'commander';
import {add} from './add.ts';
import {album} from './album.ts';
import {cancel} from './cancel.ts';
import {complete, completion} from './completion.ts';
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
import {notify} from './notify.ts';
import {pause} from './pause.ts';
import {playlist} from './playlist.ts';
import {priority} from './priority.ts';
import {reload} from './reload.ts';
import {remove} from './remove.ts';
import {resume} from './resume.ts';
import {retry} from './retry.ts';
import {run} from './run.ts';
import {screen} from './screen.ts';
import {serve} from './serve.ts';
import {service} from './service.ts';
import {show} from './show.ts';
import {stats} from './stats.ts';
import {status} from './status.ts';
import {redo, undo} from './undo.ts';
import {upgrade} from './upgrade.ts';
import {wait} from './wait.ts';
import {workers} from './workers.ts';
import {suggestion} from '../config/nearest.ts';
import {exitCodes, usageError, type ExitCode, type Globals, type Io, type Options, type Verb} from './verb.ts';

const groups: ReadonlyArray<readonly [title: string, verbs: readonly Verb[]]> = [
	['Run the queue', [run, serve, wait, workers, limit, reload, service]],
	['Fill and read it', [add, album, playlist, upgrade, list, show, log, importQueue, exportQueue]],
	['Act on jobs', [pause, resume, retry, cancel, remove, priority, move, undo, redo]],
	['See how it goes', [status, stats, disk, health, doctor, config, notify, completion, demo]],
];

/** Every verb, in the order in which help and README list them. */
export const verbs: readonly Verb[] = groups.flatMap(([, members]) => members);

const helpOfAll = `
To begin: \`tidegate add https://example.org/file.iso\`, then \`tidegate\` for the
screen, or \`tidegate run\` without one. \`tidegate help add\` explains a command.

Exit codes: 0 done, 1 something failed, 2 wrong usage or configuration, 3 no
such job, 4 refused in this state, 5 no scheduler could be reached or started,
130 interrupted.`;

const helpOfEach = '\nThe options of `tidegate --help`, such as --json and --dry-run, hold here too.';

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
		requireHelpTopic(operands);
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

/** Commander answers `help nonsense` with the whole help. */
const requireHelpTopic = ([first, topic]: readonly string[]): void => {
	if (first !== 'help' || topic === undefined || topic === 'help') return;
	const names = verbs.map(({name}) => name);
	if (!names.includes(topic)) throw usageError(`there is no command \`${topic}\`; ${suggestion(topic, names)}`);
};

type Take = (verb: Verb, args: readonly string[], options: Options) => void;

/** The commander program of all verbs; `take` gets the one that was typed. */
export const buildProgram = (version: string, take: Take): Command => {
	const program = new Command('tidegate')
		.description('A download queue for the terminal. Without a command: the screen.')
		.version(version, '-V, --version', 'print the version')
		.option('-c, --config <file>', 'configuration; default: ./config.toml, else $XDG_CONFIG_HOME/tidegate/config.toml')
		.option('-w, --workers <n>', 'jobs at once, 1 to 32, of the scheduler that is started')
		.option('--dry-run', 'say what would happen; write nothing')
		.option('--anime-id <id>', 'of the pipeline, only this series, by its MyAnimeList number')
		.option('-v, --verbose', 'with run: tell every change of every job')
		.option('--json', 'print one JSON document instead of tables')
		.option('--data <dir>', 'data folder, instead of [data] root_dir')
		.option('--storage <dir>', 'storage folder, instead of [data] storage_dir')
		.helpOption('-h, --help', 'print help')
		.showSuggestionAfterError();
	program.addHelpText('after', helpOfAll);
	for (const [title, members] of groups) {
		program.commandsGroup(`${title}:`);
		for (const verb of members) addVerb(program, verb, take);
	}

	addVerb(program, complete, take);
	return program.helpCommand('help [command]', 'Print the help of a command');
};

const addVerb = (parent: Command, verb: Verb, take: Take): void => {
	const command = parent.command(verb.name, {hidden: verb.isHidden === true}).description(verb.summary);
	for (const [name, about] of verb.arguments ?? []) command.argument(name, about);
	for (const [flags, about] of verb.options ?? []) command.option(flags, about);
	if (verb.usage !== undefined) command.usage(verb.usage);
	if (verb.help !== undefined) command.addHelpText('after', `\n${command.createHelp().boxWrap(verb.help, 80)}`);
	command.addHelpText('after', helpOfEach);
	// A word that is no inner verb is told by the verb itself.
	if (verb.verbs !== undefined) command.allowExcessArguments();
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
	animeId: raw.animeId === undefined ? undefined : parseAnimeId(raw.animeId),
	isDryRun: raw.dryRun ?? false,
	isVerbose: raw.verbose ?? false,
	isJson: raw.json ?? false,
});

const parseAnimeId = (text: string): number => {
	const id = /^\d{1,9}$/.test(text) ? Number(text) : 0;
	if (id < 1) throw usageError(`--anime-id must be the number of a series in MyAnimeList, not \`${text}\``);
	return id;
};

const parseWorkers = (text: string): number => {
	const count = /^\d+$/.test(text) ? Number(text) : 0;
	if (count < 1 || count > 32) throw usageError(`--workers must be a whole number from 1 to 32, not \`${text}\``);
	return count;
};
