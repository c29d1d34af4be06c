import {accessSync, constants, existsSync, statSync} from 'node:fs';
import {nearestExisting, problemWithDirectory} from '../config/directories.ts';
import type {Config} from '../config/load.ts';
import type {Paths} from '../config/paths.ts';
import {pathOfReference} from '../config/secrets.ts';
import {unwell, well, type Finding} from '../domain/finding.ts';
import {spaceOf} from '../system/disk.ts';
import {probeTool} from '../system/run-tool.ts';

/** What a scheduler, or a command, was started with. */
export type Machine = {
	readonly config: Config;
	/** The configuration's file, or undefined where the defaults hold. */
	readonly file: string | undefined;
	readonly notes: readonly string[];
	readonly paths: Paths;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly version: string;
	/** Sizes in words. */
	readonly size: (bytes: number) => string;
};

/** Looks at everything but the providers' tools: configuration, folders, free space, cookies, ffmpeg where it is asked for. Never rejects; takes milliseconds. */
export const examineMachine = async (machine: Machine): Promise<readonly Finding[]> => {
	const {paths} = machine;
	return [
		runtimeFinding(machine.version),
		well('config', machine.file ?? 'no config.toml: the defaults hold'),
		...machine.notes.map(note => well('config', note)),
		folderFinding('data', paths.root, '--data or [data] root_dir'),
		folderFinding('storage', paths.storage, '--storage or [data] storage_dir'),
		await spaceFinding(machine),
		...cookiesFinding(machine),
		...(await remuxFindings(machine)),
	];
};

export const runtimeFinding = (version: string): Finding => well('node', `${process.version} runs tidegate ${version}`);

const folderFinding = (name: string, path: string, option: string): Finding => {
	const problem = problemWithDirectory(path);
	if (problem !== undefined) return unwell(name, problem, `make it writable, or name another folder with ${option}`);
	return well(name, existsSync(path) ? `${path} can be written` : `${path} will be created`);
};

/** check-disk-space answers on systems where statfs cannot; one look a day may take the few milliseconds it costs. */
const spaceFinding = async ({config, paths, size}: Machine): Promise<Finding> => {
	const space = await spaceOf(nearestExisting(paths.storage));
	if (space === undefined)
		return unwell('space', `the free space of ${paths.storage} cannot be read`, 'check the mount');
	const {pause_below_free_gb: pause} = config.disk_management;
	const detail = `${size(space.free)} of ${size(space.total)} free at ${paths.storage}`;
	return space.free < pause * 1e9
		? unwell('space', `${detail}; downloads wait below ${pause} GB`, 'free some space, or lower pause_below_free_gb')
		: well('space', detail);
};

const cookiesFinding = ({config, paths, env}: Machine): readonly Finding[] => {
	const {cookies} = config.providers['yt-dlp'];
	if (cookies === undefined) return [];
	const full = pathOfReference(cookies, paths.configDirectory, {env});
	try {
		accessSync(full, constants.R_OK);
		return (statSync(full).mode & 0o077) === 0
			? [well('cookies', `${full} is private`)]
			: [unwell('cookies', `${full} can be read by others`, `chmod 600 ${full}`)];
	} catch {
		return [
			unwell('cookies', `${full} cannot be read`, 'export the cookies of a browser to that file, or remove the key'),
		];
	}
};

/** What `container = "mkv"` needs. Without it films are fetched, and wait for ffmpeg before they get their place. */
const remuxFindings = async ({config}: Machine): Promise<readonly Finding[]> => {
	if (config.finish.container !== 'mkv') return [];
	return Promise.all(
		['ffmpeg', 'ffprobe'].map(async (tool): Promise<Finding> => {
			const answer = await probeTool(tool, ['-version']);
			if (answer.type === 'answered' && answer.exitCode === 0) return well(tool, answer.lines[0] ?? 'it is there');
			const why = answer.type === 'missing' ? answer.message : `${tool} does not answer`;
			return unwell(tool, `${why}; films wait for it`, 'install ffmpeg, or set [finish] container = "keep"');
		}),
	);
};
