import PQueue from 'p-queue';
import type {Job} from '../../domain/job.ts';
import type {RankingOrder} from '../../domain/ranking.ts';
import type {Duration, Instant} from '../../domain/time.ts';
import type {Clock, Provider, Refused, RunContext, SearchOutcome} from '../../engine/ports.ts';
import type {Api} from '../../system/api.ts';
import {checkSlskd} from './check.ts';
import {createClient, type ClientOptions} from './client.ts';
import {drop} from './downloads.ts';
import {createEventLog} from './event-log.ts';
import {fetchFromPeers} from './fetch.ts';
import {createFinder} from './find.ts';
import type {Kit} from './kit.ts';
import {artefactName} from './landing.ts';
import {parseDownloadsDirectory} from './parse.ts';
import {createPeerMemory} from './peer-memory.ts';
import {readOptions} from './requests.ts';
import {createSearcher} from './searcher.ts';
import {canonicalSource, isSlskdSource, namesPeer, parsePeerFile, problemOfSource, wishOf, wishText} from './source.ts';
import {unlessAborted} from './wait.ts';
import {createWatch} from './watch.ts';

export type SlskdOptions = {
	readonly api: Api;
	readonly clock: Clock;
	/** Where slskd answers, such as `http://localhost:5030`, with its base path where it has one; without credentials. */
	readonly url: string;
	readonly apiKey: ClientOptions['apiKey'];
	/** How slskd calls its folders → how they are called here. */
	readonly pathMap: Readonly<Record<string, string>>;
	/** Whether slskd keeps its own file and record of what was fetched. */
	readonly isKept: boolean;
	readonly searchTimeout: Duration;
	readonly searchInterval: Duration;
	readonly queuePatience: Duration;
	readonly stallTimeout: Duration;
	/** Where peers are remembered, absolute. */
	readonly memory: string;
	/** The judgement on files for a job that asks for this quality, or for none. */
	readonly qualityFor: (quality: string | undefined) => RankingOrder['quality'];
	/** What is wrong with a quality that a job asks for, in words. */
	readonly problemOfQuality?: (quality: string) => string | undefined;
	/** How often slskd is asked while something moves, and while all waits. Default: 1 s and 5 s. */
	readonly poll?: {readonly active: Duration; readonly idle: Duration};
	/** Default: 30 s. */
	readonly awayPatience?: Duration;
	/** Default: 60 s. */
	readonly landingPatience?: Duration;
	/** So long nobody looks where a file should be without having been told: the path is only a guess. Default: 8 s. */
	readonly guessPatience?: Duration;
	/** Default: 120 s. */
	readonly missingPatience?: Duration;
};

const name = 'slskd';

/** The lane in which is searched, apart from that of the downloads. */
export const searchLane = 'slskd:search';

/** Responses to the search for an album are good for its other tracks so long. */
const albumLifetime: Duration = 15 * 60_000;

/** Soulseek by slskd 0.22 to 0.26, over its HTTP API: searches, chooses among peers, follows their downloads. */
export const createSlskdProvider = (options: SlskdOptions): Provider => {
	const {url} = options;
	const client = createClient(options);
	const kit = kitOf(options, client);
	const leaving = new Set<Promise<unknown>>();
	return {
		id: name,
		abilities: {resume: true, liveRateLimit: false, needsSearch: true},
		accepts: isSlskdSource,
		isSourced: source => parsePeerFile(source) !== undefined,
		laneOf: source => (namesPeer(source) ? name : searchLane),
		canonical: canonicalSource,
		describe(source, asked) {
			const wish = wishOf(source, asked.track);
			const file = parsePeerFile(source)?.file.split('\\').at(-1);
			const title = wish === undefined ? file : wishText(wish);
			return title === undefined ? undefined : {title, options: asked};
		},
		problemWith: (source, {quality}) =>
			problemOfSource(source) ?? (quality === undefined ? undefined : options.problemOfQuality?.(quality)),
		sourceOfTrack: track => {
			const text = wishText(track);
			return problemOfSource(`slskd:${text}`) === undefined ? `slskd:${text}` : undefined;
		},
		check: () => checkSlskd(client, url),
		search: (job, context) => search(kit, job, context),
		run: (job, context) => fetchFromPeers(kit, job, context),
		refused: (job, refused, context) => learn(kit, refused, context),
		abandon(_job, candidates) {
			const tried = candidates.filter(({state}) => state.is === 'tried');
			const files = tried.flatMap(({source}) => parsePeerFile(source) ?? []);
			if (files.length === 0) return;
			const ending = drop(kit, files).finally(() => leaving.delete(ending));
			leaving.add(ending);
		},
		notices: () => [kit.peers.trouble()].filter(text => text !== undefined),
		async close() {
			await Promise.all(leaving);
			kit.watch.close();
			await kit.peers.flush();
			await options.api.close();
		},
	};
};

const kitOf = (options: SlskdOptions, client: Kit['client']): Kit => {
	const {clock, poll = {active: 1000, idle: 5000}} = options;
	const peers = createPeerMemory(options.memory, clock);
	const searcher = createSearcher({
		client,
		clock,
		interval: options.searchInterval,
		timeout: options.searchTimeout,
		poll: poll.active,
	});
	return {
		client,
		clock,
		peers,
		watch: createWatch(client, clock, poll.active),
		events: createEventLog(client, clock, poll.active),
		finder: createFinder({searcher, clock, past: peers.past, isRefused: peers.isRefused, albumLifetime}),
		enqueuing: new PQueue({concurrency: 2}),
		qualityFor: options.qualityFor,
		downloadsFolder: createFolderQuestion(client, clock),
		pathMap: options.pathMap,
		isKept: options.isKept,
		patience: {
			stall: options.stallTimeout,
			queue: options.queuePatience,
			missing: options.missingPatience ?? 120_000,
			away: options.awayPatience ?? 30_000,
			landing: options.landingPatience ?? 60_000,
			guess: options.guessPatience ?? 8000,
			enqueue: 90_000,
			idle: poll.idle,
		},
	};
};

/** So long an answer is believed: a person may change the configuration of slskd. */
const folderLifetime: Duration = 5 * 60_000;

const createFolderQuestion = (client: Kit['client'], clock: Pick<Clock, 'now'>): Kit['downloadsFolder'] => {
	let known: {readonly at: Instant; readonly folder: string} | undefined;
	let asking: Promise<string | undefined> | undefined;
	const ask = async (): Promise<string | undefined> => {
		const reply = await client.ask(readOptions, {signal: AbortSignal.timeout(20_000)});
		const folder = reply.type === 'answer' && reply.status === 200 ? parseDownloadsDirectory(reply.text) : undefined;
		known = folder === undefined ? known : {at: clock.now(), folder};
		asking = undefined;
		return known?.folder;
	};
	return signal =>
		known !== undefined && clock.now() < known.at + folderLifetime
			? Promise.resolve(known.folder)
			: unlessAborted((asking ??= ask()), signal);
};

const search = async (kit: Kit, job: Job, context: RunContext): Promise<SearchOutcome> => {
	const wish = wishOf(job.source, job.options.track);
	if (wish === undefined) {
		return {type: 'failed', failure: {code: 'bad-arguments', message: 'slskd: there is nothing to search for'}};
	}

	await kit.peers.ready();
	const {signal, log} = context;
	context.report({phase: 'searching'});
	const found = await kit.finder.find(wish, kit.qualityFor(job.options.quality), {signal, log});
	// That nobody offers it is an answer as well: slskd is there.
	if (found.type === 'found' || (found.type === 'failed' && found.failure.code === 'no-sources')) {
		context.report({isAnswered: true});
	}

	if (found.type !== 'found') return found;
	const [best] = found.candidates;
	if (best === undefined) return {type: 'stopped'};
	const count = found.candidates.length;
	log(`${count === 1 ? '1 candidate' : `${count} candidates`}, the best of ${best.peer} (${best.reasons.join(', ')})`);
	return {type: 'found', source: best.source, lane: name, candidates: found.candidates, isFree: found.isFree};
};

/** Failures that are about the file itself. */
const speaksAgainstFile: ReadonlySet<string> = new Set(['wrong-size', 'wrong-checksum', 'not-media', 'no-artefact']);

/** The check has found that a file is something else: this peer is never asked for it again. */
const learn = async (
	kit: Kit,
	{outcome, failure}: Refused,
	{candidates}: Pick<RunContext, 'candidates' | 'log'>,
): Promise<void> => {
	if (!speaksAgainstFile.has(failure.code)) return;
	for (const {source} of (await candidates?.list()) ?? []) {
		const wanted = parsePeerFile(source);
		if (wanted === undefined || artefactName(source, wanted.file) !== outcome.path) continue;
		await kit.peers.refuse(wanted, failure.message);
		await candidates?.note(source, {is: 'failed', reason: failure.message});
	}
};
