import {join} from 'node:path';
import PQueue from 'p-queue';
import type {Config} from './config/load.ts';
import type {Paths} from './config/paths.ts';
import {isReference, pathOfReference, resolveSecret} from './config/secrets.ts';
import {createDeezerCatalog} from './catalogs/deezer/index.ts';
import {judgeDeezer} from './catalogs/deezer/parse.ts';
import {createPace, type Pace} from './catalogs/http/pace.ts';
import {createService} from './catalogs/http/service.ts';
import type {Lifetimes} from './catalogs/lifetimes.ts';
import {createListCatalog} from './catalogs/list/index.ts';
import {createMusicBrainzCatalog, musicBrainzInterval} from './catalogs/musicbrainz/index.ts';
import {createSpotifyCatalog} from './catalogs/spotify/index.ts';
import {judgeSpotify} from './catalogs/spotify/parse.ts';
import {createTokenSource} from './catalogs/spotify/token.ts';
import {createYtDlpCatalog} from './catalogs/yt-dlp/index.ts';
import {catalogOfReference} from './domain/music-reference.ts';
import type {Catalog, Clock} from './engine/ports.ts';
import type {Api} from './system/api.ts';
import {createTextCache, type TextCache} from './system/text-cache.ts';

const second = 1000;
const minute = 60_000;
const hour = 3_600_000;
const megabyte = 1e6;

export type CatalogOrder = {
	readonly config: Config;
	readonly paths: Pick<Paths, 'root' | 'configDirectory'>;
	readonly env: Readonly<Record<string, string | undefined>>;
	readonly version: string;
	readonly clock: Clock;
	readonly api: Api;
	/** Is told of values that are secrets, to be asked for when something is written. */
	readonly onSecrets?: ((known: () => readonly string[]) => void) | undefined;
};

/** What the APIs share: how many are asked at once, and what they answered before. */
type Shared = CatalogOrder & {
	readonly gate: PQueue;
	readonly cache: TextCache;
	readonly lifetimes: Lifetimes;
};

/** The catalogs that are enabled, in the order in which they are asked whether they take a reference. */
export const createCatalogs = (order: CatalogOrder): readonly Catalog[] => {
	const {catalogs, providers} = order.config;
	const shared: Shared = {
		...order,
		gate: new PQueue({concurrency: catalogs.max_concurrent}),
		cache: createTextCache({
			directory: join(order.paths.root, 'catalogs'),
			mostBytes: catalogs.cache_mb * megabyte,
			clock: order.clock,
		}),
		lifetimes: {lasting: catalogs.cache_hours * hour, changing: catalogs.playlist_cache_minutes * minute},
	};
	const {cookies} = providers['yt-dlp'];
	return [
		...(catalogs.deezer.enabled ? [deezer(shared)] : [disabled('deezer')]),
		...(catalogs.musicbrainz.enabled ? [musicBrainz(shared)] : [disabled('musicbrainz')]),
		...(catalogs.spotify.enabled ? [spotify(shared)] : [disabled('spotify')]),
		createListCatalog(),
		...(providers['yt-dlp'].enabled
			? [
					createYtDlpCatalog({
						command: providers['yt-dlp'].command,
						extraArgs: providers['yt-dlp'].extra_args,
						cookies: cookies === undefined ? undefined : pathOfReference(cookies, order.paths.configDirectory, order),
						clock: order.clock,
					}),
				]
			: []),
	];
};

const paceOf = ({clock, gate}: Shared, interval: number): Pace =>
	createPace({clock, interval, turns: new PQueue({concurrency: 1}), gate});

const deezer = (shared: Shared): Catalog => {
	const keys = shared.config.catalogs.deezer;
	const service = createService({
		...shared,
		name: 'Deezer',
		base: keys.url,
		pace: paceOf(shared, second / keys.requests_per_second),
		headers: async () => ({headers: {'user-agent': `tidegate/${shared.version}`}}),
		judge: judgeDeezer,
	});
	return createDeezerCatalog(service, shared.lifetimes);
};

const musicBrainz = (shared: Shared): Catalog => {
	const {url, contact} = shared.config.catalogs.musicbrainz;
	const service = createService({
		...shared,
		name: 'MusicBrainz',
		base: url,
		pace: paceOf(shared, musicBrainzInterval),
		headers: async () =>
			contact === undefined
				? {
						failure: {
							code: 'bad-arguments',
							message:
								'MusicBrainz wants to know whom it can write to: set [catalogs.musicbrainz] contact to your mail address or web page',
						},
					}
				: {headers: {'user-agent': `tidegate/${shared.version} ( ${contact} )`}},
	});
	return createMusicBrainzCatalog(service, shared.lifetimes);
};

const spotify = (shared: Shared): Catalog => {
	const keys = shared.config.catalogs.spotify;
	const pace = paceOf(shared, second / 4);
	const tokens = createTokenSource({
		url: keys.token_url,
		client: () => clientOf(shared),
		api: shared.api,
		clock: shared.clock,
		pace,
	});
	shared.onSecrets?.(tokens.secrets);
	const service = createService({
		...shared,
		name: 'Spotify',
		base: keys.url,
		pace,
		headers: async signal => {
			const found = await tokens.get(signal);
			return 'token' in found ? {headers: {authorization: `Bearer ${found.token}`}} : found;
		},
		judge: judgeSpotify,
		onRefused: tokens.drop,
	});
	return createSpotifyCatalog(service, shared.lifetimes, keys.market);
};

const clientOf = (order: CatalogOrder): {readonly id: string; readonly secret: string} | {readonly problem: string} => {
	const {client_id: id, client_secret: secret} = order.config.catalogs.spotify;
	if (id === undefined || secret === undefined) {
		return {problem: 'Spotify needs your own client: set [catalogs.spotify] client_id and client_secret'};
	}

	const [name, key] = [id, secret].map(text =>
		isReference(text) ? resolveSecret(text, order.paths.configDirectory, order) : ({ok: true, value: text} as const),
	);
	if (name?.ok !== true) return {problem: `[catalogs.spotify] client_id: ${name?.problem ?? 'it is missing'}`};
	if (key?.ok !== true) return {problem: `[catalogs.spotify] client_secret: ${key?.problem ?? 'it is missing'}`};
	return {id: name.value, secret: key.value};
};

/** Its references are still known, so that a person is told what to do about them. */
const disabled = (id: 'deezer' | 'musicbrainz' | 'spotify'): Catalog => ({
	id,
	hasSources: true,
	accepts: reference => catalogOfReference(reference) === id,
	async expand() {
		const message = `the catalog ${id} is not enabled; set enabled = true in [catalogs.${id}] of config.toml`;
		return {type: 'failed', failure: {code: 'bad-arguments', message}};
	},
});
