import {mkdirSync, readFileSync, realpathSync, rmSync, writeFileSync} from 'node:fs';
import {homedir, userInfo} from 'node:os';
import {dirname, isAbsolute, join} from 'node:path';
import {isSet, textOf} from './arguments.ts';
import {printJson} from './answer.ts';
import {searchPath, unitMark, unitName, unitText, type UnitOrder} from './service-unit.ts';
import {CommandError, exitCodes, usageError, type CommandContext, type Io, type Options, type Verb} from './verb.ts';

const scopeOptions: Verb['options'] = [
	['--user', 'a service of yours, the default: `systemctl --user`'],
	['--system', 'a service of the machine, which may write nothing but the data and the storage folder'],
];

const install: Verb = {
	name: 'install',
	summary: 'Write a systemd unit that runs the queue',
	options: [
		...scopeOptions,
		['--as <user>', 'who the service of the machine runs as; default: who called sudo'],
		['--print', 'print the unit and write nothing'],
	],
	help: 'The unit names this Node, this program, and the configuration and the folders as they are now. A unit that is not of tidegate is not touched.',
	run: async (context, _args, options) => {
		const scope = scopeOf(options);
		const order = await unitOrder(context, scope, textOf(options, 'as'));
		const text = written(order);
		if (isSet(options, 'print')) {
			context.io.out(text);
			return exitCodes.done;
		}

		const path = unitPath(scope, context.io);
		requireOurs(path);
		if (!context.globals.isDryRun) {
			// A sandbox cannot be made around folders that are not there.
			if (scope === 'user') for (const folder of [order.data, order.storage]) mkdirSync(folder, {recursive: true});
			write(path, text);
		}

		const next = nextSteps(scope, context.io);
		if (context.globals.isJson) printJson(context, {unit: path, next});
		else {
			const made = context.globals.isDryRun ? 'would write' : 'wrote';
			context.io.out(`${made} ${path}\n\nNext:\n${next.map(line => `  ${line}\n`).join('')}`);
		}

		return exitCodes.done;
	},
};

const uninstall: Verb = {
	name: 'uninstall',
	summary: 'Remove the unit; the queue and the files stay',
	options: scopeOptions,
	run: async (context, _args, options) => {
		const scope = scopeOf(options);
		const path = unitPath(scope, context.io);
		if (requireOurs(path) === undefined) throw new CommandError(exitCodes.refused, `there is no ${path}`);
		if (!context.globals.isDryRun) change(path, () => rmSync(path));
		const manager = systemctl(scope);
		const next = [`${manager} disable --now tidegate`, `${manager} daemon-reload`];
		if (context.globals.isJson) printJson(context, {unit: path, next});
		else {
			const made = context.globals.isDryRun ? 'would remove' : 'removed';
			context.io.out(`${made} ${path}\n\nNext:\n${next.map(line => `  ${line}\n`).join('')}`);
		}

		return exitCodes.done;
	},
};

export const service: Verb = {
	name: 'service',
	summary: 'Write or remove a systemd unit for the queue',
	verbs: [install, uninstall],
	run: async (_context, [word]) => {
		if (word === undefined) throw usageError('say what to do with the service: install or uninstall');
		throw usageError(`there is no \`service ${word}\`; there are install and uninstall`);
	},
};

type Scope = UnitOrder['scope'];

const scopeOf = (options: Options): Scope => {
	if (isSet(options, 'user') && isSet(options, 'system')) throw usageError('a service is --user or --system, not both');
	return isSet(options, 'system') ? 'system' : 'user';
};

const unitOrder = async (context: CommandContext, scope: Scope, as: string | undefined): Promise<UnitOrder> => {
	const {file, paths, config} = await context.setup();
	if (scope === 'user' && as !== undefined) throw usageError('--as goes with --system; a service of yours runs as you');
	const {workers, data} = context.globals;
	if (scope === 'system' && process.getuid?.() === 0 && data === undefined && config.data.root_dir === undefined) {
		throw usageError(
			'without [data] root_dir the queue would lie in the home of root; say with --data where it is to be',
		);
	}

	return {
		scope,
		node: process.execPath,
		program: realpathSync(process.argv[1] ?? ''),
		// Named, so that the service finds the same ones from another folder and with another environment.
		options: [
			...(file === undefined ? [] : ['--config', file]),
			'--data',
			paths.root,
			'--storage',
			paths.storage,
			...(workers === undefined ? [] : ['--workers', String(workers)]),
		],
		data: paths.root,
		storage: paths.storage,
		others: paths.pipeline === undefined ? [] : [dirname(paths.pipeline)],
		user: scope === 'system' ? (as ?? caller(context.io)) : undefined,
		path: searchPath(context.io.env['PATH'] ?? ''),
	};
};

/** Tools that are run for a queue need no rights over the machine. */
const caller = ({env}: Io): string => {
	const name = env['SUDO_USER'] ?? userInfo().username;
	if (name !== 'root') return name;
	throw usageError('a service of the machine should not run as root; say who it runs as with --as USER');
};

const written = (order: UnitOrder): string => {
	try {
		return unitText(order);
	} catch (error) {
		throw usageError(error instanceof Error ? error.message : String(error));
	}
};

const unitPath = (scope: Scope, {env}: Io): string => {
	if (scope === 'system') return join('/etc/systemd/system', unitName);
	const base = env['XDG_CONFIG_HOME'] ?? '';
	return join(isAbsolute(base) ? base : join(env['HOME'] ?? homedir(), '.config'), 'systemd', 'user', unitName);
};

/** The unit that stands there; undefined for none, a CommandError where it is somebody else's. */
const requireOurs = (path: string): string | undefined => {
	let text;
	try {
		text = readFileSync(path, 'utf8');
	} catch (error) {
		if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
		throw usageError(`${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? String(error)})`);
	}

	if (text.startsWith(unitMark)) return text;
	throw new CommandError(
		exitCodes.refused,
		`${path} was not written by tidegate and is left alone; move it away first`,
	);
};

const write = (path: string, text: string): void =>
	change(path, () => {
		mkdirSync(dirname(path), {recursive: true});
		writeFileSync(path, text, {mode: 0o644});
	});

const change = (path: string, act: () => void): void => {
	try {
		act();
	} catch (error) {
		const {code = String(error)} = error as NodeJS.ErrnoException;
		const hint = code === 'EACCES' ? '; a service of the machine needs root: put `sudo` before it' : '';
		throw usageError(`${path} cannot be changed (${code})${hint}`);
	}
};

const systemctl = (scope: Scope): string => (scope === 'user' ? 'systemctl --user' : 'sudo systemctl');

/** What a person types then, with the reason where it needs one. */
const nextSteps = (scope: Scope, {env}: Io): readonly string[] => [
	`${systemctl(scope)} daemon-reload`,
	`${systemctl(scope)} enable --now tidegate`,
	`${systemctl(scope)} status tidegate    # how it goes, in a line`,
	`journalctl ${scope === 'user' ? '--user ' : ''}-u tidegate -f    # what it does`,
	...(scope === 'user'
		? [
				`loginctl enable-linger ${env['USER'] ?? userInfo().username}    # it runs on when you log out, and from boot on`,
			]
		: []),
];
