import {cleanText, shorten} from '../domain/text.ts';
import {cleanTrack, type Track} from '../domain/track.ts';
import type {Core} from './core.ts';
import type {
	AddRequest,
	Catalog,
	CatalogEntry,
	CatalogOutcome,
	Expanded,
	ExpandOptions,
	LeftOut,
	Provider,
} from './ports.ts';

const longestReference = 16_384;

/**
 * What a reference to an album, a playlist or a list stands for, as requests that can be added. The catalogs of this
 * process are asked, so that whoever asks shares their pace, their quota and what they remember. Nothing is added.
 */
export const expandReference = async (
	core: Core,
	reference: string,
	options: ExpandOptions = {},
): Promise<Expanded> => {
	const text = reference.trim();
	if (text === '' || text.length > longestReference || cleanText(text) !== text.normalize('NFC')) {
		return refused('the reference is empty, too long, or holds control characters');
	}

	const catalog = (core.catalogs ?? []).find(one => one.accepts(text, options.kind));
	if (catalog === undefined) return refused(whyNobody(text, options));
	const seekers = seekersOf(core, options);
	if ('problem' in seekers) return refused(seekers.problem);
	// It would be asked for nothing.
	if (!catalog.hasSources && seekers.providers.every(({sourceOfTrack}) => sourceOfTrack === undefined)) {
		return refused(whyNobodySeeks(seekers.providers));
	}

	const outcome = await ask(core, catalog, text, options);
	switch (outcome.type) {
		case 'stopped':
			return {ok: false, code: 'stopped', message: 'it was stopped; nothing was added'};
		case 'failed': {
			const {code, message} = outcome.failure;
			const isOurs = code === 'bad-request' || code === 'bad-arguments' || code === 'login-required';
			return {ok: false, code: isOurs ? 'bad-request' : 'failed', message: shorten(cleanText(message), 600)};
		}

		case 'expanded':
			return toRequests(outcome, seekers.providers, options);
	}
};

const refused = (message: string): Expanded => ({ok: false, code: 'bad-request', message});

const whyNobody = (text: string, {kind}: ExpandOptions): string => {
	const shown = shorten(text, 200);
	if (/^https?:\/\//i.test(text)) {
		return kind === 'playlist'
			? `no catalog takes ${shown}; enable yt-dlp in config.toml`
			: `no catalog takes ${shown}; a list of videos is read with \`tidegate playlist ADDRESS\``;
	}

	return `\`${shown}\` is neither a reference such as deezer:123 nor the path of a file that is there`;
};

const nobodySeeks =
	'nothing is set up that finds music by its name: enable the provider slskd, or set [providers.yt-dlp] track_search = "ytsearch1:"';

const whyNobodySeeks = ([named]: readonly Provider[]): string =>
	named === undefined
		? nobodySeeks
		: `the provider ${named.id} cannot look for music by its name; name another with --provider`;

/** Who may be asked for a piece of music, best first. */
const seekersOf = (
	{providers, settings}: Core,
	options: ExpandOptions,
): {readonly providers: readonly Provider[]} | {readonly problem: string} => {
	const wanted = options.provider ?? settings.catalogProvider;
	if (wanted === undefined) return {providers: providers.filter(({sourceOfTrack}) => sourceOfTrack !== undefined)};
	const said = options.provider === undefined ? '[catalogs] provider: ' : '';
	const provider = providers.find(({id}) => id === wanted);
	if (provider === undefined) {
		const known = providers.map(({id}) => id).join(', ');
		return {problem: `${said}there is no provider ${wanted}; there are ${known === '' ? 'none' : known}`};
	}

	return {providers: [provider]};
};

const ask = async (
	core: Core,
	catalog: Catalog,
	reference: string,
	{kind, isDryRun = false, signal}: ExpandOptions,
): Promise<CatalogOutcome> => {
	const work = core.works.begin({label: `reading from ${catalog.id}`, total: undefined, canCancel: true});
	try {
		return await catalog.expand(reference, {
			signal: signal === undefined ? work.signal : AbortSignal.any([signal, work.signal]),
			onProgress: (done, total) => work.advance(done, total),
			isDryRun,
			...(kind === undefined ? {} : {kind}),
		});
	} finally {
		work.end();
	}
};

const toRequests = (
	{groups, leftOut, notes}: Extract<CatalogOutcome, {type: 'expanded'}>,
	providers: readonly Provider[],
	options: ExpandOptions,
): Expanded => {
	const tracks = groups.flatMap(({entries}) =>
		entries.flatMap(({source, track}) => (source === undefined ? (track ?? []) : [])),
	);
	const seeker = seekerOf(tracks[0], providers);
	if (seeker === undefined && tracks.length > 0) {
		return refused(whyNobodySeeks(providers));
	}

	const lost: LeftOut[] = [];
	const made = groups.map(({title, entries}) => ({
		title: title === undefined ? undefined : shorten(cleanText(title), longestTitle),
		requests: entries.flatMap((entry): readonly AddRequest[] => {
			const request = requestOf(entry, seeker, options);
			if (request === undefined) lost.push({what: entry.title ?? 'an entry', why: 'nothing can look for it'});
			return request === undefined ? [] : [request];
		}),
	}));
	return {
		ok: true,
		groups: made.filter(({requests}) => requests.length > 0),
		leftOut: [...leftOut, ...lost].map(({what, why}) => ({what: shown(what), why: shown(why)})),
		notes: notes.map(shown),
	};
};

const longestTitle = 500;
const shown = (text: string): string => shorten(cleanText(text), 300);

/** One for all: the first that knows how to look for the first of them. */
const seekerOf = (track: Track | undefined, providers: readonly Provider[]): Provider | undefined =>
	track === undefined ? undefined : providers.find(({sourceOfTrack}) => sourceOfTrack?.(track) !== undefined);

const requestOf = (
	{title, track, source, provider: own}: CatalogEntry,
	seeker: Provider | undefined,
	options: ExpandOptions,
): AddRequest | undefined => {
	const sought = source === undefined && track !== undefined ? seeker?.sourceOfTrack?.(track) : undefined;
	const from = source ?? sought;
	if (from === undefined) return undefined;
	const provider = sought === undefined ? (options.provider ?? own) : seeker?.id;
	return {
		source: from,
		...(provider === undefined ? {} : {provider}),
		...(title === undefined ? {} : {title: shorten(cleanText(title), longestTitle)}),
		...(track === undefined ? {} : {options: {track: cleanTrack(track)}}),
	};
};
