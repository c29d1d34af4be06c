import {mkdir, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {composeEngine} from '../../source/compose.ts';
import {parseConfig, type Config} from '../../source/config/load.ts';
import {resolvePaths, type Paths} from '../../source/config/paths.ts';
import type {LocalEngine} from '../../source/engine/index.ts';

/** A place for a real engine: configuration, data and storage in a temporary directory. */
export type EnginePlace = {
	readonly directory: string;
	/** The file of the configuration, for the built program. */
	readonly file: string;
	readonly paths: Paths;
	/** Gives it another configuration, for those who open it from then on. */
	configure(toml: string): Promise<void>;
	/** A real engine there, not started yet. Who opens it closes it. */
	open(isScheduling?: boolean): Promise<LocalEngine>;
	remove(): Promise<void>;
};

const folders = '[data]\nroot_dir = "data"\nstorage_dir = "storage"\n';

const read = async (file: string): Promise<{readonly config: Config; readonly paths: Paths}> => {
	const directory = dirname(file);
	const loaded = parseConfig(await readFile(file, 'utf8'), file);
	if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
	const {config} = loaded;
	return {config, paths: resolvePaths(config, {file}, {cwd: directory, env: {HOME: directory}})};
};

/** A real engine at a place that another process has made, not started yet. */
export const openEngineAt = async (directory: string, isScheduling: boolean): Promise<LocalEngine> =>
	composeEngine({...(await read(join(directory, 'config.toml'))), env: {}, version: 'lab', isScheduling});

/** Makes a place with this configuration, whose folders are added. Throws where the configuration is none. */
export const makeEnginePlace = async (toml: string): Promise<EnginePlace> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-lab-'));
	const file = join(directory, 'config.toml');
	await writeFile(file, `${folders}${toml}`);
	const {paths} = await read(file);
	await mkdir(paths.root, {recursive: true});
	await mkdir(paths.storage, {recursive: true});
	return {
		directory,
		file,
		paths,
		configure: other => writeFile(file, `${folders}${other}`),
		open: (isScheduling = true) => openEngineAt(directory, isScheduling),
		remove: () => rm(directory, {recursive: true, force: true, maxRetries: 5}),
	};
};
