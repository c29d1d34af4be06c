import {homedir} from 'node:os';
import {dirname, isAbsolute, join, resolve} from 'node:path';
import type {Config, Surroundings} from './load.ts';

/** Every path that the program uses; all absolute. */
export type Paths = {
	/** The data directory: one scheduler at most. */
	readonly root: string;
	/** Where finished files go. */
	readonly storage: string;
	readonly database: string;
	/** Tool output and our own lines, one file a job. */
	readonly logs: string;
	/** Where what a scheduler in the background writes goes. */
	readonly schedulerLog: string;
	/** What the screen remembers. */
	readonly state: string;
	/** Folders whose bytes count as used. */
	readonly trees: readonly string[];
	/** The database of the anime pipeline, where there is one. */
	readonly pipeline: string | undefined;
	/** A relative `file:` reference starts here. */
	readonly configDirectory: string;
};

export type PathOptions = {
	readonly file: string | undefined;
	/** `--data`, relative to the working directory. */
	readonly data?: string | undefined;
	/** `--storage`, relative to the working directory. */
	readonly storage?: string | undefined;
};

/** Resolves the configured folders; nothing is created. */
export const resolvePaths = (config: Config, options: PathOptions, where: Surroundings): Paths => {
	const home = where.env['HOME'] ?? homedir();
	const configDirectory = options.file === undefined ? where.cwd : dirname(options.file);
	const absolute = (base: string, path: string): string =>
		resolve(base, path === '~' || path.startsWith('~/') ? join(home, path.slice(1)) : path);
	const root =
		options.data === undefined
			? config.data.root_dir === undefined
				? join(dataHome(where, home), 'tidegate')
				: absolute(configDirectory, config.data.root_dir)
			: absolute(where.cwd, options.data);
	const storage =
		options.storage === undefined ? absolute(root, config.data.storage_dir) : absolute(where.cwd, options.storage);
	const {trees} = config.disk_management;
	return {
		root,
		storage,
		database: join(root, 'tidegate.db'),
		logs: join(root, 'logs'),
		schedulerLog: join(root, 'scheduler.log'),
		state: join(root, 'screen'),
		trees: trees.length === 0 ? [storage] : trees.map(tree => absolute(storage, tree)),
		pipeline: config.pipeline.database === undefined ? undefined : absolute(root, config.pipeline.database),
		configDirectory,
	};
};

/** `$XDG_DATA_HOME`, which has to be absolute to count. */
const dataHome = ({env}: Surroundings, home: string): string => {
	const base = env['XDG_DATA_HOME'] ?? '';
	return isAbsolute(base) ? base : join(home, '.local', 'share');
};
