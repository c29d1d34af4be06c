import {titleOfAniCli} from '../../domain/ani-cli.ts';
import {aniworldUrl, episodesOfAniworld, isEpisode, parseAniworld} from '../../domain/aniworld.ts';
import {episodesIn, fillEpisode, hasEpisodePlaceholder} from '../../domain/episodes.ts';
import {catalogOfReference} from '../../domain/music-reference.ts';
import type {AddRequest} from '../../engine/ports.ts';
import {fieldsOf, type Draft} from './draft.ts';

/** What one line of the draft asks for, or what is wrong with it before anybody is asked. */
export type Expanded = {readonly requests: readonly AddRequest[]} | {readonly problem: string};

/** What the fields say about every source, and the episodes that fill it. */
export type Manner = {
	readonly common: Omit<AddRequest, 'source'>;
	readonly episodes: readonly number[] | undefined;
	/** What is wrong with a field. */
	readonly problem: string | undefined;
	/** The same for fields that make the same of a source. */
	readonly key: string;
};

export const mannerOf = (draft: Draft): Manner => {
	const fields = fieldsOf(draft);
	const [provider, quality, episodes] = [fields.provider, fields.quality, fields.episodes].map(text => text.trim());
	const found = episodes === undefined || episodes === '' ? undefined : episodesIn(episodes.replace(/[,-]\s*$/, ''));
	return {
		common: {
			...(provider === undefined || provider === '' ? {} : {provider}),
			...(fields.priority === '' ? {} : {priority: Number(fields.priority)}),
			...(fields.paused === '' ? {} : {isPaused: true}),
			...(quality === undefined || quality === '' ? {} : {options: {quality}}),
		},
		episodes: found !== undefined && 'episodes' in found ? found.episodes : undefined,
		problem: found !== undefined && 'problem' in found ? `Episodes: ${found.problem}` : undefined,
		key: JSON.stringify([provider, quality, episodes]),
	};
};

/** The requests of one source: one, or one for each episode. */
export const expand = (source: string, {common, episodes, problem}: Manner): Expanded => {
	const address = parseAniworld(source);
	if (address !== undefined) {
		const found = problem === undefined ? episodesOfAniworld(address, episodes) : {problem};
		if ('problem' in found) return found;
		return {
			requests: found.episodes.map(one => ({...common, source: isEpisode(address) ? source : aniworldUrl(one)})),
		};
	}

	const series = titleOfAniCli(source);
	if (series === undefined && !hasEpisodePlaceholder(source)) {
		return episodes === undefined && problem === undefined
			? {requests: [{...common, source}]}
			: {problem: problem ?? 'write {episode} or {episode:02} where its number goes, or empty the episodes'};
	}

	if (episodes === undefined) return {problem: problem ?? 'say which episodes: Tab to `episodes`, such as 1-12'};
	return {
		requests: episodes.map(episode => ({
			...common,
			...(series === undefined
				? {source: fillEpisode(source, episode)}
				: {source, title: `${series} ${String(episode).padStart(2, '0')}`}),
			options: {...common.options, episode},
		})),
	};
};

/** Whether a line that no provider takes may be the path of a list. */
export const looksLikePath = (line: string): boolean => /^(?:\/|\.{1,2}\/|~\/|file:\/\/\/)\S/.test(line);

/** Whether a line names an album, a playlist or the like in a catalog of music. */
export const isReference = (line: string): boolean => catalogOfReference(line) !== undefined;

/** What the fields say about a request that a catalog has made; who fetches it has been settled there. */
export const withManner = (request: AddRequest, {common}: Manner): AddRequest => {
	const {provider: _provider, options, ...others} = common;
	const {priority: _priority, isPaused: _isPaused, ...made} = request;
	const wishes = {...made.options, ...options};
	return {...made, ...others, ...(Object.keys(wishes).length === 0 ? {} : {options: wishes})};
};
