import {join} from 'node:path';
import type {Config} from './config/load.ts';
import type {Paths} from './config/paths.ts';
import {profilesOf} from './config/quality.ts';
import {
	cookieValues,
	isReference,
	isSecretName,
	orpheusCredentials,
	pathOfReference,
	resolveSecret,
	type Secret,
} from './config/secrets.ts';
import {qualityOf} from './domain/quality.ts';
import type {QualityProfiles} from './domain/quality-profiles.ts';
import type {Clock, Provider} from './engine/ports.ts';
import {createAniCliProvider} from './providers/ani-cli/index.ts';
import {createAniworldProvider} from './providers/aniworld/index.ts';
import {createAria2Provider} from './providers/aria2/index.ts';
import {createCommandProvider} from './providers/command/index.ts';
import {createHttpProvider} from './providers/http/index.ts';
import {createOrpheusProvider} from './providers/orpheus/index.ts';
import {createSlskdProvider} from './providers/slskd/index.ts';
import {hidingSecrets} from './providers/supervision/hide-secrets.ts';
import {createYtDlpProvider} from './providers/yt-dlp/index.ts';
import {createApi} from './system/api.ts';
import type {Http} from './system/http.ts';

const megabyte = 1e6;
const second = 1000;
const hour = 3_600_000;

export type ProviderOrder = {
	readonly config: Config;
	readonly paths: Paths;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly version: string;
	readonly clock: Clock;
	readonly http: Http;
	/** Names the process that runs what providers start. */
	readonly owner: string;
	/** Is told of values that are secrets, to be asked for when something is written. */
	readonly onSecrets?: ((known: () => readonly string[]) => void) | undefined;
};

/** The providers that are enabled, in the order in which they are asked: tools of one's own, then the built-in ones. */
export const createProviders = (order: ProviderOrder): readonly Provider[] => {
	const {config, paths} = order;
	const {http, 'yt-dlp': ytDlp, aria2, 'ani-cli': aniCli, aniworld, orpheus, slskd, ...commands} = config.providers;
	const profiles = profilesOf(config);
	const providers: Provider[] = [];
	const add = (provider: Provider, secrets: () => readonly string[] = () => []): void => {
		providers.push(hidingSecrets(provider, secrets));
		order.onSecrets?.(secrets);
	};

	for (const [name, keys] of Object.entries(commands)) if (keys.enabled) add(...commandProvider(name, keys, order));
	// Before http, which takes any address.
	if (aniworld.enabled) {
		add(
			createAniworldProvider({
				command: aniworld.command,
				language: aniworld.language,
				hosters: aniworld.hosters,
				extraArgs: aniworld.extra_args,
				stallTimeout: aniworld.stall_timeout_seconds * second,
				home: aniworld.private_home ? order.env['HOME'] : undefined,
				env: order.env,
			}),
		);
	}

	if (http.enabled) {
		add(
			createHttpProvider({
				http: order.http,
				clock: order.clock,
				userAgent: http.user_agent ?? `tidegate/${order.version}`,
				segments: http.segments,
				segmentThreshold: http.segment_threshold_mb * megabyte,
				stallTimeout: http.stall_timeout_seconds * second,
			}),
		);
	}

	if (ytDlp.enabled) {
		const {cookies} = ytDlp;
		const file = cookies === undefined ? undefined : pathOfReference(cookies, paths.configDirectory, order);
		add(
			createYtDlpProvider({
				command: ytDlp.command,
				format: ytDlp.format,
				extraArgs: ytDlp.extra_args,
				trackSearch: ytDlp.track_search,
				profiles,
				cookies: file === undefined ? undefined : {file},
				stallTimeout: ytDlp.stall_timeout_seconds * second,
			}),
			() => (file === undefined ? [] : cookieValues(file)),
		);
	}

	if (aria2.enabled) {
		add(
			createAria2Provider({
				command: aria2.command,
				connections: aria2.connections,
				extraArgs: aria2.extra_args,
				stallTimeout: aria2.stall_timeout_seconds * second,
				runtimeDirectory: join(paths.root, 'aria2'),
				owner: order.owner,
			}),
		);
	}

	if (aniCli.enabled) {
		add(
			createAniCliProvider({
				command: aniCli.command,
				language: aniCli.language,
				quality: aniCli.quality,
				profiles,
				stallTimeout: aniCli.stall_timeout_seconds * second,
				unreleasedWait: aniCli.unreleased_wait_hours * hour,
			}),
		);
	}

	if (slskd.enabled) add(...slskdProvider(slskd, profiles, order));
	// Last: it takes any address, and gets one only where it is named or nobody else takes it.
	if (orpheus.enabled) {
		const given = [...(orpheus.directory === undefined ? [] : [orpheus.directory]), ...orpheus.directories];
		const directories = given.map(path => pathOfReference(`file:${path}`, paths.configDirectory, order));
		add(
			createOrpheusProvider({
				directories,
				python: orpheus.python,
				searchModule: orpheus.search_module,
				profiles,
				stallTimeout: orpheus.stall_timeout_seconds * second,
			}),
			() => directories.flatMap(directory => orpheusCredentials(join(directory, 'config', 'settings.json'))),
		);
	}

	return providers;
};

/** A key that cannot be read now may be there later; what is wrong with it is told by the jobs and the doctor. */
const slskdProvider = (
	keys: Config['providers']['slskd'],
	profiles: QualityProfiles,
	order: ProviderOrder,
): readonly [Provider, () => readonly string[]] => {
	const {configDirectory, root} = order.paths;
	let secret: Secret = {ok: false, problem: 'it is not given; write api_key = "env:NAME" or "file:PATH"'};
	const apiKey = (): Secret => {
		if (!secret.ok && keys.api_key !== undefined) secret = resolveSecret(keys.api_key, configDirectory, order);
		return secret;
	};
	const provider = createSlskdProvider({
		api: createApi(),
		clock: order.clock,
		url: keys.url.replace(/\/+$/, ''),
		apiKey,
		pathMap: Object.fromEntries(
			Object.entries(keys.path_map).map(([there, here]) => [
				there,
				pathOfReference(`file:${here}`, configDirectory, order),
			]),
		),
		isKept: keys.keep_in_slskd,
		searchTimeout: keys.search_timeout_seconds * second,
		searchInterval: keys.search_interval_seconds * second,
		queuePatience: keys.queue_patience_minutes * 60 * second,
		stallTimeout: keys.stall_timeout_seconds * second,
		memory: join(root, 'slskd-peers.json'),
		problemOfQuality: quality =>
			profiles.find(quality) === undefined
				? `there is no profile of quality called ${quality}; there are ${profiles.names.join(', ')}`
				: undefined,
		qualityFor: wanted => {
			const profile = profiles.find(wanted ?? keys.quality) ?? profiles.find('best');
			return facts =>
				profile === undefined ? {step: 1, score: 0.5, reasons: [], isGoodEnough: true} : qualityOf(profile, facts);
		},
	});
	const known = (): readonly string[] => {
		const key = apiKey();
		return key.ok ? [key.value] : [];
	};
	return [provider, known];
};

type CommandKeys = Extract<Config['providers'][string], {readonly type: 'command'}>;

/** The provider and its secrets. Throws with a sentence for people where a secret that it needs is not there. */
const commandProvider = (
	name: string,
	keys: CommandKeys,
	order: ProviderOrder,
): readonly [Provider, () => readonly string[]] => {
	const env = environmentOf(name, keys.env, order);
	const secrets = Object.entries(keys.env).flatMap(([key, text]) =>
		isReference(text) || isSecretName(key) ? [env[key] ?? ''] : [],
	);
	const provider = createCommandProvider({
		id: name,
		command: keys.command,
		args: keys.args,
		accepts: keys.accepts,
		progress: keys.progress,
		success: keys.success,
		complete: keys.complete,
		artefact: keys.artefact,
		failures: keys.failures.map(({pattern, code}) => ({pattern, ...(code === undefined ? {} : {code})})),
		env,
		stopSignal: keys.stop_signal,
		timeout: keys.timeout_seconds === undefined ? undefined : keys.timeout_seconds * second,
		stallTimeout: keys.stall_timeout_seconds * second,
		versionArgs: keys.version_args,
		...(keys.install === undefined ? {} : {install: keys.install}),
	});
	return [provider, () => secrets];
};

const environmentOf = (
	provider: string,
	env: Readonly<Record<string, string>>,
	order: ProviderOrder,
): Readonly<Record<string, string>> =>
	Object.fromEntries(
		Object.entries(env).map(([name, text]) => {
			if (!isReference(text)) return [name, text];
			const secret = resolveSecret(text, order.paths.configDirectory, order);
			if (!secret.ok) throw new Error(`[providers.${provider}] env ${name}: ${secret.problem}`);
			return [name, secret.value];
		}),
	);
