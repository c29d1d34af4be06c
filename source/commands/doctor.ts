import {accessSync, constants, existsSync, statSync} from 'node:fs';
import {printJson} from './answer.ts';
import {plain, size} from './format.ts';
import {nearestExisting, problemWithDirectory} from '../config/directories.ts';
import {pathOfReference} from '../config/secrets.ts';
import {CommandError, exitCodes, type CommandContext, type Setup, type Verb} from './verb.ts';

type Check = {readonly name: string; readonly ok: boolean; readonly detail: string; readonly fix: string | null};

export const doctor: Verb = {
	name: 'doctor',
	summary: 'Check tools, folders, configuration, permissions and free space; says what to do about each',
	run: async context => {
		const checks = await examine(context);
		if (context.globals.isJson) printJson(context, {checks});
		else for (const check of checks) context.io.out(`${describe(check)}\n`);
		return checks.every(({ok}) => ok) ? exitCodes.done : exitCodes.someFailed;
	},
};

const describe = ({name, ok, detail, fix}: Check): string =>
	`${ok ? 'ok      ' : 'problem '}${name}: ${plain(detail)}${fix === null ? '' : `\n        → ${plain(fix)}`}`;

const good = (name: string, detail: string): Check => ({name, ok: true, detail, fix: null});
const bad = (name: string, detail: string, fix: string): Check => ({name, ok: false, detail, fix});

const examine = async (context: CommandContext): Promise<readonly Check[]> => {
	const runtime = good('node', `${process.version} runs tidegate ${context.version}`);
	let setup: Setup;
	try {
		setup = await context.setup();
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		return [
			runtime,
			bad('config', error.message, 'correct config.toml; `tidegate config check` says when it is right'),
		];
	}

	return [
		runtime,
		good('config', setup.file ?? 'no config.toml: the defaults hold'),
		...setup.notes.map(note => good('config', note)),
		folderCheck('data', setup.paths.root, '--data or [data] root_dir'),
		folderCheck('storage', setup.paths.storage, '--storage or [data] storage_dir'),
		...(await spaceCheck(setup)),
		...cookiesCheck(setup, context.io.env),
		...(await schedulerCheck(context)),
		...(await toolChecks(context)),
	];
};

const folderCheck = (name: string, path: string, option: string): Check => {
	const problem = problemWithDirectory(path);
	if (problem !== undefined) return bad(name, problem, `make it writable, or name another folder with ${option}`);
	return good(name, existsSync(path) ? `${path} can be written` : `${path} will be created`);
};

/** check-disk-space answers on systems where statfs cannot; one look a day may take the few milliseconds it costs. */
const spaceCheck = async ({config, paths}: Setup): Promise<readonly Check[]> => {
	const {spaceOf} = await import('../system/disk.ts');
	const space = await spaceOf(nearestExisting(paths.storage));
	if (space === undefined)
		return [bad('space', `the free space of ${paths.storage} cannot be read`, 'check the mount')];
	const {pause_below_free_gb: pause} = config.disk_management;
	const detail = `${size(space.free)} of ${size(space.total)} free at ${paths.storage}`;
	return space.free < pause * 1e9
		? [bad('space', `${detail}; downloads wait below ${pause} GB`, 'free some space, or lower pause_below_free_gb')]
		: [good('space', detail)];
};

const cookiesCheck = ({config, paths}: Setup, env: CommandContext['io']['env']): readonly Check[] => {
	const {cookies} = config.providers['yt-dlp'];
	if (cookies === undefined) return [];
	const full = pathOfReference(cookies, paths.configDirectory, {env});
	try {
		accessSync(full, constants.R_OK);
		return (statSync(full).mode & 0o077) === 0
			? [good('cookies', `${full} is private`)]
			: [bad('cookies', `${full} can be read by others`, `chmod 600 ${full}`)];
	} catch {
		return [
			bad('cookies', `${full} cannot be read`, 'export the cookies of a browser to that file, or remove the key'),
		];
	}
};

const schedulerCheck = async (context: CommandContext): Promise<readonly Check[]> => {
	try {
		const engine = await context.attach();
		if (engine === undefined) return [good('scheduler', 'none is running; `tidegate run` starts one')];
		await engine.close();
		return [good('scheduler', 'it is running and answers')];
	} catch (error) {
		if (!(error instanceof CommandError)) throw error;
		return [bad('scheduler', error.message, 'end that process, then start the scheduler again')];
	}
};

/** A tool that is missing is a problem of its provider alone, and no problem where the provider is switched off. */
const toolChecks = async (context: CommandContext): Promise<readonly Check[]> => {
	const engine = await context.rehearse();
	try {
		const reports = await engine.health();
		return reports.map(({provider, report}) =>
			report.ok
				? good(provider, `${report.name} ${report.version ?? 'is built in'}`)
				: bad(
						provider,
						report.problem ?? `${report.name} cannot be used`,
						`${report.fix ?? 'install it'}, or set enabled = false under [providers.${provider}]`,
					),
		);
	} finally {
		await engine.close();
	}
};
