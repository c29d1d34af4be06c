import {problemsOfKeys} from './key-bindings.ts';
import {problemsOfNotify} from './notify-keys.ts';
import {problemsOfQuality} from './quality.ts';
import type {Config} from './schema.ts';

/** What is wrong with a value: where it is, what it must be and what to do. */
export type ConfigProblem = {
	/** The keys from the top, such as `['disk_management', 'hard_limit_gb']`. */
	readonly path: readonly string[];
	readonly message: string;
};

/** Rules between keys, which no single key can check. */
export const problemsBetween = (config: Config): readonly ConfigProblem[] => [
	...usedMarks(config),
	...freeMarks(config),
	...retryDelays(config),
	...loginsInArguments(config),
	...seekerOfCatalogs(config),
	...orpheusFolders(config),
	...problemsOfKeys(config.keys),
	...problemsOfQuality(config.quality),
	...problemsOfNotify(config.notify),
];

const orpheusFolders = ({providers: {orpheus}}: Config): readonly ConfigProblem[] =>
	orpheus.enabled && orpheus.directory === undefined && orpheus.directories.length === 0
		? [
				{
					path: ['providers', 'orpheus', 'directory'],
					message: 'is missing; say where OrpheusDL is installed, or enabled = false',
				},
			]
		: [];

const markKeys = ['hard_limit_gb', 'pause_threshold_gb', 'resume_threshold_gb'] as const;

const usedMarks = ({disk_management: disk}: Config): readonly ConfigProblem[] => {
	const firstGiven = markKeys.find(name => disk[name] !== undefined);
	const missing = markKeys.filter(name => disk[name] === undefined);
	if (firstGiven === undefined) return [];
	if (missing.length > 0) {
		return [
			{
				path: ['disk_management', firstGiven],
				message: `is given without ${missing.join(' and ')}; give all three marks or none`,
			},
		];
	}

	const {hard_limit_gb: hard = 0, pause_threshold_gb: pause = 0, resume_threshold_gb: resume = 0} = disk;
	const problems: ConfigProblem[] = [];
	if (resume <= 0) {
		problems.push({path: ['disk_management', 'resume_threshold_gb'], message: `is ${resume}; it must be more than 0`});
	}

	if (pause <= resume) {
		problems.push({
			path: ['disk_management', 'pause_threshold_gb'],
			message: `is ${pause}; it must be more than resume_threshold_gb, which is ${resume}`,
		});
	}

	if (hard <= pause) {
		problems.push({
			path: ['disk_management', 'hard_limit_gb'],
			message: `is ${hard}; it must be more than pause_threshold_gb, which is ${pause}`,
		});
	}

	return problems;
};

const freeMarks = ({disk_management: disk}: Config): readonly ConfigProblem[] => {
	const {stop_below_free_gb: stop, pause_below_free_gb: pause, resume_above_free_gb: resume} = disk;
	const problems: ConfigProblem[] = [];
	if (pause <= stop) {
		problems.push({
			path: ['disk_management', 'pause_below_free_gb'],
			message: `is ${pause}; it must be more than stop_below_free_gb, which is ${stop}`,
		});
	}

	if (resume <= pause) {
		problems.push({
			path: ['disk_management', 'resume_above_free_gb'],
			message: `is ${resume}; it must be more than pause_below_free_gb, which is ${pause}`,
		});
	}

	return problems;
};

/** Who fetches what catalogs name has to exist; whether it is enabled is told when it is needed. */
const seekerOfCatalogs = ({catalogs: {provider}, providers}: Config): readonly ConfigProblem[] =>
	provider === undefined || Object.hasOwn(providers, provider)
		? []
		: [
				{
					path: ['catalogs', 'provider'],
					message: `is ${JSON.stringify(provider)}, which is no provider; there are ${Object.keys(providers).join(', ')}`,
				},
			];

const retryDelays = ({queue}: Config): readonly ConfigProblem[] =>
	queue.retry_cap_seconds < queue.retry_base_seconds
		? [
				{
					path: ['queue', 'retry_cap_seconds'],
					message: `is ${queue.retry_cap_seconds}; it must be at least retry_base_seconds, which is ${queue.retry_base_seconds}`,
				},
			]
		: [];

// yt-dlp 2026.08.19 `--help` and aria2c 1.36.0 `--help=#all`: options whose value is a secret.
const loginOptions =
	/^(-u|-p|--username|--password|--twofactor|--video-password|--ap-username|--ap-password|--client-certificate-password|--add-headers?|--header|--http-user|--http-passwd|--ftp-user|--ftp-passwd|--rpc-secret|--rpc-passwd|--all-proxy-passwd|--http-proxy-passwd|--https-proxy-passwd|--ftp-proxy-passwd)(=|$)/;

const remedies = {
	'yt-dlp': 'use `cookies = "file:PATH"`, or a .netrc file with `--netrc`',
	aria2: 'use a .netrc file, which aria2c reads by itself',
} as const;

const loginsInArguments = ({providers}: Config): readonly ConfigProblem[] =>
	(['yt-dlp', 'aria2'] as const).flatMap(name =>
		providers[name].extra_args
			.filter(argument => loginOptions.test(argument))
			.map(argument => ({
				path: ['providers', name, 'extra_args'],
				message: `holds ${argument.replace(/=.*/s, '')}, which every user of the machine could read; ${remedies[name]}`,
			})),
	);
