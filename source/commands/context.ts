import {mkdtempSync, rmSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as delay} from 'node:timers/promises';
import type {Engine} from '../engine/ports.ts';
import type {LocalEngine} from '../engine/index.ts';
import type {EngineOrder} from '../compose.ts';
import type {LoadedConfig} from '../config/load.ts';
import type {CrashReporter} from '../system/crash-report.ts';
import {CommandError, exitCodes, usageError, type CommandContext, type Globals, type Io, type Setup} from './verb.ts';
import {holderWords} from './holder.ts';
import {openScheduler} from './scheduler.ts';

/** How long a scheduler that holds the data directory may take until it answers. */
const patience = 5000;
const lookAgainAfter = 100;

export type ContextOrder = {
	readonly globals: Globals;
	readonly io: Io;
	readonly version: string;
	/** Puts an engine together from the real parts; given from outside, because only the top knows them all. */
	readonly compose: (order: EngineOrder) => Promise<LocalEngine>;
	/** Is told where reports are kept and what the scheduler does. */
	readonly crash: CrashReporter;
};

/** The world of one command: its configuration, and the way to the queue. */
export const createContext = ({globals, io, version, compose, crash}: ContextOrder): CommandContext => {
	let loaded: Promise<Setup> | undefined;
	const setup = (): Promise<Setup> => (loaded ??= loadSetup(globals, io, crash));
	const orderOf = ({config, file, notes, paths}: Setup): Omit<EngineOrder, 'isScheduling'> => ({
		config,
		file,
		notes,
		paths,
		env: io.env,
		version,
		onSecrets: known => crash.hide(known),
		workers: globals.workers,
		animeId: globals.animeId,
	});

	const attach = async (): Promise<Engine | undefined> => {
		const {paths} = await setup();
		return attachTo(paths.root, version);
	};

	const openLocal = async (): Promise<Engine> => {
		const known = await setup();
		const {paths} = known;
		await requireFolders(known);
		const engine = await composed(() => compose({...orderOf(known), isScheduling: false}));
		return wakingAtClose(engine, () => attachTo(paths.root, version));
	};

	const rehearse = async (): Promise<Engine> => {
		const known = await setup();
		const root = mkdtempSync(join(tmpdir(), 'tidegate-rehearsal-'));
		const paths = {
			...known.paths,
			root,
			storage: join(root, 'storage'),
			database: join(root, 'tidegate.db'),
			logs: join(root, 'logs'),
			trees: [join(root, 'storage')],
		};
		const clear = (): void => rmSync(root, {recursive: true, force: true});
		try {
			const engine = await composed(() => compose({...orderOf(known), paths, isScheduling: false}));
			return {
				...engine,
				async close() {
					await engine.close();
					clear();
				},
			};
		} catch (error) {
			clear();
			throw error;
		}
	};

	return {
		globals,
		io,
		version,
		using: other => createContext({globals: other, io, version, compose, crash}),
		setup,
		attach,
		rehearse,
		async withEngine(use) {
			const attached = await attach();
			// A dry run may not even make the database.
			const engine = attached ?? (globals.isDryRun && !(await hasQueue(setup)) ? await rehearse() : await openLocal());
			try {
				return await use(engine, attached !== undefined);
			} finally {
				await engine.close();
			}
		},
		async openScheduler() {
			const known = await setup();
			await requireFolders(known);
			await requirePipeline(known, globals);
			const {loadConfig} = await import('../config/load.ts');
			const load = (): LoadedConfig => loadConfig(known.file ?? globals.config, {cwd: io.cwd, env: io.env});
			return openScheduler(known, {io, version, crash}, onConfig =>
				composed(() => compose({...orderOf(known), isScheduling: true, reload: {load, onConfig}})),
			);
		},
	};
};

const loadSetup = async (globals: Globals, io: Io, crash: CrashReporter): Promise<Setup> => {
	const [{loadConfig}, {resolvePaths}] = await Promise.all([import('../config/load.ts'), import('../config/paths.ts')]);
	const where = {cwd: io.cwd, env: io.env};
	const loaded = loadConfig(globals.config, where);
	if (!loaded.ok) throw usageError(loaded.problems.join('\n'));
	const {config, file, notes} = loaded;
	const paths = resolvePaths(config, {file, data: globals.data, storage: globals.storage}, where);
	crash.keepIn(paths.root);
	return {config, file, notes, paths};
};

/** Folders that cannot be used are told before anything is written. */
const requireFolders = async ({paths}: Setup): Promise<void> => {
	const {problemWithDirectory} = await import('../config/directories.ts');
	const data = problemWithDirectory(paths.root);
	if (data !== undefined) throw usageError(`${data}; name another data folder with --data or [data] root_dir`);
	const storage = problemWithDirectory(paths.storage);
	if (storage !== undefined) throw usageError(`${storage}; name another with --storage or [data] storage_dir`);
};

/** A pipeline that is not there is told before anything is written; later it is waited for. */
const requirePipeline = async ({paths}: Setup, {animeId}: Globals): Promise<void> => {
	const {pipeline} = paths;
	if (pipeline === undefined) {
		if (animeId === undefined) return;
		throw usageError('--anime-id needs the database of the pipeline; name it with [pipeline] database in config.toml');
	}

	const {existsSync} = await import('node:fs');
	if (!existsSync(pipeline)) throw usageError(`[pipeline] database: there is no file ${pipeline}`);
};

/** What cannot be put together is told as a sentence: a damaged database, a secret that is not there. */
const composed = async (compose: () => Promise<LocalEngine>): Promise<LocalEngine> => {
	try {
		return await compose();
	} catch (error) {
		if (error instanceof TypeError || !(error instanceof Error)) throw error;
		throw usageError(error.message);
	}
};

const hasQueue = async (setup: () => Promise<Setup>): Promise<boolean> => {
	const {existsSync} = await import('node:fs');
	return existsSync((await setup()).paths.database);
};

/** The scheduler of a data directory, undefined where none runs; a CommandError where one runs but does not answer. */
const attachTo = async (root: string, version: string): Promise<Engine | undefined> => {
	const {isLocked, readHolder} = await import('../system/lock.ts');
	// The usual case of who starts the first screen: nothing has to be loaded or asked to know that nobody is there.
	if (readHolder(root) === undefined && !isLocked(root)) return undefined;
	const [{connectEngine}, {usualSocketPath}] = await Promise.all([
		import('../remote/client.ts'),
		import('../remote/socket-path.ts'),
	]);
	const socketPath = (): string => readHolder(root)?.socket || usualSocketPath(root);
	const deadline = performance.now() + patience;
	for (;;) {
		const connection = await connectEngine({socketPath, version});
		if (connection.ok) return connection.engine;
		if (connection.reason !== 'absent') throw new CommandError(exitCodes.noScheduler, connection.message);
		if (!isLocked(root)) return undefined;
		if (performance.now() > deadline) {
			throw new CommandError(
				exitCodes.noScheduler,
				`${holderWords(readHolder(root))} holds ${root}, but does not answer`,
			);
		}

		await delay(lookAgainAfter);
	}
};

/** A scheduler may have started while the queue was written to: it is told to look. */
const wakingAtClose = (engine: LocalEngine, attach: () => Promise<Engine | undefined>): Engine => {
	let hasSent = false;
	return {
		...engine,
		send(command) {
			hasSent ||= command.type !== 'measure-disk' && command.type !== 'wake';
			return engine.send(command);
		},
		async close() {
			await engine.close();
			if (!hasSent) return;
			const scheduler = await attach().catch(() => undefined);
			await scheduler?.send({type: 'wake'});
			await scheduler?.close();
		},
	};
};
