import {cleanCandidates, mostCandidates, type Candidate} from '../../domain/candidate.ts';
import type {Failure} from '../../domain/failure.ts';
import {rankOffers, type Offer, type Ranked, type RankingOrder} from '../../domain/ranking.ts';
import {folded, partsOfPath, words as wordsOf, wordsFound} from '../../domain/ranking-text.ts';
import type {Duration, Instant} from '../../domain/time.ts';
import type {Track} from '../../domain/track.ts';
import type {Clock} from '../../engine/ports.ts';
import type {FoundFile} from './parse-search.ts';
import {albumSearch, trackSearch} from './requests.ts';
import type {Searcher} from './searcher.ts';
import {peerFileSource, wishText} from './source.ts';

export type Found =
	/** `isFree`: it was known already, and nobody had to be asked. */
	| {readonly type: 'found'; readonly candidates: readonly Candidate[]; readonly isFree: boolean}
	| {readonly type: 'failed'; readonly failure: Failure}
	| {readonly type: 'stopped'};

export type Finder = {
	/** Looks for a track: among what was found for its album, then by itself. */
	find(wish: Track, quality: RankingOrder['quality'], how: FindHow): Promise<Found>;
};

export type FindHow = {
	readonly signal: AbortSignal;
	readonly log: (line: string) => void;
	/** Only a search of its own will do: what was known has been tried. */
	readonly isFresh?: boolean;
};

export type FinderOptions = {
	readonly searcher: Searcher;
	readonly clock: Pick<Clock, 'now'>;
	readonly past: RankingOrder['past'];
	readonly isRefused: RankingOrder['isRefused'];
	/** How long the responses to the search for an album are good for. */
	readonly albumLifetime: Duration;
};

/** Albums whose responses are kept, and files of each. */
const mostAlbums = 20;
const mostAlbumFiles = 4000;

/** Of one peer no more are kept: who is offline is offline for all of them. */
const mostOfPeer = 3;

type Album = {readonly at: Instant; readonly files: readonly FoundFile[]};

export const createFinder = ({searcher, clock, past, isRefused, albumLifetime}: FinderOptions): Finder => {
	const albums = new Map<string, Album>();

	const knownAlbum = (key: string): Album | undefined => {
		const album = albums.get(key);
		return album !== undefined && clock.now() - album.at < albumLifetime ? album : undefined;
	};

	const keepAlbum = (key: string, wish: Track, files: readonly FoundFile[]): Album => {
		const album = {at: clock.now(), files: ofAlbum(files, wish).slice(0, mostAlbumFiles)};
		albums.delete(key);
		albums.set(key, album);
		for (const old of albums.keys()) {
			if (albums.size <= mostAlbums) break;
			albums.delete(old);
		}

		return album;
	};

	const ranked = (wish: Track, quality: RankingOrder['quality'], files: readonly FoundFile[]): readonly Candidate[] =>
		candidatesOf(wish, rankOffers(offersOf(files, wish), {wish, quality, past, isRefused}));

	const search = async (
		text: string,
		{signal, log}: FindHow,
		isStillWanted?: () => boolean,
	): ReturnType<Searcher['search']> => {
		log(`searching for "${text}"`);
		const searched = await searcher.search(text, signal, isStillWanted);
		if (searched.type === 'found') {
			const peers = new Set(searched.files.map(({peer}) => peer));
			log(`${searched.files.length} files of ${peers.size} peers were found`);
		}

		return searched;
	};

	const inAlbum = async (wish: Track, quality: RankingOrder['quality'], how: FindHow): Promise<Found | undefined> => {
		const text = albumSearch(wish);
		if (text === undefined) return undefined;
		const key = folded(text);
		let album = knownAlbum(key);
		let isFree = album !== undefined;
		if (album === undefined) {
			const searched = await search(text, how, () => knownAlbum(key) === undefined);
			if (searched.type === 'failed' || searched.type === 'stopped') return searched;
			isFree = searched.type === 'unwanted';
			album = searched.type === 'found' ? keepAlbum(key, wish, searched.files) : knownAlbum(key);
		}

		const candidates = ranked(wish, quality, album?.files ?? []);
		return candidates.length === 0 ? undefined : {type: 'found', candidates, isFree};
	};

	return {
		async find(wish, quality, how) {
			const found = how.isFresh === true ? undefined : await inAlbum(wish, quality, how);
			if (found !== undefined) return found;
			const text = trackSearch(wish);
			if (text === '') return nothing(`"${wishText(wish)}" leaves nothing to search for`);
			let seen = 0;
			for (const words of spellings(text)) {
				const searched = await search(words, how);
				if (searched.type === 'unwanted') return {type: 'stopped'};
				if (searched.type !== 'found') return searched;
				const candidates = ranked(wish, quality, searched.files);
				if (candidates.length > 0) return {type: 'found', candidates, isFree: false};
				seen += searched.files.length;
			}

			return nothing(
				seen === 0
					? `nobody offers "${wishText(wish)}" at the moment`
					: `none of ${seen} files that were found is "${wishText(wish)}" in a quality that is wanted`,
			);
		},
	};
};

/** As it is written, and without its accents where it has some: half of the world leaves them out. */
const spellings = (text: string): readonly string[] => {
	const plain = text
		.normalize('NFKD')
		.replaceAll(/\p{M}+/gu, '')
		.normalize('NFC');
	return plain === text || !/[\p{Script=Latin}]/u.test(text) ? [text] : [text, plain];
};

const nothing = (why: string): Found => ({type: 'failed', failure: {code: 'no-sources', message: `slskd: ${why}`}});

/** Files in folders that may be the album's. */
const ofAlbum = (files: readonly FoundFile[], {album = ''}: Track): readonly FoundFile[] =>
	files.filter(({file}) => wordsFound(album, new Set(wordsOf(file))) >= 0.5);

/** How much of an album a folder has: the share of its tracks, or of the fullest such folder where nobody knows how many. */
const offersOf = (files: readonly FoundFile[], wish: Track): readonly Offer[] => {
	const {album} = wish;
	const counts = new Map<string, number>();
	if (album !== undefined) {
		for (const file of files) {
			const {folders} = partsOfPath(file.file);
			if (wordsFound(album, new Set(wordsOf(folders.join(' ')))) < 0.6) continue;
			counts.set(folderOf(file), (counts.get(folderOf(file)) ?? 0) + 1);
		}
	}

	const whole = Math.max(1, wish.numberOf ?? Math.max(0, ...counts.values()));
	return files.map(file => ({...offerOf(file), albumShare: Math.min(1, (counts.get(folderOf(file)) ?? 0) / whole)}));
};

const folderOf = ({peer, file}: FoundFile): string => `${peer}\u0000${partsOfPath(file).folder}`;

const offerOf = ({length, bitRate, bitDepth, sampleRate, ...rest}: FoundFile): Omit<Offer, 'albumShare'> => ({
	...rest,
	...(length === undefined ? {} : {length}),
	...(bitRate === undefined ? {} : {bitRate}),
	...(bitDepth === undefined ? {} : {bitDepth}),
	...(sampleRate === undefined ? {} : {sampleRate}),
});

const candidatesOf = (wish: Track, ranked: readonly Ranked[]): readonly Candidate[] => {
	const ofPeer = new Map<string, number>();
	const candidates: Candidate[] = [];
	for (const {offer, score, reasons} of ranked) {
		if (candidates.length >= mostCandidates) break;
		const {peer, file, size, length} = offer;
		const count = (ofPeer.get(peer) ?? 0) + 1;
		const source = peerFileSource({peer, file, size, length, wish: wishText(wish)});
		if (count > mostOfPeer || source === undefined) continue;
		ofPeer.set(peer, count);
		candidates.push({source, peer, file, size, score, reasons, state: {is: 'untried'}});
	}

	return cleanCandidates(candidates);
};
