import {mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {composeEngine} from '../../source/compose.ts';
import {parseConfig} from '../../source/config/load.ts';
import {resolvePaths, type Paths} from '../../source/config/paths.ts';
import type {LocalEngine} from '../../source/engine/index.ts';

/** A place for a real engine: configuration, data and storage in a temporary directory. */
export type EnginePlace = {
	readonly directory: string;
	/** The file of the configuration, for the built program. */
	readonly file: string;
	readonly paths: Paths;
	/** A real engine there, not started yet. Who opens it closes it. */
	open(isScheduling?: boolean): Promise<LocalEngine>;
	remove(): Promise<void>;
};

const folders = '[data]\nroot_dir = "data"\nstorage_dir = "storage"\n';

/** Makes a place with this configuration, whose folders are added. Throws where the configuration is none. */
export const makeEnginePlace = async (toml: string): Promise<EnginePlace> => {
	const directory = await mkdtemp(join(tmpdir(), 'tidegate-lab-'));
	const file = join(directory, 'config.toml');
	const text = `${folders}${toml}`;
	await writeFile(file, text);
	const loaded = parseConfig(text, file);
	if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
	const {config} = loaded;
	const paths = resolvePaths(config, {file}, {cwd: directory, env: {HOME: directory}});
	await mkdir(paths.root, {recursive: true});
	await mkdir(paths.storage, {recursive: true});
	return {
		directory,
		file,
		paths,
		open: (isScheduling = true) => composeEngine({config, paths, env: {}, version: 'lab', isScheduling}),
		remove: () => rm(directory, {recursive: true, force: true, maxRetries: 5}),
	};
};
