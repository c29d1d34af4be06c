/*
 * Addresses of aniworld.to and s.to, as aniworld 3.x and 4.x take them. One job is one episode, or one film; a series or a
 * season becomes episodes where somebody says which. Pure.
 */

/** The site of series is `s.to`, also called serienstream. */
export type AniworldSite = 'aniworld' | 's.to';

export type AniworldAddress = {
	readonly site: AniworldSite;
	/** Letters, digits and dashes, in lower case. */
	readonly slug: string;
	/** 0 and up, or the films; undefined for the series as a whole. */
	readonly season: number | 'films' | undefined;
	/** Number of the episode or film; undefined for the season as a whole. */
	readonly episode: number | undefined;
};

/** One episode or film. */
export type AniworldEpisode = AniworldAddress & {readonly season: number | 'films'; readonly episode: number};

const hosts: Readonly<Record<string, AniworldSite>> = {
	'aniworld.to': 'aniworld',
	's.to': 's.to',
	'serienstream.to': 's.to',
	'serienstream.cx': 's.to',
};

// Both tools know no other letters in a slug (`config.py` of 4.6.1); numbers of more digits are a slip of the finger.
const path =
	/^(?:anime\/stream|serie(?:\/stream)?)\/([a-z\d-]+)(?:\/(filme|staffel-\d{1,4})(?:\/(film|episode)-(\d{1,5}))?)?$/;

/** Reads an address of either site in any spelling; undefined for everything else. */
export const parseAniworld = (source: string): AniworldAddress | undefined => {
	const url = URL.parse(source.trim());
	if (url === null || !/^https?:$/.test(url.protocol) || url.port !== '' || url.username !== '') return undefined;
	const site = hosts[url.hostname.replace(/\.$/, '').replace(/^www\./, '')];
	const plain = url.pathname
		.toLowerCase()
		.split('/')
		.filter(part => part !== '')
		.join('/');
	const [, slug = '', season, kind, number] = path.exec(plain) ?? [];
	if (site === undefined || slug === '' || plain.startsWith('anime/') !== (site === 'aniworld')) return undefined;
	// `serie/stream` alone is the folder of the old spelling, not a series of that name.
	if (plain === 'serie/stream') return undefined;
	if (kind !== undefined && (kind === 'film') !== (season === 'filme')) return undefined;
	return {
		site,
		slug,
		season: season === undefined ? undefined : season === 'filme' ? 'films' : Number(season.slice('staffel-'.length)),
		episode: number === undefined ? undefined : Number(number),
	};
};

/** The address of one episode or film; undefined for everything else. */
export const parseAniworldEpisode = (source: string): AniworldEpisode | undefined => {
	const address = parseAniworld(source);
	return address !== undefined && isEpisode(address) ? address : undefined;
};

export const isEpisode = (address: AniworldAddress): address is AniworldEpisode =>
	address.season !== undefined && address.episode !== undefined;

const partsOf = ({season, episode}: AniworldAddress): readonly string[] => [
	...(season === undefined ? [] : [season === 'films' ? 'filme' : `staffel-${season}`]),
	...(episode === undefined ? [] : [season === 'films' ? `film-${episode}` : `episode-${episode}`]),
];

/** The one spelling of all addresses of the same thing, which is the one that 4.x takes. */
export const aniworldUrl = (address: AniworldAddress): string =>
	[
		address.site === 'aniworld' ? 'https://aniworld.to/anime/stream' : 'https://serienstream.to/serie',
		address.slug,
		...partsOf(address),
	].join('/');

/** The same as 3.x takes it: its s.to has `stream` in every path (3.8.2). */
export const oldAniworldUrl = (address: AniworldAddress): string =>
	address.site === 'aniworld'
		? aniworldUrl(address)
		: ['https://s.to/serie/stream', address.slug, ...partsOf(address)].join('/');

/** What a series is called as far as its address tells: `Frieren Nach Dem Ende Der Reise`. */
export const seriesTitle = ({slug}: Pick<AniworldAddress, 'slug'>): string =>
	slug
		.split('-')
		.filter(word => word !== '')
		.map(word => word.charAt(0).toUpperCase() + word.slice(1))
		.join(' ') || slug;

/** `S01E003`, or `Film 002`: as 4.x writes it. */
export const episodeMark = ({season, episode}: AniworldEpisode): string => {
	const number = String(episode).padStart(3, '0');
	return season === 'films' ? `Film ${number}` : `S${String(season).padStart(2, '0')}E${number}`;
};

/**
 * The episodes of a season, by their numbers; or what is wrong. An episode's own address needs no numbers, a series without a
 * season says too little.
 */
export const episodesOfAniworld = (
	address: AniworldAddress,
	numbers: readonly number[] | undefined,
): {readonly episodes: readonly AniworldEpisode[]} | {readonly problem: string} => {
	const {season} = address;
	if (isEpisode(address)) {
		return numbers === undefined
			? {episodes: [address]}
			: {problem: `this is one episode already; give the address of the season, or leave the numbers out`};
	}

	if (season === undefined) {
		const films = address.site === 'aniworld' ? ' or /filme' : '';
		return {
			problem: `this is a whole series; write /staffel-1${films} behind it, and say which episodes, such as 1-12`,
		};
	}

	if (numbers === undefined) {
		return {problem: `this is a whole season; say which ${season === 'films' ? 'films' : 'episodes'}, such as 1-12`};
	}

	const wrong = numbers.find(number => number < 1);
	return wrong === undefined
		? {episodes: numbers.map(episode => ({...address, season, episode}))}
		: {problem: `there is no episode ${wrong}; they are counted from 1`};
};
