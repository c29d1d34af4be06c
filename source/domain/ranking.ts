import type {AudioFacts, Rank} from './quality.ts';
import {partsOfPath, titleMatch, wordsFound, words} from './ranking-text.ts';
import type {Track} from './track.ts';

/** A file that a stranger offers. */
export type Offer = {
	readonly peer: string;
	/** With its folders, as the peer calls it. */
	readonly file: string;
	/** In bytes. */
	readonly size: number;
	/** In seconds. */
	readonly length?: number;
	/** In kbit/s. */
	readonly bitRate?: number;
	readonly bitDepth?: number;
	/** In Hz. */
	readonly sampleRate?: number;
	readonly hasFreeSlot: boolean;
	/** Others who wait there. */
	readonly queueLength: number;
	/** Bytes a second that the peer is said to send. */
	readonly speed: number;
	/** How much of the wanted album lies in the same folder, 0 to 1. */
	readonly albumShare: number;
};

/** What a peer was like so far. */
export type PeerPast = {readonly succeeded: number; readonly failed: number};

/** What offers are judged by. */
export type RankingOrder = {
	readonly wish: Pick<Track, 'title' | 'artists' | 'album' | 'duration'>;
	readonly quality: (facts: AudioFacts) => Rank;
	readonly past: (peer: string) => PeerPast;
	/** Files that have turned out to be something else. */
	readonly isRefused: (peer: string, file: string) => boolean;
};

/** What makes up a score; each has its own most, see `weights`. */
export type Criterion = keyof typeof weights;

export type Ranked = {
	readonly offer: Offer;
	/** The sum of the parts, 0 to 100. */
	readonly score: number;
	readonly parts: Readonly<Record<Criterion, number>>;
	readonly reasons: readonly string[];
};

/** The most that each criterion gives; together 100. */
export const weights = {
	title: 20,
	artist: 10,
	length: 12,
	quality: 24,
	album: 10,
	slot: 8,
	queue: 4,
	speed: 5,
	past: 7,
} as const;

/** Below these it is something else. */
const leastTitle = 0.6;
const leastArtist = 0.5;

/** Further away it is another recording, in seconds, or in parts of what was asked for where that is more. */
const mostSecondsApart = 15;
const mostShareApart = 0.05;

const audio = new Set(['flac', 'alac', 'wav', 'aif', 'aiff', 'mp3', 'aac', 'm4a', 'm4b', 'mp4', 'ogg', 'oga', 'opus']);

/** Whether a file is music by its name. */
export const isAudioName = (file: string): boolean => audio.has(partsOfPath(file).extension);

/** Offers that may be what is wished for, the best first. The same offers and order give the same list, in any order. */
export const rankOffers = (offers: readonly Offer[], order: RankingOrder): readonly Ranked[] =>
	offers
		.flatMap(offer => rankOffer(offer, order) ?? [])
		.toSorted(
			(a, b) => b.score - a.score || compare(a.offer.peer, b.offer.peer) || compare(a.offer.file, b.offer.file),
		);

/** What an offer is worth, or undefined where it is something else, or nothing that is wanted. */
export const rankOffer = (offer: Offer, order: RankingOrder): Ranked | undefined => {
	if (!isAudioName(offer.file) || order.isRefused(offer.peer, offer.file)) return undefined;
	const {title, artist} = matchOf(offer, order.wish);
	if (title < leastTitle || artist < leastArtist) return undefined;
	const length = lengthMatch(offer.length, order.wish.duration);
	if (length === undefined) return undefined;
	const {extension} = partsOfPath(offer.file);
	const {bitRate, bitDepth, sampleRate, size} = offer;
	const quality = order.quality({extension, bitRate, bitDepth, sampleRate, size, duration: offer.length});
	if (quality.step === undefined) return undefined;
	const past = order.past(offer.peer);
	const shares: Readonly<Record<Criterion, number>> = {
		title,
		artist,
		length,
		quality: quality.score,
		album: offer.albumShare,
		slot: offer.hasFreeSlot ? 1 : 0,
		queue: 1 / (1 + Math.max(0, offer.queueLength) / 10),
		speed: speedShare(offer.speed),
		past: (past.succeeded + 1) / (past.succeeded + past.failed + 2),
	};
	const parts = Object.fromEntries(
		Object.entries(weights).map(([name, most]) => [name, most * within(shares[name as Criterion])]),
	) as Record<Criterion, number>;
	const score = Object.values(parts).reduce((sum, part) => sum + part, 0);
	return {offer, score, parts, reasons: reasonsOf(offer, order, shares, quality, past)};
};

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const within = (share: number): number => (Number.isFinite(share) ? Math.min(1, Math.max(0, share)) : 0);

const matchOf = (
	{file}: Offer,
	{title, artists, album}: RankingOrder['wish'],
): {readonly title: number; readonly artist: number} => {
	const {folders, plainName} = partsOfPath(file);
	const known = new Set(words([...artists, album ?? ''].join(' ')));
	const there = new Set(words([...folders, plainName].join(' ')));
	const names = artists.map(name => wordsFound(name, there));
	return {
		// What belongs to the title itself is no stranger there, even where it is a word of the artist.
		title: titleMatch(title, plainName, known),
		// Who asks for no artist takes any.
		artist: names.length === 0 ? 1 : Math.max(...names),
	};
};

/** Undefined where it is another recording; what is not known is half as good as what fits. */
const lengthMatch = (seconds: number | undefined, wanted: number | undefined): number | undefined => {
	if (seconds === undefined || wanted === undefined || wanted <= 0) return 0.5;
	const apart = Math.abs(seconds - wanted / 1000);
	const most = Math.max(mostSecondsApart, (wanted / 1000) * mostShareApart);
	return apart > most ? undefined : 1 - apart / most / 2;
};

/** 0 for nothing, 1 for 10 MB/s and more; each doubling gives the same. */
const speedShare = (speed: number): number => {
	const unit = 50_000;
	return Math.log2(1 + Math.max(0, speed) / unit) / Math.log2(1 + 10e6 / unit);
};

const percent = (share: number): string => `${Math.round(share * 100)} %`;

const reasonsOf = (
	offer: Offer,
	{wish}: RankingOrder,
	shares: Readonly<Record<Criterion, number>>,
	quality: Rank,
	past: PeerPast,
): readonly string[] => {
	const tries = past.succeeded + past.failed;
	const apart =
		offer.length === undefined || wish.duration === undefined
			? undefined
			: `${Math.abs(Math.round(offer.length - wish.duration / 1000))} s apart`;
	return [
		`title ${percent(shares.title)}`,
		...(wish.artists.length === 0 ? [] : [`artist ${percent(shares.artist)}`]),
		...(wish.duration === undefined ? [] : [apart ?? 'length unknown']),
		quality.reasons.join(' '),
		...(offer.albumShare > 0 ? [`album ${percent(shares.album)}`] : []),
		offer.hasFreeSlot ? 'free slot' : 'no free slot',
		...(offer.queueLength > 0 ? [`queue ${offer.queueLength}`] : []),
		`${Math.round(Math.max(0, offer.speed) / 1000)} kB/s`,
		...(tries === 0 ? [] : [`${past.succeeded} of ${tries} came before`]),
	];
};
