import type {z} from 'zod';
import {allAniworldHosters, named} from '../../domain/aniworld-choices.ts';
import type {JobId, JobOptions} from '../../domain/job.ts';
import {catalogOfReference} from '../../domain/music-reference.ts';
import type {Track} from '../../domain/track.ts';
import type {AddRequest, BadSource, CommandResult, Expanded} from '../../engine/ports.ts';
import {codeOfCommand, ProblemError} from './problem.ts';
import type {albumBody, downloadBody, oneBody, track} from './requests.ts';
import type {Answer, ApiWorld} from './route.ts';

type DownloadBody = z.output<typeof downloadBody>;
type OneBody = z.output<typeof oneBody>;
type AlbumBody = z.output<typeof albumBody>;
type Done = Extract<CommandResult, {ok: true}>;
type Wishes = Pick<OneBody, 'language' | 'quality' | 'priority' | 'paused' | 'output'>;

/** Episodes, one job for each, as clients of AniWorld-Downloader ask for them. */
export const addEpisodes = async (world: ApiWorld, body: DownloadBody): Promise<Answer> => {
	const {sources, at} = sourcesOf(body);
	const hoster = body.provider === undefined ? undefined : named(body.provider, allAniworldHosters);
	const provider = hoster === undefined ? body.provider : undefined;
	const requests = sources.map((source): AddRequest => ({
		source,
		...(provider === undefined ? {} : {provider}),
		...common(body, hoster === undefined ? {} : {hoster}),
	}));
	const added = await send(world, requests, {
		batch: body.batch ?? body.anime_title ?? body.title,
		skipBad: body.skip_bad,
		pointer: at,
	});
	return answerOf(world, added, body, {told: 'in parallel'});
};

const sourcesOf = ({episode_urls, episode_url, episodes}: DownloadBody) => {
	if (episode_url !== undefined) return {sources: [episode_url], at: () => '/episode_url'};
	const name = episode_urls === undefined ? 'episodes' : 'episode_urls';
	return {sources: episode_urls ?? episodes ?? [], at: (index: number) => `/${name}/${index}`};
};

/** One job; the one that is there already where somebody has added it before. Answers with its id. */
export const addOne = async (
	world: ApiWorld,
	body: OneBody,
	signal: AbortSignal,
): Promise<{readonly id: JobId; readonly isNew: boolean}> => {
	const extra = {
		...(body.hoster === undefined ? {} : {hoster: body.hoster}),
		...(body.episode === undefined ? {} : {episode: body.episode}),
		...(body.track === undefined ? {} : {track: trackOf(body.track)}),
	};
	const own = {
		...(body.provider === undefined ? {} : {provider: body.provider}),
		...(body.title === undefined ? {} : {title: body.title}),
		...(body.expected_size === undefined ? {} : {expectedSize: body.expected_size}),
		...(body.checksum === undefined ? {} : {checksum: body.checksum}),
		...(body.max_attempts === undefined ? {} : {maxAttempts: body.max_attempts}),
	};
	const bases = body.source === undefined ? await trackRequests(world, body, signal) : [{source: body.source}];
	const requests = bases.map((base): AddRequest => ({...base, ...own, ...common(body, {...base.options, ...extra})}));
	const {changed, duplicates = []} = await send(world, requests, {batch: body.batch, pointer: () => '/source'});
	const [id] = changed;
	if (id !== undefined) return {id, isNew: true};
	const [twin] = duplicates;
	if (twin === undefined) throw new ProblemError('internal', 'it was neither added nor is it there');
	if (twin.destination !== undefined) {
		throw new ProblemError('refused', `job ${twin.id} is about to write the same file, ${twin.destination}`);
	}

	return {id: twin.id, isNew: false};
};

/** The one piece of music that an id of a catalog stands for. */
const trackRequests = async (
	world: ApiWorld,
	{deezer_id: deezer, spotify_id: spotify, provider}: OneBody,
	signal: AbortSignal,
): Promise<readonly AddRequest[]> => {
	const reference = deezer === undefined ? `spotify:track:${spotify}` : `deezer:track/${deezer}`;
	const {groups} = await expand(world, reference, {provider, kind: undefined, signal});
	return groups.flatMap(({requests}) => requests).slice(0, 1);
};

/** All pieces of an album or a playlist, by what a catalog knows of it. */
export const addAlbum = async (world: ApiWorld, body: AlbumBody, signal: AbortSignal): Promise<Answer> => {
	const kind = body.kind ?? 'album';
	const reference =
		body.reference ?? `${body.source}:${body.source === 'musicbrainz' ? '' : `${kind}/`}${body.album_id}`;
	// Whoever is elsewhere has no business with the files of this machine.
	if (catalogOfReference(reference) === undefined && !/^https?:\/\/\S+$/i.test(reference.trim())) {
		throw new ProblemError(
			'bad-source',
			'it is neither a reference such as deezer:123 nor an address; files are read by the command line alone',
		);
	}

	const expanded = await expand(world, reference, {provider: body.provider, kind, signal});
	const dones: Done[] = [];
	for (const {title, requests} of expanded.groups) {
		const wished = requests.map(request => ({...request, ...common(body, request.options ?? {})}));
		dones.push(
			await send(world, wished, {batch: body.batch ?? title, skipBad: body.skip_bad, pointer: () => '/reference'}),
		);
	}

	const added: Done = {
		ok: true,
		changed: dones.flatMap(done => done.changed),
		refused: [],
		duplicates: dones.flatMap(done => done.duplicates ?? []),
		bad: dones.flatMap(done => done.bad ?? []),
	};
	return answerOf(world, added, body, {leftOut: expanded.leftOut, notes: expanded.notes});
};

const expand = async (
	{engine, veil}: ApiWorld,
	reference: string,
	asked: {
		readonly provider: string | undefined;
		readonly kind: 'album' | 'playlist' | undefined;
		readonly signal: AbortSignal;
	},
): Promise<Extract<Expanded, {ok: true}>> => {
	const expanded = await engine.expand(reference, {
		signal: asked.signal,
		...(asked.kind === undefined ? {} : {kind: asked.kind}),
		...(asked.provider === undefined ? {} : {provider: asked.provider}),
	});
	if (expanded.ok) return expanded;
	const code = {
		'bad-request': 'bad-source',
		failed: 'catalog-failed',
		stopped: 'catalog-failed',
		'no-scheduler': 'no-scheduler',
	} as const;
	throw new ProblemError(code[expanded.code], veil.text(expanded.message));
};

/** What every kind of addition may ask for. */
const common = (wishes: Wishes, options: JobOptions): Omit<AddRequest, 'source'> => ({
	options: {
		...options,
		...(wishes.language === undefined ? {} : {language: wishes.language}),
		...(wishes.quality === undefined ? {} : {quality: wishes.quality}),
	},
	...(wishes.priority === undefined ? {} : {priority: wishes.priority}),
	...(wishes.paused === undefined ? {} : {isPaused: wishes.paused}),
	...(wishes.output === undefined ? {} : {output: wishes.output}),
});

const trackOf = ({album_artist: albumArtist, duration, ...rest}: z.output<typeof track>): Track => {
	const {title, artists, ...known} = rest;
	return {
		...given(known),
		title,
		artists,
		...given({albumArtist}),
		...(duration === undefined ? {} : {duration: duration * 1000}),
	};
};

/** The fields that say something. */
const given = <Fields extends object>(fields: Fields): {[Name in keyof Fields]?: NonNullable<Fields[Name]>} =>
	Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as {
		[Name in keyof Fields]?: NonNullable<Fields[Name]>;
	};

type Sending = {
	readonly batch?: string | undefined;
	readonly skipBad?: boolean | undefined;
	/** Where in the request the source of this place stands. */
	readonly pointer: (index: number) => string;
};

const send = async (
	{engine, veil}: ApiWorld,
	requests: readonly AddRequest[],
	{batch, skipBad, pointer}: Sending,
): Promise<Done> => {
	const result = await engine.send({
		type: 'add',
		requests,
		...(batch === undefined ? {} : {batch}),
		...(skipBad === true ? {skipBad} : {}),
	});
	if (result.ok) return result;
	const {code, message, bad = []} = result;
	const errors = bad.map(({index, problem}) => ({pointer: pointer(index), detail: veil.text(problem)}));
	const [first] = errors;
	const detail = errors.length === 1 && first !== undefined ? `${message}: ${first.detail}` : message;
	const told = code === 'bad-request' ? 'bad-source' : codeOfCommand[code];
	throw new ProblemError(told, veil.text(detail), errors.length === 0 ? {} : {errors});
};

type Told = {
	readonly told?: string;
	readonly leftOut?: ReadonlyArray<{readonly what: string; readonly why: string}>;
	readonly notes?: readonly string[];
};

const answerOf = async (
	world: ApiWorld,
	{changed, duplicates = [], bad = []}: Done,
	asked: {readonly provider?: string | undefined; readonly language?: string | undefined},
	{told = '', leftOut = [], notes = []}: Told,
): Promise<Answer> => {
	const {workers} = world.engine.getSnapshot();
	const first = changed[0] ?? duplicates[0]?.id;
	const provider = asked.provider ?? (first === undefined ? undefined : (await world.engine.show(first))?.provider);
	const skipped = [...bad.map(({source, problem}: BadSource) => ({what: source, why: problem})), ...leftOut];
	return {
		status: changed.length > 0 ? 201 : 200,
		body: world.veil.json({
			success: changed.length > 0 || duplicates.length > 0,
			message: messageOf(changed.length, duplicates.length, told),
			episode_count: changed.length,
			queue_ids: changed,
			max_concurrent: workers,
			language: asked.language ?? null,
			provider: provider ?? null,
			duplicates: duplicates.map(({source, id, destination}) => ({source, id, destination: destination ?? null})),
			skipped,
			notes,
		}),
	};
};

/** The sentence of 000, with what was there already. */
const messageOf = (added: number, known: number, told: string): string => {
	const there = known === 0 ? '' : `; ${known} already in the queue`;
	if (added === 0) return known === 0 ? 'Nothing was added' : `Nothing was added${there}`;
	return `Download added to queue: ${added} episode(s) will download${told === '' ? '' : ` ${told}`}${there}`;
};
