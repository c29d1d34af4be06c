/** So many episodes one list may name; more is a slip of the finger. */
export const mostEpisodes = 10_000;

/** `1-12,15`: every number once, in the order given; or what is wrong with the text, which is called `name`. */
export const episodesIn = (
	text: string,
	name = 'the list',
): {readonly episodes: readonly number[]} | {readonly problem: string} => {
	const episodes = new Set<number>();
	for (const part of text.split(',')) {
		const match = /^\s*(\d{1,6})(?:\s*-\s*(\d{1,6}))?\s*$/.exec(part);
		if (match === null) {
			return {problem: `\`${part.trim()}\` in ${name} is neither a number nor a range such as 1-12`};
		}

		const first = Number(match[1]);
		const last = Number(match[2] ?? match[1]);
		if (last < first) {
			return {problem: `the range \`${part.trim()}\` in ${name} runs backwards; write ${last}-${first}`};
		}

		if (episodes.size + last - first >= mostEpisodes) {
			return {problem: `${name} names more than ${mostEpisodes} episodes`};
		}

		for (let episode = first; episode <= last; episode++) episodes.add(episode);
	}

	return {episodes: [...episodes]};
};

const placeholder = /\{episode(?::0?(\d{1,2}))?\}/g;

export const hasEpisodePlaceholder = (source: string): boolean => source.search(placeholder) !== -1;

/** The source with `{episode}` or `{episode:03}` filled in. */
export const fillEpisode = (source: string, episode: number): string =>
	source.replaceAll(placeholder, (_all, width: string | undefined) =>
		String(episode).padStart(Number(width ?? 0), '0'),
	);
