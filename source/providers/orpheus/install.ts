import {join} from 'node:path';
import {cleanText, shorten} from '../../domain/text.ts';
import type {ToolReport} from '../../engine/ports.ts';
import {foldersHolding} from '../../system/list-folders.ts';
import {probeTool} from '../../system/run-tool.ts';
import {readStart} from '../../system/scratch.ts';
import {versionIn} from '../supervision/check-tool.ts';
import {isRecord, parseJson} from '../supervision/json.ts';
import {pythonOf} from './arguments.ts';
import {name, script} from './names.ts';

/** What an install directory holds, as far as a run depends on it. */
export type Install =
	| {readonly type: 'ready'; readonly modules: readonly string[]; readonly quality: string | undefined}
	/** Nothing can be run there; `fix` says what to do. */
	| {readonly type: 'unfit'; readonly problem: string; readonly fix: string};

const largestSettings = 1_000_000;

/** Looks into an install directory. Nothing in it is changed, and of the settings only the quality is kept. */
export const readInstall = async (directory: string): Promise<Install> => {
	if ((await readStart(join(directory, script), 1)).length === 0) {
		return unfit(
			`${name} is not installed: there is no ${script} in ${directory}`,
			`${install} there, or correct its \`directory\` in config.toml`,
		);
	}

	const modules = modulesIn(directory);
	if (modules.length === 0) {
		return unfit(
			`no module is installed in ${join(directory, 'modules')}`,
			'install the module of a service that you have an account with',
		);
	}

	const path = join(directory, 'config', 'settings.json');
	const text = (await readStart(path, largestSettings)).toString('utf8');
	const settings = parseJson(text);
	if (isRecord(settings)) return {type: 'ready', modules, quality: qualityIn(settings)};
	return text === ''
		? unfit(`${path} is not there yet`, `run \`python3 ${script} settings refresh\` in ${directory}, then fill it in`)
		: unfit(`${path} is no JSON`, 'correct it');
};

const unfit = (problem: string, fix: string): Install => ({type: 'unfit', problem, fix});

/** The modules of services that are installed; the one that only shows how modules are written is none. */
export const modulesIn = (directory: string): readonly string[] =>
	foldersHolding(join(directory, 'modules'), 'interface.py')
		.map(module => module.toLowerCase())
		.filter(module => module !== 'example');

export const install = 'git clone https://github.com/OrfiTeam/OrpheusDL and install its requirements';

const qualityIn = (settings: Readonly<Record<string, unknown>>): string | undefined => {
	const {global} = settings;
	const general = isRecord(global) ? global['general'] : undefined;
	const quality = isRecord(general) ? general['download_quality'] : undefined;
	return typeof quality === 'string' ? shorten(cleanText(quality), 20) : undefined;
};

/** Whether every install directory can be used, with its modules and the quality that it is set to. The tool is not run. */
export const checkInstalls = async (directories: readonly string[], python: string): Promise<ToolReport> => {
	const versions: string[] = [];
	for (const directory of directories) {
		const found = await readInstall(directory);
		if (found.type === 'unfit') return broken(found.problem, found.fix);
		const command = pythonOf(python, directory);
		const answer = await probeTool(command, ['--version']);
		if (answer.type === 'missing')
			return broken(
				`python is not installed (${answer.message})`,
				'install python3, or correct `python` in config.toml',
			);
		if (answer.type === 'timed-out' || answer.exitCode !== 0)
			return broken(`${command} did not tell its version`, `run: ${command} --version`);
		const version = versionIn(cleanText(answer.lines.find(line => line.trim() !== '') ?? ''));
		const quality = found.quality === undefined ? '' : `, ${found.quality}`;
		versions.push(`${found.modules.join(' ')}${quality} (Python ${version})`);
	}

	return {name: 'orpheus', ok: true, version: shorten(versions.join('; '), 200), problem: undefined, fix: undefined};
};

const broken = (problem: string, fix: string): ToolReport => ({
	name: 'orpheus',
	ok: false,
	version: undefined,
	problem,
	fix,
});
