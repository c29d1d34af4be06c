import {cleanText} from './text.ts';

/*
 * What a job for ani-cli looks like. The source is `ani-cli:TITLE`, which a person can type; one job is one episode:
 * `options.episode`, 1 and up, also 12.5; a film is episode 1. `options.language` is `sub` or `dub`, `options.quality` is
 * `best`, `worst` or a height such as 720.
 */

const scheme = 'ani-cli:';

/** The source of a series or film. The title may be any text: what no source may hold is taken out. */
export const aniCliSource = (title: string): string => `${scheme}${cleanText(title)}`;

/** The title in a source, or undefined where it is none of ani-cli's. */
export const titleOfAniCli = (source: string): string | undefined => {
	const trimmed = source.trim();
	if (trimmed.slice(0, scheme.length).toLowerCase() !== scheme) return undefined;
	return cleanText(trimmed.slice(scheme.length)) || undefined;
};

/**
 * Names in `options.fields` of what somebody else has found out already. An index counts only together with the version
 * whose catalogue it was looked up in.
 */
export const aniCliFields = {
	/** Place among the hits, 1 and up, in the text of a number. */
	index: 'ani_cli_index',
	/** The version of ani-cli, or its first number, that the index is for: `4`, `4.12.1`, `5`. */
	version: 'ani_cli_version',
	/** What to search for, where that is not the title. */
	query: 'ani_cli_query',
} as const;

/** A catalogue with an order of its own: an index of one says nothing in another. */
export type AniCliCatalogue = 'allanime' | 'anidb';

/** The catalogue that a version of ani-cli searches (4.8 to 5.0); undefined where that is not known. */
export const catalogueOf = (version: string): AniCliCatalogue | undefined => {
	const major = /^v?(\d+)(?:\.|$)/.exec(version.trim())?.[1];
	return major === '4' ? 'allanime' : major === '5' ? 'anidb' : undefined;
};
